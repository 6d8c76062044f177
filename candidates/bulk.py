"""What a recruiter does to many candidates at once: a few statements each, however many there are.

Each leaves the same rows in the history as candidates.profiles does for one.
"""

# ruff: noqa: S608 - only SQL of our own and of the ORM is put together; every value is a parameter

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from candidates import pipeline
from candidates.models import Assessment, Candidate, Job
from candidates.profiles.removing import DELETED
from candidates.states import AiStatus, ChangeSource, WorkKind


def delete(*, rows: QuerySet[Candidate], actor: User | None) -> tuple[int, datetime]:
    """Put candidates away so that they can be restored; returns how many, and the stamp that `undo_delete` takes.

    All of one deletion carry the same moment, to the microsecond.
    """
    stamp = timezone.now()
    with transaction.atomic():
        count = rows.filter(deleted_at=None).update(deleted_at=stamp, updated_at=stamp)
        _record("deleted_at = %s", [stamp], old="false", new="true", actor=actor)
    return count, stamp


def undo_delete(*, stamp: datetime, actor: User | None) -> int:
    """Bring back the candidates of one deletion; returns how many. Twice is once."""
    return restore(rows=Candidate.objects.filter(deleted_at=stamp), actor=actor)


def restore(*, rows: QuerySet[Candidate], actor: User | None) -> int:
    """Bring back deleted candidates; returns how many."""
    stamp = timezone.now()
    with transaction.atomic():
        count = rows.filter(deleted_at__isnull=False).update(deleted_at=None, updated_at=stamp)
        # Nothing but this statement wrote this very moment, so the stamp names those that came back.
        _record("updated_at = %s AND deleted_at IS NULL", [stamp], old="true", new="false", actor=actor)
    return count


def assign(*, rows: QuerySet[Candidate], job: Job | None, actor: User | None) -> int:
    """Put candidates on a job (None: on none) and queue them to be scored by its rubric; returns how many moved.

    Those that stand on it already are left alone: nothing would change but the bill. An AI score given by another
    job's rubric is taken away until it is given by this one.
    """
    stamp = timezone.now()
    with transaction.atomic():
        rows = rows.filter(deleted_at=None)
        rows = rows.exclude(job=job) if job else rows.filter(job__isnull=False)
        sql, parameters = rows.order_by().values("id").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO candidates_change (candidate_id, field, old, new, source, actor_id, actor_label)"
                " SELECT c.id, 'job', to_jsonb(c.job_id::text), to_jsonb(%s::text), %s, %s, ''"
                f" FROM candidates_candidate c WHERE c.id IN ({sql}) FOR UPDATE RETURNING candidate_id",
                [str(job.pk) if job else None, ChangeSource.CONSOLE, actor.pk if actor else None, *parameters],
            )
            ids = [row[0] for row in cursor.fetchall()]
        moved = Candidate.objects.filter(pk__in=ids)
        moved.update(job=job, updated_at=stamp, ai_score=None, ai_status=AiStatus.NONE)
        Assessment.objects.filter(candidate__in=ids, kind=Assessment.Kind.MODEL, is_current=True).update(
            is_current=False
        )
        pipeline.queue_scores(candidates=moved, kind=WorkKind.EXTRACT)
    return len(ids)


def _record(where: str, parameters: list[Any], *, old: str, new: str, actor: User | None) -> None:
    """A change "deleted" for each candidate that `where` finds: what stood there and what stands there now, in JSON."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_change (candidate_id, field, old, new, source, actor_id, actor_label)"
            f" SELECT id, %s, %s::jsonb, %s::jsonb, %s, %s, '' FROM candidates_candidate WHERE {where}",
            [DELETED, old, new, ChangeSource.CONSOLE, actor.pk if actor else None, *parameters],
        )
