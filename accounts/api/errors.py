"""What is wrong with a request itself, before any work is done for it."""

from __future__ import annotations

from llm.errors import GreenroomError


class Malformed(GreenroomError):
    """The request can't be read: no JSON, a wrong type, an unknown field."""

    code = "malformed"
    status = 400


class NotFound(GreenroomError):
    """There is no such thing, or it was deleted."""

    code = "not_found"
    status = 404


class TooLarge(GreenroomError):
    """The body is larger than this endpoint takes."""

    code = "too_large"
    status = 413


class Unprocessable(GreenroomError):
    """The request is well formed, but a value in it can't be worked with."""

    code = "unprocessable"
    status = 422
