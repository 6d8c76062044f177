"""Whether the words that a model quotes really stand in a source, and where.

A quote is compared after folding both sides: compatibility decomposition (NFKD with marks in canonical order), one
space for any run of white space, one form of each quotation mark and dash, invisible characters dropped. Case counts. A
folded text remembers where each of its characters came from, so a match is given as offsets in the original.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from candidates.states import QuoteStatus

# Fewer letters and digits than this can stand in any text by chance: "the team", "I led".
MINIMUM_LETTERS = 10
# From so many words on, a quote that the question itself contains is taken as copied from the question.
COPIED_WORDS = 8

_SAME = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛`´′ʼ＇", "'"),
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    }
)
_DULL = re.compile(r"""[ '"`.…,;:!?()\[\]{}*•·-]+""")
_PLAIN = re.compile(r"(?!.*  )[\x20-\x5f\x61-\x7e]*")  # already folded: ASCII, no backtick, single spaces
_ASCII_CHANGES = re.compile(r"[\x00-\x20\x7f]+|`")
_WORD = re.compile(r"[^\W_]+")
# Tokens that stand for what was removed (candidates.blinding); they are no evidence.
TOKEN = re.compile(r"\[[a-z]+\]")


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of the source called `source`."""

    source: str
    start: int
    end: int


@dataclass(frozen=True)
class Folded:
    """A text in folded form. Folded character i stands for original characters `starts[i]` to `ends[i]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original offsets of the folded characters `start` to `end` (not empty)."""
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Fold `text` for comparison; see the module's docstring for what folding does."""
    if _PLAIN.fullmatch(text):
        return Folded(text, range(len(text)), range(1, len(text) + 1))
    if text.isascii():
        return _fold_ascii(text)
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    marks: list[tuple[int, str, int]] = []

    def settle() -> None:
        # Marks after one letter can be stored in any order and mean the same: put them in canonical order.
        marks.sort(key=lambda mark: mark[0])
        for _, mark, position in marks:
            characters.append(mark)
            starts.append(position)
            ends.append(position + 1)
        marks.clear()

    for position, original in enumerate(text):
        for character in unicodedata.normalize("NFKD", original.translate(_SAME)).translate(_SAME):
            if rank := unicodedata.combining(character):
                marks.append((rank, character, position))
                continue
            if marks:
                settle()
            category = unicodedata.category(character)
            if character.isspace() or category == "Cc":
                if characters and characters[-1] == " ":
                    ends[-1] = position + 1
                    continue
                character = " "
            elif category == "Cf":
                continue  # zero-width, soft hyphen, direction marks: nothing to see
            characters.append(character)
            starts.append(position)
            ends.append(position + 1)
    settle()
    return Folded("".join(characters), starts, ends)


def _fold_ascii(text: str) -> Folded:
    """The same as `fold` for ASCII, about ten times as fast: only white space and backticks change."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _ASCII_CHANGES.finditer(text):
        start, end = match.span()
        parts.append(text[done:start])
        starts.extend(range(done, start + 1))
        ends.extend(range(done + 1, start + 1))
        parts.append("'" if text[start] == "`" else " ")
        ends.append(end)
        done = end
    parts.append(text[done:])
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return Folded("".join(parts), starts, ends)


@dataclass(frozen=True)
class Source:
    """A text that quotes may come from.

    `whole` holds values that may be quoted alone although they are short (a skill of a list). `forbidden` holds the
    offsets of passages that count as no evidence, such as orders to a model.
    """

    name: str
    text: str
    whole: frozenset[str] = frozenset()
    forbidden: tuple[tuple[int, int], ...] = ()

    @cached_property
    def folded(self) -> Folded:
        return fold(self.text)

    @cached_property
    def words(self) -> str:
        """The words alone, in lower case, with one space before, between and behind them."""
        return f" {_searchable(self.text)} "


@dataclass(frozen=True, slots=True)
class Check:
    """What became of a quote: its status, where it stands if it does, and why not if it does not."""

    status: QuoteStatus
    place: Place | None = None
    reason: str = ""


@dataclass(frozen=True)
class Sources:
    """All texts that one answer may quote, and the texts of the question, which it may not."""

    sources: Sequence[Source]
    question: Sequence[str] = ()
    _question: list[str] = field(init=False, default_factory=list, compare=False)

    def __post_init__(self) -> None:
        self._question.extend(_searchable(text) for text in self.question)

    def check(self, quote: str | None) -> Check:
        """Look for `quote` in the sources; the first source that holds it counts."""
        if quote is None or not (wanted := fold(quote).text.strip()):
            return Check(QuoteStatus.NOT_GIVEN, reason="No quote was given.")
        # Models wrap quotes in marks and end them with dots; neither is part of the words.
        wanted = _DULL.sub("", wanted[:1]) + wanted[1:] if len(wanted) > 1 else wanted
        wanted = wanted.strip(" \"'…").removesuffix("...").strip()
        letters = sum(len(word) for word in _WORD.findall(TOKEN.sub(" ", wanted)))
        if not letters:
            return Check(QuoteStatus.UNSUPPORTED, reason="The quote has no words.")
        if len(_WORD.findall(wanted)) >= COPIED_WORDS and any(_searchable(wanted) in text for text in self._question):
            return Check(QuoteStatus.UNSUPPORTED, reason="The quote is copied from the question.")
        short = False
        forbidden = False
        for source in self.sources:
            for start, end in _occurrences(source.folded, wanted):
                if letters < MINIMUM_LETTERS and wanted not in source.whole:
                    short = True
                    break
                if any(start < stop and begin < end for begin, stop in source.forbidden):
                    forbidden = True
                    continue
                return Check(QuoteStatus.VERIFIED, Place(source.name, start, end))
        if forbidden:
            return Check(QuoteStatus.UNSUPPORTED, reason="The quote is part of instructions meant for a model.")
        if short:
            return Check(QuoteStatus.UNSUPPORTED, reason="The quote is too short to prove anything.")
        return Check(QuoteStatus.UNSUPPORTED, reason="The quote does not stand in the source.")


def _occurrences(folded: Folded, wanted: str) -> Iterable[tuple[int, int]]:
    """Original offsets of each occurrence of `wanted` that does not begin or end inside a word."""
    position = folded.text.find(wanted)
    while position >= 0:
        end = position + len(wanted)
        if not (
            (position and folded.text[position - 1].isalnum() and wanted[0].isalnum())
            or (end < len(folded.text) and folded.text[end].isalnum() and wanted[-1].isalnum())
        ):
            yield folded.span(position, end)
        position = folded.text.find(wanted, position + 1)


def _searchable(text: str) -> str:
    return " ".join(_WORD.findall(fold(text).text.casefold()))


def whole_values(values: Iterable[object]) -> frozenset[str]:
    """The folded forms of short values that may be quoted alone."""
    return frozenset(fold(str(value)).text.strip() for value in values if value not in (None, ""))


@dataclass(frozen=True)
class Segments:
    """How an edited text lies on its original: pieces kept as they are, and tokens put in place of others.

    Piece i covers edited characters from `edited[i]` on and original characters `originals[i]`; `kept[i]` tells whether
    its characters correspond one to one.
    """

    edited: list[int] = field(default_factory=list)
    originals: list[tuple[int, int]] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)

    def add(self, at: int, start: int, end: int, *, kept: bool) -> None:
        self.edited.append(at)
        self.originals.append((start, end))
        self.kept.append(kept)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original offsets of the edited characters `start` to `end` (not empty)."""
        return self._at(start)[0], self._at(end - 1)[1]

    def _at(self, position: int) -> tuple[int, int]:
        piece = bisect_right(self.edited, position) - 1
        start, end = self.originals[piece]
        if not self.kept[piece]:
            return start, end
        offset = start + position - self.edited[piece]
        return offset, offset + 1


def as_original(check: Check, segments: Mapping[str, Segments]) -> Check:
    """The same check with its place given in the original text instead of the edited one."""
    if check.place is None or check.place.source not in segments:
        return check
    start, end = segments[check.place.source].original(check.place.start, check.place.end)
    return Check(check.status, Place(check.place.source, start, end), check.reason)
