"""The life of an interview as its rows tell it, and what it makes of the candidate's own status.

`transition` is the only way from one status to another: a compare-and-set on the interview's row and an event, in one
transaction. Locks are taken in one order everywhere: the room's row, the interview's, the candidate's.

Nothing here speaks to LiveKit or a model, so both rooms and transcript may call it; see `interviewing` for starting and
ending.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from candidates.models import Candidate
from candidates.states import InterviewStatus
from interviews import room_events
from interviews.errors import WrongState
from interviews.models import Decision, Interview, Participant, Room, Turn
from interviews.states import ENDED, INTERVIEW_MOVES, AnalysisState, InterviewState, ParticipantType, Role, Speaker

_CHANGED = ("status", "end_reason", "started_at", "ended_at")


def transition(interview: Interview, to: InterviewState, *, reason: str = "", **values: Any) -> Interview:
    """Move an interview on, if it is still where `interview` says it is; write the event; return it refreshed.

    `reason` is a states.EndReason for an end, else empty; `values` are other columns to set in the same statement.
    The candidate's own interview status follows in the same transaction. Raises WrongState where the move is not
    allowed, or where another process moved the interview first.
    """
    was = interview.status
    if to not in INTERVIEW_MOVES[was]:
        raise WrongState(f"An interview that is “{InterviewState(was).label}” can't become “{to.label}”.")
    with transaction.atomic():
        room_events.locked(interview.room_id)
        moved = Interview.objects.filter(pk=interview.pk, status=was).update(status=to, end_reason=reason, **values)
        if not moved:
            raise WrongState("The interview has moved on in the meantime. Look at it again.")
        interview.refresh_from_db(fields=_CHANGED)
        room_events.append(
            interview.room_id, "status", {"status": interview.status, "end_reason": interview.end_reason}
        )
        if to == InterviewState.COMPLETED:
            refresh_awaiting(interview.room_id)
        refresh_standing(interview.candidate_id)
    return interview


def begin(interview: Interview) -> Interview:
    """Scheduled → active, at the first turn or when somebody has come. Anything else is left as it is.

    A room that waited longer, for somebody who comes by a link, has its usual length from now on.
    """
    if interview.status == InterviewState.SCHEDULED:
        now = timezone.now()
        try:
            with transaction.atomic():
                transition(interview, InterviewState.ACTIVE, started_at=now)
                latest = now + timedelta(hours=settings.ROOM_HOURS)
                Room.objects.filter(pk=interview.room_id, expires_at__gt=latest).update(expires_at=latest)
        except WrongState:  # somebody else began it, or ended it
            interview.refresh_from_db(fields=_CHANGED)
    return interview


def refresh_awaiting(room_id: UUID) -> None:
    """Write down whether a room's interview waits for a person's word: Interview.awaits_decision.

    It does where a person was interviewed, the analysis is done and nobody has decided. Where an AI played the
    candidate there is nothing to decide about a person. Belongs into the transaction that changed one of these.
    """
    of_room = Interview.objects.filter(room_id=room_id)
    awaits = of_room.filter(
        ~Exists(Decision.objects.filter(interview=OuterRef("pk"))),
        status=InterviewState.COMPLETED,
        role=Role.CANDIDATE,
        room__analysis_state=AnalysisState.DONE,
    ).exists()
    of_room.filter(awaits_decision=not awaits).update(awaits_decision=awaits)


def refresh_standing(candidate_id: UUID | None) -> None:
    """Write to the candidate what its rooms and interviews add up to: interview_status, and the name of the room.

    Computed from the rows and not moved step by step, so that a cancelled interview puts back what is true without
    anybody remembering what was true before. Training does not count: there the candidate is played, and the person
    knows nothing of it. Belongs into the transaction that changed a room or an interview.
    """
    if candidate_id is None:
        return
    with transaction.atomic():
        # The lock comes first: of two rooms that end at the same time, the later one must see the earlier one's end.
        rows = Candidate.objects.select_for_update(no_key=True).only("interview_status", "room_name")
        candidate = rows.filter(pk=candidate_id).first()
        if candidate is None:
            return
        status, room_name = standing_of(candidate_id)
        if (candidate.interview_status, candidate.room_name) != (status, room_name):
            Candidate.objects.filter(pk=candidate_id).update(
                interview_status=status, room_name=room_name, updated_at=timezone.now()
            )


def standing_of(candidate_id: UUID) -> tuple[InterviewStatus, str | None]:
    """(interview_status, room name) of a candidate, by its rooms: the furthest of those that are open, else the past.

    A room that stands open and waits is briefing, one in which somebody talks is in progress. Where none is open, one
    held interview makes it completed.
    """
    spoke = Turn.objects.filter(room=OuterRef("pk"), speaker=Speaker.CANDIDATE)
    came = Participant.objects.filter(room=OuterRef("pk"), type=ParticipantType.CANDIDATE, joined_at__isnull=False)
    rooms = (
        rooms_of(candidate_id)
        .exclude(interview__is_training=True)
        .annotate(held=Exists(spoke) | Exists(came))
        .order_by("-created_at", "-id")
        .values_list("name", "interview__status", "started_at", "ended_at", "expires_at", "held")
    )
    now = timezone.now()
    found: dict[InterviewStatus, str] = {}
    for name, interview_status, started_at, ended_at, expires_at, held in rooms:
        is_open = ended_at is None and expires_at > now
        standing = _of_interview(interview_status) if interview_status else _of_room(is_open, started_at, held)
        if standing is not None:
            found.setdefault(standing, name)  # the newest of its kind
    for standing in (InterviewStatus.IN_PROGRESS, InterviewStatus.BRIEFING, InterviewStatus.COMPLETED):
        if standing in found:
            return standing, found[standing]
    return InterviewStatus.NOT_SCHEDULED, None


def rooms_of(candidate_id: UUID) -> QuerySet[Room]:
    """Every room of a candidate: made for them, or that of an interview with them.

    As a union: by an OR over two tables Postgres would read all rooms that there are.
    """
    theirs = Room.objects.filter(candidate_id=candidate_id).values("pk")
    return Room.objects.filter(
        pk__in=theirs.union(Interview.objects.filter(candidate_id=candidate_id).values("room_id"))
    )


def _of_interview(status: str) -> InterviewStatus | None:
    if status in ENDED:
        return InterviewStatus.COMPLETED if status == InterviewState.COMPLETED else None
    return InterviewStatus.IN_PROGRESS if status == InterviewState.ACTIVE else InterviewStatus.BRIEFING


def _of_room(is_open: bool, started_at: object, held: bool) -> InterviewStatus | None:
    """A room of humans alone: that somebody opened it does not make an interview, that the candidate came does."""
    if is_open:
        return InterviewStatus.IN_PROGRESS if started_at and held else InterviewStatus.BRIEFING
    return InterviewStatus.COMPLETED if held else None
