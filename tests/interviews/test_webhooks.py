"""What LiveKit tells: believed only with its signature, taken in once, and right in whatever order it comes."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.models import Participant, Room, RoomEvent, WebhookDelivery
from interviews.rooms import webhooks
from interviews.rooms.dispatching import WARM_SECONDS
from interviews.states import Medium, ParticipantType
from tests.interviews.livekit_news import body_of, session, signature_of

pytestmark = pytest.mark.django_db
URL = "/live/livekit/webhook"


@pytest.fixture(autouse=True)
def _a_livekit_that_does_not_answer(settings: Settings) -> None:
    """Its key is known, so webhooks can be signed; whatever follows outside is refused at once."""
    settings.LIVEKIT_URL = "ws://127.0.0.1:9"
    settings.LIVEKIT_API_KEY = "key"
    settings.LIVEKIT_API_SECRET = "a secret of more than thirty-two bytes"
    settings.SPEECH_BASE_URL = "http://127.0.0.1:9/v1"


@pytest.fixture
def room() -> Room:
    return Room.objects.create(
        name="room-1",
        medium=Medium.VOICE,
        interviewer_name="Rhea",
        agent_name="interviewer-agent",
        expires_at=timezone.now() + timedelta(hours=1),
    )


@pytest.fixture
def cora(room: Room) -> Participant:
    return Participant.objects.create(room=room, identity="candidate-1", name="Cora", type=ParticipantType.CANDIDATE)


def take(body: str) -> bool:
    return webhooks.take(body=body, signature=signature_of(body))


def post(body: str, signature: str | None) -> int:
    headers = {} if signature is None else {"Authorization": signature}
    client = Client(headers=headers)
    return client.post(URL, body, content_type="application/webhook+json").status_code


@pytest.mark.django_db(transaction=True)  # the view works in a thread of its own
def test_only_what_livekit_signed_is_believed(cora: Participant) -> None:
    now = timezone.now()
    body = body_of("participant_joined", "room-1", at=now, participant=session("candidate-1", began_at=now))
    other = body_of("participant_joined", "room-1", at=now, participant=session("candidate-2", began_at=now))
    assert post(body, None) == 401
    assert post(body, "nonsense") == 401
    assert post(body, signature_of(other)) == 401
    assert post(body, signature_of(body, secret="another secret, as long as thirty-two bytes")) == 401
    assert post(body, signature_of(body, key="another-key")) == 401
    assert post(body + " ", signature_of(body)) == 401
    assert post("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), signature_of(body)) == 401
    assert not WebhookDelivery.objects.exists()
    assert post(body, signature_of(body)) == 200
    assert post(body, f"Bearer {signature_of(body)}") == 200
    assert WebhookDelivery.objects.count() == 1
    cora.refresh_from_db()
    assert cora.joined_at is not None


def test_without_livekit_no_webhook_is_believed(settings: Settings) -> None:
    body = body_of("room_finished", "room-1", at=timezone.now())
    signature = signature_of(body)
    settings.LIVEKIT_API_SECRET = ""
    assert post(body, signature) == 401


def test_the_same_delivery_twice_changes_nothing(room: Room, cora: Participant) -> None:
    now = timezone.now()
    body = body_of("participant_joined", "room-1", at=now, participant=session("candidate-1", began_at=now))
    assert take(body)
    events = RoomEvent.objects.count()
    assert not take(body)
    assert RoomEvent.objects.count() == events
    assert room.participants.count() == 1


def deliveries(at: list[datetime]) -> list[str]:
    """Cora comes, goes, comes, goes and comes; an agent comes, dies, and another one comes."""
    cora = [session("candidate-1", began_at=at[n]) for n in (0, 2, 4)]
    agents = [session("agent", began_at=at[n], kind="AGENT") for n in (0, 3)]
    return [
        body_of("participant_joined", "room-1", at=at[0], participant=cora[0]),
        body_of("participant_joined", "room-1", at=at[0], participant=agents[0]),
        body_of("participant_left", "room-1", at=at[1], participant=cora[0]),
        body_of("participant_joined", "room-1", at=at[2], participant=cora[1]),
        body_of("participant_left", "room-1", at=at[3], participant=agents[0] | {"disconnectReason": "SIGNAL_CLOSE"}),
        body_of("participant_joined", "room-1", at=at[3], participant=agents[1]),
        body_of("participant_left", "room-1", at=at[3], participant=cora[1]),
        body_of("participant_joined", "room-1", at=at[4], participant=cora[2]),
    ]


@pytest.mark.parametrize("seed", range(12))
def test_deliveries_in_any_order_and_doubled_end_up_the_same(room: Room, cora: Participant, seed: int) -> None:
    start = (timezone.now() - timedelta(minutes=10)).replace(microsecond=0)
    at = [start + timedelta(minutes=minute) for minute in range(5)]
    bodies = deliveries(at)
    shuffled = [*bodies, *bodies]
    if seed:
        random.Random(seed).shuffle(shuffled)
    for body in shuffled:
        take(body)
    cora.refresh_from_db()
    room.refresh_from_db()
    agent = room.participants.get(type=ParticipantType.AGENT)
    assert (cora.joined_at, cora.left_at) == (at[4], None)
    assert (agent.joined_at, agent.left_at) == (at[3], None)
    assert room.empty_since is None
    assert room.ended_at is None
    assert WebhookDelivery.objects.count() == len(bodies)


@pytest.mark.django_db(transaction=True)
def test_one_delivery_sent_by_many_at_once_is_taken_in_once(room: Room, cora: Participant) -> None:
    now = timezone.now()
    body = body_of("participant_joined", "room-1", at=now, participant=session("candidate-1", began_at=now))

    def once(_: int) -> bool:
        try:
            return take(body)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(once, range(8))) == 1
    assert RoomEvent.objects.filter(kind="participant").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_room_livekit_closed_is_empty_but_does_not_end_ours(room: Room, cora: Participant) -> None:
    now = timezone.now()
    take(body_of("participant_joined", "room-1", at=now, participant=session("candidate-1", began_at=now)))
    take(body_of("room_finished", "room-1", at=now + timedelta(seconds=30)))
    room.refresh_from_db()
    cora.refresh_from_db()
    assert cora.left_at is not None
    assert room.empty_since is not None
    assert room.ended_at is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("reason", "asks"),
    [("SIGNAL_CLOSE", True), ("CLIENT_INITIATED", True), ("DUPLICATE_IDENTITY", False), ("PARTICIPANT_REMOVED", False)],
)
def test_an_agent_that_is_lost_is_asked_for_again_at_once(
    room: Room, cora: Participant, reason: str, asks: bool
) -> None:
    began = timezone.now() - timedelta(minutes=1)
    for identity, kind in (("candidate-1", "STANDARD"), ("agent", "AGENT")):
        one = session(identity, began_at=began, kind=kind)
        take(body_of("participant_joined", "room-1", at=began, participant=one))
    Room.objects.update(dispatched_at=began, agent_seen_at=timezone.now())
    gone = session("agent", began_at=began, kind="AGENT", reason=reason)
    take(body_of("participant_left", "room-1", at=timezone.now(), participant=gone))
    room.refresh_from_db()
    assert (room.dispatched_at != began) is asks
    states = [event.data["state"] for event in RoomEvent.objects.filter(kind="agent").order_by("id")]
    assert states[-1] == ("waiting" if asks else "joined" if reason == "DUPLICATE_IDENTITY" else "lost")


@pytest.mark.django_db(transaction=True)
def test_no_agent_is_asked_for_where_nobody_is_left_to_talk_to(room: Room, cora: Participant) -> None:
    began = timezone.now() - timedelta(seconds=WARM_SECONDS + 10)
    Room.objects.update(created_at=began, dispatched_at=began)
    for identity, kind in (("candidate-1", "STANDARD"), ("agent", "AGENT")):
        one = session(identity, began_at=began, kind=kind)
        take(body_of("participant_joined", "room-1", at=began, participant=one))
    Room.objects.update(dispatched_at=began, agent_seen_at=timezone.now())
    for identity, kind in (("candidate-1", "STANDARD"), ("agent", "AGENT")):
        one = session(identity, began_at=began, kind=kind)
        take(body_of("participant_left", "room-1", at=timezone.now(), participant=one))
    room.refresh_from_db()
    assert room.dispatched_at == began


def test_rooms_of_other_programs_and_unknown_kinds_are_left_alone() -> None:
    now = timezone.now()
    assert take(body_of("participant_joined", "elsewhere", at=now, participant=session("x", began_at=now)))
    assert take(body_of("something_new", "elsewhere", at=now))
    assert not Participant.objects.exists()


def test_ids_that_no_row_can_hold_are_refused() -> None:
    body = body_of("room_finished", "room-1", at=timezone.now(), event_id="E" * 200)
    assert post(body, signature_of(body)) == 401
    assert post("x" * 300_000, signature_of("x")) == 413
