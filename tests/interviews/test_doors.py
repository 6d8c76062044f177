"""Who may come to a room's streams and speak in it, and what a wrong try tells."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import ResolverMatch
from django.utils import timezone
from pytest_django import Settings

from accounts import throttling
from accounts.models import ApiKey, User
from interviews import doors, rooms
from interviews.errors import NotInTheRoom, Removed, RoomNotFound, RoomOver
from interviews.models import Participant, Room
from interviews.states import Audience, EndReason, ParticipantType
from llm.errors import GreenroomError
from tests.candidates.recruiting import recruiter

pytestmark = pytest.mark.django_db(transaction=True)  # a door closes its connection behind it


@pytest.fixture
def room() -> Room:
    return rooms.make(interviewer_name="Rhea", made_by=None)


def knock(room_name: str, *, bearer: str = "", user: User | None = None, method: str = "GET") -> doors.Visitor:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    request = RequestFactory(headers=headers).generic(method, f"/live/rooms/{room_name}/events")
    request.user = user  # type: ignore[assignment]
    request.resolver_match = ResolverMatch(lambda: None, (), {"name": room_name})
    return doors.enter(request)


def token(room: Room, kind: ParticipantType = ParticipantType.CANDIDATE, identity: str | None = None) -> str:
    return rooms.admit(room, name="Cora", type=kind, identity=identity).token


def key_of(user: User) -> str:
    return ApiKey.make(user=user, name="tests")[1]


def test_recruiters_come_in_with_a_key_or_a_session_and_see_all(room: Room) -> None:
    user = recruiter()
    for visitor in (knock(room.name, bearer=key_of(user)), knock(room.name, user=user)):
        assert (visitor.user, visitor.participant, visitor.room) == (user, None, room)
        assert visitor.audiences == (Audience.ALL, Audience.INTERVIEWER)
    with pytest.raises(RoomNotFound):
        knock("room-none", user=user)


@pytest.mark.parametrize(
    ("kind", "sees_hints"),
    [
        (ParticipantType.INTERVIEWER, True),
        (ParticipantType.CANDIDATE, False),
        (ParticipantType.OBSERVER, False),
    ],
)
def test_participants_come_in_with_their_token_and_see_what_is_theirs(
    room: Room, kind: ParticipantType, sees_hints: bool
) -> None:
    visitor = knock(room.name, bearer=token(room, kind))
    assert visitor.user is None
    assert visitor.participant is not None
    assert visitor.participant.type == kind
    assert (Audience.INTERVIEWER in visitor.audiences) is sees_hints


def test_a_token_counts_before_the_session_beside_it(room: Room) -> None:
    """A recruiter who plays the candidate sees what a candidate sees."""
    visitor = knock(room.name, bearer=token(room), user=recruiter())
    assert visitor.user is None
    assert visitor.audiences == (Audience.ALL,)


def test_a_token_opens_no_other_room_whether_there_is_one_or_not(room: Room) -> None:
    other = rooms.make(interviewer_name="Otto", made_by=None)
    bearer = token(room)
    told = set()
    for name in (other.name, "room-none"):
        with pytest.raises(NotInTheRoom) as caught:
            knock(name, bearer=bearer)
        told.add(caught.value.message)
    assert len(told) == 1


def test_who_was_removed_or_comes_too_late_is_told_so(room: Room) -> None:
    removed, late = token(room, identity="candidate-1"), token(room)
    rooms.remove(room, "candidate-1")
    with pytest.raises(Removed):
        knock(room.name, bearer=removed)
    rooms.close(room, reason=EndReason.FINISHED)
    with pytest.raises(RoomOver):
        knock(room.name, bearer=late)
    assert knock(room.name, user=recruiter()).room == room, "recruiters read what was said afterwards"


def test_trying_tokens_is_slowed_down(room: Room, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_WRONG_KEYS_PER_MINUTE = 3
    monkeypatch.setattr(throttling, "address_of", lambda request: f"doors-{room.pk}")
    codes = []
    for number in range(5):
        with pytest.raises(GreenroomError) as caught:
            knock(room.name, bearer=f"guess.{number}.x")
        codes.append(caught.value.code)
    assert codes == ["not_authenticated"] * 2 + ["throttled"] * 3
    assert caught.value.retry_after is not None
    assert knock(room.name, bearer=token(room)).room == room, "a right token costs no step more"


def test_a_session_that_speaks_needs_its_csrf_token(room: Room) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(recruiter())
    answer = client.post(f"/live/rooms/{room.name}/turns", {"text": "Hello"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"
    assert not room.turns.exists()


def test_a_participants_step_through_the_door_is_a_sign_of_life(room: Room) -> None:
    bearer = token(room)
    knock(room.name, bearer=bearer, method="POST")
    one = Participant.objects.get()
    assert one.joined_at is not None
    Participant.objects.update(left_at=timezone.now(), seen_at=timezone.now() - timedelta(minutes=5))
    Room.objects.update(empty_since=timezone.now() - timedelta(minutes=4))
    knock(room.name, bearer=bearer, method="POST")
    one.refresh_from_db()
    room.refresh_from_db()
    assert one.left_at is None
    assert room.empty_since is None


def test_a_recruiters_program_that_speaks_keeps_a_text_room_open(room: Room) -> None:
    Room.objects.update(empty_since=timezone.now() - timedelta(minutes=4))
    bearer = key_of(recruiter())
    knock(room.name, bearer=bearer)
    room.refresh_from_db()
    assert room.empty_since is not None, "to listen is not to be there"
    knock(room.name, bearer=bearer, method="POST")
    room.refresh_from_db()
    assert room.empty_since is None
