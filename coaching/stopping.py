"""Stopping an answer while it is being made, from any process: within this one at once, elsewhere through Postgres.

async with stopping.may_stop(session_id, on_stop):  # called at most once, in this loop
    ...

stopping.ring(session_id)  # from synchronous code; inside a transaction it is heard after the commit
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

from django.db import connection

from candidates.listening import Topic, listener, register

_CHANNEL = "coaching_stops"


@register
class _Stops(Topic):
    """The answers that this loop is making, and how each of them is stopped."""

    channel = _CHANNEL

    def __init__(self) -> None:
        self.under_way: dict[UUID, list[Callable[[], None]]] = {}

    async def hear(self, notice: dict[str, Any]) -> None:
        for stop in tuple(self.under_way.get(UUID(notice["session"]), ())):
            stop()

    async def catch_up(self) -> None:
        """A stop that was missed is pressed once more: the answer goes on meanwhile, which harms nobody."""


@contextlib.asynccontextmanager
async def may_stop(session_id: UUID, stop: Callable[[], None]) -> AsyncIterator[None]:
    """Within the block `stop` is called whenever somebody rings for this session."""
    here = await listener()
    waiting = here.topic(_Stops).under_way.setdefault(session_id, [])
    waiting.append(stop)
    over = asyncio.Event()

    async def listen() -> None:
        async with here.open():
            await over.wait()

    # Beside the answer: nobody waits until Postgres is listened to.
    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        waiting.remove(stop)
        if not waiting:
            here.topic(_Stops).under_way.pop(session_id, None)
        over.set()
        # Not awaited: it ends by itself, and is held here until then.
        _ending.add(listening)
        listening.add_done_callback(_ending.discard)


_ending: set[asyncio.Task[None]] = set()


def ring(session_id: UUID) -> None:
    """Stop the answer that is being made in this session, wherever that is. Where there is none, nothing happens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [_CHANNEL, json.dumps({"session": str(session_id)})])
