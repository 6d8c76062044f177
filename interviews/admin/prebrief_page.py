"""The pre-brief: what to know of a candidate before an interview. Made to be printed, too."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from candidates import presenting as people
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate
from candidates.states import QuoteStatus
from interviews import prebrief
from interviews.admin.analysis_view import LEVELS, SEVERITY_TONES
from interviews.admin.interview_page import head_of, interview_or_404
from interviews.models import Interview, Prebrief
from interviews.prebrief import PrebriefResult
from llm import client
from llm.errors import GreenroomError

PARTS = (
    ("technical_skills", "Technical skills"),
    ("experience_relevance", "Relevant experience"),
    ("leadership_potential", "Leadership potential"),
    ("communication_signals", "Communication"),
    ("culture_fit_signals", "Culture fit"),
    ("growth_trajectory", "Growth"),
)


def of_candidate(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """The pre-brief of a candidate; a POST makes it from what is stored."""
    candidate = get_object_or_404(Candidate.objects.select_related("job"), pk=candidate_id)
    return _answer(request, candidate, None)


def of_interview(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """The pre-brief for one interview: the room's own where texts were given for it, else the candidate's."""
    interview = interview_or_404(interview_id)
    return _answer(request, interview.candidate, interview)


def shown(result: PrebriefResult) -> dict[str, Any]:
    """A pre-brief ready to be shown: parts and skills as bars, quotes that stand in the source."""
    return {
        "result": result,
        "parts": [
            {
                "part": getattr(result.fit_breakdown, name),
                "label": label,
                "bar": people.score_bar(getattr(result.fit_breakdown, name).score, "ai", label=label),
                "level": LEVELS[getattr(result.fit_breakdown, name).level],
                "quote": _quote(getattr(result.fit_breakdown, name).evidence),
            }
            for name, label in PARTS
        ],
        "skills": [
            {
                "skill": skill,
                "bar": people.score_bar(skill.score, "ai"),
                "level": LEVELS[skill.level],
                "quote": _quote(skill.evidence),
            }
            for skill in result.skill_matches
        ],
        "strengths": [(one, _quote(one.evidence)) for one in result.strengths],
        "concerns": [(one, SEVERITY_TONES[one.severity], _quote(one.evidence)) for one in result.concerns],
    }


def kept_for(candidate: Candidate, interview: Interview | None = None) -> Prebrief | None:
    """The pre-brief that was made last, for the interview's room before the candidate; none is asked for."""
    rows = Prebrief.objects.order_by("-created_at")
    of_room = rows.filter(room=interview.room_id).first() if interview is not None else None
    return of_room or rows.filter(candidate=candidate, room=None).first()


def _answer(request: HttpRequest, candidate: Candidate, interview: Interview | None) -> HttpResponse:
    recruiter(request)
    if request.method == "POST":
        try:
            prebrief.of(candidate)
        except GreenroomError as error:
            messages.error(request, error.message)
        return redirect(request.path)
    row = kept_for(candidate, interview)
    back = (
        reverse("admin:interviews_interview_change", args=[interview.pk])
        if interview is not None
        else reverse("admin:candidates_candidate_change", args=[candidate.pk])
    )
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        **(head_of(interview) if interview is not None else {}),
        "title": f"Pre-brief: {candidate.name or 'an unnamed candidate'}",
        "candidate": candidate,
        "initials": people.initials(candidate.name),
        "made_at": row.created_at if row else None,
        "shown": shown(PrebriefResult.model_validate(row.result)) if row else None,
        "back": back,
        "has_model": client.is_configured(),
    }
    return TemplateResponse(request, "admin/interviews/interview/prebrief.html", context)


def _quote(evidence: prebrief.Evidence) -> str:
    """The words that something rests on, where they really stand in the source."""
    return evidence.quote if evidence.quote and evidence.status == QuoteStatus.VERIFIED else ""
