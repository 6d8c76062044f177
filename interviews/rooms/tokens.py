"""Tokens of rooms: one room, one participant, no longer than the room is open, and the least that it takes.

A voice room's token is LiveKit's own, signed with its secret. A text room's has the same claims and is signed with a
key derived from SECRET_KEY, so it opens nothing at LiveKit. Neither says anything that the rows do not: who was removed
or whose room has ended is refused whatever the token says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from interviews.errors import NotInTheRoom, Removed, RoomOver
from interviews.models import Participant, Room
from interviews.rooms import server
from interviews.rooms.server import Grant
from interviews.states import Medium, ParticipantType

_TEXT_ISSUER = "greenroom"
# A JWT of ours has some 700 characters; anything far beyond is not one, and not worth a look.
_LONGEST = 4_000

GRANTS: dict[str, Grant] = {
    ParticipantType.INTERVIEWER: Grant(speaks=True, writes=True),
    ParticipantType.CANDIDATE: Grant(speaks=True, writes=True),
    ParticipantType.OBSERVER: Grant(speaks=False, writes=False),
}


@dataclass(frozen=True, slots=True)
class Token:
    """What lets somebody in. `room_url` is LiveKit's address for voice, the room page's for text."""

    token: str
    room_url: str
    identity: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a token belongs to."""

    room: Room
    participant: Participant

    @property
    def may_moderate(self) -> bool:
        """Whether this participant may end the room and put others out of it."""
        return self.participant.type == ParticipantType.INTERVIEWER


def sign(room: Room, participant: Participant) -> str:
    """The participant's token, good until the room expires, but for no longer than a room is open for talk: one that
    waits for somebody who comes by a link is open for days, and each visit to its page brings a new token."""
    key, secret = _keys(room.medium)
    attributes = {"type": participant.type}
    if role := room.metadata.get("role"):
        attributes["role"] = str(role)
    return server.sign(
        key=key,
        secret=secret,
        room_name=room.name,
        identity=participant.identity,
        name=participant.name,
        seconds=min((room.expires_at - timezone.now()).total_seconds(), settings.ROOM_HOURS * 3600),
        grant=GRANTS[participant.type],
        attributes=attributes,
    )


def holder_of(token: str) -> Holder:
    """Who holds this token, by the rows as they are now.

    Raises NotInTheRoom where it is none of ours or has expired, RoomOver where the room has, and Removed where its
    holder was put out.
    """
    participant = _participant(token) if len(token) <= _LONGEST else None
    if participant is None:
        raise NotInTheRoom("This is not a valid token of a room.")
    if participant.removed_at is not None:
        raise Removed("You were removed from this room.")
    if participant.room.is_over:
        raise RoomOver("This room has ended.")
    return Holder(participant.room, participant)


def _participant(token: str) -> Participant | None:
    for medium in (Medium.VOICE, Medium.TEXT):
        key, secret = _keys(medium)
        claims = server.verify(token, key=key, secret=secret) if secret else None
        if claims is not None:
            room_name, identity = claims
            # Agents have tokens too, and those say nothing here.
            return (
                Participant.objects.select_related("room")
                .filter(room__name=room_name, room__medium=medium, identity=identity)
                .exclude(type=ParticipantType.AGENT)
                .first()
            )
    return None


def _keys(medium: str) -> tuple[str, str]:
    if medium == Medium.VOICE:
        return settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET
    return _TEXT_ISSUER, salted_hmac("interviews.rooms.tokens", "text rooms", algorithm="sha256").hexdigest()
