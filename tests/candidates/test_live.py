"""Streams, over a real ASGI server: who may listen, what is replayed, what comes live, and what a stream holds."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import ApiKey, User
from candidates import lifecycle
from candidates.models import Import
from candidates.states import ImportPhase, ImportStatus
from tests import processes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key() -> str:
    recruiter = User.objects.create_user("rhea@example.com", "a long password", is_staff=True)
    return ApiKey.make(user=recruiter, name="tests")[1]


@pytest.fixture(scope="module")
def base_url(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """One web server for all of these: it starts once, and each test finds its rows gone from the last."""
    with django_db_blocker.unblock():
        environment = processes.web(LIVE_HEARTBEAT_SECONDS=0.5)
    with environment as address:
        yield address


@pytest.fixture
def import_() -> Import:
    return Import.objects.create(filename="people.csv", size=100)


class Stream:
    """A reader of server-sent events on a thread of its own."""

    def __init__(self, url: str, *, key: str, last_event_id: int | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self.response: HTTPResponse = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.comments = 0
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        event_id = 0
        try:
            for raw in self.response:
                line = raw.decode().rstrip("\n")
                if line.startswith("id: "):
                    event_id = int(line[4:])
                elif line.startswith("data: "):
                    self.events.append((event_id, json.loads(line[6:])))
                elif line.startswith(":"):
                    self.comments += 1
        except (OSError, ValueError, AttributeError):
            return

    def wait_for(self, number: int, *, seconds: float = processes.PATIENCE) -> list[tuple[int, dict[str, Any]]]:
        processes.wait_until(lambda: len(self.events) >= number, seconds=seconds, what=f"{number} events")
        return self.events

    def close(self) -> None:
        sock = self.response.fp.raw._sock  # type: ignore[attr-defined]
        sock.shutdown(2)
        sock.close()


def status_and_error(url: str, key: str | None = None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]
    raise AssertionError("it answered 2xx")


def connections_to_the_database() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_streams_refuse_strangers_and_unknown_imports_in_the_one_error_shape(base_url: str, key: str) -> None:
    trainee = User.objects.create_user("tara@example.com", "a long password")
    trainees_key = ApiKey.make(user=trainee, name="tests")[1]
    unknown = f"{base_url}/live/imports/{uuid.uuid4()}/events"

    assert status_and_error(unknown)[0] == 401
    assert status_and_error(f"{base_url}/live/imports/events")[1]["code"] == "not_authenticated"
    assert status_and_error(unknown, "gr_wrong")[0] == 401
    assert status_and_error(f"{base_url}/live/imports/events?last_event_id=x")[0] == 401
    assert status_and_error(unknown, trainees_key)[0] == 403
    status, error = status_and_error(unknown, key)
    assert (status, error["code"]) == (404, "not_found")
    assert status_and_error(f"{base_url}/live/imports/not-an-id/events", key)[0] == 404
    assert status_and_error(f"{base_url}/live/imports/events?last_event_id=x", key)[0] == 400


def test_a_stream_tells_the_status_of_now_then_each_change(base_url: str, key: str, import_: Import) -> None:
    stream = Stream(f"{base_url}/live/imports/{import_.pk}/events", key=key)
    everything = Stream(f"{base_url}/live/imports/events", key=key)
    assert stream.wait_for(1)[0][1]["status"] == "idle"

    lifecycle.transition(import_, ImportStatus.EXTRACTING, phase=ImportPhase.READING)
    _, status = stream.wait_for(2)[1]
    assert status == lifecycle.status_of(import_)
    assert everything.wait_for(2)[-1][1]["status"] == "extracting"
    stream.close()
    everything.close()
    assert ApiKey.objects.get().last_used_at is not None


def test_a_stream_that_comes_back_gets_what_it_missed(base_url: str, key: str, import_: Import) -> None:
    stream = Stream(f"{base_url}/live/imports/{import_.pk}/events", key=key)
    stream.wait_for(1)
    lifecycle.transition(import_, ImportStatus.EXTRACTING, phase=ImportPhase.READING)
    seen, _ = stream.wait_for(2)[-1]
    stream.close()

    lifecycle.record(import_.pk, "note")
    lifecycle.cancel(import_)
    again = Stream(f"{base_url}/live/imports/{import_.pk}/events", key=key, last_event_id=seen)
    events = again.wait_for(2)
    assert [status["status"] for _, status in events] == ["extracting", "cancelled"]
    assert all(event_id > seen for event_id, _ in events)
    by_query = Stream(f"{base_url}/live/imports/{import_.pk}/events?last_event_id={events[0][0]}", key=key)
    assert [status["status"] for _, status in by_query.wait_for(1)] == ["cancelled"]
    again.close()
    by_query.close()


def test_streams_hold_no_connections_and_survive_a_restart_of_postgres(
    base_url: str, key: str, import_: Import
) -> None:
    url = f"{base_url}/live/imports/{import_.pk}/events"
    before = connections_to_the_database()
    streams = [Stream(url, key=key) for _ in range(40)]
    for stream in streams:
        stream.wait_for(1)
    # One listener, and the few that the pool keeps for whoever comes next; not one for each stream.
    assert connections_to_the_database() - before <= 10

    processes.restart_postgres()
    lifecycle.transition(import_, ImportStatus.EXTRACTING, phase=ImportPhase.READING)
    for stream in streams:
        assert stream.wait_for(2)[-1][1]["status"] == "extracting"
        stream.close()


def test_a_silent_stream_is_kept_open_by_heartbeats(base_url: str, key: str, import_: Import) -> None:
    stream = Stream(f"{base_url}/live/imports/{import_.pk}/events", key=key)
    processes.wait_until(lambda: stream.comments >= 3, what="three heartbeats")
    stream.close()


def test_a_recruiter_signed_in_with_a_session_may_listen(base_url: str, import_: Import, key: str) -> None:
    client = Client()
    client.force_login(User.objects.get(email="rhea@example.com"))
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    request = urllib.request.Request(f"{base_url}/live/imports/{import_.pk}/events", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.readline() == b"retry: 2000\n"
