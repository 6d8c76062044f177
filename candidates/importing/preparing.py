"""A batch of rows → values ready for Postgres, column by column, and the rows that failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, TypeVar

import orjson

from candidates.csv_reader import Batch, Problem
from candidates.importing import cleaning, enrichment, positions
from candidates.importing.cleaning import LONG_LIMIT, SHORT_LIMIT, SOURCE_LIMIT, Unreadable
from candidates.mapping import FIELDS, MENDED_LINE, fold, is_protected

# Columns of the candidates' table that a row can fill, in the order of `Prepared.values`.
COLUMNS = (
    *("name", "email", "phone", "linkedin_url", "current_role", "current_company", "location", "years_experience"),
    *("industries", "skills", "education", "bio", "certifications", "achievements", "is_founder", "startup_experience"),
    *("enterprise_experience", "sold_to_finance", "max_acv", "quota_attainment", "source_text", "positions"),
    *("email_key", "linkedin_key", "phone_key"),
)
LISTS = ("industries", "skills", "certifications", "achievements")
LIMITS = {"education": LONG_LIMIT, "bio": LONG_LIMIT, "source_text": SOURCE_LIMIT}
SINGLE: dict[str, Callable[[str], str]] = {
    "current_role": cleaning.text,
    "current_company": cleaning.text,
    "years_experience": cleaning.years,
    "max_acv": cleaning.money,
    "quota_attainment": cleaning.percent,
    "is_founder": cleaning.boolean,
    "startup_experience": cleaning.boolean,
    "enterprise_experience": cleaning.boolean,
    "sold_to_finance": cleaning.boolean,
    "bio": cleaning.long_text,
}
KEYED: dict[str, Callable[[str], tuple[str, str]]] = {
    "email": cleaning.email,
    "phone": cleaning.phone,
    "linkedin_url": cleaning.linkedin,
}
# What makes a row a person: at least one of these must be there.
IDENTITY = ("name", "email", "phone", "linkedin_url", "current_role", "bio", "skills", "source_text")

Value = TypeVar("Value")


@dataclass(slots=True)
class Prepared:
    """A batch in the form in which it goes to Postgres. `values[column][n]` is row n's value as text, "" for null."""

    lines: list[int]
    values: dict[str, list[str]]
    others: list[dict[str, str]]
    # The rows as they stood, without what must never be kept: shown where Postgres refuses a row.
    raw: list[list[str]]
    errors: list[Problem]
    offset: int
    line: int
    is_last: bool
    # Where the file brings failed rows back: the line that each row had in the first file.
    mended: list[int | None] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows that stood in the file, blank ones aside."""
        return len(self.lines) + len(self.errors)

    def part(self, start: int, stop: int) -> Prepared:
        """The rows from `start` up to `stop`, without the errors; used to find a row that Postgres refuses."""
        values = {column: cells[start:stop] for column, cells in self.values.items()}
        mended = self.mended[start:stop]
        lines, others, raw = self.lines[start:stop], self.others[start:stop], self.raw[start:stop]
        return Prepared(lines, values, others, raw, [], 0, 0, False, mended)


class Preparer:
    """Turns batches into Prepared ones under a mapping. Knows nothing of the database."""

    def __init__(self, *, headers: Sequence[str], mapping: Mapping[str, str | None]) -> None:
        self._headers = list(headers)
        self._width = len(headers)
        self._by_field: dict[str, list[int]] = {}
        self._others: list[tuple[int, str]] = []
        self._secret: dict[int, int] = {}
        self._mended = next((at for at, header in enumerate(headers) if MENDED_LINE.fullmatch(header)), None)
        self._hidden = [at for at, header in enumerate(headers) if is_protected(header)]
        seen: set[str] = set()
        folded = [fold(header) for header in headers]
        for at, header in enumerate(self._headers):
            target = mapping.get(str(at))
            repeated = folded[at] in seen
            seen.add(folded[at])
            if is_protected(header) or target == "leave_out":
                continue
            if target in FIELDS:
                self._by_field.setdefault(target, []).append(at)
                if folded[at].startswith("note") and f"issecret{folded[at]}" in folded:
                    self._secret[at] = folded.index(f"issecret{folded[at]}")
            elif not repeated:
                self._others.append((at, header))

    def prepare(self, batch: Batch) -> Prepared:
        """Clean all rows of a batch; each row ends in `lines` and `values`, or in `errors`, or was blank."""
        work = _Work(batch, self._width)
        columns = work.columns
        empty = [""] * work.count
        values: dict[str, list[str]] = {}

        def cells(name: str) -> list[str] | None:
            at = self._by_field.get(name)
            return list(columns[at[0]]) if at else None

        for name, clean in KEYED.items():
            raw = cells(name)
            values[name], key = (empty, empty) if raw is None else work.keyed(name, raw, clean)
            values[f"{name.removesuffix('_url')}_key"] = key
        for name, clean_one in SINGLE.items():
            raw = cells(name)
            values[name] = empty if raw is None else work.single(name, raw, clean_one)
        for name in LISTS:
            values[name] = self._lists(work, name) or empty
        values["name"] = self._names(work) or empty
        values["location"] = self._locations(work) or empty
        values["education"] = self._education(work) or empty
        values["positions"], job_texts = positions.of(
            role=values["current_role"],
            company=values["current_company"],
            dates=cells("current_dates"),
            previous=(cells("previous_role"), cells("previous_company"), cells("previous_dates")),
        )
        values["positions"] = values["positions"] or empty
        values["source_text"] = self._source_texts(work, job_texts) or empty
        raw = cells("enrichment")
        if raw is not None:
            enrichment.fill(values, raw, count=work.count)
        work.check_lengths(values)
        work.check_identity(values)
        return self._finish(work, values)

    def _finish(self, work: _Work, values: dict[str, list[str]]) -> Prepared:
        """Take the failed and the blank rows out."""
        others = self._other_columns(work)
        batch = work.batch
        mended = self._mended_lines(work)
        self._hide(batch)
        errors = [*batch.problems, *work.errors()]
        lines, raw = work.lines, batch.rows
        if work.failed or work.blank:
            kept = [number not in work.failed and number not in work.blank for number in range(work.count)]
            lines = list(compress(lines, kept))
            others = list(compress(others, kept))
            raw = list(compress(raw, kept))
            mended = list(compress(mended, kept))
            values = {name: list(compress(cells, kept)) for name, cells in values.items()}
        return Prepared(lines, values, others, raw, errors, batch.offset, batch.line, batch.is_last, mended)

    def _hide(self, batch: Batch) -> None:
        """Blank the cells of protected columns, so that no stored copy of a row holds them."""
        for cells in (*batch.rows, *(problem.cells for problem in batch.problems)) if self._hidden else ():
            for at in self._hidden:
                if at < len(cells):
                    cells[at] = ""

    def _names(self, work: _Work) -> list[str] | None:
        full, first, last = (self._cleaned(work, name, cleaning.name) for name in ("name", "first_name", "last_name"))
        if first is None and last is None:
            return full
        if first is None or last is None:
            joined = first or last or []
        else:
            joined = [f"{one} {two}".strip() for one, two in zip(first, last, strict=True)]
        joined = ["" if one.lower() in cleaning.NOBODY else one for one in joined]
        return joined if full is None else [one or two for one, two in zip(full, joined, strict=True)]

    def _locations(self, work: _Work) -> list[str] | None:
        whole = self._cleaned(work, "location", cleaning.text)
        parts = [
            part
            for name in ("city", "state", "country")
            if (part := self._cleaned(work, name, cleaning.text)) is not None
        ]
        if not parts:
            return whole
        joined = [", ".join(dict.fromkeys(filter(None, place))) for place in zip(*parts, strict=True)]
        return joined if whole is None else [one or two for one, two in zip(whole, joined, strict=True)]

    def _education(self, work: _Work) -> list[str] | None:
        whole = self._cleaned(work, "education", cleaning.text)
        parts = [self._cleaned(work, name, cleaning.text) for name in ("degree", "school", "education_dates")]
        if not any(part is not None for part in parts):
            return whole
        empty = [""] * work.count
        joined = [
            ", ".join(filter(None, (degree, school))) + (f" ({dates})" if dates and (degree or school) else "")
            for degree, school, dates in zip(*(part or empty for part in parts), strict=True)
        ]
        return joined if whole is None else [one or two for one, two in zip(whole, joined, strict=True)]

    def _lists(self, work: _Work, name: str) -> list[str] | None:
        at = self._by_field.get(name)
        if not at:
            return None
        if len(at) == 1:
            return each(cleaning.list_literal, work.columns[at[0]])
        several = zip(*(work.columns[position] for position in at), strict=True)
        return [cleaning.list_literal("\n".join(filter(None, found))) for found in several]

    def _cleaned(self, work: _Work, name: str, clean: Callable[[str], str]) -> list[str] | None:
        at = self._by_field.get(name)
        return each(clean, work.columns[at[0]]) if at else None

    def _source_texts(self, work: _Work, job_texts: list[str] | None) -> list[str] | None:
        """The free texts of each row; several are told apart by their headers."""
        at = self._by_field.get("source_text", [])
        if len(at) == 1 and at[0] not in self._secret and job_texts is None:
            return [cleaning.long_text(cell) for cell in work.columns[at[0]]]
        if not at:
            return job_texts
        blocks: list[list[str]] = []
        for position in at:
            texts = [cleaning.long_text(cell) for cell in work.columns[position]]
            if position in self._secret:  # a note marked secret is not for everybody who reads a profile
                marks = [mark.strip().lower() in cleaning.TRUE for mark in work.columns[self._secret[position]]]
                texts = ["" if is_secret else one for one, is_secret in zip(texts, marks, strict=True)]
            header = self._headers[position]
            blocks.append([f"{header}:\n{one}" if one else "" for one in texts])
        if job_texts is not None:
            blocks.append(job_texts)
        return ["\n\n".join(filter(None, found)) for found in zip(*blocks, strict=True)]

    def _other_columns(self, work: _Work) -> list[dict[str, str]]:
        """What no field claimed, and the cells that their fields could not hold."""
        if not self._others:
            others: list[dict[str, str]] = [{} for _ in range(work.count)]
        else:
            headers = [header for _, header in self._others]
            found = zip(*(work.columns[at] for at, _ in self._others), strict=True)
            others = [
                {
                    header: cell.strip()
                    for header, cell in zip(headers, cells, strict=True)
                    if cell and not cell.isspace()
                }
                for cells in found
            ]
        for number, name, cell in work.refused:
            others[number][self._headers[self._by_field[name][0]]] = cell.strip()
        return others

    def _mended_lines(self, work: _Work) -> list[int | None]:
        if self._mended is None:
            return []
        return [int(cell) if cell.strip().isdigit() else None for cell in work.columns[self._mended]]


class _Work:
    """A batch being cleaned: its columns, and what went wrong where."""

    def __init__(self, batch: Batch, width: int) -> None:
        self.batch = batch
        self.failed: dict[int, tuple[str, str, str]] = {}
        self.refused: list[tuple[int, str, str]] = []
        self.rows, self.lines = batch.rows, batch.lines
        self.count = len(self.rows)
        if any(len(row) != width for row in self.rows):
            self.rows = [self._fitted(number, row, width) for number, row in enumerate(self.rows)]
        self.columns: list[Sequence[str]] = list(zip(*self.rows, strict=True)) if self.rows else [()] * width
        self.blank = {number for number, row in enumerate(self.rows) if not any(row) or not any(map(str.strip, row))}
        self.blank -= self.failed.keys()

    def _fitted(self, number: int, row: list[str], width: int) -> list[str]:
        """A row as wide as the header. Exports leave empty cells at the end out; more cells mean a stray delimiter."""
        if len(row) > width:
            if any(map(str.strip, row[width:])):
                reason = f"The row has {len(row)} cells; the header has {width}. Quote a value that holds a delimiter."
                self.failed[number] = ("too_many_cells", reason, "")
            return row[:width]
        return row + [""] * (width - len(row))

    def single(self, name: str, cells: list[str], clean: Callable[[str], str]) -> list[str]:
        def found(cell: str) -> str | None:
            try:
                return clean(cell) if cell else ""
            except Unreadable:
                return None

        values = each(found, cells)
        if None in values:
            self.refused += [(number, name, cells[number]) for number, value in enumerate(values) if value is None]
        return [value or "" for value in values]

    def keyed(
        self, name: str, cells: list[str], clean: Callable[[str], tuple[str, str]]
    ) -> tuple[list[str], list[str]]:
        found: list[str] = []
        keys: list[str] = []
        for number, cell in enumerate(cells):
            value = key = ""
            if cell:
                try:
                    value, key = clean(cell)
                except Unreadable as error:
                    if name == "email":
                        self.failed.setdefault(number, ("invalid_email", str(error), "email"))
                    else:
                        self.refused.append((number, name, cell))
            found.append(value)
            keys.append(key)
        return found, keys

    def check_lengths(self, values: Mapping[str, list[str]]) -> None:
        for name, cells in values.items():
            limit = LIMITS.get(name, 50_000 if name in LISTS or name == "positions" else SHORT_LIMIT)
            if not cells or max(map(len, cells)) <= limit:
                continue
            for number, cell in enumerate(cells):
                if len(cell) > limit:
                    reason = f"The text has {len(cell):,} characters; {limit:,} are the most here."
                    self.failed.setdefault(number, ("too_long", reason, name))

    def check_identity(self, values: Mapping[str, list[str]]) -> None:
        for number, found in enumerate(zip(*(values[name] for name in IDENTITY), strict=True)):
            if not any(found) and number not in self.blank:
                reason = "The row names nobody: no name, e-mail, phone, LinkedIn URL, role or text."
                self.failed.setdefault(number, ("nobody", reason, ""))

    def errors(self) -> list[Problem]:
        """The failed rows with their cells as they stood."""
        return [
            Problem(self.lines[number], code, reason, self.batch.rows[number], name)
            for number, (code, reason, name) in sorted(self.failed.items())
        ]


def each(clean: Callable[[str], Value], cells: Sequence[str]) -> list[Value]:
    """`clean` of every cell. Where most cells repeat others (cities, employers, titles), each is cleaned once."""
    different = set(cells)
    if 2 * len(different) > len(cells):
        return list(map(clean, cells))
    known = {cell: clean(cell) for cell in different}
    return [known[cell] for cell in cells]


def other_json(others: Sequence[dict[str, Any]]) -> list[str]:
    """`other_columns` as JSON text."""
    dumps = orjson.dumps
    return [dumps(one).decode() if one else "{}" for one in others]
