"""The list of interviews: newest first, filtered, walked by keyset; the same number of queries whatever its length."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.contrib.postgres.search import SearchVector
from django.db import OperationalError, connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from candidates import ranking
from candidates.models import Candidate
from interviews.models import Analysis, Decision, Interview

# Of each interview, room, candidate and job what `status_of` shows: never the long texts, nor plan and persona.
_COLUMNS = (
    *("id", "stage", "role", "agent_type", "status", "end_reason", "is_training", "flags"),
    *("created_at", "started_at", "ended_at"),
    *("room__name", "room__medium", "room__analysis_state", "room__analysis_reason", "room__expires_at"),
    *("candidate__name", "job__title"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page stops: the place of its last row in the order of the list."""

    created_at: datetime
    id: uuid.UUID

    def encode(self) -> str:
        """E.g. "1795281000123456.0193f1c2-…": microseconds since 1970, and the id."""
        return f"{(self.created_at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises ValueError for anything that `encode` did not make."""
        moment, _, row_id = text.partition(".")
        if not (moment.isascii() and moment.isdigit() and len(moment) <= 17 and len(row_id) == 36):
            raise ValueError("Not a cursor of this list.")
        return cls(_EPOCH + timedelta(microseconds=int(moment)), uuid.UUID(row_id))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; None: not by this."""

    status: str | None = None
    job: uuid.UUID | None = None
    candidate: uuid.UUID | None = None
    stage: str | None = None
    role: str | None = None
    medium: str | None = None
    is_training: bool | None = None
    # Words of the candidate's name; the last one may be unfinished.
    q: str | None = None

    def as_condition(self) -> Q:
        """The filters as a condition on interviews."""
        columns = {
            "status": self.status,
            "job_id": self.job,
            "candidate_id": self.candidate,
            "stage": self.stage,
            "role": self.role,
            "room__medium": self.medium,
            "is_training": self.is_training,
        }
        condition = Q(**{column: value for column, value in columns.items() if value is not None})
        if self.q and self.q.strip():
            # The text index of candidates finds the few whose profile holds the words; of those, whose name holds them.
            words = ranking.search_query(self.q)
            named = (
                Candidate.objects.filter(search=words)
                .annotate(words_of_name=SearchVector("name", config="simple"))
                .filter(words_of_name=words)
            )
            condition &= Q(candidate__in=named.values("pk"))
        return condition


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, and where the next one begins."""

    rows: list[Interview]
    next: Cursor | None


def rows() -> QuerySet[Interview]:
    """Interviews with everything that `interviewing.status_of` shows, in one query."""
    newest = Analysis.objects.filter(room_id=OuterRef("room_id")).order_by("-id")
    decided = Decision.objects.filter(interview_id=OuterRef("pk")).order_by("-id")
    return (
        Interview.objects.select_related("room", "candidate", "job")
        .only(*_COLUMNS)
        .annotate(
            plan_name=F("plan__name"),
            overall_score=Subquery(newest.values("result__overall_score")[:1]),
            recommendation=Subquery(newest.values("result__recommendation")[:1]),
            decision=Subquery(decided.values("recommendation")[:1]),
        )
    )


def page(*, filters: Filters, after: Cursor | None, limit: int) -> Page:
    """Up to `limit` interviews after a cursor, newest first. Raises ranking.TookTooLong at the time limit of a list."""
    found = rows().filter(filters.as_condition()).order_by("-created_at", "-id")
    if after is not None:
        found = found.filter(TupleLessThan(Tuple(F("created_at"), F("id")), (after.created_at, after.id)))
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {ranking.TIMEOUT_SECONDS * 1000:d}")
            shown = list(found[: limit + 1])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == "57014":  # query_canceled
            raise ranking.TookTooLong("This list took too long. Add a filter to narrow it.") from error
        raise
    following = Cursor(shown[limit - 1].created_at, shown[limit - 1].pk) if len(shown) > limit else None
    return Page(shown[:limit], following)
