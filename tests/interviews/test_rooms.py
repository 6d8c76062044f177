"""Rooms in text, which need no LiveKit: who gets in, for how long, with what, and how a room ends."""

from __future__ import annotations

import time
from datetime import timedelta

import jwt
import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from interviews import rooms
from interviews.errors import NotInTheRoom, ParticipantNotFound, Removed, RoomOver, VoiceNotConfigured
from interviews.models import Interview, Participant, Room, RoomEvent
from interviews.rooms import presence, tokens
from interviews.states import EndReason, InterviewState, Medium, ParticipantType
from tests.candidates.recruiting import candidate

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Room:
    return rooms.make(interviewer_name="Rhea", candidate_name="Cora", made_by=None, metadata={"role": "candidate"})


def claims(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_a_room_without_livekit_is_held_in_text_for_two_hours(room: Room, settings: Settings) -> None:
    assert room.medium == Medium.TEXT
    assert abs((room.expires_at - timezone.now()).total_seconds() - 7200) < 30
    assert rooms.voice_missing() == ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "SPEECH_BASE_URL"]
    assert not rooms.is_voice_configured()
    assert "LIVEKIT_URL" in rooms.voice_hint()
    settings.DEBUG = True
    assert "make livekit-server" in rooms.voice_hint()


def test_voice_that_is_not_configured_names_what_to_set_and_leaves_no_room() -> None:
    with pytest.raises(VoiceNotConfigured) as caught:
        rooms.make(interviewer_name="Rhea", made_by=None, medium=Medium.VOICE)
    assert caught.value.status == 503
    assert "LIVEKIT_URL" in caught.value.message
    assert "SPEECH_BASE_URL" in caught.value.message
    assert Room.objects.count() == 0


def test_a_token_opens_its_room_for_its_holder_alone(room: Room) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    holder = rooms.holder_of(token.token)
    assert (holder.room, holder.participant.identity) == (room, token.identity)
    assert not holder.may_moderate
    interviewer = rooms.admit(room, name="Rhea", type=ParticipantType.INTERVIEWER)
    assert rooms.holder_of(interviewer.token).may_moderate
    assert interviewer.identity != token.identity
    assert token.expires_at == room.expires_at


def test_a_token_carries_the_role_and_the_least_grant(room: Room) -> None:
    for kind, speaks in (("candidate", True), ("interviewer", True), ("observer", False)):
        found = claims(rooms.admit(room, name="Somebody", type=ParticipantType(kind)).token)
        video = found["video"]
        assert isinstance(video, dict)
        assert found["attributes"] == {"type": kind, "role": "candidate"}
        assert video["room"] == room.name
        assert video["canPublish"] is video["canPublishData"] is speaks
        assert video["canPublishSources"] == (["microphone"] if speaks else [])
        assert not {"roomAdmin", "roomCreate", "roomList", "roomRecord", "hidden"} & set(video)
        exp = found["exp"]
        assert isinstance(exp, int)
        assert exp <= room.expires_at.timestamp() + 1


def test_the_same_identity_is_the_same_participant(room: Room) -> None:
    first = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity="candidate-1")
    again = rooms.admit(room, name="Cora Q.", type=ParticipantType.CANDIDATE, identity="candidate-1")
    assert first.identity == again.identity
    assert Participant.objects.get().name == "Cora Q."
    with pytest.raises(ValueError, match="another type"):
        rooms.admit(room, name="Cora", type=ParticipantType.INTERVIEWER, identity="candidate-1")


def forged(room: Room, identity: str, **changes: object) -> dict[str, str]:
    """Tokens that are almost right, by what is wrong with them."""
    key, secret = tokens._keys(Medium.TEXT)
    good = {
        "iss": key,
        "sub": identity,
        "nbf": int(time.time()) - 5,
        "exp": int(time.time()) + 600,
        "video": {"room": room.name, "roomJoin": True},
    }
    return {
        "another key": jwt.encode(good, "x" * 64),
        "no signature": jwt.encode(good, "", algorithm="none"),
        "another issuer": jwt.encode({**good, "iss": "somebody"}, secret),
        "expired": jwt.encode({**good, "exp": int(time.time()) - 1}, secret),
        "without an end": jwt.encode({k: v for k, v in good.items() if k != "exp"}, secret),
        "not yet": jwt.encode({**good, "nbf": int(time.time()) + 60}, secret),
        "another room": jwt.encode({**good, "video": {"room": "room-other", "roomJoin": True}}, secret),
        "another holder": jwt.encode({**good, "sub": "interviewer-1"}, secret),
        "not to join": jwt.encode({**good, "video": {"room": room.name}}, secret),
        "nothing about rooms": jwt.encode({k: v for k, v in good.items() if k != "video"}, secret),
        "no token": "gr_something",
        "empty": "",
        "endless": "a." * 50_000,
    }


def test_forged_tokens_open_nothing(room: Room) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    let_in = []
    for what, text in forged(room, token.identity).items():
        try:
            rooms.holder_of(text)
            let_in.append(what)
        except NotInTheRoom:
            pass
    assert let_in == []


def test_a_token_of_the_text_key_does_not_open_a_voice_room(room: Room) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    Room.objects.update(medium=Medium.VOICE)
    with pytest.raises(NotInTheRoom):
        rooms.holder_of(token.token)


def test_who_was_removed_comes_back_with_no_token(room: Room) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity="candidate-1")
    rooms.remove(room, "candidate-1")
    rooms.remove(room, "candidate-1")
    with pytest.raises(Removed):
        rooms.holder_of(token.token)
    with pytest.raises(Removed):
        rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE, identity="candidate-1")
    told = [event.data["state"] for event in RoomEvent.objects.filter(kind="participant")]
    assert told == ["removed"]
    with pytest.raises(ParticipantNotFound):
        rooms.remove(room, "nobody")


def test_a_room_that_is_over_lets_nobody_in_and_says_so_once(room: Room) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    assert rooms.close(room, reason=EndReason.BY_PERSON)
    assert not rooms.close(room, reason=EndReason.EXPIRED)
    with pytest.raises(RoomOver):
        rooms.holder_of(token.token)
    with pytest.raises(RoomOver):
        rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    assert [event.data for event in RoomEvent.objects.filter(kind="status")] == [
        {"status": "ended", "end_reason": "by_person"}
    ]


def test_a_room_whose_time_is_over_is_over_before_any_sweep(room: Room) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    Room.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(RoomOver):
        rooms.holder_of(token.token)


def test_the_room_of_an_interview_leaves_telling_its_status_to_the_interview(room: Room) -> None:
    interview_in(room)
    rooms.close(room, reason=EndReason.FINISHED)
    assert not RoomEvent.objects.filter(kind="status").exists()


def test_a_text_rooms_address_is_its_page(room: Room) -> None:
    assert rooms.admit(room, name="C", type=ParticipantType.CANDIDATE).room_url == f"/live/rooms/{room.name}/events"
    interview = interview_in(room)
    url = rooms.admit(room, name="C", type=ParticipantType.CANDIDATE).room_url
    assert url == f"/admin/interviews/interview/{interview.pk}/room/"


def test_another_secret_key_makes_tokens_worthless(room: Room, settings: Settings) -> None:
    token = rooms.admit(room, name="Cora", type=ParticipantType.CANDIDATE)
    settings.SECRET_KEY = "another one altogether"
    with pytest.raises(NotInTheRoom):
        rooms.holder_of(token.token)


# --- presence: what is said of sessions, in any order -----------------------------------------------------------------
def interview_in(room: Room) -> Interview:
    return Interview.objects.create(
        room=room, candidate=candidate(60), role="candidate", agent_type="interviewer-agent", plan={}
    )


def participant(room: Room, kind: ParticipantType = ParticipantType.CANDIDATE) -> Participant:
    token = rooms.admit(room, name="Cora", type=kind)
    return Participant.objects.get(identity=token.identity)


def test_the_first_person_who_comes_begins_the_interview(room: Room) -> None:
    interview = interview_in(room)
    watcher, one = participant(room, ParticipantType.OBSERVER), participant(room)
    presence.came(watcher.pk, began_at=timezone.now())
    interview.refresh_from_db()
    assert interview.status == InterviewState.SCHEDULED
    presence.came(one.pk, began_at=timezone.now())
    interview.refresh_from_db()
    assert interview.status == InterviewState.ACTIVE


def test_one_who_only_looks_in_neither_begins_a_room_nor_leaves_it_empty(room: Room) -> None:
    interview = interview_in(room)
    watcher = participant(room, ParticipantType.OBSERVER)
    now = timezone.now()
    presence.came(watcher.pk, began_at=now)
    presence.went(watcher.pk, began_at=now, at=now)
    room.refresh_from_db()
    assert (room.started_at, room.empty_since) == (None, None)
    one = participant(room)
    presence.came(one.pk, began_at=now)
    presence.went(one.pk, began_at=now, at=now)
    room.refresh_from_db()
    interview.refresh_from_db()
    assert (interview.status, room.empty_since) == (InterviewState.ACTIVE, now)


@pytest.mark.parametrize("order", ["12345", "54321", "31524", "24135", "43512", "11223344555", "5544332211"])
def test_sessions_told_in_any_order_end_up_the_same(room: Room, order: str) -> None:
    one = participant(room)
    start = timezone.now() - timedelta(minutes=10)
    at = [start + timedelta(minutes=minute) for minute in range(10)]
    news = {
        "1": lambda: presence.came(one.pk, began_at=at[0]),
        "2": lambda: presence.went(one.pk, began_at=at[0], at=at[1]),
        "3": lambda: presence.came(one.pk, began_at=at[2]),
        "4": lambda: presence.went(one.pk, began_at=at[2], at=at[3]),
        "5": lambda: presence.came(one.pk, began_at=at[4]),
    }
    for number in order:
        news[number]()
    one.refresh_from_db()
    room.refresh_from_db()
    assert (one.joined_at, one.left_at, room.empty_since) == (at[4], None, None)
    assert presence.went(one.pk, began_at=at[4], at=at[5])
    room.refresh_from_db()
    assert room.empty_since == at[5]


def test_a_room_is_empty_when_the_last_person_left_whatever_agents_do(room: Room) -> None:
    one, two, agent = participant(room), participant(room), None
    agent = Participant.objects.create(room=room, identity="agent", name="AI", type=ParticipantType.AGENT)
    now = timezone.now()
    for each in (one, two, agent):
        presence.came(each.pk, began_at=now)
    presence.went(one.pk, began_at=now, at=now)
    room.refresh_from_db()
    assert room.empty_since is None
    presence.went(two.pk, began_at=now, at=now + timedelta(seconds=1))
    room.refresh_from_db()
    assert room.empty_since == now + timedelta(seconds=1)
    presence.came(one.pk, began_at=now + timedelta(seconds=2))
    room.refresh_from_db()
    assert room.empty_since is None


def test_an_open_page_is_a_session_and_is_written_sparingly(room: Room, django_assert_num_queries: object) -> None:
    one = participant(room)
    presence.page_opened(one)
    one.refresh_from_db()
    assert one.joined_at is not None
    assert one.seen_at is not None
    with django_assert_num_queries(0):  # type: ignore[operator]
        presence.page_opened(one)
    Participant.objects.update(seen_at=timezone.now() - timedelta(seconds=presence.GONE_SECONDS + 1))
    assert presence.close_silent_pages() == 1
    room.refresh_from_db()
    assert room.empty_since is not None
    one.refresh_from_db()
    presence.page_opened(one)
    room.refresh_from_db()
    assert room.empty_since is None


def test_making_a_room_remembers_who_made_it() -> None:
    user = User.objects.create_user("rhea@example.com", "a long password", is_staff=True)
    one = candidate(70)
    made = rooms.make(interviewer_name="R" * 300, candidate=one, made_by=user, expires_at=timezone.now())
    assert (made.made_by, made.candidate, len(made.interviewer_name)) == (user, one, 200)
    assert made.is_over
    assert len(made.name) > 30
