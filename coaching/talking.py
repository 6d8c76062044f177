"""The room in which a trainee talks aloud with the coach: made, found again, and left.

A trainee has one open room at a time (`Session.room`). Whoever comes back finds it; once it is over there is another
one, and the coach goes on where the conversation stands, since nothing of that is in the room: what is said there is
stored as the session's messages, beside what is typed. Every room names its session in its metadata (`rooms_of`).

These rooms are the trainee's alone: recruiters find none of them (interviews.models.Room.objects.for_recruiters).
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from coaching.errors import SessionNotFound, WrongState
from coaching.models import Session
from coaching.states import TALKING
from interviews import rooms
from interviews.models import Room
from interviews.states import PRACTICE_AGENT, EndReason, Medium

# The name under which LiveKit and the worker know the coach, and how it is called in its rooms.
AGENT_NAME = PRACTICE_AGENT
AGENT_LABEL = "Coach"


def open_room(session: Session, *, medium: Medium = Medium.VOICE) -> Room:
    """The open room of a session; a new one where there is none of this medium. `session.room` is brought up to date.

    A room of another medium is closed, and so is one of another session: a trainee talks in one at a time. Raises
    WrongState where the session is over, VoiceNotConfigured where there is no voice, VoiceUnavailable where LiveKit is
    away.
    """
    before = _standing(session)
    if before is not None and before.medium == medium and not before.is_over:
        return before
    # LiveKit may be asked for this, so it is not done under a lock. Who talks is not the room's to know.
    made = rooms.make(
        interviewer_name=AGENT_LABEL,
        medium=medium,
        made_by=session.user,
        agent_name=AGENT_NAME,
        metadata={"role": "trainee", "agent_type": AGENT_NAME, "session_id": str(session.pk)},
    )
    with transaction.atomic():
        row = Session.objects.select_for_update(no_key=True, of=("self",)).filter(pk=session.pk).first()
        is_next = row is not None and row.status in TALKING and row.room_id == (before.pk if before else None)
        if is_next:
            Session.objects.filter(pk=session.pk).update(room=made)
    if not is_next:  # another tab was first, or the session has ended meanwhile
        rooms.close(made, reason=EndReason.BY_PERSON)
        return open_room(session, medium=medium)
    # Nobody talks in two rooms at once, and each one open would keep an agent from those who talk.
    for other in Room.objects.filter(made_by=session.user_id, agent_name=AGENT_NAME, ended_at=None).exclude(pk=made.pk):
        rooms.close(other, reason=EndReason.BY_PERSON)
    session.room = made
    return made


def close_room(session: Session, *, reason: EndReason = EndReason.BY_PERSON) -> bool:
    """End the talk of a session, where there is one; whether this call did it. What was said stays in its messages."""
    room = Room.objects.filter(practice_session=session.pk, ended_at=None).first()
    return room is not None and rooms.close(room, reason=reason)


def rooms_of(session: Session) -> QuerySet[Room]:
    """All rooms in which this session was talked aloud, the oldest first."""
    return rooms.made_for(AGENT_NAME, {"session_id": str(session.pk)})


def _standing(session: Session) -> Room | None:
    """The room that the session names now, whatever became of it."""
    row = Session.objects.select_related("room").filter(pk=session.pk).only("status", "room").first()
    if row is None:
        raise SessionNotFound("There is no such session.")
    if row.status not in TALKING:
        raise WrongState("This session is over: nothing more can be said in it.")
    session.room = row.room
    return row.room
