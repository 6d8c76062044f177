"""Talking with the coach over real sockets: POST /api/v1/sessions/{id}/messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoDbBlocker

from accounts.models import ApiKey, User
from coaching import lifecycle
from coaching.models import Message, Session
from coaching.states import MessageState, PreparationType
from tests import processes
from tests.candidates.recruiting import recruiter
from tests.coaching.talking import FULL, Answer, said, session, token_of, trainee
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
TRAINEE, COACH = "trainee", "coach"


@pytest.fixture(scope="module")
def base_url(simulator: Simulator, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """One web server for all of these, talking to the simulated model."""
    with django_db_blocker.unblock():
        server = processes.web(
            LLM_BASE_URL=simulator.base_url,
            LLM_API_KEY="simulated",
            LLM_SIMULATED=True,
            LLM_MAX_ATTEMPTS=1,
            COACHING_MESSAGES_PER_MINUTE=1000,
        )
    with server as address:
        yield address


@pytest.fixture
def user(simulator: Simulator) -> User:
    return trainee()


@pytest.fixture
def bearer(user: User) -> str:
    return token_of(user)


def test_message_is_answered_with_the_turn(base_url: str, user: User, bearer: str) -> None:
    one = session(user)
    answer = Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer)
    assert answer.status == 200
    body = answer.json()
    assert body["turn_number"] == 1
    assert body["session_status"] == "in_progress"
    assert body["ai_response"] == body["answer"]["text"] != ""
    assert not body["stopped"]
    assert (body["message"]["text"], body["message"]["state"]) == (FULL, "answered")
    assert said(one) == [(1, TRAINEE, "answered"), (2, COACH, "whole")]
    stored = Message.objects.get(session=one, number=2)
    assert stored.receipt is not None
    assert stored.receipt["prompt_name"] == "coaching/pitch"
    assert Answer(base_url, one, {"text": FULL}, bearer=bearer).json()["turn_number"] == 2


def test_coach_opens_once_and_the_session_stays_set_up(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user, meeting_subtype="Seed round", agenda="Ten minutes, then questions")
    first = Answer(base_url, one, {"open": True}, bearer=bearer).json()
    assert (first["turn_number"], first["session_status"], first["message"]) == (0, "setup", None)
    assert "Seed round" in first["ai_response"]
    assert Answer(base_url, one, {"open": True}, bearer=bearer).json() == first
    assert len(simulator.calls()) == 1
    assert said(one) == [(1, COACH, "whole")]
    assert Answer(base_url, one, {"text": FULL}, bearer=bearer).json()["session_status"] == "in_progress"
    assert Answer(base_url, one, {"open": True}, bearer=bearer).json() == first | {"session_status": "in_progress"}


def test_coach_does_not_open_what_the_trainee_has_begun(base_url: str, user: User, bearer: str) -> None:
    one = session(user)
    Answer(base_url, one, {"text": FULL}, bearer=bearer).json()
    answer = Answer(base_url, one, {"open": True}, bearer=bearer)
    assert (answer.status, answer.error()) == (409, "wrong_state")


@pytest.mark.parametrize("kind", list(PreparationType))
def test_each_kind_has_a_counterpart_of_its_own(base_url: str, user: User, bearer: str, kind: PreparationType) -> None:
    one = session(user, kind)
    opening = Answer(base_url, one, {"open": True}, bearer=bearer).json()["ai_response"]
    assert opening.rstrip().endswith("?")
    receipt = Message.objects.get(session=one).receipt
    assert receipt is not None
    assert receipt["prompt_name"] == f"coaching/{kind.lower()}"


def test_stream_tells_the_message_the_words_and_the_end(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    simulator.control(first_token_seconds=0.05, tokens_per_second=200)
    answer = Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer, stream=True)
    assert answer.status == 200
    assert answer.response.headers["Content-Type"].startswith("text/event-stream")
    events = list(answer)
    kinds = [kind for kind, _ in events]
    assert kinds[0] == "message"
    assert kinds[-1] == "done"
    assert set(kinds[1:-1]) == {"delta"}
    assert len(kinds) > 5
    words = "".join(data["text"] for kind, data in events if kind == "delta")
    assert words == events[-1][1]["ai_response"]
    assert events[0][1]["turn_number"] == events[-1][1]["turn_number"] == 1
    # Whoever comes back with the same key is told the same, and nothing is made twice.
    again = list(Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer, stream=True))
    assert [kind for kind, _ in again] == ["message", "done"]
    assert again[-1][1] == events[-1][1]
    assert len(simulator.calls()) == 1


def test_message_is_kept_where_the_model_is_down_and_answered_later(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    simulator.control(next=["503"])
    answer = Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer)
    assert answer.status == 503
    assert answer.error().startswith("model_")
    assert said(one) == [(1, TRAINEE, "failed")]
    again = Answer(base_url, one, {"retry": True}, bearer=bearer).json()
    assert again["turn_number"] == 1
    assert said(one) == [(1, TRAINEE, "answered"), (2, COACH, "whole")]
    # Nothing is owed now: the same answer again, and the same for the key.
    assert Answer(base_url, one, {"retry": True}, bearer=bearer).json() == again
    assert Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer).json() == again
    assert len(said(one)) == 2


def test_stream_tells_that_the_model_is_down(base_url: str, simulator: Simulator, user: User, bearer: str) -> None:
    one = session(user)
    simulator.control(next=["cut_stream"], tokens_per_second=200)
    events = list(Answer(base_url, one, {"text": FULL}, bearer=bearer, stream=True))
    assert (events[0][0], events[-1][0]) == ("message", "error")
    assert events[-1][1]["code"].startswith("model_")
    assert said(one) == [(1, TRAINEE, "failed")]
    simulator.control(next=[])
    assert list(Answer(base_url, one, {"retry": True}, bearer=bearer, stream=True))[-1][0] == "done"
    assert said(one) == [(1, TRAINEE, "answered"), (2, COACH, "whole")]


def test_whoever_goes_on_after_a_failure_gets_one_answer_to_both(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    simulator.control(next=["503"])
    assert Answer(base_url, one, {"text": FULL}, bearer=bearer).status == 503
    assert Answer(base_url, one, {"text": "And we earn 40 dollars a month with each."}, bearer=bearer).status == 200
    assert said(one) == [(1, TRAINEE, "answered"), (2, TRAINEE, "answered"), (3, COACH, "whole")]


def test_dropped_stream_keeps_what_was_said_and_says_it_anew_on_retry(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    simulator.control(tokens_per_second=10)
    answer = Answer(base_url, one, {"text": FULL}, bearer=bearer, stream=True)
    heard = ""
    for kind, data in answer:
        heard += data["text"] if kind == "delta" else ""
        if len(heard) > 20:
            break
    answer.drop()
    processes.wait_until(lambda: len(said(one)) == 2, what="the stopped answer stored")
    assert said(one) == [(1, TRAINEE, "answered"), (2, COACH, "stopped")]
    kept = Message.objects.get(session=one, number=2)
    assert kept.text.startswith(heard.strip()[:20])
    simulator.control(tokens_per_second=None)
    whole = Answer(base_url, one, {"retry": True}, bearer=bearer).json()
    assert whole["ai_response"].startswith(kept.text)
    assert len(whole["ai_response"]) > len(kept.text)
    assert said(one) == [(1, TRAINEE, "answered"), (2, COACH, "whole")]


def test_killed_server_loses_no_message(base_url: str, simulator: Simulator, user: User, bearer: str) -> None:
    one = session(user)
    simulator.control(first_token_seconds=20)
    model = {"LLM_BASE_URL": simulator.base_url, "LLM_API_KEY": "simulated", "LLM_SIMULATED": True}
    with processes.web_process(**model) as (address, server):
        answer = iter(Answer(address, one, {"text": FULL, "key": "a"}, bearer=bearer, stream=True))
        assert next(answer)[0] == "message"
        processes.wait_until(lambda: bool(simulator.calls()), what="the model asked")
        server.kill()
    assert said(one) == [(1, TRAINEE, "owed")]
    simulator.control(first_token_seconds=0)
    # Any other one goes on.
    assert Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer).json()["turn_number"] == 1
    assert said(one) == [(1, TRAINEE, "answered"), (2, COACH, "whole")]


def test_json_caller_who_goes_away_finds_the_answer_by_its_key(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    simulator.control(first_token_seconds=4, tokens_per_second=200)
    with pytest.raises(TimeoutError):
        Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer, seconds=2)
    processes.wait_until(lambda: len(said(one)) == 2, what="the answer stored")
    assert said(one) == [(1, TRAINEE, "answered"), (2, COACH, "whole")]
    assert Answer(base_url, one, {"text": FULL, "key": "a"}, bearer=bearer).json()["ai_response"]
    assert len(simulator.calls()) == 1


def test_stop_ends_the_answer_also_from_another_process(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    simulator.control(tokens_per_second=3)
    with processes.web(LLM_BASE_URL=simulator.base_url, LLM_API_KEY="simulated", LLM_SIMULATED=True) as other:
        for number, address in enumerate((base_url, other), start=1):
            events: list[tuple[str, Any]] = []
            answer = iter(Answer(base_url, one, {"text": FULL}, bearer=bearer, stream=True))
            while len([kind for kind, _ in events if kind == "delta"]) < 3:
                events.append(next(answer))
            pressed = time.monotonic()
            stop = Answer(address, one, {}, bearer=bearer, path="messages/stop")
            assert stop.json() == {"session_id": str(one.pk), "session_status": "in_progress"}
            events.extend(answer)
            assert time.monotonic() - pressed < 6  # the rest would take longer
            assert events[-1][0] == "done"
            assert events[-1][1]["stopped"]
            stored = Message.objects.get(session=one, number=2 * number)
            assert stored.state == MessageState.STOPPED
            assert stored.text == events[-1][1]["ai_response"] != ""
    # Where nothing is being said, nothing happens.
    assert Answer(base_url, one, {}, bearer=bearer, path="messages/stop").status == 200


def test_stop_before_the_first_word_leaves_the_message_owed(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    simulator.control(first_token_seconds=20, tokens_per_second=100)
    answer = iter(Answer(base_url, one, {"text": FULL}, bearer=bearer, stream=True))
    assert next(answer)[0] == "message"
    processes.wait_until(lambda: bool(simulator.calls()), what="the model asked")
    Answer(base_url, one, {}, bearer=bearer, path="messages/stop").json()
    kind, data = next(answer)
    assert (kind, data["stopped"], data["ai_response"], data["answer"]) == ("done", True, "", None)
    assert said(one) == [(1, TRAINEE, "owed")]
    simulator.control(first_token_seconds=0)
    assert Answer(base_url, one, {"retry": True}, bearer=bearer).json()["turn_number"] == 1


def test_hundred_parallel_messages_lose_nothing(base_url: str, simulator: Simulator, user: User, bearer: str) -> None:
    one = session(user)
    simulator.control(first_token_seconds=0.05, tokens_per_second=2000)
    texts = [f"Point {number}: we save our customers {number} hours." for number in range(100)]
    answers: dict[str, Any] = {}

    def send(text: str) -> None:
        answer = Answer(base_url, one, {"text": text, "key": text.split(":")[0].replace(" ", "-")}, bearer=bearer)
        answers[text] = (answer.status, answer.json())

    threads = [threading.Thread(target=send, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers.values()} == {200}
    assert sorted(body["turn_number"] for _, body in answers.values()) == list(range(1, 101))
    for text, (_, body) in answers.items():
        assert body["message"]["text"] == text
        assert body["ai_response"]
    rows = list(Message.objects.filter(session=one).order_by("number"))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert sorted(row.text for row in rows if row.side == TRAINEE) == sorted(texts)
    assert {row.state for row in rows if row.side == TRAINEE} == {"answered"}
    one.refresh_from_db()
    assert (one.turns, one.messages_count) == (100, len(rows))


def test_sessions_do_not_wait_for_each_other(base_url: str, simulator: Simulator, user: User, bearer: str) -> None:
    simulator.control(first_token_seconds=1, tokens_per_second=1000)
    held = [session(user) for _ in range(10)]
    took: list[float] = []

    def send(one: Session) -> None:
        began = time.monotonic()
        assert Answer(base_url, one, {"text": FULL}, bearer=bearer).status == 200
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=send, args=(one,)) for one in held]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == 10
    assert max(took) < 9  # ten seconds one after another


def test_doors(base_url: str, user: User, bearer: str) -> None:
    one = session(user)
    body = {"text": "Hello."}
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    own_key = ApiKey.make(user=user, name="tests")[1]
    for wrong in ("", "nonsense", key, own_key):
        assert Answer(base_url, one, body, bearer=wrong).status == 401, wrong[:3]
    other = token_of(trainee("other@example.com"))
    for body in ({"text": "Hello."}, {"retry": True}, {"open": True}):
        answer = Answer(base_url, one, body, bearer=other)
        assert (answer.status, answer.error()) == (404, "not_found")
    assert Answer(base_url, one, {}, bearer=other, path="messages/stop").status == 404
    assert said(one) == []
    nothing = Session(pk=uuid4())
    assert Answer(base_url, nothing, {"text": "Hello."}, bearer=bearer).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"text": "  "},
        {"text": "a", "retry": True},
        {"retry": True, "open": True},
        {"text": "a" * 8_001},
        {"text": "a", "key": "b" * 81},
        {"text": "a", "key": "coach 2"},
        {"text": "a\x00b"},
        {"text": "a", "session": "b"},
        {"text": 5},
    ],
)
def test_bodies_that_are_none_are_refused(base_url: str, user: User, bearer: str, body: Any) -> None:
    one = session(user)
    answer = Answer(base_url, one, body, bearer=bearer)
    assert answer.status == 400
    assert answer.error() == "invalid"
    assert said(one) == []


def test_session_that_is_over_takes_no_message(base_url: str, user: User, bearer: str) -> None:
    one = session(user)
    for number in range(3):
        Answer(base_url, one, {"text": FULL, "key": f"k{number}"}, bearer=bearer).json()
    one.refresh_from_db()
    lifecycle.complete(one)
    for body in ({"text": "One more."}, {"open": True}):
        answer = Answer(base_url, one, body, bearer=bearer)
        if "open" in body:
            assert answer.status == 409
        else:
            assert (answer.status, answer.error()) == (409, "wrong_state")
    # What was said before can still be read by its key.
    assert Answer(base_url, one, {"text": FULL, "key": "k1"}, bearer=bearer).json()["turn_number"] == 2
    assert len(said(one)) == 6


def test_completing_stops_the_answer_that_is_being_made(
    base_url: str, simulator: Simulator, user: User, bearer: str
) -> None:
    one = session(user)
    for _ in range(2):
        Answer(base_url, one, {"text": FULL}, bearer=bearer).json()
    simulator.control(tokens_per_second=8)
    answer = iter(Answer(base_url, one, {"text": FULL}, bearer=bearer, stream=True))
    assert [next(answer)[0] for _ in range(4)] == ["message", "delta", "delta", "delta"]
    one.refresh_from_db()
    lifecycle.complete(one)
    events = list(answer)
    assert events[-1][0] == "done"
    assert events[-1][1]["stopped"]
    assert events[-1][1]["session_status"] == "completed"
    assert said(one)[-1] == (6, COACH, "stopped")


def test_feedback_comes_when_it_is_asked_for(base_url: str, user: User, bearer: str) -> None:
    one = session(user)
    in_scene = Answer(base_url, one, {"text": FULL}, bearer=bearer).json()["ai_response"]
    assert "What worked" not in in_scene
    feedback = Answer(base_url, one, {"text": "Can you give me some feedback so far?"}, bearer=bearer).json()
    assert "What worked: “" in feedback["ai_response"]


def test_too_many_messages_are_told_to_wait(simulator: Simulator, user: User, bearer: str) -> None:
    one = session(user)
    with processes.web(COACHING_MESSAGES_PER_MINUTE=2) as address:
        answers = [Answer(address, one, {"text": FULL}, bearer=bearer) for _ in range(3)]
        if answers[-1].status == 200:  # the minute has just changed
            answers = [Answer(address, one, {"text": FULL}, bearer=bearer) for _ in range(3)]
        assert answers[-1].status == 429
        assert int(answers[-1].response.headers["Retry-After"]) > 0


def test_body_that_is_too_large_is_refused(base_url: str, user: User, bearer: str) -> None:
    answer = Answer(base_url, session(user), {"text": "a" * 3_000_000}, bearer=bearer)
    assert (answer.status, answer.error()) == (413, "too_large")
