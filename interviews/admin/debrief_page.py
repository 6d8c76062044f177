"""The debrief of an interview: what came of it in words, how it was led, and in training what the AI had hidden."""

from __future__ import annotations

import uuid

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from candidates.admin.recruiters import recruiter
from interviews import debriefing, presenting
from interviews.admin.interview_page import head_of, interview_or_404
from interviews.debriefing import Debriefing
from interviews.models import Turn
from interviews.states import ENDED
from llm.errors import GreenroomError

OUTCOMES = {
    "found": ("Found", "ok", "check_circle"),
    "partly": ("Partly found", "warn", "adjust"),
    "missed": ("Missed", "bad", "cancel"),
    "not_judged": ("Not judged", "plain", "help"),
}


def debrief(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """The debrief that is kept; a POST makes it, first or anew."""
    recruiter(request)
    interview = interview_or_404(interview_id)
    if request.method == "POST":
        if interview.status not in ENDED:
            messages.error(request, "The debrief comes after the interview: it would tell what is hidden.")
            return redirect("admin:interviews_interview_change", interview.pk)
        try:
            debriefing.debrief(interview.room)
        except GreenroomError as error:
            messages.error(request, error.message)
        return redirect("admin:interviews_interview_debrief", interview.pk)
    kept = interview.room.debrief
    result = Debriefing.model_validate(kept) if kept else None
    recommendation = result.recommendation if result else None
    training = result.training if result else None
    context = {
        **admin.site.each_context(request),
        **head_of(interview),
        "title": f"Debrief: {interview.candidate.name or 'an unnamed candidate'}",
        "is_over": interview.status in ENDED,
        "said": Turn.objects.filter(room=interview.room_id).exists(),
        "result": result,
        "recommendation_tone": presenting.RECOMMENDATION_TONES.get(recommendation or "", "plain"),
        "traits": [(trait, *OUTCOMES[trait.outcome]) for trait in training.traits] if training else [],
        "found": sum(trait.outcome == "found" for trait in training.traits) if training else 0,
        "parts": [
            {
                "part": part,
                "percent": None if part.share is None else round(100 * part.share),
                "points": f"{part.points:g}",
            }
            for part in training.parts
        ]
        if training
        else [],
        "open_percent": _percent(result.conduct.open_share) if result else "",
        "talk_percent": _percent(result.conduct.talk_share) if result else "",
    }
    return TemplateResponse(request, "admin/interviews/interview/debrief.html", context)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.0f} %"
