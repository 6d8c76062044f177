"""What streams of rooms get of the events: all that they may see, in order; whispers too, but none twice or late.

An event is turned into bytes once, however many streams it goes to. A reader that does not keep up costs little memory:
beyond a bound its stored events are dropped and read from the table again, from the last one that it was given.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

from candidates.listening import Topic, listener, register
from interviews import room_events

# Events that wait for one reader, and how many are read from the table at once.
MOST_WAITING = 200
PAGE = 200
# Streams that read from the table at the same time: after a restart of Postgres all want to.
_MOST_READERS = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as it goes over the wire. Whispers have no id: a reader that comes back does not ask for them."""

    id: int | None
    audience: str
    bytes: bytes
    kind: str = ""
    data: Any = None


def frame(kind: str, audience: str, data: Any, event_id: int | None = None) -> Frame:
    """One server-sent event; JSON holds no line break, so `data` is one line."""
    number = "" if event_id is None else f"id: {event_id}\n"
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Frame(event_id, audience, f"{number}event: {kind}\ndata: {text}\n\n".encode(), kind, data)


class Subscription:
    """One stream's post box."""

    __slots__ = ("_must_read", "_waiting", "_woken", "audiences", "last_id", "room_id")

    def __init__(self, room_id: UUID, *, audiences: tuple[str, ...], last_id: int) -> None:
        self.room_id = room_id
        self.audiences = audiences
        self.last_id = last_id
        self._waiting: deque[Frame] = deque()
        self._must_read = True
        self._woken: asyncio.Future[None] | None = None

    def offer(self, event: Frame) -> None:
        """Put an event in, unless this reader may not see it, or will find it in the table."""
        if event.audience not in self.audiences:
            return
        if len(self._waiting) >= MOST_WAITING:
            if event.id is None:
                return
            self._waiting.clear()
            self._must_read = True
        if not (self._must_read and event.id is not None):
            self._waiting.append(event)
        self._wake()

    def read_again(self) -> None:
        """Something may have been missed: what follows is read from the table."""
        self._must_read = True
        self._wake()

    async def take(self, *, seconds: float) -> list[Frame]:
        """The events since the last call, in order; after `seconds` without any, an empty list."""
        if not (self._waiting or self._must_read):
            self._woken = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken
            self._woken = None
        found: list[Frame] = []
        if self._must_read:
            found = await self._read()
            if self._must_read:
                # There is more in the table; what was announced meanwhile comes after it.
                self._waiting.clear()
                return found
        while self._waiting:
            event = self._waiting.popleft()
            if event.id is None:
                found.append(event)
            elif event.id > self.last_id:
                self.last_id = event.id
                found.append(event)
        return found

    async def _read(self) -> list[Frame]:
        # From here on what is announced waits in the box; what was read already is told by its id.
        self._must_read = False
        try:
            async with _readers():
                found = await sync_to_async(_after, thread_sensitive=False)(self.last_id, self.room_id, self.audiences)
        except psycopg.OperationalError:
            # Postgres is away. The listener says when it is back; until then a pause, or this would turn in circles.
            await asyncio.sleep(1)
            self._must_read = True
            return []
        if found:
            self.last_id = found[-1].id or self.last_id
        if len(found) == PAGE:
            self._must_read = True
        return found

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)


@register
class Rooms(Topic):
    """What happens in rooms."""

    channel = room_events.CHANNEL

    def __init__(self) -> None:
        self._rooms: dict[str, set[Subscription]] = {}
        self.readers = asyncio.Semaphore(_MOST_READERS)

    def add(self, subscription: Subscription) -> None:
        """From now on it is offered what happens in its room."""
        self._rooms.setdefault(str(subscription.room_id), set()).add(subscription)

    def discard(self, subscription: Subscription) -> None:
        """Nobody reads it any more."""
        subscriptions = self._rooms.get(str(subscription.room_id), set())
        subscriptions.discard(subscription)
        if not subscriptions:
            self._rooms.pop(str(subscription.room_id), None)

    async def hear(self, notice: dict[str, Any]) -> None:
        """Offer an event to all streams of its room; one that was too large to bring its data is read by each."""
        subscriptions = self._rooms.get(notice["room"])
        if not subscriptions:
            return
        if "data" not in notice:
            for subscription in subscriptions:
                subscription.read_again()
            return
        event = frame(notice["kind"], notice["audience"], notice["data"], notice.get("id"))
        for subscription in subscriptions:
            subscription.offer(event)

    async def catch_up(self) -> None:
        """Let all streams read what came while nobody listened."""
        for subscriptions in self._rooms.values():
            for subscription in subscriptions:
                subscription.read_again()


@contextlib.asynccontextmanager
async def subscribe(room_id: UUID, *, audiences: tuple[str, ...], after: int) -> AsyncIterator[Subscription]:
    """A room's events after an id: first those in the table, then those that come; none is missed, none comes twice."""
    ears = await listener()
    topic = ears.topic(Rooms)
    subscription = Subscription(room_id, audiences=audiences, last_id=after)
    topic.add(subscription)
    try:
        async with ears.open():
            yield subscription
    finally:
        topic.discard(subscription)


@contextlib.asynccontextmanager
async def _readers() -> AsyncIterator[None]:
    async with (await listener()).topic(Rooms).readers:
        yield


def _after(event_id: int, room_id: UUID, audiences: tuple[str, ...]) -> list[Frame]:
    close_old_connections()
    try:
        return [
            frame(event.kind, event.audience, event.data, event.id)
            for event in room_events.after(event_id, room_id=room_id, audiences=audiences, limit=PAGE)
        ]
    except Exception as error:
        raise psycopg.OperationalError(type(error).__name__) from error
    finally:
        connection.close()
