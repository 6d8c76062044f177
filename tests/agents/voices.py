"""Interviews by voice in tests: a real LiveKit server, a real worker, and a caller with a microphone."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Any

from candidates import rows
from intake.models import Intake
from interviews import interviewing, rooms, transcript
from interviews.models import Interview, Room, Turn
from interviews.rooms.dispatching import open_room
from interviews.schemas import Plan
from interviews.states import EndReason, Medium, ParticipantType, Role
from tests.agents.interviews import interview
from tests.caller import Caller
from tests.processes import PATIENCE, Process

BY_PERSON = EndReason.BY_PERSON

# So much faster than people does the agent speak in tests; they wait for its sound in real time.
PACE = 3.0


def started(*, role: Role = Role.CANDIDATE, of: Plan | None = None, **values: Any) -> Interview:
    """An interview by voice whose room stands open at LiveKit. `role` is the caller's part."""
    made = interview(role=role, of=of, medium=Medium.VOICE, **values)
    open_room(made.room)
    return made


def token_for(made: Interview, *, identity: str | None = None) -> rooms.Token:
    """The human's token; the agent is asked for with it."""
    type_ = ParticipantType.INTERVIEWER if made.role == Role.INTERVIEWER else ParticipantType.CANDIDATE
    return rooms.admit(made.room, name="Robin Sample", type=type_, identity=identity)


async def call(made: Interview, *, identity: str | None = None, microphone: bool = True) -> Caller:
    """The human of this interview, in its room."""
    token = await rows.ask(token_for, made, identity=identity)
    caller = Caller(token.room_url, token.token)
    await caller.join(microphone=microphone)
    return caller


async def turns_of(made: Interview) -> list[Turn]:
    return list(await rows.ask(transcript.of, made.room_id))


async def hang_up(made: Interview, *callers: Caller) -> None:
    """End the interview as a person would, and leave."""
    now = await rows.ask(Interview.objects.select_related("room").get, pk=made.pk)
    await rows.ask(interviewing.end, now, reason=BY_PERSON)
    for caller in callers:
        await caller.leave()


def holder_of(made: Interview | Intake, worker: Process) -> int:
    """The id of the process that holds this talk's room now; 0 where the worker has not told of one."""
    found = re.findall(rf"room {made.room_id} is held by process (\d+)", worker.output())
    return int(found[-1]) if found else 0


async def kill_holder(made: Interview | Intake, worker: Process) -> int:
    """End the process that holds this talk's room now by `kill -9`; return its id."""
    pid: int = await until(lambda: rows.ask(holder_of, made, worker), bool)
    os.kill(pid, signal.SIGKILL)  # never 0, which is the tests' own process group
    return pid


async def stored(made: Interview, count: int, *, seconds: float = PATIENCE) -> list[Turn]:
    """The turns of the interview once there are so many."""
    return await until(
        lambda: rows.ask(transcript.of, made.room_id), lambda turns: len(turns) >= count, seconds=seconds
    )


async def ended(made: Interview, *, seconds: float = PATIENCE) -> Interview:
    """The interview, once it has ended and its room is closed."""
    room: Room = await until(
        lambda: rows.ask(Room.objects.get, pk=made.room_id), lambda room: room.ended_at is not None, seconds=seconds
    )
    assert room.ended_at is not None
    await rows.ask(made.refresh_from_db)
    return made


async def until(ask: Callable[[], Any], holds: Callable[[Any], bool], *, seconds: float = PATIENCE) -> Any:
    """Ask again and again until the answer is right; return it. Fails with the last one after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds(answer := await ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s; the last answer: {answer!r}")
        await asyncio.sleep(0.05)
    return answer
