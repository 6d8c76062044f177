"""A session's words as a model sees them, and what was counted in them.

Names, contacts and orders to a model are taken out before anything is judged (interviews.spoken); a quote is led back
to the words as they were said. Only the trainee's own messages are evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from candidates import blinding, material
from coaching.models import Message, Session
from coaching.schemas import Measured, Quote
from coaching.states import Side
from interviews import spoken
from interviews.asking import questions_in
from interviews.languages import count_words, language_of
from interviews.spoken import Spoken

# One call judges so many characters at most, a longer message goes alone: of more at once, models skim.
MOST_CHARACTERS = 16_000

# Words that make a claim smaller, by language.
_HEDGES = {
    "en": r"\bi (?:just )?(?:think|guess|suppose|feel like)\b|\bmaybe\b|\bperhaps\b|\bprobably\b|\bpossibly\b"
    r"|\bsomehow\b|\b(?:kind|sort) of\b|\ba (?:little )?bit\b|\bi(?:'m| am) (?:not (?:really |quite )?sure|no expert)\b"
    r"|\bi would say\b|\bhopefully\b|\bi(?:'ll| will)? try to\b|\bor something\b|\bmore or less\b"
    r"|\bi(?:'m| am)? sorry\b",
    "de": r"\bich (?:glaube|denke|finde|vermute|würde sagen)\b|\bvielleicht\b|\beventuell\b|\bwahrscheinlich\b"
    r"|\bmöglicherweise\b|\bein bisschen\b|\birgendwie\b|\beigentlich\b|\bhoffentlich\b|\boder so\b",
    "fr": r"\bje (?:pense|crois|suppose|dirais)\b|\bpeut-être\b|\bprobablement\b|\bun peu\b|\bquelque part\b"
    r"|\bplus ou moins\b",
    "es": r"\b(?:yo )?(?:creo|pienso|supongo|diría)\b|\bquizás?\b|\btal vez\b|\bprobablemente\b|\bun poco\b"
    r"|\bmás o menos\b",
}
_HEDGE = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _HEDGES.items()}
_FIGURE = re.compile(r"(?<![\w.])[$€£]?\d[\d.,]*\s?(?:%|k\b|m\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a session."""

    number: int
    speaker: Literal["trainee", "coach"]
    text: str


@dataclass(frozen=True)
class Heard:
    """A session, ready to be judged: its lines, the same without marks and orders, and how many orders there were."""

    lines: Sequence[Line]
    spoken: Spoken[Line]
    preparation: dict[str, str]
    orders: int

    @property
    def trainees(self) -> list[Line]:
        return [line for line in self.lines if line.speaker == "trainee"]

    def words(self, lines: Sequence[Line] | None = None) -> int:
        """Words of the trainee's in these lines (all by default), orders to a model left out."""
        chosen = self.lines if lines is None else lines
        return sum(
            count_words(self.spoken.texts[line.number].replace("[withheld]", " "))
            for line in chosen
            if line.speaker == "trainee"
        )

    def quoted(self, quote: str | None, lines: Sequence[Line]) -> tuple[Quote | None, str]:
        """(the quote as the trainee said it in these lines, "") or (None, why it does not stand)."""
        held = self.spoken.check(
            quote,
            among=[line.number for line in lines if line.speaker == "trainee"],
            question=[line.text for line in lines if line.speaker == "coach"],
        )
        if held.quote is None or held.turn is None:
            return None, held.reason
        return Quote(message=held.turn, quote=held.quote), ""


def heard(session: Session) -> Heard:
    """Everything that was said in a session, from the database."""
    messages = Message.objects.filter(session=session).order_by("number").values_list("number", "side", "text")
    lines = [
        Line(number, "trainee" if side == Side.TRAINEE else "coach", text)
        for number, side, text in messages
        if text.strip()
    ]
    name = blinding.Name.of(session.user.name)

    def clean(text: str) -> str:
        return blinding.blind(text, name=name, withheld=tuple(material.withheld(text))).text

    return Heard(
        lines=lines,
        spoken=spoken.blinded(lines, name=name),
        preparation={
            "type": session.preparation_type,
            "subtype": clean(session.meeting_subtype),
            "agenda": clean(session.agenda),
            "tone": clean(session.tone),
            "role_context": clean(session.role_context),
        },
        orders=len(spoken.orders_in([line for line in lines if line.speaker == "trainee"])),
    )


def stretches(heard: Heard) -> Iterator[list[Line]]:
    """Cut a session into stretches that fit one call each, all holding something of the trainee's.

    A stretch begins with what the coach said, so that no answer stands without its question.
    """
    stretch: list[Line] = []
    size = 0
    for position, line in enumerate(heard.lines):
        length = len(heard.spoken.texts[line.number])
        answer = heard.lines[position + 1] if position + 1 < len(heard.lines) else None
        # What the coach asks is cut off together with its answer.
        wanted = length + (len(heard.spoken.texts[answer.number]) if answer and line.speaker == "coach" else 0)
        may_cut = line.speaker == "coach" or (bool(stretch) and stretch[-1].speaker == "trainee")
        if may_cut and size + wanted > MOST_CHARACTERS and any(one.speaker == "trainee" for one in stretch):
            yield stretch
            stretch, size = [], 0
        stretch.append(line)
        size += length
    if any(one.speaker == "trainee" for one in stretch):
        yield stretch


def measured(heard: Heard) -> Measured:
    """What can be counted in the trainee's words, in the language that they are in."""
    texts = [line.text for line in heard.trainees]
    joined = "\n".join(texts)
    language = language_of(joined)
    plain = joined.replace("’", "'")
    words = sum(count_words(text) for text in texts)
    all_words = sum(count_words(line.text) for line in heard.lines)
    asked = [question for text in texts for question in questions_in(text, language)]
    fillers = len(language.filler.findall(plain))
    hedges = len(_HEDGE[language.code].findall(plain))

    def per_hundred(count: int) -> float:
        return round(100 * count / words, 2) if words else 0.0

    return Measured(
        turns=len(texts),
        words=words,
        words_per_turn=round(words / len(texts), 1) if texts else 0.0,
        fillers=fillers,
        filler_rate=per_hundred(fillers),
        hedges=hedges,
        hedge_rate=per_hundred(hedges),
        questions=len(asked),
        open_questions=sum(question.is_open for question in asked),
        figures=len(_FIGURE.findall(joined)),
        talk_share=round(words / all_words, 4) if all_words else 0.0,
    )
