"""How a candidate's words read to an intake: the shape of a model's answer, what of it is believed, and plain rules.

The values come from `intake.answers.understand`, which reads numbers, addresses and dates in three languages without a
model. A model tells which words belong to which field, where rules can only look for cues; a value that it gives and
that the rules do not read out of the same words is never taken without the candidate's yes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents import reading
from agents.intake_cues import cut
from agents.intake_moves import Found, Progress, Reading
from agents.intake_signals import SIGNALS, Signals
from intake import answers
from intake.answers import Fields, Understood
from intake.errors import UnknownField, WrongValue
from intake.schemas import Gap
from interviews.states import Medium

# Heard as sound these are misheard most easily, and a wrong one does the most harm.
_ALWAYS_CONFIRMED = frozenset({"email", "phone", "url", "number"})
# Who answers these in a whole sentence may have meant something else by it.
_SHORT = frozenset({"name", "location", "current_role", "current_company"})
MOST_WORDS = 6
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


class Update(BaseModel):
    """One call of update_candidate_profile."""

    model_config = ConfigDict(extra="forbid")

    field_name: str
    field_value: bool | float | str | list[str] = Field(description="Of the field's type")
    quote: str = Field(description="The words of the candidate that say it, verbatim")


class IntakeTurn(BaseModel):
    """One turn of the intake agent: what the last words tell, and an answer to what was asked. The order matters."""

    model_config = ConfigDict(extra="forbid")

    update_candidate_profile: list[Update] = Field(description="Every value that the words tell for one of the fields")
    agrees: Literal["yes", "no", "neither"] = Field(description="To the value that was read back; else neither")
    skips: bool = Field(description="Does not want to answer the open question")
    asks: bool = Field(description="Asks something instead of answering")
    thinks: bool = Field(description="Asks for time, greets, or thinks aloud")
    wants_to_end: bool = Field(description="Wants to stop the conversation now")
    distress: bool = Field(description="Is in distress: crying, in panic, speaks of harming themselves")
    abuse: bool = Field(description="Insults, threatens or harasses")
    quote: str = Field(description="Where one of the last three is true: the words that show it, verbatim; else empty")
    say: str = Field(description="Where `asks` is true: the answer; else empty")


BEFORE_SAY = frozenset(IntakeTurn.model_fields) - {"say"}


@dataclass(frozen=True, slots=True)
class Heard:
    """The words that are to be read, and what they were said to."""

    words: str
    gaps: Sequence[Gap]
    progress: Progress
    language: str
    medium: Medium

    @property
    def fields(self) -> Mapping[str, Gap]:
        return {gap.field: gap for gap in self.gaps}

    @property
    def open(self) -> Gap | None:
        """The gap that was asked for, or whose value was read back."""
        progress = self.progress
        name = progress.heard[0].field if progress.is_confirming and progress.heard else progress.field
        return self.fields.get(name)


def must_confirm(gap: Gap, understood: Understood, medium: Medium) -> bool:
    """Whether the candidate has to say yes before this is written as their answer."""
    if understood.needs_confirmation or len(understood.alternatives) > 1:
        return True
    if gap.field in _SHORT and len(str(understood.value).split()) > MOST_WORDS:
        return True
    if medium != Medium.VOICE:
        return False
    return gap.type in _ALWAYS_CONFIRMED or (isinstance(understood.value, str) and bool(_YEAR.search(understood.value)))


# --- what a model says -----------------------------------------------------------------------------------------------
def update_candidate_profile(heard: Heard, field_name: str, field_value: Any, *, quote: str) -> Found:
    """The one thing that a model can do: tell a value of a field that is asked for, with the words that say it.

    Raises UnknownField or WrongValue with a message that the model can act on.
    """
    gap = Fields(gaps=heard.fields, is_correcting=False).spec(field_name, "chat")
    if gap.type == "string_list" and isinstance(field_value, str):
        field_value = [field_value]
    value = answers.typed(gap, field_value)
    said = _quoted(quote, heard.words)
    if not said:
        raise WrongValue(f"{field_name}: the quote does not stand in what was said. Copy the words exactly.")
    if gap.type == "boolean" and gap != heard.open and _is_bare_answer(said, heard.language):
        raise WrongValue(f"{field_name}: a mere yes or no answers the open question alone. Quote what tells it.")
    understood = answers.understand(gap, said, language=heard.language)
    if understood.value is None and gap.type in ("string", "string_list") and _is_bare_answer(said, heard.language):
        raise WrongValue(f"{field_name}: a mere yes or no is no value of it. Leave it out: the program asks again.")
    if _points(gap, understood, value, said):
        value = understood.value
    if understood.value != value and value not in understood.alternatives:
        # Rules do not read it there, or read something else: both are put to the candidate.
        other = [] if understood.value is None else [understood.value]
        understood = Understood(value, needs_confirmation=True, alternatives=(value, *other) if other else ())
    sure = not must_confirm(gap, understood, heard.medium)
    return Found(gap.field, value, sure, understood.alternatives, said)


def _points(gap: Gap, understood: Understood, value: Any, said: str) -> bool:
    """Whether a model gave words as the value ("the resume is right") that point to one that is known."""
    is_known = any(understood.value == one["value"] for one in gap.known)
    return is_known and isinstance(value, str) and value.strip(" .!").casefold() == said.strip(" .!").casefold()


def _is_bare_answer(said: str, language: str) -> bool:
    """Whether words are a yes or a no and nothing else: to what, only the open question can tell."""
    signals = SIGNALS.get(language[:2], SIGNALS["en"])
    return signals.agreement.fullmatch(said) is not None


def believed(answer: dict[str, Any], heard: Heard) -> tuple[Reading, str, list[dict[str, str]]]:
    """What of a model's answer counts; the words that show why to stop; and the refusals, for the model to act on.

    Raises pydantic.ValidationError where the part before `say` is not of the agreed shape. A claim of abuse or of the
    wish to stop needs words that stand in the turn; distress counts even so.
    """
    said = IntakeTurn.model_validate({**answer, "say": ""})
    found: list[Found] = []
    refused: list[dict[str, str]] = []
    for update in said.update_candidate_profile:
        try:
            found.append(update_candidate_profile(heard, update.field_name, update.field_value, quote=update.quote))
        except (UnknownField, WrongValue) as error:
            refused.append({"field_name": update.field_name[:100], "message": error.message})
    quote = _quoted(said.quote, heard.words)
    read = Reading(
        found=tuple(found),
        agrees={"yes": True, "no": False}.get(said.agrees),
        skips=said.skips,
        asks=said.asks,
        thinks=said.thinks,
        wants_to_end=said.wants_to_end and bool(quote),
        distress=said.distress,
        abuse=said.abuse and bool(quote),
        problem=_problem(heard) if not found else "",
    )
    return read, quote or heard.words[: reading.LONGEST_QUOTE], refused


def _quoted(quote: str, words: str) -> str:
    """`quote` as it stands in the words, whatever its case and marks, else an empty string. "8" is a quote too."""
    parts = re.findall(r"\w+", quote)
    if not parts:
        return ""
    found = re.search(r"(?<!\w)[+]?" + r"\W+".join(map(re.escape, parts)) + r"(?!\w)", words, re.IGNORECASE)
    return found[0][:1_000] if found else ""


# --- by rule, where there is no model --------------------------------------------------------------------------------
def by_rules(heard: Heard) -> tuple[Reading, str]:
    """Read the candidate's words without a model; return the reading and the words that show why to stop."""
    words = heard.words.strip()
    signals = SIGNALS.get(heard.language[:2], SIGNALS["en"])
    harm, quote = reading.by_rules(words)
    if harm.distress or harm.abuse:
        return Reading(distress=harm.distress, abuse=harm.abuse), quote
    if not words:
        return Reading(thinks=True), ""
    if found := signals.stops.search(words):
        before = words[: found.start()].strip(" ,.;")
        told = _found(heard, before) if before and not signals.is_talk(before) else ()
        return Reading(found=told, wants_to_end=True), found[0][: reading.LONGEST_QUOTE]
    if answers.declines(words, language=heard.language):
        return Reading(skips=True), ""
    if signals.thinks.search(words) or signals.greets.fullmatch(words):
        return Reading(thinks=True), ""
    if heard.progress.is_confirming and heard.open is not None:
        return _to_what_was_read_back(heard, heard.open, words, signals), ""
    if corrected := _correction(heard, words, signals):
        return Reading(found=corrected), ""
    told = _found(heard, words)
    asks = words.endswith("?") and not any(one.is_sure for one in told)
    return Reading(found=() if asks else told, asks=asks, problem="" if told else _problem(heard)), ""


def _to_what_was_read_back(heard: Heard, gap: Gap, words: str, signals: Signals) -> Reading:
    first = heard.progress.heard[0]
    if len(first.alternatives) > 1:
        if signals.first.search(words):
            return Reading(found=(Found(gap.field, first.alternatives[0], True, quote=words),))
        if signals.second.search(words):
            return Reading(found=(Found(gap.field, first.alternatives[1], True, quote=words),))
    head = signals.agreement.match(words)
    rest = words[head.end() :].strip(" ,.;:!-–") if head else words
    if rest and (lead := signals.corrects.match(rest)):
        rest = rest[lead.end() :].strip(" ,.;:!-–")
    agrees = answers.yes_or_no(head[0] if head else words, language=heard.language)
    if gap.type == "boolean":
        # "No" to "you have founded a company, is that right?" says that it was heard wrong.
        return Reading(agrees=agrees, asks=agrees is None and words.endswith("?"))
    if not rest or signals.is_talk(rest):
        return Reading(agrees=agrees)
    head_words, segments = cut(rest, heard.gaps)
    told = [one for name, said in segments if (one := _one(heard, heard.fields[name], said))]
    if agrees is True:
        return Reading(found=tuple(told), agrees=True)
    if head_words and agrees is None and words.endswith("?"):
        return Reading(asks=True)
    if (
        head_words
        and (agrees is False or _fits_alone(gap, head_words, heard))
        and (again := _one(heard, gap, head_words))
    ):
        told.insert(0, again)
    return Reading(found=tuple(told), agrees=agrees if not any(one.field == gap.field for one in told) else None)


def _fits_alone(gap: Gap, words: str, heard: Heard) -> bool:
    """Whether words that agree to nothing are surely another value: "2018", not "what do you mean"."""
    return gap.type not in ("string", "string_list") or len(words.split()) <= 6


def _correction(heard: Heard, words: str, signals: Signals) -> tuple[Found, ...]:
    """ "No, 2018", "sorry, I meant Lisbon": about what was written last, unless it answers the open question."""
    last = heard.fields.get(heard.progress.last)
    if last is None:
        return ()
    marked = signals.corrects.match(words)
    denied = signals.denies.match(words)
    if marked is None and denied is None:
        return ()
    rest = words
    for _ in range(2):  # "no, sorry, 2018"
        if lead := signals.denies.match(rest) or signals.corrects.match(rest):
            rest = rest[lead.end() :].strip(" ,.;:!-–")
    if not rest or signals.is_talk(rest):
        return ()
    head, segments = cut(rest, heard.gaps)
    told = [one for name, said in segments if (one := _one(heard, heard.fields[name], said))]
    is_typed = last.type not in ("string", "string_list", "boolean")
    open_one = heard.open
    if not told and open_one is not None and not is_typed:
        if open_one.type == "boolean":
            return ()
        if open_one.type not in ("string", "string_list") and _one(heard, open_one, head):
            return ()
    if not told and head and (one := _one(heard, last, head)):
        told = [one]
    return tuple(told)


def _found(heard: Heard, words: str) -> tuple[Found, ...]:
    """What the words tell: to the open question before the first cue of another field, and to each field by its cue."""
    head, segments = cut(words, heard.gaps)
    gap = heard.open
    told = {name: one for name, said in segments if (one := _one(heard, heard.fields[name], said))}
    if gap is not None and gap.field not in told:
        # Cues may stand in an answer too: "I work for Acme" to the question of the company has no head.
        rest = head if segments else words
        if rest and (one := _one(heard, gap, rest)):
            told = {gap.field: one, **told}
    return tuple(told.values())


def _one(heard: Heard, gap: Gap, said: str) -> Found | None:
    understood = answers.understand(gap, said, language=heard.language)
    if understood.value is None:
        return None
    sure = not must_confirm(gap, understood, heard.medium)
    return Found(gap.field, understood.value, sure, understood.alternatives, said[:1_000])


def _problem(heard: Heard) -> str:
    """Why there is no value for the open question, in the candidate's language."""
    if heard.open is None:
        return ""
    return answers.understand(heard.open, heard.words, language=heard.language).problem
