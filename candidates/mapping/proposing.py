"""Headers and sample rows → which column fills which field, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from candidates.mapping import aliases
from candidates.mapping.fields import FIELDS
from candidates.mapping.fitting import CHECKED_WHEN_SURE, share_that_fits
from candidates.mapping.vendors import MENDED_LINE, MENDED_REASON, Vendor, vendor_of

Confidence = Literal["sure", "likely", "unsure", "none", "protected", "repeated", "ignored"]
# A misspelt header may differ in about one letter of ten.
FUZZY_RATIO = 88
WEAK_SHARE = 0.6
STREET = frozenset({"address", "street", "fulladdress", "mailingaddress"})


@dataclass(slots=True)
class Column:
    """A column of the file and what is proposed for it. `suggestion` is shown but not used until a person agrees."""

    position: int
    header: str
    samples: list[str]
    field: str | None = None
    confidence: Confidence = "none"
    why: str = "No field by this name."
    suggestion: str | None = None


@dataclass(slots=True)
class Proposal:
    """What `propose` found. `source` names the vendor, or is empty."""

    columns: list[Column]
    source: str

    def mapping(self) -> dict[str, str | None]:
        """As stored on the import: {column position as text: field or null}."""
        return {str(column.position): column.field for column in self.columns}


def propose(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Proposal:
    """Map the columns of a file: exact names first, then near ones whose values fit; the rest stays open.

    A field is filled by one column: where several could, the first in the order of preference that holds anything. Text
    fields and lists take several. Columns about gender, birth, photo or marital status are never mapped.
    """
    columns = [
        Column(position, header, [row[position].strip() for row in rows if position < len(row)])
        for position, header in enumerate(headers)
    ]
    folded = [aliases.fold(header) for header in headers]
    vendor = vendor_of(set(folded))
    claims: dict[str, list[tuple[bool, int, int]]] = {}
    seen: set[str] = set()
    for column, name in zip(columns, folded, strict=True):
        claim = _claim(column, name, vendor, seen)
        seen.add(name)
        if claim:
            claimed, rank = claim
            claims.setdefault(claimed, []).append((not any(column.samples), rank, column.position))
    for claimed, standing in claims.items():
        _settle(columns, claimed, sorted(standing))
    _leave_streets(columns, folded)
    taken = {column.field for column in columns if column.field is not None}
    for column, name in zip(columns, folded, strict=True):
        if column.field is None and column.confidence == "none" and column.suggestion is None:
            _try_weakly(column, name, taken)
    return Proposal(columns, vendor.name if vendor else "")


def _claim(column: Column, name: str, vendor: Vendor | None, seen: set[str]) -> tuple[str, int] | None:
    """The field that a header claims by its name and its rank among that field's names; fills in why not."""
    if aliases.is_protected(column.header):
        column.confidence = "protected"
        column.why = "Never read: a decision about a person must not rest on it."
    elif MENDED_LINE.fullmatch(column.header) or column.header == MENDED_REASON:
        column.confidence, column.field = "ignored", "leave_out"
        column.why = "Added by the download of failed rows."
    elif name in seen:
        column.confidence, column.why = "repeated", "A column by this name came before; the first one counts."
    elif vendor and name in vendor.columns:
        field_name = vendor.columns[name]
        if field_name is None:
            column.why = f"In {vendor.name} files: {vendor.reasons.get(name, 'no field of the profile')}."
            column.confidence = "ignored"
        elif _holds(column, field_name):
            return field_name, 0
    elif name in aliases.DECOYS:
        column.confidence, column.why = "ignored", f"Not mapped: {aliases.DECOYS[name]}."
    elif name in aliases.FIELD_OF:
        field_name, rank = aliases.FIELD_OF[name]
        if name == "experience" and (share_that_fits("years_experience", column.samples) or 0) >= WEAK_SHARE:
            return "years_experience", 99
        if _holds(column, field_name):
            return field_name, rank
    return None


def _holds(column: Column, field_name: str) -> bool:
    """Whether the values do not belie a sure name; a column without values is believed."""
    if field_name not in CHECKED_WHEN_SURE:
        return True
    share = share_that_fits(field_name, column.samples)
    if share is None or share >= 0.3:
        return True
    column.confidence, column.suggestion = "unsure", field_name
    column.why = f"Named like “{FIELDS[field_name].label}”, but most values are something else."
    return False


def _settle(columns: list[Column], claimed: str, standing: list[tuple[bool, int, int]]) -> None:
    """Give the field to the best of its claimants, or to all of them where it takes many."""
    for place, (_, _, position) in enumerate(standing):
        column = columns[position]
        if place == 0 or FIELDS[claimed].takes_many:
            column.field, column.confidence, column.why = claimed, "sure", "Known by its name."
        elif claimed == "bio":
            column.field, column.confidence = "source_text", "sure"
            column.why = "Another column fills the bio; this text is kept to be read."
        else:
            first = columns[standing[0][2]].header
            column.confidence, column.suggestion = "none", claimed
            column.why = f"“{first}” already fills {FIELDS[claimed].label}."


def _leave_streets(columns: list[Column], folded: list[str]) -> None:
    """A street is no location where the city has a column of its own."""
    has_city = any(column.field == "city" for column in columns)
    for column, name in zip(columns, folded, strict=True):
        if has_city and column.field == "location" and name in STREET:
            column.field, column.confidence, column.why = None, "ignored", "A street; the city has its own column."


def _try_weakly(column: Column, name: str, taken: set[str]) -> None:
    """Map a column by a near name if its values fit, or by unmistakable values alone; else suggest at most."""
    is_foreign = not aliases.words(column.header).isdisjoint(aliases.FOREIGN_WORDS)
    best: tuple[float, str] | None = None
    if len(name) >= 4 and not is_foreign:
        for alias, (field_name, _) in aliases.FIELD_OF.items():
            if len(alias) < 4 or (field_name in taken and not FIELDS[field_name].takes_many):
                continue
            score = fuzz.ratio(name, alias)
            if alias in name and len(alias) >= 5 and len(alias) * 2 >= len(name):
                score = max(score, FUZZY_RATIO + 10 * len(alias) / len(name))
            if score >= FUZZY_RATIO and (best is None or score > best[0]):
                best = (score, field_name)
    if best is None and not is_foreign and name not in aliases.SIGNS:
        for field_name in ("email", "linkedin_url"):
            if field_name not in taken and (share_that_fits(field_name, column.samples) or 0) >= 0.8:
                column.field, column.confidence = field_name, "likely"
                column.why = f"The values are {'e-mail addresses' if field_name == 'email' else 'LinkedIn profiles'}."
                taken.add(field_name)
                return
    if best is None:
        return
    field_name = best[1]
    share = share_that_fits(field_name, column.samples)
    if share is not None and share >= WEAK_SHARE:
        column.field, column.confidence = field_name, "likely"
        column.why = f"Its name is near to “{FIELDS[field_name].label}” and its values fit."
        taken.add(field_name)
    else:
        column.suggestion, column.confidence = field_name, "unsure"
        column.why = f"Its name is near to “{FIELDS[field_name].label}”, but its values do not prove it."
