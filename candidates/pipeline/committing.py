"""Writing results back: many rows in one short transaction, each only if its claim still stands.

Locks are taken in one order everywhere (rows of work by id, candidates by id, imports by id), so that two commits wait
for each other instead of deadlocking. Counters move in the same transaction as the rows that they count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Model
from django.utils import timezone

from candidates import lifecycle
from candidates.assessing import Outcome
from candidates.models import Assessment, Candidate, Change, Import, Work
from candidates.pipeline.claiming import Piece
from candidates.states import AiStatus, ImportStatus, WorkKind, WorkState
from llm import client

# An escaped NUL, not the escaped backslash before four digits and a letter.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@dataclass(slots=True)
class Result:
    """What became of a piece. With an outcome, `state` is DONE or SET_ASIDE; READY means: another time."""

    piece: Piece
    state: WorkState
    outcome: Outcome | None = None
    error_code: str = ""
    reason: str = ""
    # Whether this counts as one of the three attempts; a released piece does not.
    failed: bool = False
    wait_seconds: float | None = None


def commit(results: Sequence[Result]) -> set[UUID]:
    """Write results back; return the ids of the imports that they touched.

    A result whose claim was lost to another worker, or whose import was cancelled, is dropped. One whose candidate was
    changed by somebody else since it was loaded is not written over that change: the row becomes ready again.
    """
    now = timezone.now()
    with transaction.atomic():
        standing = _standing({result.piece.work_id: result for result in results})
        if not standing:
            return set()
        _set_back_stale(standing)
        ended = [result for result in standing if result.outcome is not None and result.state != WorkState.READY]
        _update_candidates([(result.piece.candidate.pk, result.outcome) for result in ended if result.outcome], now)
        _store_assessments([assessment for result in ended for assessment in _assessments_of(result)])
        _insert(Change, [_booked(change, result.piece) for result in ended for change in _changes_of(result)])
        _queue_scoring(ended)
        _end_work(standing, now)
        _count(standing)
    touched = {result.piece.import_id for result in standing if result.piece.import_id}
    return {import_id for import_id in touched if import_id}


def _standing(results: dict[int, Result]) -> list[Result]:
    """The results whose claim still stands, with their rows of work locked."""
    rows = (
        Work.objects.select_for_update(of=("self",))
        .filter(id__in=list(results), state=WorkState.CLAIMED)
        .exclude(of_import__status__in=(ImportStatus.CANCELLED, ImportStatus.ERROR))
        .order_by("id")
        .values_list("id", "claim")
    )
    return [results[work_id] for work_id, claim in rows if results[work_id].piece.claim == claim]


def _set_back_stale(standing: list[Result]) -> None:
    """Lock the candidates; turn a result about an outdated profile into one that asks for another go."""
    with_outcome = [result for result in standing if result.outcome is not None]
    current = dict(
        Candidate.objects.select_for_update(no_key=True)
        .filter(id__in={result.piece.candidate.pk for result in with_outcome})
        .order_by("id")
        .values_list("id", "updated_at")
    )
    seen: set[UUID] = set()
    for result in with_outcome:
        candidate = result.piece.candidate
        # Two pieces of one candidate in one batch: the second one was computed without the first one's result.
        if current.get(candidate.pk) != candidate.updated_at or candidate.pk in seen:
            result.state, result.outcome, result.failed = WorkState.READY, None, False
        seen.add(candidate.pk)


def _update_candidates(outcomes: Iterable[tuple[UUID, Outcome]], now: datetime) -> None:
    """One UPDATE for all outcomes that set the same columns; Postgres itself types the values."""
    by_columns: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for candidate_id, outcome in outcomes:
        # Columns are named like their fields: an outcome sets no foreign key.
        by_columns[tuple(sorted(outcome.values))].append({"id": candidate_id, **outcome.values})
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for columns, rows in sorted(by_columns.items()):
            assignments = ", ".join(f"{quote(name)} = v.{quote(name)}" for name in columns)
            cursor.execute(
                f"UPDATE candidates_candidate c SET {assignments}{', ' if columns else ''}updated_at = %s "  # noqa: S608
                "FROM jsonb_populate_recordset(NULL::candidates_candidate, %s::jsonb) v WHERE c.id = v.id",
                [now, _json(rows)],
            )


def _insert(model: type[Assessment] | type[Change], rows: Sequence[Model]) -> None:
    """Insert unsaved rows, all columns but those that Postgres fills; a third of what bulk_create costs here."""
    if not rows:
        return
    fields = [field for field in model._meta.concrete_fields if field.attname not in ("id", "created_at")]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    attributes = [(str(field.column), field.attname) for field in fields]
    table = connection.ops.quote_name(model._meta.db_table)
    values = [{column: getattr(row, attribute) for column, attribute in attributes} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) "  # noqa: S608 - names of our own tables
            f"SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",
            [_json(values)],
        )


def _json(rows: list[dict[str, Any]]) -> str:
    """Rows as JSON that Postgres takes: without NUL characters, which a text there can't hold."""
    text = orjson.dumps(rows, default=str).decode()
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


def _assessments_of(result: Result) -> list[Assessment]:
    assessments = result.outcome.assessments if result.outcome else []
    for assessment in assessments:
        assessment.candidate_id = result.piece.candidate.pk
    return assessments


def _changes_of(result: Result) -> list[Change]:
    return result.outcome.changes if result.outcome else []


def _booked(change: Change, piece: Piece) -> Change:
    change.candidate_id = piece.candidate.pk
    change.by_import_id = change.by_import_id or piece.import_id
    return change


def _store_assessments(assessments: list[Assessment]) -> None:
    for kind in Assessment.Kind:
        replaced = [row.candidate_id for row in assessments if row.kind == kind and row.is_current]
        if replaced:
            Assessment.objects.filter(candidate_id__in=replaced, kind=kind, is_current=True).update(is_current=False)
    _insert(Assessment, assessments)


def _queue_scoring(ended: list[Result]) -> None:
    """After extraction comes the model's judgement; without a model there is none, and the candidate says so."""
    extracted = [result for result in ended if result.piece.kind == WorkKind.EXTRACT and result.state == WorkState.DONE]
    if not extracted:
        return
    configured = client.is_configured()
    asked = dict(
        Import.objects.filter(id__in={result.piece.import_id for result in extracted}).values_list("id", "score")
    )
    unscored = []
    to_score = []
    for result in extracted:
        # Work of an import that waits for the recruiter is made all the same: a key may be set until then.
        if configured or asked.get(result.piece.import_id) is False:  # type: ignore[arg-type]
            to_score.append(result)
        else:
            unscored.append(result.piece.candidate.pk)
    Candidate.objects.filter(id__in=unscored).update(ai_status=AiStatus.NOT_CONFIGURED)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO candidates_work (of_import_id, candidate_id, kind, state, attempts, error_code, reason) "
            "SELECT import_id, candidate_id, 'score', 'ready', 0, '', '' "
            "FROM unnest(%s::uuid[], %s::uuid[]) AS made (import_id, candidate_id)",
            [
                [result.piece.import_id for result in to_score],
                [result.piece.candidate.pk for result in to_score],
            ],
        )


def _end_work(standing: list[Result], now: datetime) -> None:
    done = [result.piece.work_id for result in standing if result.state == WorkState.DONE]
    Work.objects.filter(id__in=done).update(
        state=WorkState.DONE, claim=None, lease_expires_at=None, finished_at=now, error_code="", reason=""
    )
    others: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for result in standing:
        if result.state != WorkState.DONE:
            key = (result.state, result.failed, result.error_code, result.reason, result.wait_seconds)
            others[key].append(result.piece.work_id)
    for (state, failed, code, reason, wait), ids in others.items():
        Work.objects.filter(id__in=ids).update(
            state=state,
            attempts=F("attempts") + int(failed),
            claim=None,
            lease_expires_at=None,
            error_code=code,
            reason=reason,
            not_before=now + timedelta(seconds=wait) if wait else None,
            finished_at=now if state == WorkState.SET_ASIDE else None,
        )


def _count(standing: list[Result]) -> None:
    counts: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for result in standing:
        if result.piece.import_id is None or result.state not in (WorkState.DONE, WorkState.SET_ASIDE):
            continue
        if result.state == WorkState.SET_ASIDE:
            column = "failed"
        else:
            column = "extracted" if result.piece.kind == WorkKind.EXTRACT else "scored"
        counts[result.piece.import_id][column] += 1
    for import_id in sorted(counts):
        Import.objects.filter(pk=import_id).update(
            **{column: F(column) + number for column, number in counts[import_id].items()}
        )


def retry_wait(attempts: int) -> float:
    """Seconds before the next attempt, given how many have failed."""
    return float(settings.WORK_RETRY_SECONDS) * 3.0 ** (attempts - 1)


def advance(import_ids: Iterable[UUID]) -> None:
    """Let imports move on whose last open row may just have ended."""
    for import_id in import_ids:
        lifecycle.advance(import_id)
