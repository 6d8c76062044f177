"""Streams of a room over a real ASGI server: who hears what, in which order, and nothing lost on the way."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import ApiKey, User
from interviews import room_events, room_streams, rooms, transcript
from interviews.models import Participant, Room
from interviews.room_streams import Subscription, frame
from interviews.states import Audience, EndReason, ParticipantType, Speaker
from interviews.transcript import Said
from tests import processes
from tests.interviews.streaming import Stream, refusal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def base_url(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """One web server for all of these."""
    with django_db_blocker.unblock():
        environment = processes.web(LIVE_HEARTBEAT_SECONDS=0.5)
    with environment as address:
        yield address


@pytest.fixture
def room() -> Room:
    return rooms.make(interviewer_name="Rhea", made_by=None)


@pytest.fixture
def url(base_url: str, room: Room) -> str:
    return f"{base_url}/live/rooms/{room.name}/events"


@pytest.fixture
def key() -> str:
    recruiter = User.objects.create_user("rhea@example.com", "a long password", is_staff=True)
    return ApiKey.make(user=recruiter, name="tests")[1]


def token(room: Room, kind: ParticipantType = ParticipantType.CANDIDATE, **more: str) -> str:
    return rooms.admit(room, name="Cora", type=kind, **more).token


def say(room: Room, text: str, *, key: str = "") -> int:
    said = Said(key=key or uuid.uuid4().hex, speaker=Speaker.CANDIDATE, text=text)
    return transcript.record(room_id=room.pk, said=said)[0].number


def test_strangers_hear_nothing_and_learn_nothing(base_url: str, url: str, room: Room, key: str) -> None:
    trainee = ApiKey.make(user=User.objects.create_user("tara@example.com", "a long password"), name="tests")[1]
    other = rooms.make(interviewer_name="Otto", made_by=None)
    assert refusal(url)[0] == 401
    assert refusal(f"{base_url}/live/rooms/room-none/events")[0] == 401
    assert refusal(url, "gr_wrong")[1]["code"] == "not_authenticated"
    assert refusal(url, "nothing.like.it")[0] == 401
    assert refusal(url, trainee)[0] == 403
    assert refusal(url, token(other))[0] == 401
    assert refusal(f"{base_url}/live/rooms/room-none/events", key) == (
        404,
        {"code": "room_not_found", "message": "There is no such room."},
    )
    good = token(room)
    assert refusal(f"{url}?last_event_id=x", good)[0] == 400
    rooms.close(room, reason=EndReason.BY_PERSON)
    assert refusal(url, good)[0] == 410


def test_a_candidate_never_hears_what_is_for_the_interviewer(url: str, room: Room, key: str) -> None:
    say(room, "Before anybody listened.")
    room_events.append(room.pk, "hint", {"turn": 1, "suggestion": "Ask why."}, audience=Audience.INTERVIEWER)
    streams = {
        "candidate": Stream(url, bearer=token(room)),
        "observer": Stream(url, bearer=token(room, ParticipantType.OBSERVER)),
        "interviewer": Stream(url, bearer=token(room, ParticipantType.INTERVIEWER)),
        "recruiter": Stream(url, bearer=key),
    }
    for stream in streams.values():
        stream.wait_for("turn")
    room_events.append(room.pk, "hint", {"turn": 1, "suggestion": "Ask again."}, audience=Audience.INTERVIEWER)
    room_events.whisper(room.pk, "delta", {"key": "h", "text": "Ask"}, Audience.INTERVIEWER)
    say(room, "After.")
    for who, stream in streams.items():
        stream.wait_for("turn", 2)
        sees = who in ("interviewer", "recruiter")
        if sees:
            stream.wait_for("delta")
        assert [hint["suggestion"] for hint in stream.of("hint")] == (["Ask why.", "Ask again."] if sees else []), who
        assert bool(stream.of("delta")) is sees, who
        stream.close()


def test_a_stream_replays_all_in_order_and_goes_on_without_a_gap(url: str, room: Room) -> None:
    bearer = token(room)
    for number in range(450):  # more than two pages
        room_events.append(room.pk, "note", {"n": number})
    stop = threading.Event()

    def go_on_talking() -> None:
        number = 450
        while not stop.is_set() or number < 500:
            room_events.append(room.pk, "note", {"n": number})
            number += 1
            time.sleep(0.002)
        connection.close()

    talking = threading.Thread(target=go_on_talking)
    talking.start()
    with closing(Stream(url, bearer=bearer)) as stream:
        stream.wait_for("note", 500)
        stop.set()
        talking.join()
        last = room_events.after(0, room_id=room.pk, audiences=(Audience.ALL,), limit=10_000)[-1]
        processes.wait_until(lambda: stream.heard[-1].id == last.id, what="the last event")
        numbers = [data["n"] for data in stream.of("note")]
        assert numbers == list(range(len(numbers)))
        ids = [event.id for event in stream.heard]
        assert ids == sorted(set(ids))


def test_who_comes_back_gets_what_was_missed_and_nothing_twice(url: str, room: Room) -> None:
    bearer = token(room)
    say(room, "One.")
    first = Stream(url, bearer=bearer)
    first.wait_for("turn")
    seen = first.heard[-1].id
    first.close()
    say(room, "Two.")
    say(room, "Three. " + "ä" * 9_000)  # too large for a notice
    with closing(Stream(url, bearer=bearer, last_event_id=seen)) as again:
        texts = [turn["text"][:6] for turn in again.wait_for("turn", 2)]
        assert texts == ["Two.", "Three."]
        say(room, "Four. " + "ä" * 9_000)
        say(room, "Five.")
        assert [turn["text"][:5] for turn in again.wait_for("turn", 4)[2:]] == ["Four.", "Five."]


def test_whispers_come_quickly_in_order_and_are_never_replayed(url: str, room: Room) -> None:
    bearer = token(room)
    with closing(Stream(url, bearer=bearer)) as stream:
        time.sleep(0.3)
        words = [f"word{number} " for number in range(200)]
        for word in words:
            room_events.whisper(room.pk, "delta", {"key": "reply-1", "text": word})
            time.sleep(0.001)
        room_events.whisper(room.pk, "delta", {"key": "reply-1", "text": "x" * 3_000})
        whole = "".join(words) + "x" * 3_000
        processes.wait_until(lambda: "".join(data["text"] for data in stream.of("delta")) == whole, what="all words")
        assert len(stream.of("delta")) < 100, "pieces that come quickly travel together"
        assert all(event.id is None for event in stream.heard if event.kind == "delta")
    with closing(Stream(url, bearer=bearer)) as later:
        say(room, "Done.", key="reply-1")
        assert later.wait_for("turn")[0]["key"] == "reply-1"
        assert later.of("delta") == []


def test_a_reader_that_does_not_keep_up_loses_nothing(url: str, room: Room) -> None:
    with closing(Stream(url, bearer=token(room))) as stream:
        stream.pause()
        filler = "y" * 5_000
        for number in range(900):  # 4.5 MB: far more than sockets and box hold
            room_events.append(room.pk, "note", {"n": number, "filler": filler})
        stream.resume()
        assert [data["n"] for data in stream.wait_for("note", 900)] == list(range(900))


def test_who_is_removed_hears_that_and_then_nothing(url: str, room: Room) -> None:
    bearer = token(room, identity="candidate-1")
    stream = Stream(url, bearer=bearer)
    other = Stream(url, bearer=token(room, ParticipantType.INTERVIEWER))
    other.wait_for("participant", 2)
    rooms.remove(room, "candidate-1")
    assert stream.over.wait(processes.PATIENCE)
    assert stream.of("participant")[-1]["state"] == "removed"
    assert refusal(url, bearer)[0] == 403
    say(room, "Without you.")
    other.wait_for("turn")
    assert stream.of("turn") == []
    other.close()


def test_an_open_page_of_a_text_room_is_a_person_in_it(url: str, room: Room) -> None:
    with closing(Stream(url, bearer=token(room))) as stream:
        joined = stream.wait_for("participant")[0]
        assert (joined["type"], joined["state"], joined["name"]) == ("candidate", "joined", "Cora")
        one = Participant.objects.get()
        assert one.joined_at is not None
        assert one.seen_at is not None
        assert timezone.now() >= one.seen_at


def test_streams_survive_a_restart_of_postgres(url: str, room: Room) -> None:
    streams = [Stream(url, bearer=token(room)) for _ in range(30)]
    for stream in streams:
        stream.wait_for("participant", 1)
    processes.restart_postgres()
    say(room, "Still here?")
    for stream in streams:
        assert stream.wait_for("turn")[-1]["text"] == "Still here?"
        stream.close()


def test_a_post_box_is_bounded_and_what_does_not_fit_is_read_from_the_table(room: Room) -> None:
    ids = [room_events.append(room.pk, "note", {"n": number}) for number in range(250)]

    async def read() -> list[int | None]:
        box = Subscription(room.pk, audiences=(Audience.ALL,), last_id=ids[-1])
        assert await box.take(seconds=0.01) == []
        box.last_id = ids[0] - 1
        for number, event_id in enumerate(ids):
            box.offer(frame("note", Audience.ALL, {"n": number}, event_id))
            box.offer(frame("delta", Audience.ALL, {"text": str(number)}))
        assert len(box._waiting) <= room_streams.MOST_WAITING
        assert box._must_read
        found: list[int | None] = []
        while len(found) < len(ids):
            found += [event.id for event in await box.take(seconds=0.1) if event.id is not None]
        return found

    assert asyncio.run(read()) == ids
