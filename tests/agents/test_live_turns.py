"""Typed turns over a real socket: POST /live/rooms/{name}/turns."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import ApiKey
from interviews import rooms
from interviews.models import Interview, Room
from interviews.states import ParticipantType, Role
from tests import processes
from tests.agents.interviews import FULL, interview, turns
from tests.candidates.recruiting import recruiter
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


def token(of: Interview, type_: ParticipantType = ParticipantType.CANDIDATE) -> str:
    return rooms.admit(of.room, name="Robin Sample", type=type_).token


class Answer:
    """A response, read event by event."""

    def __init__(self, base_url: str, room: Room, body: Any, *, bearer: str = "") -> None:
        self.connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=120)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        self.connection.request("POST", f"/live/rooms/{room.name}/turns", json.dumps(body), headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def error(self) -> str:
        return str(json.loads(self.response.read())["error"]["code"])

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        kind = ""
        for raw in self.response:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                yield kind, json.loads(line[6:])

    def drop(self) -> None:
        self.connection.close()
        self.response.close()


def test_turn_is_stored_and_answered_while_it_is_made(base_url: str, simulator: Simulator) -> None:
    held = interview()
    bearer = token(held)
    opening = Answer(base_url, held.room, {"resume": True}, bearer=bearer)
    assert opening.status == 200
    assert opening.response.headers["Content-Type"].startswith("text/event-stream")
    assert [kind for kind, _ in opening if kind != "delta"] == ["turn", "stage", "status"]
    simulator.control(first_token_seconds=0.05, tokens_per_second=200)
    events = list(Answer(base_url, held.room, {"text": FULL, "key": "a"}, bearer=bearer))
    assert events[0][0] == "turn"
    assert (events[0][1]["speaker"], events[0][1]["key"]) == ("candidate", "a")
    said = "".join(data["text"] for kind, data in events if kind == "delta")
    answer = next(data for kind, data in events if kind == "turn" and data["by_agent"])
    assert answer["text"] == said
    assert answer["text"].endswith("Which renewal number 2 did you lead, and what came of it?")
    assert events[-1] == ("status", {"status": "active", "end_reason": None})


def test_answer_goes_on_when_the_caller_drops(base_url: str, simulator: Simulator) -> None:
    held = interview()
    bearer = token(held)
    list(Answer(base_url, held.room, {"resume": True}, bearer=bearer))
    simulator.control(first_token_seconds=1)
    answer = Answer(base_url, held.room, {"text": FULL, "key": "a"}, bearer=bearer)
    assert next(iter(answer))[0] == "turn"
    answer.drop()
    processes.wait_until(lambda: len(turns(held)) == 3, what="the answer stored")
    # Whoever comes back is told what was missed, and nothing is made twice.
    simulator.control(first_token_seconds=0)
    events = list(Answer(base_url, held.room, {"text": FULL, "key": "a"}, bearer=bearer))
    assert [kind for kind, _ in events] == ["turn", "turn", "status"]
    assert len(turns(held)) == 3
    assert len(simulator.calls()) == 1


def test_others_in_the_room_read_the_words_as_they_come(base_url: str, simulator: Simulator) -> None:
    held = interview()
    bearer = token(held)
    list(Answer(base_url, held.room, {"resume": True}, bearer=bearer))
    stream = Stream(f"{base_url}/live/rooms/{held.room.name}/events", bearer=bearer)
    try:
        stream.wait_for("turn")
        simulator.control(first_token_seconds=0.1, tokens_per_second=60)
        list(Answer(base_url, held.room, {"text": FULL}, bearer=bearer))
        stored = stream.wait_for("turn", 3)
        deltas = stream.of("delta")
        assert deltas
        assert stored[-1]["text"].startswith(deltas[0]["text"])
        assert {delta["key"] for delta in deltas} == {"reply-to-2"}
    finally:
        stream.close()


def test_doors(base_url: str, simulator: Simulator) -> None:
    held, other = interview(), interview()
    body = {"text": "Hello.", "key": "a"}
    key = ApiKey.make(user=recruiter(), name="tests")[1]

    def status(bearer: str) -> int:
        return Answer(base_url, held.room, body, bearer=bearer).status

    assert status("") == 401
    assert status("gr_wrong") == 401
    assert status(token(other)) == 401
    assert status(token(held, ParticipantType.OBSERVER)) == 403
    assert status(token(held, ParticipantType.INTERVIEWER)) == 403
    assert turns(held) == []
    assert status(key) == 200
    processes.wait_until(lambda: len(turns(held)) == 2, what="the answer stored")


def test_recruiter_interviews_with_a_key(base_url: str, simulator: Simulator) -> None:
    held = interview(role=Role.INTERVIEWER)
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    events = list(Answer(base_url, held.room, {"text": "Which contract with a bank did you close?"}, bearer=key))
    assert "Example Bank" in events[-2][1]["text"]
    assert Answer(base_url, held.room, {"text": "Hi."}, bearer=token(held, ParticipantType.CANDIDATE)).status == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"text": "  "}, {"text": "a", "resume": True}, {"text": "a" * 20_001}, {"text": "a", "key": "b" * 81}, []],
)
def test_bodies_that_are_none_are_refused(base_url: str, simulator: Simulator, body: Any) -> None:
    held = interview()
    answer = Answer(base_url, held.room, body, bearer=token(held))
    assert answer.status == 400
    assert answer.error() == "invalid"
    assert turns(held) == []


def test_room_that_is_over_takes_no_turn(base_url: str, simulator: Simulator) -> None:
    held = interview()
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    Room.objects.filter(pk=held.room_id).update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = Answer(base_url, held.room, {"text": "Hello."}, bearer=key)
    assert answer.status == 410
    assert answer.error() == "room_expired"


def test_failing_model_of_a_candidate_is_told_and_asked_again(base_url: str, simulator: Simulator) -> None:
    held = interview(role=Role.INTERVIEWER)
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    list(Answer(base_url, held.room, {"resume": True}, bearer=key))
    simulator.control(next=["401"])
    events = list(Answer(base_url, held.room, {"text": "Which contract with a bank did you close?"}, bearer=key))
    assert [kind for kind, _ in events] == ["turn", "error"]
    assert events[-1][1]["code"] == "model_refused"
    again = list(Answer(base_url, held.room, {"resume": True}, bearer=key))
    assert "Example Bank" in again[-2][1]["text"]
    assert len(turns(held)) == 3


def test_people_among_themselves_have_no_agent(base_url: str, simulator: Simulator) -> None:
    room = Room.objects.create(interviewer_name="Kim", expires_at=timezone.now() + timedelta(hours=1))
    room.refresh_from_db()
    for type_ in (ParticipantType.INTERVIEWER, ParticipantType.CANDIDATE):
        bearer = rooms.admit(room, name="Kim Sample", type=type_).token
        events = list(Answer(base_url, room, {"text": "Hello."}, bearer=bearer))
        assert [kind for kind, _ in events] == ["turn", "status"]
        assert (events[0][1]["speaker"], events[0][1]["by_agent"]) == (type_.value, False)


def test_ten_rooms_talk_at_once(base_url: str, simulator: Simulator) -> None:
    simulator.control(first_token_seconds=0.2, tokens_per_second=100)
    held = [interview() for _ in range(10)]
    done: list[str] = []

    def talk(one: Interview) -> None:
        bodies: list[dict[str, Any]] = [{"resume": True}, {"text": FULL}, {"text": FULL}]
        try:
            bearer = token(one)
            done.extend(list(Answer(base_url, one.room, body, bearer=bearer))[-1][1]["status"] for body in bodies)
        finally:
            connection.close()

    threads = [threading.Thread(target=talk, args=(one,)) for one in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["active"] * 30
    assert [len(turns(one)) for one in held] == [5] * 10
