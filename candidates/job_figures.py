"""How a job's candidates are spread over the tiers, counted from an index alone."""

# ruff: noqa: S608 - only SQL of our own and of the ORM is put together; every value is a parameter

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from candidates.models import Candidate, Job, Rubric
from candidates.states import Tier

# Counting a million index entries takes a tenth of a second, so a list of jobs may be this old.
SECONDS = 15


@dataclass(frozen=True, slots=True)
class Figures:
    """Candidates of one job: by tier (best first), not yet scored, and in all."""

    by_tier: tuple[tuple[str, int], ...]
    unscored: int

    @property
    def total(self) -> int:
        return sum(count for _, count in self.by_tier) + self.unscored


NOBODY = Figures(by_tier=tuple((str(tier), 0) for tier in Tier.values), unscored=0)


def tiers_by_job(*, job: Job | None = None) -> dict[uuid.UUID | None, Figures]:
    """Figures by job id (None: candidates of no job); with `job`, of that one alone and never from the cache.

    The tier is a function of the score (MISSION "Tiers"), which the index of a job's ranked list holds, so no row of
    the table is read.
    """
    key = "jobs:figures"
    known: dict[uuid.UUID | None, Figures] | None = None if job else cache.get(key)
    if known is not None:
        return known
    where = "AND job_id = %s" if job else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job_id, count(*) FILTER (WHERE rank >= 80), count(*) FILTER (WHERE rank BETWEEN 65 AND 79),"
            " count(*) FILTER (WHERE rank BETWEEN 50 AND 64), count(*) FILTER (WHERE rank BETWEEN 35 AND 49),"
            " count(*) FILTER (WHERE rank BETWEEN 0 AND 34), count(*) FILTER (WHERE rank < 0)"
            f" FROM candidates_candidate WHERE deleted_at IS NULL {where} GROUP BY job_id",
            [job.pk] if job else [],
        )
        found = {
            row[0]: Figures(
                by_tier=tuple(zip((str(tier) for tier in Tier.values), row[1:6], strict=True)), unscored=row[6]
            )
            for row in cursor.fetchall()
        }
    if job is None:
        cache.set(key, found, SECONDS)
    return found


def scored_by_another_rubric(*, job: Job, rubric: Rubric, most: int = 1_000) -> int:
    """How many of a job's candidates carry a score of another rubric version than this one, counted up to `most`."""
    return (
        Candidate.objects.live()
        .filter(job=job, assessments__is_current=True, assessments__kind="algorithm")
        .exclude(assessments__rubric=rubric)
        .values("id")[:most]
        .count()
    )
