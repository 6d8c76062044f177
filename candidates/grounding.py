"""What an answer may rest on: numbered passages of one person's texts, and how an answer's citations are held to them.

A model never writes a quote. It cites a passage by its id, `[p12]`, and code puts in the words that stand there: a
quote can't be invented, misremembered or made to fit. What code can tell of the rest it tells: figures in an answer
that no cited passage holds are named as unsupported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from candidates.matching.words import Text
from llm.client import count_tokens


@dataclass(frozen=True)
class Passage:
    """A stretch of a source: its words, and where they stand, for people (`where`) and as a path (`path`)."""

    id: str  # "p1", "p2", …: what a model cites
    text: str
    where: str  # "Work · Head of Data, Example Energy"
    path: str  # "work[0].highlights[1]"; "line 12" in Markdown
    # Belongs to every question: who this is, and the heads of sections, which tell what the others are about.
    is_head: bool = False
    # Which text of several it stands in, e.g. "resume.pdf"; shown with a quote.
    source: str = ""

    @cached_property
    def stems(self) -> frozenset[str]:
        return stems_of(f"{self.where} {self.text}")

    @cached_property
    def tokens(self) -> int:
        """About how many tokens it takes in a question."""
        return count_tokens(self.text) + count_tokens(self.where) + 12

    def as_data(self) -> dict[str, str]:
        """As a model is given it."""
        where = f"{self.source}: {self.where}" if self.source else self.where
        return {"id": self.id, "where": where, "text": self.text}


@dataclass(frozen=True)
class Grounds:
    """All that may be told about one person: whose it is, and the passages in their order."""

    about: str
    passages: tuple[Passage, ...]

    @cached_property
    def by_id(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.passages}

    @cached_property
    def tokens(self) -> int:
        return sum(passage.tokens for passage in self.passages)

    def chosen(self, questions: Sequence[str], *, tokens: int) -> list[Passage]:
        """The passages to send with a question, in their order, `tokens` of them at most.

        All where they fit. Else the heads, then those that share most words with the questions (the newest last: it
        counts double, and rare words count more), then what stands first.
        """
        if self.tokens <= tokens:
            return list(self.passages)
        wanted = [stems_of(question) for question in questions]
        frequency: dict[str, int] = {}
        for passage in self.passages:
            for stem in passage.stems:
                frequency[stem] = frequency.get(stem, 0) + 1

        def worth(position: int) -> tuple[bool, float, int]:
            passage = self.passages[position]
            score = 0.0
            for place, stems in enumerate(wanted):
                shared = sum(1 / frequency[stem] for stem in passage.stems & stems)
                score += shared * (2 if place == len(wanted) - 1 else 1)
            return not passage.is_head, -score, position

        taken: set[int] = set()
        left = tokens
        for position in sorted(range(len(self.passages)), key=worth):
            cost = self.passages[position].tokens
            if cost <= left:
                taken.add(position)
                left -= cost
        return [self.passages[position] for position in sorted(taken)]


_DULL = frozenset(
    """
    a about an and any are as at be been by can did do does for from had has have he her his how i in is it its me of on
    or she tell that the their them they this to was were what when where which who why will with you your
    """.split()  # noqa: SIM905 - fifty literals are no easier to read
)


def stems_of(text: str) -> frozenset[str]:
    """The stems of a text's words that carry meaning."""
    read = Text("", text)
    return frozenset(stem for word, stem in zip(read.words, read.stems, strict=True) if word not in _DULL)


# A citation: ids alone, "[p3]", "[p3, p12]" or "[p3–p5]". Other brackets are words of the answer.
_CITED = re.compile(r"(\s*)\[\s*[pP]\d{1,5}(?:\s*[,;–-]\s*[pP]\d{1,5})*\s*\]")
_ID = re.compile(r"([–-]?)\s*[pP](\d{1,5})")
# What may still become a citation when more words come.
_BEGUN = re.compile(r"\s*\[[\spP\d,;–-]{0,60}$")
# More passages than a sentence rests on: of a longer range its two ends count.
_LONGEST_RANGE = 10


@dataclass
class Citing:
    """Turns a model's words into words for people while they come: `[p12]` becomes `[1]`, numbered as they appear.

    An id that was not given to the model is left out: nothing stands behind it.
    """

    grounds: Grounds
    allowed: frozenset[str]
    cited: list[Passage] = field(default_factory=list)
    text: str = ""
    raw: str = ""  # as the model wrote it, for the history: it goes on citing by id
    _held: str = ""

    def take(self, words: str) -> str:
        """Take the next words of the model; return those that can be shown now."""
        self.raw += words
        self._held += words
        begun = _BEGUN.search(self._held)
        cut = begun.start() if begun else len(self._held)
        # White space at the end waits: whether it belongs before a citation is not known yet.
        cut = len(self._held[:cut].rstrip()) if begun is None else cut
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._show(ready)

    def end(self) -> str:
        """What was still held back."""
        ready, self._held = self._held, ""
        return self._show(ready).rstrip()

    def _show(self, words: str) -> str:
        shown = _CITED.sub(self._numbered, words)
        if not self.text:
            shown = shown.lstrip()
        self.text += shown
        return shown

    def _numbered(self, found: re.Match[str]) -> str:
        numbers = []
        for one in _ids(found[0]):
            if one not in self.allowed:
                continue
            passage = self.grounds.by_id[one]
            if passage not in self.cited:
                self.cited.append(passage)
            numbers.append(self.cited.index(passage) + 1)
        return found[1] + "".join(f"[{number}]" for number in dict.fromkeys(numbers)) if numbers else ""

    def citations(self) -> list[dict[str, Any]]:
        """Each cited passage with its number, its words as they stand in the source, and where that is."""
        return [
            {
                "number": number,
                "passage": passage.id,
                "quote": passage.text,
                "where": passage.where,
                "path": passage.path,
                "source": passage.source,
            }
            for number, passage in enumerate(self.cited, start=1)
        ]

    def unsupported(self, question: str) -> list[str]:
        """The answer's sentences with a figure that neither a cited passage nor the question holds."""
        known = figures(question)
        for passage in self.cited:
            known |= figures(passage.text) | figures(passage.where) | figures(passage.source)
        return [
            plain
            for sentence in _sentences(self.text)
            if (plain := _NUMBER_OF_QUOTE.sub("", sentence).strip()) and figures(plain) - known
        ]


def _ids(citation: str) -> list[str]:
    """The ids of a citation: "[p3, p7–p9]" names p3, p7, p8 and p9."""
    places: list[int] = []
    for dash, digits in _ID.findall(citation):
        place = int(digits)
        if dash and 0 < place - places[-1] <= _LONGEST_RANGE:
            places += range(places[-1] + 1, place)
        places.append(place)
    return [f"p{place}" for place in places]


_NUMBER_OF_QUOTE = re.compile(r"\s*\[\d+\]")
_FIGURE = re.compile(r"\d[\d.,]*")
_SENTENCE = re.compile(r"(?<=[.!?…])(?:\s*\[\d+\])*\s+(?=[^\s\[a-z])|\n+")


def _sentences(text: str) -> Iterable[str]:
    return (sentence for sentence in _SENTENCE.split(text) if sentence)


def figures(text: str) -> set[str]:
    """The figures in a text, in one form: "1,200", "1200." and "1 200" are apart from "12" and one another's equal."""
    joined = re.sub(r"(?<=\d)[\u00a0\u202f ](?=\d{3}\b)", "", text)
    return {_plain(found) for found in _FIGURE.findall(joined)}


def _plain(figure: str) -> str:
    figure = figure.rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", figure):
        figure = re.sub(r"[.,]", "", figure)
    figure = figure.replace(",", ".")
    return (figure.lstrip("0") or "0") if "." not in figure else figure
