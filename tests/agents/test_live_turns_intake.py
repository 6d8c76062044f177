"""Typed turns of an intake's room over a real socket: who may speak in it, what is written, and a server that dies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import ApiKey
from intake import answers, lifecycle, merging, talking
from intake.models import Answer as Given
from intake.models import Intake
from intake.states import AnswerState, Via
from interviews import rooms, transcript
from interviews.models import Room, Turn
from interviews.states import Medium, ParticipantType
from tests import processes
from tests.agents.test_live_turns import Answer
from tests.candidates.recruiting import recruiter
from tests.intake import rounds
from tests.interviews.streaming import Stream
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def base_url(simulator: Simulator, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """One web server for all of these, talking to the simulated model."""
    with django_db_blocker.unblock():
        server = processes.web(LLM_BASE_URL=simulator.base_url, LLM_API_KEY="simulated", LLM_SIMULATED=True)
    with server as address:
        yield address


def talk(*fields: str) -> Intake:
    """A round with a room, that asks for these fields in this order."""
    made = rounds.intake()
    by_field = {gap["field"]: gap for gap in made.gaps}
    made.gaps = [by_field[field] for field in fields or ("location", "email")]
    made.save(update_fields=["gaps"])
    talking.open_room(made, medium=Medium.TEXT)
    return made


def room_of(of: Intake) -> Room:
    assert of.room is not None
    return of.room


def token(of: Intake, type_: ParticipantType = ParticipantType.CANDIDATE) -> str:
    return rooms.admit(room_of(of), name="Ada Example", type=type_).token


def turns(of: Intake) -> list[Turn]:
    return transcript.of(room_of(of).pk)


def held(of: Intake) -> dict[str, Any]:
    given = answers.current(of)
    return {name: one.value for name, one in given.items() if one.state == AnswerState.ACCEPTED}


def say(base_url: str, to: Intake, bearer: str, text: str = "", key: str = "") -> list[tuple[str, Any]]:
    """One turn, or the wish for what is owed; the events that come of it."""
    body = {"text": text, "key": key} if text else {"resume": True}
    answer = Answer(base_url, room_of(to), body, bearer=bearer)
    assert answer.status == 200, answer.error()
    return list(answer)


def test_answer_is_written_while_it_streams_and_shown_in_the_room(base_url: str, simulator: Simulator) -> None:
    intake = talk()
    bearer = token(intake)
    stream = Stream(f"{base_url}/live/rooms/{room_of(intake).name}/events", bearer=bearer)
    try:
        say(base_url, intake, bearer)
        events = say(base_url, intake, bearer, "I live in Leeds.", "a")
        assert [kind for kind, _ in events if kind != "delta"] == ["turn", "turn", "stage", "status"]
        said = "".join(data["text"] for kind, data in events if kind == "delta")
        assert said == next(data["text"] for kind, data in events if kind == "turn" and data["by_agent"])
        [noted] = stream.wait_for("answer")
        assert (noted["field"], noted["shown"], noted["via"]) == ("location", "Leeds", Via.CHAT)
    finally:
        stream.close()
    assert held(intake) == {"location": "Leeds"}


def test_same_key_again_is_the_same_turn(base_url: str, simulator: Simulator) -> None:
    intake = talk()
    bearer = token(intake)
    say(base_url, intake, bearer)
    first = say(base_url, intake, bearer, "I live in Leeds.", "a")
    again = say(base_url, intake, bearer, "I live in Leeds.", "a")
    assert [kind for kind, _ in again] == ["turn", "turn", "status"]
    assert again[1][1] == next(data for kind, data in first if kind == "turn" and data["by_agent"])
    assert [turn.by_agent for turn in turns(intake)] == [True, False, True]
    assert Given.objects.count() == 1


def test_nobody_but_the_candidate_speaks(base_url: str, simulator: Simulator) -> None:
    intake, other = talk(), talk()
    body = {"text": "I live in Leeds.", "key": "a"}
    key = ApiKey.make(user=recruiter(), name="tests")[1]

    def status(bearer: str) -> int:
        return Answer(base_url, room_of(intake), body, bearer=bearer).status

    assert status("") == 401
    assert status("gr_wrong") == 401
    assert status(token(other)) == 401
    assert status(token(intake, ParticipantType.OBSERVER)) == 403
    assert status(token(intake, ParticipantType.INTERVIEWER)) == 403
    assert status(key) == 403  # a recruiter reads along, and puts no words into the candidate's mouth
    assert turns(intake) == []
    assert status(token(intake)) == 200


@pytest.mark.parametrize("key", ["reply-to-2", "opening", "voice:x", "silence-1", "turn-1"])
def test_no_words_take_the_key_of_a_turn_of_the_agent(base_url: str, simulator: Simulator, key: str) -> None:
    intake = talk()
    answer = Answer(base_url, room_of(intake), {"text": "I live in Leeds.", "key": key}, bearer=token(intake))
    assert (answer.status, answer.error()) == (400, "invalid")
    assert turns(intake) == []


def test_round_that_has_ended_takes_no_turn(base_url: str, simulator: Simulator) -> None:
    withdrawn, completed, expired = talk(), talk(), talk()
    tokens = [token(one) for one in (withdrawn, completed, expired)]
    lifecycle.withdraw(withdrawn)
    merging.complete(completed)
    Room.objects.filter(pk=room_of(expired).pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    for one, bearer in zip((withdrawn, completed, expired), tokens, strict=True):
        answer = Answer(base_url, room_of(one), {"text": "I live in Leeds.", "key": "a"}, bearer=bearer)
        assert answer.status in (401, 410)
        assert turns(one) == []
    assert not Given.objects.exists()


def test_answer_goes_on_when_the_candidate_drops(base_url: str, simulator: Simulator) -> None:
    intake = talk()
    bearer = token(intake)
    say(base_url, intake, bearer)
    simulator.control(first_token_seconds=1)
    answer = Answer(base_url, room_of(intake), {"text": "I live in Leeds.", "key": "a"}, bearer=bearer)
    assert next(iter(answer))[0] == "turn"
    answer.drop()
    processes.wait_until(lambda: len(turns(intake)) == 3, what="the answer stored")
    assert held(intake) == {"location": "Leeds"}


def test_turn_of_a_killed_server_is_answered_by_the_next_one_once(simulator: Simulator) -> None:
    """The words are stored before the model is asked; what was being made of them is made again, and written once."""
    intake = talk()
    bearer = token(intake)
    with processes.web_process() as (address, process):
        say(address, intake, bearer)
        simulator.control(first_token_seconds=30)
        answer = Answer(address, room_of(intake), {"text": "I live in Leeds.", "key": "a"}, bearer=bearer)
        assert next(iter(answer))[0] == "turn"
        process.kill()
        answer.drop()
    assert [turn.text for turn in turns(intake)][1:] == ["I live in Leeds."]
    assert held(intake) == {}
    simulator.control(first_token_seconds=0)
    with processes.web() as address:
        # The page sends what it has no answer to under the same key; another one asks for what is owed.
        again = say(address, intake, bearer, "I live in Leeds.", "a")
        assert [kind for kind, _ in again if kind != "delta"] == ["turn", "turn", "stage", "status"]
        assert [kind for kind, _ in say(address, intake, bearer)] == ["status"]
    assert [turn.by_agent for turn in turns(intake)] == [True, False, True]
    assert held(intake) == {"location": "Leeds"}
    assert Given.objects.count() == 1
