"""A candidate's intake link: make it, copy it, mail it, revoke it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from candidates.admin.pages import console_page
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate, Job
from intake import inviting
from intake.inviting import Invitation
from interviews.admin.start_page import open_jobs
from llm.errors import GreenroomError


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def link(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """Where the link stands. A link that was just made is shown in the answer to its POST, once, and kept nowhere."""
    candidate = get_object_or_404(Candidate.objects.select_related("job"), pk=candidate_id)
    made: Invitation | None = None
    if request.method == "POST":
        try:
            made = _do(request, candidate)
        except GreenroomError as error:
            messages.error(request, error.message)
        if made is None:
            return redirect("admin:intake_intake_link", candidate.pk)
    intake = inviting.open_round(candidate.pk)
    chosen = intake.job if intake else candidate.job
    response = console_page(
        request,
        "intake/link.html",
        title=f"Intake link · {candidate.name or 'Unnamed candidate'}",
        context={
            "candidate": candidate,
            "made": made,
            "standing": inviting.standing(candidate),
            "round": intake,
            "hours": round(settings.INTAKE_LINK_HOURS),
            "jobs": open_jobs(chosen),
            "job": chosen,
            "languages": inviting.languages().items(),
            "language": intake.language if intake else inviting.DEFAULT_LANGUAGE,
        },
    )
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _do(request: HttpRequest, candidate: Candidate) -> Invitation | None:
    """One of the page's buttons; returns the link to show, where there is one."""
    action = request.POST.get("action")
    if action == "revoke":
        revoked = inviting.revoke(candidate=candidate)
        messages.success(request, "The link opens nothing any more." if revoked else "There was no link in force.")
        return None
    if action not in ("make", "mail"):
        return None
    language = request.POST.get("language", "")
    do = inviting.send if action == "mail" else inviting.invite
    made = do(
        candidate=candidate,
        actor=recruiter(request),
        site=request.build_absolute_uri("/"),
        job=job_of(request.POST.get("job", "")),
        language=language if language in inviting.languages() else inviting.DEFAULT_LANGUAGE,
    )
    if not made.sent_to:
        return made
    messages.success(request, f"The link was mailed to {made.sent_to}.")
    return None


def job_of(value: str) -> Job | None:
    """The job that a form names; None for none, or for what is no job."""
    try:
        return Job.objects.filter(pk=uuid.UUID(value)).first()
    except ValueError:
        return None
