"""What LiveKit tells us, taken in once each, in whatever order it comes.

A delivery and its effect are one transaction; what follows outside (putting somebody out, asking for an agent) happens
after its commit, and is found by the sweep where the process dies in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

from interviews.errors import NotFromLiveKit
from interviews.models import Participant, Room, WebhookDelivery
from interviews.rooms import presence, server
from interviews.rooms.dispatching import dispatch, dispatch_if_missing
from interviews.rooms.server import Notice, Session
from interviews.states import Medium, ParticipantType
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

# What a WebhookDelivery can hold; LiveKit's ids have 15 characters.
_LONGEST_ID = 80


def take(*, body: str, signature: str) -> bool:
    """Take a webhook in; whether it was new. Raises NotFromLiveKit where it is not signed by our LiveKit server."""
    notice = server.read_webhook(body, signature=signature)
    if not notice.id or len(notice.id) > _LONGEST_ID:
        raise NotFromLiveKit("This webhook has no usable id.")
    with transaction.atomic():
        _, is_new = WebhookDelivery.objects.get_or_create(event_id=notice.id, defaults={"kind": notice.kind[:40]})
        if is_new:
            _effect(notice)
    return is_new


def _effect(notice: Notice) -> None:
    room = Room.objects.filter(name=notice.room_name, medium=Medium.VOICE).first()
    if room is None:  # another program's room on the same server
        return
    if notice.kind == "room_finished":
        _finished(room, notice)
    elif notice.session is not None and notice.kind == "participant_joined":
        _joined(room, notice.session)
    elif notice.session is not None and notice.kind in ("participant_left", "participant_connection_aborted"):
        _left(room, notice.session, notice)


def _joined(room: Room, session: Session) -> None:
    if room.is_over:
        _afterwards(lambda: server.close_room(room.name))
        return
    participant = _participant(room, session)
    if participant is None or participant.removed_at is not None:
        if session.is_person:
            for_good = participant is not None
            _afterwards(lambda: server.put_out(room.name, session.identity, for_good=for_good))
        return
    presence.came(participant.pk, began_at=session.began_at)
    if not session.is_agent:
        _afterwards(lambda: dispatch_if_missing(room))


def _left(room: Room, session: Session, notice: Notice) -> None:
    participant = _participant(room, session)
    if participant is None or session.was_replaced:
        # Replaced by itself, from another page: the newer session says how things are.
        return
    is_news = presence.went(participant.pk, began_at=session.began_at, at=notice.at)
    # Who puts an agent out asks for another one where that is wanted.
    if is_news and session.is_agent and not session.was_put_out:
        _afterwards(lambda: dispatch(room))


def _finished(room: Room, notice: Notice) -> None:
    """LiveKit's room is gone, and with it everybody who came before. Ours ends by its own rules."""
    here = room.participants.filter(joined_at__lte=notice.at, left_at=None)
    for participant_id, began_at in here.values_list("pk", "joined_at"):
        if began_at is not None:
            presence.went(participant_id, began_at=began_at, at=notice.at)


def _participant(room: Room, session: Session) -> Participant | None:
    if session.is_agent:
        return Participant.objects.get_or_create(
            room=room,
            identity=session.identity[:120],
            defaults={"name": session.name[:200] or "AI", "type": ParticipantType.AGENT},
        )[0]
    return Participant.objects.filter(room=room, identity=session.identity).first()


def _afterwards(work: Callable[[], object]) -> None:
    def quietly() -> None:
        try:
            work()
        except GreenroomError as error:
            logger.warning("LiveKit could not be told (%s); the sweep tries again", error.code)

    transaction.on_commit(quietly)
