"""The wire: one HTTP client per event loop, one request at a time, and what its failures mean."""

from __future__ import annotations

import asyncio
import email.utils
import math
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aiohttp
import httpx2
import openai
import orjson
from django.conf import settings

from llm.errors import LLMError, RateLimited, Refused, TimedOut, Unavailable
from llm.loops import PerLoop


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent: the text, which model wrote it, and what it was. `cost` is None where none was told."""

    content: str
    model: str
    input_tokens: int
    output_tokens: int
    cost: Decimal | None


class _Wire:
    """The open client of one event loop, and what it was opened with."""

    def __init__(self) -> None:
        self.settings = (settings.LLM_BASE_URL, settings.LLM_API_KEY)
        limits = httpx2.Limits(
            # More than the limit on calls in flight, so that the connection pool is never what a call waits for.
            max_connections=settings.LLM_CONCURRENCY + 16,
            max_keepalive_connections=settings.LLM_CONCURRENCY + 16,
            keepalive_expiry=30,
        )
        self.http = openai.DefaultAioHttpClient(limits=limits)
        client = openai.AsyncOpenAI(
            base_url=settings.LLM_BASE_URL,
            api_key=settings.LLM_API_KEY or "none",
            max_retries=0,  # retries are made in one layer, llm.client
            http_client=self.http,
            default_headers={"X-Title": "Greenroom"},
        )
        # What the client would put together anew for each request: it is the same for all of them.
        given = {**client.default_headers, **client.auth_headers}
        self.headers = httpx2.Headers(self.http.headers)
        self.headers.update({name: value for name, value in given.items() if isinstance(value, str)})
        self.url = httpx2.URL(f"{str(client.base_url).rstrip('/')}/chat/completions")

    def request(self, body: bytes) -> httpx2.Request:
        """One chat request, ready to be sent."""
        timeout = httpx2.Timeout(settings.LLM_TIMEOUT_SECONDS).as_dict()
        return httpx2.Request("POST", self.url, headers=self.headers, content=body, extensions={"timeout": timeout})

    async def close(self) -> None:
        await self.http.aclose()


_wires: PerLoop[_Wire] = PerLoop(_Wire, _Wire.close)


async def close() -> None:
    """Close the running loop's connections to the provider; the next call opens new ones."""
    await _wires.close()


async def send(body: bytes) -> Answer:
    """Send one chat request and read its answer. Raises RateLimited, TimedOut, Unavailable or Refused.

    Goes below `chat.completions.create`, with the address, headers, key and transport of the `openai` client: building
    each request and its typed answer anew took more processor time than all the rest of a call, and everything but the
    few fields read here would be thrown away.
    """
    wire = await _wires.get()
    if wire.settings != (settings.LLM_BASE_URL, settings.LLM_API_KEY):
        await _wires.close()
        wire = await _wires.get()
    try:
        # The total, which the transport does not know: it counts the silence between two chunks only.
        async with asyncio.timeout(settings.LLM_TIMEOUT_SECONDS):
            response = await wire.http.send(wire.request(body))
    except TimeoutError:
        raise TimedOut("The model did not answer in time.") from None
    except httpx2.TimeoutException as error:
        if _was_cut(error):
            raise Unavailable("The model provider could not be reached.") from None
        raise TimedOut("The model did not answer in time.") from None
    except (httpx2.RequestError, ssl.SSLError):
        raise Unavailable("The model provider could not be reached.") from None
    if not response.is_success:
        raise error_for_status(response.status_code, response.headers)
    return read(response.content, response.headers)


def _was_cut(error: BaseException) -> bool:
    """Whether a "time-out" was a lost connection: the transport reports those as ConnectTimeout too."""
    cause = error.__cause__
    while cause is not None:
        if isinstance(cause, aiohttp.ClientConnectionError):
            return not isinstance(cause, TimeoutError)
        cause = cause.__cause__
    return False


def read(content: bytes, headers: Mapping[str, str]) -> Answer:
    """Take the answer out of a response's body; raises like `send` where the body tells of an error."""
    try:
        body: dict[str, Any] = orjson.loads(content)
        if error := body.get("error"):
            # OpenRouter answers 200 first and tells of an error upstream in the body.
            code = error.get("code") if isinstance(error, dict) else None
            raise error_for_status(code if isinstance(code, int) else 502, headers)
        choice = body["choices"][0]
        if choice.get("finish_reason") == "error":
            raise Unavailable("The model provider failed while it answered.")
        usage = body.get("usage") or {}
        cost = usage.get("cost")
        return Answer(
            content=choice["message"].get("content") or "",
            model=str(body.get("model") or ""),
            input_tokens=int(usage.get("prompt_tokens") or 0),
            output_tokens=int(usage.get("completion_tokens") or 0),
            cost=None if cost is None else Decimal(str(cost)),
        )
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError):
        raise Unavailable("The model provider sent something that is not an answer.") from None


def error_for_status(status: int, headers: Mapping[str, str]) -> LLMError:
    """The error that an HTTP status of the provider means; its body is never shown to anyone."""
    if status == 429:
        return RateLimited("The model provider asks us to slow down.", retry_after=retry_after(headers))
    if status == 408:
        return TimedOut("The model did not answer in time.")
    if status >= 500 or status == 409:
        return Unavailable("The model provider is not available just now.", retry_after=retry_after(headers))
    reasons = {
        401: "The model provider refused the key. Check LLM_API_KEY.",
        402: "The account with the model provider has no credit left.",
        403: "The model provider refused the request.",
        404: "The model provider knows no such model, or none that meets the settings. Check LLM_MODEL.",
    }
    error = Refused(reasons.get(status, "The model provider could not work with the request."))
    # Another model may take what this one did not; no model will take a wrong key or an empty account.
    error.other_model_may_help = status not in (401, 402)
    return error


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds until the provider wants to be asked again, rounded up; None where it does not say."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0, math.ceil(float(milliseconds) / 1000))
        if value := headers.get("retry-after"):
            if value.strip().replace(".", "", 1).isdigit():
                return math.ceil(float(value))
            moment = email.utils.parsedate_to_datetime(value).timestamp()
            return max(0, math.ceil(moment - time.time()))
        if reset := headers.get("x-ratelimit-reset"):
            # OpenRouter: the moment in epoch milliseconds.
            return min(3600, max(0, math.ceil(float(reset) / 1000 - time.time())))
    except (ValueError, OverflowError):
        return None
    return None
