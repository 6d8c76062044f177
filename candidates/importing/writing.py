"""A prepared chunk → Postgres, in one transaction: new candidates, updates, their work, failed rows, the checkpoint.

New rows go by COPY straight into their table; rows that update somebody go by COPY into a staging table and from there
by UPDATE … FROM. All chunks of all imports take one advisory lock, so that two files that name the same new person do
not both make them. Locks on rows follow the order of the pipeline: work, candidates, import.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from typing import Any
from uuid import UUID

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import DataError, IntegrityError, connection, models, transaction

from candidates.csv_reader import Problem
from candidates.importing import duplicates
from candidates.importing.copying import NULL, escaped, new_ids
from candidates.importing.preparing import COLUMNS, Prepared, other_json
from candidates.models import Candidate
from candidates.states import ChangeSource, Source

CHUNK_LOCK = 0x67726E72  # "grnr"
EMPTY = {"source_text": "", "positions": "[]"} | dict.fromkeys(
    ("industries", "skills", "certifications", "achievements"), "{}"
)
STAGED = (*COLUMNS, "other_columns", "job_id")
_NAMES = ", ".join(f'"{name}"' for name in STAGED)  # quoted: current_role is a word of SQL


@dataclass(slots=True)
class Written:
    """What became of a chunk's rows."""

    made: int = 0
    updated: int = 0
    works: int = 0
    errors: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Chunk:
    """A prepared batch as COPY text. Made in the reading thread, so that Postgres does not wait for Python."""

    prepared: Prepared
    ids: list[str]
    columns: dict[str, list[str]]  # escaped, "" for null
    rows: list[str]  # one line of COPY per row, without the constants of the import
    names: tuple[str, ...]  # the columns of `rows`
    keys: tuple[str, str, str]  # what the rows may share with known candidates

    @classmethod
    def of(cls, prepared: Prepared) -> Chunk:
        ids = new_ids(len(prepared.lines))
        columns = {name: escaped(prepared.values[name], empty="") for name in COLUMNS}
        columns["other_columns"] = escaped(other_json(prepared.others), empty="")
        # A column without any value is not sent at all, unless null is not allowed there.
        sent = [name for name in columns if name in EMPTY or any(columns[name])]
        texts: list[Sequence[str]] = [ids]
        for name in sent:
            empty = EMPTY.get(name, NULL)
            texts.append([value or empty for value in columns[name]])
        rows = list(map("\t".join, zip(*texts, strict=True)))
        return cls(prepared, ids, columns, rows, ("id", *sent), duplicates.key_arrays(prepared.values))

    def part(self, start: int, stop: int) -> Chunk:
        """The rows from `start` up to `stop`."""
        columns = {name: cells[start:stop] for name, cells in self.columns.items()}
        part = self.prepared.part(start, stop)
        keys = duplicates.key_arrays(part.values)
        return Chunk(part, self.ids[start:stop], columns, self.rows[start:stop], self.names, keys)


@dataclass(frozen=True, slots=True)
class Destination:
    """What all rows of an import share."""

    import_id: UUID
    job_id: UUID | None
    actor_id: UUID | None


def prepare_transaction(cursor: Any, *, is_last: bool = False) -> None:
    """Settings of a chunk's transaction.

    A commit need not wait for the disk: a crash of the server then loses a chunk together with its checkpoint, and the
    chunk is read again. Only the last one waits, and with it all before it, since nobody comes back once the file is
    read. The search index takes new entries unsorted; they are sorted in beside us (`reading`), not here. Candidates
    are found by index even where statistics are older than the rows of this import.
    """
    cursor.execute(_SETTINGS, [is_last])
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHUNK_LOCK])


_SETTINGS = "SELECT " + ", ".join(
    f"set_config('{name}', {value}, true)"
    for name, value in {
        "synchronous_commit": "CASE WHEN %s THEN current_setting('synchronous_commit') ELSE 'off' END",
        "enable_seqscan": "'off'",
        "enable_hashjoin": "'off'",
        "enable_mergejoin": "'off'",
        "gin_pending_list_limit": "'256MB'",
    }.items()
)


def write(chunk: Chunk, destination: Destination) -> Written:
    """Write a chunk's rows inside the caller's transaction. A row that Postgres refuses fails alone."""
    if not chunk.rows:
        return Written()
    try:
        with connection.wrap_database_errors, transaction.atomic():
            return _write_rows(chunk, destination)
    except (DataError, IntegrityError):
        # No cleaning foresees everything. Halve the chunk until the row that Postgres refuses stands alone.
        if len(chunk.rows) == 1:
            reason = "The database refused a value of this row."
            return Written(errors=[Problem(chunk.prepared.lines[0], "refused", reason, chunk.prepared.raw[0])])
        middle = len(chunk.rows) // 2
        first = write(chunk.part(0, middle), destination)
        second = write(chunk.part(middle, len(chunk.rows)), destination)
        return Written(
            first.made + second.made,
            first.updated + second.updated,
            first.works + second.works,
            first.errors + second.errors,
        )


def _write_rows(chunk: Chunk, destination: Destination) -> Written:
    cursor = connection.connection.cursor()
    values = chunk.prepared.values
    for _ in range(5):
        targets = duplicates.resolve(values, chunk.ids, duplicates.look_up(cursor, chunk.keys))
        is_new = [own == target for own, target in zip(chunk.ids, targets, strict=True)]
        old = sorted(set(compress(targets, [not new for new in is_new])) - set(compress(chunk.ids, is_new)))
        waiting = _lock(cursor, old, destination)
        if waiting is not None:
            break
    else:
        raise RuntimeError("the candidates that this chunk updates keep disappearing")
    made = _insert(cursor, chunk, is_new, destination)
    updated = len(targets) - made
    if updated:
        _update(cursor, chunk, targets, is_new, destination)
    works = [*compress(chunk.ids, is_new), *(who for who in old if who not in waiting)]
    _add_work(cursor, works, destination)
    return Written(made, updated, len(works))


# The ready work of these candidates in this import, found by candidate alone. Told as they are, import, kind and state
# would let the planner walk through all the work of the import instead, in each chunk, where its statistics are old.
_LOCK_WORK = """
    WITH theirs AS MATERIALIZED (SELECT id FROM candidates_work WHERE candidate_id = ANY(%s::uuid[]))
    SELECT replace(candidate_id::text, '-', '') FROM candidates_work
    WHERE id = ANY(ARRAY(SELECT id FROM theirs)) AND of_import_id::text = %s::text
        AND kind || '' = 'extract' AND state || '' = 'ready'
    ORDER BY id FOR UPDATE
"""


def _lock(cursor: Any, ids: list[str], destination: Destination) -> set[str] | None:
    """Lock known candidates and their work that is ready; return those that have such work, None if one is gone."""
    if not ids:
        return set()
    found = cursor.execute(_LOCK_WORK, [ids, destination.import_id], prepare=False).fetchall()
    held = cursor.execute(
        "SELECT count(*) FILTER (WHERE deleted_at IS NULL) FROM (SELECT id, deleted_at FROM candidates_candidate"
        " WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE) locked",
        [ids],
        prepare=False,
    ).fetchone()[0]
    return {row[0] for row in found} if held == len(ids) else None


def _insert(cursor: Any, chunk: Chunk, is_new: list[bool], destination: Destination) -> int:
    """COPY the new rows into the candidates' table; return how many."""
    rows = chunk.rows if all(is_new) else list(compress(chunk.rows, is_new))
    if not rows:
        return 0
    constants = {
        **_defaults(),
        "source": Source.CSV_UPLOAD.value,
        "made_by_import_id": str(destination.import_id),
        "job_id": str(destination.job_id) if destination.job_id else NULL,
    }
    constants = {name: value for name, value in constants.items() if name not in chunk.names}
    names = ", ".join(f'"{name}"' for name in (*chunk.names, *constants))
    end = "\t" + "\t".join(constants.values()) + "\n"
    with cursor.copy(f"COPY candidates_candidate ({names}) FROM STDIN") as copy:
        for block in _blocks(rows, end):
            copy.write(block)
    return len(rows)


def _blocks(rows: Sequence[str], end: str) -> Iterator[bytes]:
    """COPY text in blocks that are small enough not to weigh and large enough not to cost."""
    for start in range(0, len(rows), 500):
        yield (end.join(rows[start : start + 500]) + end).encode()


@lru_cache(maxsize=1)
def _defaults() -> dict[str, str]:
    """COPY text of the columns that Django, not Postgres, gives a default and that may not be null."""
    found: dict[str, str] = {}
    for column in Candidate._meta.concrete_fields:
        if column.column is None or column.null or column.generated or column.has_db_default() or column.primary_key:
            continue
        value = column.get_default()
        if isinstance(column, ArrayField):
            found[column.column] = "{}"
        elif isinstance(column, models.JSONField):
            found[column.column] = orjson.dumps(value).decode()
        elif isinstance(value, bool):
            found[column.column] = "t" if value else "f"
        else:
            found[column.column] = str(value)
    return found


def _update(cursor: Any, chunk: Chunk, targets: list[str], is_new: list[bool], destination: Destination) -> None:
    """Write rows over the candidates they name: filled cells replace, each replaced value leaves a Change."""
    merged: dict[str, dict[str, str]] = {}
    job = str(destination.job_id) if destination.job_id else ""
    for number, (target, new) in enumerate(zip(targets, is_new, strict=True)):
        if new:
            continue
        row = {name: cells[number] for name, cells in chunk.columns.items()}
        row["job_id"] = job
        before = merged.get(target)
        merged[target] = row if before is None else _merged(before, row)
    cursor.execute(
        f"CREATE TEMP TABLE greenroom_incoming ON COMMIT DROP AS SELECT id, {_NAMES}"  # noqa: S608
        " FROM candidates_candidate WITH NO DATA"
    )
    with cursor.copy(f"COPY greenroom_incoming (id, {_NAMES}) FROM STDIN") as copy:
        rows = ["\t".join([target, *(row[name] or NULL for name in STAGED)]) for target, row in sorted(merged.items())]
        for block in _blocks(rows, "\n"):
            copy.write(block)
    cursor.execute(_CHANGES, [destination.actor_id, destination.import_id])
    cursor.execute(_UPDATE)
    cursor.execute("DROP TABLE greenroom_incoming")


def _merged(before: dict[str, str], row: dict[str, str]) -> dict[str, str]:
    """Two rows of one chunk for one candidate, as COPY text: the later one's values, the texts of both."""
    after = {name: value or before[name] for name, value in row.items()}
    one, two = before["source_text"], row["source_text"]
    if one and two and two not in one:
        after["source_text"] = f"{one}\\n\\n{two}"
    if before["other_columns"] not in ("", "{}") and row["other_columns"] not in ("", "{}"):
        older, newer = (orjson.loads(_unescaped(text)) for text in (before["other_columns"], row["other_columns"]))
        after["other_columns"] = escaped(other_json([older | newer]))[0]
    return after


def _unescaped(text: str) -> str:
    # JSON text holds no raw tab or line end, so only the backslashes were doubled.
    return text.replace("\\\\", "\\")


def _new_value(name: str) -> str:
    """SQL for the value of a column after an update from the staging table `i` of the candidate `c`."""
    if name == "source_text":
        return (
            "CASE WHEN i.source_text IS NULL OR position(i.source_text IN c.source_text) > 0 THEN c.source_text"
            " WHEN c.source_text = '' THEN i.source_text ELSE c.source_text || E'\\n\\n' || i.source_text END"
        )
    if name == "other_columns":
        return "c.other_columns || COALESCE(i.other_columns, '{}')"
    if name in ("email", "phone", "linkedin_url"):  # another spelling of the same is no change
        key = f"{name.removesuffix('_url')}_key"
        return f"CASE WHEN i.{key} = c.{key} THEN c.{name} ELSE COALESCE(i.{name}, c.{name}) END"
    if name == "phone_key":  # a number that can't be placed has no key, and must not keep the old one's
        return "CASE WHEN i.phone IS NULL THEN c.phone_key ELSE i.phone_key END"
    return f"COALESCE(i.{name}, c.{name})"


_TRACKED = ", ".join(
    f"('{name.removesuffix('_id')}', to_jsonb(c.{name}), to_jsonb({_new_value(name)}))"
    for name in STAGED
    if not name.endswith("_key")
)
_CHANGES = f"""
    INSERT INTO candidates_change (candidate_id, field, old, new, source, actor_id, actor_label, by_import_id)
    SELECT c.id, f.field, f.old, f.new, '{ChangeSource.IMPORT.value}', %s, '', %s
    FROM greenroom_incoming i JOIN candidates_candidate c ON c.id = i.id
    CROSS JOIN LATERAL (VALUES {_TRACKED}) f (field, old, new)
    WHERE f.new IS DISTINCT FROM f.old ORDER BY c.id
"""  # noqa: S608 - column names of this module
_UPDATE = (
    "UPDATE candidates_candidate c SET updated_at = clock_timestamp(), "  # noqa: S608 - column names of this module
    + ", ".join(f'"{name}" = {_new_value(name)}' for name in STAGED)
    + " FROM greenroom_incoming i WHERE c.id = i.id"
)


def _add_work(cursor: Any, ids: Sequence[str], destination: Destination) -> None:
    """Queue extraction for these candidates."""
    end = "\textract\tready\t0\t\t\n"
    start = f"{destination.import_id}\t"
    with cursor.copy(
        "COPY candidates_work (of_import_id, candidate_id, kind, state, attempts, error_code, reason) FROM STDIN"
    ) as copy:
        for block in _blocks([start + who for who in ids], end):
            copy.write(block)


def write_errors(errors: Sequence[Problem], destination: Destination) -> None:
    """Store failed rows with line, reason and cells."""
    if not errors:
        return
    cells = escaped([orjson.dumps(problem.cells).decode() for problem in errors])
    reasons = escaped([problem.reason for problem in errors], empty="")
    rows = [
        f"{destination.import_id}\t{problem.line}\t{problem.code}\t{reason}\t{problem.field}\t{cell}"
        for problem, reason, cell in zip(errors, reasons, cells, strict=True)
    ]
    with connection.connection.cursor().copy(
        "COPY candidates_rowerror (of_import_id, line, code, reason, field, cells) FROM STDIN"
    ) as copy:
        for block in _blocks(rows, "\n"):
            copy.write(block)
