"""Things that belong to one event loop: made on first use in it, closed when it ends."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Gives each event loop its own `open()`, and closes it with `close` when that loop ends.

    asyncio.run() and everything built like it ends a loop's open asynchronous generators before it closes the loop, and
    a generator holds each thing here: sockets are closed whoever owns the loop, without anyone having to remember it.
    """

    def __init__(self, open: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:  # noqa: A002
        self._open = open
        self._close = close
        self._held: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[T, None]] = (
            weakref.WeakKeyDictionary()
        )
        self._things: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, T] = weakref.WeakKeyDictionary()

    async def get(self) -> T:
        """The running loop's thing."""
        loop = asyncio.get_running_loop()
        thing = self._things.get(loop)
        if thing is not None:
            return thing
        thing = self._things[loop] = self._open()
        self._held[loop] = self._live(thing)
        return await anext(self._held[loop])

    async def close(self) -> None:
        """Close the running loop's thing; the next `get` opens a new one."""
        loop = asyncio.get_running_loop()
        self._things.pop(loop, None)
        if held := self._held.pop(loop, None):
            await held.aclose()

    async def _live(self, thing: T) -> AsyncGenerator[T, None]:
        try:
            yield thing
        finally:
            await self._close(thing)
