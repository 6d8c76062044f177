"""Whispers: announced and never stored, cheap to say, and never in the way of whoever says them."""

from __future__ import annotations

import json
import multiprocessing
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from candidates.listening import connection_parameters
from interviews import room_events, whispering
from interviews.models import Room, RoomEvent
from tests import processes

pytestmark = pytest.mark.django_db(transaction=True)


class Ear:
    """Hears every notice about rooms."""

    def __init__(self) -> None:
        self.connection = psycopg.connect(**connection_parameters(), autocommit=True)
        self.connection.execute(f"LISTEN {room_events.CHANNEL}")

    def hear(self, is_all: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """What comes until it is all, which is waited for, and what comes in the moment after that."""
        heard: list[dict[str, Any]] = []

        def listen() -> bool:
            heard.extend(json.loads(notice.payload) for notice in self.connection.notifies(timeout=0.2))
            return is_all(heard)

        processes.wait_until(listen, what="all notices", every=0)
        listen()
        return heard


def one(heard: list[dict[str, Any]]) -> bool:
    return len(heard) >= 1


def text_of(heard: list[dict[str, Any]], *, room: uuid.UUID | None = None, key: str = "k") -> str:
    """The pieces of one text put together."""
    pieces = [told for told in heard if told["data"].get("key") == key and room in (None, uuid.UUID(told["room"]))]
    return "".join(piece["data"]["text"] for piece in pieces)


@pytest.fixture
def ear() -> Iterator[Ear]:
    one = Ear()
    yield one
    one.connection.close()


def delta(room_id: uuid.UUID, text: str, key: str = "k") -> None:
    room_events.whisper(room_id, "delta", {"key": key, "text": text})


def test_pieces_that_come_quickly_travel_together_in_order(ear: Ear) -> None:
    rooms = [uuid.uuid4(), uuid.uuid4()]
    pieces = [f"{number} " for number in range(1_000)]
    for piece in pieces:
        for room in rooms:
            delta(room, piece)
    whole = "".join(pieces)
    heard = ear.hear(lambda heard: all(len(text_of(heard, room=room)) >= len(whole) for room in rooms))
    assert [text_of(heard, room=room) for room in rooms] == [whole, whole]
    assert len(heard) < 200
    assert all("id" not in notice for notice in heard)
    assert not RoomEvent.objects.exists()


def test_texts_of_different_turns_and_equal_pieces_are_kept_apart(ear: Ear) -> None:
    room = uuid.uuid4()
    for key in ("a", "b", "a"):
        delta(room, "the ", key)
    for _ in range(3):
        room_events.whisper(room, "typing", {"identity": "candidate-1"})
        time.sleep(0.1)

    def typings(heard: list[dict[str, Any]]) -> int:
        return sum(notice["kind"] == "typing" for notice in heard)

    heard = ear.hear(lambda heard: typings(heard) == 3 and bool(text_of(heard, key="b")))
    assert (text_of(heard, key="a"), text_of(heard, key="b")) == ("the the ", "the ")
    assert typings(heard) == 3


def test_a_text_longer_than_any_notice_is_cut_into_several(ear: Ear) -> None:
    text = "".join(chr(0x1F600 + number % 60) for number in range(3_000))
    delta(uuid.uuid4(), text)
    heard = ear.hear(lambda heard: len(text_of(heard)) >= len(text))
    assert text_of(heard) == text


def test_pieces_that_say_where_they_stand_keep_saying_it(ear: Ear) -> None:
    room = uuid.uuid4()
    text = "".join(f"{number:04d} " for number in range(300))
    for start, end in ((0, 5), (5, 700), (700, len(text))):
        room_events.whisper(room, "delta", {"key": "k", "text": text[start:end], "at": start})
    room_events.whisper(room, "delta", {"key": "k", "text": "Begun anew.", "at": 0})
    heard = [told["data"] for told in ear.hear(lambda heard: bool(heard) and "anew" in heard[-1]["data"]["text"])]
    assert heard[-1] == {"key": "k", "text": "Begun anew.", "at": 0}
    for piece in heard[:-1]:
        assert text[piece["at"] :].startswith(piece["text"])
    assert "".join(piece["text"] for piece in heard[:-1]) == text


def test_what_waits_is_overtaken_by_the_turn_that_is_stored(ear: Ear) -> None:
    room = Room.objects.create(interviewer_name="Rhea", expires_at="2030-01-01T00:00Z")
    room_id = Room.objects.get(pk=room.pk).pk
    delta(room_id, "first ")
    time.sleep(0.01)
    delta(room_id, "late ", "k")
    delta(room_id, "other ", "other")
    room_events.append(room_id, "turn", {"key": "k", "text": "first late"})

    def kinds_of(heard: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(notice["kind"], notice["data"].get("key")) for notice in heard]

    kinds = kinds_of(ear.hear(lambda heard: {("turn", "k"), ("delta", "other")} <= {*kinds_of(heard)}))
    assert kinds.index(("turn", "k")) >= max([n for n, kind in enumerate(kinds) if kind == ("delta", "k")], default=0)
    assert ("delta", "other") in kinds


def test_no_piece_of_a_text_is_heard_after_its_turn(ear: Ear) -> None:
    """Whatever the thread does at the moment at which the turn is stored: it waits, takes pieces, or sends them."""
    rooms = [Room.objects.create(interviewer_name="Rhea", expires_at="2030-01-01T00:00Z") for _ in range(60)]
    for number, room in enumerate(rooms):
        delta(room.pk, "early ")
        time.sleep(number / 2_000)
        delta(room.pk, "late ")
        room_events.append(room.pk, "turn", {"key": "k", "text": "early late"})
    heard = ear.hear(lambda heard: sum(notice["kind"] == "turn" for notice in heard) == len(rooms))
    for room in rooms:
        kinds = [notice["kind"] for notice in heard if notice["room"] == str(room.pk)]
        assert (kinds[-1], kinds.count("turn")) == ("turn", 1), kinds


def test_the_thread_and_its_connection_end_when_nothing_is_said(monkeypatch: pytest.MonkeyPatch, ear: Ear) -> None:
    monkeypatch.setattr(whispering, "_IDLE_SECONDS", 0.5)
    before = sessions()
    for _ in range(2):
        delta(uuid.uuid4(), "word")
        thread = whispering._whisperer._thread
        assert thread is not None
        assert len(ear.hear(one)) == 1
        processes.wait_until(lambda: not thread.is_alive(), what="the thread's end")  # noqa: B023
        processes.wait_until(lambda: sessions() <= before, what="its connection's end")


def sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_a_whisper_never_waits_or_raises_even_where_postgres_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = whispering._Whisperer()
    monkeypatch.setattr(whispering, "_whisperer", fresh)
    monkeypatch.setattr(
        whispering, "connection_parameters", lambda: {"host": "127.0.0.1", "port": 9, "connect_timeout": 1}
    )
    began = time.perf_counter()
    for number in range(20_000):
        delta(uuid.UUID(int=number), "word")
    assert time.perf_counter() - began < 30
    assert fresh._count <= whispering._MOST_WAITING
    processes.wait_until(lambda: not fresh._waiting, what="giving up")


def _whisper_from_child(room: str) -> None:
    delta(uuid.UUID(room), "from a child")
    processes.wait_until(lambda: not whispering._whisperer._waiting, what="the whisper sent")
    time.sleep(1)


def test_a_forked_child_whispers_too(ear: Ear) -> None:
    delta(uuid.uuid4(), "the parent's thread runs")
    ear.hear(one)
    child = multiprocessing.get_context("fork").Process(target=_whisper_from_child, args=(str(uuid.uuid4()),))
    child.start()
    child.join(processes.PATIENCE)
    assert [notice["data"]["text"] for notice in ear.hear(one)] == ["from a child"]
