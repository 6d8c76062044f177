"""What the views of rooms and interviews have in common: finding things, and the second door, a room's own token."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import throttling, tokens
from accounts.authentication import ApiKeyAuthentication, TokenAuthentication
from accounts.models import User
from accounts.throttling import ModelThrottle, RecruiterThrottle
from candidates.api.base import RecruiterView
from interviews import listing, rooms
from interviews.api.documenting import RoomSchema
from interviews.errors import InterviewNotFound, NotInTheRoom, RoomNotFound
from interviews.models import Interview, Room
from interviews.states import ParticipantType

if TYPE_CHECKING:
    from rest_framework.views import APIView

_ROOM_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RoomView(RecruiterView):
    """A view for recruiters whose answers may be a 410: a room is open for a while only."""

    schema = RoomSchema()


class AskingView(RoomView):
    """A view that may ask a model while the caller waits: counted apart, too."""

    throttle_classes = [RecruiterThrottle, ModelThrottle]


# --- the holder of a room's token ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Guest:
    """Who asks with a room's token: no account, and no right beyond this one room."""

    participant_id: uuid.UUID
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_staff: ClassVar[bool] = False

    @property
    def pk(self) -> uuid.UUID:
        """What the throttle counts by."""
        return self.participant_id


class RoomTokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer <room token>`; anything that does not look like one is left to the next door."""

    def authenticate(self, request: Request) -> tuple[Guest, rooms.Holder] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or token.count(".") != 2 or tokens.is_ours(token.strip()):
            return None
        try:
            holder = rooms.holder_of(token.strip())
        except NotInTheRoom as error:
            wait = throttling.seconds_after_wrong_key(request._request)
            if wait is not None:
                raise Throttled(wait=wait, detail="Too many wrong tokens from this address.") from error
            raise AuthenticationFailed(error.message) from error
        return Guest(holder.participant.pk), holder

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Greenroom"'


class RoomTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = RoomTokenAuthentication
    name = "roomToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A room's token, of an interviewer: good for moderating this one room.",
        }


class MayModerate(BasePermission):
    """Recruiters, and the room's own interviewers. Never a candidate or an observer."""

    message = "This is for the room's interviewer."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, rooms.Holder):
            return request.auth.participant.type == ParticipantType.INTERVIEWER
        return bool(request.user and request.user.is_authenticated and request.user.is_staff)


class ModeratingView(RoomView):
    """A view for whoever may moderate a room."""

    authentication_classes = [
        RoomTokenAuthentication,
        ApiKeyAuthentication,
        TokenAuthentication,
        SessionAuthentication,
    ]
    permission_classes = [MayModerate]


def only_in(room: Room, request: Request) -> None:
    """Let the holder of a room's token moderate that room alone; raises a 403."""
    if isinstance(request.auth, rooms.Holder) and request.auth.room.pk != room.pk:
        raise PermissionDenied("This token is for another room.")


def actor_of(request: Request) -> User | None:
    """The account of who asks; None for the holder of a room's token."""
    return request.user if isinstance(request.user, User) else None


# --- finding ---------------------------------------------------------------------------------------------------------
def find_room(name: str) -> Room:
    """A room by its name; raises a 404, also where trainees practise: those rooms are no recruiter's."""
    found = Room.objects.for_recruiters().select_related("candidate").filter(name=name)
    room = found.first() if _ROOM_NAME.fullmatch(name) else None
    if room is None:
        raise RoomNotFound("There is no such room.")
    return room


def find_interview(interview_id: uuid.UUID) -> Interview:
    """An interview with its room, candidate and job; raises a 404."""
    interview = Interview.objects.select_related("room", "candidate", "job").filter(pk=interview_id).first()
    if interview is None:
        raise InterviewNotFound("There is no such interview.")
    return interview


def find_shown(interview_id: uuid.UUID) -> Interview:
    """An interview as `interviewing.status_of` shows it without a further query; raises a 404."""
    interview = listing.rows().filter(pk=interview_id).first()
    if interview is None:
        raise InterviewNotFound("There is no such interview.")
    return interview


def as_json(shape: Any) -> dict[str, Any]:
    """A pydantic shape as JSON-ready data."""
    return dict(shape.model_dump(mode="json"))
