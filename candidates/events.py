"""What happened to imports, as rows that streams replay from, and a knock through Postgres for those who listen now.

Each event holds the import's whole status at that time (`lifecycle.status_of`), so a reader that missed some needs only
the newest. Progress is thinned when written: at most one progress event per import and `PROGRESS_INTERVAL`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from candidates.models import Event, Import

CHANNEL = "greenroom_events"
PROGRESS = "progress"
PROGRESS_INTERVAL = timedelta(milliseconds=400)
# A NOTIFY holds less than 8,000 bytes; a longer event is announced without its data, and read by who needs it.
_LARGEST_NOTICE = 7_500


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """An event as it goes to a stream."""

    id: int
    import_id: UUID
    kind: str
    data: dict[str, Any]


def append(import_id: UUID, kind: str, data: dict[str, Any]) -> int:
    """Write an event and announce it at commit; return its id.

    The caller holds the lock on the import's row (it has just updated it): so ids rise in the order of commits, and a
    stream that replays from an id can't miss a lower one that was committed later.
    """
    with transaction.atomic():
        event = Event.objects.create(of_import_id=import_id, kind=kind, data=data)
        notice = json.dumps({"id": event.id, "import": str(import_id), "kind": kind, "data": data})
        if len(notice.encode()) > _LARGEST_NOTICE:
            notice = json.dumps({"id": event.id, "import": str(import_id), "kind": kind})
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, notice])
    return event.id


def progress_is_due(import_id: UUID) -> bool:
    """Whether enough time has passed since the import's last event for another one about progress."""
    newest = Event.objects.filter(of_import_id=import_id).order_by("-id").values_list("created_at", flat=True).first()
    return newest is None or timezone.now() - newest >= PROGRESS_INTERVAL


def after(event_id: int, *, import_id: UUID | None, limit: int = 500) -> list[StatusEvent]:
    """The events after an id, oldest first: of one import, or the newest one of each import that has any.

    Ids of different imports may be committed out of their order, so the replay over all imports goes back two seconds
    further than asked; its events are whole statuses, and to see one twice does no harm.
    """
    rows = Event.objects.filter(id__gt=event_id)
    if import_id is not None:
        return _as_events(rows.filter(of_import_id=import_id).order_by("id")[:limit])
    seen_at = Event.objects.filter(id=event_id).values_list("created_at", flat=True).first()
    if seen_at is not None:
        rows = rows | Event.objects.filter(created_at__gt=seen_at - timedelta(seconds=2), id__gt=event_id - 10_000)
    newest_ids = rows.order_by("of_import_id", "-id").distinct("of_import_id").values("id")
    return _as_events(Event.objects.filter(id__in=newest_ids).order_by("id")[:limit])


def newest_id(import_id: UUID | None = None) -> int:
    """The id of the newest event, of one import or of all; 0 where there is none."""
    rows = Event.objects.all() if import_id is None else Event.objects.filter(of_import_id=import_id)
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def thin(*, older_than: timedelta = timedelta(minutes=10), limit: int = 10_000) -> int:
    """Delete old progress events, but never an import's newest event; return how many."""
    old = (
        Event.objects.filter(kind=PROGRESS, created_at__lt=timezone.now() - older_than)
        .order_by("id")
        .values_list("id", flat=True)[:limit]
    )
    newest = Event.objects.order_by("of_import_id", "-id").distinct("of_import_id").values("id")
    return Event.objects.filter(id__in=list(old)).exclude(id__in=newest).delete()[0]


def locked(import_id: UUID) -> Import | None:
    """The import with its row locked until the transaction ends, or None where it is gone."""
    return Import.objects.select_for_update(no_key=True).filter(pk=import_id).first()


def _as_events(rows: Sequence[Event] | Any) -> list[StatusEvent]:
    return [StatusEvent(row.id, row.of_import_id, row.kind, row.data) for row in rows]
