"""What a recruiter does with an interview: decide, have it analysed, end it, call it off."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates.admin.recruiters import recruiter
from interviews import analysis, decisions, interviewing
from interviews.admin.interview_page import interview_or_404, page
from interviews.states import EndReason, Recommendation
from llm.errors import GreenroomError

LONGEST_REASON = 5_000


@require_POST
def decide(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Confirm or override the recommendation; what is refused stays in the form."""
    interview = interview_or_404(interview_id)
    given = request.POST.get("recommendation", "")
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:LONGEST_REASON]
    seen = request.POST.get("seen", "")
    sent = {"recommendation": given, "reason": reason}
    if given not in Recommendation.values:
        return page(request, interview, form=sent | {"problem": "Choose a recommendation."})
    try:
        made = decisions.decide(
            interview,
            recommendation=Recommendation(given),
            reason=reason,
            actor=recruiter(request),
            last_seen=int(seen) if seen.isascii() and seen.isdigit() else None,
        )
    except GreenroomError as error:
        return page(request, interview, form=sent | {"problem": error.message})
    is_override = bool(made.proposed) and made.recommendation != made.proposed
    messages.success(request, f"{made.recommendation} is {'your decision' if is_override else 'confirmed'}.")
    return redirect(reverse("admin:interviews_interview_change", args=[interview.pk]) + "#decision")


@require_POST
def analyse(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Queue the transcript to be analysed, first or again; the page then watches how it goes."""
    interview = interview_or_404(interview_id)
    try:
        analysis.queue(interview.room)
    except GreenroomError as error:
        messages.error(request, error.message)
    return redirect("admin:interviews_interview_change", interview.pk)


@require_POST
def end(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """End a running interview: everybody leaves the room, and what was said is analysed."""
    interview = interview_or_404(interview_id)
    try:
        interviewing.end(interview, reason=EndReason.BY_PERSON, actor=recruiter(request))
        messages.success(request, "The interview has ended.")
    except GreenroomError as error:
        messages.error(request, error.message)
    return redirect("admin:interviews_interview_change", interview.pk)


@require_POST
def cancel(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Call an interview off; what was said so far stays, and nothing is analysed."""
    interview = interview_or_404(interview_id)
    try:
        interviewing.cancel(interview, actor=recruiter(request))
        messages.success(request, "The interview was called off.")
    except GreenroomError as error:
        messages.error(request, error.message)
    return redirect("admin:interviews_interview_change", interview.pk)
