"""What a room's page needs to know, the same for recruiters and candidates, and how such a page is kept to itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max
from django.http import HttpResponse
from django.templatetags.static import static
from django.utils import timezone

from accounts import frame
from interviews import transcript
from interviews.models import Hint, Interview, Participant, Prebrief, Room, RoomEvent
from interviews.states import AgentType, Medium, ParticipantType, Speaker


def state_of(interview: Interview, *, token: str, participant: Participant, urls: dict[str, str]) -> dict[str, Any]:
    """Everything the page's script begins with, as JSON.

    What is for the interviewer alone is in it only where `participant` is one: a recruiter who plays the candidate gets
    what a candidate gets.
    """
    room = interview.room
    is_interviewer = participant.type == ParticipantType.INTERVIEWER
    state = room_state(room, token=token, participant=participant, urls=urls)
    if interview.started_at is None:  # a room that waits for a link's candidate closes sooner, once they begin
        ends = min(room.expires_at, timezone.now() + timedelta(hours=settings.ROOM_HOURS))
        state["room"]["expires_at"] = ends.isoformat()
    return state | {
        "agent": {
            "speaker": Speaker.CANDIDATE if interview.agent_type == AgentType.CANDIDATE else Speaker.INTERVIEWER,
            "label": AgentType(interview.agent_type).label,
        },
        "names": names_of(interview),
        "status": interview.status,
        "minutes": int(interview.plan.get("minutes") or 30),
        "stages": stages_of(interview, with_questions=is_interviewer),
        "hints": hints_of(room) if is_interviewer else [],
    }


def room_state(room: Room, *, token: str, participant: Participant, urls: dict[str, str]) -> dict[str, Any]:
    """What the page of any room begins with, whatever is talked about in it.

    The newest event's id is read before the turns, so a stream that begins there misses nothing; what it repeats is
    told by its number.
    """
    last_event = RoomEvent.objects.filter(room=room).aggregate(last=Max("id"))["last"] or 0
    turns = [transcript.as_data(turn) | {"key": turn.key} for turn in transcript.of(room.pk)]
    return {
        "token": token,
        "room": {
            "name": room.name,
            "medium": room.medium,
            "livekit_url": settings.LIVEKIT_PUBLIC_URL if room.medium == Medium.VOICE else "",
            "expires_at": room.expires_at.isoformat(),
            "started_at": room.started_at.isoformat() if room.started_at else None,
            "recording": room.recording,
        },
        "me": {
            "identity": participant.identity,
            "name": participant.name,
            "speaker": _speaker_of(participant),
            "is_interviewer": participant.type == ParticipantType.INTERVIEWER,
        },
        "people": _others_in(room, participant),
        "turns": turns,
        "last_event": last_event,
        "urls": urls | {"voice": static("built/room_voice.js")},
    }


def _others_in(room: Room, participant: Participant) -> list[dict[str, str]]:
    """The other people who are in the room now, in the order in which they came: whoever listens is seen."""
    here = room.participants.filter(joined_at__isnull=False, left_at=None, removed_at=None)
    others = here.exclude(pk=participant.pk).exclude(type=ParticipantType.AGENT).order_by("joined_at")
    return [{"identity": one.identity, "name": one.name} for one in others]


def _speaker_of(participant: Participant) -> str:
    """The part that a participant takes in the conversation; empty for those who only listen."""
    parts: dict[str, str] = {
        ParticipantType.INTERVIEWER: Speaker.INTERVIEWER,
        ParticipantType.CANDIDATE: Speaker.CANDIDATE,
    }
    return parts.get(participant.type, "")


def names_of(interview: Interview) -> dict[str, str]:
    """How each side is called on the page; that one of them is an AI is said beside its name."""
    room = interview.room
    if interview.agent_type == AgentType.INTERVIEWER:
        return {"interviewer": "Interviewer", "candidate": room.candidate_name or "Candidate"}
    return {"interviewer": room.interviewer_name or "Interviewer", "candidate": room.candidate_name or "Candidate"}


def stages_of(interview: Interview, *, with_questions: bool) -> list[dict[str, Any]]:
    """The stages of the plan and where each stands: done, current or ahead. Questions are for interviewers alone."""
    progress = interview.progress or {}
    done = {result.get("stage") for result in progress.get("results", [])}
    found = []
    for stage in interview.plan.get("stages", []):
        key = stage["key"]
        state = "done" if key in done else "current" if key == progress.get("stage") else "ahead"
        one: dict[str, Any] = {"key": key, "label": stage["label"], "state": state}
        if with_questions:
            one |= {
                "goal": stage.get("goal", ""),
                "questions": [question["text"] for question in stage.get("questions", [])],
            }
        found.append(one)
    return found


def hints_of(room: Room) -> list[dict[str, Any]]:
    """The copilot's hints so far, oldest first, as its events give them."""
    return [
        {
            "turn": hint.turn.number,
            "verdict": hint.verdict,
            "issue": hint.issue,
            "suggestion": hint.suggestion,
            "quote": hint.quote,
        }
        for hint in Hint.objects.filter(turn__room=room).select_related("turn").order_by("turn__number")
    ]


def prebrief_of(interview: Interview) -> dict[str, Any] | None:
    """The pre-brief that is kept for the room, or else for its candidate. None is made here: that costs money."""
    kept = Prebrief.objects.filter(room=interview.room).order_by("-created_at").first()
    kept = kept or Prebrief.objects.filter(candidate=interview.candidate).order_by("-created_at").first()
    return kept.result if kept else None


def keep_to_itself(response: HttpResponse, *, nonce: str, voice: bool = False) -> None:
    """Set the headers of a page that holds a token: kept nowhere, framed nowhere, and it speaks to nobody but us.

    With `voice`, scripts may also open a socket to the LiveKit server; nothing else is let through.
    """
    url = settings.LIVEKIT_PUBLIC_URL if voice else ""
    connect = [_socket_origin(url)] if url else []
    response.headers["Content-Security-Policy"] = frame.content_policy(nonce, *connect)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=(), display-capture=()"


def _socket_origin(url: str) -> str:
    """The origin of the LiveKit server as a Content-Security-Policy names a socket's: wss://livekit.example.com."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return f"{scheme}://{parts.netloc}"
