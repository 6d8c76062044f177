"""One candidate: why this score, in which words it rests, what is known, what changed, and what can be done."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from typing import Any

from django.contrib import admin, messages
from django.core.files import File
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates import bulk, documents, explanation, pipeline, presenting, profiles, questions, streaming
from candidates.admin import sources
from candidates.admin.candidate_actions import remember_deletion
from candidates.admin.candidate_filters import list_query
from candidates.admin.candidate_list import neighbours
from candidates.admin.recruiters import recruiter
from candidates.models import Assessment, Candidate, Change, Document, Work
from candidates.states import ChangeSource, ImportStatus, WorkKind, WorkState
from llm.client import is_configured
from llm.errors import GreenroomError

CHANGES_SHOWN = 200
ASSESSMENTS_SHOWN = 20
CHAT_SUGGESTIONS = (
    "What did they do in their last position?",
    "Which teams have they led?",
    "What did they say about why they want to change?",
)


def change(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """The candidate's page. `?list=` names the list it was opened from, for its neighbours there."""
    candidate = get_object_or_404(Candidate.objects.select_related("job", "made_by_import"), pk=candidate_id)
    query = list_query(QueryDict(request.GET.get("list", "")))
    files = list(Document.objects.filter(candidate=candidate).order_by("created_at"))
    explained = explanation.of(candidate)
    algorithm, model = explained["algorithm"], explained["model"]
    rows = sources.criterion_rows(algorithm and algorithm["criteria"], model and model["criteria"])
    assessments = list(Assessment.objects.filter(candidate=candidate).order_by("-id")[:ASSESSMENTS_SHOWN])
    work = scoring_work(candidate)
    context = {
        **admin.site.each_context(request),
        "title": candidate.name or "Unnamed candidate",
        "is_fullwidth": "1",
        "candidate": candidate,
        "initials": presenting.initials(candidate.name),
        "tier": presenting.tier_badge(candidate.tier, unstable=candidate.tier_unstable),
        "band": presenting.band_of(candidate),
        "ai_note": presenting.AI_NOTES.get(candidate.ai_status, "") if candidate.combined_score is not None else "",
        "algorithm": algorithm,
        "model": model,
        "rows": rows,
        "marks": explained["marks"],
        "notes": [note for side in (algorithm, model) if side for note in side["notes"]],
        "questions": next((one.questions for one in assessments if one.is_current and one.questions), []),
        "red_flags": explained["red_flags"],
        "sources": sources.source_texts(explained["sources"], files, rows),
        "documents": files,
        "profile": sources.profile_rows(candidate),
        "missing_required": [presenting.field_label(name) for name in candidate.missing_required],
        "missing_preferred": [presenting.field_label(name) for name in candidate.missing_preferred],
        "history": history_of(candidate),
        "receipts": [receipt for side in (algorithm, model) if side for receipt in side["receipts"]],
        "earlier": [one for one in assessments if not one.is_current],
        "work": work,
        "chat": {
            "id": str(candidate.pk),
            "socket": f"/ws/candidates/{candidate.pk}",
            "about": candidate.name or "this candidate",
            "is_ready": is_configured(),
            "suggestions": CHAT_SUGGESTIONS,
        },
        "query": query,
        "list_address": _with_query(reverse("admin:candidates_candidate_changelist"), query),
        "neighbours": neighbours(candidate, query),
    }
    return TemplateResponse(request, "admin/candidates/candidate/page.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A candidate typed in by hand; all but the name can follow on the candidate's page."""
    values = {name: request.POST.get(name, "") for name in ADD_FIELDS}
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        given = {name: sources.value_of(name, text) for name, text in values.items() if text.strip()}
        if not given:
            problems["name"] = ["Fill in a name, or anything else that is known."]
        else:
            try:
                candidate = profiles.create(values=given, source=ChangeSource.CONSOLE, actor=recruiter(request))
                pipeline.queue_scores(candidates=Candidate.objects.filter(pk=candidate.pk), kind=WorkKind.EXTRACT)
                return redirect("admin:candidates_candidate_change", candidate.pk)
            except GreenroomError as error:
                problems = error.fields or {"name": [error.message]}
    context = {
        **admin.site.each_context(request),
        "title": "New candidate",
        "fields": [
            {
                "name": name,
                "label": presenting.field_label(name),
                "value": values[name],
                "problems": problems.get(name, []),
                "kind": "long" if name == "bio" else "line",
            }
            for name in ADD_FIELDS
        ],
    }
    return TemplateResponse(request, "admin/candidates/candidate/add.html", context, status=422 if problems else 200)


ADD_FIELDS = ("name", "email", "phone", "linkedin_url", "current_role", "current_company", "location", "skills", "bio")


@require_POST
def edit(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """Change one field. Answers in JSON for the inline editor, else goes back to the page."""
    candidate = get_object_or_404(Candidate, pk=candidate_id)
    name = request.POST.get("field", "")
    if name not in sources.EDITABLE:
        raise Http404("There is no such field.")
    value = sources.value_of(name, request.POST.get("value", ""))
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        profiles.edit(candidate=candidate, values={name: value}, source=ChangeSource.CONSOLE, actor=recruiter(request))
    except GreenroomError as error:
        if wants_json:
            body = {"code": error.code, "message": error.message, "fields": error.fields or {}}
            return JsonResponse({"error": body}, status=error.status)
        messages.error(request, error.message)
        return redirect("admin:candidates_candidate_change", candidate.pk)
    candidate.refresh_from_db()
    if not wants_json:
        return redirect("admin:candidates_candidate_change", candidate.pk)
    return JsonResponse(
        {
            "label": presenting.field_label(name),
            "shown": presenting.shown(getattr(candidate, name)),
            "history": render_to_string(
                "admin/candidates/candidate/history.html",
                {"history": history_of(candidate), "candidate": candidate},
                request=request,
            ),
        }
    )


@require_POST
def undo(request: HttpRequest, candidate_id: uuid.UUID, change_id: int) -> HttpResponse:
    """Put a field back to what it was before one change."""
    found = get_object_or_404(Change.objects.select_related("candidate"), pk=change_id, candidate=candidate_id)
    try:
        profiles.undo(found, recruiter(request))
        messages.success(request, f"{presenting.field_label(found.field)} is back to what it was.")
    except GreenroomError as error:
        messages.error(request, error.message)
    return redirect(reverse("admin:candidates_candidate_change", args=[candidate_id]) + "#history")


@require_POST
def rescore(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """Queue the candidate to be judged again; the page then watches how it goes."""
    get_object_or_404(Candidate, pk=candidate_id)
    pipeline.queue_scores(candidates=Candidate.objects.filter(pk=candidate_id), kind=WorkKind.EXTRACT)
    return redirect("admin:candidates_candidate_change", candidate_id)


@require_POST
def make_questions(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """Have interview questions made; they are kept, so this is paid once."""
    candidate = get_object_or_404(Candidate.objects.select_related("job"), pk=candidate_id)
    questions.of(candidate)
    return redirect(reverse("admin:candidates_candidate_change", args=[candidate_id]) + "#questions")


def scoring(request: HttpRequest, candidate_id: uuid.UUID) -> JsonResponse:
    """How the newest scoring of this candidate stands, for the page to watch."""
    candidate = get_object_or_404(Candidate, pk=candidate_id)
    work = scoring_work(candidate)
    return JsonResponse({"running": bool(work and work["running"]), "message": work["message"] if work else ""})


@require_POST
def delete(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """Put the candidate aside; the list that follows offers to undo it."""
    candidate = get_object_or_404(Candidate, pk=candidate_id)
    _, stamp = bulk.delete(rows=Candidate.objects.filter(pk=candidate.pk), actor=recruiter(request))
    remember_deletion(request, f"{candidate.name or 'The candidate'} was deleted.", stamp.isoformat())
    query = list_query(QueryDict(request.POST.get("query", "")))
    return redirect(_with_query(reverse("admin:candidates_candidate_changelist"), query))


@require_POST
def attach(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """Add a document to the candidate; a worker reads it."""
    candidate = get_object_or_404(Candidate, pk=candidate_id)
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, "Choose a PDF, DOCX or text file.")
    else:
        try:
            document_made = documents.attach(candidate=candidate, file=file, actor=recruiter(request))
            messages.success(request, f"{document_made.filename} is attached and will be read now.")
        except GreenroomError as error:
            messages.error(request, error.message)
    return redirect(reverse("admin:candidates_candidate_change", args=[candidate_id]) + "#documents")


def document(request: HttpRequest, candidate_id: uuid.UUID, document_id: uuid.UUID) -> StreamingHttpResponse:
    """A document as a download: never shown inside the console, since a stranger wrote it."""
    found = get_object_or_404(Document, pk=document_id, candidate=candidate_id)
    try:
        stored = found.file.open("rb")
    except FileNotFoundError:
        raise Http404("The file is no longer kept.") from None
    answer = streaming.download(
        _blocks_of(stored), request=request, filename=found.filename, content_type="application/octet-stream"
    )
    answer["Content-Length"] = str(stored.size)
    answer["Content-Security-Policy"] = "sandbox"
    return answer


def _blocks_of(stored: File[Any]) -> Generator[bytes]:
    with stored:
        yield from stored.chunks()


def history_of(candidate: Candidate) -> list[dict[str, Any]]:
    """Changes of the profile, newest first, each with whether it can be undone."""
    changes = (
        Change.objects.filter(candidate=candidate)
        .select_related("actor", "by_import", "undone_by")
        .order_by("-id")[:CHANGES_SHOWN]
    )
    return [
        {
            "change": one,
            "label": presenting.field_label(one.field),
            "old": presenting.shown(one.old),
            "new": "one entry of two" if isinstance(one.new, dict) else presenting.shown(one.new),
            "who": str(one.actor or one.actor_label or ("an import" if one.by_import_id else "Greenroom")),
            "where": one.get_source_display(),
            "when": presenting.ago(one.created_at),
            "can_undo": not hasattr(one, "undone_by") and one.source != ChangeSource.UNDO,
            "was_undone": hasattr(one, "undone_by"),
        }
        for one in changes
    ]


def scoring_work(candidate: Candidate) -> dict[str, Any] | None:
    """The candidate's newest piece of work that says something: under way, waiting, or set aside with its reason."""
    work = Work.objects.filter(candidate=candidate).select_related("of_import").order_by("-id").first()
    if work is None or work.state in (WorkState.DONE, WorkState.CANCELLED):
        return None
    words = {
        WorkState.READY: "Waiting for a worker.",
        WorkState.CLAIMED: "Being judged now.",
        WorkState.SET_ASIDE: f"Set aside after {work.attempts} attempts: {work.reason}",
    }
    is_held = work.of_import is not None and work.of_import.status == ImportStatus.WAITING_CONFIRMATION
    if is_held:
        words[WorkState.READY] = "Waiting for the import to be confirmed."
    elif work.attempts:
        words[WorkState.READY] = f"Attempt {work.attempts} failed; it is tried again soon."
    return {
        "running": work.state in (WorkState.READY, WorkState.CLAIMED) and not is_held,
        "message": words[WorkState(work.state)],
        "is_set_aside": work.state == WorkState.SET_ASIDE,
    }


def _with_query(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address
