"""A transcript ready to be judged: personal marks and orders to a model taken out, and the way back from a quote.

The same words under another name are the same text, byte for byte (candidates.blinding).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol

from typing_extensions import TypeVar

from candidates import blinding, evidence, injection, material
from candidates.evidence import Segments, Source, Sources, whole_values
from candidates.states import QuoteStatus, RedFlag
from interviews.models import Room, Turn


class Said(Protocol):
    """What one side said at once: a turn in a room, or a message of a practice session."""

    @property
    def number(self) -> int: ...
    @property
    def speaker(self) -> str: ...
    @property
    def text(self) -> str: ...


# Either of the two; a bound of `Said` alone is asked of Turn before its fields are known to the type checker.
SaidT = TypeVar("SaidT", bound=Turn | Said, default=Turn)


@dataclass(frozen=True, slots=True)
class Held:
    """What became of a quote: verified with the words as they were said and their turn, or why not."""

    status: QuoteStatus
    quote: str | None = None
    turn: int | None = None
    reason: str = ""

    @property
    def stands(self) -> bool:
        return self.status is QuoteStatus.VERIFIED


@dataclass(frozen=True, slots=True)
class Order:
    """Words in a turn that are meant for a model."""

    turn: int
    quote: str
    why: str


@dataclass(frozen=True)
class Spoken(Generic[SaidT]):
    """Turns as a model sees them, by number, and how they lie on what was said."""

    turns: Mapping[int, SaidT]
    texts: dict[int, str]
    segments: dict[int, Segments]

    def said(self, numbers: Collection[int]) -> list[dict[str, Any]]:
        """These turns as data for a question, in order."""
        return [
            {"turn": number, "speaker": self.turns[number].speaker, "text": self.texts[number]}
            for number in sorted(numbers)
        ]

    def check(self, quote: str | None, *, among: Collection[int], question: Sequence[str] = ()) -> Held:
        """Look for a quote in these turns alone; the first that holds it counts.

        `question` holds words that were asked, which prove nothing when they are said back. A whole short turn, or a
        whole sentence of one, may be quoted although it is short.
        """
        sources = [
            Source(str(number), self.texts[number], whole_values(_pieces(self.texts[number])))
            for number in sorted(among)
        ]
        found = Sources(sources, question).check(quote)
        found = evidence.as_original(found, {str(number): self.segments[number] for number in among})
        if found.place is None:
            return Held(found.status, reason=found.reason.replace("the source", "what was said"))
        number = int(found.place.source)
        words = self.turns[number].text[found.place.start : found.place.end]
        return Held(QuoteStatus.VERIFIED, words, number)


def _pieces(text: str) -> list[str]:
    """A turn and its sentences, with and without their last mark."""
    whole = text.strip()
    pieces = [whole, *(piece.strip() for piece in whole.replace("!", ".").replace("?", ".").split("."))]
    return [form for piece in pieces for form in (piece, piece.rstrip(".!?,; "))]


def name_in(room: Room) -> blinding.Name:
    """The name to take out of a room's words: of its candidate, in the profile and as the room has it."""
    known = [room.candidate.name if room.candidate is not None else None, room.candidate_name]
    return blinding.Name.of(" ".join(dict.fromkeys(name.strip() for name in known if name and name.strip())))


def blinded(turns: Sequence[SaidT], *, name: blinding.Name) -> Spoken[SaidT]:
    """The turns with personal marks and orders to a model taken out; nothing is left out or shortened."""
    texts: dict[int, str] = {}
    segments: dict[int, Segments] = {}
    for turn in turns:
        edited = blinding.blind(turn.text, name=name, withheld=tuple(material.withheld(turn.text)))
        texts[turn.number] = edited.text
        segments[turn.number] = edited.segments
    return Spoken({turn.number: turn for turn in turns}, texts, segments)


def orders_in(turns: Sequence[Said]) -> list[Order]:
    """What was said to a model instead of a person, one for each turn that holds any, in order."""
    found = []
    for turn in turns:
        suspicions = [one for one in injection.find(turn.text) if one.code == RedFlag.PROMPT_INJECTION]
        if suspicions:
            start, end = material.withheld(turn.text)[0]
            found.append(Order(turn.number, turn.text[start:end], suspicions[0].why))
    return found
