"""Money caps: per import, per interview and per day, held by all processes together.

Before a call its likely cost is set aside, after it what it really cost is put down; both in one atomic step in
Redis, so that no number of processes can pass a cap together. Where only what is set aside for others is in the way,
a call waits until they have settled. What is set aside is an estimate: a cap can be passed by no more than the calls
in flight cost beyond their estimates. The ledger is the truth: a missing counter (Redis wiped, an hour gone) is
computed from it again, where a call that was killed counts with what was set aside for it.

Scopes are texts: "day:2026-11-21" (in the project's time zone), "import:<uuid>" and "interview:<uuid>". Amounts are US
dollars.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
import uuid
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any, cast

import redis
import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone
from redis.exceptions import RedisError

from llm.errors import CapReached, Unavailable
from llm.loops import PerLoop
from llm.models import Budget, Call

_SCRIPT = (Path(__file__).parent / "budget.lua").read_text()
_MICRO = Decimal(1_000_000)
_PLACES = Decimal("0.000001")
_GATHER_SECONDS = 0.004
# Scopes that are conversations, and all that have a cap of their own.
_AWAITED = ("interview:", "session:", "visitors:")
_WITH_CAP = ("import:", *_AWAITED)
# So many open purses make an event loop look for those it can forget.
_PURSES = 256
# How soon to look again where calls in flight hold the money that is left.
_SETTLING_SECONDS = 0.05
_PATIENCE = 8  # tries, with growing pauses, some 15 s in all, for a Redis that is away


def day_scope(day: dt.date | None = None) -> str:
    """The scope of one day's money, today's by default."""
    return f"day:{day or timezone.localdate()}"


def spent_usd(scope: str) -> Decimal:
    """What the finished calls of `scope` cost, in US dollars. Without what is set aside for calls in flight."""
    counter = _counter(scope)
    return counter.spent - counter.held


def cap_usd(scope: str) -> Decimal:
    """The cap of `scope` in US dollars: the one that was set, else the default of its kind.

    Raises ValueError for a scope of no kind that has a cap.
    """
    chosen = Budget.objects.filter(scope=scope).values_list("cap_usd", flat=True).first()
    return _default_cap(scope) if chosen is None else chosen


def set_cap(scope: str, usd: Decimal | float | str) -> None:
    """Set the cap of `scope`; from then on calls of all processes obey it.

    Lower than what is spent already means that nothing more is asked. Raises ValueError for a negative cap.
    """
    cap = Decimal(str(usd)).quantize(_PLACES)
    if cap < 0:
        raise ValueError("a money cap can't be negative")
    _default_cap(scope)
    Budget.objects.update_or_create(scope=scope, defaults={"cap_usd": cap})
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
            client.register_script(_SCRIPT)(keys=[_key(scope)], args=["cap", _micro(cap)])
    except RedisError:
        # Away, and perhaps to come back with the old cap: at worst it holds until the counter is loaded again.
        return


def _default_cap(scope: str) -> Decimal:
    kind = scope.partition(":")[0]
    caps = {
        "day": settings.LLM_DAILY_CAP_USD,
        "import": settings.LLM_IMPORT_CAP_USD,
        "interview": settings.LLM_INTERVIEW_CAP_USD,
        "session": settings.LLM_SESSION_CAP_USD,
        "visitors": settings.LLM_VISITORS_CAP_USD,
    }
    if kind not in caps:
        raise ValueError(f"no money cap for {kind!r}")
    return Decimal(str(caps[kind]))


@dataclass(frozen=True, slots=True)
class _Counter:
    spent: Decimal
    held: Decimal
    cap: Decimal


def _counter(scope: str) -> _Counter:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
            values = cast("list[bytes | None]", client.hmget(_key(scope), ["spent", "held", "cap"]))
            if all(value is not None for value in values):
                return _Counter(*(Decimal(int(cast(bytes, value))) / _MICRO for value in values))
            counter = _from_ledger(scope)
            client.register_script(_SCRIPT)(keys=[_key(scope)], args=_load_arguments(counter))
            return counter
    except RedisError:
        return _from_ledger(scope)


def _count(scope: str) -> _Counter:
    """`_from_ledger` for a thread of its own, which leaves no connection behind."""
    try:
        return _from_ledger(scope)
    finally:
        connection.close()


def _from_ledger(scope: str) -> _Counter:
    """Count anew. A scope of a day is all calls of that day; others are named in the rows."""
    kind, _, name = scope.partition(":")
    if kind == "day":
        start = timezone.make_aware(dt.datetime.combine(dt.date.fromisoformat(name), dt.time()))
        calls = Call.objects.filter(created_at__gte=start, created_at__lt=start + dt.timedelta(days=1))
    else:
        calls = Call.objects.filter(scope=scope)
    sums = calls.aggregate(all=Sum("cost_usd"), held=Sum("cost_usd", filter=Q(outcome=Call.Outcome.STARTED)))
    return _Counter(sums["all"] or Decimal(0), sums["held"] or Decimal(0), cap_usd(scope))


def _load_arguments(counter: _Counter) -> list[Any]:
    return ["load", _micro(counter.spent), _micro(counter.held), _micro(counter.cap), uuid.uuid4().hex]


def _key(scope: str) -> str:
    return f"llm:budget:{scope}"


def _micro(usd: Decimal) -> int:
    return int((usd * _MICRO).to_integral_value(ROUND_UP))


@dataclass(slots=True)
class Reservation:
    """Money set aside for one call. `settle` it once, after the ledger has the call's end."""

    purse: _Purse
    amount: int
    marks: tuple[str, ...]

    @property
    def usd(self) -> Decimal:
        return Decimal(self.amount) / _MICRO

    def settle(self, paid: Decimal) -> None:
        """Put down what the call cost. Goes to Redis with the next batch; nobody waits for it."""
        self.purse.unsettled -= 1
        held, spent = self.purse.settled.get(self.marks, (0, 0))
        self.purse.settled[self.marks] = (held + self.amount, spent + _micro(paid))
        self.purse.wake()


@dataclass(slots=True)
class _Purse:
    """One event loop's reservations for one set of scopes, many to a script call."""

    scopes: tuple[str, ...]
    script: Any
    # amount, since when, who
    waiting: deque[tuple[int, float, asyncio.Future[Reservation]]] = field(default_factory=deque)
    settled: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)
    unsettled: int = 0  # reservations that were given out and not settled yet
    task: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        return not (self.waiting or self.settled or self.unsettled)

    def wake(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        failures = 0
        # In a conversation one call follows the other: nothing would gather, and somebody waits.
        pause = 0.0 if self.scopes[-1].startswith(_AWAITED) else _GATHER_SECONDS
        while self.waiting or self.settled:
            await asyncio.sleep(pause)
            try:
                await self.flush()
                await self._reserve()
                failures = 0
            except (RedisError, OSError, TimeoutError):
                failures += 1
                if failures >= _PATIENCE:
                    self._fail(Unavailable("The shared record of money spent can't be reached."))
                    self.settled.clear()  # the ledger has it, and what Redis lost is counted from there
                    return
                await asyncio.sleep(min(4.0, 0.05 * 2**failures))
            except Exception as error:  # noqa: BLE001 - e.g. Postgres away while a counter loads: the calls get it
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        while self.waiting:
            _, _, future = self.waiting.popleft()
            if not future.done():
                future.set_exception(error)

    async def flush(self) -> None:
        """Put down all that was settled so far."""
        while self.settled:
            marks, (held, paid) = next(iter(self.settled.items()))
            await self._call("settle", held, paid, *marks)
            now_held, now_paid = self.settled.pop(marks)
            if (now_held, now_paid) != (held, paid):  # more came in meanwhile
                self.settled[marks] = (now_held - held, now_paid - paid)

    async def _reserve(self) -> None:
        while asked := [one for one in self.waiting if not one[2].done()]:
            self.waiting = deque(asked)
            answer = await self._call("reserve", *(amount for amount, _, _ in asked[:512]))
            if not answer[0]:
                scope = self.scopes[answer[1] - 1]
                counter = await sync_to_async(_count, thread_sensitive=False)(scope)
                await cast("Awaitable[list[Any]]", self.script(keys=[_key(scope)], args=_load_arguments(counter)))
                continue
            fitting, full, passing = answer[1], answer[2], bool(answer[3])
            marks = tuple(mark.decode() for mark in answer[4:])
            for _ in range(fitting):
                amount, _, future = self.waiting.popleft()
                self.unsettled += 1
                if future.done():  # cancelled in between: nothing is set aside for it after all
                    Reservation(self, amount, marks).settle(Decimal(0))
                else:
                    future.set_result(Reservation(self, amount, marks))
            if full:
                # The money is spent, or set aside for so long that whoever set it aside must have been killed.
                waited = time.monotonic() - self.waiting[0][1] if self.waiting else 0.0
                if not passing or waited > settings.LLM_LIMIT_WAIT_SECONDS:
                    self._refuse(self.scopes[full - 1])
                else:
                    await asyncio.sleep(_SETTLING_SECONDS)
                return

    def _refuse(self, scope: str) -> None:
        """Refuse the first in line, and with it all others: each would find the same."""
        kind = scope.partition(":")[0]
        what = "today" if kind == "day" else f"this {kind}"
        while self.waiting:
            _, _, future = self.waiting.popleft()
            if not future.done():
                error = CapReached(f"The money cap of {what} is reached. Raise it to go on.")
                error.scope = scope
                future.set_exception(error)

    async def _call(self, *arguments: Any) -> list[Any]:
        keys = [_key(scope) for scope in self.scopes]
        return await cast("Awaitable[list[Any]]", self.script(keys=keys, args=arguments))


class _LoopBudget:
    """What one event loop holds: its connection to Redis and its purses."""

    def __init__(self) -> None:
        self.redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2, max_connections=8
        )
        self.script = self.redis.register_script(_SCRIPT)
        self.purses: dict[tuple[str, ...], _Purse] = {}

    def forget_idle(self) -> None:
        """Drop purses without anything in them: each interview has its own, and a process sees many."""
        if len(self.purses) >= _PURSES:
            self.purses = {scopes: purse for scopes, purse in self.purses.items() if not purse.is_idle}

    async def close(self) -> None:
        """Put down what was not put down yet: the loop ends, and its tasks with it."""
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            for purse in self.purses.values():
                await purse.flush()
        await self.redis.aclose()


_budgets: PerLoop[_LoopBudget] = PerLoop(_LoopBudget, _LoopBudget.close)


async def close() -> None:
    """Close the running loop's connection to Redis."""
    await _budgets.close()


async def reserve(scope: str, usd: Decimal) -> Reservation:
    """Set `usd` aside for one call under the caps of today and of `scope` ("" for none of its own).

    Raises CapReached where it does not fit, Unavailable where Redis stays away.
    """
    held = await _budgets.get()
    scopes = (day_scope(), scope) if scope.startswith(_WITH_CAP) else (day_scope(),)
    purse = held.purses.get(scopes)
    if purse is None:
        held.forget_idle()
        purse = held.purses[scopes] = _Purse(scopes, held.script)
    future: asyncio.Future[Reservation] = asyncio.get_running_loop().create_future()
    purse.waiting.append((_micro(usd), time.monotonic(), future))
    purse.wake()
    try:
        return await future
    except asyncio.CancelledError:
        if future.done() and not future.cancelled() and future.exception() is None:
            future.result().settle(Decimal(0))
        raise
