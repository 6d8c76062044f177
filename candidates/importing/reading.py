"""The worker's side of an import: chunk after chunk from the file into Postgres, to the end or until told to stop."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import orjson
from django.db import DatabaseError, connection, transaction

from candidates import lifecycle
from candidates.csv_reader import RowReader
from candidates.importing import mending
from candidates.importing.preparing import Preparer
from candidates.importing.writing import Chunk, Destination, prepare_transaction, write, write_errors
from candidates.models import Import
from candidates.states import ImportStatus
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

# Large enough that a transaction's fixed cost is nothing, small enough that memory stays flat and a kill costs less
# than a second.
CHUNK_ROWS = 8_000
READABLE = (ImportStatus.EXTRACTING.value, ImportStatus.WAITING_CONFIRMATION.value)

_STANDING = (
    "SELECT job_id FROM candidates_import WHERE id = %s AND claim = %s AND status = ANY(%s) AND rows_total IS NULL"
)
# The claim is checked again as the last statement: a reader that lost it in the meantime writes nothing.
_CHECKPOINT = """
    UPDATE candidates_import SET checkpoint = %s, rows_read = rows_read + %s, rows_failed = rows_failed + %s,
        candidates_made = candidates_made + %s, duplicates = duplicates + %s, candidates_total = candidates_total + %s,
        rows_total = CASE WHEN %s THEN rows_read + %s END
    WHERE id = %s AND claim = %s AND status = ANY(%s) AND rows_total IS NULL
"""


class FileGone(GreenroomError):
    """The uploaded file is no longer stored."""

    code = "file_gone"
    status = 410


class _Stopped(Exception):
    """The import was cancelled, or another reader holds the claim."""


def chunks(import_: Import) -> Iterator[Chunk]:
    """The chunks of an import's file from its checkpoint on, each made in a thread while the one before is written."""
    dialect = import_.dialect
    preparer = Preparer(headers=dialect["headers"], mapping=import_.mapping)
    try:
        file = import_.file.open("rb")
    except FileNotFoundError:
        raise FileGone("The uploaded file is no longer stored. Upload it again.") from None
    with file, ThreadPoolExecutor(1, thread_name_prefix="importing") as thread:
        reader = RowReader(
            file.file,
            encoding=dialect["encoding"],
            delimiter=dialect["delimiter"],
            skip_spaces=dialect.get("skip_spaces", False),
            offset=import_.checkpoint.get("offset", dialect["offset"]),
            line=import_.checkpoint.get("line", dialect["line"]),
        )
        batches = reader.batches(rows=CHUNK_ROWS)

        def take() -> Chunk | None:
            batch = next(batches, None)
            return None if batch is None else Chunk.of(preparer.prepare(batch))

        following = thread.submit(take)
        while (chunk := following.result()) is not None:
            following = thread.submit(take)
            yield chunk


def read_rows(import_id: UUID, *, claim: UUID) -> None:
    """Read an import's file into Postgres, going on from its checkpoint.

    `claim` is the lease under which the caller holds the import (Import.claim). Each chunk is one transaction that also
    moves the checkpoint and the counters, so a killed reader's successor neither loses a row nor reads one twice.
    Returns early, without an error, once the import is cancelled or the claim is another's. Raises FileGone.

    A row ends as a candidate made, a candidate updated (counted in `duplicates`) or a RowError. `rows_total` is set
    with the last chunk. What fails a row and what only loses a value: see `importing.cleaning`.
    """
    import_ = Import.objects.get(pk=import_id)
    if import_.rows_total is not None:
        return
    with _responsive():
        _read(import_, claim)


@contextmanager
def _responsive() -> Iterator[None]:
    """Let the thread that talks with Postgres have its turn soon: it needs little time, and Postgres waits for it.

    The garbage collector, which stops all threads, looks less often: a chunk is many lists of strings, which hold no
    cycles and go as soon as the chunk is written, yet it would walk through them a hundred times.
    """
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(0.0002)
    gc.set_threshold(max(thresholds[0], 200_000), *thresholds[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*thresholds)


def _read(import_: Import, claim: UUID) -> None:
    with _Aside(import_.pk) as aside:
        for chunk in chunks(import_):
            try:
                with transaction.atomic():
                    _write_chunk(chunk, import_, claim)
            except _Stopped:
                return
            aside.follow_up()
            if chunk.prepared.is_last:
                return


class _Aside:
    """What goes on beside the chunks, in a thread with a connection of its own: progress, and the search index.

    A chunk only appends to the search index's list of unsorted entries (see `prepare_transaction`). Sorting them in
    takes a quarter of the time that a row costs Postgres; here that goes on beside the next chunk, not between two.
    """

    def __init__(self, import_id: UUID) -> None:
        self._import_id = import_id
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="beside-import")
        self._running: Future[None] | None = None

    def __enter__(self) -> _Aside:
        return self

    def follow_up(self) -> None:
        """Tell of the chunk and sort its entries in, unless that still goes on for an earlier one."""
        if self._running is None or self._running.done():
            self._running = self._thread.submit(self._tell_and_sort)

    def __exit__(self, *_: object) -> None:
        self._thread.submit(self._tell_and_sort)
        # Not `submit(connection.close)`: that would name this thread's connection, and leak the other one.
        self._thread.submit(lambda: connection.close())
        self._thread.shutdown()

    def _tell_and_sort(self) -> None:
        try:
            lifecycle.record(self._import_id)
            with connection.cursor() as cursor:
                cursor.execute("SELECT gin_clean_pending_list('candidate_search')")
        except DatabaseError as error:  # the next chunk tells more, and autovacuum sorts too
            connection.close()
            logger.warning("could not follow up a chunk: %s", type(error).__name__)


def _write_chunk(chunk: Chunk, import_: Import, claim: UUID) -> None:
    prepared = chunk.prepared
    with connection.cursor() as cursor:
        prepare_transaction(cursor, is_last=prepared.is_last)
        cursor.execute(_STANDING, [import_.pk, claim, list(READABLE)])
        standing = cursor.fetchone()
        if standing is None:
            raise _Stopped
        destination = Destination(import_.pk, standing[0], import_.made_by_id)
        written = write(chunk, destination)
        errors = [*prepared.errors, *written.errors]
        with connection.wrap_database_errors:
            write_errors(errors, destination)
        if import_.mends_id:
            mending.mark(prepared, written.errors, import_)
        checkpoint = orjson.dumps({"offset": prepared.offset, "line": prepared.line}).decode()
        rows = prepared.rows
        cursor.execute(
            _CHECKPOINT,
            [
                *(checkpoint, rows, len(errors), written.made, written.updated, written.works),
                *(prepared.is_last, rows, import_.pk, claim, list(READABLE)),
            ],
        )
        if cursor.rowcount != 1:
            raise _Stopped
