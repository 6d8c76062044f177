"""The sweep: what a killed worker, a lost message or a restarted server left behind is found in the rows and mended.

Called every few seconds by beat. Any number of sweeps may run at the same time: each takes only rows that nobody holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from candidates import doorbell, lifecycle
from candidates.models import Document, Import, Work
from candidates.pipeline import claiming, committing
from candidates.pipeline.attempting import give_up
from candidates.pipeline.committing import Result
from candidates.pipeline.reading import unread
from candidates.states import RUNNING, WorkKind, WorkState
from llm.errors import GreenroomError

_AT_ONCE = 5_000
# A document whose ring was lost is rung for again after this long.
_DOCUMENT_PATIENCE = timedelta(seconds=30)

_RETURN_EXPIRED = """
UPDATE candidates_work SET state = 'ready', claim = NULL, lease_expires_at = NULL, attempts = attempts + 1,
       not_before = NULL, error_code = %(code)s, reason = %(reason)s
WHERE id IN (
    SELECT id FROM candidates_work WHERE state = 'claimed' AND lease_expires_at < now() AND attempts + 1 < %(most)s
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
"""
_TAKE_EXHAUSTED = """
UPDATE candidates_work SET claim = %(claim)s, lease_expires_at = %(lease)s
WHERE id IN (
    SELECT id FROM candidates_work
    WHERE state = 'claimed' AND lease_expires_at < now() AND attempts + 1 >= %(most)s AND kind = %(kind)s
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id, of_import_id, candidate_id, attempts
"""


class WorkerLost(GreenroomError):
    """The worker that had a row died, or lost its server, before the row ended."""

    code = "worker_lost"


@dataclass
class Swept:
    """What a sweep found."""

    returned: int = 0
    set_aside: int = 0
    readers_rung: int = 0
    closed: int = 0
    drain_rung: bool = False


def sweep() -> Swept:
    """Return expired leases, ring for work that is ready, move imports on, end the work of cancelled ones."""
    swept = Swept(returned=_return_expired(), set_aside=_set_aside_exhausted())
    for import_id in Import.objects.filter(unread()).values_list("id", flat=True):
        doorbell.ring_reader(import_id)
        swept.readers_rung += 1
    for import_id in list(Import.objects.filter(status__in=RUNNING).values_list("id", flat=True)):
        lifecycle.advance(import_id)
    swept.closed = close_ended()
    for document_id in Document.objects.filter(
        state=Document.State.RECEIVED, created_at__lt=timezone.now() - _DOCUMENT_PATIENCE
    ).values_list("id", flat=True)[:100]:
        doorbell.ring_document_reader(document_id)
    if claiming.work_is_ready():
        doorbell.ring_drain()
        swept.drain_rung = True
    return swept


def close_ended() -> int:
    """Cancel the open work of imports that were cancelled or failed; returns how many rows."""
    closed = 0
    ended = Import.objects.filter(status__in=lifecycle.ENDED).order_by()
    with_open = Work.objects.filter(of_import__in=ended, state__in=lifecycle.OPEN_STATES)
    for import_id in list(with_open.order_by().values_list("of_import", flat=True).distinct()[:20]):
        while number := lifecycle.close_work(import_id):
            closed += number
    return closed


def _lost() -> WorkerLost:
    return WorkerLost("The worker that had this row was stopped before it ended.")


def _return_expired() -> int:
    error = _lost()
    with connection.cursor() as cursor:
        cursor.execute(
            _RETURN_EXPIRED,
            {"code": error.code, "reason": error.message, "most": claiming.MAX_ATTEMPTS, "limit": _AT_ONCE},
        )
        return int(cursor.rowcount)


def _set_aside_exhausted() -> int:
    """End rows whose worker was lost at their last attempt: such a row may itself be what kills the worker."""
    ended = 0
    error = _lost()
    for kind in WorkKind:
        claim_id = uuid4()
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE_EXHAUSTED,
                {
                    "claim": claim_id,
                    "lease": claiming.lease_end(),
                    "most": claiming.MAX_ATTEMPTS,
                    "kind": kind,
                    "limit": _AT_ONCE,
                },
            )
            rows = sorted(cursor.fetchall())
        results = [
            Result(
                piece=piece,
                state=WorkState.SET_ASIDE,
                outcome=give_up(piece, error),
                error_code=error.code,
                reason=error.message,
                failed=True,
            )
            for piece in claiming.load(rows, kind=kind, claim_id=claim_id)
        ]
        for start in range(0, len(results), 500):
            committing.advance(committing.commit(results[start : start + 500]))
        ended += len(results)
    return ended
