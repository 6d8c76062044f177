"""Failed rows out as a file that a spreadsheet can mend, and back in."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from candidates.csv_reader import Problem
from candidates.mapping import MENDED_LINE, MENDED_REASON
from candidates.models import Import, RowError

if TYPE_CHECKING:
    from candidates.importing.preparing import Prepared


def error_rows_csv(import_: Import) -> Generator[bytes]:
    """The rows of an import that failed and are not mended yet, as CSV in UTF-8 with BOM, in blocks.

    The columns are those of the file, then the line and the reason. A cell that a spreadsheet would run as a formula
    gets an apostrophe, which the reader takes off again. The name of the line's column carries the import's id: that is
    how the mended file is recognised when it comes back, under whatever name.
    """
    headers = list(import_.dialect.get("headers", []))
    extra = (f"Line of import {import_.pk}", MENDED_REASON)
    kept = [at for at, header in enumerate(headers) if not MENDED_LINE.fullmatch(header) and header != MENDED_REASON]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([safe(headers[at]) for at in kept] + list(extra))
    yield b"\xef\xbb\xbf"
    errors = RowError.objects.filter(of_import=import_, mended_by=None).order_by("line", "id")
    for error in errors.iterator(chunk_size=500):
        cells = error.cells + [""] * (len(headers) - len(error.cells))
        surplus = [safe(str(cell)) for cell in error.cells[len(headers) :]]
        writer.writerow([safe(str(cells[at])) for at in kept] + [error.line, safe(error.reason)] + surplus)
        if buffer.tell() > 64 * 1024:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def mended_import(headers: Sequence[str]) -> Import | None:
    """The import whose failed rows a file with these headers brings back, if it is one of ours."""
    for header in headers:
        found = MENDED_LINE.fullmatch(header)
        if found:
            return Import.objects.filter(pk=UUID(found[1])).first()
    return None


def mark(prepared: Prepared, refused: Sequence[Problem], import_: Import) -> None:
    """Mark the errors whose rows were written now; runs in the chunk's transaction."""
    failed = {problem.line for problem in refused}
    mended = [was for line, was in zip(prepared.lines, prepared.mended, strict=False) if was and line not in failed]
    if mended:
        RowError.objects.filter(of_import_id=import_.mends_id, line__in=mended, mended_by=None).update(
            mended_by_id=import_.pk
        )
