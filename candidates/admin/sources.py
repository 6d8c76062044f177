"""A candidate's texts with the quotes in them marked, and the criteria that rest on them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from candidates import presenting
from candidates.explanation import ExplainedCriterion
from candidates.models import Candidate, Document
from candidates.states import QuoteStatus

# A page is no place for a book: beyond this, only the surroundings of quotes are shown.
MOST_SHOWN = 60_000
AROUND_QUOTE = 400

LEVEL_LABELS = {
    "none": "None",
    "weak": "Weak",
    "partial": "Partial",
    "strong": "Strong",
    "full": "Full",
    "unknown": "Not known",
}
QUOTE_NOTES: dict[str, str] = {
    QuoteStatus.UNSUPPORTED: "These words stand nowhere in the candidate's texts, so the answer counts as unsupported.",
    QuoteStatus.NOT_GIVEN: "No quote was given, so nothing supports this level.",
}


@dataclass(frozen=True, slots=True)
class Side:
    """How the algorithm, or the model, sees one criterion."""

    result: ExplainedCriterion
    level: str
    width: int
    is_model: bool
    quote_note: str

    @property
    def has_place(self) -> bool:
        """Whether the quote can be shown in a source."""
        return self.result.quote_status == QuoteStatus.VERIFIED and self.result.quote_source is not None


@dataclass
class CriterionRow:
    """One criterion with both views of it; either may be missing."""

    key: str
    label: str
    weight: str
    description: str = ""
    is_required: bool = False
    algorithm: Side | None = None
    model: Side | None = None

    @property
    def sides(self) -> list[Side]:
        return [side for side in (self.algorithm, self.model) if side is not None]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `keys` are the criteria whose quotes cover it, "" for plain text."""

    text: str
    keys: str = ""
    is_hidden: bool = False
    is_gap: bool = False


@dataclass(frozen=True)
class SourceText:
    """One text about the candidate, cut where quotes begin and end."""

    name: str
    label: str
    pieces: list[Piece]
    quotes: int
    document: Document | None = None
    hidden: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a quote stands in a text."""

    start: int
    end: int
    key: str


def criterion_rows(
    algorithm: Sequence[dict[str, Any]] | None, model: Sequence[dict[str, Any]] | None
) -> list[CriterionRow]:
    """The criteria of both sides in the order of the rubric, each with what either found."""
    rows: dict[str, CriterionRow] = {}
    for criteria, is_model in ((algorithm, False), (model, True)):
        for raw in criteria or ():
            result = ExplainedCriterion.model_validate(raw)
            row = rows.setdefault(result.key, CriterionRow(result.key, result.label, f"{result.weight:g}"))
            row.description = row.description or result.description
            row.is_required = row.is_required or result.is_required
            side = Side(
                result=result,
                level=LEVEL_LABELS[result.level],
                width=round(100 * min(max(result.share, 0), 1)),
                is_model=is_model,
                quote_note=QUOTE_NOTES.get(result.quote_status, "") if is_model or result.quote else "",
            )
            if is_model:
                row.model = side
            else:
                row.algorithm = side
    return list(rows.values())


def source_texts(
    texts: Iterable[Mapping[str, str]], documents: Sequence[Document], rows: Iterable[CriterionRow]
) -> list[SourceText]:
    """The texts of an explanation with the verified quotes marked in them, those with quotes first."""
    spans: dict[str, list[Span]] = {}
    for row in rows:
        for side in row.sides:
            result = side.result
            if side.has_place and result.quote_start is not None and result.quote_end is not None:
                spans.setdefault(result.quote_source or "", []).append(
                    Span(result.quote_start, result.quote_end, row.key)
                )
    by_id = {f"document:{document.pk}": document for document in documents}
    found = []
    for source in texts:
        name, text = source["name"], source["text"]
        document = by_id.get(name)
        hidden = document.hidden if document else []
        found.append(
            SourceText(
                name=name,
                label=source["label"],
                pieces=pieces(text, spans.get(name, []), hidden=[item.get("text", "") for item in hidden]),
                quotes=len({(span.start, span.end) for span in spans.get(name, [])}),
                document=document,
                hidden=hidden,
            )
        )
    return sorted(found, key=lambda source: -source.quotes)


def pieces(text: str, spans: Sequence[Span], *, hidden: Sequence[str] = ()) -> list[Piece]:
    """Cut a text where quotes begin and end, so that overlapping quotes are each marked in full."""
    spans = [span for span in spans if 0 <= span.start < span.end <= len(text)]
    unseen = []
    for words in hidden:
        start = text.find(words) if words.strip() else -1
        if start >= 0:
            unseen.append((start, start + len(words)))
    edges = {0, len(text)}
    edges.update(edge for span in spans for edge in (span.start, span.end))
    edges.update(edge for pair in unseen for edge in pair)
    found = []
    ordered = sorted(edges)
    for start, end in pairwise(ordered):
        keys = [span.key for span in spans if span.start <= start and end <= span.end]
        is_hidden = any(low <= start and end <= high for low, high in unseen)
        found.append(Piece(text[start:end], " ".join(dict.fromkeys(keys)), is_hidden))
    return _shortened(found) if len(text) > MOST_SHOWN else found


def profile_rows(candidate: Candidate) -> list[dict[str, Any]]:
    """The editable fields in groups' order with their values, as the inline editor shows them."""
    missing = {*candidate.missing_required}
    wanted = {*candidate.missing_preferred}
    return [
        {
            "name": name,
            "label": presenting.field_label(name),
            "shown": presenting.shown(getattr(candidate, name)),
            "is_empty": getattr(candidate, name) in (None, "", []),
            "value": (value := as_input(name, getattr(candidate, name))),
            "kind": "long" if "\n" in value else _kind(name),
            "missing": "required" if name in missing else "preferred" if name in wanted else "",
        }
        for name in EDITABLE
    ]


EDITABLE = (
    *("name", "email", "phone", "linkedin_url", "current_role", "current_company", "location", "years_experience"),
    *("skills", "industries", "education", "certifications", "achievements", "bio"),
    *("is_founder", "startup_experience", "enterprise_experience", "sold_to_finance", "max_acv", "quota_attainment"),
)
LISTS = frozenset({"skills", "industries", "certifications", "achievements"})
BY_LINE = frozenset({"achievements"})  # sentences, which hold commas
YES_NO = frozenset({"is_founder", "startup_experience", "enterprise_experience", "sold_to_finance"})
NUMBERS = frozenset({"years_experience", "max_acv", "quota_attainment"})
LONG = frozenset({"bio", "education", "achievements"})


def value_of(name: str, text: str) -> Any:
    """What the inline editor sent, as a value for candidates.profiles, which validates it. Empty clears."""
    text = text.replace("\x00", "").replace("\r\n", "\n")  # browsers send each line end as two characters
    if name in LISTS:
        separator = "\n" if "\n" in text or name in BY_LINE else ","
        return [item.strip() for item in text.split(separator) if item.strip()]
    text = text.strip()
    if not text:
        return None
    if name in YES_NO:
        return {"yes": True, "no": False}.get(text, text)
    if name in NUMBERS:
        try:
            return float(text.replace(",", ""))
        except ValueError:
            return text
    return text


def as_input(name: str, value: Any) -> str:
    """A field's value as the inline editor holds it; `value_of` reads the same value back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        by_line = name in BY_LINE or any("," in item for item in value)
        # Each item with a line end of its own: so even one alone is not cut at its commas.
        return "".join(f"{item}\n" for item in value) if by_line else ", ".join(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _kind(name: str) -> str:
    return "yes_no" if name in YES_NO else "long" if name in LONG else "number" if name in NUMBERS else "line"


def _shortened(found: list[Piece]) -> list[Piece]:
    """Only the surroundings of marked pieces; of a text without any, its beginning."""
    if not any(piece.keys or piece.is_hidden for piece in found):
        return [Piece(found[0].text[:MOST_SHOWN]), Piece("", is_gap=True)]
    kept = []
    for piece in found:
        if piece.keys or piece.is_hidden or len(piece.text) <= 2 * AROUND_QUOTE:
            kept.append(piece)
        else:
            kept += [Piece(piece.text[:AROUND_QUOTE]), Piece("", is_gap=True), Piece(piece.text[-AROUND_QUOTE:])]
    return kept
