"""The sweep: whatever no webhook told comes right, by one of many sweeps at a time, and it is free when all is well."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from livekit import api
from pytest_django import Settings

from interviews import rooms
from interviews.models import Participant, Room, RoomEvent, WebhookDelivery
from interviews.rooms import dispatching, presence, server
from interviews.rooms.dispatching import ARRIVAL_SECONDS, WARM_SECONDS
from interviews.rooms.sweeping import Swept, perhaps_open_there
from interviews.states import Medium, ParticipantType
from tests.interviews.test_rooms_voice import Visit
from tests.livekit import LiveKit

pytestmark = pytest.mark.django_db


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def _compare_at_once() -> None:
    cache.delete("rooms:compare")


def text_room(**values: Any) -> Room:
    room = rooms.make(interviewer_name="Rhea", made_by=None, medium=Medium.TEXT)
    Room.objects.filter(pk=room.pk).update(**values)
    room.refresh_from_db()
    return room


def test_a_sweep_with_nothing_open_asks_once(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert rooms.sweep() == Swept()


def test_rooms_whose_time_is_over_are_closed_and_others_are_not(settings: Settings) -> None:
    over, open_ = text_room(expires_at=ago(1)), text_room()
    assert rooms.sweep().closed == 1
    assert rooms.sweep().closed == 0
    over.refresh_from_db()
    open_.refresh_from_db()
    assert over.ended_at is not None
    assert open_.ended_at is None
    assert RoomEvent.objects.get(room=over).data == {"status": "ended", "end_reason": "expired"}


def test_a_room_left_empty_ends_by_itself_but_one_nobody_came_to_waits(settings: Settings) -> None:
    settings.ROOM_TEXT_EMPTY_SECONDS = 60
    left, just_left, never = text_room(empty_since=ago(61)), text_room(empty_since=ago(50)), text_room()
    assert rooms.sweep().closed == 1
    left.refresh_from_db()
    assert left.ended_at is not None
    assert RoomEvent.objects.get(room=left).data["end_reason"] == "left_empty"
    assert not Room.objects.filter(pk__in=[just_left.pk, never.pk], ended_at__isnull=False).exists()


def test_a_text_room_is_left_when_its_pages_are_silent(settings: Settings) -> None:
    settings.ROOM_TEXT_EMPTY_SECONDS = 60
    room = text_room()
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    presence.page_opened(Participant.objects.get(identity=token.identity))
    rooms.sweep()
    room.refresh_from_db()
    assert room.empty_since is None
    Participant.objects.update(seen_at=ago(presence.GONE_SECONDS + 1))
    rooms.sweep()
    room.refresh_from_db()
    assert room.empty_since is not None
    assert room.ended_at is None
    Participant.objects.update(joined_at=ago(200), left_at=ago(100))
    Room.objects.update(empty_since=ago(100))
    assert rooms.sweep().closed == 1


def test_rooms_that_livekit_may_have_are_read_from_their_index() -> None:
    """However many rooms there ever were: this is asked each ten seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "room_voice_ended" in perhaps_open_there(timezone.now()).explain()


# --- agents ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, livekit_server: LiveKit) -> list[str]:
    """The names of the rooms for which LiveKit was asked for an agent. The real server is asked all the same."""
    names: list[str] = []
    real: Callable[..., None] = server.dispatch

    def counted(name: str, **rest: Any) -> None:
        names.append(name)
        real(name, **rest)

    monkeypatch.setattr(dispatching.server, "dispatch", counted)
    return names


def voice_room(**values: Any) -> Room:
    room = rooms.make(interviewer_name="Rhea", made_by=None, agent_name="interviewer-agent")
    Room.objects.filter(pk=room.pk).update(**values)
    room.refresh_from_db()
    return room


# What the rows say of the agent, and whether another one is asked for. A person is in the room.
CASES = {
    "it was asked for and is on its way": ({"dispatched_at": 2}, False),
    "it was asked for and never came": ({"dispatched_at": ARRIVAL_SECONDS + 0.5}, True),
    "nobody asked for it yet": ({}, True),
    "it lives": ({"dispatched_at": 60, "agent_seen_at": 0.5}, False),
    "it fell silent": ({"dispatched_at": 60, "agent_seen_at": 3.5}, True),
    "it fell silent and was replaced a moment ago": ({"dispatched_at": 0.5, "agent_seen_at": 3.5}, False),
    "nobody is left": ({"dispatched_at": 60, "agent_seen_at": 30, "empty_since": 20}, False),
    "the room is over": ({"dispatched_at": 60, "agent_seen_at": 30, "ended_at": 20}, False),
}


@pytest.mark.parametrize("case", CASES)
def test_an_agent_is_replaced_where_it_is_missing_and_wanted(asked: list[str], case: str) -> None:
    values, is_asked = CASES[case]
    voice_room(started_at=ago(90), **{name: ago(seconds) for name, seconds in values.items()})
    rooms.sweep()
    assert bool(asked) is is_asked


def test_an_agent_waits_for_who_is_coming_but_not_for_ever(asked: list[str]) -> None:
    voice_room(dispatched_at=ago(10), created_at=ago(WARM_SECONDS - 20))
    late = voice_room(dispatched_at=ago(10), created_at=ago(WARM_SECONDS + 20))
    rooms.sweep()
    assert len(asked) == 1
    rooms.admit(late, name="Cora", type=ParticipantType.CANDIDATE)
    assert asked[1:] == [late.name]


def test_an_agent_that_nobody_came_to_is_sent_away(asked: list[str]) -> None:
    """Any client with an agent's token is an agent to LiveKit."""
    room = voice_room(dispatched_at=ago(WARM_SECONDS + 20), created_at=ago(WARM_SECONDS + 20), agent_seen_at=ago(0.5))
    agent = Visit(settings.LIVEKIT_URL, agent_token(room))
    agent.come()
    assert [session.is_agent for session in server.sessions(room.name)] == [True]
    Room.objects.update(agent_seen_at=ago(0.5))
    rooms.sweep()
    agent.turn(0.5)
    assert agent.gone
    assert asked == []
    assert not rooms.dispatch(room), "who notices that it is gone brings none back"
    rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    Room.objects.update(agent_seen_at=ago(10))
    rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    assert asked == [room.name]


def agent_token(room: Room) -> str:
    return (
        api.AccessToken(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
        .with_identity("agent")
        .with_kind("agent")
        .with_grants(api.VideoGrants(room_join=True, room=room.name, agent=True))
        .to_jwt()
    )


def test_an_agent_that_does_not_come_is_asked_for_every_five_seconds_not_every_sweep(asked: list[str]) -> None:
    room = voice_room(started_at=ago(10))
    for _ in range(3):
        rooms.sweep()
    assert asked == [room.name]
    Room.objects.update(dispatched_at=ago(ARRIVAL_SECONDS + 1))
    rooms.sweep()
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_who_notice_one_asks(asked: list[str]) -> None:
    room = voice_room(started_at=ago(90), dispatched_at=ago(60), agent_seen_at=ago(30))
    notice = [rooms.sweep, lambda: rooms.dispatch(room), lambda: dispatching.dispatch_if_missing(room)] * 4

    def once(number: int) -> None:
        try:
            notice[number]()
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(once, range(12)))
    assert len(asked) == 1


def test_a_livekit_that_is_away_is_asked_again_later(asked: list[str], settings: Settings) -> None:
    room = voice_room(started_at=ago(10))
    url, settings.LIVEKIT_URL = settings.LIVEKIT_URL, "ws://127.0.0.1:9"
    assert rooms.sweep().dispatched == 0
    settings.LIVEKIT_URL = url
    Room.objects.update(dispatched_at=ago(ARRIVAL_SECONDS + 1))
    assert rooms.sweep().dispatched == 1
    assert asked[-1] == room.name


# --- what LiveKit knows better ----------------------------------------------------------------------------------------
def visiting(room: Room, livekit_server: LiveKit, identity: str = "candidate-1") -> Visit:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity=identity)
    visit = Visit(livekit_server.url, token.token)
    visit.come()
    return visit


def test_lost_webhooks_are_made_up_for(livekit_server: LiveKit) -> None:
    """No web server runs here, so no webhook arrives at all."""
    room = rooms.make(interviewer_name="Rhea", made_by=None)
    visit = visiting(room, livekit_server)
    assert rooms.sweep().corrected == 1
    one = Participant.objects.get()
    assert one.joined_at is not None
    visit.leave()
    cache.delete("rooms:compare")
    assert rooms.sweep().corrected == 0, "a webhook may still be on its way"
    Participant.objects.update(joined_at=one.joined_at - timedelta(seconds=30))
    cache.delete("rooms:compare")
    assert rooms.sweep().corrected == 1
    room.refresh_from_db()
    assert room.empty_since is not None


def test_a_room_that_livekit_lost_is_made_again(livekit_server: LiveKit) -> None:
    room = rooms.make(interviewer_name="Rhea", made_by=None)
    server.close_room(room.name)
    assert rooms.sweep().corrected == 1
    assert room.name in server.room_names()


def test_who_should_not_be_there_is_put_out_and_rooms_that_should_not_be_are_closed(livekit_server: LiveKit) -> None:
    room = rooms.make(interviewer_name="Rhea", made_by=None)
    visit = visiting(room, livekit_server)
    Participant.objects.update(removed_at=timezone.now())
    ended = rooms.make(interviewer_name="Rhea", made_by=None)
    Room.objects.filter(pk=ended.pk).update(ended_at=timezone.now())
    assert {room.name, ended.name} <= server.room_names()
    assert rooms.sweep().corrected == 2
    visit.turn(0.5)
    assert visit.gone
    assert ended.name not in server.room_names()


def test_livekit_is_asked_now_and_then_and_old_deliveries_are_forgotten(livekit_server: LiveKit) -> None:
    rooms.make(interviewer_name="Rhea", made_by=None)
    WebhookDelivery.objects.create(event_id="EV_old", kind="room_finished")
    WebhookDelivery.objects.update(created_at=ago(3 * 24 * 3600))
    WebhookDelivery.objects.create(event_id="EV_new", kind="room_finished")
    rooms.sweep()
    assert list(WebhookDelivery.objects.values_list("pk", flat=True)) == ["EV_new"]
    assert not cache.add("rooms:compare", 1)
