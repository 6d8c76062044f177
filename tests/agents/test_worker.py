"""The agents' worker: what it says to strangers, and what becomes of its rooms when it ends."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from agents.sitting import room_of
from candidates import rows
from interviews import rooms
from interviews.models import Interview, Room
from interviews.states import InterviewState
from tests.agent_workers import start_worker
from tests.agents.interviews import plan
from tests.agents.voices import call, hang_up, holder_of, started, stored, until
from tests.livekit import LiveKit
from tests.processes import PATIENCE, ROOT, Process
from tests.simulator import Simulator

FULL = "My team built a new billing system in three months, and I wrote most of it myself."


def test_help_tells_a_stranger_what_it_does_and_needs() -> None:
    helped = subprocess.run(
        [sys.executable, "manage.py", "agent_worker", "--help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for words in ("Hold interviews by voice", "LIVEKIT_URL", "SPEECH_BASE_URL", "--rooms", "--warm", "--drain"):
        assert words in helped


def test_command_without_voice_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LIVEKIT_URL", "")
    monkeypatch.setattr(settings, "SPEECH_BASE_URL", "")
    with pytest.raises(CommandError, match=r"LIVEKIT_URL.*SPEECH_BASE_URL"):
        call_command("agent_worker", stdout=io.StringIO())


@pytest.mark.parametrize("arguments", [["--rooms", "0"], ["--warm", "-1"], ["--drain", "-1"]])
def test_command_refuses_numbers_that_make_no_sense(arguments: list[str], livekit_server: LiveKit) -> None:
    with pytest.raises(CommandError, match="--rooms must be 1 or more"):
        call_command("agent_worker", *arguments, stdout=io.StringIO())


@pytest.mark.parametrize("metadata", ["", "{}", "[]", "nonsense", '{"room_id": 7}', '{"room_id": "not-an-id"}'])
def test_dispatch_that_names_no_room_is_nobodys(metadata: str) -> None:
    assert room_of(metadata) is None


@pytest.mark.parametrize("how", ["stopped", "killed"])
@pytest.mark.django_db(transaction=True)
def test_room_of_a_worker_that_is_gone_goes_on_at_another(
    how: str, agent_worker: Process, livekit_server: LiveKit, simulator: Simulator
) -> None:
    # A worker that is stopped says so; one that is killed falls silent, which takes a while to be sure of.
    most = 5.0 if how == "stopped" else 8.0
    took = [_gone_on(how, agent_worker, livekit_server, simulator)]
    while took[-1] >= most and len(took) < 3:  # a machine that does much else at once is given more than one try
        took.append(_gone_on(how, agent_worker, livekit_server, simulator))
    assert min(took) < most, took


def _gone_on(how: str, agent_worker: Process, livekit_server: LiveKit, simulator: Simulator) -> float:
    """Stop or kill the worker that holds a room; how many seconds later another one held it."""
    simulator.control(sentences=[FULL])
    leaving = start_worker(livekit_server, simulator, "--warm", "1")
    children = leaving.children()

    async def talk() -> float:
        # LiveKit chooses the worker; of some rooms one is the second worker's.
        for _ in range(8):
            made = await rows.ask(started, of=plan(questions=1))
            started_rooms.append(made)
            caller = await call(made)
            await until(lambda made=made: _held(made, agent_worker, leaving), bool)
            if holder_of(made, leaving):
                break
            await hang_up(made, caller)
        else:
            raise AssertionError("the second worker got no room")
        await caller.heard_until_quiet()
        await stored(made, 1)
        at = time.monotonic()
        if how == "stopped":
            leaving.popen.terminate()
        else:  # as if its machine had lost its power
            leaving.kill()
        while not holder_of(made, agent_worker):
            await rows.ask(rooms.sweep)
            await asyncio.sleep(0.2)
            assert time.monotonic() - at < PATIENCE
        gone_on = time.monotonic() - at
        await asyncio.sleep(1.0)
        said = await caller.say(FULL)
        await caller.next_sound(after=said)
        await stored(made, 3)
        await hang_up(made, caller)
        return gone_on

    started_rooms: list[Interview] = []
    try:
        gone_on = asyncio.run(talk())
        leaving.popen.wait(timeout=PATIENCE)
        assert ("stopped" in leaving.output()) == (how == "stopped")
        assert [pid for pid in children if _lives(pid)] == []
        made = started_rooms[-1]
        made.refresh_from_db()
        assert made.status == InterviewState.COMPLETED
        assert FULL in [turn.text for turn in made.room.turns.all()]
    finally:
        leaving.stop()
    return gone_on


@pytest.mark.django_db(transaction=True)
def test_dispatch_into_a_room_that_is_over_is_left_again(agent_worker: Process) -> None:
    made = started(of=plan(questions=1))
    rooms.server.dispatch(made.room.name, agent_name=made.agent_type, metadata={"room_id": str(made.room_id)})
    Room.objects.filter(pk=made.room_id).update(ended_at="2026-01-01T00:00:00Z")
    before = agent_worker.output().count("holding 0 of")
    deadline = time.monotonic() + 20
    while agent_worker.output().count("holding 0 of") == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert holder_of(made, agent_worker) == 0
    assert made.room.turns.count() == 0


async def _held(made: Interview, *workers: Process) -> bool:
    return any(holder_of(made, worker) for worker in workers)


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
