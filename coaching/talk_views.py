"""Talking aloud with the coach: the room's page, for the trainee alone, in and out by the session's own page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.pages import on_to, page, person, show
from coaching import lifecycle, sessions, talking
from coaching.models import Session
from coaching.states import TALKING
from interviews import room_page, rooms
from interviews.models import Participant, Room
from interviews.states import ParticipantType, Speaker

# The clock on the page counts up to this; nobody is stopped by it.
_MINUTES = 15
# What the room's script says otherwise here than in an interview (frontend/src/room/page.js, `say`).
_WORDS = {
    "This interview has ended. Thank you.": "This talk is over. What was said is kept in your session.",
    "This interview could not go on.": "This talk could not go on. What was said is kept in your session.",
    "The AI was lost for a moment and is being called back. Nothing that was said is lost.": "The coach was lost for a "
    "moment and is being called back. Nothing that was said is lost.",
    "The AI can't be brought back. You can come again later, or turn to a person.": "The coach can't be brought back. "
    "Go back and type, or talk again later.",
    "The AI has not taken this in yet.": "The coach has not taken this in yet.",
    "You were removed from this room.": "This talk was ended.",
    "Your way into this room is no longer good.": "This talk can't be opened from here any more.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@page(signed_in=True)
def talk(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """POST opens the room, and with `leave` closes it; GET is its page, and the session's where none is open.

    A token for the room is made anew each time, always for the same participant: a reload comes back.
    """
    session = sessions.find(user=person(request), session_id=session_id)
    if session.status not in TALKING:
        return on_to("coaching:session", session.pk)
    if request.method == "POST":
        if "leave" in request.POST:
            talking.close_room(session)
            return on_to("coaching:session", session.pk)
        talking.open_room(session)
        return on_to("coaching:talk", session.pk)
    room = session.room
    if room is None or room.is_over:
        return on_to("coaching:session", session.pk)
    return _room(request, session, room)


def _room(request: HttpRequest, session: Session, room: Room) -> HttpResponse:
    name = person(request).name or "You"
    admitted = rooms.admit(room, name=name, type=ParticipantType.CANDIDATE, identity=f"trainee-{session.pk.hex}")
    participant = Participant.objects.get(room=room, identity=admitted.identity)
    back = reverse("coaching:session", args=[session.pk])
    urls = {
        "events": f"/live/rooms/{room.name}/events",
        "turns": f"/live/rooms/{room.name}/turns",
        "end": reverse("coaching:complete", args=[session.pk]),
        "leave": back,
        "after": back,
    }
    state: dict[str, Any] = room_page.room_state(room, token=admitted.token, participant=participant, urls=urls) | {
        "agent": {"speaker": Speaker.INTERVIEWER, "label": talking.AGENT_LABEL},
        "names": {"interviewer": talking.AGENT_LABEL, "candidate": name},
        "status": "active",
        "minutes": _MINUTES,
        "stages": [],
        "hints": [],
        "words": _WORDS,
    }
    context = {
        "session": session,
        "room": room,
        "state": state,
        "missing": max(0, lifecycle.LEAST_TURNS - session.turns),
    }
    response = show(request, "coaching/talk.html", context)
    room_page.keep_to_itself(response, nonce=request.csp_nonce, voice=True)  # type: ignore[attr-defined]
    return response
