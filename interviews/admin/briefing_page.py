"""The briefing of an interview: what the interviewer should know beforehand, and an assistant to ask about it."""

from __future__ import annotations

import uuid

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates.admin.recruiters import recruiter
from interviews import briefing
from interviews.admin.interview_page import head_of, interview_or_404
from interviews.models import BriefingMessage, Interview
from interviews.schemas import Briefing
from llm import client
from llm.errors import GreenroomError

MESSAGES_SHOWN = 100
LONGEST_MESSAGE = 4_000


def edit(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """The form with the briefing as it stands, and the conversation with the assistant beside it."""
    interview = interview_or_404(interview_id)
    if request.method == "POST":
        given = briefing_of_form(request.POST)
        try:
            briefing.write(room=interview.room, briefing=given)
        except GreenroomError as error:
            return _page(request, interview, given, problem=error.message)
        messages.success(request, "The briefing is saved.")
        return redirect("admin:interviews_interview_briefing", interview.pk)
    known = interview.room.briefing
    stands = Briefing.model_validate(known) if known else briefing.of(interview.candidate)
    return _page(request, interview, stands, is_draft=known is None)


@require_POST
def chat(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Ask the assistant; answers with the conversation alone where the page's script asked."""
    recruiter(request)
    interview = interview_or_404(interview_id)
    text = request.POST.get("message", "").replace("\x00", "").strip()[:LONGEST_MESSAGE]
    problem = ""
    if text:
        try:
            briefing.ask(room=interview.room, text=text)
        except GreenroomError as error:
            problem = error.message
    if request.headers.get("HX-Request") != "true":
        if problem:
            messages.error(request, problem)
        return redirect(reverse("admin:interviews_interview_briefing", args=[interview.pk]) + "#chat")
    context = {"interview": interview, "chat": messages_of(interview), "problem": problem, "unsent": problem and text}
    return TemplateResponse(request, "admin/interviews/interview/chat.html", context)


def briefing_of_form(form: QueryDict) -> Briefing:
    """A briefing as a form sends it; focus areas stand one a line."""

    def text(name: str, most: int) -> str:
        return form.get(name, "").replace("\x00", "").strip()[:most]

    areas = [line.strip()[:300] for line in text("focus_areas", 10_000).splitlines() if line.strip()]
    return Briefing(
        candidate_name=text("candidate_name", 200),
        role=text("briefing_role", 200),
        resume_summary=text("resume_summary", 20_000),
        notes=text("notes", 20_000),
        focus_areas=areas[:30],
    )


def messages_of(interview: Interview) -> list[BriefingMessage]:
    """The newest messages with the assistant, oldest first."""
    newest = BriefingMessage.objects.filter(room=interview.room_id).order_by("-id")[:MESSAGES_SHOWN]
    return list(reversed(newest))


def _page(
    request: HttpRequest, interview: Interview, stands: Briefing, *, is_draft: bool = False, problem: str = ""
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        **head_of(interview),
        "title": "Briefing",
        "is_fullwidth": "1",
        "briefing": stands,
        "is_draft": is_draft,
        "prompt": interview.room.briefing_prompt,
        "chat": messages_of(interview),
        "problem": problem,
        "has_model": client.is_configured(),
    }
    template = "admin/interviews/interview/briefing.html"
    return TemplateResponse(request, template, context, status=422 if problem else 200)
