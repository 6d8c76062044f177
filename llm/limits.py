"""The limit that all processes share: requests per minute, tokens per minute, calls in flight.

Each event loop has one queue per model. The queue speaks for all its waiting calls in one script call (see limits.lua),
at most a few dozen times a second, and is told how many may go and when to ask again: a thousand waiting calls cost
Redis no more than one. The script paces by Redis' own clock, so the clocks of several machines need not agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
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
_GATHER_SECONDS = 0.005
# How soon freed places are told where nobody is known to lack one.
_REPORT_SECONDS = 0.05
# How soon to ask again when every place is taken: another process may have freed one.
_FULL_SECONDS = 0.04
# The most tickets to hold (see limits.lua).
_TICKETS = 32

_SCRIPT = (Path(__file__).parent / "limits.lua").read_text()


@dataclass(slots=True)
class Place:
    """A place among the calls in flight; give it back with `release`, once."""

    queue: _Queue
    tokens: int

    def release(self, *, tokens: int | None = None, refused_for: float | None = None) -> None:
        """Give the place back.

        `tokens`: what the call really used; `refused_for`: it met a 429, with these seconds of Retry-After.
        """
        queue = self.queue
        queue.in_flight -= 1
        if tokens is not None:
            queue.more_tokens += tokens - self.tokens
        if refused_for is not None:
            queue.refusals += 1
            queue.refused_for = max(queue.refused_for, refused_for)
        queue.pass_on()
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
    # Requests granted as to pace: each goes out as soon as a place of ours is freed. Good for a second.
    tickets: int = 0
    tickets_until: float = 0.0
    # What the script has not been told yet
    more_tokens: int = 0
    refusals: int = 0
    refused_for: float = 0.0
    # What it was told last and what it answered
    told: int = -1
    full: bool = False
    may_pass_on: bool = True
    next_time: float = 0.0
    spoken: float = 0.0
    event: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        self.event.set()
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._run())

    def pass_on(self) -> None:
        """Let waiting calls have places that were freed here, as far as tickets go.

        Not after a 429 that the script does not know of: first hear what it means for the others.
        """
        if self.refusals:
            return
        if self.tickets and time.monotonic() > self.tickets_until:
            self.tickets = 0
        while self.tickets and self.waiting and self.in_flight < self.told:
            self.tickets -= 1
            self._let_go(1)

    async def _run(self) -> None:
        """Speak with the script until there is nothing to ask for and nothing to report."""
        failures = 0
        while self.waiting or self.in_flight or self.told != 0 or self.refusals:
            self._give_up_late()
            self.event.clear()
            if (pause := self._pause()) > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self.event.wait()
                if self._pause() > 0:
                    continue
            await asyncio.sleep(_GATHER_SECONDS)
            try:
                await self._speak()
                failures = 0
            except (RedisError, OSError, TimeoutError):
                # Away: a restart, most likely. Nobody goes without being counted; we ask again, ever more slowly.
                failures += 1
                self.told, self.tickets = -1, 0
                await asyncio.sleep(min(1.0, 0.05 * 2 ** min(failures, 5)))
                self._give_up_late(unreachable=True)

    def _pause(self) -> float:
        """Seconds until the script is to be called again, if nothing happens."""
        now = time.monotonic()
        if self.told < 0 or self.refusals:
            return 0.0
        pause = self.spoken + _SPEAK_UP_SECONDS - now
        if self.told != self.in_flight:
            # Somebody may lack the place. Where pace is what everyone waits for, there is no hurry to tell.
            pause = 0.0 if self.full or not self.in_flight else self.spoken + _REPORT_SECONDS - now
        if self.waiting:
            few = (
                self.full
                and self.may_pass_on
                and self.tickets < min(len(self.waiting), _TICKETS // 2)
                and self.in_flight > 0
            )
            pause = min(pause, self.next_time - now, self.spoken + _GATHER_SECONDS - now if few else pause)
        return pause

    async def _speak(self) -> None:
        mine, tokens, refusals, refused_for = self.in_flight, self.more_tokens, self.refusals, self.refused_for
        self.waiting = deque(waiting for waiting in self.waiting if not waiting.future.done())
        asked = list(itertools.islice(self.waiting, 512))
        held = min(self.tickets, len(asked))
        granted, tickets, wait_ms, full, may_pass_on = await _run_script(
            await _limits.get(),
            self.model,
            [self.holder, mine, int(LEASE_SECONDS * 1000), tokens, refusals, int(refused_for * 1000), _TICKETS, held],
            [waiting.tokens for waiting in asked[held:]],
        )
        self.more_tokens -= tokens
        self.refusals -= refusals
        self.refused_for = self.refused_for if self.refusals else 0.0
        self.told, self.full, self.may_pass_on = mine + granted, bool(full), bool(may_pass_on)
        self.spoken = time.monotonic()
        self.next_time = self.spoken + (_FULL_SECONDS if full else wait_ms / 1000)
        self._let_go(granted)
        self.tickets = max(0, self.tickets - min(granted, held))
        if not may_pass_on:
            self.tickets = 0
        elif tickets:
            self.tickets += tickets
            self.tickets_until = self.spoken + 1.0
        self.pass_on()

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
                waiting.future.set_exception(
                    Unavailable("The shared limit on model calls can't be reached.")
                    if unreachable
                    else RateLimited("No model call was free in time.", retry_after=1)
                )


class _LoopLimits:
    """What one event loop holds: its connection to Redis and its queues."""

    def __init__(self) -> None:
        self.redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2, max_connections=8
        )
        self.script = self.redis.register_script(_SCRIPT)
        self.queues: dict[str, _Queue] = {}

    async def close(self) -> None:
        """Give everything back: the loop ends, and with it whatever was in flight."""
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            for queue in self.queues.values():
                if queue.told > 0:
                    report = [
                        queue.holder,
                        0,
                        1,
                        queue.more_tokens,
                        queue.refusals,
                        int(queue.refused_for * 1000),
                        0,
                        0,
                    ]
                    await _run_script(self, queue.model, report, [])
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
    queue.pass_on()
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
    return [f"{base}:pace", f"{base}:held", f"{base}:leases", f"{base}:lacking", f"{base}:pause:{model}"]


async def _run_script(held: _LoopLimits, model: str, report: list[Any], asked: list[int]) -> list[int]:
    limits = [settings.LLM_REQUESTS_PER_MINUTE, settings.LLM_TOKENS_PER_MINUTE, settings.LLM_CONCURRENCY]
    return await cast("Awaitable[list[int]]", held.script(keys=_keys(model), args=[*limits, *report, *asked]))
