"""The texts that are known about a candidate, by name: what is judged, quoted and shown.

Names are what `CriterionResult.quote_source` holds: a field ("bio", "skills"; lists stand one item a line),
"positions", "source_text" (free text that came with the row), "document:<id>", and "profile" (numbers, yes-or-no fields
and the employer, one line each).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from candidates import blinding, injection
from candidates.evidence import Segments, Source, Sources, whole_values
from candidates.matching.resume import source_texts
from candidates.models import Candidate, Document
from candidates.states import RedFlag

# About 10,000 tokens of each text: more than any resume, less than what a hostile file could make us pay for.
MOST_CHARACTERS = 40_000

# Fields that are no text of their own, as lines that can be read and quoted.
_LINES: tuple[tuple[str, str], ...] = (
    ("current_company", "Current company"),
    ("years_experience", "Years of experience"),
    ("is_founder", "Founder"),
    ("startup_experience", "Startup experience"),
    ("enterprise_experience", "Enterprise experience"),
    ("sold_to_finance", "Sold to finance"),
    ("max_acv", "Largest annual contract value in US dollars"),
    ("quota_attainment", "Quota attainment in percent"),
)
# Texts in which one short line, such as a skill, may be quoted alone.
_LISTED = frozenset({"profile", "current_role", "skills", "education", "certifications", "achievements", "industries"})


@dataclass(frozen=True)
class Material:
    """A candidate's texts with personal marks removed, ready for a question, and the way back to the originals.

    `texts` is what is sent, by the name used in the question ("document_1"). `names` gives the stored name for each.
    """

    texts: dict[str, str]
    sources: Sources
    segments: dict[str, Segments]
    names: dict[str, str]
    originals: dict[str, str]
    shortened: bool


def profile_text(candidate: Candidate) -> str:
    """Numbers, yes-or-no fields and the employer as lines of "Label: value"."""
    known = [(label, getattr(candidate, field)) for field, label in _LINES]
    return "\n".join(f"{label}: {_in_words(value)}" for label, value in known if value not in (None, ""))


def originals(candidate: Candidate, documents: Sequence[Document] = ()) -> list[tuple[str, str]]:
    """(name, text) of all that is known about the candidate, as it was received. No contact, link or place."""
    profile = profile_text(candidate)
    return [*([("profile", profile)] if profile else []), *source_texts(candidate, documents).items()]


def withheld(text: str) -> list[tuple[int, int]]:
    """Offsets of the passages that speak to a model instead of a recruiter, each a whole sentence, in order."""
    found: list[tuple[int, int]] = []
    remaining = text
    # Each look finds the first passage of each sort; a text full of them is cut off after so many looks.
    for _ in range(50):
        suspicions = [one for one in injection.find(remaining) if one.code == RedFlag.PROMPT_INJECTION]
        if not suspicions:
            return sorted(found)
        for one in suspicions:
            start, end = _sentence(text, one.start, one.end)
            found = [span for span in found if not (start <= span[0] and span[1] <= end)]
            found.append((start, end))
            remaining = remaining[:start] + " " * (end - start) + remaining[end:]
    return [(0, len(text))]


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a passage to its sentence, at most 300 characters each way, without the white space around it."""
    begin = max(0, start - 300)
    for stop in _STOP.finditer(text, begin, start):
        begin = stop.end()
    closing = _STOP.search(text, max(start, end - 1))
    finish = max(end, min(closing.end() if closing else len(text), end + 300))
    while begin < start and text[begin].isspace():
        begin += 1
    while finish > end and text[finish - 1].isspace():
        finish -= 1
    return begin, finish


_STOP = re.compile(r"[.!?。！？؟](?=\s|$)|\n")


def blinded(candidate: Candidate, documents: Sequence[Document] = (), *, question: Sequence[str] = ()) -> Material:
    """Everything that may be judged, with personal marks and instructions to a model taken out.

    `question` holds the words of what will be asked, which the answer must not quote.
    """
    name = blinding.Name.of(candidate.name)
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    segments: dict[str, Segments] = {}
    kept: dict[str, str] = {}
    shortened = False
    sources = []
    documents_seen = 0
    for stored, original in originals(candidate, documents):
        asked = stored
        if stored.startswith("document:"):
            documents_seen += 1
            asked = f"document_{documents_seen}"  # the id is another one for each candidate
        text = shortened_to(original)
        shortened = shortened or len(text) < len(original)
        edited = blinding.blind(text, name=name, withheld=tuple(withheld(text)))
        if not edited.text.strip():
            continue
        texts[asked] = edited.text
        names[asked] = stored
        segments[asked] = edited.segments
        kept[asked] = original
        whole: frozenset[str] = frozenset()
        if stored in _LISTED:
            lines = edited.text.splitlines()
            whole = whole_values([*lines, *(line.partition(": ")[2] for line in lines if stored == "profile")])
        sources.append(Source(asked, edited.text, whole))
    return Material(texts, Sources(sources, question), segments, names, kept, shortened)


def shortened_to(text: str, limit: int = MOST_CHARACTERS) -> str:
    """The beginning of a text that is too long, cut at white space where there is some near."""
    if len(text) <= limit:
        return text
    cut = max(text.rfind(" ", limit - 200, limit), text.rfind("\n", limit - 200, limit))
    return text[: cut if cut > 0 else limit]


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    return str(value)
