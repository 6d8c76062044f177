"""What happened in rooms, as rows that streams replay from, and a knock through Postgres for those who listen now.

Kinds and what their data hold:

- `turn` {number, key, speaker, by_agent, text, started_at, ended_at, medium, stage, question, is_follow_up,
  interrupted}
- `hint` {turn, verdict, issue, suggestion, quote}; for the interviewer alone
- `stage` {stage, label, position, of}
- `status` {status, end_reason}; the interview's, or {"status": "ended"} for a room without an interview
- `participant` {identity, name, type, state: joined | left | removed}
- `agent` {state: waiting | joined | lost | failed}; {state: text, without} where it can not hear or speak: it goes on
  by text
- `analysis` {state, reason}

Whispered, so never stored or replayed:

- `delta` {key, text, at}: the next piece of a turn that is being said, and how many characters come before it;
  overtaken by the `turn` with that key
- `typing` {identity}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from interviews import whispering
from interviews.models import Room, RoomEvent
from interviews.states import Audience

CHANNEL = "greenroom_rooms"
# A NOTIFY holds less than 8,000 bytes; a longer event is announced without its data, and read by who needs it.
_LARGEST_NOTICE = 7_500


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as it goes to a stream."""

    id: int
    room_id: UUID
    kind: str
    audience: str
    data: dict[str, Any]


def whisper(room_id: UUID, kind: str, data: dict[str, Any], audience: Audience = Audience.ALL) -> None:
    """Announce something to those who listen now, and keep nothing of it.

    Returns at once, and may be called from synchronous and asynchronous code alike; what can't be sent is lost. Texts
    (`data["text"]`) of one `key` that follow each other quickly are sent as one.
    """
    whispering.whisper(CHANNEL, room_id, kind, data, audience)


def locked(room_id: UUID) -> Room:
    """The room with its row locked until the transaction ends: whoever writes turns or events holds it.

    Raises Room.DoesNotExist where it is gone.
    """
    return Room.objects.select_for_update(no_key=True).get(pk=room_id)


def append(
    room_id: UUID, kind: str, data: dict[str, Any], *, audience: Audience = Audience.ALL, is_locked: bool = False
) -> int:
    """Write an event and announce it at commit; return its id.

    Takes the lock on the room's row, unless the caller says that it holds it (`is_locked`): so ids rise in the order of
    commits, and a stream that replays from an id can't miss a lower one that was committed later.
    """
    with transaction.atomic(savepoint=False):  # nobody goes on after a failure in here
        if not is_locked:
            locked(room_id)
        event = RoomEvent.objects.create(room_id=room_id, kind=kind, audience=audience, data=data)
        notice = {"id": event.id, "room": str(room_id), "kind": kind, "audience": audience, "data": data}
        text = json.dumps(notice)
        if len(text.encode()) > _LARGEST_NOTICE:
            del notice["data"]
            text = json.dumps(notice)
        if kind == "turn":
            whispering.forget(room_id, data.get("key", ""))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])
    return event.id


def after(event_id: int, *, room_id: UUID, audiences: tuple[str, ...], limit: int = 500) -> list[Happening]:
    """A room's events after an id that these audiences may see, oldest first."""
    rows = RoomEvent.objects.filter(room_id=room_id, id__gt=event_id, audience__in=audiences).order_by("id")[:limit]
    return [Happening(row.id, row.room_id, row.kind, row.audience, row.data) for row in rows]
