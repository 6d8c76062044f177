"""A read resume: its sections as a page shows them, and the same passages as an answer cites them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from candidates.grounding import Grounds, Passage

# A sentence ends at a mark, white space, and something that begins one.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-ÞΑ-ΩА-Я\d\"“(])")
LONGEST_PASSAGE = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a section, such as a job: its first passage is its head."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the resume under one heading."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Resume:
    """A resume that was read and found right. `notes` are hints for its owner: things that look like mistakes."""

    name: str
    headline: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def grounds(self) -> Grounds:
        passages = [one for section in self.sections for entry in section.entries for one in entry.passages]
        return Grounds(self.name, tuple(passages))


@dataclass
class Builder:
    """Collects sections and gives each passage its id."""

    sections: list[Section] = field(default_factory=list)
    _count: int = 0

    def passages(self, text: str, *, where: str, path: str, is_head: bool = False) -> list[Passage]:
        """A text as passages: a short one whole, a longer one by its sentences."""
        made = []
        for piece in [text] if is_head else pieces(text):
            self._count += 1
            made.append(Passage(f"p{self._count}", piece, where, path, is_head))
        return made

    def section(self, title: str, entries: list[list[Passage]]) -> None:
        """Add a section; one without any passage is left out."""
        if kept := tuple(Entry(tuple(entry)) for entry in entries if entry):
            self.sections.append(Section(title, kept))


def pieces(text: str) -> list[str]:
    """A text cut into what can be quoted: lines, and long lines by their sentences."""
    found: list[str] = []
    for line in text.splitlines():
        line = " ".join(line.split())
        if not line:
            continue
        for sentence in _SENTENCE_END.split(line) if len(line) > 160 else [line]:
            while len(sentence) > LONGEST_PASSAGE:
                cut = sentence.rfind(" ", LONGEST_PASSAGE // 2, LONGEST_PASSAGE)
                cut = cut if cut > 0 else LONGEST_PASSAGE
                found.append(sentence[:cut].strip())
                sentence = sentence[cut:].strip()
            if sentence:
                found.append(sentence)
    return found
