"""What a candidate said becomes what is known: merged once, in one transaction, with everything that follows from it.

The candidate's word wins over whatever stood there. Each field that takes another value is a change with its source and
can be undone alone; `undo` takes back all of them. Nothing that the candidate has not accepted is merged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import links
from accounts.models import Link, User
from candidates import pipeline, profiles
from candidates.models import Assessment, Candidate, Change, Document
from candidates.states import ChangeSource, Source
from intake import answers, copies, events, lifecycle, notices, talking
from intake.entering import PURPOSE
from intake.errors import WrongState
from intake.models import Answer, Intake
from intake.states import AnswerState, IntakeState, NoticeKind, Step
from interviews.states import EndReason
from llm import client

_ACTOR = "The candidate"
_FIELDS = tuple(name for name in profiles.EDITABLE if name != "job")
_SCORES = ("algo_score", "ai_score", "combined_score", "tier")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a merge did. `is_first` is False where an earlier call had done it, and this one changed nothing.

    `fields` took another value, by `changes` (ids of Change). `score_before` and `score_after` hold algo_score,
    ai_score, combined_score and tier at that moment; a judgement by a model follows later.
    """

    fields: list[str] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    score_before: dict[str, Any] = field(default_factory=dict)
    score_after: dict[str, Any] = field(default_factory=dict)
    is_first: bool = True


def complete(intake: Intake) -> Outcome:
    """End a round: its accepted answers become the profile. Twice, or many at once, is once. `intake` is refreshed.

    In one transaction: the snapshot (Candidate.original_data), the values with their history, the columns of
    enrichment, the scores, the states of round and candidate, the end of links and conversation, the notices, and the
    candidate's copy. Holds for a link that has run out in the meantime too: whoever was let in may finish. Raises
    WrongState where the round was withdrawn or never begun, and candidates' Gone where the candidate was deleted.
    """
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.state == IntakeState.COMPLETED:
            intake.refresh_from_db()
            return outcome_of(row)
        if row.state != IntakeState.IN_PROGRESS:
            raise WrongState(f"An intake that is “{row.get_state_display()}” can't be completed.")
        # The worker that reads the resume has the candidate rated where it sees that this round has ended; else this
        # merge sees that it was read, and does so. Without the lock neither may see the other. Before the candidate's,
        # as the worker takes them.
        resume = row.document_id
        document = Document.objects.select_for_update(no_key=True).get(pk=resume) if resume is not None else None
        candidate = row.candidate
        profiles.lock(candidate)
        done = _merge(row, candidate, document)
        lifecycle.transition(
            row, IntakeState.COMPLETED, step=Step.DONE, completed_at=timezone.now(), progress={}, outcome=done
        )
        _note_enrichment(candidate)
        talking.close_room(row, reason=EndReason.FINISHED)
        for link in Link.objects.of(purpose=PURPOSE, subject_id=candidate.pk).filter(closed_at=None)[:1]:
            links.close(link)
        notices.make(row, NoticeKind.INTAKE_COMPLETED)
        copies.order(row)
    intake.refresh_from_db()
    return outcome_of(intake, is_first=True)


def outcome_of(intake: Intake, *, is_first: bool = False) -> Outcome:
    """What a completed round's merge did."""
    told = intake.outcome
    return Outcome(
        fields=told.get("fields", []),
        changes=told.get("changes", []),
        score_before=told.get("score_before", {}),
        score_after=told.get("score_after", {}),
        is_first=is_first,
    )


def undo(intake: Intake, *, actor: User | None, actor_label: str = "") -> list[Change]:
    """Take a whole merge back; return the changes that this made. Twice is once.

    A field that somebody has changed again since keeps its later value. What the candidate said stays with the round,
    and the resume with the candidate. Raises WrongState where nothing was merged.
    """
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.state != IntakeState.COMPLETED:
            raise WrongState("Nothing of this intake was merged yet.")
        candidate = row.candidate
        profiles.lock(candidate, also_deleted=True)
        undone: list[Change] = []
        if not is_undone(row):
            undone = profiles.undo_all(
                list(Change.objects.filter(pk__in=row.outcome["changes"], candidate=candidate)),
                candidate=candidate,
                actor=actor,
                actor_label=actor_label,
            )
            row.outcome |= {"undone_at": timezone.now().isoformat(), "undone_by": str(actor or actor_label)}
            row.revision += 1
            row.save(update_fields=["outcome", "revision"])
            _note_enrichment(candidate)
            events.announce_round(row)
    intake.refresh_from_db()
    return undone


def undo_one(intake: Intake, change_id: int, *, actor: User | None, actor_label: str = "") -> Change:
    """Take one change of a merge back; return the change that this made.

    Raises WrongState for a change that is none of this round, and profiles.NotUndoable where it was undone before or
    the field has changed again since.
    """
    with transaction.atomic():
        row = answers.locked(intake.pk)
        candidate = row.candidate
        profiles.lock(candidate, also_deleted=True)
        change = Change.objects.filter(pk=change_id, candidate=candidate).first()
        if change is None or change_id not in row.outcome.get("changes", []):
            raise WrongState("This change is not one of this intake.")
        undone = profiles.undo(change, actor, actor_label=actor_label)
        candidate.refresh_from_db()
        _note_enrichment(candidate)
        events.announce_round(row)
    return undone


def is_undone(intake: Intake) -> bool:
    """Whether the round's merge was taken back as a whole."""
    return "undone_at" in intake.outcome


def _merge(row: Intake, candidate: Candidate, document: Document | None) -> dict[str, Any]:
    """Write what was accepted, and bring the scores along; return what `Intake.outcome` keeps of it."""
    accepted = {name: one for name, one in answers.current(row).items() if one.state == AnswerState.ACCEPTED}
    snapshot = _snapshot(candidate)
    judged_before = _assessments(candidate)
    changes = profiles.write(candidate, _profile(accepted), source=ChangeSource.INTAKE, actor=None, actor_label=_ACTOR)
    # What the job asks beyond the profile has its own place, whatever name a rubric gives it: no answer reaches a
    # score, a status or any other column of the candidate.
    changes += profiles.write_columns(
        candidate,
        {name: one.value for name, one in accepted.items() if name not in _FIELDS},
        source=ChangeSource.INTAKE,
        actor=None,
        actor_label=_ACTOR,
    )
    brought = document is not None and document.state == Document.State.READ
    if changes and candidate.original_data is None:
        candidate.original_data = snapshot
        candidate.save(update_fields=["original_data"])
    if changes or brought:
        profiles.bring_scores_along(candidate, {change.field for change in changes})
    if brought and client.is_configured():
        # The resume is a text that no judgement has seen yet, even where it changed no field.
        pipeline.queue_scores(candidates=Candidate.objects.filter(pk=candidate.pk))
    return {
        "fields": [change.field.removeprefix(profiles.COLUMN) for change in changes],
        "changes": [change.pk for change in changes],
        "score_before": snapshot["scores"],
        "score_after": _scores(candidate),
        "assessments_before": judged_before,
        "assessments_after": _assessments(candidate),
        "source_before": snapshot["source"],
    }


def _profile(accepted: dict[str, Answer]) -> dict[str, Any]:
    """The accepted values of the profile's own fields, checked once more by the rules of the profile."""
    return profiles.validated({name: one.value for name, one in accepted.items() if name in _FIELDS})


def _note_enrichment(candidate: Candidate) -> None:
    """Write to a locked candidate what its merges add up to: that it was enriched, when, in which fields.

    Computed from the rounds, so that an undone one, or an undone change of one, leaves what the others gave. What was
    known before any of them stays in original_data for as long as one stands.
    """
    rounds = Intake.objects.filter(candidate=candidate, state=IntakeState.COMPLETED).order_by("completed_at", "id")
    merged = [one for one in rounds if one.outcome.get("changes")]
    undone = set(Change.objects.filter(candidate=candidate, undoes__isnull=False).values_list("undoes", flat=True))
    given = {
        one.pk: [name for name, pk in zip(*_told(one), strict=True) if pk not in undone]
        for one in merged
        if not is_undone(one)
    }
    standing = [one for one in merged if given.get(one.pk)]
    if standing:
        candidate.enrichment_fields = list(dict.fromkeys(name for one in standing for name in given[one.pk]))
        candidate.enrichment_date = standing[-1].completed_at
        candidate.source = Source.VOICE_ENRICHED
    elif merged:
        candidate.enrichment_fields = []
        candidate.enrichment_date = None
        candidate.original_data = None
        candidate.source = merged[0].outcome["source_before"]
    else:
        return
    candidate.has_enrichment_data = bool(standing)
    candidate.updated_at = timezone.now()
    candidate.save(
        update_fields=[
            *("has_enrichment_data", "enrichment_date", "enrichment_fields", "original_data"),
            *("source", "updated_at"),
        ]
    )


def _told(intake: Intake) -> tuple[list[str], list[int]]:
    """The fields that a merge changed, and the changes by which it did, in the same order."""
    return intake.outcome["fields"], intake.outcome["changes"]


def _snapshot(candidate: Candidate) -> dict[str, Any]:
    """What is known now, as JSON: the profile's fields by their names, and beside them what they came with."""
    return {
        **{name: profiles.stored(getattr(candidate, name)) for name in _FIELDS},
        "other_columns": candidate.other_columns,
        "source": candidate.source,
        "scores": _scores(candidate),
    }


def _scores(candidate: Candidate) -> dict[str, Any]:
    return {name: getattr(candidate, name) for name in _SCORES}


def _assessments(candidate: Candidate) -> dict[str, int]:
    """The current assessments, by kind: what moved a score is told by comparing them with later ones."""
    current = Assessment.objects.filter(candidate=candidate, is_current=True)
    return dict(current.values_list("kind", "id"))
