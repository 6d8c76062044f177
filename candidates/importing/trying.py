"""A dry run: what an import would do, without writing anything."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from candidates.csv_reader import Problem
from candidates.importing import duplicates
from candidates.importing.reading import chunks
from candidates.importing.writing import Chunk
from candidates.models import Import

SHOWN_ERRORS = 20


@dataclass(slots=True)
class DryRun:
    """`rows` = `would_make` + `would_update` + `would_fail`. `duplicates` are the rows that update: candidates that
    were there before (`known_already`), or rows that stand twice in the file. `errors` are the first failed rows.
    `is_complete` is false where time ran out before the end of the file: the figures are those of its first rows."""

    rows: int = 0
    would_make: int = 0
    would_update: int = 0
    would_fail: int = 0
    duplicates: int = 0
    known_already: int = 0
    errors: list[Problem] = field(default_factory=list)
    is_complete: bool = False


def dry_run(import_: Import, *, seconds: float | None = 10.0) -> DryRun:
    """Read the file as the import would, up to `seconds` (None: to its end); nothing is written.

    The keys of rows already seen lie in a temporary table of a transaction that is rolled back, so memory stays flat.
    """
    found = DryRun()
    until = None if seconds is None else time.monotonic() + seconds
    fresh = Import(file=import_.file, dialect=import_.dialect, mapping=import_.mapping)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE greenroom_seen (kind text, key text, PRIMARY KEY (kind, key)) ON COMMIT DROP"
            )
        for chunk in chunks(fresh):
            with connection.wrap_database_errors:
                _count(chunk, found)
            if chunk.prepared.is_last:
                found.is_complete = True
                break
            if until is not None and time.monotonic() > until:
                break
        transaction.set_rollback(True)
    return found


def _count(chunk: Chunk, found: DryRun) -> None:
    prepared = chunk.prepared
    cursor = connection.connection.cursor()
    known = duplicates.look_up(cursor, chunk.keys)
    in_database = {*known.email.values(), *known.linkedin.values(), *(who for who, _, _ in known.phone.values())}
    _add_seen(cursor, prepared.values, known)
    targets = duplicates.resolve(prepared.values, chunk.ids, known)
    made = sum(own == target for own, target in zip(chunk.ids, targets, strict=True))
    found.rows += prepared.rows
    found.would_make += made
    found.would_update += len(targets) - made
    found.duplicates += len(targets) - made
    found.known_already += sum(target in in_database for target in targets)
    found.would_fail += len(prepared.errors)
    room = SHOWN_ERRORS - len(found.errors)
    found.errors += sorted(prepared.errors, key=lambda problem: problem.line)[: max(room, 0)]
    for kind, keys in _keys(prepared.values):
        cursor.execute(
            "INSERT INTO greenroom_seen SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [kind, keys],
            prepare=False,
        )


def _keys(values: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, list[str]]]:
    for kind in ("email_key", "linkedin_key", "phone_key"):
        keys = sorted(set(values[kind]) - {""})
        if keys:
            yield kind, keys


def _add_seen(cursor: Any, values: Mapping[str, Sequence[str]], known: duplicates.Known) -> None:
    """Add the keys that rows of earlier chunks had to those that are known."""
    for kind, keys in _keys(values):
        seen = cursor.execute(
            "SELECT key FROM greenroom_seen WHERE kind = %s AND key = ANY(%s)", [kind, keys], prepare=False
        )
        for (key,) in seen.fetchall():
            if kind == "email_key":
                known.email.setdefault(key, "seen")
            elif kind == "linkedin_key":
                known.linkedin.setdefault(key, "seen")
            else:
                known.phone.setdefault(key, ("seen", "", ""))
