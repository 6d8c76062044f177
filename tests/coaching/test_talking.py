"""Rooms in which one talks aloud with the coach, at a real LiveKit: who comes back into them, and when they end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from livekit import rtc

from accounts import deletion
from coaching import lifecycle, talking
from coaching.models import Session
from interviews import rooms
from interviews.errors import Removed, RoomOver
from interviews.models import Participant, Room
from interviews.rooms import Token, server
from interviews.states import Medium, ParticipantType
from tests import processes
from tests.coaching.talking import session, spoken, trainee
from tests.interviews.test_rooms_voice import Visit, wait
from tests.livekit import LiveKit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(livekit_server: LiveKit) -> Iterator[str]:
    """Greenroom's own web server, for LiveKit's webhooks."""
    with processes.web(port=livekit_server.webhook_port) as address:
        yield address


def in_room() -> tuple[Session, Room]:
    held = session(trainee(f"{uuid.uuid4().hex[:8]}@example.com"))
    return held, talking.open_room(held)


def come(room: Room, livekit: LiveKit) -> tuple[Token, Visit]:
    """The trainee, in the room."""
    token = rooms.admit(room, name="Tara", type=ParticipantType.CANDIDATE, identity="trainee-1")
    visit = Visit(livekit.url, token.token)
    visit.come()
    return token, visit


def cannot_come(token: Token, livekit: LiveKit) -> bool:
    """Whether LiveKit refuses this token, or puts its holder out again at once."""
    visit = Visit(livekit.url, token.token)
    try:
        visit.come()
    except rtc.ConnectError:
        return True
    wait(visit.is_gone, "being put out again at once")
    return True


def test_removed_trainee_stays_out_of_the_room(web: str, livekit_server: LiveKit) -> None:
    held, room = in_room()
    token, visit = come(room, livekit_server)
    rooms.remove(room, token.identity)
    wait(visit.is_gone, "being put out")
    assert cannot_come(token, livekit_server)
    with pytest.raises(Removed):
        rooms.admit(room, name="Tara", type=ParticipantType.CANDIDATE, identity=token.identity)
    # The practice itself goes on, by its page.
    client = Client()
    client.force_login(held.user)
    assert client.get(f"/coaching/sessions/{held.pk}").status_code == 200


@pytest.mark.parametrize("how", ["left", "completed", "archived", "deleted"])
def test_old_token_opens_nothing_once_the_talk_is_over(how: str, web: str, livekit_server: LiveKit) -> None:
    held, room = in_room()
    token, visit = come(room, livekit_server)
    match how:
        case "left":
            assert talking.close_room(held)
        case "completed":
            lifecycle.complete(spoken(held, 3))
        case "archived":
            lifecycle.archive(held)
        case "deleted":
            deletion.erase(held.user)
    wait(visit.is_gone, "the room being closed")
    assert room.name not in server.room_names()
    assert cannot_come(token, livekit_server)
    if how != "deleted":
        with pytest.raises(RoomOver):
            rooms.admit(room, name="Tara", type=ParticipantType.CANDIDATE, identity=token.identity)
        # Talking on is another room, where that is possible at all; the token of the old one does not open it.
        if how == "left":
            again = talking.open_room(held)
            assert again.pk != room.pk
            assert cannot_come(token, livekit_server)
            assert server.sessions(again.name) == []


def test_empty_room_ends_by_itself_and_the_session_goes_on(web: str, livekit_server: LiveKit) -> None:
    held, room = in_room()
    _, visit = come(room, livekit_server)
    wait(lambda: Participant.objects.filter(joined_at__isnull=False).exists(), "the webhook of joining")
    rooms.sweep()
    room.refresh_from_db()
    assert room.ended_at is None
    visit.leave()
    wait(lambda: Room.objects.filter(pk=room.pk, empty_since__isnull=False).exists(), "the webhook of leaving")
    rooms.sweep()
    room.refresh_from_db()
    assert room.ended_at is None  # who only reloads the page finds it open
    Room.objects.filter(pk=room.pk).update(empty_since=timezone.now() - timedelta(minutes=10))
    rooms.sweep()
    room.refresh_from_db()
    assert room.ended_at is not None
    assert room.name not in server.room_names()
    held.refresh_from_db()
    assert held.status == "setup"
    assert talking.open_room(held).pk != room.pk


def test_talk_in_one_session_ends_that_in_another_of_the_same_trainee() -> None:
    first = session()
    second, others = session(first.user), session(trainee("other@example.com"))
    talked = [talking.open_room(one, medium=Medium.TEXT) for one in (others, first, second)]
    for room in talked:
        room.refresh_from_db()
    assert [room.ended_at is None for room in talked] == [True, False, True]
    # And back again: the conversation is where it was, in a room of its own.
    assert talking.open_room(first, medium=Medium.TEXT).pk not in {room.pk for room in talked}


def test_room_of_another_medium_makes_room_for_the_new_one(livekit_server: LiveKit) -> None:
    held = session()
    text = talking.open_room(held, medium=Medium.TEXT)
    voice = talking.open_room(held)
    text.refresh_from_db()
    assert text.ended_at is not None
    assert list(talking.rooms_of(held)) == [text, voice]
    assert talking.open_room(held).pk == voice.pk
