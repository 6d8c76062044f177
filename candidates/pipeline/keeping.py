"""The two threads beside a drain's loop: one commits results in batches, one keeps leases alive."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from candidates import lifecycle
from candidates.models import Import, Work
from candidates.pipeline import committing
from candidates.pipeline.attempting import failure
from candidates.pipeline.claiming import Piece, lease_end
from candidates.pipeline.committing import Result
from candidates.states import RUNNING, WorkState
from llm.errors import CapReached, GreenroomError

logger = logging.getLogger(__name__)

# A batch is what came in while the last one was being committed, and up to this long after it, in seconds.
GATHER_SECONDS = 0.02
LARGEST_BATCH = 1_000
# How long a result waits for a Postgres that is away before the drain gives up, in seconds.
PATIENCE_SECONDS = 120.0


class Committer(threading.Thread):
    """The commit queue's thread. `failure` is set where results could not be written: the drain then ends."""

    def __init__(self, *, on_committed: Callable[[list[int]], None]) -> None:
        super().__init__(name="committer", daemon=True)
        self.results: queue.SimpleQueue[Result | None] = queue.SimpleQueue()
        self.on_committed = on_committed
        self.failure: Exception | None = None

    def put(self, result: Result) -> None:
        """Hand over a result; called from the loop's thread, never blocks."""
        self.results.put(result)

    def stop(self) -> None:
        """Commit what is queued, then end; returns when that is done."""
        self.results.put(None)
        self.join()

    def run(self) -> None:
        try:
            while batch := self._gather():
                self._commit(batch)
        except Exception as error:  # noqa: BLE001 - told to the drain, which raises it
            self.failure = error
        finally:
            connection.close()

    def _gather(self) -> list[Result]:
        first = self.results.get()
        if first is None:
            return []
        batch = [first]
        deadline = time.monotonic() + GATHER_SECONDS
        while len(batch) < LARGEST_BATCH:
            try:
                result = self.results.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if result is None:
                self.results.put(None)
                break
            batch.append(result)
        return batch

    def _commit(self, batch: list[Result]) -> None:
        self._hold_imports(batch)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                committing.advance(committing.commit(batch))
            except (OperationalError, InterfaceError) as error:
                # Restarted, out of connections, or a deadlock: the claims are checked again with the next try.
                connection.close()
                if time.monotonic() > deadline:
                    raise
                logger.warning("could not commit %d results: %s", len(batch), type(error).__name__)
                time.sleep(0.3)
            except (DatabaseError, ValueError, TypeError, OverflowError) as error:
                self._commit_apart(batch, error)
                return
            else:
                break
        self.on_committed([result.piece.work_id for result in batch])

    def _commit_apart(self, batch: list[Result], error: Exception) -> None:
        """A value that Postgres does not take fails its own row alone, never its batch."""
        if len(batch) > 1:
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                self._commit(part)
            return
        piece = batch[0].piece
        logger.error("work %s could not be stored: %s", piece.work_id, type(error).__name__)
        refused = failure(
            piece, GreenroomError(f"The result could not be stored ({type(error).__name__}).", code="not_storable")
        )
        if batch[0].state == WorkState.SET_ASIDE and refused.outcome is not None:
            # Not even what giving up wrote could be stored: end the row with nothing but its reason.
            refused.outcome.values.clear()
            refused.outcome.assessments.clear()
            refused.outcome.changes.clear()
        committing.advance(committing.commit([refused]))
        self.on_committed([piece.work_id])

    @staticmethod
    def _hold_imports(batch: list[Result]) -> None:
        """An import whose money cap is reached goes back to waiting before its rows become ready again."""
        reached = {
            result.piece.import_id: result.reason
            for result in batch
            if result.error_code == CapReached.code and result.piece.import_id is not None
        }
        for import_id, message in reached.items():
            try:
                lifecycle.hold(import_id, message=message)
            except (OperationalError, InterfaceError, Import.DoesNotExist):
                connection.close()


class Keeper(threading.Thread):
    """Renews leases, notices lost claims and cancelled imports, and writes progress while there is some."""

    def __init__(self, *, should_stop: Callable[[], bool], on_lost: Callable[[list[int]], None]) -> None:
        super().__init__(name="keeper", daemon=True)
        self.should_stop = should_stop
        self.on_lost = on_lost
        self.stopping = threading.Event()
        self.ticked = time.monotonic()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._held: dict[int, Piece] = {}
        self._touched: set[UUID] = set()

    def watch(self, pieces: Iterable[Piece]) -> None:
        """Keep the leases of these from now on."""
        with self._lock:
            for piece in pieces:
                self._held[piece.work_id] = piece

    def forget(self, work_ids: Iterable[int]) -> None:
        """These are committed: no lease any more."""
        with self._lock:
            for work_id in work_ids:
                if (piece := self._held.pop(work_id, None)) is not None and piece.import_id is not None:
                    self._touched.add(piece.import_id)

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        self._over.set()
        self.join()

    def run(self) -> None:
        every = min(1.0, settings.WORK_LEASE_SECONDS / 6)
        renewed = time.monotonic()
        try:
            while not self._over.wait(every):
                if self.should_stop():
                    self.stopping.set()
                try:
                    self._drop_cancelled()
                    if time.monotonic() - renewed >= settings.WORK_LEASE_SECONDS / 3:
                        renewed = time.monotonic()
                        self._renew()
                    self._record_progress()
                except DatabaseError as error:
                    connection.close()
                    logger.warning("could not keep leases: %s", type(error).__name__)
        finally:
            connection.close()

    def _renew(self) -> None:
        # A loop that has not moved for a whole lease hangs on a row: its leases must run out, or nobody would ever
        # take that row, and all others with it, from this process.
        if time.monotonic() - self.ticked > settings.WORK_LEASE_SECONDS:
            logger.error("the event loop hangs: its leases are not renewed")
            return
        with self._lock:
            held = list(self._held.values())
        if not held:
            return
        by_claim: dict[UUID, list[int]] = {}
        for piece in held:
            by_claim.setdefault(piece.claim, []).append(piece.work_id)
        lost: list[int] = []
        for claim, ids in sorted(by_claim.items()):
            with connection.cursor() as cursor:
                # Rows that a commit has locked are about to end: no need to wait for them.
                cursor.execute(
                    "WITH mine AS (SELECT id FROM candidates_work WHERE id = ANY(%s) AND claim = %s "
                    "AND state = 'claimed' ORDER BY id FOR UPDATE SKIP LOCKED) "
                    "UPDATE candidates_work SET lease_expires_at = %s WHERE id IN (SELECT id FROM mine)",
                    [ids, claim, lease_end()],
                )
            standing = set(
                Work.objects.filter(id__in=ids, claim=claim, state=WorkState.CLAIMED).values_list("id", flat=True)
            )
            lost += [work_id for work_id in ids if work_id not in standing]
        self._lose(lost)

    def _drop_cancelled(self) -> None:
        with self._lock:
            imports = {piece.import_id for piece in self._held.values() if piece.import_id is not None}
        if not imports:
            return
        ended = set(Import.objects.filter(id__in=imports, status__in=lifecycle.ENDED).values_list("id", flat=True))
        with self._lock:
            self._lose([piece.work_id for piece in self._held.values() if piece.import_id in ended], locked=True)

    def _lose(self, work_ids: list[int], *, locked: bool = False) -> None:
        if not work_ids:
            return
        if locked:
            for work_id in work_ids:
                self._held.pop(work_id, None)
        else:
            self.forget(work_ids)
        self.on_lost(work_ids)

    def _record_progress(self) -> None:
        with self._lock:
            touched, self._touched = self._touched, set()
        running = Import.objects.filter(id__in=touched, status__in=RUNNING).values_list("id", flat=True)
        for import_id in list(running) if touched else []:
            lifecycle.record(import_id)
