"""Practice sessions of one trainee: made, found, listed, changed. Nobody finds another one's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from coaching import lifecycle
from coaching.errors import SessionNotFound, WrongState
from coaching.models import Session
from coaching.states import TALKING, PreparationType, SessionState

# What a trainee says of a session when setting it up, with the longest text of each in characters.
SETUP_TEXTS: dict[str, int] = {"meeting_subtype": 120, "agenda": 4000, "tone": 120, "role_context": 4000}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; None: not by this, but then archived sessions are left out."""

    status: str | None = None
    preparation_type: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list; `next` is where the following one begins, None at the end."""

    rows: list[Session]
    next: UUID | None


def rows(user: User) -> QuerySet[Session]:
    """One trainee's sessions, without what only the coach reads."""
    return Session.objects.filter(user=user).defer("summary", "summary_until")


def find(*, user: User, session_id: UUID) -> Session:
    """One of this user's sessions. Raises SessionNotFound, also where it is somebody else's."""
    session = rows(user).filter(pk=session_id).first()
    if session is None:
        raise SessionNotFound("There is no such session.")
    return session


def make(*, user: User, preparation_type: PreparationType, **texts: str) -> Session:
    """Set up a session; `texts` are of SETUP_TEXTS. Nothing is asked of a model yet."""
    if not set(texts) <= set(SETUP_TEXTS):
        raise TypeError("a session is set up with SETUP_TEXTS alone")
    session = Session.objects.create(user=user, preparation_type=preparation_type, **texts)
    return find(user=user, session_id=session.pk)


def make_once(*, user: User, preparation_type: PreparationType, **texts: str) -> Session:
    """The session that was set up just like this and not begun, or else a new one: a form sent twice makes one."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        alike = {"preparation_type": preparation_type, **dict.fromkeys(SETUP_TEXTS, ""), **texts}
        found = rows(user).filter(status=SessionState.SETUP, messages_count=0, **alike).order_by("-id").first()
        return found or make(user=user, preparation_type=preparation_type, **texts)


def page(*, user: User, filters: Filters, after: UUID | None, limit: int) -> Page:
    """Up to `limit` of a user's sessions, newest first, those after `after`."""
    found = rows(user).order_by("-id")  # ids are UUIDs of version 7: in the order in which they were made
    if filters.status is not None:
        found = found.filter(status=filters.status)
    else:
        found = found.exclude(status=SessionState.ARCHIVED)
    if filters.preparation_type is not None:
        found = found.filter(preparation_type=filters.preparation_type)
    if after is not None:
        found = found.filter(pk__lt=after)
    shown = list(found[: limit + 1])
    return Page(shown[:limit], shown[limit - 1].pk if len(shown) > limit else None)


def change(*, session: Session, values: Mapping[str, Any]) -> Session:
    """Change what a session is set up for, where it stands, or both: all of it or nothing.

    `values` may hold `preparation_type`, any of SETUP_TEXTS, and `status`, which obeys the same rules as the actions of
    its name. The kind of preparation is settled once something was said, the rest once the session is over. Raises
    WrongState and TooFewTurns.
    """
    wanted = dict(values)
    status = wanted.pop("status", None)
    wanted = {name: value for name, value in wanted.items() if getattr(session, name) != value}
    with transaction.atomic():
        if wanted:
            _set_up(session, wanted)
        if status is not None and status != session.status:
            _move(session, SessionState(status))
    return find(user=session.user, session_id=session.pk)


def _set_up(session: Session, wanted: dict[str, Any]) -> None:
    open_in = [SessionState.SETUP] if "preparation_type" in wanted else sorted(TALKING)
    if not Session.objects.filter(pk=session.pk, status__in=open_in).update(**wanted):
        if "preparation_type" in wanted and session.status == SessionState.IN_PROGRESS:
            raise WrongState("What you prepare for can't change once you have begun. Set up another session.")
        raise WrongState("This session is over; it can't be changed any more.")


def _move(session: Session, to: SessionState) -> None:
    if session.status == SessionState.ARCHIVED:
        if to != session.archived_from:
            back = SessionState(session.archived_from).label
            raise WrongState(f"Out of the archive this session goes back to “{back}”.")
        lifecycle.restore(session)
    elif to == SessionState.ARCHIVED:
        lifecycle.archive(session)
    elif to == SessionState.COMPLETED:
        lifecycle.complete(session)
    elif to == SessionState.IN_PROGRESS:
        lifecycle.begin(session)
    else:
        raise WrongState("A session that has begun can't be set up again.")
