"""The transcript of a room: turns, stored by the server as each one is finished, and read back in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from interviews import doorbell, lifecycle, room_events
from interviews.errors import RoomOver
from interviews.models import Interview, Room, Turn
from interviews.schemas import Progress
from interviews.states import ENDED, InterviewState, Medium, Role, Speaker

LONGEST_TURN = 20_000


@dataclass(frozen=True, slots=True)
class Said:
    """A finished turn, ready to be stored. `key` makes storing it twice one turn."""

    key: str
    speaker: Speaker
    text: str
    by_agent: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    medium: Medium = Medium.TEXT
    interrupted: bool = False
    stage: str = ""
    question: str = ""
    is_follow_up: bool = False
    receipt: dict[str, Any] | None = None


def record(*, room_id: UUID, said: Said, progress: Progress | None = None) -> tuple[Turn, bool]:
    """Store a finished turn, and with it where the interview stands now; return (the turn, whether it is new).

    The turn, the progress and the event are one transaction under the lock on the room's row, so numbers have no gaps,
    and an agent that is killed loses either both or neither. A key that is there already changes nothing and returns
    what was stored first. Text beyond LONGEST_TURN characters is cut. Raises RoomOver where the room has ended, so
    nothing is added to a finished transcript.

    The first turn begins the interview. A finished answer in an interview that a human leads rings for the copilot.
    """
    now = timezone.now()
    with transaction.atomic():
        room = room_events.locked(room_id)
        # One question for both, since somebody waits: whether the key is there, and which number comes next.
        there = Turn.objects.filter(room_id=room_id).aggregate(
            last=Max("number"), known=Max("pk", filter=Q(key=said.key))
        )
        if there["known"] is not None:
            return Turn.objects.get(pk=there["known"]), False
        if room.ended_at is not None:
            raise RoomOver("This room has ended.")
        last = there["last"] or 0
        turn = Turn.objects.create(
            room_id=room_id,
            number=last + 1,
            speaker=said.speaker,
            by_agent=said.by_agent,
            text=said.text.replace("\x00", "")[:LONGEST_TURN],
            key=said.key,
            started_at=said.started_at or said.ended_at or now,
            ended_at=said.ended_at or now,
            medium=said.medium,
            interrupted=said.interrupted,
            stage=said.stage,
            question=said.question,
            is_follow_up=said.is_follow_up,
            receipt=said.receipt,
        )
        if room.started_at is None:
            Room.objects.filter(pk=room_id).update(started_at=now)
        _move_on(room, turn)
        if progress is not None:
            Interview.objects.filter(room_id=room_id).exclude(status__in=ENDED).update(
                progress=progress.model_dump(mode="json")
            )
        room_events.append(room_id, "turn", as_data(turn) | {"key": turn.key}, is_locked=True)
    return turn, True


def _move_on(room: Room, turn: Turn) -> None:
    """What a new turn means for its interview, its candidate and the copilot. Within the transaction that stores it."""
    # Without plan and persona: this runs at every turn.
    interview = Interview.objects.filter(room_id=room.pk).defer("plan", "persona", "progress").first()
    if interview is None and room.agent_name:
        return  # no interview, but a talk with the agent of another app, which keeps its own books
    answered = turn.speaker == Speaker.CANDIDATE
    if interview is not None and interview.status == InterviewState.SCHEDULED:
        lifecycle.begin(interview)
    if interview is None and (room.started_at is None or answered):
        lifecycle.refresh_standing(room.candidate_id)
    if answered and (interview is None or interview.role == Role.INTERVIEWER):
        doorbell.ring_copilot(turn.pk)  # a human asks


def keep_given(*, room: Room, given: Sequence[Said]) -> list[Turn]:
    """Keep a transcript of words that were spoken elsewhere, and return the room's turns.

    A room that has turns of its own keeps those alone: what the server heard stands before what anybody says was said.
    So the same transcript given twice is kept once. A turn without a time stands at the time of the one before it.
    Works for a room that is over too, since the words may come after it.
    """
    with transaction.atomic():
        room_events.locked(room.pk)
        stored = of(room.pk)
        if stored or not given:
            return stored
        at = room.started_at or room.created_at
        turns = []
        for number, said in enumerate(given, start=1):
            at = said.started_at or at
            turns.append(
                Turn(
                    room=room,
                    number=number,
                    speaker=said.speaker,
                    text=said.text.replace("\x00", "")[:LONGEST_TURN],
                    key=said.key,
                    started_at=at,
                    ended_at=said.ended_at or at,
                    medium=said.medium,
                )
            )
        Turn.objects.bulk_create(turns)
        lifecycle.refresh_standing(room.candidate_id)
    return of(room.pk)


def of(room_id: UUID) -> list[Turn]:
    """All turns of a room in order."""
    return list(Turn.objects.filter(room_id=room_id).order_by("number"))


def as_data(turn: Turn) -> dict[str, Any]:
    """A turn as events and the API give it."""
    return {
        "number": turn.number,
        "speaker": turn.speaker,
        "by_agent": turn.by_agent,
        "text": turn.text,
        "started_at": turn.started_at.isoformat(),
        "ended_at": turn.ended_at.isoformat(),
        "medium": turn.medium,
        "stage": turn.stage,
        "question": turn.question,
        "is_follow_up": turn.is_follow_up,
        "interrupted": turn.interrupted,
    }


def as_text(turns: list[Turn], *, names: dict[str, str] | None = None) -> str:
    """A transcript as lines "[3] Interviewer: …", numbered as the turns are, for a model or for a person to read."""
    names = names or dict(Speaker.choices)
    return "\n".join(f"[{turn.number}] {names[turn.speaker]}: {turn.text}" for turn in turns)
