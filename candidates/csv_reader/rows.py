"""Rows of a CSV file in batches, each row with the line on which it starts; what is broken is set apart, row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from candidates.csv_reader.lines import BLOCK_BYTES, ROW_LIMIT_BYTES, Lines, RowTooLong, end_of_line

# The row limit is kept by `Lines`; Python's own limit per field (128 kB) would refuse a long resume.
csv.field_size_limit(4 * ROW_LIMIT_BYTES)

NOT_TEXT = re.compile("[\ud800-\udfff]")
BATCH_BLOCKS = 4 * 1024 * 1024 // BLOCK_BYTES
# How much of a broken line is kept to show.
SHOWN_CHARACTERS = 1000
ENCODING_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that can't be read: the line on which it starts (from 1), a stable code, and the reason for people."""

    line: int
    code: str
    reason: str
    cells: list[str]
    field: str = ""


@dataclass(slots=True)
class Batch:
    """Some rows in the order of the file. `offset` and `line` say where reading goes on, in this process or another."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    offset: int = 0
    line: int = 1
    is_last: bool = False


class RowReader:
    """Reads rows of a file from a byte offset on, which must be the beginning of a row.

    Blank lines are skipped. A row that does not decode, holds NUL, is endless, or opens a quote that is never closed is
    a `Problem`; reading goes on with the next line. Memory does not grow with the file.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        encoding: str,
        delimiter: str,
        skip_spaces: bool = False,
        offset: int = 0,
        line: int = 1,
    ) -> None:
        self._file = file
        self._encoding = encoding
        self._delimiter = delimiter
        self._skip_spaces = skip_spaces
        self._offset = offset
        self._line = line

    def batches(self, *, rows: int) -> Iterator[Batch]:
        """Yield batches of at most `rows` rows and a few MiB; the last one has `is_last` and may be empty."""
        is_last = False
        while not is_last:
            # Lines and csv reader live as long as nothing breaks: that is how a sound file is read at full speed.
            try:
                for batch in self._sound_batches(rows):
                    is_last = batch.is_last
                    yield batch
            except _Broken as broken:
                yield self._step_over(broken)

    def _sound_batches(self, rows: int) -> Iterator[Batch]:
        lines = Lines(self._file, encoding=self._encoding, offset=self._offset)
        reader = csv.reader(iter(lines), delimiter=self._delimiter, skipinitialspace=self._skip_spaces)
        first_line = self._line
        while True:
            batch = Batch()
            start = first_line + reader.line_num
            first_block = lines.block
            take_row, take_line = batch.rows.append, batch.lines.append
            try:
                for row in reader:
                    if lines.is_exhausted:
                        # The reader asked for one more line and there was none: a quote was still open.
                        raise _Broken(batch, start, "unclosed_quote", "A quote that opens here is never closed.")
                    if row:
                        take_row(row)
                        take_line(start)
                    start = first_line + reader.line_num
                    lines.row_block = lines.block
                    if len(batch.rows) >= rows or lines.block - first_block >= BATCH_BLOCKS:
                        break
                else:
                    batch.is_last = True
            except RowTooLong:
                many = first_line + reader.line_num > start
                code = "unclosed_quote" if many else "line_too_long"
                limit = f"{ROW_LIMIT_BYTES // 1024**2} MiB"
                reason = (
                    f"A quote that opens here is not closed within {limit}."
                    if many
                    else f"The line is longer than {limit}."
                )
                raise _Broken(batch, start, code, reason) from None
            except csv.Error as error:
                raise _Broken(batch, start, "unreadable_row", f"The row is not valid CSV: {error}.") from None
            finally:
                if lines.suspicious_block >= first_block:
                    _set_apart_not_text(batch, self._encoding)
            batch.offset = self._offset = lines.position()
            batch.line = self._line = first_line + reader.line_num
            yield batch
            if batch.is_last:
                return

    def _step_over(self, broken: _Broken) -> Batch:
        """Finish the batch in which `broken` happened, and go on behind the one line that broke."""
        batch = broken.batch
        offset, line = self._offset, self._line
        if broken.line > line:
            lines = Lines(self._file, encoding=self._encoding, offset=offset)
            for _, _line in zip(range(line, broken.line), lines, strict=False):
                # Rows before this one were sound, so this walk ends before the limit can be met.
                lines.row_block = lines.block
            offset = lines.position()
        self._file.seek(offset)
        shown = self._file.read(2 * SHOWN_CHARACTERS).decode(self._encoding, "replace").splitlines()[:1]
        cells = [_clean(cell) for row in csv.reader(shown, delimiter=self._delimiter) for cell in row]
        batch.problems.append(Problem(broken.line, broken.code, broken.reason, cells))
        batch.offset = self._offset = end_of_line(self._file, encoding=self._encoding, offset=offset)
        batch.line = self._line = broken.line + 1
        return batch


class _Broken(Exception):
    def __init__(self, batch: Batch, line: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.batch, self.line, self.code, self.reason = batch, line, code, reason


def _clean(cell: str) -> str:
    """A cell that Postgres can hold: no NUL, no half characters."""
    return NOT_TEXT.sub("\ufffd", cell).replace("\x00", "\ufffd")


def _set_apart_not_text(batch: Batch, encoding: str) -> None:
    """Move rows that hold NUL or undecodable bytes from the batch's rows to its problems."""
    rows, lines = batch.rows, batch.lines
    kept_rows: list[list[str]] = []
    kept_lines: list[int] = []
    for row, line in zip(rows, lines, strict=True):
        text = "".join(row)
        if NOT_TEXT.search(text):
            reason = f"The row holds bytes that are not {ENCODING_NAMES.get(encoding, encoding)} text, as the rest is."
            batch.problems.append(Problem(line, "wrong_encoding", reason, [_clean(cell) for cell in row]))
        elif "\x00" in text:
            reason = "The row holds a NUL byte, which no text has."
            batch.problems.append(Problem(line, "nul_byte", reason, [_clean(cell) for cell in row]))
        else:
            kept_rows.append(row)
            kept_lines.append(line)
    batch.rows, batch.lines = kept_rows, kept_lines
