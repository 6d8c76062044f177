"""The room in which a candidate and the intake agent talk: made, found again, and left.

A round has one open room at a time. Whoever comes back finds it; once it is over, or where the candidate goes from
typing to speaking, there is another one, and the agent goes on where it stood (`Intake.progress`), since nothing of
that is in the room. Every room of a round names it in its metadata (`rooms_of`), so that all that was said is found.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from intake import answers
from intake.errors import IntakeNotFound, WrongState
from intake.models import Intake
from intake.states import OPEN
from interviews import rooms
from interviews.models import Room
from interviews.states import EndReason, Medium

# The name under which LiveKit and the worker know the agent.
AGENT_NAME = "intake-agent"
AGENT_LABEL = "AI assistant"


def open_room(intake: Intake, *, medium: Medium | None = None) -> Room:
    """The open room of a round; a new one where there is none of this medium. `intake.room` is brought up to date.

    `medium` None is voice where that is configured, else text. A room of another medium is closed: the candidate has
    one conversation, not two. Raises WrongState where the round has ended, VoiceNotConfigured where voice is asked for
    and there is none, VoiceUnavailable where LiveKit is away.
    """
    if medium is None:
        medium = Medium.VOICE if rooms.is_voice_configured() else Medium.TEXT
    before = _standing(intake)
    if before is not None and before.medium == medium and not before.is_over:
        return before
    # LiveKit may be asked for this, so it is not done under a lock.
    made = rooms.make(
        interviewer_name=AGENT_LABEL,
        candidate_name=intake.candidate.name or "",
        medium=medium,
        made_by=None,
        agent_name=AGENT_NAME,
        metadata={"role": "candidate", "agent_type": AGENT_NAME, "intake_id": str(intake.pk)},
    )
    if not attach(intake, made, before=before):  # another tab was first, or the round has ended meanwhile
        rooms.close(made, reason=EndReason.BY_PERSON)
        return open_room(intake, medium=medium)
    if before is not None:
        rooms.close(before, reason=EndReason.BY_PERSON)
    intake.room = made
    return made


def attach(intake: Intake, made: Room, *, before: Room | None) -> bool:
    """Make it the room of a round, if that is open and names the same room as `before` still; whether it is now.

    Raises IntakeNotFound where the candidate was erased meanwhile; then no room with their name is left either.
    """
    try:
        with transaction.atomic():
            row = answers.locked(intake.pk)
            fits = row.state in OPEN and row.room_id == (before.pk if before is not None else None)
            if fits:
                Intake.objects.filter(pk=row.pk).update(room=made)
    except IntakeNotFound:
        made.delete()
        raise
    return fits


def close_room(intake: Intake, *, reason: EndReason = EndReason.BY_PERSON) -> bool:
    """End the talk of a round, where there is one; whether this call did it. What was said and answered stays."""
    room = Room.objects.filter(intake=intake).first()
    return room is not None and rooms.close(room, reason=reason)


def rooms_of(intake: Intake) -> QuerySet[Room]:
    """All rooms in which this round was talked about, the oldest first."""
    return rooms.made_for(AGENT_NAME, {"intake_id": str(intake.pk)})


def _standing(intake: Intake) -> Room | None:
    """The room that the round names now, whatever became of it."""
    row = Intake.objects.select_related("room").filter(pk=intake.pk).only("state", "room").first()
    if row is None:
        raise IntakeNotFound("There is no such intake.")
    if row.state not in OPEN:
        raise WrongState("This round has ended.")
    intake.room = row.room
    return row.room
