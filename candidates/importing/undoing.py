"""An import undone as a whole: what it made is removed, what it changed is put back, with a Change row for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import User
from candidates import lifecycle, pipeline
from candidates.importing.writing import CHUNK_LOCK
from candidates.lifecycle import ENDED, WrongState
from candidates.mapping import email_key, linkedin_key, phone_key
from candidates.models import Candidate, Import, RowError
from candidates.states import ChangeSource, ImportPhase, ImportStatus, IntakeStatus, InterviewStatus, WorkKind

# Sources of a change behind which a person stands, or a later file.
TOUCHED = tuple(
    source.value
    for source in (ChangeSource.CONSOLE, ChangeSource.API, ChangeSource.MERGE, ChangeSource.INTAKE, ChangeSource.IMPORT)
)
KEYS = {
    "email": ("email_key", email_key),
    "linkedin_url": ("linkedin_key", linkedin_key),
    "phone": ("phone_key", phone_key),
}


@dataclass(frozen=True, slots=True)
class UndoReport:
    """`removed`: candidates that the import had made. `kept`: made by it, but touched since by a person or by another
    import, and therefore left. `reverted`: values put back; `left`: values that somebody has changed again since, and
    therefore left. `reopened`: failed rows of another import that this one had mended."""

    removed: int
    kept: int
    reverted: int
    left: int
    reopened: int


def undo(import_: Import, *, actor: User | None) -> UndoReport:
    """Take an import back, in one transaction.

    A running import is to be cancelled first (WrongState, 409); one that waits for confirmation is cancelled here. A
    candidate with a document, an interview, an intake, or a change made by a person or another import is kept.
    Undoing twice is refused (409).
    """
    import_.refresh_from_db()
    if import_.status == ImportStatus.WAITING_CONFIRMATION:
        lifecycle.cancel(import_)
    if import_.status not in ENDED:
        raise WrongState("The import is still running. Cancel it first, then undo it.")
    with transaction.atomic(), connection.cursor() as cursor:
        # No reader may find a candidate that is being removed.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHUNK_LOCK])
        claimed = Import.objects.filter(pk=import_.pk, undone_at=None).update(
            undone_at=timezone.now(), phase=ImportPhase.UNDONE
        )
        if not claimed:
            raise WrongState("This import was undone before.")
        removed, kept = _remove(cursor, import_)
        reverted, left = _revert(cursor, import_, actor)
        reopened = RowError.objects.filter(mended_by=import_).update(mended_by=None)
        message = f"Undone: {removed:,} candidates removed, {reverted:,} values put back."
        if kept:
            message += f" {kept:,} candidates are kept, since they were changed after the import."
        Import.objects.filter(pk=import_.pk).update(message=message)
        lifecycle.record(import_.pk, "undone", {"removed": removed, "kept": kept, "reverted": reverted, "left": left})
    import_.refresh_from_db()
    return UndoReport(removed, kept, reverted, left, reopened)


def _remove(cursor: Any, import_: Import) -> tuple[int, int]:
    """Delete the candidates that the import made and nobody has touched; return (removed, kept)."""
    cursor.execute(
        """
        CREATE TEMP TABLE greenroom_undone ON COMMIT DROP AS
        SELECT c.id, c.interview_status <> %s OR c.intake_status <> %s
            OR EXISTS (SELECT FROM candidates_document d WHERE d.candidate_id = c.id)
            OR EXISTS (SELECT FROM candidates_change h WHERE h.candidate_id = c.id AND h.source = ANY(%s)
                       AND (h.by_import_id IS NULL OR h.by_import_id <> %s)) AS touched
        FROM (SELECT * FROM candidates_candidate WHERE made_by_import_id = %s ORDER BY id FOR UPDATE) c
        """,
        [InterviewStatus.NOT_SCHEDULED, IntakeStatus.NONE, list(TOUCHED), import_.pk, import_.pk],
    )
    cursor.execute("SELECT count(*) FILTER (WHERE NOT touched), count(*) FILTER (WHERE touched) FROM greenroom_undone")
    removed, kept = cursor.fetchone()
    cursor.execute("DELETE FROM greenroom_undone WHERE touched")
    # Whatever hangs on a candidate goes with it: Django's cascade, as one statement per table.
    for relation in Candidate._meta.related_objects:
        table, column = relation.related_model._meta.db_table, relation.field.column
        if relation.on_delete is models.CASCADE:
            cursor.execute(f'DELETE FROM "{table}" t USING greenroom_undone u WHERE t."{column}" = u.id')  # noqa: S608
        else:
            cursor.execute(
                f'UPDATE "{table}" t SET "{column}" = NULL FROM greenroom_undone u WHERE t."{column}" = u.id'  # noqa: S608
            )
    cursor.execute("DELETE FROM candidates_candidate c USING greenroom_undone u WHERE c.id = u.id")
    cursor.execute("DROP TABLE greenroom_undone")
    return removed, kept


def _revert(cursor: Any, import_: Import, actor: User | None) -> tuple[int, int]:
    """Put back what the import changed, where the value is still the import's; return (reverted, left)."""
    cursor.execute(
        """
        CREATE TEMP TABLE greenroom_reverted ON COMMIT DROP AS
        SELECT candidate_id, field, (array_agg(old ORDER BY id))[1] AS old, (array_agg(new ORDER BY id DESC))[1] AS new,
            max(id) AS change_id
        FROM candidates_change h WHERE by_import_id = %s AND source = %s
            AND NOT EXISTS (SELECT FROM candidates_change u WHERE u.undoes_id = h.id)
        GROUP BY candidate_id, field
        """,
        [import_.pk, ChangeSource.IMPORT],
    )
    cursor.execute("SELECT field, count(*) FROM greenroom_reverted GROUP BY field ORDER BY field")
    changed: set[UUID] = set()
    reverted = total = 0
    for name, count in cursor.fetchall():
        column = Candidate._meta.get_field(name).column  # type: ignore[union-attr]
        cursor.execute(
            f"""
            WITH put_back AS (
                UPDATE candidates_candidate c SET "{column}" = {_from_json(name)}, updated_at = clock_timestamp()
                FROM greenroom_reverted r
                WHERE r.field = %s AND c.id = r.candidate_id AND to_jsonb(c.{column}) IS NOT DISTINCT FROM r.new
                RETURNING c.id, c.{column} AS value, r.old, r.new, r.change_id
            ), told AS (
                INSERT INTO candidates_change (candidate_id, field, old, new, source, actor_id, actor_label, undoes_id)
                SELECT id, %s, new, old, %s, %s, '', change_id FROM put_back
            )
            SELECT id, value FROM put_back
            """,  # noqa: S608 - a column of the model
            [name, name, ChangeSource.UNDO, actor.pk if actor else None],
        )
        rows = cursor.fetchall()
        if name in KEYS:
            key_column, key = KEYS[name]
            cursor.execute(
                f"UPDATE candidates_candidate c SET {key_column} = v.key"  # noqa: S608 - a column of the model
                " FROM unnest(%s::uuid[], %s::text[]) v (id, key) WHERE c.id = v.id",
                [[who for who, _ in rows], [key(value) for _, value in rows]],
            )
        changed.update(who for who, _ in rows)
        reverted += len(rows)
        total += count
    cursor.execute("DROP TABLE greenroom_reverted")
    if changed:
        # Their scores rest on values that are gone.
        pipeline.queue_scores(candidates=Candidate.objects.filter(pk__in=changed), kind=WorkKind.EXTRACT)
    return reverted, total - reverted


def _from_json(name: str) -> str:
    """SQL that turns the change's old value (jsonb, null where there was none) into the column's type."""
    column = Candidate._meta.get_field(name)
    if isinstance(column, ArrayField):
        return "ARRAY(SELECT jsonb_array_elements_text(coalesce(r.old, '[]')))"
    if isinstance(column, models.JSONField):
        return f"coalesce(r.old, '{'[]' if column.get_default() == [] else '{}'}')"
    if isinstance(column, models.ForeignKey):  # a job may have been deleted since
        return "(SELECT id FROM candidates_job WHERE id = (r.old #>> '{}')::uuid)"
    if isinstance(column, models.FloatField):
        return "(r.old #>> '{}')::float8"
    if isinstance(column, models.BooleanField):
        return "(r.old #>> '{}')::boolean"
    return "(r.old #>> '{}')" if column.null else "coalesce(r.old #>> '{}', '')"
