"""The recruiter's room page. It fills the window and stands without the console's frame, so that its scripts can be few
and its Content-Security-Policy strict: it holds a token for the room."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import frame
from candidates.admin.recruiters import recruiter
from interviews import links, room_page, rooms
from interviews.models import Interview, Participant
from interviews.states import ENDED, ParticipantType, Role
from llm.errors import GreenroomError


@require_safe
def room(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Join an interview, by voice or in text as its room says. An interview that has ended shows its own page."""
    interview = get_object_or_404(
        Interview.objects.select_related("room", "candidate", "job", "made_by"), pk=interview_id
    )
    after = reverse("admin:interviews_interview_change", args=[interview_id])
    if interview.status in ENDED or interview.room.is_over:
        return redirect(after)
    user = recruiter(request)
    kind = _part_of(interview)
    name = user.name or user.email.partition("@")[0]
    if kind == ParticipantType.CANDIDATE:
        name = interview.room.candidate_name or name
    try:
        token = rooms.admit(interview.room, name=name, type=kind, identity=f"{kind}-{user.pk.hex}")
    except GreenroomError as error:
        messages.error(request, error.message)
        return redirect(after)
    participant = Participant.objects.get(room=interview.room, identity=token.identity)
    nonce = frame.new_nonce()
    state = room_page.state_of(
        interview,
        token=token.token,
        participant=participant,
        urls={
            "events": f"/live/rooms/{interview.room.name}/events",
            "turns": f"/live/rooms/{interview.room.name}/turns",
            "end": f"/api/interviews/{interview.pk}/end",
            "leave": after,
            "after": after,
        },
    )
    is_interviewer = kind == ParticipantType.INTERVIEWER
    response = render(
        request,
        "rooms/room.html",
        {
            **frame.facts(nonce),
            "state": state,
            "interview": interview,
            "is_console": True,
            "is_interviewer": is_interviewer,
            "is_observer": kind == ParticipantType.OBSERVER,
            "prebrief": room_page.prebrief_of(interview) if is_interviewer else None,
            "briefing": interview.room.briefing if is_interviewer else None,
            "title": f"Interview · {interview.candidate.name or 'Unnamed candidate'}",
        },
    )
    room_page.keep_to_itself(response, nonce=nonce, voice=True)
    return response


def _part_of(interview: Interview) -> ParticipantType:
    """What a recruiter is in this room: the human's part, or a listener where the candidate comes by a link."""
    if links.is_remote(interview):
        return ParticipantType.OBSERVER
    return ParticipantType.INTERVIEWER if interview.role == Role.INTERVIEWER else ParticipantType.CANDIDATE
