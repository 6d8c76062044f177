"""The list of interviews: newest first, by keyset, with what is going on now marked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from candidates import presenting as people
from candidates import ranking
from candidates.admin.candidate_filters import Chip, Choice
from candidates.models import Candidate, Job
from interviews import listing, presenting
from interviews.admin.interview_filters import SHOWS, Filters, Page, count, list_query, page, without
from interviews.models import Interview, StagePlan
from interviews.states import AnalysisState, InterviewState, Medium, Role

PAGE_SIZE = 50
JOBS_SHOWN = 200

# The tabs above the list: name and address.
VIEWS = (
    ("All", ""),
    ("Running now", "status=active"),
    ("Scheduled", "status=scheduled"),
    ("To confirm", "show=confirm"),
    ("Completed", "status=completed"),
    ("Training", "show=training"),
    ("Flagged", "show=flagged"),
)
# Never the long JSON of plan, persona and progress: of all that a row of the list needs the plan's name alone.
COLUMNS = (
    "id",
    "stage",
    "role",
    "status",
    "is_training",
    "flags",
    "created_at",
    "started_at",
    "ended_at",
    "candidate__name",
    "candidate__current_role",
    "candidate__current_company",
    "job__title",
    "room__medium",
    "room__analysis_state",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, ready to be shown."""

    interview: Interview
    initials: str
    round: str
    status_tone: str
    is_live: bool
    is_open: bool
    # Whether a person was interviewed: of one whom an AI played there is nothing to tell.
    is_person: bool
    length: str
    score: SafeString | None
    recommendation: str
    recommendation_tone: str
    decided: str
    analysis_note: str
    flags: list[str]
    when: str


def interview_list(request: HttpRequest) -> HttpResponse:
    """The page. Its number of queries does not depend on how many interviews there are or are shown."""
    filters = Filters.of(request.GET)
    rows = filters.apply(Interview.objects.all())
    slow = ""
    try:
        found = page(rows, filters, size=PAGE_SIZE)
        total, is_capped = count(rows, filters, found)
    except ranking.TookTooLong as error:
        found, total, is_capped, slow = Page([], False, False, "", ""), 0, False, error.message
    query = list_query(request.GET)
    jobs = list(Job.objects.order_by("title").values_list("id", "title")[:JOBS_SHOWN])
    rounds = round_names()
    start = _start(filters, found, total, is_capped)
    context = {
        **admin.site.each_context(request),
        "title": "Interviews",
        "is_fullwidth": "1",
        "filters": filters,
        "query": query,
        "rows": present(loaded(found.ids)),
        "slow": slow,
        "start": start,
        "end": start + len(found.ids) - 1 if start else None,
        "total": f"{total:,}+" if is_capped and total else "many" if is_capped else f"{total:,}",
        "addresses": _addresses(query, found, start),
        "views": [(name, address, address == query) for name, address in VIEWS],
        "chips": _chips(request, filters, jobs, rounds),
        "filter_groups": _filter_groups(filters, jobs, rounds),
        "is_empty_database": not found.ids and not query,
        "someone_exists": bool(found.ids) or Candidate.objects.live().exists(),
    }
    return TemplateResponse(request, "admin/interviews/interview/list.html", context)


def round_names() -> dict[str, str]:
    """The rounds that plans name, by key; where two plans share a key, the general one's name counts."""
    found: dict[str, str] = {}
    general_first = Case(When(job=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    for key, name in StagePlan.objects.order_by(general_first, "position", "key").values_list("key", "name")[:500]:
        found.setdefault(key, name)
    return found


def loaded(ids: Sequence[uuid.UUID]) -> list[Interview]:
    """Interviews in the order of their ids, with the columns that a row shows and what came of them."""
    if not ids:
        return []
    found = listing.rows().filter(pk__in=ids).only(*COLUMNS).in_bulk()
    return [found[row_id] for row_id in ids if row_id in found]


def present(interviews: Sequence[Interview]) -> list[Row]:
    """Interviews as `loaded` gives them, as lines of the list."""
    now = timezone.now()
    return [_row(one, now) for one in interviews]


def _row(interview: Any, now: datetime) -> Row:
    decided, score = interview.decision or "", interview.overall_score
    recommendation = decided or interview.recommendation or ""
    state = interview.room.analysis_state
    is_over = interview.status == InterviewState.COMPLETED
    shows_state = is_over and state != AnalysisState.DONE
    return Row(
        interview=interview,
        initials=people.initials(interview.candidate.name),
        round=interview.plan_name or presenting.humanised(interview.stage),
        status_tone=presenting.STATUS_TONES[interview.status],
        is_live=interview.status == InterviewState.ACTIVE,
        is_open=interview.status in (InterviewState.ACTIVE, InterviewState.SCHEDULED),
        is_person=interview.role == Role.CANDIDATE,
        length=presenting.length(presenting.seconds_of(interview, now)),
        score=people.score_bar(round(score), "combined") if score is not None else None,
        recommendation=recommendation,
        recommendation_tone=presenting.RECOMMENDATION_TONES.get(recommendation, "plain"),
        decided=decided,
        analysis_note=str(AnalysisState(state).label) if shows_state else "",
        flags=[flag_label(flag) for flag in interview.flags],
        when=people.ago(interview.created_at, now),
    )


def flag_label(flag: dict[str, Any]) -> str:
    """The words for one of an interview's flags."""
    code = str(flag.get("code", ""))
    return presenting.FLAG_LABELS.get(code, (presenting.humanised(code), ""))[0]


def _start(filters: Filters, found: Page, total: int, is_capped: bool) -> int | None:
    """Which row of the list the page starts with; None where only counting past the cap could tell."""
    if not found.ids:
        return None
    if not found.has_previous:
        return 1
    if not found.has_next:
        return None if is_capped else total - len(found.ids) + 1
    return filters.start


def _addresses(query: str, found: Page, start: int | None) -> dict[str, str]:
    """Addresses of the first, previous, next and last page; only those that lead elsewhere."""
    base = f"?{query}&" if query else "?"
    addresses = {}
    if found.has_previous:
        addresses["first"] = f"?{query}" if query else "?"
        place = f"&n={max(start - PAGE_SIZE, 1)}" if start else ""
        addresses["previous"] = f"{base}before={found.first_cursor}{place}"
    if found.has_next:
        place = f"&n={start + len(found.ids)}" if start else ""
        addresses["next"] = f"{base}after={found.last_cursor}{place}"
        addresses["last"] = f"{base}at=last"
    return addresses


def _chips(request: HttpRequest, filters: Filters, jobs: list[tuple[Any, str]], rounds: dict[str, str]) -> list[Chip]:
    """The filters in force, each with the address that lifts it."""
    titles = {str(pk): title for pk, title in jobs} | {"none": "no job"}
    words: dict[str, str] = {}
    if filters.search:
        words["q"] = f"“{filters.search}”"
    if filters.status:
        words["status"] = str(InterviewState(filters.status).label)
    if filters.show:
        words["show"] = SHOWS[filters.show]
    if filters.job:
        words["job"] = f"Job: {titles.get(filters.job, 'an older one')}"
    if filters.stage:
        words["stage"] = f"Round: {rounds.get(filters.stage, presenting.humanised(filters.stage))}"
    if filters.role:
        words["role"] = presenting.ROLE_LABELS[filters.role]
    if filters.medium:
        words["medium"] = str(Medium(filters.medium).label)
    if filters.candidate:
        person = Candidate.objects.filter(pk=filters.candidate).only("name").first()
        words["candidate"] = (person and person.name) or "One candidate"
    return [Chip(label=label, without=without(request.GET, name)) for name, label in words.items()]


def _filter_groups(filters: Filters, jobs: list[tuple[Any, str]], rounds: dict[str, str]) -> list[dict[str, Any]]:
    """What the filter panel offers."""

    def group(name: str, label: str, chosen: str, options: Iterable[tuple[str, str]]) -> dict[str, Any]:
        choices = [Choice("", "Any", not chosen)]
        choices += [Choice(value, str(text), value == chosen) for value, text in options]
        return {"name": name, "label": label, "choices": choices}

    return [
        group(
            "status", "Status", filters.status, [(str(value), str(label)) for value, label in InterviewState.choices]
        ),
        group("job", "Job", filters.job, [("none", "No job"), *((str(pk), title) for pk, title in jobs)]),
        group("stage", "Round", filters.stage, rounds.items()),
        group("role", "Role", filters.role, [(value, presenting.ROLE_LABELS[value]) for value in Role.values]),
        group("medium", "Medium", filters.medium, [(str(value), str(label)) for value, label in Medium.choices]),
    ]
