"""The candidate list: a page of a million rows at the price of a page of a thousand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from candidates import keyset, presenting, ranking
from candidates.admin.candidate_filters import COMPLETENESS, Choice, Filters, chips, list_query
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate, Import, Job, SavedView
from candidates.states import AiStatus, IntakeStatus, InterviewStatus, RedFlag, Tier

PAGE_SIZE = 50
JOBS_SHOWN = 200
IMPORTS_SHOWN = 50

# What a row of the list needs: never the long texts, which Postgres keeps out of line.
COLUMNS = (
    "id",
    "name",
    "current_role",
    "current_company",
    "tier",
    "algo_score",
    "ai_score",
    "combined_score",
    "score_low",
    "score_high",
    "tier_unstable",
    "ai_status",
    "missing_required",
    "missing_preferred",
    "red_flags",
    "completeness",
    "rank",
    "interview_status",
    "intake_status",
    "updated_at",
    "deleted_at",
    "job__title",
)

DEFAULT_VIEWS = (
    ("All candidates", ""),
    ("Top tier without interview", "tier=Top+Tier&interview=not_scheduled"),
    ("Needs data", "completeness=missing"),
    ("Flagged", "flag=any"),
    ("Tier not certain", "unstable=1"),
    ("Model failed", "ai=failed"),
    ("Recently deleted", "deleted=1"),
)

ORDER_LABELS = {
    keyset.Order.BEST: "Best score first",
    keyset.Order.WORST: "Lowest score first",
    keyset.Order.NEWEST: "Newest first",
    keyset.Order.OLDEST: "Oldest first",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, ready to be shown."""

    candidate: Candidate
    initials: str
    tier: SafeString
    combined: SafeString
    algo: SafeString
    ai: SafeString
    flags: list[presenting.Labelled]
    missing: str
    updated: str
    interview: str
    intake: str
    ai_note: str


@dataclass(frozen=True, slots=True)
class View:
    """A saved or built-in view: a name for an address of this list."""

    name: str
    query: str
    is_current: bool
    id: int | None = None


def candidate_list(request: HttpRequest) -> HttpResponse:
    """The page. Its number of queries does not depend on how many candidates there are or are shown."""
    filters = Filters.of(request.GET)
    rows = Candidate.objects.filter(filters.condition())
    slow = ""
    try:
        page = keyset.page(rows, order=filters.order, place=filters.place, size=PAGE_SIZE, search=filters.search)
        total, is_capped = page.matches or keyset.count_up_to_cap(rows, cap=filters.count_cap, search=filters.search)
    except ranking.TookTooLong as error:
        page, total, is_capped, slow = keyset.Page([], False, False, "", ""), 0, False, error.message
    jobs = list(Job.objects.order_by("title").values_list("id", "title")[:JOBS_SHOWN])
    imports = list(Import.objects.order_by("-created_at").values_list("id", "filename")[:IMPORTS_SHOWN])
    query = list_query(request.GET)
    views = saved_views(request, query)
    current = next((view for view in views if view.is_current), None)
    start = _start(filters, page, total, is_capped)
    context = {
        **admin.site.each_context(request),
        "title": "Candidates",
        "is_fullwidth": "1",
        "filters": filters,
        "query": query,
        "rows": present(loaded(page.ids)),
        "slow": slow,
        "page": page,
        "start": start,
        "end": start + len(page.ids) - 1 if start else None,
        "total": f"{total:,}+" if is_capped and total else "many" if is_capped else f"{total:,}",
        "total_rows": total,
        "addresses": _addresses(query, page, start),
        "list_parameter": quote(query, safe=""),
        "views": views,
        "current_view": current,
        "chips": chips(request.GET, _labels(filters, jobs, imports)),
        "filter_groups": _filter_groups(filters, jobs, imports),
        "orders": [Choice(order, label, order == filters.order) for order, label in ORDER_LABELS.items()],
        "tier_choices": _tier_choices(filters),
        "panel_count": _panel_count(filters),
        "jobs": jobs,
        "undo": request.session.pop("undo_delete", None) if "undo_delete" in request.session else None,
        "is_empty_database": not page.ids and not query,
    }
    return TemplateResponse(request, "admin/candidates/candidate/list.html", context)


def loaded(ids: Sequence[uuid.UUID]) -> list[Candidate]:
    """Candidates in the order of their ids, with only the columns that a row of the list shows and the job's title."""
    found = Candidate.objects.filter(pk__in=ids).select_related("job").only(*COLUMNS).in_bulk() if ids else {}
    return [found[row_id] for row_id in ids if row_id in found]


def present(candidates: list[Candidate]) -> list[Row]:
    """Candidates as lines of the list."""
    now = timezone.now()
    return [
        Row(
            candidate=candidate,
            initials=presenting.initials(candidate.name),
            tier=presenting.tier_badge(candidate.tier, unstable=candidate.tier_unstable),
            combined=presenting.score_bar(
                candidate.combined_score, "combined", low=candidate.score_low, high=candidate.score_high
            ),
            algo=presenting.score_bar(candidate.algo_score, "algo"),
            ai=presenting.score_bar(candidate.ai_score, "ai"),
            flags=presenting.red_flags(candidate.red_flags),
            missing=", ".join(presenting.field_label(name) for name in candidate.missing_required),
            updated=presenting.ago(candidate.updated_at, now),
            interview=INTERVIEW_LABELS[candidate.interview_status],
            intake=INTAKE_LABELS[candidate.intake_status],
            ai_note=presenting.AI_NOTES.get(candidate.ai_status, ""),
        )
        for candidate in candidates
    ]


INTERVIEW_LABELS = {
    InterviewStatus.NOT_SCHEDULED: "",
    **{value: f"Interview: {str(label).lower()}" for value, label in InterviewStatus.choices[1:]},
}
INTAKE_LABELS = {
    IntakeStatus.NONE: "",
    **{value: f"Intake: {str(label).lower()}" for value, label in IntakeStatus.choices[1:]},
}


def saved_views(request: HttpRequest, query: str) -> list[View]:
    """The built-in views and the recruiter's own; the one that the address asks for is marked."""
    own = SavedView.objects.filter(user=recruiter(request)).values_list("id", "name", "query")
    return [View(name, view_query, view_query == query) for name, view_query in DEFAULT_VIEWS] + [
        View(name, view_query, view_query == query, id=view_id) for view_id, name, view_query in own
    ]


def neighbours(candidate: Candidate, query: str) -> dict[str, str]:
    """Addresses of the candidates before and after this one in the list that `query` describes."""
    filters = Filters.of(QueryDict(query))
    rows = Candidate.objects.filter(filters.condition())
    try:
        before, after = keyset.neighbours(rows, order=filters.order, of=candidate, search=filters.search)
    except ranking.TookTooLong:
        return {}
    tail = f"?list={quote(query, safe='')}" if query else ""
    return {
        name: reverse("admin:candidates_candidate_change", args=[row_id]) + tail
        for name, row_id in (("previous", before), ("next", after))
        if row_id
    }


def _start(filters: Filters, page: keyset.Page, total: int, is_capped: bool) -> int | None:
    """Which row of the list the page starts with; None where only counting past the cap could tell."""
    if not page.ids:
        return None
    if not page.has_previous:
        return 1
    if not page.has_next:
        return None if is_capped else total - len(page.ids) + 1
    return filters.start


def _addresses(query: str, page: keyset.Page, start: int | None) -> dict[str, str]:
    """Addresses of the first, previous, next and last page; only those that lead elsewhere."""
    base = f"?{query}&" if query else "?"
    found = {}
    if page.has_previous:
        found["first"] = f"?{query}" if query else "?"
        place = f"&n={max(start - PAGE_SIZE, 1)}" if start else ""
        found["previous"] = f"{base}before={page.first_cursor}{place}"
    if page.has_next:
        place = f"&n={start + len(page.ids)}" if start else ""
        found["next"] = f"{base}after={page.last_cursor}{place}"
        found["last"] = f"{base}at=last"
    return found


def _labels(
    filters: Filters, jobs: list[tuple[Any, str]], imports: list[tuple[Any, str]]
) -> dict[tuple[str, str], str]:
    """The words for each filter in force, by (parameter, value)."""
    job_titles = {str(job_id): title for job_id, title in jobs}
    filenames = {str(import_id): name for import_id, name in imports}
    labels: dict[tuple[str, str], str] = {}
    if filters.search:
        labels["q", filters.search] = f"“{filters.search}”"
    for tier in filters.tiers:
        labels["tier", tier] = "Not scored" if tier == "none" else tier
    if filters.job:
        title = "No job" if filters.job == "none" else job_titles.get(filters.job, "A job")
        labels["job", filters.job] = f"Job: {title}"
    if filters.of_import:
        labels["import", filters.of_import] = f"Import: {filenames.get(filters.of_import, 'an older one')}"
    if filters.min_score is not None:
        labels["min_score", str(filters.min_score)] = f"Score from {filters.min_score}"
    if filters.max_score is not None:
        labels["max_score", str(filters.max_score)] = f"Score up to {filters.max_score}"
    for name, value, choices in (
        ("interview", filters.interview, InterviewStatus.choices),
        ("intake", filters.intake, IntakeStatus.choices),
        ("ai", filters.ai, AiStatus.choices),
    ):
        if value:
            labels[name, value] = f"{'AI' if name == 'ai' else name.capitalize()}: {str(dict(choices)[value]).lower()}"
    if filters.flag:
        flags = {"any": "Any red flag", "none": "No red flag", **dict(RedFlag.choices)}
        labels["flag", filters.flag] = str(flags[filters.flag])
    if filters.completeness:
        labels["completeness", filters.completeness] = COMPLETENESS[filters.completeness][0]
    if filters.unstable:
        labels["unstable", "1"] = "Tier not certain"
    if filters.deleted:
        labels["deleted", "1"] = "Deleted"
    return labels


def _filter_groups(
    filters: Filters, jobs: list[tuple[Any, str]], imports: list[tuple[Any, str]]
) -> list[dict[str, Any]]:
    """What the filter panel offers."""

    def group(name: str, label: str, chosen: str, options: list[tuple[str, str]]) -> dict[str, Any]:
        choices = [Choice("", "Any", not chosen)]
        choices += [Choice(value, str(text), value == chosen) for value, text in options]
        return {"name": name, "label": label, "choices": choices, "is_set": bool(chosen)}

    return [
        group("job", "Job", filters.job, [("none", "No job"), *((str(pk), title) for pk, title in jobs)]),
        group("import", "Import", filters.of_import, [(str(pk), name) for pk, name in imports]),
        group("interview", "Interview", filters.interview, list(InterviewStatus.choices)),
        group("intake", "Intake", filters.intake, list(IntakeStatus.choices)),
        group(
            "flag",
            "Red flags",
            filters.flag,
            [("any", "Any red flag"), ("none", "None"), *RedFlag.choices],
        ),
        group(
            "completeness",
            "Completeness",
            filters.completeness,
            [(value, label) for value, (label, _) in COMPLETENESS.items()],
        ),
        group("ai", "AI score", filters.ai, list(AiStatus.choices)),
    ]


def _tier_choices(filters: Filters) -> list[dict[str, Any]]:
    """The tiers as switches of the toolbar."""
    known = [(tier.value, tier.value) for tier in Tier] + [("none", "Not scored")]
    return [
        {
            "value": value,
            "label": label.removesuffix(" Tier"),
            "style": presenting.tier_class(value),
            "chosen": value in filters.tiers,
        }
        for value, label in known
    ]


def _panel_count(filters: Filters) -> int:
    """How many filters of the panel are in force."""
    return sum(
        (
            bool(filters.job),
            bool(filters.of_import),
            bool(filters.interview),
            bool(filters.intake),
            bool(filters.flag),
            bool(filters.completeness),
            bool(filters.ai),
            filters.min_score is not None or filters.max_score is not None,
            filters.unstable,
            filters.deleted,
        )
    )
