"""The ledger's one writer in each process: many calls' rows in few statements, on a thread of its own.

A call awaits its row. While the thread commits one batch the next one gathers, so 256 calls a second cost some fifty
short transactions instead of a thousand, and no event loop ever waits for Postgres.
"""

from __future__ import annotations

import asyncio
import atexit
import datetime as dt
import os
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from llm.models import CachedAnswer, Call

# How long the thread lets further rows gather before it writes, in seconds: what a call waits for at most, beside the
# transaction itself. Where only few came the last time, nothing would gather: somebody talks, and waits for it.
GATHER_SECONDS = 0.008
_FEW = 2
# How long a call waits for a Postgres that is away (a restart) before it fails.
PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Row:
    """One call as the ledger keeps it. `cost_usd` of a started call is what was set aside for it."""

    purpose: str
    scope: str
    model: str
    prompt_name: str
    prompt_hash: str
    attempt: int
    cost_usd: Decimal
    id: uuid.UUID
    created_at: dt.datetime
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: int = 0
    outcome: str = Call.Outcome.STARTED
    # Where the answer is to be kept, and the answer, once there is one worth keeping.
    cache_key: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer from the cache: its JSON, and which model gave it for how many tokens."""

    answer: str
    model: str
    input_tokens: int
    output_tokens: int


async def find(key: str) -> Kept | None:
    """The answer kept under `key`, or None."""
    kept: Kept | None = await _submit("find", key)
    return kept


async def open_row(row: Row) -> None:
    """Write a new row and wait until it is committed: from then on a kill can't hide the call."""
    await _submit("open", row)


async def close_row(row: Row) -> None:
    """Write a row's end, and with it the answer to keep, in one transaction."""
    await _submit("close", row)


def forget_answers() -> int:
    """Delete kept answers older than LLM_ANSWERS_KEPT_DAYS; returns how many.

    They quote what candidates wrote, so they are kept no longer than they save money. The receipts stay.
    """
    oldest = timezone.now() - dt.timedelta(days=settings.LLM_ANSWERS_KEPT_DAYS)
    deleted, _ = CachedAnswer.objects.filter(created_at__lt=oldest).delete()
    return deleted


def leave_row(row: Row) -> None:
    """Like `close_row`, without waiting for it: for a call that is being cancelled, or that somebody listens to.

    It is written within milliseconds, also where the process ends now; a kill before that leaves the row as started.
    """
    _writer.add(_Order("close", row, None, None))


@dataclass(slots=True)
class _Order:
    kind: str
    payload: Any
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Any] | None
    result: Any = None


class _Writer:
    """The queue and its thread. One per process; a forked child begins with a new one."""

    def __init__(self) -> None:
        self._orders: deque[_Order] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_writing = False

    def add(self, order: _Order) -> None:
        with self._wake:
            self._orders.append(order)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="llm-ledger", daemon=True)
                self._thread.start()
            if len(self._orders) == 1:
                self._wake.notify()

    def _run(self) -> None:
        last = 0
        while True:
            with self._wake:
                if not self._wake.wait_for(lambda: self._orders, timeout=0.1):
                    # Nobody calls: give the connection back to the pool, and end after a while of silence.
                    connection.close()
                    if not self._wake.wait_for(lambda: self._orders, timeout=30):
                        self._thread = None
                        return
            if last > _FEW or len(self._orders) > _FEW:
                time.sleep(GATHER_SECONDS)
            with self._wake:
                batch = list(self._orders)
                self._orders.clear()
                self._is_writing = True
            last = len(batch)
            _settle(batch, self._write(batch))
            with self._wake:
                self._is_writing = False
                self._wake.notify_all()

    def finish(self) -> None:
        """Wait until all is written, some seconds at most: the process ends, and the thread with it."""
        with self._wake:
            self._wake.wait_for(lambda: not self._orders and not self._is_writing, timeout=5)

    def _write(self, batch: list[_Order]) -> Exception | None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with transaction.atomic():
                    _write_batch(batch)
            except Error as error:
                _renew_connection()
                if time.monotonic() > deadline or not _is_passing(error):
                    return error
                time.sleep(0.1)
            except Exception as error:  # noqa: BLE001 - each caller gets it; the thread must live
                return error
            else:
                return None


def _is_passing(error: Error) -> bool:
    """Whether the server was only away: a lost connection, a restart, a deadlock; not a mistake in a statement."""
    return isinstance(error, (OperationalError, InterfaceError))


def _renew_connection() -> None:
    """Leave a connection that may be broken, and have the pool look at the others: a restart broke all of them."""
    try:
        connection.close()
        pool = getattr(connection, "pool", None)
        if pool is not None:
            pool.check()
    except Exception:  # noqa: BLE001, S110 - the next attempt tells
        pass


def _settle(batch: list[_Order], error: Exception | None) -> None:
    """Wake the calls: one message to each event loop, however many of its calls are in the batch."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Order]] = {}
    for order in batch:
        if order.loop is not None:
            by_loop.setdefault(order.loop, []).append(order)
    for loop, orders in by_loop.items():
        try:
            loop.call_soon_threadsafe(_wake_all, orders, error)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits there any more
            continue


def _wake_all(orders: list[_Order], error: Exception | None) -> None:
    for order in orders:
        if order.future is None or order.future.done():
            continue
        if error is not None:
            order.future.set_exception(error)
        else:
            order.future.set_result(order.result)


def _write_batch(batch: list[_Order]) -> None:
    finds = [order for order in batch if order.kind == "find"]
    opened = [order.payload for order in batch if order.kind == "open"]
    closed = [order.payload for order in batch if order.kind == "close"]
    with connection.cursor() as cursor:
        if opened:
            cursor.execute(
                """
                INSERT INTO llm_call (id, created_at, purpose, scope, model, prompt_name, prompt_hash, attempt,
                                      input_tokens, output_tokens, cost_usd, latency_ms, outcome)
                SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
                                     %s::text[], %s::smallint[], %s::int[], %s::int[], %s::numeric[], %s::int[],
                                     %s::text[])
                ON CONFLICT (id) DO NOTHING
                """,
                _columns(
                    opened,
                    *("id", "created_at", "purpose", "scope", "model", "prompt_name", "prompt_hash", "attempt"),
                    *("input_tokens", "output_tokens", "cost_usd", "latency_ms", "outcome"),
                ),
            )
        if closed:
            cursor.execute(
                """
                UPDATE llm_call AS call
                   SET model = row.model, input_tokens = row.input_tokens, output_tokens = row.output_tokens,
                       cost_usd = row.cost_usd, latency_ms = row.latency_ms, outcome = row.outcome
                  FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::int[], %s::numeric[], %s::int[], %s::text[])
                       AS row (id, model, input_tokens, output_tokens, cost_usd, latency_ms, outcome)
                 WHERE call.id = row.id
                """,
                _columns(
                    closed,
                    *("id", "model", "input_tokens", "output_tokens", "cost_usd", "latency_ms", "outcome"),
                ),
            )
        if kept := [row for row in closed if row.answer]:
            cursor.execute(
                """
                INSERT INTO llm_cachedanswer (key, answer, call_id, created_at)
                SELECT row.key, row.answer::jsonb, call.id, now()
                  FROM unnest(%s::text[], %s::text[], %s::uuid[]) AS row (key, answer, call_id)
                  JOIN llm_call AS call ON call.id = row.call_id
                ON CONFLICT (key) DO NOTHING
                """,
                _columns(kept, "cache_key", "answer", "id"),
            )
        if finds:
            cursor.execute(
                """
                SELECT kept.key, kept.answer::text, call.model, call.input_tokens, call.output_tokens
                  FROM llm_cachedanswer AS kept JOIN llm_call AS call ON call.id = kept.call_id
                 WHERE kept.key = ANY(%s)
                """,
                [[order.payload for order in finds]],
            )
            found = {key: Kept(*rest) for key, *rest in cursor.fetchall()}
            for order in finds:
                order.result = found.get(order.payload)


def _columns(rows: list[Row], *names: str) -> list[list[Any]]:
    return [[getattr(row, name) for row in rows] for name in names]


_writer = _Writer()


def _begin_anew() -> None:
    """In a forked child: the parent's thread is not here, and what was queued there is the parent's to write."""
    global _writer
    _writer = _Writer()


os.register_at_fork(after_in_child=_begin_anew)
# The thread is a daemon: without this, rows that nobody waits for would be lost at the end of a command.
atexit.register(lambda: _writer.finish())


async def _submit(kind: str, payload: Any) -> Any:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    _writer.add(_Order(kind, payload, loop, future))
    return await future
