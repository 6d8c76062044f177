"""Writing answers: only of fields that this intake asks for or lets be corrected, typed, one current one of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from candidates import profiles
from intake import events, questions
from intake.answers.showing import shown
from intake.answers.typed import typed
from intake.errors import IntakeNotFound, UnknownField, WrongState, WrongValue
from intake.models import Answer, Intake
from intake.schemas import Gap
from intake.states import OPEN, AnswerState, Step, Via
from interviews import room_events

# From the page "what we know" on, the form takes corrections of the whole profile; an agent never does.
_CORRECTING = frozenset({Step.PROFILE, Step.GAPS, Step.TALK, Step.REVIEW})
# What the candidate may correct of the profile: all that people may set but the job, which is the recruiter's to say.
CORRECTABLE = frozenset(profiles.EDITABLE) - {"job"}
LONGEST_QUOTE = 1_000


@dataclass(frozen=True, slots=True)
class Fields:
    """What can be written to one intake: its gaps, by field, and whether the form may correct the rest by now."""

    gaps: Mapping[str, Gap]
    is_correcting: bool

    def spec(self, field: str, via: Via | str) -> Gap:
        """What a field takes, for somebody who writes by `via`. Raises UnknownField, naming what can be written."""
        if field in self.gaps:
            return self.gaps[field]
        if field in CORRECTABLE and (via == Via.RESUME or (via == Via.FORM and self.is_correcting)):
            return questions.spec(field)
        if not self.gaps:
            raise UnknownField("Nothing is asked for here any more; no field can be written.")
        raise UnknownField(
            "There is no such field here, and no other can be written. The fields are: " + ", ".join(self.gaps) + "."
        )


def fields_of(intake: Intake) -> Fields:
    """What can be written to an intake as it stands."""
    return Fields(
        gaps={gap.field: gap for gap in map(Gap.model_validate, intake.gaps)},
        is_correcting=intake.step in _CORRECTING,
    )


def current(intake: Intake) -> dict[str, Answer]:
    """The answer that counts of each field, in the order in which they were given."""
    return {answer.field: answer for answer in Answer.objects.filter(intake=intake, is_current=True).order_by("id")}


def locked(intake_id: UUID) -> Intake:
    """The intake with its row locked until the transaction ends. Raises IntakeNotFound.

    The room of its conversation, where there is one, is locked before it: whoever stores a turn holds the room and then
    writes the answer that was in it, and two that take the same locks in the other order would wait on each other.
    """
    room_id = Intake.objects.filter(pk=intake_id).values_list("room_id", flat=True).first()
    if room_id is not None:
        room_events.locked(room_id)
    intake = Intake.objects.select_for_update(no_key=True, of=("self",)).filter(pk=intake_id).first()
    if intake is None:
        raise IntakeNotFound("There is no such intake.")
    return intake


def record(
    intake: Intake,
    *,
    field: str,
    value: Any,
    via: Via | str,
    quote: str = "",
    turn: int | None = None,
    state: AnswerState | str = AnswerState.ACCEPTED,
) -> Answer:
    """Write an answer; it takes the place of the one before. The recruiter's page and the room are told at once.

    `value` is of the field's type (see `typed`); a skipped field has none, and null from a form clears what was known.
    The same answer again is the answer that is there. Raises UnknownField for a field that is neither a gap nor, on the
    form, one to be corrected, WrongValue for a value that the field does not take, and WrongState where the round has
    ended. `intake.revision` is brought up to date.
    """
    with transaction.atomic():
        row = locked(intake.pk)
        if row.state not in OPEN:
            raise WrongState("This round has ended; nothing can be written to it any more.")
        spec = fields_of(row).spec(field, via)
        clean = _clean(spec, value, via=Via(via), state=AnswerState(state))
        before = Answer.objects.filter(intake=row, field=field, is_current=True).first()
        given = Answer(
            intake=row, field=field, value=clean, via=via, state=state, quote=quote[:LONGEST_QUOTE], turn=turn
        )
        if before is not None and _same(before, given):
            intake.revision = row.revision
            return before
        if before is not None:
            Answer.objects.filter(pk=before.pk).update(is_current=False)
        given.save()
        row.revision += 1
        row.save(update_fields=["revision"])
        events.announce(row, given, label=spec.label, shown=shown(spec, clean, language=row.language))
    intake.revision = row.revision
    return given


def _clean(spec: Gap, value: Any, *, via: Via, state: AnswerState) -> Any:
    if state == AnswerState.SKIPPED:
        if value is not None:
            raise WrongValue(f"{spec.field} is skipped, so it takes no value.")
        return None
    if value is None:
        if via == Via.FORM and state == AnswerState.ACCEPTED and spec.field in CORRECTABLE:
            return [] if spec.type == "string_list" else None
        raise WrongValue(f"{spec.field} takes a value; to leave it open, skip it.")
    return typed(spec, value)


def _same(one: Answer, other: Answer) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in ("value", "via", "state", "quote", "turn"))
