from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import time

import httpx2
import orjson
import pytest
from pytest_django import Settings

from llm import provider
from llm.errors import LLMError, RateLimited, Refused, TimedOut, Unavailable


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "1.2"}, 2),
        ({"retry-after-ms": "1500"}, 2),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_reads_seconds(headers: dict[str, str], seconds: int | None) -> None:
    assert provider.retry_after(headers) == seconds


def test_a_request_says_who_asks_and_each_thing_once(settings: Settings) -> None:
    settings.LLM_BASE_URL = "https://model.example.org/api/v1/"
    settings.LLM_API_KEY = "made-up-key"
    settings.LLM_TIMEOUT_SECONDS = 7.0

    async def made() -> httpx2.Request:
        wire = provider._Wire()
        try:
            return wire.request(b'{"model": "m"}')
        finally:
            await wire.close()

    request = asyncio.run(made())
    assert (request.method, str(request.url)) == ("POST", "https://model.example.org/api/v1/chat/completions")
    assert request.headers["authorization"] == "Bearer made-up-key"
    assert request.headers["content-type"] == request.headers["accept"] == "application/json"
    assert request.headers["content-length"] == "14"
    assert request.headers["x-title"] == "Greenroom"
    names = [name.lower() for name, _ in request.headers.raw]
    assert len(names) == len(set(names))
    assert request.extensions["timeout"]["read"] == 7.0


def test_retry_after_reads_moments() -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    assert provider.retry_after({"retry-after": email.utils.format_datetime(moment, usegmt=True)}) in (29, 30, 31)
    assert provider.retry_after({"x-ratelimit-reset": str((time.time() + 12) * 1000)}) in (12, 13)
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30)
    assert provider.retry_after({"retry-after": email.utils.format_datetime(past, usegmt=True)}) == 0


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, RateLimited), (408, TimedOut), (500, Unavailable), (503, Unavailable), (529, Unavailable), (400, Refused)],
)
def test_each_status_has_its_error(status: int, kind: type[LLMError]) -> None:
    assert type(provider.error_for_status(status, {})) is kind


@pytest.mark.parametrize(("status", "helps"), [(401, False), (402, False), (404, True), (400, True)])
def test_another_model_helps_unless_the_account_is_refused(status: int, helps: bool) -> None:
    error = provider.error_for_status(status, {})
    assert isinstance(error, Refused)
    assert error.other_model_may_help is helps


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b'"text"',
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": {"content": "x"}, "finish_reason": "error"}]}',
    ],
)
def test_read_tells_what_is_not_an_answer(content: bytes) -> None:
    with pytest.raises(Unavailable):
        provider.read(content, {})


def test_read_tells_an_error_in_the_body_by_its_code() -> None:
    with pytest.raises(RateLimited):
        provider.read(orjson.dumps({"error": {"code": 429, "message": "private"}}), {})


def test_read_takes_an_answer_without_usage() -> None:
    answer = provider.read(b'{"model": "m", "choices": [{"message": {"content": "hello"}}]}', {})
    assert (answer.content, answer.model, answer.input_tokens, answer.cost) == ("hello", "m", 0, None)
