"""The sweep: what no webhook told, or nobody heard, comes right within seconds. Runs each ROOM_SWEEP_SECONDS.

With nothing open it is two statements on a partial index. Any number of them may run at the same time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone

from interviews.models import Participant, Room, WebhookDelivery
from interviews.rooms import presence, server
from interviews.rooms.configuration import is_voice_configured
from interviews.rooms.dispatching import (
    dispatch_if_missing,
    is_missing,
    is_wanted,
    open_room,
    send_away,
    waits_in_vain,
)
from interviews.rooms.life import close
from interviews.states import EndReason, Medium
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

# In one run; the next one is a second away.
_MOST_ROOMS = 100
# LiveKit is asked who is where so often; a session younger than this may be told by a webhook that is on its way.
_COMPARE_SECONDS = 10.0
_SETTLED_SECONDS = 5.0
_DELIVERIES_KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a run found to do."""

    closed: int = 0
    dispatched: int = 0
    corrected: int = 0


def sweep() -> Swept:
    """Close rooms whose time is over or that were left empty, replace agents that are lost or never came, and compare
    with LiveKit who is where. An interview in a room that was closed is ended by `interviewing.settle`."""
    now = timezone.now()
    if not Room.objects.filter(ended_at=None).exists():
        return Swept(corrected=_compare(now))
    presence.close_silent_pages()
    return Swept(closed=_close_rooms(now), dispatched=_replace_agents(now), corrected=_compare(now))


def _close_rooms(now: datetime) -> int:
    over = Room.objects.filter(ended_at=None).filter(Q(expires_at__lte=now) | presence.emptied_before(now))
    closed = 0
    for room in over.order_by("expires_at")[:_MOST_ROOMS]:
        closed += close(room, reason=EndReason.EXPIRED if room.expires_at <= now else EndReason.LEFT_EMPTY)
    return closed


def _replace_agents(now: datetime) -> int:
    if not is_voice_configured():
        return 0
    lost = Room.objects.filter(is_wanted(now) & is_missing(now)).order_by("dispatched_at")[:_MOST_ROOMS]
    dispatched = sum(dispatch_if_missing(room) for room in lost)
    try:
        for room in Room.objects.filter(waits_in_vain(now))[:_MOST_ROOMS]:
            send_away(room)
    except GreenroomError as error:
        logger.warning("agents that wait in vain could not be sent away (%s)", error.code)
    return dispatched


def _compare(now: datetime) -> int:
    """Bring rows and LiveKit together, now and then: webhooks are lost when either side is down."""
    if not is_voice_configured() or not _is_turn():
        return 0
    _forget_deliveries(now)
    rooms = list(perhaps_open_there(now).order_by("-created_at")[:1000])
    if not rooms:
        return 0
    try:
        open_there = server.room_names()
        corrected = 0
        for room in rooms:
            if room.ended_at is None:
                corrected += _correct(room, now, there=room.name in open_there)
            elif room.name in open_there:
                server.close_room(room.name)
                corrected += 1
    except GreenroomError as error:
        logger.warning("rooms could not be compared with LiveKit (%s)", error.code)
        return 0
    return corrected


def perhaps_open_there(now: datetime) -> QuerySet[Room]:
    """Voice rooms that LiveKit may have: open ones, and those that ended lately, whose deletion may have failed."""
    lately = Q(ended_at=None) | Q(ended_at__gt=now - timedelta(hours=settings.ROOM_HOURS))
    return Room.objects.filter(lately, medium=Medium.VOICE)


def _correct(room: Room, now: datetime, *, there: bool) -> int:
    here = {session.identity: session for session in server.sessions(room.name)} if there else {}
    corrected = 0
    if not there:  # LiveKit was restarted: who is on the way back finds the room again
        open_room(room)
        corrected += 1
    for participant in Participant.objects.filter(room=room):
        session = here.get(participant.identity)
        if session is not None and participant.removed_at is not None:
            server.put_out(room.name, participant.identity, for_good=True)
            corrected += 1
        elif session is not None:
            corrected += presence.came(participant.pk, began_at=session.began_at)
        elif (
            participant.joined_at is not None
            and participant.left_at is None
            and participant.joined_at < now - timedelta(seconds=_SETTLED_SECONDS)
        ):
            corrected += presence.went(participant.pk, began_at=participant.joined_at, at=now)
    known = set(Participant.objects.filter(room=room).values_list("identity", flat=True))
    for session in here.values():
        if session.is_person and session.identity not in known:
            server.put_out(room.name, session.identity)
            corrected += 1
    return corrected


def _is_turn() -> bool:
    try:
        return cache.add("rooms:compare", 1, timeout=_COMPARE_SECONDS)
    except Exception as error:  # noqa: BLE001  whatever a broken Redis raises; then it is left to the next run
        logger.warning("the sweep can't reach Redis (%s)", type(error).__name__)
        return False


def _forget_deliveries(now: datetime) -> None:
    old = WebhookDelivery.objects.filter(created_at__lt=now - _DELIVERIES_KEPT).values_list("pk", flat=True)[:1000]
    WebhookDelivery.objects.filter(pk__in=list(old)).delete()
