"""What can go wrong with rooms and interviews, for the person who reads it."""

from __future__ import annotations

from llm.errors import GreenroomError


class RoomNotFound(GreenroomError):
    code = "room_not_found"
    status = 404


class RoomOver(GreenroomError):
    """The room has ended or expired."""

    code = "room_expired"
    status = 410


class InterviewNotFound(GreenroomError):
    code = "interview_not_found"
    status = 404


class WrongState(GreenroomError):
    """What was asked does not fit the interview's status."""

    code = "wrong_state"
    status = 409


class Removed(GreenroomError):
    """This participant was removed from the room and can't come back."""

    code = "removed_from_room"
    status = 403


class NotInTheRoom(GreenroomError):
    """Neither a recruiter nor the holder of a token of this room."""

    code = "not_authenticated"
    status = 401


class VoiceNotConfigured(GreenroomError):
    """Voice was asked for and there is no voice."""

    code = "voice_not_configured"
    status = 503


class TooThin(GreenroomError):
    """The transcript is too thin to judge."""

    code = "too_thin"
    status = 422
