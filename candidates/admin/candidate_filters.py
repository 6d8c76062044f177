"""What the address of the candidate list asks for, as a query: filters, search, order and place."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from candidates import keyset, ranking
from candidates.keyset import Order, Place
from candidates.models import Candidate
from candidates.states import AiStatus, IntakeStatus, InterviewStatus, RedFlag, Tier

# The parts of an address that say where in the list one stands, not which list it is.
PLACE_PARAMETERS = frozenset({"after", "before", "at", "n"})
SEARCH_MAX_CHARACTERS = 200

COMPLETENESS = {
    "missing": ("Required data missing", Q(missing_required__len__gt=0)),
    "under50": ("Under 50 %", Q(completeness__lt=50)),
    "under80": ("Under 80 %", Q(completeness__lt=80)),
    "full": ("Complete", Q(completeness=100)),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of one filter."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, with the address of the list without it."""

    label: str
    without: str


@dataclass(frozen=True)
class Filters:
    """The candidate list that an address asks for. Values that name nothing are left out, never guessed."""

    search: str = ""
    tiers: tuple[str, ...] = ()
    job: str = ""
    of_import: str = ""
    min_score: int | None = None
    max_score: int | None = None
    interview: str = ""
    intake: str = ""
    flag: str = ""
    ai: str = ""
    completeness: str = ""
    unstable: bool = False
    deleted: bool = False
    order: Order = Order.BEST
    place: Place = field(default_factory=Place)
    start: int = 1

    @classmethod
    def of(cls, query: QueryDict) -> Filters:
        """Read an address. Unknown values are dropped, so that an old bookmark still opens."""
        return cls(
            search=query.get("q", "").replace("\x00", "").strip()[:SEARCH_MAX_CHARACTERS],
            tiers=tuple(tier for tier in Tier.values if tier in query.getlist("tier")) + _none(query.getlist("tier")),
            job=_id_or_none(query.get("job", "")),
            of_import=_id(query.get("import", "")),
            min_score=_score(query.get("min_score", "")),
            max_score=_score(query.get("max_score", "")),
            interview=_one_of(query.get("interview", ""), InterviewStatus.values),
            intake=_one_of(query.get("intake", ""), IntakeStatus.values),
            flag=_one_of(query.get("flag", ""), ["any", "none", *RedFlag.values]),
            ai=_one_of(query.get("ai", ""), AiStatus.values),
            completeness=_one_of(query.get("completeness", ""), COMPLETENESS),
            unstable=query.get("unstable") == "1",
            deleted=query.get("deleted") == "1",
            order=Order(_one_of(query.get("order", ""), set(Order)) or Order.BEST),
            place=Place(
                after=query.get("after", ""), before=query.get("before", ""), last=query.get("at", "") == "last"
            ),
            start=_whole(query.get("n", "")) or 1,
        )

    def apply(self, rows: QuerySet[Candidate]) -> QuerySet[Candidate]:
        """The rows of this list, in no order, for what is done to all of them; pages come from candidates.keyset."""
        rows = rows.filter(self.condition())
        return rows.filter(search=ranking.search_query(self.search)) if self.search else rows

    @property
    def count_cap(self) -> int:
        """How far this list is counted: as far as an index alone can tell, or only as far as rows are read quickly."""
        needs_rows = any((self.interview, self.intake, self.flag, self.ai, self.completeness, self.unstable))
        needs_rows = needs_rows or self.deleted or bool(self.job and self.of_import)
        return keyset.READ_COUNT_CAP if needs_rows else keyset.COUNT_CAP

    def condition(self) -> Q:
        """Everything but the text search. The forms match the partial indexes of Candidate word for word."""
        condition = Q(deleted_at__isnull=False) if self.deleted else Q(deleted_at=None)
        if self.tiers:
            condition &= _in_tiers(self.tiers)
        if self.job:
            condition &= Q(job=None) if self.job == "none" else Q(job=self.job)
        if self.of_import:
            condition &= Q(made_by_import=self.of_import)
        # On rank, not combined_score: the same number, but the one that the index holds.
        if self.min_score is not None:
            condition &= Q(rank__gte=self.min_score)
        if self.max_score is not None:
            condition &= Q(rank__range=(0, self.max_score))
        if self.interview:
            condition &= Q(interview_status=self.interview)
            if self.interview != InterviewStatus.NOT_SCHEDULED:
                condition &= ~Q(interview_status=InterviewStatus.NOT_SCHEDULED)
        if self.intake:
            condition &= Q(intake_status=self.intake)
            if self.intake != IntakeStatus.NONE:
                condition &= ~Q(intake_status=IntakeStatus.NONE)
        if self.flag:
            condition &= Q(red_flags=[]) if self.flag == "none" else ~Q(red_flags=[])
            if self.flag not in ("any", "none"):
                condition &= Q(red_flags__contains=[self.flag])
        if self.ai:
            condition &= Q(ai_status=self.ai)
        if self.completeness:
            condition &= COMPLETENESS[self.completeness][1]
        if self.unstable:
            condition &= Q(tier_unstable=True)
        return condition


def _in_tiers(tiers: Sequence[str]) -> Q:
    """Candidates of these tiers, as stretches of the rank: a tier is nothing but a stretch of the combined score.

    So any choice of tiers is a walk along one index that begins and ends at the right place, alone or within a job.
    """
    stretches = sorted(TIER_STRETCHES[tier] for tier in tiers)
    joined = [stretches[0]]
    for low, high in stretches[1:]:
        if low == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    # The outer bounds are said once more, since no walk can use an alternative as its beginning.
    condition = Q(rank__range=(joined[0][0], joined[-1][1]))
    if len(joined) > 1:
        alternatives = Q()
        for stretch in joined:
            alternatives |= Q(rank__range=stretch)
        condition &= alternatives
    return condition


# The ranks of each tier, both ends included; "none" for the unscored, whose rank is -1.
TIER_STRETCHES = {"none": (-1, -1), **ranking.TIER_RANGES}


def list_query(query: QueryDict | Mapping[str, Any]) -> str:
    """An address's query string without the place in the list: what a saved view keeps."""
    kept = QueryDict(mutable=True)
    source = query if isinstance(query, QueryDict) else QueryDict(str(query))
    for name, values in source.lists():
        if name not in PLACE_PARAMETERS and name != "list" and any(values):
            kept.setlist(name, [value for value in values if value])
    return kept.urlencode()


def chips(query: QueryDict, labels: Mapping[tuple[str, str], str]) -> list[Chip]:
    """The filters in force; `labels` gives the words for (parameter, value)."""
    found = []
    for (name, value), label in labels.items():
        values = query.getlist(name)
        if value not in values:
            continue
        without = query.copy()
        without.setlist(name, [other for other in values if other != value])
        found.append(Chip(label=label, without=list_query(without)))
    return found


def _one_of(value: str, known: Any) -> str:
    return value if value in known else ""


def _none(values: list[str]) -> tuple[str, ...]:
    return ("none",) if "none" in values else ()


def _id(value: str) -> str:
    try:
        return str(uuid.UUID(value)) if value else ""
    except ValueError:
        return ""


def _id_or_none(value: str) -> str:
    return value if value == "none" else _id(value)


def _whole(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None


def _score(value: str) -> int | None:
    number = _whole(value)
    return None if number is None else min(number, 100)
