"""One typed turn at a time in each conversation (a room, a session of practice), over all processes.

Two messages that are sent at once are taken one after the other, and a turn that is owed is not answered twice. Within
a process a lock of its event loop does that; between processes an advisory lock in Postgres. A lock must be held while
the model talks, but not a connection for each: all locks of a process are held by one, given up when it is idle.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg

from candidates.listening import connection_parameters
from llm.errors import GreenroomError
from llm.loops import PerLoop

# How often another process is asked whether it is done, and how long the connection stays without a lock, in seconds.
_POLL_SECONDS = 0.05
_IDLE_SECONDS = 20.0


class Busy(GreenroomError):
    """Another turn of this conversation is still being answered."""

    code = "turn_under_way"
    status = 409


class _Turnstile:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._local: dict[UUID, tuple[asyncio.Lock, int]] = {}
        self._held = 0
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._connecting = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._unlocking: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def through(self, conversation_id: UUID, *, seconds: float) -> AsyncIterator[None]:
        lock, waiting = self._local.get(conversation_id, (asyncio.Lock(), 0))
        self._local[conversation_id] = (lock, waiting + 1)
        try:
            async with asyncio.timeout(seconds):
                await lock.acquire()
        except TimeoutError:
            raise Busy("The last message is still being answered.", retry_after=5) from None
        else:
            try:
                await self._lock(conversation_id, time.monotonic() + seconds)
                try:
                    yield
                finally:
                    # Nobody here waits for it: whoever comes next in this process holds the same lock once more.
                    task = asyncio.create_task(self._unlock(conversation_id))
                    self._unlocking.add(task)
                    task.add_done_callback(self._unlocking.discard)
            finally:
                lock.release()
        finally:
            lock, waiting = self._local[conversation_id]
            if waiting > 1:
                self._local[conversation_id] = (lock, waiting - 1)
            else:
                del self._local[conversation_id]

    async def _lock(self, conversation_id: UUID, until: float) -> None:
        self._held += 1
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            while not await self._ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", conversation_id):
                if time.monotonic() > until:
                    raise Busy("The last message is still being answered.", retry_after=5)
                await asyncio.sleep(_POLL_SECONDS)
        except BaseException:
            self._held -= 1
            raise

    async def _unlock(self, conversation_id: UUID) -> None:
        # A connection that was lost has given up its locks by that.
        with contextlib.suppress(psycopg.Error, OSError):
            await self._ask("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", conversation_id)
        self._held -= 1
        if not self._held:
            self._idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._leave)

    async def _ask(self, statement: str, conversation_id: UUID) -> bool:
        name = [f"turn:{conversation_id}"]
        try:
            cursor = await (await self._connected()).execute(statement, name)
        except (psycopg.OperationalError, OSError):
            # Broken since the last time, by a restart of Postgres: once more on a new one.
            await self._disconnect()
            cursor = await (await self._connected()).execute(statement, name)
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        async with self._connecting:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True)
            return self._connection

    def _leave(self) -> None:
        if not self._held:
            self._closing = asyncio.get_running_loop().create_task(self._disconnect())

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        await self._disconnect()


_turnstiles: PerLoop[_Turnstile] = PerLoop(_Turnstile, _Turnstile.close)


@contextlib.asynccontextmanager
async def through(conversation_id: UUID, *, seconds: float = 90.0) -> AsyncIterator[None]:
    """Be the only one who takes a turn in this conversation within the block. Raises Busy after `seconds`."""
    async with (await _turnstiles.get()).through(conversation_id, seconds=seconds):
        yield
