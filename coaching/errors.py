"""What can go wrong in practice sessions, with the status that both frameworks and the pages answer."""

from __future__ import annotations

from llm.errors import GreenroomError


class SessionNotFound(GreenroomError):
    """There is no such session, or it is somebody else's: nobody learns which."""

    code = "not_found"
    status = 404


class WrongState(GreenroomError):
    """What is asked for does not fit where the session stands."""

    code = "wrong_state"
    status = 409


class TooFewTurns(WrongState):
    """A session is complete with three turns of the trainee's."""

    code = "too_few_turns"


class TooShort(GreenroomError):
    """Too little was said to judge it."""

    code = "too_short"
    status = 422


class NotEvaluated(GreenroomError):
    """The session has no evaluation yet."""

    code = "not_found"
    status = 404
