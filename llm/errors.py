"""The one base of all errors that reach a user, and what can go wrong with a model call.

The base stands on the lowest floor because every floor raises it; `config.errors` renders it for DRF, Ninja and pages.
A message is written for the person who reads it: never an upstream body, a secret, or personal text.
"""

from __future__ import annotations


class GreenroomError(Exception):
    """An error with a stable code and an HTTP status.

    `fields` maps a field's name to what is wrong with it; `retry_after` is in seconds and becomes a Retry-After header.
    """

    code = "error"
    status = 500

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        fields: dict[str, list[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.fields = fields
        self.retry_after = retry_after


class LLMError(GreenroomError):
    """A model call that gave nothing usable. `permanent`: asking again later will not help."""

    code = "model_failed"
    status = 503
    permanent = False


class NotConfigured(LLMError):
    """No key is set, so nothing was asked."""

    code = "model_not_configured"
    permanent = True


class RateLimited(LLMError):
    """The provider answered 429, or our own shared limit had no place in time."""

    code = "model_rate_limited"


class TimedOut(LLMError):
    """No answer within the time limit."""

    code = "model_timed_out"


class Unavailable(LLMError):
    """The provider answered 5xx or could not be reached."""

    code = "model_unavailable"


class Refused(LLMError):
    """The provider refused the call itself (4xx other than 429): key, model name or request."""

    code = "model_refused"
    permanent = True
    # False where every model would be refused alike: a wrong key, an empty account.
    other_model_may_help = True


class BrokenAnswer(LLMError):
    """The answer was no JSON, or did not fit the schema, after one repair."""

    code = "model_answer_broken"


class CapReached(LLMError):
    """The money cap of this import, interview or day is reached; nothing was asked and nothing paid.

    `scope` names the cap, e.g. "day:2026-11-21" or "interview:<uuid>"; `llm.budget.set_cap` raises it.
    """

    code = "money_cap_reached"
    scope = ""
