"""One listener in each process feeds all its streams, however many there are.

Events come through Postgres' own LISTEN on a connection outside of Django's pool, opened with the first stream and
given up when there are none. After a lost connection (a restart of Postgres) it comes back and fetches what it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.db import connection as django_connection

from candidates import events
from candidates.events import StatusEvent
from llm.loops import PerLoop

logger = logging.getLogger(__name__)

# How long the listener stays when nobody listens, and how often it asks whether Postgres still lives, in seconds.
_PATIENCE = 20.0
_LONGEST_PAUSE = 5.0


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


class Listener:
    """Belongs to one event loop; see `listener`."""

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._last_id: int | None = None

    @contextlib.asynccontextmanager
    async def subscribe(self, import_id: UUID | None) -> AsyncIterator[Subscription]:
        """Events from now on, of one import or of all; nothing is missed between this call and a later query."""
        subscription = Subscription(import_id)
        self.subscriptions.add(subscription)
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())
            # A Postgres that is away right now holds nobody up: what it missed is fetched when it is back.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._listening.wait()
            yield subscription
        finally:
            self.subscriptions.discard(subscription)

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause = 0.1
        try:
            while self.subscriptions:
                try:
                    async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as connection:
                        await connection.execute(f"LISTEN {events.CHANNEL}")
                        await self._catch_up()
                        self._listening.set()
                        pause = 0.1
                        await self._listen(connection)
                except (psycopg.Error, OSError) as error:
                    self._listening.clear()
                    logger.warning("the listener lost Postgres (%s) and tries again", type(error).__name__)
                    await asyncio.sleep(pause)
                    pause = min(_LONGEST_PAUSE, pause * 2)
        finally:
            self._listening.clear()

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while self.subscriptions:
            async for notice in connection.notifies(timeout=_PATIENCE):
                await self._announce(json.loads(notice.payload))
            # Silence for a while: is anybody there?
            await connection.execute("SELECT 1")

    async def _announce(self, notice: dict[str, Any]) -> None:
        self._last_id = max(self._last_id or 0, notice["id"])
        if "data" in notice:
            self._deliver(StatusEvent(notice["id"], UUID(notice["import"]), notice["kind"], notice["data"]))
        else:
            for event in await _fetch(notice["id"] - 1, UUID(notice["import"])):
                self._deliver(event)

    async def _catch_up(self) -> None:
        if self._last_id is None:
            self._last_id = await sync_to_async(_newest_id, thread_sensitive=False)()
            return
        # Some way further back than the last one seen: ids of different imports are not committed in their order.
        for event in await _fetch(max(0, self._last_id - 100), None):
            self._deliver(event)
            self._last_id = max(self._last_id, event.id)

    def _deliver(self, event: StatusEvent) -> None:
        for subscription in self.subscriptions:
            subscription.offer(event)


async def _fetch(after: int, import_id: UUID | None) -> list[StatusEvent]:
    return await sync_to_async(_read, thread_sensitive=False)(after, import_id)


def _read(after: int, import_id: UUID | None) -> list[StatusEvent]:
    close_old_connections()
    try:
        return events.after(after, import_id=import_id)
    except Exception as error:  # Django wraps what psycopg raises; the caller knows psycopg's
        raise psycopg.OperationalError(type(error).__name__) from error
    finally:
        django_connection.close()


def _newest_id() -> int:
    try:
        return events.newest_id()
    except Exception as error:
        raise psycopg.OperationalError(type(error).__name__) from error
    finally:
        django_connection.close()


def _parameters() -> dict[str, Any]:
    """Where Postgres is, as Django's settings say it, without what only Django's own connections need."""
    parameters = django_connection.get_connection_params()
    return {
        name: value
        for name, value in parameters.items()
        if name not in ("cursor_factory", "context", "pool", "prepare_threshold", "server_side_binding", "assume_role")
    }


_listeners: PerLoop[Listener] = PerLoop(Listener, Listener.close)


async def listener() -> Listener:
    """The running event loop's listener."""
    return await _listeners.get()
