"""Imports in the console: the list, and the page of one import in each of its states."""

from __future__ import annotations

import uuid
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify

from candidates import importing, lifecycle, scoring, streaming
from candidates.admin import home, import_wizard
from candidates.admin.pages import import_page, moment_of
from candidates.admin.recruiters import PageView, RecruiterAdmin, recruiter
from candidates.models import Candidate, Import, RowError, Work
from candidates.presenting import tier_class
from candidates.states import RUNNING, ImportPhase, ImportStatus, Tier, WorkState
from llm import budget
from llm.errors import GreenroomError

PAGE_SIZE = 50
ERRORS_SHOWN = 50
GROUPS: dict[str, tuple[str, Q]] = {
    "": ("All", Q()),
    "needs-you": (
        "Needs you",
        Q(status__in=[ImportStatus.IDLE, ImportStatus.WAITING_CONFIRMATION])
        | Q(rows_failed__gt=0, mended_by=None, undone_at=None) & ~Q(status__in=RUNNING),
    ),
    "running": ("Running", Q(status__in=RUNNING)),
    "ended": ("Ended", Q(status__in=lifecycle.ENDED)),
}


@admin.register(Import)
class ImportAdmin(RecruiterAdmin):
    """The import list, the wizard, and what can be done with one import."""

    search_fields = ("filename",)

    def pages(self) -> list[tuple[str, PageView, str]]:
        one = "<uuid:import_id>"
        return [
            ("", import_list, "changelist"),
            ("add/", import_wizard.upload, "add"),
            ("figures/", home.figures_part, "figures"),
            (f"{one}/change/", show, "change"),
            (f"{one}/mapping/", import_wizard.mapping, "mapping"),
            (f"{one}/check/", import_wizard.check, "check"),
            (f"{one}/confirm/", confirm, "confirm"),
            (f"{one}/cancel/", cancel, "cancel"),
            (f"{one}/undo/", undo, "undo"),
            (f"{one}/failed-rows.csv", failed_rows, "failed_rows"),
            (f"{one}/mend/", import_wizard.mend, "mend"),
        ]


def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, newest first, with live bars for those that run."""
    group = request.GET.get("show", "")
    group = group if group in GROUPS else ""
    search = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    imports: QuerySet[Import] = Import.objects.filter(GROUPS[group][1]).select_related("job", "made_by")
    if search:
        imports = imports.filter(filename__icontains=search)
    before = moment_of(request.GET.get("before", ""))
    if before is not None:
        imports = imports.filter(created_at__lt=before)
    rows = list(imports[: PAGE_SIZE + 1])
    context = {
        "rows": [(import_, lifecycle.progress_of(import_)) for import_ in rows[:PAGE_SIZE]],
        "next_before": rows[PAGE_SIZE - 1].created_at.isoformat() if len(rows) > PAGE_SIZE else None,
        "groups": [(key, label, key == group) for key, (label, _) in GROUPS.items()],
        "group": group,
        "search": search,
        "is_first_page": before is None,
    }
    return import_page(request, "list", context)


def show(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """One import: its mapping, its progress, its question, or its result, as its status asks for."""
    import_ = get_object_or_404(Import.objects.select_related("job", "made_by", "mends"), pk=import_id)
    if import_.status == ImportStatus.IDLE:
        return HttpResponseRedirect(reverse("admin:candidates_import_mapping", args=[import_.pk]))
    context: dict[str, Any] = {"import": import_, "status": lifecycle.status_of(import_)}
    if import_.status in RUNNING or import_.phase == ImportPhase.UNDOING:
        others = Import.objects.filter(status__in=RUNNING).exclude(pk=import_.pk)
        context |= {"others": others[:5], "stages": _stages(import_), "step": 4}
        return import_page(request, "progress", context)
    if import_.status == ImportStatus.WAITING_CONFIRMATION:
        return import_page(request, "confirm", {**context, **_money(import_), "step": 4})
    return import_page(request, "result", context | _result(request, import_))


def confirm(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """POST: let scoring begin, or go on; a higher cap may come with it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    import_ = get_object_or_404(Import, pk=import_id)
    scope = f"import:{import_.pk}"
    try:
        given = request.POST.get("cap", "").strip()
        if given:
            cap = Decimal(given)
            if not cap.is_finite() or not 0 < cap <= 100_000:
                raise InvalidOperation
            if cap != budget.cap_usd(scope):
                budget.set_cap(scope, cap)
        lifecycle.confirm(import_)
    except InvalidOperation:
        problem = "Enter the cap as an amount of dollars between 0.01 and 100,000."
        context = {"import": import_, "status": lifecycle.status_of(import_), "problem": problem, "given_cap": given}
        return import_page(request, "confirm", {**context, **_money(import_), "step": 4}, status=422)
    except GreenroomError as error:
        messages.error(request, error.message)
    return _back(import_)


def cancel(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """GET asks; POST stops the import."""
    import_ = get_object_or_404(Import, pk=import_id)
    if request.method != "POST":
        if import_.status in lifecycle.ENDED:
            return _back(import_)
        return import_page(request, "cancel", {"import": import_, "status": lifecycle.status_of(import_)})
    try:
        lifecycle.cancel(import_)
    except GreenroomError as error:
        messages.error(request, error.message)
    return _back(import_)


def undo(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """GET tells what undoing takes back; POST takes it back and reports."""
    import_ = get_object_or_404(Import, pk=import_id)
    if request.method != "POST":
        if import_.undone_at or import_.status not in lifecycle.ENDED:
            return _back(import_)
        return import_page(request, "undo", {"import": import_, "made": _made(import_).count()})
    try:
        report = importing.undo(import_, actor=recruiter(request))
    except GreenroomError as error:
        messages.error(request, error.message)
        return _back(import_)
    import_.refresh_from_db()
    return import_page(request, "undone", {"import": import_, "report": report})


def failed_rows(request: HttpRequest, import_id: uuid.UUID) -> StreamingHttpResponse:
    """The rows that failed, as a CSV file to mend and send again."""
    import_ = get_object_or_404(Import, pk=import_id)
    name = slugify(import_.filename.rsplit(".", 1)[0]) or "import"
    rows = importing.error_rows_csv(import_)
    return streaming.download(rows, request=request, filename=f"{name}-failed-rows.csv", content_type=streaming.CSV)


def _back(import_: Import) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:candidates_import_change", args=[import_.pk]))


def _made(import_: Import) -> QuerySet[Candidate]:
    return Candidate.objects.live().filter(made_by_import=import_)


def _stages(import_: Import) -> list[dict[str, Any]]:
    """Reading, extracting, scoring: which are behind, which is now."""
    order = [ImportPhase.READING, ImportPhase.EXTRACTING, ImportPhase.SCORING]
    now = order.index(ImportPhase(import_.phase)) if import_.phase in order else len(order)
    notes = {
        ImportPhase.READING: "Rows become candidates; duplicates update the one that is there.",
        ImportPhase.EXTRACTING: "Free text is read and the algorithmic score is computed.",
        ImportPhase.SCORING: "The model answers each criterion with a level and a quote.",
    }
    return [
        {"phase": phase.value, "label": label, "note": notes[phase], "is_done": at < now, "is_now": at == now}
        for at, (phase, label) in enumerate(zip(order, ("Reading", "Extracting", "Scoring"), strict=True))
    ]


def _money(import_: Import) -> dict[str, Any]:
    scope, day = f"import:{import_.pk}", budget.day_scope()
    estimate, spent, cap = import_.cost_estimate_usd, budget.spent_usd(scope), budget.cap_usd(scope)
    day_left = max(Decimal(0), budget.cap_usd(day) - budget.spent_usd(day))
    return {
        "estimate": estimate,
        "spent": spent,
        "cap": cap,
        "day_left": day_left,
        "over_cap": estimate is not None and spent + estimate > cap,
        "over_day": estimate is not None and estimate > day_left,
        "ready": import_.candidates_total - import_.failed,
    }


def _result(request: HttpRequest, import_: Import) -> dict[str, Any]:
    errors = RowError.objects.filter(of_import=import_).order_by("line", "id")
    after = request.GET.get("line", "")
    if after.isdigit() and len(after) < 10:
        errors = errors.filter(line__gt=int(after))
    shown = list(errors[: ERRORS_SHOWN + 1])
    aside = Work.objects.filter(of_import=import_, state=WorkState.SET_ASIDE).select_related("candidate")
    mended_by = import_.mended_by.order_by("-created_at").first()
    return {
        "errors": shown[:ERRORS_SHOWN],
        "errors_next": shown[ERRORS_SHOWN - 1].line if len(shown) > ERRORS_SHOWN else None,
        "aside": aside.only("kind", "reason", "candidate__name")[:ERRORS_SHOWN],
        "tiers": _tiers(import_),
        "mended_by": mended_by,
        "updated": max(0, import_.candidates_total - import_.candidates_made),
        "list_link": reverse("admin:candidates_candidate_changelist") + f"?import={import_.pk}",
        "can_undo": import_.status in lifecycle.ENDED and not import_.undone_at,
    }


def _tiers(import_: Import) -> list[dict[str, Any]]:
    """How many of the import's candidates stand in each tier.

    Grouped by rank, which the index of an import's ranked list holds, so that a million rows are not visited; a tier
    is a range of ranks.
    """
    counts: Counter[str] = Counter()
    for rank, count in _made(import_).order_by().values_list("rank").annotate(count=Count("id")):
        tier = scoring.tier_of(rank) if rank >= 0 else None
        counts[tier or ""] += count
    total = sum(counts.values())
    link = reverse("admin:candidates_candidate_changelist") + f"?import={import_.pk}"
    return [
        {
            "tier": tier or None,
            "slug": tier_class(tier),
            "count": counts[tier],
            "share": 100 * counts[tier] / total,
            "link": f"{link}&tier={(tier or 'none').replace(' ', '+')}",
        }
        for tier in [*Tier.values, ""]
        if counts[tier]
    ]
