"""How long we try: each model several times, and one model after the other. Retries are made here and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from django.conf import settings
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from llm.errors import BrokenAnswer, LLMError, RateLimited, Refused, TimedOut, Unavailable

T = TypeVar("T")

_BACKOFF = wait_random_exponential(multiplier=0.5, max=30)
# A 429 is no failure of the call: it may be met this many times more often than other errors before it counts as one.
_PATIENCE_WITH_429 = 3


def models_for(purpose: str) -> list[str]:
    """The models to ask for `purpose`, in order: its own or the general one, then the fallbacks."""
    first = settings.LLM_MODELS.get(purpose) or settings.LLM_MODEL
    return list(dict.fromkeys([first, *settings.LLM_FALLBACK_MODELS]))


async def persist(models: Sequence[str], attempt: Callable[[str], Awaitable[T]]) -> T:
    """What `attempt` gives for the first of `models` that answers, each tried as often as its failures may pass.

    Raises the first model's error where none answers; at once what no other model would change (a wrong key).
    """
    first: LLMError | None = None
    for model in models:
        try:
            async for trial in _retrying():
                with trial:
                    return await attempt(model)
        except (RateLimited, TimedOut, Unavailable, BrokenAnswer) as error:
            first = first or error
        except Refused as error:
            if not error.other_model_may_help:
                raise
            # A passing failure says more than a refusal: the same question may be answered later.
            first = error if first is None else first
    raise first or Unavailable("No model was there to ask.")


def _retrying() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type((RateLimited, TimedOut, Unavailable)), stop=_Stop(), wait=_wait, reraise=True
    )


class _Stop:
    """After LLM_MAX_ATTEMPTS failures of one model, of which a 429 counts a third."""

    def __init__(self) -> None:
        self.failures = 0.0

    def __call__(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        self.failures += 1 / _PATIENCE_WITH_429 if isinstance(error, RateLimited) else 1
        return bool(self.failures > settings.LLM_MAX_ATTEMPTS - 0.01)


def _wait(state: RetryCallState) -> float:
    """Retry-After where it was told, with a little jitter on top so that not all come back at once; else backoff."""
    error = state.outcome.exception() if state.outcome else None
    backoff = _BACKOFF(state)
    if isinstance(error, LLMError) and error.retry_after is not None:
        return error.retry_after + min(backoff, 0.25)
    return backoff
