"""The steps of the wizard: which come in which order, how far a candidate may go, and moving on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from candidates.models import Document
from intake import answers, consent, events, filling, gaps
from intake.models import Intake
from intake.schemas import Gap, ProposedValue
from intake.states import OPEN, AnswerState, IntakeState, Step, Via

ORDER = list(Step)
LABELS: dict[str, str | Promise] = {
    Step.CONSENT: gettext_lazy("Consent"),
    Step.RESUME: gettext_lazy("Resume"),
    Step.PROFILE: gettext_lazy("What we know"),
    Step.GAPS: gettext_lazy("Questions"),
    Step.TALK: gettext_lazy("Talk or type"),
    Step.REVIEW: gettext_lazy("Review"),
    Step.DONE: gettext_lazy("Done"),
}
ANSWERED = frozenset({AnswerState.ACCEPTED, AnswerState.SKIPPED})


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as the head of each page shows it; `url` is empty where the candidate can't go (yet)."""

    step: str
    label: str
    state: str  # done, current or ahead
    url: str


def url(intake: Intake, step: str | None = None) -> str:
    """The address of a step, or of the one that the candidate has come to."""
    return reverse(f"intake:{step or standing(intake)}", args=[intake.candidate_id])


def standing(intake: Intake) -> str:
    """The step at which the candidate goes on."""
    if intake.state == IntakeState.COMPLETED:
        return Step.DONE
    return Step(intake.step) if consent.is_given(intake) else Step.CONSENT


def may_open(intake: Intake, step: str) -> bool:
    """Whether the candidate has come this far. Back is always open, until the round is completed."""
    if intake.state not in OPEN or step == Step.DONE:
        return step == standing(intake)
    return ORDER.index(Step(step)) <= ORDER.index(Step(standing(intake)))


def stages(intake: Intake, current: str) -> list[Stage]:
    """All steps, for the head of a page that is the step `current`."""
    furthest = ORDER.index(Step(standing(intake)))
    found = []
    for place, step in enumerate(ORDER):
        state = "current" if step == current else "done" if place < furthest else "ahead"
        is_open = step != current and may_open(intake, step)
        found.append(Stage(step, str(LABELS[step]), state, url(intake, step) if is_open else ""))
    return found


def advance(intake: Intake, *, past: str) -> str:
    """The candidate is done with a step: let the next one be open, and return where to go."""
    step = ORDER[ORDER.index(Step(past)) + 1]
    if past == Step.GAPS and not still_open(intake):
        # Nothing is left to ask for, so there is nothing to talk about.
        step = Step.REVIEW
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.state in OPEN and ORDER.index(Step(row.step)) < ORDER.index(step):
            row.step = step
            row.revision += 1
            row.save(update_fields=["step", "revision"])
            events.announce_round(row)
    intake.refresh_from_db()
    return url(intake, step)


def gaps_of(intake: Intake) -> list[Gap]:
    """What is asked for in this round."""
    return [Gap.model_validate(gap) for gap in intake.gaps]


def asked_for(intake: Intake) -> list[Gap]:
    """What is or will be asked for; writes nothing, also where the candidate has not come yet."""
    if intake.gaps or intake.document_id is not None:
        return gaps_of(intake)
    read = intake.candidate.documents.filter(state=Document.State.READ).order_by("id")
    return gaps.of(intake.candidate, job=intake.job, documents=list(read), language=intake.language)


def still_open(intake: Intake) -> list[Gap]:
    """The gaps that were neither answered nor skipped."""
    given = answers.current(intake)
    return [gap for gap in gaps_of(intake) if gap.field not in given or given[gap.field].state not in ANSWERED]


def has_begun(intake: Intake) -> None:
    """Fix what is asked for, where nobody has yet. Asks no model: that is done for a resume, by a worker."""
    if intake.state in OPEN and not intake.gaps and intake.document_id is None:
        filling.fill(intake)


def is_being_read(intake: Intake) -> bool:
    """Whether a resume was handed in that nobody has read and used yet."""
    return intake.document_id is not None and intake.filled_from != intake.document_id


def speak(intake: Intake, language: str) -> None:
    """Go on in another language: its questions are put anew, its answers stay."""
    if language not in dict(settings.LANGUAGES) or language == intake.language:
        return
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.state not in OPEN:
            return
        row.language = language
        if row.gaps:
            row.gaps = _gaps_anew(row)
        row.revision += 1
        row.save(update_fields=["language", "gaps", "revision"])
        events.announce_round(row)
    intake.refresh_from_db()


def _gaps_anew(row: Intake) -> list[dict[str, Any]]:
    """The same gaps, worded in the round's language. One that is found no more stays in the words it had."""
    proposals = [
        ProposedValue(field=name, value=answer.value, quote=answer.quote)
        for name, answer in answers.current(row).items()
        if answer.via == Via.RESUME and answer.state in (AnswerState.PROPOSED, AnswerState.ACCEPTED)
    ]
    read = row.candidate.documents.filter(state=Document.State.READ).order_by("id")
    found = {
        gap.field: gap.model_dump(mode="json")
        for gap in gaps.of(row.candidate, job=row.job, documents=list(read), proposals=proposals, language=row.language)
    }
    return [found.get(gap["field"], gap) for gap in row.gaps]
