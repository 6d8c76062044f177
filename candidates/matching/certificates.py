"""Certificates, licences and memberships: known ones by all their names, others by the words around them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from candidates.matching.words import Text, singular, split

_CUE = re.compile(
    r"\b(?:certificat\w*|certified|licen[sc]\w*|registered|credential\w*|accredit\w*|charter\w*|endorsement|clearance|"
    r"admitted|admission|member(?:ship)?\s+of)\b",
    re.IGNORECASE,
)
_PURSUED = re.compile(
    r"\b(?:pursuing|in\s+progress|studying\s+for|preparing\s+for|candidate\s+for|working\s+towards?|expected|scheduled|"
    r"planning|lapsed|expired|not\s+(?:yet\s+)?(?:certified|licensed)|part[- ]qualified|candidate)\b",
    re.IGNORECASE,
)


class Certificate(NamedTuple):
    """A certificate found in a text, as token positions; `held` is False while it is pursued or after it expired."""

    name: str
    first: int
    last: int
    held: bool


@cache
def _known() -> tuple[dict[tuple[str, ...], tuple[str, bool, bool]], dict[str, frozenset[str]], int]:
    """(words → (name, capitals only, a + at the end is part of it), name → names that it includes, longest alias)."""
    names: dict[tuple[str, ...], tuple[str, bool, bool]] = {}
    included: dict[str, frozenset[str]] = {}
    path = Path(__file__).with_name("data") / "certificates.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        head, _, implied = line.partition(" > ")
        canonical, _, aliases = head.partition("=")
        canonical = canonical.strip()
        cased = canonical.endswith("!")
        canonical = canonical.rstrip("!")
        included[canonical] = frozenset(name.strip() for name in implied.split(",") if name.strip())
        for alias in (canonical, *aliases.split(",")):
            words = _forms(alias)
            if words:
                short = len(words) == 1 and (cased or words[0].upper() == alias.strip())
                names.setdefault(words, (canonical, short, alias.strip().endswith("+")))
    return names, included, max(map(len, names))


@cache
def _first_words() -> frozenset[str]:
    return frozenset(words[0] for words in _known()[0])


def find(text: Text) -> list[Certificate]:
    """The certificates in a text. A short form such as "CPA" counts only where it stands in capitals."""
    names, _, longest = _known()
    first_words = _first_words()
    forms = text.singulars
    found: list[Certificate] = []
    position = 0
    while position < len(forms):
        if forms[position] not in first_words:
            position += 1
            continue
        for length in range(min(longest, len(forms) - position), 0, -1):
            hit = names.get(tuple(forms[position : position + length]))
            if hit is None:
                continue
            name, capitals, plus = hit
            raw = text.text[text.starts[position] : text.ends[position + length - 1]]
            if plus and not raw.endswith("+"):  # "Security+" is a certificate, "security" is not
                continue
            if (
                capitals
                and raw != name
                and not any(character.isupper() for character in raw[:2] if character.isalpha())
            ):
                continue
            if (
                capitals
                and raw != name
                and len(raw) <= 5
                and raw.replace(".", "").isalpha()
                and not raw.replace(".", "").isupper()
            ):
                continue
            start, end = text.starts[position], text.ends[position + length - 1]
            around = _line_around(text.text, start, end)
            found.append(Certificate(name, position, position + length - 1, not _PURSUED.search(around)))
            position += length - 1
            break
        position += 1
    return found


def canonical(name: str) -> str | None:
    """The known certificate of this name, or None."""
    hit = _known()[0].get(_forms(name))
    return hit[0] if hit else None


def includes(held: str, wanted: str) -> bool:
    """Whether holding one certificate means holding another, as Black Belt does Green Belt."""
    if held == wanted:
        return True
    return any(includes(name, wanted) for name in _known()[1].get(held, ()))


def asks_for_one(line: str) -> bool:
    """Whether a line of a job description speaks of a certificate, licence or registration."""
    return bool(_CUE.search(line))


def _forms(name: str) -> tuple[str, ...]:
    return tuple(singular(word) for word in split(name))


def _line_around(text: str, start: int, end: int) -> str:
    begin = max(text.rfind("\n", 0, start), start - 40) + 1
    stop = text.find("\n", end)
    return text[begin : min(len(text) if stop < 0 else stop, end + 40)]
