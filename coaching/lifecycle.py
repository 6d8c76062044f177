"""The life of a practice session. `transition` is the only way from one status to another: a compare-and-set."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.activation import activate
from coaching import stopping, talking
from coaching.errors import SessionNotFound, TooFewTurns, WrongState
from coaching.models import Session
from coaching.states import SESSION_MOVES, SessionState

# So many messages of the trainee's make a session complete.
LEAST_TURNS = 3
_CHANGED = ("status", "archived_from", "started_at", "completed_at", "archived_at", "turns", "messages_count")


def transition(session: Session, to: SessionState, **values: Any) -> Session:
    """Move a session on, if it is still where `session` says it is; return it refreshed.

    `values` are other columns to set in the same statement. Raises WrongState where the move is not allowed, or where
    another request moved the session first. Out of the archive a session goes back to where it was, and nowhere else.
    """
    was = SessionState(session.status)
    # What begins or completes a session does not take it out of the archive: `restore` alone does, and leaves the rest.
    is_elsewhere = was == SessionState.ARCHIVED and (to != session.archived_from or values.get("archived_from") != "")
    if to not in SESSION_MOVES[was] or is_elsewhere:
        raise WrongState(f"A session that is “{was.label}” can't become “{to.label}”.")
    rows = Session.objects.filter(pk=session.pk, status=was)
    if to == SessionState.COMPLETED and was == SessionState.IN_PROGRESS:
        # Counted by the row itself: whatever was read before, three turns must stand there now.
        rows = rows.filter(turns__gte=LEAST_TURNS)
    if not rows.update(status=to, **values):
        raise WrongState("The session has moved on in the meantime. Look at it again.")
    session.refresh_from_db(fields=_CHANGED)
    return session


def begin(session: Session) -> Session:
    """Set up → in progress. Raises WrongState from anywhere else."""
    return transition(session, SessionState.IN_PROGRESS, started_at=timezone.now())


def complete(session: Session) -> Session:
    """In progress → completed, after at least LEAST_TURNS of the trainee's; the first one activates the user.

    An answer that is still being made is stopped. Raises TooFewTurns, or WrongState where the session is completed
    or archived already.
    """
    if session.status in (SessionState.SETUP, SessionState.IN_PROGRESS) and session.turns < LEAST_TURNS:
        raise TooFewTurns(
            f"Say at least {LEAST_TURNS} things before you complete the session. So far: {session.turns}."
        )
    with transaction.atomic():
        # The account before the session, in the order in which a deletion locks them.
        activate(session.user_id)
        transition(session, SessionState.COMPLETED, completed_at=timezone.now())
        stopping.ring(session.pk)
        talking.close_room(session)
    return session


def archive(session: Session) -> Session:
    """Put a session away; one that is away already is left as it is. Raises SessionNotFound where it was deleted."""
    while session.status != SessionState.ARCHIVED:
        try:
            with transaction.atomic():
                # Where it came from is taken from the row itself, in the statement that moves it.
                transition(session, SessionState.ARCHIVED, archived_from=F("status"), archived_at=timezone.now())
                stopping.ring(session.pk)
                talking.close_room(session)
        except WrongState:  # moved on in the meantime, which it can do twice at most before it is archived
            try:
                session.refresh_from_db(fields=_CHANGED)
            except Session.DoesNotExist:  # deleted with its account
                raise SessionNotFound("There is no such session.") from None
    return session


def restore(session: Session) -> Session:
    """Out of the archive, back to where it was. Raises WrongState where it is not in there."""
    if session.status != SessionState.ARCHIVED:
        raise WrongState("This session is not archived.")
    return transition(session, SessionState(session.archived_from), archived_from="", archived_at=None)
