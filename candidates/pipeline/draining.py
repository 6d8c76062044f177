"""Doing the work: one process, one event loop, many rows in flight, and one door to the database.

Coroutines never touch the database. Claims come in through one thread, results leave through another that commits them
in batches, and a third keeps the leases alive. The loop only waits for models.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from candidates import doorbell
from candidates.pipeline import claiming
from candidates.pipeline.attempting import attempt, needs_model
from candidates.pipeline.claiming import Piece
from candidates.pipeline.committing import Result
from candidates.pipeline.keeping import Committer, Keeper
from candidates.states import WorkKind, WorkState

logger = logging.getLogger(__name__)

# Rows that need no model are claimed by so many at a time, and the loop looks at other things after so many of them.
PLAIN_BATCH = 1_000
PLAIN_STEP = 4
# How long a drain that was told to stop waits for the calls in flight before it gives their rows back.
GRACE_SECONDS = 8.0
_OBJECTS_BETWEEN_COLLECTIONS = 20_000
_SLOT_LOCK = 0x6772_7764  # the first half of the advisory locks that count drains


def drain(*, should_stop: Callable[[], bool] = lambda: False, linger_seconds: float = 1.0) -> int:
    """Do the work that is ready until there is none, for WORK_DRAIN_SECONDS at most; return how many rows ended.

    At most WORK_DRAINS run at the same time; one too many returns at once. `should_stop` is asked once a second: when
    it says so, rows not yet begun are given back, and those in flight get `GRACE_SECONDS` to end.
    """
    with _slot() as free:
        if not free:
            return 0
        ended = _Drain(should_stop=should_stop, linger_seconds=linger_seconds).run()
    # Work that became ready while this drain was on its way out has rung in vain, since the slot was taken.
    if not should_stop() and claiming.work_is_ready():
        doorbell.ring_drain()
    return ended


@contextmanager
def _slot() -> Iterator[bool]:
    """One of WORK_DRAINS places, held by a lock that Postgres drops with the connection of a killed process."""
    with connection.cursor() as cursor:
        taken = None
        for number in range(settings.WORK_DRAINS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_SLOT_LOCK, number])
            if cursor.fetchone() == (True,):
                taken = number
                break
        if taken is None:
            yield False
            return
        try:
            yield True
        finally:
            try:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_SLOT_LOCK, taken])
            except Exception:  # noqa: BLE001 - Postgres was restarted: the lock went with the connection
                connection.close()


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Look for garbage cycles less often, and not among what was there before.

    Hundreds of calls in flight are many living objects: looking through all of them, and through Django's own, every
    700 new ones took a tenth of a drain's time and found next to nothing.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


class _Drain:
    """The state of one drain. Everything here is touched by the loop's thread only, unless it says otherwise."""

    def __init__(self, *, should_stop: Callable[[], bool], linger_seconds: float) -> None:
        self.in_flight = settings.WORK_IN_FLIGHT or settings.LLM_CONCURRENCY + settings.LLM_CONCURRENCY // 4
        # Claimed ahead, so that a place that falls free is filled without waiting for the database.
        self.ahead = max(4, self.in_flight // 2)
        self.should_stop = should_stop
        self.linger_seconds = linger_seconds
        self.backlog: deque[Piece] = deque()
        self.plain: deque[Piece] = deque()
        self.running: dict[int, asyncio.Task[None]] = {}
        # All claimed pieces whose result is not committed yet, by id of the row.
        self.in_hand: dict[int, Piece] = {}
        self.ended = 0
        self.changed = asyncio.Event()

    def run(self) -> int:
        with _calm_collector():
            asyncio.run(self._run())
        return self.ended

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        self.committer = Committer(on_committed=partial(self._from_thread, loop, self._committed))
        self.keeper = Keeper(
            should_stop=self.should_stop,
            on_lost=partial(self._from_thread, loop, self._drop),
        )
        claimer = ThreadPoolExecutor(1, thread_name_prefix="claimer")
        self.committer.start()
        self.keeper.start()
        ticker = asyncio.create_task(self._tick())
        plain = asyncio.create_task(self._do_plain())
        try:
            await self._feed(loop, claimer)
            await self._finish()
        finally:
            plain.cancel()
            ticker.cancel()
            for task in self.running.values():
                task.cancel()
            await asyncio.to_thread(self.committer.stop)
            await asyncio.to_thread(self.keeper.stop)
            claimer.submit(_give_connection_back)
            claimer.shutdown(wait=True)
        if self.committer.failure is not None:
            raise self.committer.failure

    @staticmethod
    def _from_thread(loop: asyncio.AbstractEventLoop, function: Callable[[list[int]], None], ids: list[int]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(function, ids)

    async def _tick(self) -> None:
        """Tell the keeper that this loop lives: the leases of one that hangs must run out."""
        while True:
            self.keeper.ticked = time.monotonic()
            await asyncio.sleep(0.2)

    @property
    def _stopping(self) -> bool:
        return self.keeper.stopping.is_set() or self.committer.failure is not None

    async def _feed(self, loop: asyncio.AbstractEventLoop, claimer: ThreadPoolExecutor) -> None:
        """Claim work while there is room for it; return when there has been none for a while, or when told to stop."""
        deadline = time.monotonic() + settings.WORK_DRAIN_SECONDS
        idle_since = time.monotonic()
        while not self._stopping and time.monotonic() < deadline:
            claimed = 0
            for kind, room in self._rooms():
                pieces = await loop.run_in_executor(claimer, partial(_claim, kind, room))
                self._take(pieces)
                claimed += len(pieces)
            if claimed or self.in_hand:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since >= self.linger_seconds:
                return
            self.changed.clear()
            if not claimed:
                # Nothing ready: look again soon, since a commit of ours or of the reader makes more.
                await self._wait(0.2)
            elif not any(room for _, room in self._rooms()):
                await self._wait(0.2)

    def _rooms(self) -> list[tuple[WorkKind, int]]:
        """How many rows of each kind may be claimed now."""
        model_room = self.in_flight + self.ahead - len(self.running) - len(self.backlog)
        uncommitted_room = 4 * (self.in_flight + PLAIN_BATCH) - len(self.in_hand)
        rooms = []
        # What needs no model is told apart only once it is loaded; so extraction is claimed for both at once, and
        # stands back while much of it waits for the model.
        if len(self.plain) < PLAIN_BATCH // 2 and len(self.backlog) < self.ahead and uncommitted_room > PLAIN_BATCH:
            rooms.append((WorkKind.EXTRACT, PLAIN_BATCH if not self.needs_places else max(1, model_room)))
        if model_room >= max(1, self.ahead // 4) and uncommitted_room > model_room:
            rooms.append((WorkKind.SCORE, model_room))
        return rooms

    # Whether the last extraction that was claimed needed the model: then it is claimed by the places there are.
    needs_places = False

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.changed.wait()
        except TimeoutError:
            pass

    def _take(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            piece.needs_model = needs_model(piece)
            self.in_hand[piece.work_id] = piece
            (self.backlog if piece.needs_model else self.plain).append(piece)
        if pieces and pieces[0].kind == WorkKind.EXTRACT:
            self.needs_places = any(piece.needs_model for piece in pieces)
        self.keeper.watch(pieces)
        self._start_more()
        self.changed.set()

    def _start_more(self) -> None:
        while self.backlog and len(self.running) < self.in_flight and not self._stopping:
            piece = self.backlog.popleft()
            task = asyncio.create_task(self._do(piece))
            self.running[piece.work_id] = task
            task.add_done_callback(partial(self._left, piece.work_id))

    async def _do(self, piece: Piece) -> None:
        self.committer.put(await attempt(piece))

    def _left(self, work_id: int, task: asyncio.Task[None]) -> None:
        del self.running[work_id]
        self._start_more()
        self.changed.set()

    async def _do_plain(self) -> None:
        """Work without a model, a few rows between two looks of the loop at everything else."""
        while True:
            for _ in range(min(PLAIN_STEP, len(self.plain))):
                piece = self.plain.popleft()
                self.committer.put(await attempt(piece))
            if self.plain:
                await asyncio.sleep(0)
            else:
                self.changed.set()
                await asyncio.sleep(0.02)

    def _committed(self, work_ids: list[int]) -> None:
        for work_id in work_ids:
            self.in_hand.pop(work_id, None)
        self.ended += len(work_ids)
        self.keeper.forget(work_ids)
        self.changed.set()

    def _drop(self, work_ids: list[int]) -> None:
        """Let go of rows whose claim was lost or whose import was cancelled: their result would not be written."""
        for work_id in work_ids:
            self.in_hand.pop(work_id, None)
            if (task := self.running.get(work_id)) is not None:
                task.cancel()
        gone = set(work_ids)
        for waiting in (self.backlog, self.plain):
            if any(piece.work_id in gone for piece in waiting):
                kept = [piece for piece in waiting if piece.work_id not in gone]
                waiting.clear()
                waiting.extend(kept)
        self.changed.set()

    async def _finish(self) -> None:
        """Give back what was not begun, then wait for what is in flight, and give that back too if it takes long."""
        for waiting in (self.backlog, self.plain):
            while waiting:
                self.committer.put(Result(piece=waiting.popleft(), state=WorkState.READY))
        grace = GRACE_SECONDS if self.keeper.stopping.is_set() else settings.WORK_TIMEOUT_SECONDS
        deadline = time.monotonic() + grace
        while self.running and time.monotonic() < deadline and self.committer.failure is None:
            await self._wait(0.2)
            self.changed.clear()
            if self.keeper.stopping.is_set():
                deadline = min(deadline, time.monotonic() + GRACE_SECONDS)
        interrupted = [piece for work_id, piece in self.in_hand.items() if work_id in self.running]
        for task in list(self.running.values()):
            task.cancel()
        for piece in interrupted:
            self.committer.put(Result(piece=piece, state=WorkState.READY))


def _claim(kind: WorkKind, limit: int) -> list[Piece]:
    """Claim in the claimer's thread; a database that is away for a moment means nothing was claimed."""
    try:
        return claiming.claim(kind, limit=limit)
    except (OperationalError, InterfaceError) as error:
        logger.warning("could not claim work: %s", type(error).__name__)
        connection.close()
        time.sleep(0.3)
        return []


def _give_connection_back() -> None:
    # Not `submit(connection.close)`: `connection` means the calling thread's, and is looked up where it is written.
    connection.close()
