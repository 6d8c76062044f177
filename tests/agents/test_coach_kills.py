"""A practice aloud whose agent's process is killed in the middle: another one goes on, with every word once."""

from __future__ import annotations

import asyncio
import os
import time

import pytest
from django.test import Client

from candidates import rows
from coaching import talking
from coaching.models import Message, Session
from interviews import rooms
from interviews.models import Room
from interviews.states import Medium, ParticipantType
from tests.agents.voices import holder_of, kill_holder, until
from tests.caller import Caller
from tests.coaching.talking import said, session
from tests.processes import PATIENCE, Process
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "We sort the invoices of three hundred small workshops that lose six hours a week to paper."
SECOND = "Each of them wins back five hours a week because our program reads the paper."


def _spoken(held: Session) -> list[tuple[str, str]]:
    return list(Message.objects.filter(session=held).order_by("number").values_list("side", "text"))


def _admit(room: Room) -> rooms.Token:
    return rooms.admit(room, name="Tara", type=ParticipantType.CANDIDATE, identity="trainee-1")


def _allowed(seconds: float) -> float:
    """What may take so long on a machine that does nothing else, on this one as it is now."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_killed_process_is_replaced_within_five_seconds_and_says_nothing_twice(
    agent_worker: Process, simulator: Simulator
) -> None:
    simulator.control(sentences=[FIRST, SECOND])
    held = session(agenda="Raise half a million for invoices")
    room = talking.open_room(held, medium=Medium.VOICE)
    held.refresh_from_db()
    client = Client()
    client.force_login(held.user)

    async def talk() -> float:
        token = await rows.ask(_admit, room)
        caller = Caller(token.room_url, token.token)
        await caller.join()
        await caller.heard_until_quiet()
        await until(lambda: rows.ask(_spoken, held), lambda spoken: len(spoken) == 1)
        simulator.control(first_token_seconds=2)  # so it dies while the answer is being made
        await caller.say(FIRST)
        await until(lambda: rows.ask(_spoken, held), lambda spoken: len(spoken) == 2)
        killed = await kill_holder(held, agent_worker)
        at = time.monotonic()
        simulator.control(first_token_seconds=0)
        await until(lambda: rows.ask(holder_of, held, agent_worker), lambda pid: pid not in (0, killed))
        came = next(when for when in caller.agent_came if when > at)
        # The successor answers what the dead one owed.
        await until(lambda: rows.ask(_spoken, held), lambda spoken: len(spoken) == 3)
        answered = await caller.next_sound(after=at)
        await caller.heard_until_quiet(after=answered)
        ended = await caller.say(SECOND)
        answered = await caller.next_sound(after=ended)
        await caller.heard_until_quiet(after=answered)
        await until(lambda: rows.ask(_spoken, held), lambda spoken: len(spoken) == 5)
        # And dies again while all is said: whoever comes then says nothing, and nothing is doubled.
        killed = await kill_holder(held, agent_worker)
        await until(lambda: rows.ask(holder_of, held, agent_worker), lambda pid: pid not in (0, killed))
        left = await rows.ask(client.post, f"/coaching/sessions/{held.pk}/talk", {"leave": "1"})
        assert left.status_code == 303
        await asyncio.wait_for(caller.left.wait(), PATIENCE)
        await caller.leave()
        return came - at

    assert asyncio.run(talk()) < _allowed(5.0)
    assert said(held) == [
        (1, "coach", "whole"),
        (2, "trainee", "answered"),
        (3, "coach", "whole"),
        (4, "trainee", "answered"),
        (5, "coach", "whole"),
    ]
    spoken = _spoken(held)
    assert [text for side, text in spoken if side == "trainee"] == [FIRST, SECOND]
    assert len({text for _, text in spoken}) == 5
    assert [turn.text for turn in room.turns.order_by("number")] == [text for _, text in spoken]
    held.refresh_from_db()
    assert (held.status, held.turns) == ("in_progress", 2)
