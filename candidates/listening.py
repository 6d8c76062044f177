"""One listener in each process feeds all its streams, however many there are and whatever they are about.

Events come through Postgres' own LISTEN on one connection outside of Django's pool, opened with the first stream and
given up when there are none. What a channel's notices mean, and who gets them, is the matter of its topic; apps above
this one bring topics of their own. After a lost connection (a restart of Postgres) the listener comes back and tells
every topic to fetch what it missed.
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, ClassVar, TypeVar, cast

import psycopg
from django.db import connection as django_connection

from llm.loops import PerLoop

logger = logging.getLogger(__name__)

# How long the listener stays when nobody listens, and how often it asks whether Postgres still lives, in seconds.
_PATIENCE = 20.0
_LONGEST_PAUSE = 5.0


class Topic(abc.ABC):
    """One channel: its subscriptions, and what they get of each notice. Made once for each event loop."""

    channel: ClassVar[str]

    @abc.abstractmethod
    async def hear(self, notice: dict[str, Any]) -> None:
        """Hand a notice on to whom it concerns. Notices come one after the other, in the order of their commits."""

    @abc.abstractmethod
    async def catch_up(self) -> None:
        """The channel is listened to from this moment on: see to it that nothing from before is missed."""


T = TypeVar("T", bound=Topic)
_topics: list[type[Topic]] = []


def register(topic: type[T]) -> type[T]:
    """Class decorator: every listener made from now on listens to this topic's channel too."""
    _topics.append(topic)
    return topic


class Listener:
    """Belongs to one event loop; see `listener`."""

    def __init__(self) -> None:
        self._topics: dict[type[Topic], Topic] = {kind: kind() for kind in _topics}
        self._channels = {topic.channel: topic for topic in self._topics.values()}
        self._streams = 0
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    def topic(self, kind: type[T]) -> T:
        """This listener's topic of a kind."""
        return cast(T, self._topics[kind])

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen for the length of the block. Subscribe before, so that nothing falls between this and a query."""
        self._streams += 1
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())
            # A Postgres that is away right now holds nobody up: what it missed is fetched when it is back.
            if not self._listening.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        await self._listening.wait()
            yield
        finally:
            self._streams -= 1

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pause = 0.1
        try:
            while self._streams:
                try:
                    async with await psycopg.AsyncConnection.connect(
                        **connection_parameters(), autocommit=True
                    ) as connection:
                        for channel in self._channels:
                            await connection.execute(f"LISTEN {channel}")
                        for topic in self._topics.values():
                            await topic.catch_up()
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
        while self._streams:
            async for notice in connection.notifies(timeout=_PATIENCE):
                await self._channels[notice.channel].hear(json.loads(notice.payload))
            # Silence for a while: is anybody there?
            await connection.execute("SELECT 1")


def connection_parameters() -> dict[str, Any]:
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
