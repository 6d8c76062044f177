"""Reading, as far as rules can: passages of a text, the words that matter in them, and how well they fit a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

# A passage ends at a line's end (unless the next one goes on in lower case), or at a sentence's: a mark, then white
# space, then a capital, digit, quote or bullet.
_END = re.compile(r"\n\s*\n|\n(?!\s*[a-z])|(?<=[.!?;])\s+(?=[A-Z0-9\"“'•(\[-])")
_WORD = re.compile(r"[a-z0-9][a-z0-9+#]*")
_LEADING = re.compile(r"^[\s•*–—·▪>#-]+")
_DULL = frozenset(
    """
    a about above after all also an and any are as at be been being between both but by can could did do does doing
    for from had has have having he her his how i if in into is it its may me more most my no nor not of off on one
    only or other our out over own per she should so some such than that the their them then there these they this
    those through to under up very was we were what when where which while who whom will with would you your etc via
    within without candidate candidates experience experienced stated states text says work worked working strong
    good great well least
    """.split()  # noqa: SIM905 - a list of 150 literals is no easier to read
)
_ENDINGS = (
    "isations",
    "izations",
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ies",
    "ers",
    "er",
    "ed",
    "es",
    "s",
)
MINIMUM_LETTERS = 12


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its commonest English ending, so that "managed" meets "managing"."""
    if len(word) > 4 and word.isalpha():
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word


def words(text: str) -> frozenset[str]:
    """The stems of a text's words that carry meaning."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _DULL)


@dataclass(frozen=True)
class Passage:
    """A stretch of a source, word for word as it stands there."""

    source: str
    text: str

    @cached_property
    def words(self) -> frozenset[str]:
        return words(self.text)

    @cached_property
    def has_figure(self) -> bool:
        return any(character.isdigit() for character in self.text)


def passages(texts: Mapping[str, str]) -> list[Passage]:
    """The sentences and lines of several texts, in order, none longer than about two sentences."""
    found = []
    for source, text in texts.items():
        for piece in _END.split(text):
            piece = _LEADING.sub("", piece).strip()
            if len(piece) > 300:
                cut = piece.rfind(" ", 0, 300)
                piece = piece[: cut if cut > 100 else 300]
            if sum(map(str.isalnum, piece)) >= MINIMUM_LETTERS:
                found.append(Passage(source, piece))
    return found


def fit(passage: Passage, wanted: frozenset[str]) -> float:
    """How well a passage speaks to what is wanted: shared stems, rarer ones (longer words) counting more."""
    shared = passage.words & wanted
    if not shared:
        return 0.0
    return sum(1.5 if len(word) > 5 else 1.0 for word in shared) + (0.25 if passage.has_figure else 0.0)


def best(candidates: Iterable[Passage], wanted: frozenset[str]) -> tuple[Passage | None, float]:
    """The passage that fits best and how well; the earlier one of two alike."""
    chosen, highest = None, 0.0
    for passage in candidates:
        score = fit(passage, wanted)
        if score > highest:
            chosen, highest = passage, score
    return chosen, highest


def texts_in(data: Any, name: str = "text") -> Iterator[tuple[str, str]]:
    """(name, text) of every longer text in JSON data, wherever it stands."""
    if isinstance(data, str):
        if len(data) >= MINIMUM_LETTERS and " " in data:
            yield name, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from texts_in(value, f"{name}.{key}" if name != "text" else str(key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from texts_in(value, f"{name}.{position}")


def shortened(text: str, limit: int = 120) -> str:
    """A text as one line of at most `limit` characters, cut between words."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line.rstrip(".;,")
    return line[: line.rfind(" ", 0, limit)].rstrip(".;,") + "…"
