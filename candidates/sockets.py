"""One WebSocket connection, held so that nothing at its other end can hold up anything but itself.

Idle it holds nothing but its consumer: no task, no database connection, no subscription. It reads all the time. Whoever
does not read, says nothing for long, never agrees to being closed, or floods it, is closed with a code that says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from channels.consumer import AsyncConsumer
from django.conf import settings

from candidates import chat_limits
from candidates.connecting import address_of

logger = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Messages in a row that were refused, as broken or as too many: nobody who means it sends so many.
MOST_FAULTS = 100
# Messages of any sort in a minute; a chat has some twenty questions and a few pings.
MOST_A_MINUTE = 600
# How long a client may take to hear that it is closed.
_PARTING_SECONDS = 2.0
# Why a socket was closed by us: close codes of our own (RFC 6455, 7.4.2).
CLOSED_NOT_ALLOWED, CLOSED_IDLE, CLOSED_TAKEN_OVER, CLOSED_SLOW, CLOSED_FLOOD = 4403, 4408, 4409, 4410, 4429
CLOSED_TOO_LARGE, CLOSED_BROKEN = 1009, 1011
# Sockets of this process, by the address that they come from.
_open: Counter[str] = Counter()


class Closed(Exception):
    """The connection is over; nothing more is to be sent."""


class Socket(AsyncConsumer, ABC):  # type: ignore[misc]  # Channels has no types
    """See above. A subclass says who may come in, what a message means, and what ends with the connection."""

    scope: dict[str, Any]

    def __init__(self) -> None:
        self.address = ""
        self._send: Send | None = None
        self._connection: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._parting: tuple[Send, int] | None = None
        self._faults = 0
        self._minute = 0.0  # when the minute began in which messages are counted
        self._messages = 0

    async def enter(self) -> str:
        """Called before the connection is accepted: why it is not to be, or ""."""
        return ""

    async def arrived(self) -> None:
        """Called once it is accepted."""

    @abstractmethod
    async def take(self, message: dict[str, Any]) -> None:
        """Take a message, `{"text": …}` or `{"bytes": …}`. The next one is read when this returns."""

    async def left(self) -> None:
        """Called when the connection is over, however it ended."""

    def is_busy(self) -> bool:
        """Whether something is being done for the client, who may be silent meanwhile."""
        return False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope, self._send, self._connection = scope, send, asyncio.current_task()
        self.address = chat_limits.known_as(address_of(scope))
        await receive()  # websocket.connect
        if _open[self.address] >= settings.RESUME_CHAT_SOCKETS_PER_ADDRESS or await self.enter():
            await send({"type": "websocket.close", "code": CLOSED_NOT_ALLOWED})
            return
        _open[self.address] += 1
        try:
            await send({"type": "websocket.accept"})
            self._stay_awake()
            await self.arrived()
            while (message := await receive())["type"] == "websocket.receive":
                self._stay_awake()
                await self._count_message()
                await self.take(message)
        except Closed:
            pass
        except asyncio.CancelledError:
            if self._parting is None:
                raise
            await _part(*self._parting)
        except Exception as error:
            logger.exception("a socket failed (%s)", type(error).__name__)
            await self.close(CLOSED_BROKEN)
        finally:
            _open[self.address] -= 1
            if not _open[self.address]:
                del _open[self.address]
            self._send = None
            self._stay_awake()
            await self.left()

    async def say(self, message: dict[str, Any]) -> None:
        """Send a message. Raises Closed where nobody is there any more, or does not read."""
        if self._send is None:
            raise Closed
        try:
            async with asyncio.timeout(settings.RESUME_CHAT_SENDING_SECONDS):
                await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})
        except TimeoutError:
            await self.close(CLOSED_SLOW)
            raise Closed from None
        except (OSError, RuntimeError):
            self._send = None
            raise Closed from None

    async def close(self, code: int) -> None:
        """Close the connection; from now on nothing more is sent."""
        send, self._send = self._send, None
        if send is None:
            return
        if self._connection is None or self._connection is asyncio.current_task():
            await _part(send, code)
        else:
            # The server sends nothing of a close while the connection's own task waits to receive: that one must do it.
            self._parting = send, code
            self._connection.cancel()

    async def _count_message(self) -> None:
        now = time.monotonic()
        if now - self._minute > 60:
            self._minute, self._messages = now, 0
        self._messages += 1
        if self._messages > MOST_A_MINUTE:
            await self.close(CLOSED_FLOOD)
            raise Closed

    async def count_fault(self) -> None:
        """A flood is no conversation. Raises Closed where this fault was one too many."""
        self._faults += 1
        if self._faults > MOST_FAULTS:
            await self.close(CLOSED_FLOOD)
            raise Closed

    def forgive(self) -> None:
        """The client means it: its faults so far are forgotten."""
        self._faults = 0

    def _stay_awake(self) -> None:
        """A socket that says nothing for long is closed: half of those have lost their other end."""
        if self._timer is not None:
            self._timer.cancel()
        if self._send is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(settings.RESUME_CHAT_IDLE_SECONDS, self._fall_asleep)

    def _fall_asleep(self) -> None:
        if self.is_busy():
            self._stay_awake()
        else:
            self._closing = asyncio.get_running_loop().create_task(self.close(CLOSED_IDLE))


async def _part(send: Send, code: int) -> None:
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):
        async with asyncio.timeout(_PARTING_SECONDS):
            await send({"type": "websocket.close", "code": code})


async def refuse(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """A socket to an address where there is none: closed before it is open, which is HTTP 403."""
    await receive()
    await send({"type": "websocket.close", "code": CLOSED_NOT_ALLOWED})


async def ended(task: asyncio.Task[None] | None) -> None:
    """End a task of ours, unless it is the one that asks."""
    if task is None or task is asyncio.current_task() or task.done():
        return
    task.cancel()
    await asyncio.wait([task])
