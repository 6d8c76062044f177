"""Typed turns of a room: one message in, the agent's answer out while it is made. A stream, so this is Ninja."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Coroutine
from typing import Annotated, Any
from uuid import UUID

import orjson
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router, Schema
from pydantic import Field, model_validator

from agents import conversation
from agents.conversation import Held
from agents.talk import is_reserved
from candidates import live, rows
from coaching import limits
from coaching import talking as practice
from coaching.models import Session
from coaching.states import TALKING
from intake import talking
from intake.models import Intake
from intake.states import OPEN
from interviews import doors, links, transcript
from interviews.doors import Visitor
from interviews.errors import RoomOver
from interviews.models import Interview, Room
from interviews.states import ENDED, ParticipantType, Role, Speaker
from interviews.transcript import LONGEST_TURN, Said
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

router = Router(tags=["live"], auth=doors.enter)
# Turns that are being taken: they go on when the caller has gone, and the loop itself holds tasks only weakly.
_under_way: set[asyncio.Task[None]] = set()
Event = tuple[str, dict[str, Any]]
# A comment this often keeps a proxy from closing a stream whose model thinks.
_QUIET_SECONDS = 10.0


class NotYourPart(GreenroomError):
    """Somebody who listens, or whose part another one takes."""

    code = "permission_denied"
    status = 403


class TurnIn(Schema):
    """A message of the human, or the wish to be answered what is owed."""

    text: Annotated[str, Field(max_length=LONGEST_TURN)] = ""
    key: Annotated[str, Field(max_length=80)] = Field(
        default="", description="Of the caller's choosing; the same one again is the same turn"
    )
    resume: bool = Field(
        default=False, description="Say what is owed: the beginning, or an answer that a lost process left open"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> TurnIn:
        if bool(self.text.strip()) == self.resume:
            raise ValueError("Send either text or resume.")
        if is_reserved(self.key):
            raise ValueError("The AI's own turns have keys like this; choose another one.")
        return self


_RESPONSES = {
    "200": {
        "description": "Events: `turn` (the message as it is stored), `delta` {key, text, at} while the agent answers, "
        "`turn` (its answer as it is stored), `stage`, and at the end `status` {status, end_reason}; `error` {code, "
        "message} where the answer failed, which `resume` can ask for again.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    **{
        str(status): live.documented("", status)["responses"][str(status)]
        for status in (400, 401, 403, 404, 409, 410, 429, 503)
    },
}


@router.post(
    "/{name}/turns",
    summary="Say something in a room by text, and read the answer as it comes",
    openapi_extra={"responses": _RESPONSES},
)
async def turns(request: HttpRequest, name: str, said: TurnIn) -> StreamingHttpResponse:
    """Take one typed turn. The answer goes on being made when the caller drops, and stands in the transcript then.

    Besides an API key or a session it takes a room's token as Bearer. Only the human's own side may speak.
    """
    visitor: Visitor = request.auth  # type: ignore[attr-defined]
    held, speaker = await rows.ask(_part, visitor)
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    work = _with_agent(held, said, events) if held is not None else _among_people(visitor.room, speaker, said, events)
    task = asyncio.create_task(_to_its_end(work, visitor.room.pk, events))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    # What fails before anything was said is an ordinary error.
    first = await events.get()
    if first is not None and first[0] == "error":
        error = first[1]["error"]
        raise error
    return live.answer(_stream(first, events))


async def _stream(first: Event | None, events: asyncio.Queue[Event | None]) -> AsyncIterator[str]:
    live.free_thread()
    event = first
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


def _as_text(kind: str, data: dict[str, Any]) -> str:
    """One server-sent event."""
    if kind == "error":
        error: GreenroomError = data["error"]
        data = {"code": error.code, "message": error.message}
    return f"event: {kind}\ndata: {orjson.dumps(data).decode()}\n\n"


async def _to_its_end(work: Coroutine[Any, Any, None], room_id: UUID, events: asyncio.Queue[Event | None]) -> None:
    """One turn, whoever listens. What fails is its last event."""
    try:
        await work
    except GreenroomError as error:
        events.put_nowait(("error", {"error": error}))
    except Exception as error:  # the caller hears of it, the log holds it, the turn stays owed
        logger.exception("a turn of room %s failed (%s)", room_id, type(error).__name__)
        failure = GreenroomError("Something went wrong on our side.", code="internal_error")
        events.put_nowait(("error", {"error": failure}))
    finally:
        events.put_nowait(None)


async def _with_agent(held: Held, said: TurnIn, events: asyncio.Queue[Event | None]) -> None:
    """One turn with an agent."""
    await conversation.text_turn(
        held,
        text=said.text,
        key=said.key or uuid.uuid4().hex,
        on_event=lambda kind, data: events.put_nowait((kind, data)),
    )


async def _among_people(room: Room, speaker: Speaker, said: TurnIn, events: asyncio.Queue[Event | None]) -> None:
    """A room without an agent: what is typed is stored, and the others in the room see it by its event."""
    if said.text.strip():
        one = Said(key=said.key or uuid.uuid4().hex, speaker=speaker, text=said.text.strip())
        turn, _ = await rows.ask(transcript.record, room_id=room.pk, said=one)
        events.put_nowait(("turn", transcript.as_data(turn) | {"key": turn.key}))
    events.put_nowait(("status", {"status": "open", "end_reason": None}))


def _part(visitor: Visitor) -> tuple[Held | None, Speaker]:
    """What is held in the visitor's room, if an agent is in it, and the part that the visitor takes in it.

    Raises NotYourPart for those who may only listen, RoomOver where the room has ended.
    """
    if visitor.room.is_over:
        raise RoomOver("This room has ended.")
    if visitor.room.agent_name == talking.AGENT_NAME:
        return _intake(visitor), Speaker.CANDIDATE
    if visitor.room.agent_name == practice.AGENT_NAME:
        return _practice(visitor), Speaker.CANDIDATE
    # Without plan and persona, which whoever answers reads anyway.
    interview = Interview.objects.filter(room=visitor.room).only("room_id", "role", "status").first()
    speaker = _speaker(visitor, interview)
    if interview is not None and speaker != interview.role:
        raise NotYourPart("In this interview that part is not yours.")
    if interview is not None and interview.status in ENDED:
        raise RoomOver("This interview has ended.")
    return interview, speaker


def _intake(visitor: Visitor) -> Intake:
    """The round whose room this is. Nobody but the candidate speaks in it, and nobody in their place."""
    if visitor.participant is None or visitor.participant.type != ParticipantType.CANDIDATE:
        raise NotYourPart("In this room only the candidate and the AI assistant talk.")
    intake = Intake.objects.filter(room=visitor.room, state__in=OPEN).only("room_id", "state").first()
    if intake is None:
        raise RoomOver("This room has ended.")
    return intake


def _practice(visitor: Visitor) -> Session:
    """The session whose room this is: only its trainee comes here, by the room's token (interviews.doors)."""
    if visitor.participant is None or visitor.participant.type != ParticipantType.CANDIDATE:
        raise NotYourPart("In this room only the trainee and the coach talk.")
    session = Session.objects.filter(room=visitor.room, status__in=TALKING).only("room_id", "status", "user_id").first()
    if session is None:
        raise RoomOver("This room has ended.")
    limits.count_message(session.user_id)  # as on the session's page: each turn asks a model
    return session


def _speaker(visitor: Visitor, interview: Interview | None) -> Speaker:
    if visitor.participant is not None:
        if visitor.participant.type not in (ParticipantType.INTERVIEWER, ParticipantType.CANDIDATE):
            raise NotYourPart("You may listen in this room, not speak.")
        return Speaker(visitor.participant.type)
    if interview is not None and interview.role == Role.CANDIDATE:
        if links.is_remote(interview):
            raise NotYourPart("The candidate has come by a link: nobody else speaks in their place.")
        return Speaker.CANDIDATE
    return Speaker.INTERVIEWER
