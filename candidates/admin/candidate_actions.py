"""What the candidate list can do: bulk actions, export, restore, saved views."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates import bulk as many
from candidates import exporting, pipeline, presenting
from candidates.admin.candidate_filters import Filters, list_query
from candidates.admin.pages import moment_of
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate, Job, SavedView
from candidates.states import WorkKind


@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Do one thing to the selected candidates, or to all of the list that the hidden `query` describes."""
    query = list_query(QueryDict(request.POST.get("query", "")))
    action = request.POST.get("action", "")
    ids = _ids(request.POST.getlist("ids"))
    if action == "merge":
        return redirect(f"{reverse('admin:candidates_candidate_merge')}?{urlencode({'ids': ids}, doseq=True)}")
    if action == "compare":
        pair = dict(zip("ab", ids, strict=False))
        return redirect(f"{reverse('admin:candidates_candidate_compare')}?{urlencode(pair)}")
    if action not in ACTIONS:
        return HttpResponseBadRequest("There is no such action.")
    answer = ACTIONS[action](request, chosen(request), Filters.of(QueryDict(query)))
    return answer or redirect(_list_address(query))


def chosen(request: HttpRequest) -> QuerySet[Candidate]:
    """The candidates that the list's form names: the ticked ones, or all of the list that its `query` describes."""
    if request.POST.get("all") != "1":
        return Candidate.objects.filter(pk__in=_ids(request.POST.getlist("ids")))
    query = list_query(QueryDict(request.POST.get("query", "")))
    return Filters.of(QueryDict(query)).apply(Candidate.objects.all())


def _rescore(request: HttpRequest, rows: QuerySet[Candidate], filters: Filters) -> None:
    queued = pipeline.queue_scores(candidates=rows.filter(deleted_at=None), kind=WorkKind.EXTRACT)
    messages.success(
        request, f"{presenting.people(queued)} queued to be scored again. The list shows new scores as they come in."
    )


def _assign(request: HttpRequest, rows: QuerySet[Candidate], filters: Filters) -> None:
    chosen = request.POST.get("job", "")
    job = None
    if chosen != "none":
        found = _ids([chosen])
        job = Job.objects.filter(pk__in=found).first()
        if job is None:
            messages.error(request, "Choose a job to assign.")
            return
    moved = many.assign(rows=rows, job=job, actor=recruiter(request))
    where = f"assigned to {job}" if job else "taken off their job"
    messages.success(request, f"{presenting.people(moved)} {where} and queued to be scored by its rubric.")


def _delete(request: HttpRequest, rows: QuerySet[Candidate], filters: Filters) -> None:
    count, stamp = many.delete(rows=rows, actor=recruiter(request))
    remember_deletion(request, f"{presenting.people(count)} deleted.", stamp.isoformat())


def _restore(request: HttpRequest, rows: QuerySet[Candidate], filters: Filters) -> None:
    messages.success(request, f"{presenting.people(many.restore(rows=rows, actor=recruiter(request)))} restored.")


def _export(request: HttpRequest, rows: QuerySet[Candidate], filters: Filters) -> HttpResponseBase:
    return exporting.response(rows, request=request)


ACTIONS: dict[str, Any] = {
    "rescore": _rescore,
    "assign": _assign,
    "delete": _delete,
    "restore": _restore,
    "export": _export,
}


def export(request: HttpRequest) -> HttpResponseBase:
    """The list that the address describes, streamed as a CSV that is safe to open in a spreadsheet."""
    return exporting.response(Filters.of(request.GET).apply(Candidate.objects.all()), request=request)


@require_POST
def restore_deleted(request: HttpRequest) -> HttpResponse:
    """Undo one deletion, known by its moment."""
    stamp = moment_of(request.POST.get("stamp", ""))
    if stamp is None:
        return HttpResponseBadRequest("That is no moment in time.")
    messages.success(request, f"{presenting.people(many.undo_delete(stamp=stamp, actor=recruiter(request)))} restored.")
    return redirect(_list_address(list_query(QueryDict(request.POST.get("query", "")))))


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters in force under a name; the same name again replaces what it stood for."""
    query = list_query(QueryDict(request.POST.get("query", "")))[:1000]
    name = request.POST.get("name", "").replace("\x00", "").strip()[:60]
    if not name:
        messages.error(request, "Give the view a name.")
    else:
        SavedView.objects.update_or_create(user=recruiter(request), name=name, defaults={"query": query})
        messages.success(request, f"The view “{name}” is saved.")
    return redirect(_list_address(query))


@require_POST
def forget_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete one of the recruiter's own views; another recruiter's is not found."""
    view = get_object_or_404(SavedView, pk=view_id, user=recruiter(request))
    view.delete()
    return redirect(_list_address(""))


def remember_deletion(request: HttpRequest, message: str, stamp: str) -> None:
    """Let the next list page offer to undo a deletion."""
    request.session["undo_delete"] = {"message": message, "stamp": stamp}


def _ids(values: list[str]) -> list[str]:
    found = []
    for value in values:
        try:
            found.append(str(uuid.UUID(value)))
        except ValueError:
            continue
    return found


def _list_address(query: str) -> str:
    address = reverse("admin:candidates_candidate_changelist")
    return f"{address}?{query}" if query else address
