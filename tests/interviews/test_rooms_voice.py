"""Rooms with a real LiveKit server behind them, and people who really come by LiveKit's own client."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from livekit import rtc
from pytest_django import Settings

from interviews import rooms
from interviews.errors import Removed, RoomOver, VoiceUnavailable
from interviews.models import Participant, Room, RoomEvent
from interviews.rooms import server
from interviews.states import AgentType, EndReason, Medium, ParticipantType
from tests import processes
from tests.livekit import LiveKit
from tests.timing import quickest

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(livekit_server: LiveKit) -> Iterator[str]:
    """Greenroom's own web server, for LiveKit's webhooks."""
    with processes.web(port=livekit_server.webhook_port) as address:
        yield address


@pytest.fixture
def room(livekit_server: LiveKit) -> Room:
    return rooms.make(interviewer_name="Rhea", made_by=None, metadata={"role": "candidate"})


def wait(condition: object, what: str, *, seconds: float = processes.PATIENCE) -> None:
    processes.wait_until(condition, seconds=seconds, what=what, every=0.05)  # type: ignore[arg-type]


class Visit:
    """Somebody in a LiveKit room, on a loop that runs as long as the block does."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.room: rtc.Room | None = None
        self.gone = False
        self._loop = asyncio.new_event_loop()

    def come(self) -> None:
        """Join; raises rtc.ConnectError where LiveKit refuses."""
        self._loop.run_until_complete(self._come())

    async def _come(self) -> None:
        self.room = rtc.Room(loop=self._loop)
        self.room.on("disconnected", lambda *_: setattr(self, "gone", True))
        await self.room.connect(self.url, self.token, rtc.RoomOptions(connect_timeout=60))

    def turn(self, seconds: float = 0.05) -> None:
        """Let the client hear what the server says."""
        self._loop.run_until_complete(asyncio.sleep(seconds))

    def is_gone(self) -> bool:
        self.turn()
        return self.gone

    def leave(self) -> None:
        if self.room is not None and not self.gone:
            self._loop.run_until_complete(self.room.disconnect())


def test_a_voice_room_stands_at_livekit_with_its_metadata(room: Room, livekit_server: LiveKit) -> None:
    assert room.medium == Medium.VOICE
    assert room.name in server.room_names()
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    assert token.room_url == livekit_server.url
    visit = Visit(livekit_server.url, token.token)
    visit.come()
    assert visit.room is not None
    assert '"role": "candidate"' in visit.room.metadata
    assert visit.room.local_participant.attributes["role"] == "candidate"
    assert [one.identity for one in server.sessions(room.name)] == [token.identity]
    visit.leave()


def test_coming_and_leaving_is_told_and_reloading_comes_back(web: str, room: Room, livekit_server: LiveKit) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity="candidate-1")
    first = Visit(livekit_server.url, token.token)
    first.come()
    wait(lambda: Participant.objects.filter(joined_at__isnull=False).exists(), "the webhook of joining")
    room.refresh_from_db()
    assert room.started_at is not None
    again = Visit(
        livekit_server.url, rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity="candidate-1").token
    )
    again.come()
    wait(first.is_gone, "the old page being put out by the new one")
    time.sleep(0.5)
    assert Participant.objects.get().left_at is None
    again.leave()
    wait(lambda: Participant.objects.filter(left_at__isnull=False).exists(), "the webhook of leaving")
    room.refresh_from_db()
    assert room.empty_since is not None
    states = [event.data["state"] for event in RoomEvent.objects.filter(kind="participant").order_by("id")]
    assert (states[0], states[-1]) == ("joined", "left")


def test_who_was_removed_is_put_out_and_kept_out(web: str, room: Room, livekit_server: LiveKit) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity="candidate-1")
    visit = Visit(livekit_server.url, token.token)
    visit.come()
    rooms.remove(room, "candidate-1")
    wait(visit.is_gone, "being put out")
    with pytest.raises(Removed):
        rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity="candidate-1")
    back = Visit(livekit_server.url, token.token)
    try:
        back.come()
    except rtc.ConnectError:
        return  # LiveKit itself knows that the token was revoked
    wait(back.is_gone, "being put out again at once")
    assert server.sessions(room.name) == []


def test_an_old_token_does_not_bring_back_a_room_that_has_ended(web: str, room: Room, livekit_server: LiveKit) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    visit = Visit(livekit_server.url, token.token)
    visit.come()
    rooms.close(room, reason=EndReason.FINISHED)
    wait(visit.is_gone, "the room being closed for everybody")
    assert room.name not in server.room_names()
    with pytest.raises(rtc.ConnectError):
        Visit(livekit_server.url, token.token).come()
    with pytest.raises(RoomOver):
        rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)


def test_somebody_whom_we_did_not_let_in_is_put_out(web: str, room: Room, livekit_server: LiveKit) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    Participant.objects.all().delete()
    visit = Visit(livekit_server.url, token.token)
    visit.come()
    wait(visit.is_gone, "being put out")


def test_a_room_that_livekit_forgot_is_made_again_for_who_comes_late(room: Room, livekit_server: LiveKit) -> None:
    server.close_room(room.name)
    Room.objects.update(created_at=timezone.now() - timedelta(minutes=30))
    room.refresh_from_db()
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    visit = Visit(livekit_server.url, token.token)
    visit.come()
    visit.leave()


def test_a_livekit_that_does_not_answer_is_told_and_leaves_no_room(livekit_server: LiveKit, settings: Settings) -> None:
    settings.LIVEKIT_URL = "ws://127.0.0.1:9"
    with pytest.raises(VoiceUnavailable) as caught:
        rooms.make(interviewer_name="Rhea", made_by=None)
    assert caught.value.status == 503
    assert not Room.objects.exists()


def test_a_livekit_that_lets_us_wait_is_asked_once_and_then_left_alone(
    livekit_server: LiveKit, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TIMEOUT_SECONDS", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.LIVEKIT_URL = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        for _ in range(5):
            with pytest.raises(VoiceUnavailable):
                server.room_names()
        assert 1.9 < time.monotonic() - began < 6.0
    settings.LIVEKIT_URL = ""
    with pytest.raises(VoiceUnavailable):
        server.room_names()


def test_our_own_work_at_the_start_is_a_few_calls(livekit_server: LiveKit) -> None:
    rooms.make(interviewer_name="Rhea", made_by=None)  # opens the line
    begun: list[Room] = []

    def begin() -> None:
        begun.append(rooms.make(interviewer_name="Rhea", made_by=None, agent_name=AgentType.CANDIDATE))
        rooms.admit(begun[-1], name="Rhea", type=ParticipantType.INTERVIEWER)

    assert quickest(begin, below=1.0) < 1.0  # no figure, but no second either: see benchmarks.interview_start
    made = begun[-1]
    made.refresh_from_db()
    assert made.dispatched_at is not None
    assert [event.data["state"] for event in RoomEvent.objects.filter(room=made, kind="agent")] == ["waiting"]
