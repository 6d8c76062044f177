"""What can go wrong with an intake, for the person who reads it."""

from __future__ import annotations

from llm.errors import GreenroomError


class IntakeNotFound(GreenroomError):
    code = "intake_not_found"
    status = 404


class WrongState(GreenroomError):
    """What was asked does not fit where the intake stands."""

    code = "wrong_state"
    status = 409


class UnknownField(GreenroomError):
    """Neither a gap of this intake nor a field that the candidate may correct. The message is for a model to act on."""

    code = "unknown_field"
    status = 422


class WrongValue(GreenroomError):
    """The value does not fit the field. The message says what would, for a person or a model."""

    code = "wrong_value"
    status = 422


class MovedOn(GreenroomError):
    """Another tab has saved something since this page was shown; nothing of either is lost."""

    code = "moved_on"
    status = 409
