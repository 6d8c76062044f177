"""One interview: what came of it and in which words it rests, what was said, and what a person decided."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from candidates import presenting as people
from candidates.admin.recruiters import recruiter
from interviews import links, presenting, transcript
from interviews.admin import analysis_view, transcript_view
from interviews.models import Analysis, Decision, Interview, Room, Turn
from interviews.states import AnalysisState, InterviewState, Recommendation, Role
from llm import client


def interview_or_404(interview_id: uuid.UUID) -> Interview:
    """The interview with its room, candidate and job."""
    rows = Interview.objects.select_related("room", "candidate", "job", "made_by")
    return get_object_or_404(rows, pk=interview_id)


def change(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """The interview's page, in whatever state the interview is."""
    interview = interview_or_404(interview_id)
    return page(request, interview)


def page(request: HttpRequest, interview: Interview, *, form: dict[str, str] | None = None) -> HttpResponse:
    """The page; `form` is a decision that was refused: what was sent, with `problem`."""
    recruiter(request)
    turns = transcript.of(interview.room_id)
    newest = Analysis.objects.filter(room=interview.room_id).order_by("-id").first()
    analysed = analysis_view.shown(newest) if newest is not None else None
    decisions = list(Decision.objects.filter(interview=interview).select_related("actor"))
    decision = decisions[0] if decisions else None
    quotes = [*(analysed.quotes() if analysed else ()), *_flag_quotes(interview)]
    context = {
        **admin.site.each_context(request),
        **head_of(interview),
        "title": f"Interview with {interview.candidate.name or 'an unnamed candidate'}",
        "is_fullwidth": "1",
        "lines": transcript_view.lines_of(interview, turns, quotes),
        "turns": len(turns),
        "timeline": transcript_view.timeline(interview, turns),
        "talk": _talk(turns, transcript_view.names_of(interview)),
        "analysed": analysed,
        "decision": decision,
        "decision_tone": presenting.RECOMMENDATION_TONES.get(decision.recommendation, "plain") if decision else "",
        "decisions": decisions,
        "form": form or {},
        "choices": _choices(analysed, decision, form),
        "can_decide": interview.role == Role.CANDIDATE
        and interview.status == InterviewState.COMPLETED
        and analysed is not None,
        "has_model": client.is_configured(),
        "flags": flags_of(interview),
        "progress_url": reverse("admin:interviews_interview_progress", args=[interview.pk]),
    }
    template = "admin/interviews/interview/page.html"
    return TemplateResponse(request, template, context, status=422 if form else 200)


def head_of(interview: Interview) -> dict[str, Any]:
    """What the header of every page of an interview shows."""
    room = interview.room
    is_open = interview.status in (InterviewState.SCHEDULED, InterviewState.ACTIVE)
    return {
        "interview": interview,
        "room": room,
        "candidate": interview.candidate,
        "initials": people.initials(interview.candidate.name),
        "round": presenting.round_of(interview),
        "status_tone": presenting.STATUS_TONES[interview.status],
        "is_live": interview.status == InterviewState.ACTIVE,
        "is_open": is_open,
        "is_linked": is_open and links.is_remote(interview),
        "length": presenting.length(presenting.seconds_of(interview)),
        "ai_part": presenting.ROLE_LABELS[interview.role],
        "events_url": f"/live/rooms/{room.name}/events",
        "analysis_reason": _reason(room),
        "is_queued": room.analysis_state == AnalysisState.QUEUED,
    }


def _reason(room: Room) -> str:
    """Why there is no analysis, without the words that the page has for it already."""
    _, colon, rest = room.analysis_reason.partition(f"{room.get_analysis_state_display()}: ")
    told = rest if colon else room.analysis_reason
    return told[:1].upper() + told[1:]


def progress(request: HttpRequest, interview_id: uuid.UUID) -> JsonResponse:
    """Where the interview and its analysis stand, for the page to watch."""
    interview = get_object_or_404(Interview.objects.select_related("room"), pk=interview_id)
    return JsonResponse(
        {
            "status": interview.status,
            "analysis": interview.room.analysis_state,
            "attempts": interview.room.analysis_attempts,
            "flags": len(interview.flags),
            "turns": Turn.objects.filter(room=interview.room_id).count(),
        }
    )


def transcript_part(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """The transcript, and where the plan stands: fetched again by the page while the interview is being held."""
    interview = interview_or_404(interview_id)
    turns = transcript.of(interview.room_id)
    context = {
        "interview": interview,
        "lines": transcript_view.lines_of(interview, turns, _flag_quotes(interview)),
        "is_live": interview.status == InterviewState.ACTIVE,
    }
    return TemplateResponse(request, "admin/interviews/interview/live_part.html", context)


def transcript_file(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """The transcript as a text file: who said what, when, numbered as on the page."""
    interview = interview_or_404(interview_id)
    turns = transcript.of(interview.room_id)
    when = f"{interview.created_at:%Y-%m-%d %H:%M} UTC"
    head = [
        f"Interview with {interview.candidate.name or 'an unnamed candidate'}",
        f"Round: {presenting.round_of(interview)}" + (f", for {interview.job.title}" if interview.job else ""),
        f"Made: {when}. {presenting.ROLE_LABELS[interview.role]}. Status: {interview.get_status_display()}.",
    ]
    names = transcript_view.names_of(interview)
    start = turns[0].started_at if turns else None
    body = [
        f"[{turn.number}] {presenting.clock((turn.started_at - start).total_seconds()) if start else ''} "
        f"{names[turn.speaker]}: {turn.text}{' (interrupted)' if turn.interrupted else ''}"
        for turn in turns
    ]
    text = "\n".join([*head, "", *(body or ["Nothing was said."])]) + "\n"
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="interview-{interview.pk}.txt"'
    return answer


def flags_of(interview: Interview) -> list[dict[str, Any]]:
    """What a person should look at, most urgent first."""
    order = list(presenting.FLAG_LABELS)
    found = []
    for number, flag in enumerate(interview.flags):
        code = str(flag.get("code", ""))
        label, what = presenting.FLAG_LABELS.get(code, (presenting.humanised(code), ""))
        found.append(
            {
                "code": code,
                "label": label,
                "what": what,
                "turn": flag.get("turn"),
                "quote": flag.get("quote") or "",
                "key": f"raised-{number}",
                "place": order.index(code) if code in order else len(order),
            }
        )
    return sorted(found, key=lambda flag: flag["place"])


def _flag_quotes(interview: Interview) -> list[transcript_view.Quoted]:
    return [
        transcript_view.Quoted(flag["key"], flag["turn"], flag["quote"])
        for flag in flags_of(interview)
        if isinstance(flag["turn"], int) and flag["quote"]
    ]


def _talk(turns: list[Turn], names: dict[str, str]) -> dict[str, Any] | None:
    """The share of all words that each side spoke, in whole percent; None where nothing was said."""
    words = dict.fromkeys(names, 0)
    for turn in turns:
        words[turn.speaker] += len(turn.text.split())
    total = sum(words.values())
    if not total:
        return None
    shares = [
        {"speaker": speaker, "name": names[speaker], "words": count, "percent": round(100 * count / total)}
        for speaker, count in words.items()
    ]
    return {"shares": shares, "words": total}


def _choices(
    analysed: analysis_view.Shown | None, decision: Decision | None, form: dict[str, str] | None
) -> list[dict[str, Any]]:
    """The recommendations to choose from: what was sent, else decided, else proposed is chosen."""
    proposed = analysed.result.recommendation if analysed else None
    chosen = (form or {}).get("recommendation") or (decision.recommendation if decision else proposed)
    return [
        {
            "value": value,
            "label": label,
            "tone": presenting.RECOMMENDATION_TONES[value],
            "chosen": value == chosen,
            "is_proposed": value == proposed,
        }
        for value, label in Recommendation.choices
    ]
