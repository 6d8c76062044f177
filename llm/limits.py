"""The limit that all processes share: requests per minute, tokens per minute, calls in flight.

Each event loop has one queue per model. The queue speaks for all its waiting calls in one script call (see limits.lua),
at most a few dozen times a second, and is told how many may go and when to ask again: a thousand waiting calls cost
Redis no more than one. The script paces by Redis' own clock, so the clocks of several machines need not agree.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
import uuid
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from llm.errors import RateLimited, Unavailable
from llm.loops import PerLoop

# How long a holder's places outlive its last word. It speaks up every second while it has calls in flight.
LEASE_SECONDS = 5.0
_SPEAK_UP_SECONDS = 1.0
# Lets calls gather for one script call; also the least time between two.
_GATHER_SECONDS = 0.008
# How soon to ask again when every place is taken by other processes, whose release nobody tells us of.
_FULL_SECONDS = 0.04

_SCRIPT = (Path(__file__).parent / "limits.lua").read_text()


@dataclass(slots=True)
class Place:
    """A place among the calls in flight; give it back with `release`, once."""

    queue: _Queue
    tokens: int

    def release(self, *, tokens: int | None = None, refused_for: float | None = None) -> None:
        """Give the place back. `tokens`: what the call really used; `refused_for`: it met a 429, with these seconds
        of Retry-After."""
        queue = self.queue
        queue.in_flight -= 1
        if tokens is not None:
            queue.more_tokens += tokens - self.tokens
        if refused_for is not None:
            queue.refusals += 1
            queue.refused_for = max(queue.refused_for, refused_for)
        queue.wake()


@dataclass(slots=True)
class _Waiting:
    tokens: int
    deadline: float
    future: asyncio.Future[None]


@dataclass(slots=True)
class _Queue:
    """One event loop's calls to one model."""

    model: str
    holder: str = field(default_factory=lambda: f"{os.getpid()}-{uuid.uuid4().hex[:12]}")
    waiting: deque[_Waiting] = field(default_factory=deque)
    in_flight: int = 0
    more_tokens: int = 0
    refusals: int = 0
    refused_for: float = 0.0
    event: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        self.event.set()
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        """Ask for places until there is nothing to ask for and nothing to report."""
        failures = 0
        blocked_until = 0.0
        told = -1
        while self.waiting or self.in_flight or told != 0 or self.refusals or self.more_tokens:
            self._give_up_late()
            pause = _SPEAK_UP_SECONDS
            if self.waiting and told >= 0:
                pause = max(0.0, min(pause, blocked_until - time.monotonic()))
            self.event.clear()
            if told == self.in_flight and not self.refusals and (pause > 0 or not self.waiting):
                try:
                    async with asyncio.timeout(pause):
                        await self.event.wait()
                except TimeoutError:
                    pass
            await asyncio.sleep(_GATHER_SECONDS)
            mine, tokens, refusals, refused_for = self.in_flight, self.more_tokens, self.refusals, self.refused_for
            asked = [waiting for waiting in self.waiting if not waiting.future.done()]
            self.waiting = deque(asked)
            try:
                granted, wait_ms, _, full = await _run_script(
                    self.model, self.holder, mine, tokens, refusals, refused_for, [one.tokens for one in asked[:512]]
                )
            except (RedisError, OSError, TimeoutError):
                # Away: a restart, most likely. Nobody goes without being counted; we ask again, ever more slowly.
                failures += 1
                told = -1
                await asyncio.sleep(min(1.0, 0.05 * 2 ** min(failures, 5)))
                self._give_up_late(unreachable=failures > 3)
                continue
            failures = 0
            self.more_tokens -= tokens
            self.refusals -= refusals
            self.refused_for = 0.0
            told = mine + granted
            self._let_go(granted)
            blocked_until = time.monotonic() + (_FULL_SECONDS if full else wait_ms / 1000)

    def _let_go(self, granted: int) -> None:
        while granted and self.waiting:
            waiting = self.waiting.popleft()
            if not waiting.future.done():
                waiting.future.set_result(None)
                self.in_flight += 1
                granted -= 1

    def _give_up_late(self, *, unreachable: bool = False) -> None:
        now = time.monotonic()
        while self.waiting and (self.waiting[0].future.done() or self.waiting[0].deadline < now):
            waiting = self.waiting.popleft()
            if not waiting.future.done():
                error = (
                    Unavailable("The shared limit on model calls can't be reached.")
                    if unreachable
                    else RateLimited("No model call was free in time.", retry_after=1)
                )
                waiting.future.set_exception(error)


class _LoopLimits:
    """What one event loop holds: its connection to Redis and its queues."""

    def __init__(self) -> None:
        self.redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2, max_connections=8
        )
        self.script = self.redis.register_script(_SCRIPT)
        self.queues: dict[str, _Queue] = {}

    async def close(self) -> None:
        await self.redis.aclose()


_limits: PerLoop[_LoopLimits] = PerLoop(_LoopLimits, _LoopLimits.close)


async def close() -> None:
    """Close the running loop's connection to Redis."""
    await _limits.close()


async def take_place(model: str, tokens: int) -> Place:
    """Wait for a place for one call to `model` of about `tokens` tokens, in and out.

    Calls are let go in the order in which they came. Raises RateLimited after LLM_LIMIT_WAIT_SECONDS without a place,
    Unavailable where Redis stays away that long.
    """
    held = await _limits.get()
    queue = held.queues.get(model)
    if queue is None:
        queue = held.queues[model] = _Queue(model)
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    deadline = time.monotonic() + settings.LLM_LIMIT_WAIT_SECONDS
    queue.waiting.append(_Waiting(max(1, tokens), deadline, future))
    if len(queue.waiting) == 1 or queue.task is None or queue.task.done():
        queue.wake()  # otherwise the queue already knows when to ask next
    place = Place(queue, max(1, tokens))
    try:
        await future
    except asyncio.CancelledError:
        if future.done() and not future.cancelled() and future.exception() is None:
            place.release(tokens=0)  # granted in the same moment: somebody else can have it
        raise
    return place


def _keys(model: str) -> list[str]:
    account = hashlib.sha256(f"{settings.LLM_BASE_URL}\0{settings.LLM_API_KEY}".encode()).hexdigest()[:16]
    base = f"llm:limits:{account}"
    return [f"{base}:pace", f"{base}:held", f"{base}:leases", f"{base}:pause:{model}"]


async def _run_script(
    model: str, holder: str, mine: int, tokens: int, refusals: int, refused_for: float, asked: list[int]
) -> tuple[int, int, int, int]:
    held = await _limits.get()
    arguments: list[Any] = [
        *(settings.LLM_REQUESTS_PER_MINUTE, settings.LLM_TOKENS_PER_MINUTE, settings.LLM_CONCURRENCY),
        *(holder, mine, int(LEASE_SECONDS * 1000), tokens, refusals, int(refused_for * 1000)),
        *asked,
    ]
    answer = await cast("Awaitable[list[int]]", held.script(keys=_keys(model), args=arguments))
    return answer[0], answer[1], answer[2], answer[3]
