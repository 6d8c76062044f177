"""An intake talk by voice: a real room, real sound, the real worker."""

from __future__ import annotations

import asyncio

import pytest

from intake import answers, talking
from intake.models import Intake
from intake.states import AnswerState, Via
from interviews import rooms
from interviews.models import Room
from interviews.states import Medium, ParticipantType
from tests.agents.voices import rows
from tests.caller import Caller
from tests.intake import rounds
from tests.processes import Process
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

LIVES = "I live in Leeds."
YEARS = "I have seven years of experience."
RIGHT = "Yes, that is right."


def _round() -> Intake:
    made = rounds.intake()
    by_field = {gap["field"]: gap for gap in made.gaps}
    made.gaps = [by_field["location"], by_field["years_experience"]]
    made.save(update_fields=["gaps"])
    talking.open_room(made, medium=Medium.VOICE)
    return made


def _admit(room: Room) -> rooms.Token:
    return rooms.admit(room, name="Ada Example", type=ParticipantType.CANDIDATE)


def test_answers_are_given_by_voice_and_numbers_confirmed(agent_worker: Process, simulator: Simulator) -> None:
    simulator.control(sentences=[LIVES, YEARS, RIGHT])
    intake = _round()
    assert intake.room is not None

    async def talk() -> None:
        token = await rows(_admit, intake.room)
        caller = Caller(token.room_url, token.token)
        await caller.join()
        await caller.heard_until_quiet()
        for words in (LIVES, YEARS, RIGHT):
            said = await caller.say(words)
            answered = await caller.next_sound(after=said)
            await caller.heard_until_quiet(after=answered)
        await asyncio.wait_for(caller.left.wait(), 30)
        await caller.leave()

    asyncio.run(talk())
    turns = [turn.text for turn in intake.room.turns.order_by("number")]
    assert "I am an AI assistant" in turns[0]
    assert turns[1::2] == [LIVES, YEARS, RIGHT]
    assert "Is that right?" in turns[4]
    held = answers.current(intake)
    assert {field: (one.value, one.state, one.via) for field, one in held.items()} == {
        "location": ("Leeds", AnswerState.ACCEPTED, Via.VOICE),
        "years_experience": (7, AnswerState.ACCEPTED, Via.VOICE),
    }
    intake.refresh_from_db()
    assert intake.progress["is_over"] is True
