"""What can be wrong with an Idempotency-Key."""

from __future__ import annotations

from llm.errors import GreenroomError


class KeyReused(GreenroomError):
    """The Idempotency-Key was sent before with another request."""

    code = "idempotency_key_reused"
    status = 409


class StillAnswering(GreenroomError):
    """The first request with this Idempotency-Key is still being answered."""

    code = "still_answering"
    status = 409
