"""An upload on its way in: stored, sniffed, its mapping proposed, shown, and changed by the recruiter."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from candidates import mapping as mappings
from candidates.csv_reader import Dialect, EncodingScan, RowReader, TooLarge, refuse_other_types, sniff
from candidates.csv_reader.sniffing import HEAD_BYTES
from candidates.importing import mending
from candidates.lifecycle import WrongState
from candidates.mapping import FIELDS, Column
from candidates.models import Import, Job
from candidates.states import ImportStatus
from llm.errors import GreenroomError

SAMPLE_ROWS = 100
SHOWN_ROWS = 5


class NoUsableColumn(GreenroomError):
    """Nothing in the file can fill a profile."""

    code = "no_usable_column"
    status = 422


class BadMapping(GreenroomError):
    """A mapping that names no field, no column, or one field twice."""

    code = "bad_mapping"
    status = 422


@dataclass(frozen=True, slots=True)
class Preview:
    """What the recruiter sees before anything is written. `rows` are the first ones, cut to the columns' number."""

    headers: list[str]
    rows: list[list[str]]
    columns: list[Column]
    source: str
    encoding: str
    delimiter: str
    header_line: int


def check_size(size: int | None) -> None:
    """Raise TooLarge for a declared size over settings.IMPORT_MAX_BYTES; call it before reading the body."""
    limit = settings.IMPORT_MAX_BYTES
    if size is not None and size > limit:
        allowed = f"{limit / 1024**3:.3g} GiB" if limit >= 1024**3 else f"{limit / 1024**2:.3g} MiB"
        raise TooLarge(f"The file has {size / 1024**2:,.0f} MiB; {allowed} are the most we take.")


def receive(
    *,
    file: File[bytes] | IO[bytes],
    filename: str,
    made_by: User | None,
    job: Job | None,
    score: bool = True,
    mapping: Mapping[str, str | None] | None = None,
    mends: Import | None = None,
) -> Import:
    """Store an upload and propose its mapping; the import waits as idle until `lifecycle.start`.

    `mapping` ({column position or header: field or null}) stands above the proposal for the columns that it names. A
    file made by `error_rows_csv` is recognised by itself; `mends` names its import where the file does not.
    Raises TooLarge (413), NotCsv (415), EmptyFile, NoUsableColumn and BadMapping (422); then nothing is kept.
    """
    check_size(getattr(file, "size", None))
    head, encoding, size, digest = _scanned(file)
    dialect = sniff(head, encoding=encoding, is_whole=size <= len(head), is_known=mappings.is_known)
    file.seek(0)
    rows = _sample(file, dialect)
    proposal = mappings.propose(dialect.headers, rows)
    chosen = proposal.mapping()
    if mapping:
        chosen = _combined(chosen, _by_position(mapping, dialect.headers))
        _check(chosen, dialect.headers)
    if not any(target and target != "leave_out" for target in chosen.values()):
        raise NoUsableColumn(
            "No column of this file can fill a profile. It needs at least a name, an e-mail address or a text, under a "
            "header that says so."
        )
    file.seek(0)
    import_ = Import(
        filename=(filename or "upload.csv").replace("\x00", "")[-200:],
        size=size,
        sha256=digest,
        job=job,
        mapping=chosen,
        dialect=asdict(dialect) | {"source": proposal.source},
        score=score,
        mends=mends or mending.mended_import(dialect.headers),
        made_by=made_by,
    )
    # The name on disk says nothing of what the uploader called it.
    stored = default_storage.save(f"imports/{uuid4()}.csv", file if isinstance(file, File) else File(file))
    import_.file.name = stored
    try:
        import_.save()
    except BaseException:
        default_storage.delete(stored)
        raise
    return import_


def _scanned(file: File[bytes] | IO[bytes]) -> tuple[bytes, str, int, str]:
    """(first bytes, encoding, size, SHA-256) of a file, read once and in flat memory; refuses what is no CSV."""
    scan, digest = EncodingScan(), hashlib.sha256()
    head, size = b"", 0
    file.seek(0)
    while block := file.read(HEAD_BYTES):
        if not size:
            refuse_other_types(block)
            head = block
        size += len(block)
        check_size(size)
        scan.feed(block)
        digest.update(block)
    return head, scan.encoding(), size, digest.hexdigest()


def _sample(file: Any, dialect: Dialect) -> list[list[str]]:
    """The first rows, for the mapping and to be shown."""
    reader = RowReader(
        file,
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        skip_spaces=dialect.skip_spaces,
        offset=dialect.offset,
        line=dialect.line,
    )
    found: list[list[str]] = []
    for batch in islice(reader.batches(rows=SAMPLE_ROWS), 20):
        found += [row for row in batch.rows if any(row)]
        if len(found) >= SAMPLE_ROWS:
            break
    return found[:SAMPLE_ROWS]


def dialect_of(import_: Import) -> Dialect:
    """The dialect that was found when the import came in."""
    return Dialect(**{name: import_.dialect[name] for name in Dialect.__dataclass_fields__})


def preview(import_: Import) -> Preview:
    """The columns with their proposed or chosen fields, how sure that is and why, and the first rows."""
    dialect = dialect_of(import_)
    with import_.file.open("rb") as file:
        rows = _sample(file.file, dialect)
    columns = mappings.propose(dialect.headers, rows).columns
    for column in columns:
        chosen = import_.mapping.get(str(column.position))
        if chosen != column.field:
            column.field, column.confidence, column.why = chosen, "sure", "Chosen by you."
        is_hidden = column.confidence == "protected"
        column.samples = [] if is_hidden else [one[:200] for one in column.samples if one][:SHOWN_ROWS]
    width = len(dialect.headers)
    hidden = {column.position for column in columns if column.confidence == "protected"}
    shown = [
        ["" if at in hidden else cell[:200] for at, cell in enumerate((row + [""] * width)[:width])]
        for row in rows[:SHOWN_ROWS]
    ]
    return Preview(
        dialect.headers,
        shown,
        columns,
        import_.dialect.get("source", ""),
        dialect.encoding,
        dialect.delimiter,
        dialect.header_line,
    )


def label_of(target: str) -> str:
    """What a field is called on pages."""
    return FIELDS[target].label


def set_mapping(import_: Import, mapping: Mapping[str, str | None]) -> Import:
    """Replace the mapping of an import that was not started; columns that are not named stay as they are.

    Raises BadMapping (422), and WrongState (409) once the import was started.
    """
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=import_.pk)
        if locked.status != ImportStatus.IDLE:
            raise WrongState("The mapping can be changed only before the import is started.")
        headers = locked.dialect["headers"]
        chosen = _combined(locked.mapping, _by_position(mapping, headers))
        _check(chosen, headers)
        if not any(target and target != "leave_out" for target in chosen.values()):
            raise NoUsableColumn("Map at least one column to a field.")
        locked.mapping = chosen
        locked.save(update_fields=["mapping"])
    import_.mapping = chosen
    return import_


def _by_position(mapping: Mapping[str, str | None], headers: list[str]) -> dict[str, str | None]:
    """A mapping whose columns are named by position or by header, by position."""
    found: dict[str, str | None] = {}
    folded = [mappings.fold(header) for header in headers]
    for column, target in mapping.items():
        name = str(column).strip()
        if name.isdigit() and name.isascii() and int(name) < len(headers):
            found[str(int(name))] = target or None
        elif mappings.fold(name) in folded and mappings.fold(name):
            found[str(folded.index(mappings.fold(name)))] = target or None
        else:
            raise BadMapping(
                "The mapping names a column that the file has not.", fields={name[:80]: ["No such column."]}
            )
    return found


def _combined(before: Mapping[str, str | None], chosen: Mapping[str, str | None]) -> dict[str, str | None]:
    """`before` with what a person chose: a field given to another column is taken from the one that had it."""
    taken = {target for target in chosen.values() if target in FIELDS and not FIELDS[target].takes_many}
    return {position: None if target in taken else target for position, target in before.items()} | dict(chosen)


def _check(chosen: Mapping[str, str | None], headers: list[str]) -> None:
    problems: dict[str, list[str]] = {}
    claimed: dict[str, str] = {}
    for position, target in chosen.items():
        if not target:
            continue
        header = headers[int(position)]
        if not isinstance(target, str) or target not in FIELDS:
            problems[header] = [f"There is no field “{str(target)[:60]}”."]
        elif target != "leave_out" and mappings.is_protected(header):
            problems[header] = ["This column is never read: a decision about a person must not rest on it."]
        elif target in claimed and not FIELDS[target].takes_many:
            problems[header] = [f"{FIELDS[target].label} is already filled by “{claimed[target]}”."]
        else:
            claimed[target] = header
    if problems:
        raise BadMapping("The mapping can't be used as it is.", fields=problems)
