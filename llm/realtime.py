"""Short-lived credentials for a speech-to-speech service, with which a browser talks to it without our key.

What is said there does not pass through us: there is no cap on its cost but the day's, which refuses new credentials.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from dataclasses import dataclass, field

import openai
from django.conf import settings
from django.utils import timezone

from llm import budget
from llm.errors import CapReached, LLMError, NotConfigured, RateLimited, Refused, TimedOut, Unavailable
from llm.models import Call
from llm.provider import retry_after

PURPOSE = "realtime"
# For opening a session, not for holding it.
_SECONDS = 120
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Credential:
    """What a browser needs to open one session: it posts its SDP offer to `url`, with the secret as bearer token."""

    client_secret: str = field(repr=False)
    expires_at: dt.datetime
    model: str
    url: str


def is_configured() -> bool:
    """Whether there is a service to talk to."""
    return bool(settings.REALTIME_BASE_URL and settings.REALTIME_API_KEY)


def credential(*, instructions: str) -> Credential:
    """Ask for a credential whose session follows `instructions`. Waits for the service: up to 10 s.

    Raises NotConfigured naming the settings that lack, CapReached where the day's money is spent, and RateLimited,
    TimedOut, Unavailable or Refused as the service answers.
    """
    missing = [name for name in ("REALTIME_BASE_URL", "REALTIME_API_KEY") if not getattr(settings, name)]
    if missing:
        raise NotConfigured(f"No speech-to-speech service is configured. Set {' and '.join(missing)}.")
    day = budget.day_scope()
    if budget.spent_usd(day) >= budget.cap_usd(day):
        capped = CapReached("The money cap of today is reached. Raise it to go on.")
        capped.scope = day
        raise capped
    base_url = settings.REALTIME_BASE_URL.rstrip("/")
    began = time.monotonic()
    try:
        with openai.OpenAI(
            base_url=base_url, api_key=settings.REALTIME_API_KEY, max_retries=1, timeout=_PATIENCE_SECONDS
        ) as client:
            made = client.realtime.client_secrets.create(
                expires_after={"anchor": "created_at", "seconds": _SECONDS},
                session={"type": "realtime", "model": settings.REALTIME_MODEL, "instructions": instructions},
            )
        if not isinstance(made.value, str) or not made.value:
            raise ValueError
        expires_at = dt.datetime.fromtimestamp(made.expires_at, tz=dt.UTC)
    except openai.OpenAIError as error:
        _note(instructions, began, outcome=Call.Outcome.REFUSED if _is_final(error) else Call.Outcome.UNAVAILABLE)
        raise _meaning_of(error) from None
    except (TypeError, AttributeError, ValueError, OverflowError):
        _note(instructions, began, outcome=Call.Outcome.BROKEN)
        raise Unavailable("The speech-to-speech service sent something that is not a credential.") from None
    _note(instructions, began, outcome=Call.Outcome.OK)
    return Credential(
        client_secret=made.value,
        expires_at=expires_at,
        model=settings.REALTIME_MODEL,
        url=f"{base_url}/realtime/calls",
    )


def _note(instructions: str, began: float, *, outcome: str) -> None:
    """One row in the ledger: when a credential was made, on which instructions (by their hash). It costs nothing."""
    Call.objects.create(
        created_at=timezone.now(),
        purpose=PURPOSE,
        model=settings.REALTIME_MODEL,
        prompt_name=PURPOSE,
        prompt_hash=hashlib.sha256(instructions.encode()).hexdigest(),
        latency_ms=int((time.monotonic() - began) * 1000),
        outcome=outcome,
    )


def _is_final(error: openai.OpenAIError) -> bool:
    return isinstance(error, openai.APIStatusError) and error.status_code < 500 and error.status_code not in (408, 429)


def _meaning_of(error: openai.OpenAIError) -> LLMError:
    if isinstance(error, openai.APITimeoutError):
        return TimedOut("The speech-to-speech service did not answer in time.")
    if isinstance(error, openai.RateLimitError):
        wait = retry_after(error.response.headers)
        return RateLimited("The speech-to-speech service asks us to slow down.", retry_after=wait)
    if not _is_final(error):
        return Unavailable("The speech-to-speech service is not available just now.")
    if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
        return Refused("The speech-to-speech service refused the key. Check REALTIME_API_KEY.")
    return Refused("The speech-to-speech service refused the request. Check REALTIME_BASE_URL and REALTIME_MODEL.")
