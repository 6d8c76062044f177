"""The list of interviews: newest first, filtered, walked by keyset; the same number of queries whatever its length."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from django.contrib.postgres.search import SearchVector
from django.db import OperationalError, connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
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
# How many rows a search tests in order before it asks the text index.
NEAR = 1_000
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
        """The filters as a condition on interviews, all but the search."""
        columns = {
            "status": self.status,
            "job_id": self.job,
            "candidate_id": self.candidate,
            "stage": self.stage,
            "role": self.role,
            "room__medium": self.medium,
            "is_training": self.is_training,
        }
        return Q(**{column: value for column, value in columns.items() if value is not None})


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
    found = Interview.objects.filter(filters.as_condition()).order_by("-created_at", "-id")
    if after is not None:
        found = found.filter(TupleLessThan(Tuple(F("created_at"), F("id")), (after.created_at, after.id)))
    with in_time():
        text = (filters.q or "").strip()
        ids = searched(found, text, limit + 1) if text else list(found.values_list("pk", flat=True)[: limit + 1])
        shown = list(rows().filter(pk__in=ids[:limit]).order_by("-created_at", "-id"))
    following = Cursor(shown[-1].created_at, shown[-1].pk) if len(ids) > limit and shown else None
    return Page(shown, following)


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    """Queries of a list, each stopped at its time limit: raises ranking.TookTooLong."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {ranking.TIMEOUT_SECONDS * 1000:d}")
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == "57014":  # query_canceled
            raise ranking.TookTooLong("This list took too long. Add a filter to narrow it.") from error
        raise


def searched(found: QuerySet[Interview], text: str, limit: int) -> list[uuid.UUID]:
    """The first `limit` of these interviews whose candidate's name holds the words, in their order.

    As in candidates.ranking: a word that is common is met among the next NEAR rows; for a rare one the text index of
    candidates finds the few whose profile holds it, and of those the name is looked at.
    """
    words = ranking.search_query(text)
    hit = ExpressionWrapper(Q(words_of_name=words), output_field=BooleanField())
    near = list(
        found.annotate(words_of_name=SearchVector("candidate__name", config="simple"))
        .annotate(hit=hit)
        .values_list("pk", "hit")[:NEAR]
    )
    hits = [pk for pk, is_hit in near if is_hit][:limit]
    if len(hits) == limit or len(near) < NEAR:
        return hits
    return list(found.filter(named(text)).values_list("pk", flat=True)[:limit])


def named(text: str) -> Q:
    """Interviews with candidates whose name holds these words, by the text index of candidates: good for rare words."""
    words = ranking.search_query(text)
    found = (
        Candidate.objects.filter(search=words)
        .annotate(words_of_name=SearchVector("name", config="simple"))
        .filter(words_of_name=words)
    )
    return Q(candidate__in=found.values("pk"))
