"""Messages of a practice session: one in, the coach's answer out, whole or while it is made. A stream, so Ninja."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Header, Query, Router, Schema
from pydantic import Field, field_validator, model_validator

from accounts import doors
from accounts.models import User
from candidates import live, rows
from coaching import chat, limits, messages, stopping
from coaching.chat import Stop, Taken
from coaching.messages import LONGEST_MESSAGE
from coaching.states import MessageState, SessionState
from interviews.states import Medium
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

# Turns that are being taken: the loop itself holds tasks only weakly.
_under_way: set[asyncio.Task[Taken]] = set()
Event = tuple[str, dict[str, Any]]
# A comment this often keeps a proxy from closing a stream whose model thinks.
_QUIET_SECONDS = 10.0
_KEY = messages.KEY


async def enter(request: HttpRequest) -> User:
    """Let a trainee in, before anything else about the request is looked at; raises the error to answer else."""
    return await rows.ask(_admitted, request)


def _admitted(request: HttpRequest) -> User:
    user = doors.admit(request)
    if request.method == "POST":
        limits.count_message(user.pk)
    return user


router = Router(tags=["live"], auth=enter)


# --- shapes ----------------------------------------------------------------------------------------------------------
class MessageIn(Schema):
    """Something to say, or the wish to hear the coach: its opening, or an answer that is owed."""

    model_config = {"extra": "forbid"}

    text: Annotated[str, Field(max_length=LONGEST_MESSAGE)] = ""
    key: Annotated[str, Field(pattern=_KEY)] | None = Field(
        default=None,
        description="Of the caller's choosing; the same one again is the same message. Without one the header "
        "Idempotency-Key is taken.",
    )
    retry: bool = Field(default=False, description="Answer what is owed after a failure, or say anew what was stopped")
    open: bool = Field(default=False, description="Let the coach open the conversation; again: the same opening")

    @field_validator("text")
    @classmethod
    def _storable(cls, text: str) -> str:
        if "\x00" in text:
            raise ValueError("Text may not hold the character U+0000.")
        return text

    @model_validator(mode="after")
    def _one_of_them(self) -> MessageIn:
        if [bool(self.text.strip()), self.retry, self.open].count(True) != 1:
            raise ValueError("Send one of text, retry and open.")
        return self


class MessageShown(Schema):
    """What one side said."""

    number: int = Field(description="From 1, without gaps")
    side: Literal["trainee", "coach"]
    text: str
    state: MessageState = Field(
        description="Of the trainee's: owed, failed (its answer; ask with `retry`) or answered. Of the coach's: whole "
        "or stopped"
    )
    medium: Medium
    created_at: str


class TurnTaken(Schema):
    """What came of a turn."""

    session_id: UUID
    session_status: SessionState
    turn_number: int = Field(description="Which of the trainee's messages was answered, from 1; 0 for the opening")
    ai_response: str = Field(description="What the coach said; empty where it was stopped before its first word")
    stopped: bool
    message: MessageShown | None = Field(description="The trainee's message; null for the opening")
    answer: MessageShown | None


class MessagesPage(Schema):
    """Messages in order."""

    results: list[MessageShown]
    next: str | None


class Stopped(Schema):
    """What is being said in this session ends here."""

    session_id: UUID
    session_status: SessionState


def _documented(*statuses: int, **more: Any) -> dict[str, Any]:
    errors = live.documented("", *statuses)["responses"]
    responses = {str(status): errors[str(status)] for status in statuses}
    return {"security": [{"accessToken": []}, {"cookieAuth": []}], "responses": responses, **more}


# --- addresses -------------------------------------------------------------------------------------------------------
_STREAMED = (
    "With `Accept: text/event-stream` the answer comes while it is made, as events: `message` (the trainee's message "
    "as it is stored, with turn_number), `delta` {text}, and at the end `done` (as the JSON answer) or `error` "
    "{code, message}. Whoever leaves such a stream stops the answer; what was said so far is kept.\n\n"
    "A message is stored before the model is asked: where that fails (503), the message is kept, and `retry` asks for "
    "its answer again. Messages sent at the same time are all kept; several may get one answer together."
)
_POSTED = _documented(400, 401, 403, 404, 409, 413, 429, 500, 503)
_POSTED["responses"]["200"] = {
    "description": "The coach's answer",
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/TurnTaken"}},
        "text/event-stream": {"schema": {"type": "string"}},
    },
}


@router.post(
    "/{uuid:session_id}/messages",
    summary="Say something, and hear the coach",
    description=_STREAMED,
    operation_id="say_in_session",
    response=TurnTaken,
    openapi_extra=_POSTED,
)
async def say(
    request: HttpRequest,
    session_id: UUID,
    said: MessageIn,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", pattern=_KEY)] = None,
) -> HttpResponse | StreamingHttpResponse:
    """One turn: JSON, or a stream where it is asked for."""
    user: User = request.auth  # type: ignore[attr-defined]
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    wants_stream = "text/event-stream" in request.headers.get("Accept", "")
    stop = Stop()
    who: dict[str, Any] = {"user_id": user.pk, "session_id": session_id, "stop": stop}
    if wants_stream:
        who["tell"] = lambda kind, data: events.put_nowait((kind, data))
    turn: Awaitable[Taken]
    if said.retry:
        turn = chat.retry(**who)
    elif said.open:
        turn = chat.open_up(**who)
    else:
        turn = chat.say(text=said.text.strip(), key=said.key or idempotency_key or uuid.uuid4().hex, **who)
    # A task of its own: a caller who goes away takes a JSON answer with it when it comes back with the same key.
    task = asyncio.ensure_future(turn)
    _under_way.add(task)
    task.add_done_callback(_leave)
    if not wants_stream:
        return _as_json((await asyncio.shield(task)).as_data())
    task.add_done_callback(lambda _: events.put_nowait(None))
    # What fails before anything is stored is an ordinary error.
    first = await events.get()
    if first is None and task.exception() is not None:
        await task
    return live.answer(_stream(first, events, task, stop))


@router.get(
    "/{uuid:session_id}/messages",
    summary="What was said",
    operation_id="list_session_messages",
    response=MessagesPage,
    openapi_extra=_documented(400, 401, 403, 404, 429, 500),
)
async def list_messages(
    request: HttpRequest,
    session_id: UUID,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> HttpResponse:
    """In order; `next` goes on exactly after the last one of the page."""
    user: User = request.auth  # type: ignore[attr-defined]
    found, following = await rows.ask(messages.page, user_id=user.pk, session_id=session_id, after=cursor, limit=limit)
    shown = [messages.as_data(message) for message in found]
    return _as_json({"results": shown, "next": str(following) if following is not None else None})


@router.post(
    "/{uuid:session_id}/messages/stop",
    summary="Stop what the coach is saying",
    description="What was said so far is kept, marked as stopped; `retry` says it anew. Where nothing is being said, "
    "nothing happens. Idempotency-Key is not honoured: twice is once anyway.",
    operation_id="stop_in_session",
    response=Stopped,
    openapi_extra=_documented(400, 401, 403, 404, 409, 429, 500),
)
async def stop_answer(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Ring for whoever is making the answer, in this process or in another one."""
    user: User = request.auth  # type: ignore[attr-defined]

    def ring() -> str:
        status = messages.status_of(session_id, user_id=user.pk)
        stopping.ring(session_id)
        return status

    return _as_json({"session_id": str(session_id), "session_status": await rows.ask(ring)})


def _leave(task: asyncio.Task[Taken]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()  # seen: where the caller has gone, asyncio shall not complain


# --- the stream ------------------------------------------------------------------------------------------------------
async def _stream(
    first: Event | None, events: asyncio.Queue[Event | None], task: asyncio.Task[Taken], stop: Stop
) -> AsyncIterator[str]:
    live.free_thread()
    event = first
    try:
        while event is not None:
            # What has come at the same time goes out at once: each sending costs more than what is sent.
            text = ""
            while event is not None:
                text += _as_text(*event)
                if events.empty():
                    break
                event = events.get_nowait()
            yield text
            while event is not None:
                try:
                    async with asyncio.timeout(_QUIET_SECONDS):
                        event = await events.get()
                    break
                except TimeoutError:
                    yield ": still here\n\n"
        yield _as_text(*_end_of(task))
    finally:
        # Left early, this stops the answer; at its end there is nothing to stop.
        stop.press()


def _end_of(task: asyncio.Task[Taken]) -> Event:
    """The last event of a turn."""
    error = task.exception()
    if error is None:
        return "done", task.result().as_data()
    if not isinstance(error, GreenroomError):  # the caller hears of it, the log holds it, the message stays owed
        logger.error("a turn of a practice failed (%s)", type(error).__name__, exc_info=error)
        error = GreenroomError("Something went wrong on our side.", code="internal_error")
    return "error", {"code": error.code, "message": error.message, "retry_after": error.retry_after}


def _as_text(kind: str, data: dict[str, Any]) -> str:
    """One server-sent event."""
    return f"event: {kind}\ndata: {orjson.dumps(data).decode()}\n\n"


def _as_json(data: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), content_type="application/json")
