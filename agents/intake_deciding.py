"""What an intake agent does next: pure rules over the gaps, where the talk stands, and what was just heard.

How words read is said by a model or by rule; what follows is decided here and nowhere else, so that no wording of an
answer, and no whim of a model, can write what was not asked for, or ask for ever:

- only fields among the gaps are written, each to its own type (answers.record holds that once more);
- what may have been misheard is read back, and written as accepted only on a yes, or when it is said again;
- one question at a time, in the order of the gaps, none that has an answer already;
- "skip" settles a question at once; what was not understood is asked again twice at most, then it is left to the form;
- a correction of what was written takes its place;
- silence gets a gentle check, the question again, an offer to end, and then the end; distress, abuse and the wish to
  stop end the talk at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from agents.intake_moves import Act, Because, Decision, Found, Heard, Progress, Reading, Write
from intake.schemas import Gap
from intake.states import AnswerState
from interviews.states import EndReason

# How often one question may be talked about, or past, before the agent goes on; the form is there for the rest.
MOST_TRIES = 3
# How often the candidate may ask something back at one question.
MOST_ASIDES = 4


def left(gaps: Sequence[Gap], answered: Collection[str], progress: Progress) -> list[Gap]:
    """The gaps that are still to be asked for, in order."""
    waiting = {one.field for one in progress.heard}
    return [gap for gap in gaps if gap.field not in answered and gap.field not in {*waiting, *progress.parked}]


def ask_next(gaps: Sequence[Gap], answered: Collection[str], progress: Progress) -> Decision:
    """Begin, or go on in a new room: read back what waits for a yes, or ask the next question."""
    return _Taking(gaps, answered, progress).onward(Because.BEGINNING)


def decide(
    gaps: Sequence[Gap], answered: Collection[str], progress: Progress, reading: Reading, *, turn: int = 0
) -> Decision:
    """What follows from the candidate's last words, which stand in turn number `turn`.

    `answered` are the fields that have an accepted or a skipped answer now. Raises ValueError where the talk is over.
    """
    if progress.is_over:
        raise ValueError("the talk is over")
    taking = _Taking(gaps, answered, progress.model_copy(update={"silences": 0, "offered_end": False}), turn)
    if reading.distress:
        return taking.end(EndReason.DISTRESS, Because.DISTRESS, flag="distress")
    if reading.abuse:
        return taking.end(EndReason.ABUSE, Because.ABUSE, flag="abuse")
    return taking.take(reading)


def after_silence(gaps: Sequence[Gap], answered: Collection[str], progress: Progress) -> Decision:
    """What follows when nothing was said for a while. Raises ValueError where the talk is over."""
    if progress.is_over:
        raise ValueError("the talk is over")
    silences = progress.silences + 1
    progress = progress.model_copy(update={"silences": silences, "offered_end": silences == 3})
    taking = _Taking(gaps, answered, progress)
    if silences >= 4:
        return taking.end(EndReason.LEFT_EMPTY, Because.NOBODY_THERE)
    if silences == 3:
        return taking.decision(Act.OFFER_END, Because.SILENT)
    if silences == 2:
        return taking.again(Because.SILENT)
    return taking.decision(Act.CHECK, Because.SILENT)


class _Taking:
    """One decision while it is made: what is to be written, and where the talk comes to stand."""

    def __init__(self, gaps: Sequence[Gap], answered: Collection[str], progress: Progress, turn: int = 0) -> None:
        self.gaps = gaps
        self.by_field: Mapping[str, Gap] = {gap.field: gap for gap in gaps}
        self.answered = set(answered)
        self.turn = turn
        self.writes: list[Write] = []
        # A gap may have gone since: a resume that was read meanwhile has filled it.
        heard = [one for one in progress.heard if one.field in self.by_field]
        confirming = progress.is_confirming and heard == progress.heard and bool(heard)
        field = progress.field if progress.field in self.by_field else ""
        self.progress = progress.model_copy(update={"heard": heard, "is_confirming": confirming, "field": field})
        # What was talked about when the words came: tries and asides are counted for it.
        self.before = self.subject

    # --- what was said
    def take(self, reading: Reading) -> Decision:
        found = {one.field: one for one in reading.found if one.field in self.by_field}
        wrote = bool(found)
        because = Because.NOTED
        if self.progress.is_confirming:
            told = self._confirm(reading, found)
            wrote, because = (wrote or told is not None), told or because
        elif reading.skips and self.progress.field and self.progress.field not in found:
            self._skip(self.progress.field)
            wrote, because = True, Because.SKIPPED
        for one in found.values():
            self._hear(one)
        if reading.wants_to_end:
            is_all = not self._waiting() and not left(self.gaps, self.answered, self.progress)
            return self.end(EndReason.FINISHED if is_all else EndReason.BY_PERSON, Because.WANTS_TO_END)
        if wrote:
            is_open = self.before and self.subject == self.before and self.before not in found
            if is_open and because is Because.NOTED and (self.progress.is_confirming or not self.progress.heard):
                return self.again(Because.NOTED)  # they told something else
            return self.onward(because)
        return self._nothing_for_it(reading)

    def _nothing_for_it(self, reading: Reading) -> Decision:
        if not self.subject:
            return self.onward(Because.NOTED)
        if reading.asks or reading.thinks:
            asides = self.progress.asides + 1
            if asides > MOST_ASIDES:
                return self._park()
            self._now(asides=asides)
            act, because = (Act.ANSWER, Because.ASKED_BACK) if reading.asks else (Act.WAIT, Because.THINKING)
            return self.decision(act, because)
        return self._stay(Because.NOT_UNDERSTOOD, reading)

    def _stay(self, because: Because, reading: Reading) -> Decision:
        """The same question again, but not for ever."""
        tries = self.progress.tries + 1
        if tries >= MOST_TRIES:
            return self._park()
        self._now(tries=tries)
        return self.again(because, problem=reading.problem)

    def _park(self) -> Decision:
        """Leave what is talked about to the form."""
        subject = self.subject
        heard = [one for one in self.progress.heard if one.field != subject]
        self._now(heard=heard, parked=[*self.progress.parked, subject])
        return self.onward(Because.LEFT)

    def _confirm(self, reading: Reading, found: dict[str, Found]) -> Because | None:
        """What the words say to the value that was read back; None where they say nothing to it."""
        first, *others = self.progress.heard
        again = found.get(first.field)
        if again is not None:
            if again.value == first.value or again.value in first.alternatives:
                del found[first.field]
                self._accept(first.model_copy(update={"value": again.value}))
                return Because.NOTED
            return Because.UNSURE  # another value: it takes the place of the first one, in `_hear`
        if reading.skips:
            self._now(heard=others, is_confirming=False)
            self._skip(first.field)
            return Because.SKIPPED
        if reading.agrees is True:
            if len(first.alternatives) > 1:
                # Yes to which one? The likeliest is read back alone.
                self._now(heard=[first.model_copy(update={"alternatives": []}), *others], is_confirming=False)
                return Because.UNSURE
            self._accept(first)
            return Because.NOTED
        if reading.agrees is False:
            tries = self.progress.tries + 1
            if first.field not in self.answered:
                self.writes.append(
                    Write(first.field, first.value, AnswerState.REJECTED, first.quote, first.turn or self.turn)
                )
            parked = [first.field] if tries >= MOST_TRIES else []
            self._now(heard=others, is_confirming=False, tries=tries, parked=[*self.progress.parked, *parked])
            if not parked:
                self.answered.discard(first.field)
                self._now(field=first.field)
            return Because.LEFT if parked else Because.WRONG
        return None

    def _hear(self, one: Found) -> None:
        """Write a value, or put it among those that wait for a yes."""
        parked = [field for field in self.progress.parked if field != one.field]
        waiting = next((place for place, old in enumerate(self.progress.heard) if old.field == one.field), None)
        if one.is_sure:
            heard = [old for old in self.progress.heard if old.field != one.field]
            self._now(heard=heard, parked=parked, is_confirming=self.progress.is_confirming and waiting != 0)
            self._accept(Heard(field=one.field, value=one.value, quote=one.quote, turn=self.turn))
            return
        new = Heard(
            field=one.field,
            value=one.value,
            alternatives=list(one.alternatives),
            quote=one.quote,
            turn=self.turn,
        )
        heard = list(self.progress.heard)
        if waiting is None:
            heard.append(new)
        else:
            heard[waiting] = new
        confirming = self.progress.is_confirming and waiting != 0
        tries = self.progress.tries + 1 if waiting == 0 else self.progress.tries
        self._now(heard=heard, parked=parked, is_confirming=confirming, tries=tries)
        if one.field not in self.answered:
            # Kept as not confirmed: it stands on the page, and is there if the talk breaks off here.
            self.writes.append(Write(one.field, one.value, AnswerState.PROPOSED, one.quote, self.turn))

    def _accept(self, one: Heard) -> None:
        self.writes.append(Write(one.field, one.value, AnswerState.ACCEPTED, one.quote, one.turn or self.turn))
        self.answered.add(one.field)
        heard = [old for old in self.progress.heard if old.field != one.field]
        confirming = self.progress.is_confirming and bool(heard) and heard[0] == self.progress.heard[0]
        self._now(heard=heard, is_confirming=confirming, last=one.field)

    def _skip(self, field: str) -> None:
        if field not in self.answered:
            self.writes.append(Write(field, None, AnswerState.SKIPPED, "", self.turn))
            self.answered.add(field)

    # --- what comes next
    @property
    def subject(self) -> str:
        """The field that is talked about right now."""
        if self.progress.is_confirming:
            return self.progress.heard[0].field
        field = self.progress.field
        return field if field not in self.answered and field not in self._waiting() else ""

    def _waiting(self) -> set[str]:
        return {one.field for one in self.progress.heard}

    def onward(self, because: Because) -> Decision:
        """Read back what waits for a yes; else the next question; else the end."""
        if self.progress.heard:
            first = self.progress.heard[0]
            if first.field != self.before:
                self._now(tries=0, asides=0)
            if self.progress.tries >= MOST_TRIES:
                self._now(tries=0, heard=self.progress.heard[1:], parked=[*self.progress.parked, first.field])
                return self.onward(Because.LEFT)
            unheard = self.progress.model_copy(update={"is_confirming": False})
            self._now(is_confirming=True, field="")
            return self._made(Act.CONFIRM, because, unheard, self.by_field[first.field], first)
        remaining = left(self.gaps, self.answered, self.progress)
        if not remaining:
            return self.end(EndReason.FINISHED, because)
        # What was just said to be wrong is asked for again before anything else.
        gap = next((gap for gap in remaining if gap.field == self.progress.field), remaining[0])
        if gap.field != self.before:
            self._now(tries=0, asides=0)
        unheard = self.progress.model_copy(update={"field": "", "is_confirming": False})
        self._now(field=gap.field, is_confirming=False)
        return self._made(Act.ASK, because, unheard, gap, None)

    def again(self, because: Because, *, problem: str = "") -> Decision:
        """The open question, or the value that was read back, once more."""
        if not self.subject:
            return self.onward(because)
        heard = self.progress.heard[0] if self.progress.is_confirming else None
        act = Act.CONFIRM if heard is not None else Act.AGAIN
        return self._made(act, because, self.progress, self.by_field[self.subject], heard, problem)

    def decision(self, act: Act, because: Because) -> Decision:
        """A turn that leaves the question open."""
        heard = self.progress.heard[0] if self.progress.is_confirming else None
        gap = self.by_field.get(self.subject)
        return self._made(act, because, self.progress, gap, heard)

    def end(self, reason: EndReason, because: Because, *, flag: Literal["", "distress", "abuse"] = "") -> Decision:
        """The talk stops here. What waits for a yes stays as it is, for the review page."""
        self._now(field="", is_confirming=False, offered_end=False, is_over=True, end_reason=reason)
        return self._made(Act.END, because, self.progress, None, None, flag=flag)

    def _now(self, **changes: Any) -> None:
        self.progress = self.progress.model_copy(update=changes)

    def _made(
        self,
        act: Act,
        because: Because,
        unheard: Progress,
        gap: Gap | None,
        heard: Heard | None,
        problem: str = "",
        flag: Literal["", "distress", "abuse"] = "",
    ) -> Decision:
        return Decision(
            act, because, self.progress, unheard, gap, heard, tuple(self.writes), problem=problem, flag=flag
        )
