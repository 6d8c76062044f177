"""Inviting many from the candidate list: who gets a letter and who can't, then how far the mailing is."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from candidates.admin.candidate_actions import chosen
from candidates.admin.candidate_filters import list_query
from candidates.admin.pages import console_page
from candidates.admin.recruiters import recruiter
from candidates.states import IntakeStatus
from intake import inviting, mailings
from intake.admin.link_page import job_of
from intake.models import Mailing
from intake.states import InviteeState
from interviews.admin.start_page import open_jobs
from llm.errors import GreenroomError

SHOWN = 100
MAILINGS_SHOWN = 50


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """The list's form comes here: first it is said who would get a letter, and `go` sends them."""
    rows = chosen(request)
    again = request.POST.get("again") == "1"
    language = request.POST.get("language", "")
    language = language if language in inviting.languages() else inviting.DEFAULT_LANGUAGE
    job = job_of(request.POST.get("for_job", ""))
    if request.POST.get("go") == "1":
        try:
            mailing = mailings.begin(
                rows=rows,
                actor=recruiter(request),
                site=request.build_absolute_uri("/"),
                job=job,
                language=language,
                again=again,
            )
            return redirect("admin:intake_mailing_change", mailing.pk)
        except GreenroomError as error:
            messages.error(request, error.message)
    query = list_query(QueryDict(request.POST.get("query", "")))
    found = mailings.outlook(rows, again=again)
    return console_page(
        request,
        "intake/invite.html",
        title="Invite to intake",
        context={
            "ids": request.POST.getlist("ids") if request.POST.get("all") != "1" else [],
            "all": request.POST.get("all") == "1",
            "query": query,
            "back": f"{reverse('admin:candidates_candidate_changelist')}?{query}",
            "again": again,
            "found": found,
            "too_many": found.chosen > mailings.MOST_AT_ONCE,
            "most": mailings.MOST_AT_ONCE,
            "hours": round(settings.INTAKE_LINK_HOURS),
            "jobs": open_jobs(job),
            "job": job,
            "languages": inviting.languages().items(),
            "language": language,
        },
    )


@require_safe
def change(request: HttpRequest, mailing_id: uuid.UUID) -> HttpResponse:
    """One mailing: how far it is, and whom nothing could be sent."""
    mailing = get_object_or_404(Mailing.objects.select_related("made_by", "job"), pk=mailing_id)
    return console_page(request, "intake/mailing.html", title="Invitations to intake", context=_context(mailing))


@require_safe
@never_cache
def progress(request: HttpRequest, mailing_id: uuid.UUID) -> HttpResponse:
    """The part of the page that moves, asked for again until everybody was mailed."""
    mailing = get_object_or_404(Mailing.objects.select_related("made_by", "job"), pk=mailing_id)
    return TemplateResponse(request, "admin/intake/mailing_part.html", _context(mailing))


@require_POST
def again(request: HttpRequest, mailing_id: uuid.UUID) -> HttpResponse:
    """Try those once more who could not be mailed."""
    mailing = get_object_or_404(Mailing, pk=mailing_id)
    count = mailings.try_again(mailing)
    messages.success(request, f"{count} tried again." if count else "Nobody is left to try again.")
    return redirect("admin:intake_mailing_change", mailing.pk)


@require_safe
def mailings_made(request: HttpRequest) -> HttpResponse:
    """Where the console's navigation leads for intake: who stands where, and the mailings of late, newest first."""
    rows = list(Mailing.objects.select_related("made_by", "job")[:MAILINGS_SHOWN])
    counted = mailings.counts_of(rows)
    candidates = reverse("admin:candidates_candidate_changelist")
    context = {
        "rows": [(one, counted[one.pk]) for one in rows],
        "lists": [
            (label, icon, f"{candidates}?{urlencode({'intake': status})}")
            for label, icon, status in (
                ("Answering now", "edit_note", IntakeStatus.IN_PROGRESS),
                ("Invited", "mark_email_unread", IntakeStatus.INVITED),
                ("Completed", "how_to_reg", IntakeStatus.COMPLETED),
            )
        ],
    }
    return console_page(request, "intake/mailings.html", title="Intake", context=context)


def _context(mailing: Mailing) -> dict[str, Any]:
    counted = mailings.counts(mailing)
    to_mail = counted["waiting"] + counted["sent"] + counted["failed"]
    done = to_mail - counted["waiting"]
    rows = mailing.invitees.select_related("candidate").only("state", "reason", "candidate__name", "mailing_id")
    groups = [
        ("Not sent", "bad", list(rows.filter(state=InviteeState.FAILED)[:SHOWN])),
        ("No e-mail address", "warn", list(rows.filter(state=InviteeState.NO_ADDRESS)[:SHOWN])),
        ("Left out", "plain", list(rows.filter(state=InviteeState.LEFT_OUT)[:SHOWN])),
    ]
    return {
        "mailing": mailing,
        "counts": counted,
        "to_mail": to_mail,
        "done": done,
        "percent": 100 * done / to_mail if to_mail else 100,
        "is_running": counted["waiting"] > 0,
        "groups": [(label, tone, found) for label, tone, found in groups if found],
        "shown": SHOWN,
    }
