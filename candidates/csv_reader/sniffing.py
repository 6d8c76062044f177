"""What kind of text a file is: encoding, delimiter, and on which line the header stands. Rules, no guessing model."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from candidates.csv_reader.errors import EmptyFile, NotCsv

HEAD_BYTES = 1024 * 1024
DELIMITERS = ",;\t|"
HEADER_WITHIN_ROWS = 15  # "~10 lines" of the contract, with room for a LinkedIn preamble
COLUMNS_LIMIT = 5000

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What other files begin with. A CSV export under another name is welcome; another file under .csv is not.
SIGNATURES = (
    (b"PK\x03\x04", "a ZIP, Excel or Word file"),
    (b"PK\x05\x06", "a ZIP file"),
    (b"%PDF", "a PDF file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf", "a 7-Zip file"),
    (b"Rar!", "a RAR file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "an RTF file"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
    (b"\x00\x00\xfe\xff", "UTF-32 text"),
)
MARKUP = re.compile(rb"\s*(?:<!doctype|<html|<\?xml|<table)", re.IGNORECASE)
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Cells that only a row of data has: an address, a link, a number.
DATA_LIKE = re.compile(r".*(?:\S@\S+\.\w|https?://\S).*|\+?[\d\s().,/:-]*\d[\d\s().,/:-]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is to be read. `offset` (bytes) and `line` say where its data begins; header_line 0: it has none."""

    encoding: str
    delimiter: str
    skip_spaces: bool
    header_line: int
    headers: list[str]
    offset: int
    line: int


def refuse_other_types(head: bytes) -> None:
    """Raise NotCsv where the first bytes are those of a file that is no CSV text, whatever its name says."""
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            raise NotCsv(f"This is {kind}, not CSV text. Export or save it as CSV and send that.")
    if MARKUP.match(head):
        raise NotCsv("This is a web page or XML, not CSV text. Export it as CSV and send that.")
    if utf16_by_zeros(head) is None and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        sample = head[: 64 * 1024]
        if len(CONTROL.findall(sample)) > len(sample) / 10:
            raise NotCsv("This file is not text. Export it as CSV and send that.")


def utf16_by_zeros(head: bytes) -> str | None:
    """UTF-16 without BOM shows in Latin text as a zero in every other byte; None where it does not."""
    sample = head[:4096]
    if len(sample) < 4:
        return None
    half = len(sample) / 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


class EncodingScan:
    """Finds the encoding of a file from all its bytes, fed in order.

    A byte order mark decides. Else UTF-8, unless more bytes break its rules than characters keep them: then
    Windows-1252. So a UTF-8 file with one damaged row stays UTF-8, and a Windows file whose first umlaut stands at the
    end is still found.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._kept = self._broken = 0
        self._by_start: str | None = None
        self._is_first = True

    def feed(self, block: bytes) -> None:
        if self._is_first:
            self._is_first = False
            self._by_start = next((name for bom, name in BOMS if block.startswith(bom)), utf16_by_zeros(block))
        if self._by_start is None:
            self._count(block, final=False)

    def encoding(self) -> str:
        """The encoding of what was fed; call it once, at the end."""
        if self._by_start is not None:
            return self._by_start
        self._count(b"", final=True)
        return "cp1252" if self._broken > self._kept else "utf-8"

    def _count(self, block: bytes, *, final: bool) -> None:
        if block.isascii() and not final and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(block, final)
        if not text.isascii():
            broken = len(re.findall("[\udc80-\udcff]", text))
            self._broken += broken
            self._kept += len(re.findall("[^\x00-\x7f]", text)) - broken


@dataclass(slots=True)
class _HeadRow:
    cells: list[str]
    line: int
    end: int  # characters of the head up to the end of this row
    next_line: int


def sniff(head: bytes, *, encoding: str, is_whole: bool, is_known: Callable[[str], bool]) -> Dialect:
    """Find delimiter and header in the first bytes of a file (up to HEAD_BYTES; `is_whole`: there are no more).

    `is_known` says whether a header names a column that the mapping knows: the row with most of those is the header.
    Without any, it is the first row as wide as the rest that does not look like data; else the columns are numbered.
    Raises EmptyFile (nothing, or no row below the header) and NotCsv (no line ends, too many columns).
    """
    bom = next((mark for mark, name in BOMS if name == encoding and head.startswith(mark)), b"")
    errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
    body = head[len(bom) :]
    if encoding.startswith("utf-16"):
        body = body[: len(body) // 2 * 2]
    text = body.decode(encoding, errors)
    if not is_whole:
        cut = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
        if not cut:
            raise NotCsv("No line ends within the first MiB: this is not CSV text.")
        text = text[:cut]
    if not text.strip("\ufeff\x00 \t\r\n,;|\"'"):
        raise EmptyFile("The file is empty.")
    start, first_line = 0, 1
    declared = re.match("sep=([,;\t|])\r?\n", text, re.IGNORECASE)  # Excel's own first line
    if declared:
        start, first_line = declared.end(), 2
    skip_spaces = bool(re.search(r'[,;|] +"(?!")', text[start : start + 4096].split("\n", 1)[0]))
    best: tuple[tuple[float, ...], str, int, list[_HeadRow]] | None = None
    for delimiter in declared.group(1) if declared else DELIMITERS:
        rows = list(_head_rows(text, start, first_line, delimiter, skip_spaces))
        if not rows:
            continue
        widths = Counter(len(row.cells) for row in rows)
        width = max(widths, key=lambda wide: (widths[wide] * (wide > 1), wide))
        for number, row in enumerate(rows[:HEADER_WITHIN_ROWS]):
            known = sum(map(is_known, {cell.strip() for cell in row.cells}))
            if known < 2 and _is_data(row.cells):
                continue
            fits = sum(len(below.cells) == len(row.cells) for below in rows[number + 1 :]) / len(rows)
            full = sum(bool(cell.strip()) for cell in row.cells) / len(row.cells)
            rank = (float(known), fits * (len(row.cells) > 1), float(len(row.cells) == width), full, -number)
            if best is None or rank > best[0]:
                best = (rank, delimiter, number, rows)
    if best is None or (best[0][0] == 0 and best[2] > 0 and best[0][1] == 0):
        return _without_header(text, start, first_line, bom, encoding, errors, skip_spaces)
    _, delimiter, number, rows = best
    if best[0][0] == 0 and any(
        _is_data(row.cells) and len(row.cells) == len(rows[number].cells) for row in rows[:number]
    ):
        return _without_header(text, start, first_line, bom, encoding, errors, skip_spaces, delimiter)
    header = rows[number]
    if len(header.cells) > COLUMNS_LIMIT:
        raise NotCsv(f"The file has {len(header.cells)} columns; {COLUMNS_LIMIT} are the most we take.", status=422)
    if is_whole and not any(any(cell.strip() for cell in row.cells) for row in rows[number + 1 :]):
        raise EmptyFile("The file has a header but no rows.")
    offset = len(bom) + len(text[: header.end].encode(encoding, errors))
    return Dialect(encoding, delimiter, skip_spaces, header.line, _named(header.cells), offset, header.next_line)


def _without_header(
    text: str, start: int, line: int, bom: bytes, encoding: str, errors: str, skip_spaces: bool, delimiter: str = ""
) -> Dialect:
    """Data from the first line on: the columns are numbered."""

    def width(mark: str) -> int:
        return Counter(len(row.cells) for row in _head_rows(text, start, line, mark, skip_spaces)).most_common(1)[0][0]

    delimiter = delimiter or max(DELIMITERS, key=width)
    headers = [f"Column {number}" for number in range(1, width(delimiter) + 1)]
    offset = len(bom) + len(text[:start].encode(encoding, errors))
    return Dialect(encoding, delimiter, skip_spaces, 0, headers, offset, line)


def _head_rows(text: str, start: int, first_line: int, delimiter: str, skip_spaces: bool) -> Iterator[_HeadRow]:
    """The first 100 rows that are not blank."""
    buffer = io.StringIO(text, newline="")
    buffer.seek(start)
    reader = csv.reader(buffer, delimiter=delimiter, skipinitialspace=skip_spaces)
    line = first_line
    found = 0
    try:
        for cells in reader:
            next_line = first_line + reader.line_num
            if any(cells):
                yield _HeadRow(cells, line, buffer.tell(), next_line)
                found += 1
            line = next_line
            if found >= 100:
                return
    except csv.Error:
        return


def _is_data(cells: list[str]) -> bool:
    """Whether a cell is one that a header never is: an address, a link, a number."""
    return any(DATA_LIKE.fullmatch(cell.strip()) for cell in cells if cell.strip())


def _named(cells: list[str]) -> list[str]:
    """Headers as people see them: trimmed, without marks that do not show; an empty one is numbered."""
    clean = [re.sub("[\ud800-\udfff\x00]", "\ufffd", cell).strip("\ufeff \t\r\n") for cell in cells]
    return [" ".join(cell.split())[:200] or f"Column {number}" for number, cell in enumerate(clean, 1)]
