"""Which interviews a list holds, as its address says it; and pages of them by keyset, newest first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import QueryDict
from django.utils import timezone

from candidates import ranking
from interviews import listing
from interviews.models import Interview
from interviews.states import InterviewState, Medium, Role

SEARCH_MAX_CHARACTERS = 200
COUNT_CAP = 1_000
# Where each row must be looked at for it, and few of them count.
SPARSE_COUNT_CAP = 200
# An analysis that nobody has confirmed for so long waits no more.
CONFIRMABLE_FOR = timedelta(days=60)
PLACE_PARAMETERS = frozenset({"after", "before", "at", "n"})
SHOWS: dict[str, str] = {
    "confirm": "Analyses to confirm",
    "flagged": "Flagged",
    "training": "Training",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; anything unknown in an address is as if it were not there."""

    search: str
    status: str
    job: str
    stage: str
    role: str
    medium: str
    show: str
    candidate: str
    after: str
    before: str
    last: bool
    start: int

    @classmethod
    def of(cls, query: QueryDict) -> Filters:
        return cls(
            search=query.get("q", "").replace("\x00", "").strip()[:SEARCH_MAX_CHARACTERS],
            status=_one_of(query.get("status", ""), InterviewState.values),
            job="none" if query.get("job") == "none" else _id(query.get("job", "")),
            stage=query.get("stage", "").replace("\x00", "")[:40],
            role=_one_of(query.get("role", ""), Role.values),
            medium=_one_of(query.get("medium", ""), Medium.values),
            show=_one_of(query.get("show", ""), SHOWS),
            candidate=_id(query.get("candidate", "")),
            after=query.get("after", ""),
            before=query.get("before", ""),
            last=query.get("at", "") == "last",
            start=_whole(query.get("n", "")),
        )

    def apply(self, rows: QuerySet[Interview]) -> QuerySet[Interview]:
        """The rows of this list but for the search, in no order."""
        condition = listing.Filters(
            status=self.status or None,
            job=uuid.UUID(self.job) if self.job and self.job != "none" else None,
            candidate=uuid.UUID(self.candidate) if self.candidate else None,
            stage=self.stage or None,
            role=self.role or None,
            medium=self.medium or None,
            is_training=True if self.show == "training" else None,
        ).as_condition()
        if self.job == "none":
            condition &= Q(job=None)
        if self.show == "flagged":
            condition &= ~Q(flags=[])
        rows = rows.filter(condition)
        if self.show == "confirm":
            rows = to_confirm(rows)
        return rows

    @property
    def count_cap(self) -> int:
        """How far this list is counted."""
        return SPARSE_COUNT_CAP if self.medium or self.search else COUNT_CAP

    @property
    def panel_count(self) -> int:
        """How many filters of the panel are in force."""
        return sum(map(bool, (self.job, self.stage, self.role, self.medium)))


def to_confirm(rows: QuerySet[Interview]) -> QuerySet[Interview]:
    """Interviews of people whose analysis nobody has confirmed or overridden yet: see lifecycle.refresh_awaiting."""
    return rows.filter(awaits_decision=True, created_at__gt=timezone.now() - CONFIRMABLE_FOR)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ids, newest first, and the cursors of its ends ("" for an empty page)."""

    ids: list[uuid.UUID]
    has_previous: bool
    has_next: bool
    first_cursor: str
    last_cursor: str


def page(rows: QuerySet[Interview], filters: Filters, *, size: int) -> Page:
    """One page of `size` ids; reads size + 1 rows wherever in the list it stands.

    A cursor that can't be read gives the first page. Raises ranking.TookTooLong at the time limit of a list.
    """
    start = None if filters.last else _values_of(filters.before or filters.after)
    backward = filters.last or (bool(filters.before) and start is not None)
    if start is not None:
        lookup = TupleGreaterThan if backward else TupleLessThan
        rows = rows.filter(lookup(Tuple(F("created_at"), F("id")), start))
    rows = rows.order_by("created_at", "id") if backward else rows.order_by("-created_at", "-id")
    with listing.in_time():
        if filters.search:
            ids = listing.searched(rows, filters.search, size + 1)
            moments = dict(Interview.objects.filter(pk__in=ids).values_list("id", "created_at"))
            found = [(row_id, moments[row_id]) for row_id in ids if row_id in moments]
        else:
            found = list(rows.values_list("id", "created_at")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    came_from = start is not None
    return Page(
        ids=[row_id for row_id, _ in found],
        has_previous=more if backward else came_from,
        has_next=came_from if backward else more,
        first_cursor=_cursor_of(*found[0]) if found else "",
        last_cursor=_cursor_of(*found[-1]) if found else "",
    )


def count(rows: QuerySet[Interview], filters: Filters, found: Page) -> tuple[int, bool]:
    """How many rows, counted up to the list's cap; True: there are more, or counting took too long.

    Where the page `found` holds all of them nothing is asked.
    """
    if not found.has_previous and not found.has_next:
        return len(found.ids), False
    if filters.search:
        rows = rows.filter(listing.named(filters.search))
    try:
        with listing.in_time():
            counted = rows.order_by()[: filters.count_cap + 1].count()
    except ranking.TookTooLong:
        return 0, True
    return min(counted, filters.count_cap), counted > filters.count_cap


def list_query(query: QueryDict) -> str:
    """An address's query string without the place in the list, and without what is empty."""
    kept = QueryDict(mutable=True)
    for name, values in query.lists():
        if name not in PLACE_PARAMETERS and any(values):
            kept.setlist(name, [value for value in values if value])
    return kept.urlencode()


def without(query: QueryDict, name: str) -> str:
    """The same address without one filter."""
    left = query.copy()
    left.pop(name, None)
    return list_query(left)


def _cursor_of(row_id: uuid.UUID, created_at: datetime) -> str:
    return listing.Cursor(created_at, row_id).encode()


def _values_of(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    try:
        found = listing.Cursor.decode(cursor)
    except (ValueError, OverflowError):
        return None
    return found.created_at, found.id


def _one_of(value: str, known: list[str] | Mapping[str, str]) -> str:
    return value if value in known else ""


def _id(value: str) -> str:
    try:
        return str(uuid.UUID(value)) if value else ""
    except ValueError:
        return ""


def _whole(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else 1
