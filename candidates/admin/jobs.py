"""Jobs in the console: the list, the page with the live rubric editor, and a new job from a pasted description."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates import job_analysis, job_figures, keyset, pipeline, presenting, reweighing
from candidates import rubric as rubrics
from candidates.admin.candidate_list import loaded, present
from candidates.admin.recruiters import PageView, RecruiterAdmin, recruiter
from candidates.admin.rubric_form import Line, criteria_of_form, lines_of
from candidates.models import Candidate, Job, Rubric
from candidates.states import WorkKind
from llm.client import is_configured
from llm.errors import GreenroomError

PREVIEW_ROWS = 25
RANKED_ROWS = 15
JOBS_SHOWN = 200
VERSIONS_SHOWN = 30


@admin.register(Job)
class JobAdmin(RecruiterAdmin):
    """Jobs and their rubrics."""

    search_fields = ("title",)

    def pages(self) -> list[tuple[str, PageView, str]]:
        one = "<uuid:job_id>"
        return [
            ("", job_list, "changelist"),
            ("add/", add, "add"),
            (f"{one}/change/", change, "change"),
            (f"{one}/preview/", preview, "preview"),
            (f"{one}/rubric/", save_rubric, "save_rubric"),
            (f"{one}/analysis/", analyse, "analyse"),
            (f"{one}/rubric/<int:version>/restore/", restore, "restore"),
            (f"{one}/rescore/", rescore, "rescore"),
            (f"{one}/open/", set_open, "set_open"),
        ]


def job_list(request: HttpRequest) -> HttpResponse:
    """Every job with how its candidates are spread over the tiers."""
    jobs = list(Job.objects.order_by("-is_open", "-created_at")[:JOBS_SHOWN])
    figures = job_figures.tiers_by_job()
    rubrics_by_job = {
        rubric.job_id: rubric
        for rubric in Rubric.objects.filter(job__in=jobs).order_by("job_id", "-version").distinct("job_id")
    }
    rows = [
        {
            "job": job,
            "figures": figures.get(job.pk, job_figures.NOBODY),
            "rubric": rubrics_by_job.get(job.pk),
            "made": presenting.ago(job.created_at),
        }
        for job in jobs
    ]
    context = {**admin.site.each_context(request), "title": "Jobs", "rows": rows}
    return TemplateResponse(request, "admin/candidates/job/list.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new job starts with its description; the rubric is drawn from it and can be changed on the next page."""
    description = request.POST.get("description", "").replace("\x00", "")
    title = request.POST.get("title", "").strip()[:200]
    error = ""
    if request.method == "POST":
        try:
            analysis = _analysed(description, title, with_model=request.POST.get("by") == "model")
            job = job_analysis.save(analysis, description=description, actor=recruiter(request))
            if analysis.criteria:
                messages.success(request, "The job is saved with a rubric drawn from it. Change what is off.")
            else:
                messages.warning(request, "The job is saved. Nothing in the description became a criterion: add some.")
            _tell(request, analysis)
            return redirect("admin:candidates_job_change", job.pk)
        except GreenroomError as problem:
            error = problem.message
    context = {
        **admin.site.each_context(request),
        "title": "New job",
        "description": description,
        "job_title": title,
        "error": error,
        "has_model": is_configured(),
    }
    return TemplateResponse(request, "admin/candidates/job/add.html", context, status=422 if error else 200)


def change(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """A job: description, rubric editor, who its candidates are, and the rubric's versions."""
    job = get_object_or_404(Job, pk=job_id)
    if request.method == "POST":
        job.title = request.POST.get("title", "").strip()[:200] or job.title
        job.description = request.POST.get("description", "").replace("\x00", "")
        job.save(update_fields=["title", "description", "updated_at"])
        messages.success(
            request, "The job is saved. Its rubric stays as it is until you analyse the description again."
        )
        return redirect("admin:candidates_job_change", job.pk)
    rubric = rubrics.current(job)
    return _job_page(request, job, lines_of(rubrics.criteria_of(rubric) if rubric else []), rubric)


@require_POST
def analyse(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Draw a draft rubric from the description; it stands in the editor and is stored only by Save."""
    job = get_object_or_404(Job, pk=job_id)
    try:
        analysis = _analysed(job.description, job.title, with_model=request.POST.get("by") == "model")
    except GreenroomError as error:
        messages.error(request, error.message)
        return redirect("admin:candidates_job_change", job.pk)
    _tell(request, analysis)
    return _job_page(request, job, lines_of(analysis.criteria), rubrics.current(job), is_draft=True)


@require_POST
def preview(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The first candidates under other weights, with how far each moved; nothing is stored and no model asked."""
    job = get_object_or_404(Job, pk=job_id)
    try:
        weights = json.loads(request.body)["weights"]
        if not isinstance(weights, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": {"code": "malformed", "message": "Send weights by criterion."}}, status=400)
    try:
        ranked = reweighing.preview(job=job, weights=weights, limit=PREVIEW_ROWS)
        spread = reweighing.spread(job=job, weights=weights)
    except GreenroomError as error:
        return TemplateResponse(
            request, "admin/candidates/job/preview_error.html", {"message": error.message}, status=error.status
        )
    context = {"rows": [_moved(row) for row in ranked], "before": _figures(spread, 0), "after": _figures(spread, 1)}
    context["list_parameter"] = f"job%3D{job.pk}"
    return TemplateResponse(request, "admin/candidates/job/preview.html", context)


@require_POST
def save_rubric(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Store the editor's rubric. Weights alone re-rank at once and for free; other changes wait for a re-score."""
    job = get_object_or_404(Job, pk=job_id)
    before = rubrics.current(job)
    known = rubrics.criteria_of(before) if before else []
    try:
        criteria = criteria_of_form(request.POST, known=known)
        if before and _only_weights_differ(known, criteria):
            weights = {criterion.key: criterion.weight for criterion in criteria}
            moved = reweighing.apply(job=job, weights=weights, actor=recruiter(request))
            messages.success(
                request, f"Saved. {presenting.people(moved)} ranked again by the new weights; no model was asked."
            )
        else:
            saved = rubrics.save(job, criteria, actor=recruiter(request))
            messages.success(
                request,
                f"Saved as version {saved.version}. Candidates keep their scores until you score them again.",
            )
    except GreenroomError as error:
        is_whole = error.code != "malformed"
        lines = lines_of(known, form=request.POST if is_whole else None, problems=error.fields or {})
        return _job_page(request, job, lines, before, error=error.message)
    return redirect(f"{reverse('admin:candidates_job_change', args=[job.pk])}#rubric")


@require_POST
def restore(request: HttpRequest, job_id: uuid.UUID, version: int) -> HttpResponse:
    """Make an older version of the rubric the newest again, as a new version: history is never rewritten."""
    job = get_object_or_404(Job, pk=job_id)
    old = get_object_or_404(Rubric, job=job, version=version)
    try:
        saved = rubrics.save(job, rubrics.criteria_of(old), actor=recruiter(request))
    except GreenroomError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Version {version} is in force again, as version {saved.version}.")
    return redirect("admin:candidates_job_change", job.pk)


@require_POST
def rescore(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Queue all of a job's candidates to be judged by its rubric as it now stands."""
    job = get_object_or_404(Job, pk=job_id)
    queued = pipeline.queue_scores(candidates=Candidate.objects.live().filter(job=job), kind=WorkKind.EXTRACT)
    messages.success(request, f"{presenting.people(queued)} queued to be scored by the rubric as it now stands.")
    return redirect("admin:candidates_job_change", job.pk)


@require_POST
def set_open(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Open a job, or close it."""
    job = get_object_or_404(Job, pk=job_id)
    job.is_open = request.POST.get("is_open") == "1"
    job.save(update_fields=["is_open", "updated_at"])
    messages.success(request, "The job is open." if job.is_open else "The job is closed. Its candidates stay.")
    return redirect("admin:candidates_job_change", job.pk)


def _job_page(
    request: HttpRequest,
    job: Job,
    lines: list[Line],
    rubric: Rubric | None,
    *,
    is_draft: bool = False,
    error: str = "",
) -> HttpResponse:
    rows = Candidate.objects.live().filter(job=job)
    first = keyset.page(rows, order=keyset.Order.BEST, place=keyset.Place(), size=RANKED_ROWS)
    total, is_capped = keyset.count_up_to_cap(rows)
    stale = 0
    if rubric is not None and total:
        stale = job_figures.scored_by_another_rubric(job=job, rubric=rubric)
    context = {
        **admin.site.each_context(request),
        "title": job.title,
        "is_fullwidth": "1",
        "job": job,
        "rubric": rubric,
        "lines": lines,
        "blank_line": Line.blank(),
        "is_draft": is_draft,
        "error": error,
        "is_formula": bool(lines) and lines[0].kind == "formula",
        "figures": job_figures.tiers_by_job(job=job).get(job.pk, job_figures.NOBODY),
        "ranked": present(loaded(first.ids)),
        "total": f"{total:,}{'+' if is_capped else ''}",
        "total_rows": total,
        "stale": stale,
        "versions": list(
            Rubric.objects.filter(job=job).select_related("made_by").order_by("-version")[:VERSIONS_SHOWN]
        ),
        "has_model": is_configured(),
        "list_parameter": f"job%3D{job.pk}",
    }
    return TemplateResponse(request, "admin/candidates/job/page.html", context, status=422 if error else 200)


def _moved(row: reweighing.Row) -> dict[str, Any]:
    """A row of the live ranking: the new score beside the old one, and how far the candidate moved."""
    return {
        "id": row["id"],
        "name": row["name"],
        "rank": row["rank"],
        "moved": row["old_rank"] - row["rank"],
        "distance": abs(row["old_rank"] - row["rank"]),
        "combined": presenting.score_bar(row["combined_score"], "combined"),
        "was": row["old_combined_score"],
        "score": row["combined_score"],
        "tier": presenting.tier_badge(row["tier"]),
        "old_tier": row["old_tier"] if row["old_tier"] != row["tier"] else "",
    }


def _figures(spread: dict[str, tuple[int, int]], which: int) -> job_figures.Figures:
    return job_figures.Figures(tuple((tier, counts[which]) for tier, counts in spread.items()), unscored=0)


def _analysed(description: str, title: str, *, with_model: bool) -> job_analysis.JobAnalysis:
    """What a description asks for; by matching alone unless the recruiter wants the model, too."""
    if with_model:
        return job_analysis.analyze(description, title=title)
    draft = rubrics.from_description(title, job_analysis.checked(description))
    return job_analysis.JobAnalysis(
        title=title,
        role_type=draft.role_type,
        baseline_fields=draft.fields,
        job_fields=[],
        criteria=draft.criteria,
        red_flag_indicators=draft.red_flag_indicators,
        made_by="matching",
    )


def _tell(request: HttpRequest, analysis: job_analysis.JobAnalysis) -> None:
    for note in analysis.notes:
        messages.info(request, note)


def _only_weights_differ(before: list[Any], after: list[Any]) -> bool:
    """Whether two rubrics ask the same things in the same order, but for their weights."""

    def asked(criteria: list[Any]) -> list[dict[str, Any]]:
        return [criterion.model_dump(exclude={"weight"}) for criterion in criteria]

    return asked(before) == asked(after)
