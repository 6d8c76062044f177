"""The resume chat over real sockets and a real server: what it speaks, what it keeps, what it stands."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from websockets.exceptions import InvalidStatus

from candidates.models import ResumeChat
from llm.models import Call
from tests import processes
from tests.candidates.chatting import Client
from tests.simulator import Simulator

PORT = processes.free_port()
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def base_url(django_db_setup: None, django_db_blocker: DjangoDbBlocker, simulator: Simulator) -> Iterator[str]:
    """One server for all of these, with room for more sockets than an address may open."""
    with django_db_blocker.unblock():
        changes = {"RESUME_CHAT_SOCKETS_PER_ADDRESS": 20, "RESUME_CHAT_IDLE_SECONDS": 8}
        server = processes.web_process(port=PORT, sockets=True, **changes)
    with server as (address, _):
        yield address


@pytest.fixture(autouse=True)
def _nothing_asked_yet(simulator: Simulator) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        if keys := client.keys("chat:*"):
            client.delete(*keys)


def test_an_answer_streams_and_cites_the_resume_word_for_word(base_url: str) -> None:
    with Client(base_url) as client:
        welcome = client.hear()
        assert welcome["type"] == "system"
        assert welcome["event"] == "welcome"
        assert welcome["session_id"]
        assert welcome["limits"] == {
            "questions_per_minute": 20,
            "characters": 2000,
            "resume_within_seconds": 600,
        }
        answer = client.ask("How many people does the data team have?", id="q1")
    deltas = [message for message in client.told if message["type"] == "delta"]
    assert "".join(one["delta"] for one in deltas).strip() == answer["answer"]
    assert {one["id"] for one in [*deltas, answer]} == {"q1"}
    assert answer["found"]
    assert not answer["stopped"]
    assert answer["unsupported"] == []
    source = (settings.BASE_DIR / "candidates/demo/resume.json").read_text()
    assert answer["citations"]
    for citation in answer["citations"]:
        assert f"[{citation['number']}]" in answer["answer"]
        assert citation["where"]
    assert any(citation["quote"] in source and "14" in citation["quote"] for citation in answer["citations"])
    assert "[p" not in answer["answer"]


def test_what_the_resume_does_not_tell_is_said(base_url: str) -> None:
    with Client(base_url) as client:
        answer = client.ask("Which football club is the favourite?")
    assert answer["type"] == "response"
    assert "doesn't say" in answer["answer"]
    assert answer["citations"] == []
    assert not answer["found"]


def test_a_follow_up_goes_on_with_what_was_asked(base_url: str, simulator: Simulator) -> None:
    with Client(base_url) as client:
        first = client.ask("What was published about forecasts?")
        second = client.ask("And when?")
    assert first["citations"]
    assert [one["path"] for one in second["citations"]] == [one["path"] for one in first["citations"]]


def test_two_sessions_never_hear_each_other(base_url: str, simulator: Simulator) -> None:
    simulator.control(latency=0.3)
    answers: dict[int, dict[str, Any]] = {}

    def ask(number: int) -> None:
        with Client(base_url) as client:
            answers[number] = client.ask(f"Where did Robin study? marker-{number}", id=f"id-{number}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert sorted(answers) == list(range(10))
    for number, answer in answers.items():
        assert answer["id"] == f"id-{number}"
        assert answer["question"].endswith(f"marker-{number}")
    assert len({answer["session_id"] for answer in answers.values()}) == 10


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        '"text"',
        "{",
        '{"type": "question"}',
        '{"type": "question", "question": ""}',
        '{"type": "question", "question": "   "}',
        '{"type": "question", "question": 7}',
        '{"type": "question", "question": null}',
        '{"type": "question", "question": ["a"]}',
        '{"type": "sing"}',
        '{"question": "no type"}',
        '{"type": 5}',
        '{"type": "resume", "session_id": "nothing", "secret": "nothing"}',
        '{"type": "resume", "session_id": "00000000-0000-0000-0000-000000000000", "secret": "x"}',
        json.dumps({"type": "question", "question": "x" * 2001}),
        json.dumps({"type": "question", "question": "\ud83d" * 3}),
        b"\x00\xff binary",
        "[" * 30_000,
    ],
    ids=lambda frame: str(frame)[:40],
)
def test_a_broken_message_answers_an_error_and_keeps_the_socket(base_url: str, frame: str | bytes) -> None:
    with Client(base_url) as client:
        client.hear()
        client.send(frame)
        error = client.hear()
        assert error["type"] == "error"
        assert error["code"] == "VALIDATION_ERROR"
        assert error["message"]
        assert client.ask("Where did Robin study?")["type"] == "response"


def test_two_thousand_characters_are_taken(base_url: str) -> None:
    with Client(base_url) as client:
        assert client.ask("é" * 2000)["type"] == "response"


@pytest.mark.parametrize("frame", ["x" * 1024 * 1024, b"x" * 1024 * 1024], ids=["text", "binary"])
def test_a_megabyte_is_refused_and_closed(base_url: str, frame: str | bytes) -> None:
    with Client(base_url) as client:
        client.hear()
        client.send(frame)
        assert client.hear()["code"] == "VALIDATION_ERROR"
        assert client.hear_the_end() == 1009


def test_the_twenty_first_question_of_a_minute_waits_also_on_a_new_connection(base_url: str) -> None:
    with Client(base_url) as client:
        for number in range(20):
            client.send({"type": "question", "question": "Where did Robin study?", "id": str(number)})
        client.send({"type": "question", "question": "Where did Robin study?", "id": "too many"})
        told = [client.hear_until("response", "error") for _ in range(21)]
    refused = [one for one in told if one["type"] == "error"]
    assert [one["code"] for one in refused] == ["RATE_LIMIT"]
    assert refused[0]["id"] == "too many"
    assert 1 <= refused[0]["retry_after"] <= 60
    assert [one["id"] for one in told if one["type"] == "response"] == [str(number) for number in range(20)]
    with Client(base_url) as client:
        assert client.ask("Where did Robin study?")["code"] == "RATE_LIMIT"
    with redis.Redis.from_url(settings.REDIS_URL) as held:
        assert not [key for key in held.keys("chat:*") if b"127.0.0.1" in key]


def test_a_flood_is_closed(base_url: str) -> None:
    with Client(base_url) as client:
        for _ in range(110):
            client.send("rubbish")
        assert client.hear_the_end() == 4429
    assert len(client.told) < 110


def test_a_flood_of_what_is_allowed_is_closed_too(base_url: str) -> None:
    with Client(base_url) as client:
        client.hear()
        for _ in range(601):
            client.send({"type": "ping"})
        assert client.hear_the_end() == 4429
    assert len(client.told) == 601


def test_stop_keeps_what_was_said_so_far(base_url: str, simulator: Simulator) -> None:
    simulator.control(tokens_per_second=10)
    with Client(base_url) as client:
        client.hear()
        client.send({"type": "question", "question": "What did Robin do at Example Energy?", "id": "a"})
        client.send({"type": "question", "question": "Where did Robin study?", "id": "b"})
        client.hear_until("delta")
        client.send({"type": "stop"})
        said = [client.hear_until("response"), client.hear_until("response")]
        by_id = {one["id"]: one for one in said}
        assert all(one["stopped"] for one in said)
        assert by_id["a"]["answer"]
        assert by_id["b"]["answer"] == ""
        client.send({"type": "stop"})
        assert client.hear()["event"] == "idle"
        simulator.control(tokens_per_second=None)
        assert not client.ask("Where did Robin study?")["stopped"]
    processes.wait_until(lambda: not _in_flight(simulator), what="the model is let go")


def _in_flight(simulator: Simulator) -> list[Any]:
    return [call for call in simulator.calls() if not call["ended"]]


def test_a_dropped_client_stops_the_model(base_url: str, simulator: Simulator) -> None:
    simulator.control(tokens_per_second=4)
    with Client(base_url) as client:
        client.hear()
        client.send({"type": "question", "question": "What did Robin do at Example Energy?"})
        client.hear_until("delta")
    processes.wait_until(lambda: not _in_flight(simulator), what="the model is let go")
    assert [call["status"] for call in simulator.calls()] == [499]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("401", "API_ERROR"), ("no_json", "response"), ("cut_stream", "API_ERROR"), ("error_in_stream", "API_ERROR")],
)
def test_a_failing_model_is_told_and_asked_again(base_url: str, simulator: Simulator, fault: str, code: str) -> None:
    simulator.control(next=[fault], tokens_per_second=60)
    with Client(base_url) as client:
        told = client.ask("Where did Robin study?", id="x")
        assert told["id"] == "x"
        assert told.get("code", told["type"]) == code
        again = client.ask("Where did Robin study?")
        assert again["type"] == "response"
        assert again["citations"]


def test_what_was_told_is_kept_and_a_slow_database_holds_nobody_up(base_url: str) -> None:
    with Client(base_url) as client:
        welcome = client.hear()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE candidates_resumechat IN EXCLUSIVE MODE")
            client.send({"type": "question", "question": "Where did Robin study?"})
            client.hear_until("delta")
            with pytest.raises(TimeoutError):
                client.hear_until("response", seconds=1)
        assert client.hear_until("response")["citations"]
        assert ResumeChat.objects.filter(pk=welcome["session_id"]).exists()
    with Client(base_url) as client, transaction.atomic(), connection.cursor() as cursor:
        client.hear()
        cursor.execute("LOCK TABLE candidates_resumechat IN EXCLUSIVE MODE")
        assert client.ask("Where did Robin study?")["type"] == "response"


def test_a_conversation_goes_on_by_its_secret_and_is_read_by_nobody_else(base_url: str) -> None:
    with Client(base_url) as client:
        welcome = client.hear()
        first = client.ask("What was published about forecasts?")
    kept = ResumeChat.objects.filter(pk=welcome["session_id"])
    processes.wait_until(kept.exists, what="what was said is kept")
    row = kept.get()
    for words in (b"forecasts", first["answer"].encode()[:20], welcome["secret"].encode()):
        assert words not in bytes(row.sealed) + bytes(row.door)
    processes.wait_until(lambda: _expires_in(row.pk) <= 600, what="the grace begins")
    with Client(base_url) as client:
        fresh = client.hear()
        for secret in ("", "guess", welcome["secret"][:-1], fresh["secret"]):
            client.send({"type": "resume", "session_id": welcome["session_id"], "secret": secret})
            assert client.hear()["code"] == "VALIDATION_ERROR"
        client.send({"type": "resume", "session_id": welcome["session_id"], "secret": welcome["secret"]})
        resumed = client.hear()
        assert resumed["event"] == "resumed"
        assert resumed["session_id"] == welcome["session_id"]
        assert [one["question"] for one in resumed["history"]] == ["What was published about forecasts?"]
        assert resumed["history"][0]["citations"] == first["citations"]
        assert "raw" not in resumed["history"][0]
        assert client.ask("And when?")["citations"]
        client.send({"type": "forget"})
        forgotten = client.hear()
        assert forgotten["event"] == "forgotten"
        assert forgotten["session_id"] != welcome["session_id"]
    assert not kept.exists()
    assert not Call.objects.exclude(scope__startswith="visitors:").exists()


def _expires_in(chat_id: Any) -> float:
    return (ResumeChat.objects.get(pk=chat_id).expires_at - timezone.now()).total_seconds()


def test_the_newer_connection_takes_a_conversation_over(base_url: str) -> None:
    with Client(base_url) as old, Client(base_url) as new:
        welcome = old.hear()
        old.ask("Where did Robin study?")
        processes.wait_until(ResumeChat.objects.filter(pk=welcome["session_id"]).exists, what="what was said is kept")
        new.hear()
        new.send({"type": "resume", "session_id": welcome["session_id"], "secret": welcome["secret"]})
        assert new.hear()["event"] == "resumed"
        assert old.hear()["event"] == "taken_over"
        assert old.hear_the_end() == 4409
        assert new.ask("Where did Robin study?")["type"] == "response"
        time.sleep(0.3)
        assert _expires_in(welcome["session_id"]) > 600


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, True),
        ({"Origin": "http://SITE"}, True),
        ({"Origin": "http://evil.example.com"}, False),
        ({"Origin": "http://SITE.evil.example.com"}, False),
        ({"Origin": "http://evil.example.com#SITE"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "file://"}, False),
        ({"Origin": "http://[::1"}, False),
        ({"Origin": "http://evil.example.com", "Host": "evil.example.com"}, False),
    ],
    ids=str,
)
def test_a_page_of_another_site_opens_no_socket(base_url: str, headers: dict[str, str], *, is_let_in: bool) -> None:
    # The port is each test process's own, so it can't stand in the test's name.
    headers = {name: value.replace("SITE", f"127.0.0.1:{PORT}") for name, value in headers.items()}
    if is_let_in:
        with Client(base_url, headers=headers) as client:
            assert client.hear()["type"] == "system"
    else:
        with pytest.raises(InvalidStatus) as refused:
            Client(base_url, headers=headers)
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/ws/", "/ws/nothing", "/", "/admin/", "/live/rooms/x/turns"])
def test_there_are_no_other_sockets(base_url: str, path: str) -> None:
    with pytest.raises(InvalidStatus):
        Client(base_url, path)


def test_one_address_opens_so_many_sockets_and_no_more(base_url: str) -> None:
    clients: list[Client] = []

    def all_places() -> bool:
        """Whether they can all be taken: those of the tests before are free when the server has noticed."""
        with contextlib.suppress(InvalidStatus):
            while len(clients) < 20:
                clients.append(Client(base_url))
        return len(clients) == 20

    processes.wait_until(all_places, what="all places free")
    try:
        with pytest.raises(InvalidStatus):
            Client(base_url)
    finally:
        for client in clients:
            client.socket.close()
    processes.wait_until(lambda: _can_connect(base_url), what="the places are free again")


def _can_connect(base_url: str) -> bool:
    try:
        Client(base_url).socket.close()
    except InvalidStatus:
        return False
    return True


def test_a_silent_socket_is_closed_and_a_ping_keeps_it(base_url: str) -> None:
    with Client(base_url, ping_interval=None) as silent, Client(base_url) as alive:
        silent.hear()
        alive.hear()
        ends: list[int] = []
        listener = threading.Thread(target=lambda: ends.append(silent.hear_the_end()))
        listener.start()
        while listener.is_alive():
            listener.join(timeout=1)
            alive.send({"type": "ping"})
            assert alive.hear()["event"] == "pong"
        assert ends == [4408]


def test_a_server_that_ends_mid_answer_closes_and_the_next_one_goes_on(simulator: Simulator) -> None:
    with processes.web_process(sockets=True) as (base_url, server), Client(base_url) as client:
        welcome = client.hear()
        client.ask("What was published about forecasts?")
        processes.wait_until(ResumeChat.objects.filter(pk=welcome["session_id"]).exists, what="what was said is kept")
        simulator.control(tokens_per_second=0.5)
        client.send({"type": "question", "question": "What did Robin do at Example Energy?"})
        client.hear_until("delta")
        began = time.monotonic()
        os.killpg(server.pid, signal.SIGTERM)
        client.hear_the_end()
        assert time.monotonic() - began < 30  # the answer would take much longer
        server.popen.wait(timeout=processes.PATIENCE)
    simulator.control(tokens_per_second=None)
    with processes.web() as base_url, Client(base_url) as client:
        client.hear()
        client.send({"type": "resume", "session_id": welcome["session_id"], "secret": welcome["secret"]})
        resumed = client.hear()
        assert [one["question"] for one in resumed["history"]] == ["What was published about forecasts?"]
        assert client.ask("And when?")["citations"]
