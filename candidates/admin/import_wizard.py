"""The way of a file into Greenroom: drop it, check its columns, try it without writing, start."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from candidates import importing, lifecycle
from candidates.admin.pages import import_page
from candidates.admin.recruiters import recruiter
from candidates.mapping import FIELDS
from candidates.models import Import, Job
from candidates.states import ImportStatus
from llm.errors import GreenroomError

SAMPLES_PER_COLUMN = 2
# A dry run of a file up to this size is done within the page; a larger one in a request of the page's own.
CHECK_AT_ONCE_BYTES = 1_000_000
CERTAINTY = {
    "sure": ("Sure", "ok"),
    "likely": ("Likely", "info"),
    "unsure": ("Please look", "warn"),
    "none": ("Not mapped", "plain"),
    "protected": ("Never read", "plain"),
    "repeated": ("Repeated", "plain"),
    "ignored": ("Left out", "plain"),
}


def upload(request: HttpRequest) -> HttpResponse:
    """GET: the drop zone. POST: take the file and go on to its columns."""
    if request.method != "POST":
        return _upload_page(request)
    file = request.FILES.get("file")
    job_id = request.POST.get("job", "")
    try:
        if file is None:
            raise GreenroomError("Choose a file first.", code="no_file", status=422)
        job = _job(job_id)
        import_ = importing.receive(
            file=file,
            filename=file.name or "upload.csv",
            made_by=recruiter(request),
            job=job,
            score=request.POST.get("score") == "1",
        )
    except GreenroomError as error:
        return _refused(request, error, job_id)
    return _go_on(request, import_)


def mend(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """POST: take the mended rows of an earlier import, with its job and its choices."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    mended = get_object_or_404(Import, pk=import_id)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise GreenroomError("Choose the mended file first.", code="no_file", status=422)
        import_ = importing.receive(
            file=file,
            filename=file.name or "mended.csv",
            made_by=recruiter(request),
            job=mended.job,
            score=mended.score,
            mends=mended,
        )
    except GreenroomError as error:
        if _wants_json(request):
            return _error_json(error)
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:candidates_import_change", args=[mended.pk]) + "#errors")
    return _go_on(request, import_)


def mapping(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """Which column fills which field: GET shows what was recognised, POST keeps what the recruiter chose."""
    import_ = get_object_or_404(Import.objects.select_related("job", "mends"), pk=import_id)
    if import_.status != ImportStatus.IDLE:
        return HttpResponseRedirect(reverse("admin:candidates_import_change", args=[import_.pk]))
    try:
        preview = importing.preview(import_)
    except GreenroomError as error:
        return import_page(request, "broken", {"import": import_, "problem": error.message, "step": 2}, status=422)
    chosen: dict[str, str | None] = dict(import_.mapping)
    problems: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        chosen = {
            str(column.position): request.POST.get(f"column-{column.position}") or None for column in preview.columns
        }
        try:
            importing.set_mapping(import_, chosen)
            job = _job(request.POST.get("job", ""))
            score = request.POST.get("score") == "1"
            if (import_.job, import_.score) != (job, score):
                import_.job, import_.score = job, score
                import_.save(update_fields=["job", "score"])
            return HttpResponseRedirect(reverse("admin:candidates_import_check", args=[import_.pk]))
        except GreenroomError as error:
            problem = error.message
            problems = {header: " ".join(texts) for header, texts in (error.fields or {}).items()}
    columns = [_column(column, chosen, problems) for column in preview.columns]
    return import_page(
        request,
        "mapping",
        {
            "import": import_,
            "columns": columns,
            "mapped": sum(1 for column in columns if column["chosen"]),
            "to_look_at": [column for column in columns if column["needs_look"]],
            "groups": _field_groups(),
            "joined": ",".join(name for name, spec in FIELDS.items() if spec.takes_many),
            "headers": [column.header for column in preview.columns],
            "rows": preview.rows,
            "source": preview.source,
            "problem": problem,
            "jobs": _jobs(),
            "chosen_job": str(import_.job_id or ""),
            "step": 2,
        },
        status=422 if problem else 200,
    )


def check(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """GET: a dry run, which writes nothing. POST: start."""
    import_ = get_object_or_404(Import.objects.select_related("job", "mends"), pk=import_id)
    there = HttpResponseRedirect(reverse("admin:candidates_import_change", args=[import_.pk]))
    if import_.status != ImportStatus.IDLE:
        return there
    if request.method == "POST":
        try:
            lifecycle.start(import_)
        except GreenroomError as error:
            messages.error(request, error.message)
        return there
    context: dict[str, Any] = {"import": import_, "step": 3, "late": False}
    asked_for_part = request.headers.get("HX-Request") == "true"
    if import_.size <= CHECK_AT_ONCE_BYTES or asked_for_part or "now" in request.GET:
        try:
            context["dry_run"] = importing.dry_run(import_)
        except GreenroomError as error:
            context["problem"] = error.message
    else:
        context["late"] = True
    return import_page(request, "check_part" if asked_for_part else "check", context)


def _upload_page(request: HttpRequest, status: int = 200, **choices: Any) -> TemplateResponse:
    context = {"jobs": _jobs(), "limit": settings.IMPORT_MAX_BYTES, "step": 1}
    chosen = {"chosen_job": request.GET.get("job", ""), "score": True, **choices}
    return import_page(request, "upload", context | chosen, status=status)


def _refused(request: HttpRequest, error: GreenroomError, job_id: str) -> HttpResponse:
    if _wants_json(request):
        return _error_json(error)
    score = request.POST.get("score") == "1"
    return _upload_page(request, error.status, problem=error.message, chosen_job=job_id, score=score)


def _go_on(request: HttpRequest, import_: Import) -> HttpResponse:
    there = reverse("admin:candidates_import_mapping", args=[import_.pk])
    if _wants_json(request):
        return JsonResponse({"import_id": str(import_.pk), "next": there}, status=201)
    return HttpResponseRedirect(there)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _error_json(error: GreenroomError) -> JsonResponse:
    return JsonResponse({"error": {"code": error.code, "message": error.message}}, status=error.status)


def _job(job_id: str) -> Job | None:
    if not job_id:
        return None
    try:
        job = Job.objects.filter(pk=uuid.UUID(job_id)).first()
    except ValueError:
        job = None
    if job is None:
        raise GreenroomError("This job is not there any more. Choose another one.", code="unknown_job", status=422)
    return job


def _jobs() -> list[tuple[str, str]]:
    return [(str(key), title) for key, title in Job.objects.filter(is_open=True).values_list("id", "title")[:200]]


def _column(column: Any, chosen: dict[str, str | None], problems: dict[str, str]) -> dict[str, Any]:
    label, tone = CERTAINTY[column.confidence]
    field = chosen.get(str(column.position))
    samples = [sample for sample in column.samples if sample]
    return {
        "position": column.position,
        "header": column.header,
        "chosen": field,
        "samples": samples[:SAMPLES_PER_COLUMN],
        "label": label,
        "tone": tone,
        "why": column.why,
        "is_protected": column.confidence == "protected",
        "needs_look": column.confidence == "unsure" and not field,
        "suggestion": column.suggestion if column.suggestion and not field else None,
        "suggestion_label": FIELDS[column.suggestion].label if column.suggestion else "",
        "problem": problems.get(column.header, "") if field else "",
    }


def _field_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, spec in FIELDS.items():
        groups.setdefault(spec.group, []).append((name, spec.label))
    return list(groups.items())
