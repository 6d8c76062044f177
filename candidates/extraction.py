"""Fill what a profile lacks from the texts that came with it: free text, resumes, enrichment data.

Mapped columns are taken as they are. The model is asked only for fields that are still empty, and each answer is
checked: type, range, and a quote that stands in a text and holds the value. What fails is left empty and noted, never
guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from candidates import material
from candidates.answers import Extraction, FoundPosition, FoundValue
from candidates.evidence import Source, Sources, fold
from candidates.matching.resume import source_texts
from candidates.models import Candidate, Change, Document
from candidates.schemas import ProfileField
from candidates.states import ChangeSource, QuoteStatus
from llm import client
from llm.client import Receipt

PROMPT = "candidates/extract"
PURPOSE = "extract"
MOST_POSITIONS = 40
MOST_ITEMS = 60
_MOST_TEXT = 500

FIELDS: dict[str, ProfileField] = {
    name: ProfileField(field_name=name, field_type=kind, description=description, is_required=False)  # type: ignore[arg-type]
    for name, kind, description in (
        ("name", "string", "Full name of the person"),
        ("email", "string", "E-mail address of the person"),
        ("phone", "string", "Phone number of the person"),
        ("linkedin_url", "string", "Address of the person's LinkedIn profile"),
        ("current_role", "string", "Title of the current or latest position"),
        ("current_company", "string", "Current or latest employer"),
        ("location", "string", "City, region or country where the person lives"),
        ("years_experience", "number", "Years of professional experience, only if stated as a number of years"),
        ("industries", "string_list", "Industries worked in"),
        ("skills", "string_list", "Skills, tools, methods and languages"),
        ("education", "string", "Highest degree, its subject and school"),
        ("certifications", "string_list", "Certificates and licences"),
        ("achievements", "string_list", "Measured results and awards, each as one short passage"),
        ("is_founder", "boolean", "Has founded or co-founded a company"),
        ("startup_experience", "boolean", "Has worked at a startup"),
        ("enterprise_experience", "boolean", "Has sold to or worked with large companies"),
        ("sold_to_finance", "boolean", "Has sold to banks or other financial companies"),
        ("max_acv", "number", "Largest annual contract value closed, in US dollars"),
        ("quota_attainment", "number", "Quota attainment, in percent"),
    )
}
_RANGES: dict[str, tuple[float, float]] = {
    "years_experience": (0, 60),
    "max_acv": (0, 1e9),
    "quota_attainment": (0, 1000),
}
_NUMBER = re.compile(
    r"(?<![\w.])[$€£]?\s?(\d[\d,. ]*\d|\d)\s?(k|m|mm|mn|mio|million|thousand|bn|billion)?\b", re.IGNORECASE
)
_UNITS = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mm": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
}
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        (
            *(
                "zero",
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
            ),
            *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
        )
    )
} | {"thirty": 30, "forty": 40, "a decade": 10, "two decades": 20, "double": 200, "doubled": 200}
_EMAIL = re.compile(r"[^@\s<>]{1,64}@[\w-]+(?:\.[\w-]+)+")
_LINKEDIN = re.compile(r"(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/(?:in|pub)/[^\s/?#]+", re.IGNORECASE)
_MONTH = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2]))?")
_WORD = re.compile(r"[^\W_]+")


@dataclass
class Found:
    """What the texts gave: values by field, the changes that record them, notes on what was refused, and receipts."""

    values: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


async def fill(candidate: Candidate, *, documents: Sequence[Document] = (), scope: str = "") -> Found:
    """Ask for the fields that are empty, if there is text that may tell them and a model to ask.

    Raises llm.errors.LLMError where the model gives no usable answer.
    """
    # What the candidates have spoken of themselves, and left empty, stays empty.
    said = frozenset(candidate.enrichment_fields)
    wanted = [
        field for name, field in FIELDS.items() if getattr(candidate, name) in (None, "", []) and name not in said
    ]
    sources = texts(candidate, documents)
    wants_positions = not candidate.positions
    if not sources or not (wanted or wants_positions) or not client.is_configured():
        return Found()
    data = {
        "wanted": [field.model_dump(include={"field_name", "field_type", "description"}) for field in wanted],
        "wants_positions": wants_positions,
        "sources": {source.name: source.text for source in sources},
    }
    answer, receipt = await client.ask(PURPOSE, PROMPT, data, Extraction, scope=scope)
    found = check(candidate, answer, wanted=wanted, wants_positions=wants_positions, sources=sources)
    found.receipts.append(receipt)
    return found


def texts(candidate: Candidate, documents: Sequence[Document] = ()) -> list[Source]:
    """The free texts to fill from, without passages meant for a model. A bio alone asks for no call: it is a column."""
    free = {name: text for name, text in source_texts(candidate, documents).items() if _is_free(name)}
    if set(free) <= {"bio"}:
        return []
    sources = []
    for name, original in free.items():
        text = material.shortened_to(original)
        for start, end in reversed(material.withheld(text)):
            text = f"{text[:start]}[withheld]{text[end:]}"
        sources.append(Source(name, text))
    return sources


def _is_free(name: str) -> bool:
    return name in ("bio", "source_text") or name.startswith("document:")


def check(
    candidate: Candidate,
    answer: Extraction,
    *,
    wanted: Sequence[ProfileField],
    wants_positions: bool,
    sources: Sequence[Source],
) -> Found:
    """Keep what holds: right type and range, and told by words that stand in a source."""
    open_fields = {item.field_name: item for item in wanted}
    evidence = Sources(sources)
    found = Found()
    for item in answer.values:
        asked = open_fields.pop(item.field, None)
        if asked is None or item.value in (None, "", []):
            continue
        value, fault = accepted(asked, item, evidence)
        if fault:
            found.notes.append(f"{_label(item.field)} was not filled: {fault}")
        if value in (None, []):
            continue
        old = getattr(candidate, item.field)
        found.values[item.field] = value
        found.changes.append(_change(candidate, item.field, old, value))
    if wants_positions:
        positions = []
        for position in answer.positions[:MOST_POSITIONS]:
            fault = _position_fault(position, evidence)
            if fault:
                found.notes.append(f"A position was left out: {fault}")
            else:
                positions.append(position.model_dump(exclude={"quote"}))
        if positions:
            found.values["positions"] = positions
            found.changes.append(_change(candidate, "positions", candidate.positions, positions))
    return found


def _change(candidate: Candidate, name: str, old: Any, new: Any) -> Change:
    return Change(
        candidate_id=candidate.pk,
        field=name,
        old=old,
        new=new,
        source=ChangeSource.EXTRACTION,
        actor_label="Read from the candidate's texts",
    )


def accepted(asked: ProfileField, item: FoundValue, evidence: Sources) -> tuple[Any, str]:
    """The value to fill, and what is wrong with the answer (both, where only some items of a list hold)."""
    quote = item.quote or ""
    checked = _stands(quote, item.value, evidence)
    if checked:
        return None, checked
    if asked.field_type == "boolean":
        return (item.value, "") if isinstance(item.value, bool) else (None, "the answer is not yes or no.")
    if asked.field_type == "number":
        return _number(asked.field_name, item.value, quote)
    if asked.field_type == "string_list":
        return _items(item.value, evidence)
    return _text(asked.field_name, item.value, quote, evidence)


def _stands(quote: str, value: object, evidence: Sources) -> str:
    """Why a quote proves nothing, or "". A short one will do where it is the value itself, such as a phone number."""
    found = evidence.check(quote)
    if found.status is QuoteStatus.VERIFIED:
        return ""
    if isinstance(value, str) and quote.strip() == value.strip() and _holds(evidence, value):
        return ""
    return found.reason[0].lower() + found.reason[1:]


def _number(name: str, value: object, quote: str) -> tuple[Any, str]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None, "the answer is not a number."
    low, high = _RANGES.get(name, (0, 1e12))
    if not low <= value <= high:
        return None, f"the number is not between {low:g} and {high:g}."
    if not any(math.isclose(value, number, rel_tol=0.005) for number in numbers_in(quote)):
        return None, "the quote does not state this number."
    return float(value), ""


def numbers_in(text: str) -> list[float]:
    """Every number that a text states in digits ("1.2M", "250,000", "€ 90 k") or in words ("ten")."""
    found = []
    for digits, unit in _NUMBER.findall(text):
        for form in _readings(digits.strip(" ,.")):
            found.append(form)
            if unit:
                found.append(form * _UNITS[unit.lower()])
    words = fold(text).text.lower()
    found += [float(number) for word, number in _NUMBER_WORDS.items() if re.search(rf"\b{word}\b", words)]
    return found


def _readings(digits: str) -> list[float]:
    """A written number under both customs: 1,250.5 and 1.250,5; a lone separator before three digits groups."""
    forms = {re.sub(r"[ ,]", "", digits), re.sub(r"[ .]", "", digits).replace(",", ".")}
    forms |= {part for part in re.split(r"[ ,.](?!\d{3}\b)", digits) if part.isdigit()}
    readings = []
    for form in forms:
        try:
            readings.append(float(form))
        except ValueError:
            continue
    return readings


def _items(value: object, evidence: Sources) -> tuple[list[str], str]:
    if not isinstance(value, list):
        return [], "the answer is not a list."
    kept: dict[str, str] = {}
    lost = 0
    for item in value[:MOST_ITEMS]:
        text = " ".join(item.split())
        if not text:
            continue
        if len(text) <= _MOST_TEXT and _holds(evidence, text):
            kept.setdefault(text.casefold(), text)
        else:
            lost += 1
    fault = f"{lost} of {len(value)} items do not stand in the texts." if lost else ""
    return list(kept.values()), fault


def _text(name: str, value: object, quote: str, evidence: Sources) -> tuple[str | None, str]:
    if not isinstance(value, str):
        return None, "the answer is not text."
    text = " ".join(value.split())
    if len(text) > _MOST_TEXT:
        return None, "the answer is too long."
    if name == "email" and not _EMAIL.fullmatch(text):
        return None, "the answer is not an e-mail address."
    if name == "linkedin_url" and not _LINKEDIN.match(text):
        return None, "the answer is not the address of a LinkedIn profile."
    if name == "phone":
        digits = re.sub(r"\D", "", text)
        if not 7 <= len(digits) <= 15 or digits not in re.sub(r"\D", "", quote):
            return None, "the answer is not a phone number of the text."
        return text, ""
    # The words may be put together ("BSc, Physics, Leeds"), but each must come from the passage that is quoted.
    told = set(_words(quote))
    if any(word not in told for word in _words(text)) and not _holds(evidence, text):
        return None, "the answer has words that the quote has not."
    return text, ""


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text).text.casefold())


def _holds(evidence: Sources, value: str) -> bool:
    """Whether a source has these words side by side, whatever their case and the marks between ("C++" keeps its)."""
    wanted = _words(value)
    if not wanted:
        return False
    if any(mark in value for mark in "+#"):
        exact = re.compile(rf"(?<!\w){re.escape(fold(value).text.casefold())}(?![\w+#])")
        return any(exact.search(source.folded.text.casefold()) for source in evidence.sources)
    return any(f" {' '.join(wanted)} " in source.words for source in evidence.sources)


def _position_fault(position: FoundPosition, evidence: Sources) -> str:
    """Why a dated job can't be used, or ""."""
    if not (position.title or position.company):
        return "it has neither title nor employer."
    for date in (position.start, position.end):
        if date is not None and not _MONTH.fullmatch(date):
            return "a date is not written as YYYY-MM."
    if position.start is None:
        return "it has no start."
    if position.end is not None and position.end < position.start[: len(position.end)]:
        return "it ends before it starts."
    checked = evidence.check(position.quote)
    if checked.status is not QuoteStatus.VERIFIED:
        return checked.reason[0].lower() + checked.reason[1:]
    years = {date[:4] for date in (position.start, position.end) if date}
    if any(year not in position.quote and f"{year[2:]}" not in re.findall(r"\d\d", position.quote) for year in years):
        return "the quote does not state its years."
    return ""


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
