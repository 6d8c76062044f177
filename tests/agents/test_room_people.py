"""Who is spoken to and listened to in a room with several people in it."""

from __future__ import annotations

import asyncio

import pytest

from candidates import rows
from interviews import rooms
from interviews.states import ParticipantType
from tests.agents.interviews import plan
from tests.agents.voices import call, hang_up, holder_of, started, stored, until
from tests.caller import Caller
from tests.processes import Process
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
FULL = "My team built a new billing system in three months, and I wrote most of it myself."


def test_agent_begins_when_its_human_has_come_and_turns_to_the_next_one(
    agent_worker: Process, simulator: Simulator
) -> None:
    """The notice is for the candidate: whoever listens already must not hear it in their place."""
    simulator.control(sentences=[FULL])
    made = started(of=plan(questions=1))

    async def talk() -> None:
        token = await rows.ask(rooms.admit, made.room, name="Ida Sommer", type=ParticipantType.INTERVIEWER)
        async with Caller(token.room_url, token.token) as listener:
            await until(lambda: rows.ask(holder_of, made, agent_worker), bool)
            await asyncio.sleep(3.0)  # longer than a greeting takes to begin
            assert listener.sounds == []
            assert listener.captions == []
            first = await call(made)
            second = await call(made)
            await first.heard_until_quiet()
            assert listener.sounds != []
            await stored(made, 1)
            await first.leave()
            await until(lambda: _is_alone(second), bool)
            await asyncio.sleep(1.0)  # nobody speaks the moment that somebody else hangs up
            said = await second.say(FULL)
            await second.next_sound(after=said)
            await stored(made, 3)
            await hang_up(made, second)

    asyncio.run(talk())
    assert [turn.text for turn in made.room.turns.filter(by_agent=False)] == [FULL]
    assert "I am an AI interviewer" in made.room.turns.order_by("number")[0].text


async def _is_alone(caller: Caller) -> bool:
    """Whether nobody else is here as the candidate."""
    return not any(one.attributes.get("type") == "candidate" for one in caller.room.remote_participants.values())
