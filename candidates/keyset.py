"""Pages of the candidate list in any order and from either end, without OFFSET and without COUNT over the table.

A page starts where the row before it stood, so page 20,000 costs what page 1 costs. `candidates.ranking` serves the
API's one list, forward, as JSON; here the recruiter's console walks any filtered queryset forward and backward.
Searching follows the same plan as there, for the same reason: test the next NEAR rows in order, then ask the text
index for the rest, band by band of the score.
"""

# ruff: noqa: S608 - only SQL of our own and of the ORM is put together; every value is a parameter

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from candidates import ranking
from candidates.models import Candidate

# Counts stop here: beyond it a recruiter is told "10,000+", which costs the same at ten thousand and at ten million.
# Where an index alone can count, an entry costs a tenth of a microsecond;
COUNT_CAP = 10_000
# where the rows must be read for it, a few of them;
READ_COUNT_CAP = 1_000
# and testing a row for the words of a search costs some microseconds, so of a common word only a sample is counted.
SEARCH_COUNT_CAP = 200
SAMPLE = 1_000
DENSE = 20


class Order(StrEnum):
    """The orders that an index can serve. Ids are time-ordered (uuidv7), so "newest" is the primary key backwards."""

    BEST = "best"
    WORST = "worst"
    NEWEST = "newest"
    OLDEST = "oldest"

    @property
    def columns(self) -> tuple[str, ...]:
        return ("rank", "id") if self in (Order.BEST, Order.WORST) else ("id",)

    @property
    def descending(self) -> bool:
        return self in (Order.BEST, Order.NEWEST)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list a page stands: after a row, before a row, or at the end; else at the start."""

    after: str = ""
    before: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ids in the list's order, and the cursors of its ends ("" for an empty page).

    `matches` is what a search from the start of the list found on its way, so that it need not be counted again: how
    many match, and whether there may be more. None for other pages.
    """

    ids: list[uuid.UUID]
    has_previous: bool
    has_next: bool
    first_cursor: str
    last_cursor: str
    matches: tuple[int, bool] | None = None


@dataclass(frozen=True, slots=True)
class _Walk:
    """One way through the list: which order, towards which end, from which row (exclusive)."""

    order: Order
    backward: bool
    start: tuple[Any, ...] | None

    @property
    def falling(self) -> bool:
        return self.order.descending != self.backward


def cursor_of(rank: int, row_id: uuid.UUID, order: Order) -> str:
    """The cursor of a row in an order, e.g. "83.0193f1c2-…"; for the orders by age the id alone."""
    return f"{rank}.{row_id}" if "rank" in order.columns else str(row_id)


def values_of(cursor: str, order: Order) -> tuple[Any, ...] | None:
    """A cursor's values; None for anything that is no cursor of this order (a stale or mistyped address)."""
    *rank, row_id = cursor.split(".")
    if len(rank) != len(order.columns) - 1:
        return None
    try:
        return (*(max(-1, min(int(part), 101)) for part in rank), uuid.UUID(row_id))
    except ValueError:
        return None


def page(rows: QuerySet[Candidate], *, order: Order, place: Place, size: int, search: str = "") -> Page:
    """One page of `size` ids; reads size + 1 rows wherever in the list it stands.

    `rows` is filtered but not searched; `search` is what the recruiter typed. A cursor that can't be read gives the
    first page. Raises ranking.TookTooLong at the time limit of a list.
    """
    start = None if place.last else values_of(place.before or place.after, order)
    walk = _Walk(order, backward=place.last or (bool(place.before) and start is not None), start=start)
    found, met = _found(rows, walk, size + 1, search)
    more, found = len(found) > size, found[:size]
    matches = None
    if search and start is None and not walk.backward:
        matches = (_rounded(met), True) if more else (len(found), False)
    if walk.backward:
        found.reverse()
    came_from = start is not None
    return Page(
        ids=[row_id for row_id, _ in found],
        has_previous=more if walk.backward else came_from,
        has_next=came_from if walk.backward else more,
        first_cursor=cursor_of(found[0][1], found[0][0], order) if found else "",
        last_cursor=cursor_of(found[-1][1], found[-1][0], order) if found else "",
        matches=matches,
    )


def _rounded(count: int) -> int:
    """A lower bound as it is shown with a "+": in tens, where there are tens."""
    return count // 10 * 10 if count >= DENSE else count


def neighbours(
    rows: QuerySet[Candidate], *, order: Order, of: Candidate, search: str = ""
) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The ids before and after a candidate in a list, whether or not the candidate itself still stands in it."""
    start = values_of(cursor_of(of.rank, of.pk, order), order)
    before, after = (_found(rows, _Walk(order, backward, start), 1, search)[0] for backward in (True, False))
    return before[0][0] if before else None, after[0][0] if after else None


def count_up_to_cap(rows: QuerySet[Candidate], *, cap: int = COUNT_CAP, search: str = "") -> tuple[int, bool]:
    """How many rows a list has, counted no further than `cap`; True: there are more, or counting took too long.

    A search is counted in the first SAMPLE rows; if too few of them match to say "many", by the text index.
    """
    try:
        if search:
            return _matches(rows, search)
        inner, parameters = rows.order_by().values_list("id")[: cap + 1].query.sql_with_params()
        found = int(_fetch(f"SELECT count(*) FROM ({inner}) counted", parameters)[0][0])
    except ranking.TookTooLong:
        return 0, True
    return min(found, cap), found > cap


def _matches(rows: QuerySet[Candidate], search: str) -> tuple[int, bool]:
    query = ranking.search_query(search)
    hit = ExpressionWrapper(Q(search=query), output_field=BooleanField())
    sample = _walked(rows, _Walk(Order.BEST, backward=False, start=None)).annotate(hit=hit).values_list("id", "hit")
    inner, parameters = sample[: SAMPLE + 1].query.sql_with_params()
    seen, hits = _fetch(f"SELECT count(*), count(*) FILTER (WHERE hit) FROM ({inner}) AS sample (id, hit)", parameters)[
        0
    ]
    if seen <= SAMPLE:
        return hits, False
    if hits >= DENSE:
        # The text index would have to list all of a million candidates' matches before it could count the first.
        return _rounded(hits), True
    inner, parameters = (
        rows.filter(search=query).order_by().values_list("id")[: SEARCH_COUNT_CAP + 1].query.sql_with_params()
    )
    found = int(_fetch(f"SELECT count(*) FROM ({inner}) counted", parameters)[0][0])
    return min(found, SEARCH_COUNT_CAP), found > SEARCH_COUNT_CAP


def _found(rows: QuerySet[Candidate], walk: _Walk, limit: int, search: str) -> tuple[list[tuple[uuid.UUID, int]], int]:
    """(id, rank) of the next `limit` rows of a walk in the walk's order, and how many were met on the way to them."""
    if not search:
        found = _fetch(*_walked(rows, walk).values_list("id", "rank")[:limit].query.sql_with_params())
        return found, len(found)
    query = ranking.search_query(search)
    hit = ExpressionWrapper(Q(search=query), output_field=BooleanField())
    near = _walked(rows, walk).annotate(hit=hit).values_list("id", "rank", "hit")[: ranking.NEAR]
    near_sql, parameters = near.query.sql_with_params()
    order_by = ", ".join(f"{column} {'DESC' if walk.falling else 'ASC'}" for column in walk.order.columns)
    # The last row of `near` is the first in the reverse order.
    turned = ", ".join(f"{column} {'ASC' if walk.falling else 'DESC'}" for column in walk.order.columns)
    columns = ", ".join(f'"candidates_candidate"."{column}"' for column in walk.order.columns)
    edge = ", ".join(f"(SELECT {column} FROM edge)" for column in walk.order.columns)
    beyond = f"({columns}) {'<' if walk.falling else '>'} ({edge}) AND (SELECT count(*) FROM near) = {ranking.NEAR:d}"
    parts = [f"(SELECT 0, count(*) OVER (), id, rank FROM near WHERE hit ORDER BY {order_by})"]
    for number, band in enumerate(_bands(walk), start=1):
        searched = rows.filter(search=query, **({"rank__range": band} if band else {})).order_by()
        inner, more = searched.values_list("id", "rank").query.sql_with_params()
        # OFFSET 0 keeps the order from leading the planner back to the walk that `near` has already done.
        parts.append(
            f"(SELECT {number}, count(*) OVER (), id, rank FROM ({inner} AND {beyond} OFFSET 0) b"
            f" ORDER BY {order_by} LIMIT {limit:d})"
        )
        parameters = (*parameters, *more)
    # Append runs its parts in the order written, and only as far as LIMIT asks.
    found = _fetch(
        f"WITH near (id, rank, hit) AS MATERIALIZED ({near_sql}),"
        f" edge AS MATERIALIZED (SELECT rank, id FROM near ORDER BY {turned} LIMIT 1)"
        f" SELECT part, held, id, rank FROM ({' UNION ALL '.join(parts)}) found (part, held, id, rank)"
        f" LIMIT {limit:d}",
        parameters,
    )
    met = 0
    if found:
        last, held = found[-1][:2]
        met = sum(row[0] < last for row in found) + held
    return [row[2:] for row in found], met


def _bands(walk: _Walk) -> list[tuple[int, int] | None]:
    """Bands of the score in the order of the walk that starts at or after the walk's start; one for orders by age."""
    if "rank" not in walk.order.columns:
        return [None]
    bands = list(ranking.BANDS if walk.falling else reversed(ranking.BANDS))
    if walk.start is None:
        return list(bands)
    edge = walk.start[0]
    return [(low, high) for low, high in bands if (low <= edge if walk.falling else high >= edge)]


def _walked(rows: QuerySet[Candidate], walk: _Walk) -> QuerySet[Candidate]:
    if walk.start is not None:
        if len(walk.start) == 1:
            rows = rows.filter(**{f"id__{'lt' if walk.falling else 'gt'}": walk.start[0]})
        else:
            lookup = TupleLessThan if walk.falling else TupleGreaterThan
            rows = rows.filter(lookup(Tuple(*(F(column) for column in walk.order.columns)), walk.start))
    return rows.order_by(*(f"-{column}" if walk.falling else column for column in walk.order.columns))


def _fetch(statement: str, parameters: Sequence[Any]) -> list[Any]:
    return ranking.fetch(statement, parameters, guard=ranking.GUARD)
