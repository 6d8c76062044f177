"""The home page's figures over all candidates: one pass over the table, kept for a while.

A pass over a million candidates takes a second or more, so it never happens while somebody waits for a page: figures
are kept in the cache and counted anew by a request of their own, at most one at a time. How long they are kept grows
with the time that counting took, so that counting never takes more than about one percent of the database's time.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

KEY = "console:figures:2"
LOCK = "console:figures:counting"
# Below this many rows (by Postgres's own estimate) counting takes milliseconds, and is done within the page.
COUNT_AT_ONCE = 20_000
LEAST_SECONDS, MOST_SECONDS = 5, 900
SHARE_OF_TIME = 0.01

_COUNT = """
    SELECT job_id::text, tier,
           count(*),
           count(*) FILTER (WHERE algo_score IS NOT NULL),
           count(*) FILTER (WHERE ai_status = 'scored'),
           count(*) FILTER (WHERE interview_status <> 'not_scheduled'),
           count(*) FILTER (WHERE interview_status = 'completed'),
           count(*) FILTER (WHERE ai_status = 'failed'),
           count(*) FILTER (WHERE tier_unstable),
           count(*) FILTER (WHERE 'hidden_text' = ANY (red_flags)),
           count(*) FILTER (WHERE 'prompt_injection' = ANY (red_flags)),
           count(*) FILTER (WHERE missing_required <> '{}')
    FROM candidates_candidate WHERE deleted_at IS NULL GROUP BY 1, 2
"""
_TOTALS = (
    "total", "extracted", "ai_scored", "briefed", "interviewed",
    "ai_failed", "unstable", "hidden_text", "prompt_injection", "missing_data",
)  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Counts over all candidates that are not deleted. `tiers` is {job id or "": {tier or "": count}}."""

    total: int = 0
    extracted: int = 0
    ai_scored: int = 0
    briefed: int = 0
    interviewed: int = 0
    ai_failed: int = 0
    unstable: int = 0
    hidden_text: int = 0
    prompt_injection: int = 0
    missing_data: int = 0
    tiers: dict[str, dict[str, int]] = field(default_factory=dict)
    counted_at: str = ""
    kept_seconds: float = LEAST_SECONDS

    @property
    def moment(self) -> datetime | None:
        """When they were counted."""
        return parse_datetime(self.counted_at) if self.counted_at else None

    @property
    def is_stale(self) -> bool:
        return self.moment is None or timezone.now() - self.moment > timedelta(seconds=self.kept_seconds)


def current() -> Figures | None:
    """The figures for a page, without making it wait: fresh ones where the table is small, else what is kept.

    None where nothing is kept yet and the table is large: the page then asks `counted` in a request of its own.
    """
    kept = _kept()
    if kept is not None and not kept.is_stale:
        return kept
    if _estimated_rows() <= COUNT_AT_ONCE:
        return _count_and_keep()
    return kept


def counted() -> Figures | None:
    """Figures that are not stale, counted now if need be; None while another request is counting the first ones."""
    kept = _kept()
    if kept is not None and not kept.is_stale:
        return kept
    # The lock's own end covers a process that was killed while it counted.
    if not cache.add(LOCK, 1, timeout=60):
        return kept
    try:
        return _count_and_keep()
    finally:
        cache.delete(LOCK)


def _kept() -> Figures | None:
    kept: dict[str, Any] | None = cache.get(KEY)
    return Figures(**kept) if kept else None


def _count_and_keep() -> Figures:
    started = time.monotonic()
    sums = dict.fromkeys(_TOTALS, 0)
    tiers: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        for job_id, tier, *counts in cursor.fetchall():
            tiers.setdefault(job_id or "", {})[tier or ""] = counts[0]
            for name, count in zip(_TOTALS, counts, strict=True):
                sums[name] += count
    took = time.monotonic() - started
    figures = Figures(
        **sums,
        tiers=tiers,
        counted_at=timezone.now().isoformat(),
        kept_seconds=round(min(MOST_SECONDS, max(LEAST_SECONDS, took / SHARE_OF_TIME)), 1),
    )
    cache.set(KEY, asdict(figures), timeout=86_400)
    return figures


def _estimated_rows() -> int:
    """How many candidates the planner believes there are; -1 where the table was never analysed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(reltuples, pg_relation_size(oid) / 2000)::bigint FROM pg_class WHERE oid = %s::regclass",
            ["candidates_candidate"],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
