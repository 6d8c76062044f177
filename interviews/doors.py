"""Who may come to a room's streams and speak in it: recruiters, and whoever holds a token of this room."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest
from ninja.utils import check_csrf

from accounts import throttling, tokens
from accounts.models import ApiKey, User
from candidates.live import admit
from interviews import rooms
from interviews.errors import NotInTheRoom, RoomNotFound
from interviews.models import Participant, Room
from interviews.rooms import presence
from interviews.states import Audience, Medium, ParticipantType
from llm.errors import GreenroomError

_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a room's door who may come in: a recruiter (`user`), or a participant with a token."""

    room: Room
    user: User | None = None
    participant: Participant | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences whose events this visitor may see. What is for the interviewer, candidates never see."""
        if self.user is not None or (self.participant and self.participant.type == ParticipantType.INTERVIEWER):
            return (Audience.ALL, Audience.INTERVIEWER)
        return (Audience.ALL,)


def enter(request: HttpRequest) -> Visitor:
    """Let a visitor to the room that the address names in, before anything else about the request is looked at.

    Takes `Authorization: Bearer` with an API key or a room's token, or a staff session (with its CSRF token where the
    request writes). Raises the error to answer: 401 where it is neither or of another room, 403 for people who are no
    recruiters or were removed, 404 where a recruiter names no room, 410 where a participant's room is over.
    """
    match = request.resolver_match
    name = str(match.kwargs["name"]) if match is not None else ""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    try:
        secret = secret.strip()
        if scheme.lower() == "bearer" and not secret.startswith(ApiKey.PREFIX) and not tokens.is_ours(secret):
            return _participant(request, secret, name)
        user = admit(request)
        if not scheme and request.method not in _SAFE and check_csrf(request) is not None:
            raise GreenroomError("The CSRF token is missing or wrong.", code="permission_denied", status=403)
        room = Room.objects.for_recruiters().filter(name=name).first()
        if room is None:
            raise RoomNotFound("There is no such room.")
        if request.method not in _SAFE and room.empty_since is not None:
            Room.objects.filter(pk=room.pk).update(empty_since=None)
        return Visitor(room, user=user)
    finally:
        connection.close()


def _participant(request: HttpRequest, token: str, name: str) -> Visitor:
    try:
        holder = rooms.holder_of(token)
        if holder.room.name != name:
            raise NotInTheRoom("This token is not for this room.")
    except NotInTheRoom:
        if (wait := throttling.seconds_after_wrong_key(request)) is not None:
            raise GreenroomError(
                "Too many wrong tokens from this address.", code="throttled", status=429, retry_after=wait
            ) from None
        raise
    if holder.room.medium == Medium.TEXT:
        presence.page_opened(holder.participant)
    return Visitor(holder.room, participant=holder.participant)
