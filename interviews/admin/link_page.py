"""The link by which a candidate without an account comes to an AI interview: make, copy, mail, revoke, make anew."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from candidates.admin.pages import console_page
from candidates.admin.recruiters import recruiter
from interviews import consent, links
from interviews.links import Invitation
from interviews.models import Interview
from llm.errors import GreenroomError


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def link(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Where the link stands. A link that was just made is shown in the answer to its POST, once, and kept nowhere."""
    interview = get_object_or_404(
        Interview.objects.select_related("room", "candidate", "job", "made_by"), pk=interview_id
    )
    made: Invitation | None = None
    if request.method == "POST":
        try:
            made = _do(request, interview)
        except GreenroomError as error:
            messages.error(request, error.message)
        if made is None:
            return redirect("admin:interviews_interview_link", interview.pk)
        interview.refresh_from_db()
    response = console_page(
        request,
        "interviews/interview/link.html",
        title=f"Interview link · {interview.candidate.name or 'Unnamed candidate'}",
        context={
            "interview": interview,
            "made": made,
            "standing": links.standing(interview),
            "can_send": links.why_not(interview) == "",
            "why_not": links.why_not(interview),
            "minutes": links.minutes_of(interview),
            "consent": interview.consents.order_by("-given_at").first(),
            "statements": consent.statements_for(interview),
        },
    )
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _do(request: HttpRequest, interview: Interview) -> Invitation | None:
    """One of the page's buttons; returns the link to show, where there is one."""
    action = request.POST.get("action")
    site = request.build_absolute_uri("/")
    if action == "make":
        return links.make(interview=interview, actor=recruiter(request), site=site)
    if action == "mail":
        sent = links.send(interview=interview, actor=recruiter(request), site=site)
        messages.success(request, f"The link was mailed to {sent.sent_to}.")
    elif action == "revoke":
        revoked = links.revoke(interview=interview)
        messages.success(request, "The link opens nothing any more." if revoked else "There was no link in force.")
    return None
