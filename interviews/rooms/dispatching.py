"""Bringing a room's agent in, and another one when it is gone.

A self-hosted LiveKit sends no new agent when one dies, and drops a dispatch for which no worker is there, without a
word. So each dispatch is a row first (`dispatched_at`, set by compare-and-set: of several who notice at the same time
one dispatches), and what became of it is told by the agent's signs of life (`agent_seen_at`). There are never two in a
room: all agents come under one identity, of which LiveKit lets one in.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from interviews import room_events
from interviews.models import Room
from interviews.rooms import server
from interviews.states import Medium
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

# An agent that was asked for comes within a second where a warm worker is there; LiveKit waits 5 s for one.
ARRIVAL_SECONDS = 5.0
# Worker, webhook and sweep may all see the same death: within so many seconds one dispatch is enough.
_ONE_DISPATCH_SECONDS = 1.5
# Nobody has come yet: so long is an agent kept ready for them. Then it is sent away, until somebody comes.
WARM_SECONDS = 120.0


def dispatch(room: Room) -> bool:
    """Ask LiveKit for another agent in place of one that is gone; whether this call did.

    Not where the room is over, is held in text or has no agent, nor where nobody is there to talk to (whoever comes
    then brings one in), nor within a moment after another dispatch. Where LiveKit does not answer it is logged, and
    the sweep asks again.
    """
    now = timezone.now()
    settled = Q(dispatched_at=None) | Q(dispatched_at__lt=now - timedelta(seconds=_ONE_DISPATCH_SECONDS))
    return _dispatch(room, is_wanted(now) & settled)


def dispatch_if_missing(room: Room) -> bool:
    """Ask LiveKit for the room's agent, unless one lives in it or is on its way. Somebody is there, or is coming."""
    return _dispatch(room, is_missing(timezone.now()))


def is_missing(now: datetime) -> Q:
    """Rooms without a living agent and without one on its way."""
    silent = Q(agent_seen_at__lt=now - timedelta(seconds=settings.AGENT_SILENT_SECONDS))
    never_came = Q(agent_seen_at=None) & (
        Q(dispatched_at=None) | Q(dispatched_at__lt=now - timedelta(seconds=ARRIVAL_SECONDS))
    )
    settled = Q(dispatched_at=None) | Q(dispatched_at__lt=now - timedelta(seconds=_ONE_DISPATCH_SECONDS))
    return (silent & settled) | never_came


def is_wanted(now: datetime) -> Q:
    """Rooms in which an agent has somebody to talk to, or will have soon."""
    somebody_is_there = Q(started_at__isnull=False, empty_since=None)
    somebody_is_coming = Q(started_at=None, created_at__gt=now - timedelta(seconds=WARM_SECONDS))
    return has_agent(now) & (somebody_is_there | somebody_is_coming)


def waits_in_vain(now: datetime) -> Q:
    """Rooms in which an agent sits that nobody came to talk to."""
    return (
        has_agent(now)
        & Q(started_at=None, created_at__lt=now - timedelta(seconds=WARM_SECONDS))
        & Q(dispatched_at__lt=now - timedelta(seconds=WARM_SECONDS))
        & Q(agent_seen_at__gt=now - timedelta(seconds=settings.AGENT_SILENT_SECONDS))
    )


def send_away(room: Room) -> None:
    """Put whatever agent LiveKit shows out of a room. Raises VoiceUnavailable."""
    for session in server.sessions(room.name):
        if session.is_agent:
            server.put_out(room.name, session.identity)


def has_agent(now: datetime) -> Q:
    """Open rooms that an agent belongs into."""
    return Q(ended_at=None, expires_at__gt=now, medium=Medium.VOICE) & ~Q(agent_name="")


def _dispatch(room: Room, condition: Q) -> bool:
    now = timezone.now()
    with transaction.atomic():
        before = Room.objects.select_for_update(no_key=True).filter(has_agent(now) & condition, pk=room.pk).first()
        if before is None:
            return False
        Room.objects.filter(pk=room.pk).update(dispatched_at=now, agent_seen_at=None)
        room_events.append(room.pk, "agent", {"state": "waiting"})
    room.dispatched_at, room.agent_seen_at = now, None
    try:
        if before.dispatched_at is not None:
            # LiveKit may have closed the room since, and may still show an agent that is dead.
            open_room(before)
            send_away(before)
        server.dispatch(before.name, agent_name=before.agent_name, metadata={"room_id": str(before.pk)})
    except GreenroomError as error:
        logger.warning("no agent could be asked for (%s); the sweep will ask again", error.code)
        return False
    return True


def open_room(room: Room) -> None:
    """Make LiveKit's room, or find it made. It stays until we close it: tokens are good for as long.

    Raises VoiceUnavailable.
    """
    left = max(60.0, (room.expires_at - timezone.now()).total_seconds())
    server.open_room(
        room.name,
        metadata={"room_id": str(room.pk), **room.metadata},
        empty_seconds=left,
        departure_seconds=left,
    )
