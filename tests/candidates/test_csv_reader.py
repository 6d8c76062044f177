from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates import mapping
from candidates.csv_reader import (
    Batch,
    EmptyFile,
    EncodingScan,
    NotCsv,
    RowReader,
    refuse_other_types,
    sniff,
)
from candidates.csv_reader.lines import BLOCK_BYTES, ROW_LIMIT_BYTES
from candidates.csv_reader.sniffing import HEAD_BYTES


def sniffed(data: bytes) -> Any:
    refuse_other_types(data)
    scan = EncodingScan()
    scan.feed(data)
    return sniff(
        data[:HEAD_BYTES], encoding=scan.encoding(), is_whole=len(data) <= HEAD_BYTES, is_known=mapping.is_known
    )


def batches_of(data: bytes, *, rows: int = 1000, **options: Any) -> list[Batch]:
    return list(RowReader(io.BytesIO(data), **({"encoding": "utf-8", "delimiter": ","} | options)).batches(rows=rows))


def rows_of(data: bytes, **options: Any) -> list[tuple[int, list[str]]]:
    return [pair for batch in batches_of(data, **options) for pair in zip(batch.lines, batch.rows, strict=True)]


def problems_of(data: bytes, **options: Any) -> list[tuple[int, str]]:
    return [(one.line, one.code) for batch in batches_of(data, **options) for one in batch.problems]


# Any character of text. No lone carriage return: csv.writer itself does not quote one, so it can't be told from a line
# end. A BOM inside a cell is left out as well.
CELL = st.text(
    st.characters(exclude_characters="\ufeff", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t,;|\"'"),
    max_size=12,
)
TABLE = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(CELL, min_size=width, max_size=width).filter(lambda row: any(map(str.strip, row))),
        min_size=1,
        max_size=12,
    )
)


@settings(max_examples=300, deadline=None)
@given(
    table=TABLE,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    batch=st.integers(1, 5),
)
def test_any_table_that_csv_writes_reads_back(
    table: list[list[str]], delimiter: str, quoting: Any, line_end: str, encoding: str, batch: int
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    header = ["name", "email", "phone", "title", "company"][: len(table[0])]
    writer.writerows([header, *table])
    data = buffer.getvalue().encode(encoding)
    dialect = sniffed(data)
    assert dialect.headers == header
    assert dialect.delimiter == delimiter
    reader = RowReader(
        io.BytesIO(data),
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        skip_spaces=dialect.skip_spaces,
        offset=dialect.offset,
        line=dialect.line,
    )
    found = [row for one in reader.batches(rows=batch) for row in one.rows]
    assert found == table


@settings(max_examples=150, deadline=None)
@given(table=TABLE, encoding=st.sampled_from(["utf-8", "utf-16-le"]), stop=st.integers(1, 12))
def test_reading_goes_on_at_any_batch_where_another_reader_stopped(
    table: list[list[str]], encoding: str, stop: int
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(table)
    data = buffer.getvalue().encode(encoding)
    whole = rows_of(data, encoding=encoding)
    first = batches_of(data, encoding=encoding, rows=stop)[0]
    rest = rows_of(data, encoding=encoding, offset=first.offset, line=first.line)
    assert list(zip(first.lines, first.rows, strict=True)) + rest == whole


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_rubbish_raises_nothing_but_a_refusal(data: bytes) -> None:
    try:
        dialect = sniffed(data)
    except (NotCsv, EmptyFile):
        return
    batches_of(data, encoding=dialect.encoding, delimiter=dialect.delimiter, offset=dialect.offset, line=dialect.line)


def test_line_numbers_count_quoted_newlines_and_blank_lines() -> None:
    data = b'a,b\n"one\ntwo",x\n\n"three\r\nfour\r\nfive",y\r\nlast,z\n'
    assert [line for line, _ in rows_of(data)] == [1, 2, 5, 8]


def test_line_ends_of_old_macs_are_read() -> None:
    assert rows_of(b"a,b\rc,d\re,f") == [(1, ["a", "b"]), (2, ["c", "d"]), (3, ["e", "f"])]


@pytest.mark.parametrize("size", [ROW_LIMIT_BYTES + 2 * BLOCK_BYTES, 50 * 1024 * 1024])
def test_one_endless_line_fails_alone(size: int) -> None:
    data = b"first,1\n" + b"x" * size + b",2\nthird,3\n"
    assert rows_of(data) == [(1, ["first", "1"]), (3, ["third", "3"])]
    assert problems_of(data) == [(2, "line_too_long")]


def test_a_quote_that_is_never_closed_fails_its_own_line() -> None:
    filler = b"".join(b"row %d,%d\n" % (number, number) for number in range(300_000))
    data = b'first,1\n"second,2\n' + filler
    found = rows_of(data)
    assert problems_of(data) == [(2, "unclosed_quote")]
    assert len(found) == 300_001
    assert found[1] == (3, ["row 0", "0"])


def test_rows_with_nul_or_other_encoding_fail_alone() -> None:
    data = "ä,1\n".encode() + b"b\x00,2\n" + "ö,3\n".encode("cp1252") + "ü,4\n".encode()
    assert rows_of(data) == [(1, ["ä", "1"]), (4, ["ü", "4"])]
    assert problems_of(data) == [(2, "nul_byte"), (3, "wrong_encoding")]


def test_memory_stays_flat() -> None:
    class Endless(io.RawIOBase):
        """40 MB of rows that are never held at once."""

        def __init__(self) -> None:
            self.at, self.row = 0, b"some name,someone@example.com,+1 202-555-0100\n"

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset
            return offset

        def read(self, size: int = -1) -> bytes:
            size = min(size, 40_000_000 - self.at)
            start = self.at % len(self.row)
            self.at += size
            return (self.row * (size // len(self.row) + 2))[start : start + size]

    tracemalloc.start()
    count = 0
    for batch in RowReader(Endless(), encoding="utf-8", delimiter=",").batches(rows=1000):  # type: ignore[arg-type]
        count += len(batch.rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count > 800_000
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("name\nÄda\n".encode("utf-8-sig"), "utf-8"),
        ("name\nÄda\n".encode("utf-16"), "utf-16-le"),
        ("name\nÄda\n".encode("utf-16-be"), "utf-16-be"),
        ("name\nJürgen\n".encode("cp1252"), "cp1252"),
        ("name\nÄÖÜ\n".encode() + b"J\xfcrgen\n", "utf-8"),
    ],
)
def test_encoding_is_found(data: bytes, encoding: str) -> None:
    scan = EncodingScan()
    for start in range(0, len(data), 7):
        scan.feed(data[start : start + 7])
    assert scan.encoding() == encoding


def test_an_umlaut_far_behind_the_first_bytes_still_decides() -> None:
    scan = EncodingScan()
    scan.feed(b"name,city\n" + b"Ann,Rome\n" * 200_000)
    scan.feed("Jörg,Köln\n".encode("cp1252"))
    assert scan.encoding() == "cp1252"


def test_header_is_found_below_a_preamble() -> None:
    data = b'Notes:\n"Some, words\nof explanation"\n\nFirst Name,Last Name,URL,Email Address\nAda,L,,ada@example.com\n'
    dialect = sniffed(data)
    assert dialect.header_line == 5
    assert dialect.headers == ["First Name", "Last Name", "URL", "Email Address"]
    assert dialect.line == 6


def test_excels_own_first_line_names_the_delimiter() -> None:
    dialect = sniffed(b"sep=;\r\nname;email\r\nAda;ada@example.com\r\n")
    assert (dialect.delimiter, dialect.header_line, dialect.headers) == (";", 2, ["name", "email"])


def test_a_file_without_header_has_numbered_columns() -> None:
    dialect = sniffed(b"Ada Love,ada@example.com,London\nBob Ray,bob@example.com,Paris\n")
    assert (dialect.header_line, dialect.headers, dialect.line) == (0, ["Column 1", "Column 2", "Column 3"], 1)


def test_two_thousand_columns_are_read() -> None:
    headers = ",".join(["name", "email", *(f"extra {number}" for number in range(1998))])
    dialect = sniffed(f"{headers}\n{','.join(['x'] * 2000)}\n".encode())
    assert len(dialect.headers) == 2000


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"name,email\n", b"name,email\n\n  ,\n"])
def test_a_file_without_rows_is_refused_as_empty(data: bytes) -> None:
    with pytest.raises(EmptyFile) as refused:
        sniffed(data)
    assert refused.value.status == 422


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        *(_zip(), b"%PDF-1.7\n1 0 obj", b"\x89PNG\r\n\x1a\n", b"<!DOCTYPE html><html>", b"\x1f\x8b\x08\x00"),
        *(bytes(range(32)) * 20, b"\xd0\xcf\x11\xe0" + bytes(50)),
    ],
)
def test_another_type_of_file_is_refused(data: bytes) -> None:
    with pytest.raises(NotCsv) as refused:
        sniffed(data)
    assert refused.value.status == 415
