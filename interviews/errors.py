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


class ParticipantNotFound(GreenroomError):
    """Nobody of this identity was ever let into the room."""

    code = "participant_not_found"
    status = 404


class NotFromLiveKit(GreenroomError):
    """A webhook whose signature is not that of our LiveKit server."""

    code = "not_authenticated"
    status = 401


class VoiceUnavailable(GreenroomError):
    """The LiveKit server does not answer, or refused what was asked."""

    code = "voice_unavailable"
    status = 503


class VoiceNotConfigured(GreenroomError):
    """Voice was asked for and there is no voice."""

    code = "voice_not_configured"
    status = 503


class TooThin(GreenroomError):
    """The transcript is too thin to judge."""

    code = "too_thin"
    status = 422


class NoAddress(GreenroomError):
    """The candidate has no e-mail address to send something to."""

    code = "no_email"
    status = 422


class MailNotSent(GreenroomError):
    """The mail server could not be reached, or refused the message."""

    code = "mail_not_sent"
    status = 503


class UnknownStage(GreenroomError):
    """There is no stage plan of this key for this job."""

    code = "unknown_stage"
    status = 400


class UnknownTrait(GreenroomError):
    """There is no hidden trait of this key."""

    code = "unknown_trait"
    status = 400
