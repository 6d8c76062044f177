"""What the ledger says in sum: cost, calls and latency by day, purpose and model."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils import timezone

# p50 and p95 are of answers that could be used: an error's latency says nothing about how long an answer takes.
_SQL = """
SELECT CASE WHEN GROUPING(day) = 0 THEN 'day' WHEN GROUPING(purpose) = 0 THEN 'purpose'
            WHEN GROUPING(model) = 0 THEN 'model' ELSE 'all' END,
       COALESCE(to_char(day, 'YYYY-MM-DD'), purpose, model, ''),
       count(*) FILTER (WHERE outcome <> 'cached'),
       count(*) FILTER (WHERE outcome = 'cached'),
       count(*) FILTER (WHERE outcome NOT IN ('ok', 'repaired', 'cached', 'started')),
       COALESCE(sum(cost_usd) FILTER (WHERE outcome <> 'started'), 0),
       COALESCE(sum(input_tokens + output_tokens) FILTER (WHERE outcome <> 'cached'), 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) FILTER (WHERE outcome IN ('ok', 'repaired')),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) FILTER (WHERE outcome IN ('ok', 'repaired'))
  FROM (SELECT (created_at AT TIME ZONE %s)::date AS day, purpose, model, outcome, cost_usd, input_tokens,
               output_tokens, latency_ms
          FROM llm_call WHERE created_at >= %s) AS call
 GROUP BY GROUPING SETS ((day), (purpose), (model), ())
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One day, purpose or model. `calls` were sent to the provider, `cached` were answered without it.

    `cost_usd` is in US dollars without what is set aside for calls under way; latencies are in milliseconds, None
    where no answer was usable.
    """

    name: str
    calls: int
    cached: int
    failed: int
    cost_usd: Decimal
    tokens: int
    p50_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """The last days in sum, and broken down in three ways. Days are in order, the rest by cost."""

    total: Line
    days: list[Line]
    purposes: list[Line]
    models: list[Line]

    @property
    def is_empty(self) -> bool:
        return not (self.total.calls or self.total.cached)


def report(*, days: int) -> Report:
    """Sum up the last `days` days, today included; a day without calls has a line of zeros."""
    first = timezone.localdate() - dt.timedelta(days=days - 1)
    since = timezone.make_aware(dt.datetime.combine(first, dt.time()))
    lines: dict[str, list[Line]] = {"day": [], "purpose": [], "model": [], "all": []}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [timezone.get_current_timezone_name(), since])
        for group, name, calls, cached, failed, cost, tokens, p50, p95 in cursor.fetchall():
            lines[group].append(Line(name, calls, cached, failed, cost, tokens, _whole(p50), _whole(p95)))
    known = {line.name: line for line in lines["day"]}
    dates = [str(first + dt.timedelta(days=number)) for number in range(days)]

    def by_cost(line: Line) -> tuple[Decimal, int]:
        return (-line.cost_usd, -line.calls)

    return Report(
        total=lines["all"][0] if lines["all"] else _nothing(""),
        days=[known.get(date) or _nothing(date) for date in dates],
        purposes=sorted(lines["purpose"], key=by_cost),
        models=sorted(lines["model"], key=by_cost),
    )


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)


def _nothing(name: str) -> Line:
    return Line(name, 0, 0, 0, Decimal(0), 0, None, None)
