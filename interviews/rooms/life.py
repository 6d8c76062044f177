"""Making rooms, letting people in, putting them out, and closing."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate
from interviews import lifecycle, room_events
from interviews.errors import ParticipantNotFound, Removed, RoomOver, VoiceNotConfigured
from interviews.models import Interview, Participant, Room
from interviews.models.rooms import new_identity
from interviews.rooms import server, tokens
from interviews.rooms.configuration import is_voice_configured, voice_missing
from interviews.rooms.dispatching import dispatch_if_missing, open_room
from interviews.rooms.tokens import Token
from interviews.states import EndReason, Medium, ParticipantType
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

# LiveKit's room is surely there for so long after it was made or somebody came; later it is made again, to be safe.
_FRESH_SECONDS = 60.0


def made_for(agent_name: str, metadata: dict[str, str]) -> QuerySet[Room]:
    """The rooms that were made for this agent with this in their metadata, the oldest first."""
    return Room.objects.filter(agent_name=agent_name, metadata__contains=metadata).order_by("created_at")


def make(
    *,
    interviewer_name: str,
    candidate_name: str = "",
    candidate: Candidate | None = None,
    medium: Medium | None = None,
    made_by: User | None,
    agent_name: str = "",
    metadata: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
) -> Room:
    """Make a room, and LiveKit's room behind it where people speak; it expires after ROOM_HOURS unless said else.

    `medium` None is voice where it is configured, else text. `agent_name` names the agent that belongs into it; it is
    asked for when somebody is admitted for the first time. `metadata` is what everybody in the room may know.
    Raises VoiceNotConfigured where voice is asked for and there is none, VoiceUnavailable where LiveKit is away.
    """
    if medium is None:
        medium = Medium.VOICE if is_voice_configured() else Medium.TEXT
    if medium == Medium.VOICE:
        _need_voice()
    room = Room.objects.create(
        medium=medium,
        interviewer_name=interviewer_name[:200],
        candidate_name=candidate_name[:200],
        candidate=candidate,
        made_by=made_by,
        agent_name=agent_name,
        metadata=metadata or {},
        expires_at=expires_at or timezone.now() + timedelta(hours=settings.ROOM_HOURS),
    )
    room.refresh_from_db(fields=["id", "created_at"])
    if medium == Medium.VOICE:
        try:
            open_room(room)
        except GreenroomError:
            room.delete()
            raise
    return room


def admit(room: Room, *, name: str, type: ParticipantType, identity: str | None = None) -> Token:  # noqa: A002
    """Let somebody in: a participant's row and the token for it.

    The same `identity` is the same participant, e.g. after a reload; without one a new participant is made. In a voice
    room this asks for the agent where none is there. Raises RoomOver, Removed where this identity was put out, and
    VoiceNotConfigured or VoiceUnavailable for voice.
    """
    room.refresh_from_db(fields=["ended_at", "expires_at", "started_at"])
    if room.is_over:
        raise RoomOver("This room has ended.")
    participant, is_new = Participant.objects.get_or_create(
        room=room, identity=identity or new_identity(type), defaults={"name": name[:200], "type": type}
    )
    if participant.removed_at is not None:
        raise Removed("You were removed from this room.")
    if participant.type != type:
        raise ValueError("this identity belongs to a participant of another type")
    if not is_new and participant.name != name[:200]:
        participant.name = name[:200]
        participant.save(update_fields=["name"])
    if room.medium == Medium.VOICE:
        _need_voice()
        if timezone.now() - room.created_at > timedelta(seconds=_FRESH_SECONDS):
            open_room(room)
        dispatch_if_missing(room)
    return Token(tokens.sign(room, participant), _address(room), participant.identity, room.expires_at)


def remove(room: Room, identity: str) -> Participant:
    """Put a participant out, now and for good: neither an old token nor a new one lets this identity in again.

    Raises ParticipantNotFound where nobody of that identity was let in.
    """
    with transaction.atomic():
        room_events.locked(room.pk)
        participant = Participant.objects.filter(room=room, identity=identity).first()
        if participant is None:
            raise ParticipantNotFound("There is no such participant in this room.")
        if participant.removed_at is None:
            participant.removed_at = timezone.now()
            participant.save(update_fields=["removed_at"])
            room_events.append(
                room.pk,
                "participant",
                {"identity": identity, "name": participant.name, "type": participant.type, "state": "removed"},
            )
    if room.medium == Medium.VOICE and is_voice_configured():
        try:
            server.put_out(room.name, identity, for_good=True)
        except GreenroomError as error:
            logger.warning("a participant could not be put out at LiveKit (%s); the sweep tries again", error.code)
    return participant


def close(room: Room, *, reason: EndReason) -> bool:
    """End a room: nobody gets in again, and LiveKit's room is deleted. Whether this call did it.

    Where LiveKit does not answer the room has ended all the same, and the sweep deletes LiveKit's.
    """
    with transaction.atomic():
        locked = room_events.locked(room.pk)
        is_first = locked.ended_at is None
        if is_first:
            locked.ended_at = timezone.now()
            locked.save(update_fields=["ended_at"])
            # An interview tells its own status; its room is closed by what ends it.
            if not Interview.objects.filter(room=room).exists():
                room_events.append(room.pk, "status", {"status": "ended", "end_reason": reason.value})
                lifecycle.refresh_standing(locked.candidate_id)
    room.ended_at = locked.ended_at
    if is_first and room.medium == Medium.VOICE:
        # Not within the caller's transaction: what LiveKit forgets can't be rolled back.
        transaction.on_commit(lambda: _close_at_livekit(room.name))
    return is_first


def _close_at_livekit(name: str) -> None:
    if not is_voice_configured():
        return
    try:
        server.close_room(name)
    except GreenroomError as error:
        logger.warning("a room could not be closed at LiveKit (%s); the sweep tries again", error.code)


def _need_voice() -> None:
    if missing := voice_missing():
        raise VoiceNotConfigured(f"Voice is not configured here. Set {', '.join(missing)}, or choose text.")


def _address(room: Room) -> str:
    if room.medium == Medium.VOICE:
        return str(settings.LIVEKIT_PUBLIC_URL)
    interview_id = Interview.objects.filter(room=room).values_list("pk", flat=True).first()
    if interview_id is None:
        return f"/live/rooms/{room.name}/events"
    return reverse("admin:interviews_interview_room", args=[interview_id])
