"""Typed turns of a practice's room over a real socket: the trainee's alone, kept as messages, each answered once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts import throttling
from accounts.models import ApiKey
from coaching import lifecycle, talking
from coaching.models import Message, Session
from interviews import rooms, transcript
from interviews.models import Room, Turn
from interviews.states import Medium, ParticipantType
from tests import processes
from tests.agents.test_live_turns import Answer
from tests.candidates.recruiting import recruiter
from tests.coaching.talking import FULL, said, session, token_of, trainee
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


def in_room(email: str = "trainee@example.com") -> Session:
    """A session with an open room. Text, so that its token needs no LiveKit: the address is the same for both."""
    held = session(trainee(email))
    talking.open_room(held, medium=Medium.TEXT)
    return held


def room_of(of: Session) -> Room:
    assert of.room is not None
    return of.room


def token(of: Session, type_: ParticipantType = ParticipantType.CANDIDATE) -> str:
    return rooms.admit(room_of(of), name="Tara", type=type_).token


def turns(of: Session) -> list[Turn]:
    return transcript.of(room_of(of).pk)


def say(base_url: str, to: Session, bearer: str, text: str = "", key: str = "") -> list[tuple[str, Any]]:
    """One turn, or the wish for what is owed; the events that come of it."""
    body = {"text": text, "key": key} if text else {"resume": True}
    answer = Answer(base_url, room_of(to), body, bearer=bearer)
    assert answer.status == 200, answer.error()
    return list(answer)


def kinds(events: list[tuple[str, Any]]) -> list[str]:
    return [kind for kind, _ in events if kind != "delta"]


def test_turn_is_streamed_shown_in_the_room_and_kept_as_messages(base_url: str, simulator: Simulator) -> None:
    held = in_room()
    bearer = token(held)
    stream = Stream(f"{base_url}/live/rooms/{room_of(held).name}/events", bearer=bearer)
    try:
        assert kinds(say(base_url, held, bearer)) == ["turn", "status"]  # the coach opens
        assert kinds(say(base_url, held, bearer)) == ["status"]  # and owes nothing more
        stream.wait_for("turn")
        simulator.control(first_token_seconds=0.1, tokens_per_second=60)
        events = say(base_url, held, bearer, FULL, "a")
        told = stream.wait_for("turn", 3)
    finally:
        stream.close()
    assert kinds(events) == ["turn", "turn", "status"]
    assert (events[0][1]["text"], events[0][1]["key"]) == (FULL, "a")
    words = "".join(data["text"] for kind, data in events if kind == "delta")
    assert told[-1]["text"] == next(data["text"] for kind, data in events if kind == "turn" and data["by_agent"])
    assert told[-1]["text"] == words.strip()
    assert {delta["key"] for delta in stream.of("delta")} == {"opening", "reply-to-2"}
    assert events[-1] == ("status", {"status": "active", "end_reason": None})
    assert said(held) == [(1, "coach", "whole"), (2, "trainee", "answered"), (3, "coach", "whole")]
    assert [one.text for one in held.messages.order_by("number")] == [turn.text for turn in turns(held)]


def test_nobody_but_the_trainee_speaks(base_url: str, simulator: Simulator) -> None:
    held, other = in_room(), in_room("other@example.com")
    body = {"text": FULL, "key": "a"}
    staff = recruiter("super@example.com", is_superuser=True)

    def status(bearer: str, **sent: Any) -> int:
        return Answer(base_url, room_of(held), sent or body, bearer=bearer).status

    for sent in (body, {"resume": True}):
        assert status("", **sent) == 401
        assert status("gr_wrong", **sent) == 401
        assert status(token(other), **sent) == 401  # good for a room of their own
        assert status(token(held, ParticipantType.OBSERVER), **sent) == 403
        assert status(token(held, ParticipantType.INTERVIEWER), **sent) == 403
        # For whoever comes without the room's token there is no such room, an administrator or not.
        assert status(ApiKey.make(user=staff, name="tests")[1], **sent) == 404
        assert status(token_of(staff), **sent) == 404
        assert status(token_of(held.user), **sent) == 403  # the coach is heard by the room's token, or on the page
    assert turns(held) == []
    assert not Message.objects.exists()
    assert status(token(held)) == 200


def test_same_key_again_is_the_same_turn(base_url: str, simulator: Simulator) -> None:
    held = in_room()
    bearer = token(held)
    first = say(base_url, held, bearer, FULL, "a")
    again = say(base_url, held, bearer, FULL, "a")
    assert kinds(again) == ["turn", "turn", "status"]
    assert again[1][1] == next(data for kind, data in first if kind == "turn" and data["by_agent"])
    assert said(held) == [(1, "trainee", "answered"), (2, "coach", "whole")]


@pytest.mark.parametrize(
    "body",
    [{}, {"text": " "}, {"text": FULL, "resume": True}, {"text": FULL, "key": "voice:x"}, {"text": "a" * 20_001}],
)
def test_bodies_that_are_none_are_refused(base_url: str, simulator: Simulator, body: Any) -> None:
    held = in_room()
    answer = Answer(base_url, room_of(held), body, bearer=token(held))
    assert (answer.status, answer.error()) == (400, "invalid")
    assert not Message.objects.exists()


def test_answer_goes_on_when_the_trainee_drops_and_resume_tells_it(base_url: str, simulator: Simulator) -> None:
    held = in_room()
    bearer = token(held)
    simulator.control(first_token_seconds=1)
    answer = Answer(base_url, room_of(held), {"text": FULL, "key": "a"}, bearer=bearer)
    assert next(iter(answer))[0] == "turn"
    answer.drop()
    processes.wait_until(lambda: len(turns(held)) == 2, seconds=60, what="the answer stored")
    assert kinds(say(base_url, held, bearer)) == ["status"]
    assert said(held) == [(1, "trainee", "answered"), (2, "coach", "whole")]


def test_failed_answer_is_told_and_made_when_it_is_asked_for(base_url: str, simulator: Simulator) -> None:
    held = in_room()
    bearer = token(held)
    simulator.control(next=["401"])
    events = say(base_url, held, bearer, FULL, "a")
    assert kinds(events) == ["turn", "error"]
    assert events[-1][1]["code"] == "model_refused"
    assert said(held) == [(1, "trainee", "failed")]
    assert kinds(say(base_url, held, bearer)) == ["turn", "status"]
    assert said(held) == [(1, "trainee", "answered"), (2, "coach", "whole")]


def test_talk_that_is_over_takes_no_turn(base_url: str, simulator: Simulator) -> None:
    left, archived, expired = in_room(), in_room("b@example.com"), in_room("c@example.com")
    bearers = [token(one) for one in (left, archived, expired)]
    talking.close_room(left)
    lifecycle.archive(archived)
    Room.objects.filter(pk=room_of(expired).pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    for one, bearer in zip((left, archived, expired), bearers, strict=True):
        answer = Answer(base_url, room_of(one), {"text": FULL, "key": "a"}, bearer=bearer)
        assert answer.status in (401, 410)
        assert turns(one) == []
    assert not Message.objects.exists()


def test_removed_trainee_is_refused_by_the_old_token(base_url: str, simulator: Simulator) -> None:
    held = in_room()
    admitted = rooms.admit(room_of(held), name="Tara", type=ParticipantType.CANDIDATE)
    rooms.remove(room_of(held), admitted.identity)
    answer = Answer(base_url, room_of(held), {"text": FULL, "key": "a"}, bearer=admitted.token)
    assert answer.status == 403
    assert not Message.objects.exists()


def test_turns_count_with_the_messages_of_the_page(base_url: str, simulator: Simulator) -> None:
    """Whoever types faster than anybody can is stopped at this door, too: each turn asks a model."""
    held = in_room()
    bearer = token(held)
    for _ in range(3):  # a new minute may begin on the way
        for _ in range(settings.COACHING_MESSAGES_PER_MINUTE):
            throttling.count(f"coaching:{held.user_id}")
        answer = Answer(base_url, room_of(held), {"text": FULL, "key": "a"}, bearer=bearer)
        if answer.status == 429:
            break
        list(answer)
    assert (answer.status, answer.error()) == (429, "throttled")
    assert int(answer.response.headers["Retry-After"]) > 0


def test_turn_of_a_killed_server_is_answered_by_the_next_one_once(simulator: Simulator) -> None:
    held = in_room()
    bearer = token(held)
    with processes.web_process() as (address, process):
        simulator.control(first_token_seconds=30)
        answer = Answer(address, room_of(held), {"text": FULL, "key": "a"}, bearer=bearer)
        assert next(iter(answer))[0] == "turn"
        process.kill()
        answer.drop()
    assert said(held) == [(1, "trainee", "owed")]
    simulator.control(first_token_seconds=0)
    with processes.web() as address:
        assert kinds(say(address, held, bearer, FULL, "a")) == ["turn", "turn", "status"]
        assert kinds(say(address, held, bearer)) == ["status"]
    assert said(held) == [(1, "trainee", "answered"), (2, "coach", "whole")]
    assert [turn.by_agent for turn in turns(held)] == [False, True]
