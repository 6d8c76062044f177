"""Who is in a room, by sessions: news of them may come twice, late, or in any order, and the rows still end up right.

A session is told apart by when it began. Of one identity only the newest counts: what is said of an older one changes
nothing, and the end of a session that was not heard of yet is its beginning too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from interviews import lifecycle, room_events
from interviews.models import Interview, Participant, Room
from interviews.states import Medium, ParticipantType

# An open page of a text room tells that it is there so often, in seconds, and is gone after three times as long.
BEAT_SECONDS = 15.0
GONE_SECONDS = 3 * BEAT_SECONDS


def came(participant_id: UUID, *, began_at: datetime) -> bool:
    """A session began; whether this was news. The first person to come begins the room and its interview.

    Whoever only listens begins nothing: the room goes on waiting for whom it is for.
    """
    with transaction.atomic():
        participant, room = _locked(participant_id)
        if participant.joined_at is not None and began_at <= participant.joined_at:
            return False
        participant.joined_at, participant.left_at = began_at, None
        participant.save(update_fields=["joined_at", "left_at"])
        _tell(participant, "joined")
        if participant.type == ParticipantType.AGENT:
            room_events.append(room.pk, "agent", {"state": "joined"})
            return True
        if participant.type == ParticipantType.OBSERVER:
            Room.objects.filter(pk=room.pk).update(empty_since=None)
            return True
        is_first = room.started_at is None
        Room.objects.filter(pk=room.pk).update(empty_since=None, started_at=room.started_at or timezone.now())
        _move_on(room, is_first=is_first)
    return True


def went(participant_id: UUID, *, began_at: datetime, at: datetime) -> bool:
    """The session that began then is over since `at`; whether this was news of the newest one."""
    with transaction.atomic():
        participant, room = _locked(participant_id)
        known = participant.joined_at
        if known is not None and (began_at < known or (began_at == known and participant.left_at is not None)):
            return False
        participant.joined_at, participant.left_at = began_at, max(at, began_at)
        participant.save(update_fields=["joined_at", "left_at"])
        _tell(participant, "left")
        if participant.type == ParticipantType.AGENT:
            if room.ended_at is None:
                room_events.append(room.pk, "agent", {"state": "lost"})
            return True
        if room.started_at is not None or participant.type != ParticipantType.OBSERVER:
            _see_whether_empty(room, at)
    return True


def _see_whether_empty(room: Room, at: datetime) -> None:
    people = room.participants.exclude(type=ParticipantType.AGENT)
    if people.filter(joined_at__isnull=False, left_at=None).exists():
        return
    Room.objects.filter(pk=room.pk, ended_at=None, empty_since=None).update(
        empty_since=at, started_at=room.started_at or at
    )


def _move_on(room: Room, *, is_first: bool) -> None:
    interview = Interview.objects.filter(room=room).defer("plan", "persona", "progress").first()
    if interview is not None:
        lifecycle.begin(interview)
    elif is_first or room.candidate_id:
        lifecycle.refresh_standing(room.candidate_id)


def _locked(participant_id: UUID) -> tuple[Participant, Room]:
    """The participant and its room, locked in the order in which everything here locks: the room first."""
    room = Room.objects.select_for_update(no_key=True).get(participants=participant_id)
    return Participant.objects.select_for_update(no_key=True).get(pk=participant_id), room


def _tell(participant: Participant, state: str) -> None:
    room_events.append(
        participant.room_id,
        "participant",
        {"identity": participant.identity, "name": participant.name, "type": participant.type, "state": state},
    )


# --- text rooms: a session is an open page ---------------------------------------------------------------------------
def page_opened(participant: Participant) -> None:
    """The participant's page listens, or has sent something: a session begins, unless one is under way."""
    now = timezone.now()
    is_here = participant.joined_at is not None and participant.left_at is None
    if is_here and participant.seen_at is not None and now - participant.seen_at < timedelta(seconds=BEAT_SECONDS / 3):
        return
    Participant.objects.filter(pk=participant.pk).update(seen_at=now)
    if is_here:
        Room.objects.filter(pk=participant.room_id).exclude(empty_since=None).update(empty_since=None)
    elif participant.type != ParticipantType.AGENT:
        came(participant.pk, began_at=now)


def close_silent_pages() -> int:
    """End the sessions of text rooms whose pages gave no sign for too long; return how many."""
    silent = timezone.now() - timedelta(seconds=GONE_SECONDS)
    gone = (
        Participant.objects.filter(room__medium=Medium.TEXT, room__ended_at=None, joined_at__isnull=False, left_at=None)
        .filter(Q(seen_at=None) | Q(seen_at__lt=silent))
        .exclude(type=ParticipantType.AGENT)
        .values_list("pk", "joined_at", "seen_at")
    )
    return sum(
        went(pk, began_at=joined_at, at=seen_at or joined_at)
        for pk, joined_at, seen_at in gone[:200]
        if joined_at is not None
    )


def emptied_before(now: datetime) -> Q:
    """Rooms that nobody has been in for longer than they wait for somebody to come back."""
    return Q(medium=Medium.VOICE, empty_since__lt=now - timedelta(seconds=settings.ROOM_EMPTY_SECONDS)) | Q(
        medium=Medium.TEXT, empty_since__lt=now - timedelta(seconds=settings.ROOM_TEXT_EMPTY_SECONDS)
    )
