"""What streams of imports get of the events: of each import the newest one, since each holds the whole status."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

from candidates import events
from candidates.events import StatusEvent
from candidates.listening import Topic, listener, register


class Subscription:
    """One stream's post box. It keeps the newest event of each import, so a slow reader costs no memory."""

    def __init__(self, import_id: UUID | None) -> None:
        self.import_id = import_id
        self._pending: dict[UUID, StatusEvent] = {}
        self._taken: dict[UUID, int] = {}
        self._woken = asyncio.Event()

    def offer(self, event: StatusEvent) -> None:
        """Put an event in, unless this stream does not ask for it or has had a newer one."""
        if self.import_id is not None and event.import_id != self.import_id:
            return
        if event.id > self._taken.get(event.import_id, -1):
            self._taken[event.import_id] = event.id
            self._pending[event.import_id] = event
            self._woken.set()

    def mark(self, event: StatusEvent) -> None:
        """The stream has sent this event itself: what came in meanwhile and is no newer need not be sent again."""
        self._taken[event.import_id] = max(event.id, self._taken.get(event.import_id, -1))
        waiting = self._pending.get(event.import_id)
        if waiting is not None and waiting.id <= event.id:
            del self._pending[event.import_id]

    async def take(self, *, seconds: float) -> list[StatusEvent]:
        """The events since the last call, oldest first; after `seconds` without any, an empty list."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()
        pending, self._pending = self._pending, {}
        return sorted(pending.values(), key=lambda event: event.id)


@register
class Imports(Topic):
    """The status of imports."""

    channel = events.CHANNEL

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self._last_id: int | None = None

    async def hear(self, notice: dict[str, Any]) -> None:
        """Deliver a notice; one that was too large to bring its data is read from the table."""
        self._last_id = max(self._last_id or 0, notice["id"])
        if not self.subscriptions:
            return
        if "data" in notice:
            self._deliver(StatusEvent(notice["id"], UUID(notice["import"]), notice["kind"], notice["data"]))
        else:
            for event in await _fetch(notice["id"] - 1, UUID(notice["import"])):
                self._deliver(event)

    async def catch_up(self) -> None:
        """Deliver what came while nobody listened."""
        if self._last_id is None or not self.subscriptions:
            self._last_id = await sync_to_async(_newest_id, thread_sensitive=False)()
            return
        # Some way further back than the last one seen: ids of different imports are not committed in their order.
        for event in await _fetch(max(0, self._last_id - 100), None):
            self._deliver(event)
            self._last_id = max(self._last_id, event.id)

    def _deliver(self, event: StatusEvent) -> None:
        for subscription in self.subscriptions:
            subscription.offer(event)


@contextlib.asynccontextmanager
async def subscribe(import_id: UUID | None) -> AsyncIterator[Subscription]:
    """Events from now on, of one import or of all; nothing is missed between this call and a later query."""
    ears = await listener()
    topic = ears.topic(Imports)
    subscription = Subscription(import_id)
    topic.subscriptions.add(subscription)
    try:
        async with ears.open():
            yield subscription
    finally:
        topic.subscriptions.discard(subscription)


async def _fetch(after: int, import_id: UUID | None) -> list[StatusEvent]:
    return await sync_to_async(_read, thread_sensitive=False)(after, import_id)


def _read(after: int, import_id: UUID | None) -> list[StatusEvent]:
    close_old_connections()
    try:
        return events.after(after, import_id=import_id)
    except Exception as error:  # Django wraps what psycopg raises; the listener knows psycopg's
        raise psycopg.OperationalError(type(error).__name__) from error
    finally:
        connection.close()


def _newest_id() -> int:
    try:
        return events.newest_id()
    except Exception as error:
        raise psycopg.OperationalError(type(error).__name__) from error
    finally:
        connection.close()
