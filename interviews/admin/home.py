"""What interviews add to the console's home page, to its search, and to a candidate's page."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.dataclasses import SearchResult

from candidates import presenting as people
from candidates import ranking
from candidates.admin.home import Need
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate
from interviews import presenting
from interviews.admin.interview_filters import to_confirm
from interviews.admin.interview_list import flag_label, loaded, present
from interviews.models import Interview
from interviews.states import AnalysisState, InterviewState

RUNNING_SHOWN = 6
NEEDS_SHOWN = 4
OF_CANDIDATE_SHOWN = 10


def dashboard_part(request: HttpRequest) -> dict[str, Any]:
    """What the home page shows of interviews: those running now, and what needs a person."""
    return {"interviews_running": running(), "interview_needs": needs()}


def running() -> list[dict[str, Any]]:
    """Interviews that are being held now, newest first."""
    rows = Interview.objects.filter(status=InterviewState.ACTIVE).select_related("candidate", "job", "room")
    now = timezone.now()
    return [
        {
            "interview": one,
            "initials": people.initials(one.candidate.name),
            "round": presenting.round_of(one),
            "length": presenting.length(presenting.seconds_of(one, now)),
            "ai_part": presenting.ROLE_LABELS[one.role],
            "flags": [flag_label(flag) for flag in one.flags],
        }
        for one in rows.defer("persona", "progress").order_by("-created_at", "-id")[:RUNNING_SHOWN]
    ]


def running_part(request: HttpRequest) -> HttpResponse:
    """The home page's block of running interviews, asked for again every now and then while the page is open."""
    recruiter(request)
    return TemplateResponse(request, "admin/interviews/home_running.html", {"interviews_running": running()})


def needs() -> list[Need]:
    """Interviews that wait for a person: flagged ones first, then analyses to confirm, then those that failed."""
    recent = Interview.objects.select_related("candidate").defer("plan", "persona", "progress")
    newest = ("-created_at", "-id")
    flagged = recent.filter(status=InterviewState.ACTIVE).exclude(flags=[]).order_by(*newest)
    waiting = list(to_confirm(recent).order_by(*newest)[: NEEDS_SHOWN + 1])
    shown = waiting[:NEEDS_SHOWN]
    found = [
        Need("emergency_home", _name(one), f"In the interview now: {_raised(one)}.", _page(one), "Look", "bad")
        for one in flagged[:NEEDS_SHOWN]
    ]
    found += [
        Need("flag", _name(one), f"Interviewed, and flagged: {_raised(one)}.", _page(one), "Look", "bad")
        for one in shown
        if one.flags
    ]
    found += [
        Need("how_to_reg", _name(one), "The analysis waits for your word.", _page(one) + "#decision", "Decide")
        for one in shown
        if not one.flags
    ]
    if len(waiting) > NEEDS_SHOWN:
        link = reverse("admin:interviews_interview_changelist") + "?show=confirm"
        found.append(Need("how_to_reg", "More analyses", "Interviews of the last 60 days.", link, "Show them"))
    failed = recent.filter(status=InterviewState.COMPLETED, room__analysis_state=AnalysisState.FAILED)
    found += [
        Need("sync_problem", _name(one), "The analysis failed; nothing was concluded.", _page(one), "Try again")
        for one in failed.order_by(*newest)[:NEEDS_SHOWN]
    ]
    return found


def of_candidate(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """The block of interviews on a candidate's page: past ones with their score, a running one to join."""
    recruiter(request)
    candidate = get_object_or_404(Candidate.objects.only("id", "name", "deleted_at"), pk=candidate_id)
    rows = Interview.objects.filter(candidate=candidate).order_by("-created_at", "-id")
    ids = list(rows.values_list("id", flat=True)[: OF_CANDIDATE_SHOWN + 1])
    context = {
        "candidate": candidate,
        "rows": present(loaded(ids[:OF_CANDIDATE_SHOWN])),
        "has_more": len(ids) > OF_CANDIDATE_SHOWN,
    }
    return TemplateResponse(request, "admin/interviews/candidate_block.html", context)


def search(term: str) -> list[SearchResult]:
    """Interviews for the search box that opens everywhere: the newest of people whose profile matches."""
    term = term.replace("\x00", "").strip()[:200]
    if not term:
        return []
    matching = Candidate.objects.live().filter(search=ranking.search_query(term)).order_by("-rank")[:50]
    rows = Interview.objects.filter(candidate__in=list(matching.values_list("pk", flat=True)))
    rows = rows.select_related("candidate").defer("persona", "progress").order_by("-created_at", "-id")
    return [
        SearchResult(
            title=_name(one),
            description=f"Interview · {presenting.round_of(one)} · {one.get_status_display()}",
            link=_page(one),
            icon="record_voice_over",
        )
        for one in rows[:5]
    ]


def _raised(interview: Interview) -> str:
    return ", ".join(flag_label(flag).lower() for flag in interview.flags)


def _name(interview: Interview) -> str:
    return interview.candidate.name or "Unnamed candidate"


def _page(interview: Interview) -> str:
    return reverse("admin:interviews_interview_change", args=[interview.pk])
