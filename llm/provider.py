"""The wire: one HTTP client per event loop, one request at a time, and what its failures mean."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import functools
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


@functools.cache
def tls() -> ssl.SSLContext:
    """Whom to trust on the wire. Read once in a process, best before it forks and before anybody talks: an event loop
    stands still for a tenth of a second meanwhile."""
    return httpx2.create_ssl_context()


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
        self.http = openai.DefaultAioHttpClient(limits=limits, verify=tls())
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


async def make_ready() -> None:
    """Build the running loop's client before somebody waits for it."""
    await _current_wire()


async def _current_wire() -> _Wire:
    wire = await _wires.get()
    if wire.settings != (settings.LLM_BASE_URL, settings.LLM_API_KEY):
        await _wires.close()
        wire = await _wires.get()
    return wire


async def send(body: bytes) -> Answer:
    """Send one chat request and read its answer. Raises RateLimited, TimedOut, Unavailable or Refused.

    Goes below `chat.completions.create`, with the address, headers, key and transport of the `openai` client: building
    each request and its typed answer anew took more processor time than all the rest of a call, and everything but the
    few fields read here would be thrown away.
    """
    wire = await _current_wire()
    try:
        # The total, which the transport does not know: it counts the silence between two chunks only.
        async with asyncio.timeout(settings.LLM_TIMEOUT_SECONDS):
            response = await wire.http.send(wire.request(body))
    except _WIRE_ERRORS as error:
        raise _meaning_of(error) from None
    if not response.is_success:
        raise error_for_status(response.status_code, response.headers)
    return read(response.content, response.headers)


_WIRE_ERRORS = (TimeoutError, httpx2.RequestError, aiohttp.ClientError, ssl.SSLError, ConnectionError)


def _meaning_of(error: BaseException) -> LLMError:
    """What a failure of the transport means."""
    if isinstance(error, (TimeoutError, httpx2.TimeoutException)) and not _was_cut(error):
        return TimedOut("The model did not answer in time.")
    return Unavailable("The model provider could not be reached.")


def _was_cut(error: BaseException) -> bool:
    """Whether a "time-out" was a lost connection: the transport reports those as ConnectTimeout too."""
    cause = error.__cause__
    while cause is not None:
        if isinstance(cause, aiohttp.ClientConnectionError):
            return not isinstance(cause, TimeoutError)
        cause = cause.__cause__
    return False


async def stream(body: bytes) -> Stream:
    """Send one chat request that asks for a streamed answer; returns once the provider begins to answer.

    Raises RateLimited, TimedOut, Unavailable or Refused, as reading the stream does. Close it, also after an error.
    """
    wire = await _current_wire()
    began = time.monotonic()
    try:
        async with asyncio.timeout(min(settings.LLM_SILENCE_SECONDS, settings.LLM_TIMEOUT_SECONDS)):
            response = await wire.http.send(wire.request(body), stream=True)
    except _WIRE_ERRORS as error:
        raise _meaning_of(error) from None
    answer = Stream(response, settings.LLM_TIMEOUT_SECONDS - (time.monotonic() - began))
    if not response.is_success:
        await answer.close()
        raise error_for_status(response.status_code, response.headers)
    return answer


class Stream:
    """An answer on its way: `read` gives its text as it comes; at the end `answer` is the whole of it."""

    def __init__(self, response: httpx2.Response, seconds: float) -> None:
        self.answer: Answer | None = None
        self._response = response
        self._chunks = response.aiter_bytes()
        self._is_stream = response.headers.get("content-type", "").startswith("text/event-stream")
        self._seconds = seconds
        self._rest = b""
        self._text: list[str] = []
        self._model = ""
        self._usage: dict[str, Any] = {}
        self._finished = False  # the last word was said; what it cost may still be told
        self._done = False

    async def read(self) -> str | None:
        """The text that came next: what stood in one packet of the network. None: that was all, see `answer`.

        Waits LLM_SILENCE_SECONDS at most, and LLM_TIMEOUT_SECONDS over the whole answer, without the time that whoever
        reads takes between two calls.
        """
        while self.answer is None:
            chunk = await self._next_chunk()
            if not self._is_stream:
                return await self._read_whole(chunk)
            if chunk is None:
                if not self._finished:
                    raise Unavailable("The model provider broke off its answer.")
                self._end()
                break
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if text := self._take(lines):
                return text
        return None

    async def close(self) -> None:
        """Let go of the connection: for the next request where all was read, else the provider sees that we left."""
        with contextlib.suppress(*_WIRE_ERRORS):
            await self._chunks.aclose()
            await self._response.aclose()

    async def _next_chunk(self) -> bytes | None:
        began = time.monotonic()
        patience = max(0.0, min(self._seconds, settings.LLM_SILENCE_SECONDS))
        if self._finished:
            # Nobody waits for more text: only the usage is to come, and then the connection to be given back.
            patience = 0.05 if self._done else min(patience, 2.0)
        try:
            async with asyncio.timeout(patience):
                return await anext(self._chunks, None)
        except _WIRE_ERRORS as error:
            if self._finished:
                return None
            raise _meaning_of(error) from None
        finally:
            self._seconds -= time.monotonic() - began

    def _take(self, lines: list[bytes]) -> str:
        """The text in some lines of the stream; notes whatever else they tell."""
        texts: list[str] = []
        try:
            for line in lines:
                data = line[5:].strip() if line.startswith(b"data:") else b""
                if not data:
                    continue  # a comment that keeps the line open, or the end of an event
                if data == b"[DONE]":
                    self._finished = self._done = True
                    continue
                event: dict[str, Any] = orjson.loads(data)
                if error := event.get("error"):
                    raise _error_in_body(error, self._response.headers)
                self._model = event.get("model") or self._model
                self._usage = event.get("usage") or self._usage
                for choice in event.get("choices") or ():
                    if text := (choice.get("delta") or {}).get("content"):
                        texts.append(text)
                    if reason := choice.get("finish_reason"):
                        if reason == "error":
                            raise Unavailable("The model provider failed while it answered.")
                        self._finished = True
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
            raise Unavailable("The model provider sent something that is not an answer.") from None
        if not texts:
            return ""
        self._text.extend(texts)
        return "".join(texts)

    async def _read_whole(self, chunk: bytes | None) -> str:
        """The body of a provider that does not stream, or tells of an error before it does."""
        body = [chunk or b""]
        while (chunk := await self._next_chunk()) is not None:
            body.append(chunk)
        self.answer = read(b"".join(body), self._response.headers)
        return self.answer.content

    def _end(self) -> None:
        usage, cost = self._usage, self._usage.get("cost")
        try:
            self.answer = Answer(
                content="".join(self._text),
                model=str(self._model),
                input_tokens=int(usage.get("prompt_tokens") or 0),
                output_tokens=int(usage.get("completion_tokens") or 0),
                cost=None if cost is None else Decimal(str(cost)),
            )
        except (TypeError, ValueError, ArithmeticError):
            raise Unavailable("The model provider sent something that is not an answer.") from None


def _error_in_body(error: Any, headers: Mapping[str, str]) -> LLMError:
    """OpenRouter answers 200 first and tells of an error upstream in the body."""
    code = error.get("code") if isinstance(error, dict) else None
    return error_for_status(code if isinstance(code, int) else 502, headers)


def read(content: bytes, headers: Mapping[str, str]) -> Answer:
    """Take the answer out of a response's body; raises like `send` where the body tells of an error."""
    try:
        body: dict[str, Any] = orjson.loads(content)
        if error := body.get("error"):
            raise _error_in_body(error, headers)
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
