"""The life of an import: every change of its status, and what its status is.

`transition` is the only way from one status to another: a compare-and-set on the import's row and an event, in one
transaction. What an import should do next is computed from its rows of work (`advance`), never from messages, so it may
be asked at any time, by anyone, any number of times.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates import doorbell, estimating, events
from candidates.models import Import, Work
from candidates.states import IMPORT_MOVES, ImportPhase, ImportStatus, WorkKind, WorkState
from llm import budget
from llm.errors import GreenroomError

OPEN_STATES = (WorkState.READY, WorkState.CLAIMED)
ENDED = frozenset(status for status, moves in IMPORT_MOVES.items() if not moves)
# An import of this many open rows of work is closed while the recruiter waits; the rest of a larger one by a worker.
_CLOSE_AT_ONCE = 2_000

# Shares of the bar: judging takes most of the time, reading little.
_READING, _EXTRACTING, _SCORING = 5, 35, 60


class WrongState(GreenroomError):
    """What was asked does not fit the import's status."""

    code = "wrong_state"
    status = 409


def transition(import_: Import, to: ImportStatus, *, phase: ImportPhase, message: str = "", **values: Any) -> Import:
    """Move an import on, if it is still where `import_` says it is; write the event; return it refreshed.

    `values` are other columns to set in the same statement. Raises WrongState where the move is not allowed, or where
    another process moved the import first.
    """
    was = import_.status
    if to not in IMPORT_MOVES[was]:
        raise WrongState(f"An import that is “{ImportStatus(was).label}” can't become “{to.label}”.")
    with transaction.atomic():
        moved = Import.objects.filter(pk=import_.pk, status=was).update(
            status=to, phase=phase, message=message, **values
        )
        if not moved:
            raise WrongState("The import has moved on in the meantime. Look at it again.")
        import_.refresh_from_db()
        events.append(import_.pk, to.value, status_of(import_))
    return import_


def start(import_: Import) -> Import:
    """Idle → extracting: the mapping stands, a worker reads the file."""
    with transaction.atomic():
        transition(import_, ImportStatus.EXTRACTING, phase=ImportPhase.READING, started_at=timezone.now())
        doorbell.ring_reader(import_.pk)
    return import_


def confirm(import_: Import) -> Import:
    """Waiting for confirmation → on with the work that waits. Also resumes after a money cap was raised."""
    import_.refresh_from_db()
    if import_.status != ImportStatus.WAITING_CONFIRMATION:
        raise WrongState(
            f"This import is “{import_.get_status_display()}”; only one that waits for confirmation can be confirmed."
        )
    with transaction.atomic():
        if import_.rows_total is None:
            transition(import_, ImportStatus.EXTRACTING, phase=ImportPhase.READING, score=True)
            doorbell.ring_reader(import_.pk)
        elif _has_open(import_.pk, WorkKind.EXTRACT):
            transition(import_, ImportStatus.EXTRACTING, phase=ImportPhase.EXTRACTING, score=True)
        else:
            transition(import_, ImportStatus.SCORING, phase=ImportPhase.SCORING, score=True)
        doorbell.ring_drain()
    return advance(import_.pk) or import_


def cancel(import_: Import) -> Import:
    """Stop an import. What was written stays, whole; nothing more is claimed from this moment on."""
    import_.refresh_from_db()
    if import_.status in ENDED:
        raise WrongState(f"This import is “{import_.get_status_display()}” and can't be cancelled any more.")
    with transaction.atomic():
        transition(
            import_,
            ImportStatus.CANCELLED,
            phase=ImportPhase.DONE,
            message="Cancelled. Candidates that were already written are kept; undo removes them.",
            finished_at=timezone.now(),
        )
        doorbell.ring_closer(import_.pk)
    close_work(import_.pk, limit=_CLOSE_AT_ONCE)
    return import_


def fail(import_: Import, *, error: str, message: str = "") -> Import:
    """End an import that can't go on. `error` tells the recruiter why, without personal text."""
    with transaction.atomic():
        transition(
            import_,
            ImportStatus.ERROR,
            phase=ImportPhase.DONE,
            message=message or error,
            error=error,
            finished_at=timezone.now(),
        )
        doorbell.ring_closer(import_.pk)
    return import_


def hold(import_id: UUID, *, message: str) -> bool:
    """Send a running import back to waiting, e.g. at a money cap; whether this call did it."""
    import_ = Import.objects.get(pk=import_id)
    if import_.status not in (ImportStatus.EXTRACTING, ImportStatus.SCORING):
        return False
    try:
        transition(import_, ImportStatus.WAITING_CONFIRMATION, phase=ImportPhase.CONFIRMING, message=message)
    except WrongState:
        return False
    return True


def close_work(import_id: UUID, *, limit: int = 10_000) -> int:
    """Cancel up to `limit` open rows of work of an ended import; return how many.

    Rows that a commit holds at this moment are left to the next call: nobody waits for anybody.
    """
    with transaction.atomic():
        ids = list(
            Work.objects.select_for_update(skip_locked=True)
            .filter(of_import_id=import_id, state__in=OPEN_STATES, of_import__status__in=ENDED)
            .order_by("id")
            .values_list("id", flat=True)[:limit]
        )
        return Work.objects.filter(id__in=ids).update(
            state=WorkState.CANCELLED, claim=None, lease_expires_at=None, finished_at=timezone.now()
        )


def advance(import_id: UUID) -> Import | None:
    """Move an import on if its rows of work say so; return it, or None where it is gone.

    Extraction over: to scoring, or to wait for confirmation with a cost estimate. Scoring over: complete.
    """
    import_ = Import.objects.filter(pk=import_id).first()
    if import_ is None or import_.rows_total is None:
        return import_
    try:
        if import_.status == ImportStatus.EXTRACTING:
            if _has_open(import_id, WorkKind.EXTRACT):
                if import_.phase == ImportPhase.READING:
                    Import.objects.filter(pk=import_id, status=ImportStatus.EXTRACTING).update(
                        phase=ImportPhase.EXTRACTING
                    )
                return import_
            if not import_.score:
                return transition(
                    import_,
                    ImportStatus.WAITING_CONFIRMATION,
                    phase=ImportPhase.CONFIRMING,
                    cost_estimate_usd=estimating.cost_usd(import_),
                )
            if _has_open(import_id, WorkKind.SCORE):
                return transition(import_, ImportStatus.SCORING, phase=ImportPhase.SCORING)
            return _complete(import_)
        if import_.status == ImportStatus.SCORING and not _has_open(import_id, WorkKind.SCORE):
            return _complete(import_)
    except WrongState:
        # Another process came to the same conclusion first.
        import_.refresh_from_db()
    return import_


def _complete(import_: Import) -> Import:
    return transition(import_, ImportStatus.COMPLETE, phase=ImportPhase.DONE, finished_at=timezone.now())


def _has_open(import_id: UUID, kind: WorkKind) -> bool:
    return Work.objects.filter(of_import_id=import_id, kind=kind, state__in=OPEN_STATES).exists()


def record(import_id: UUID, kind: str = events.PROGRESS, data: dict[str, Any] | None = None) -> None:
    """Write an event with the import's status as it is now, for the streams; `data` is added to it as "detail".

    Progress that follows the last event too closely is dropped, so call it as often as you like.
    """
    if kind == events.PROGRESS and not events.progress_is_due(import_id):
        return
    with transaction.atomic():
        import_ = events.locked(import_id)
        if import_ is not None:
            status = status_of(import_)
            events.append(import_id, kind, status | {"detail": data} if data else status)


def newest(user: User) -> Import | None:
    """The import that `user` made last, else the last one that anybody made."""
    return Import.objects.filter(made_by=user).first() or Import.objects.first()


def status_of(import_: Import) -> dict[str, Any]:
    """The answer of `GET /api/pluto/status`: JSON-ready, cheap (counters of the import's own row)."""
    estimate = import_.cost_estimate_usd
    return {
        "import_id": str(import_.pk),
        "filename": import_.filename,
        "status": import_.status,
        "phase": import_.phase,
        "progress": progress_of(import_),
        "message": import_.message or _message(import_),
        "candidates_total": import_.candidates_total,
        "candidates_extracted": import_.extracted,
        "candidates_scored": import_.scored,
        "candidates_failed": import_.failed,
        "rows_total": import_.rows_total,
        "rows_read": import_.rows_read,
        "rows_failed": import_.rows_failed,
        "duplicates": import_.duplicates,
        "cost_usd": round(float(budget.spent_usd(f"import:{import_.pk}")), 6),
        "cost_estimate_usd": None if estimate is None else float(estimate),
        "eta_seconds": estimating.seconds_left(import_),
        "error": import_.error or None,
        "created_at": import_.created_at.isoformat(),
        "finished_at": import_.finished_at.isoformat() if import_.finished_at else None,
    }


def progress_of(import_: Import) -> int:
    """0–100; 100 only when the import is complete."""
    if import_.status == ImportStatus.COMPLETE:
        return 100
    read = estimating.read_share(import_)
    share = _READING * read
    if import_.candidates_total:
        # While the file is still being read, its total is what this much of it held, drawn out to all of it.
        total = import_.candidates_total / max(read, 0.01)
        share += _EXTRACTING * min(1.0, (import_.extracted + import_.failed) / total)
        share += _SCORING * min(1.0, (import_.scored + min(import_.failed, import_.scored)) / total)
    elif import_.rows_total is not None:
        share += _EXTRACTING
    return min(99, int(share))


def _message(import_: Import) -> str:
    total = import_.candidates_total
    if import_.status == ImportStatus.IDLE:
        return "Check which column fills which field, then start."
    if import_.status == ImportStatus.EXTRACTING and import_.phase == ImportPhase.READING:
        return f"Reading rows: {import_.rows_read:,} so far."
    if import_.status == ImportStatus.EXTRACTING:
        return f"Extracting profiles: {import_.extracted:,} of {total:,}."
    if import_.status == ImportStatus.WAITING_CONFIRMATION:
        return f"{total - import_.failed:,} candidates are ready to be scored. Confirm to start."
    if import_.status == ImportStatus.SCORING:
        return f"Scoring: {import_.scored:,} of {total:,}."
    if import_.status == ImportStatus.COMPLETE:
        aside = f" {import_.failed:,} set aside." if import_.failed else ""
        return f"Complete: {total:,} candidates.{aside}"
    return ""
