"""Reading an import's file under a lease, so that a file whose reader died is taken up by another one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.utils import timezone

from candidates import doorbell, lifecycle
from candidates.models import Import
from candidates.pipeline.claiming import lease_end
from candidates.states import ImportStatus
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

READABLE = (ImportStatus.EXTRACTING, ImportStatus.WAITING_CONFIRMATION)
# Each chunk that a reader commits is a step on; one that was begun this often is not read by trying once more.
MAX_READ_ATTEMPTS = 20


def unread() -> Q:
    """Imports whose file still has to be read and that no living reader holds."""
    return Q(status__in=READABLE, rows_total=None) & (Q(claim=None) | Q(lease_expires_at__lt=timezone.now()))


def read_import(import_id: UUID, *, should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Read an import's file to its end, going on where the last reader stopped; whether this call held the claim.

    Called twice, or while another reader lives, it returns at once. Told to stop, it lets the claim go, so that the
    reader ends after its chunk and the next one goes on from there.
    """
    claim = uuid4()
    taken = Import.objects.filter(unread(), pk=import_id).update(
        claim=claim, lease_expires_at=lease_end(), read_attempts=F("read_attempts") + 1
    )
    if not taken:
        return False
    import_ = Import.objects.get(pk=import_id)
    if import_.read_attempts > MAX_READ_ATTEMPTS:
        lifecycle.fail(import_, error="The file could not be read: its reader was stopped too often.")
        return True
    # Here, since to undo an import is to queue scores: importing stands on the pipeline.
    from candidates import importing

    try:
        with _kept(import_id, claim, should_stop):
            importing.read_rows(import_id, claim=claim)
    except (OperationalError, InterfaceError):
        # Postgres went away: not the file's fault. Its lease runs out, and the sweep rings for the next reader.
        connection.close()
        logger.warning("import %s: the database went away while reading", import_id)
        return True
    except GreenroomError as error:
        _fail(import_id, claim, error.message)
        return True
    except Exception as error:
        logger.error("import %s: %s while reading", import_id, type(error).__name__, exc_info=settings.DEBUG)
        _fail(import_id, claim, f"Reading stopped at an error of ours ({type(error).__name__}).")
        return True
    Import.objects.filter(pk=import_id, claim=claim).update(claim=None, lease_expires_at=None)
    lifecycle.advance(import_id)
    lifecycle.record(import_id)
    doorbell.ring_drain()
    return True


def _fail(import_id: UUID, claim: UUID, reason: str) -> None:
    import_ = Import.objects.filter(pk=import_id, claim=claim).first()
    if import_ is not None and import_.status in READABLE:
        if import_.status == ImportStatus.WAITING_CONFIRMATION:
            # A failed file can't be resumed: back to running, from where it may fail.
            lifecycle.transition(import_, ImportStatus.EXTRACTING, phase=import_.phase)  # type: ignore[arg-type]
        lifecycle.fail(import_, error=reason)


@contextmanager
def _kept(import_id: UUID, claim: UUID, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Renew the reader's lease, and ring for the work that it has made, while the block runs."""
    over = threading.Event()

    def keep() -> None:
        every = min(1.0, settings.WORK_LEASE_SECONDS / 6)
        lived = 0.0
        try:
            while not over.wait(every):
                lived += every
                try:
                    if should_stop():
                        Import.objects.filter(pk=import_id, claim=claim).update(claim=None, lease_expires_at=None)
                        return
                    if lived >= settings.WORK_LEASE_SECONDS / 3:
                        lived = 0.0
                        Import.objects.filter(pk=import_id, claim=claim).update(lease_expires_at=lease_end())
                    doorbell.ring_drain()
                except DatabaseError as error:
                    connection.close()
                    logger.warning("could not keep the lease of import %s: %s", import_id, type(error).__name__)
        finally:
            connection.close()

    keeper = threading.Thread(target=keep, name="reading-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
