"""What is held of a candidate: handed out to them, asked to be erased, and erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import Storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Link
from candidates import profiles
from candidates.models import Assessment, Candidate, Change, Document, Import, Work
from candidates.profiles.merging import MERGED
from candidates.states import ChangeSource
from intake import answers, events, notices, talking
from intake.entering import PURPOSE
from intake.models import Answer, Intake
from intake.states import NoticeKind
from interviews import rooms
from interviews.links import PURPOSE as INTERVIEW_PURPOSE
from interviews.models import Analysis, Interview, Prebrief, Room, Turn
from interviews.states import EndReason
from llm.models import CachedAnswer

_FIELDS = tuple(name for name in profiles.EDITABLE if name != "job")
NOT_INCLUDED = gettext_noop(
    "Notes and preparations of the people who decide are theirs and not in this file; neither are interviews for "
    "training, in which nobody spoke with you. Ask the hiring team for what you miss."
)


def held(candidate: Candidate) -> dict[str, Any]:
    """Everything that is known of a candidate, where it came from and what was made of it, as JSON.

    People of the hiring team are not named. `intake.readable` makes a page of it.
    """
    return {
        "made_at": timezone.now().isoformat(),
        "profile": {name: profiles.stored(getattr(candidate, name)) for name in _FIELDS},
        "beyond_the_profile": candidate.other_columns,
        "positions": candidate.positions,
        "applied_for": candidate.job.title if candidate.job else None,
        "came_by": candidate.get_source_display(),
        "free_text": candidate.source_text,
        "known_since": candidate.created_at.isoformat(),
        "changed_at": candidate.updated_at.isoformat(),
        "before_intake": candidate.original_data,
        "documents": [_document(one) for one in candidate.documents.order_by("created_at")],
        "history": [_change(one) for one in candidate.changes.order_by("id")],
        "rounds": [_round(one) for one in candidate.intakes.order_by("created_at", "id")],
        "interviews": [_interview(one) for one in _interviews(candidate)],
        "conversations": [_turns(one) for one in _other_rooms(candidate)],
        "scores": {
            **{name: getattr(candidate, name) for name in ("algo_score", "ai_score", "combined_score", "tier")},
            "red_flags": candidate.red_flags,
            "interview_score": candidate.interview_score,
            "recommendation": candidate.recommendation,
            "assessments": [_assessment(one) for one in candidate.assessments.order_by("id")],
        },
        "links": [_link(one) for one in _links(candidate)],
        "not_included": NOT_INCLUDED,
    }


def _document(one: Document) -> dict[str, Any]:
    return {
        "filename": one.filename,
        "type": one.content_type,
        "bytes": one.size,
        "sha256": one.sha256,
        "state": one.state,
        "reason": one.reason,
        "text": one.text,
        "unseen_text": one.hidden,
        "warnings": [warning["text"] for warning in one.warnings],
        "received_at": one.created_at.isoformat(),
        "sent_by": "hiring team" if one.uploaded_by_id else "you, or an import",
    }


def _change(one: Change) -> dict[str, Any]:
    by_candidate = one.source == ChangeSource.INTAKE
    by_person = one.actor_id is not None
    return {
        "field": one.field,
        "old": one.old,
        "new": one.new,
        "came_by": one.get_source_display(),
        "by": "you" if by_candidate else "hiring team" if by_person else "software",
        "at": one.created_at.isoformat(),
    }


def _round(one: Intake) -> dict[str, Any]:
    return {
        "state": one.state,
        "language": one.language,
        "consent": {
            "version": one.consent_version,
            "text": one.consent_text,
            "given_at": one.consented_at.isoformat() if one.consented_at else None,
        },
        "asked": [{"field": gap["field"], "question": gap["question"], "why": gap["why"]} for gap in one.gaps],
        "answers": [_answer(answer) for answer in one.answers.order_by("id")],
        "conversations": [_turns(room) for room in talking.rooms_of(one)],
        "marks": one.flags,
        "invited_at": one.invited_at.isoformat() if one.invited_at else None,
        "started_at": one.started_at.isoformat() if one.started_at else None,
        "completed_at": one.completed_at.isoformat() if one.completed_at else None,
    }


def _answer(one: Answer) -> dict[str, Any]:
    return {
        "field": one.field,
        "value": one.value,
        "via": one.via,
        "state": one.state,
        "quote": one.quote,
        "counts": one.is_current,
        "at": one.created_at.isoformat(),
    }


def _interview(one: Interview) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "status": one.status,
        "consent": [
            {"version": given.version, "text": given.statements, "given_at": given.given_at.isoformat()}
            for given in one.consents.order_by("id")
        ],
        "marks": one.flags,
        "decisions": [
            {"recommendation": word.recommendation, "reason": word.reason, "at": word.created_at.isoformat()}
            for word in one.decisions.order_by("id")
        ],
        "analyses": [analysis.result for analysis in Analysis.objects.filter(room=one.room).order_by("id")],
        **_turns(one.room),
    }


def _turns(room: Room) -> dict[str, Any]:
    return {
        "began_at": (room.started_at or room.created_at).isoformat(),
        "ended_at": room.ended_at.isoformat() if room.ended_at else None,
        "said": [
            {"speaker": turn.speaker, "by_ai": turn.by_agent, "text": turn.text, "at": turn.started_at.isoformat()}
            for turn in room.turns.order_by("number")
        ],
    }


def _assessment(one: Assessment) -> dict[str, Any]:
    criteria = [
        {name: item.get(name) for name in ("label", "weight", "level", "points", "max_points", "quote", "explanation")}
        for item in one.criteria
    ]
    return {
        "made_by": one.get_kind_display(),
        "score": one.score,
        "criteria": criteria,
        "summary": one.summary,
        "pros": one.pros,
        "cons": one.cons,
        "notes": one.notes,
        "is_current": one.is_current,
        "at": one.created_at.isoformat(),
    }


def _link(one: Link) -> dict[str, Any]:
    return {
        "opens": one.purpose,
        "made_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        "opened_at": one.opened_at.isoformat() if one.opened_at else None,
    }


def _interviews(candidate: Candidate) -> Iterable[Interview]:
    rows = Interview.objects.filter(candidate=candidate, is_training=False)
    return rows.select_related("room").order_by("created_at")


def _other_rooms(candidate: Candidate) -> Iterable[Room]:
    """Meetings with people alone."""
    return Room.objects.filter(candidate=candidate, interview=None).order_by("created_at")


def _links(candidate: Candidate) -> Iterable[Link]:
    interviews = Interview.objects.filter(candidate=candidate).values("pk")
    intake = Link.objects.of(purpose=PURPOSE, subject_id=candidate.pk)
    return (intake | Link.objects.filter(purpose=INTERVIEW_PURPOSE, subject_id__in=interviews)).order_by("created_at")


def ask_erasure(intake: Intake) -> bool:
    """The candidate wants everything erased: recruiters and admins are told. Twice is once; whether this was first.

    Whoever deletes the candidate agrees, and the next purge erases them; nobody did: it does so after
    RETENTION_ERASURE_DAYS. `erasing` and `manage.py purge --candidate` erase at once.
    """
    with transaction.atomic():
        row = answers.locked(intake.pk)
        is_first = row.erasure_asked_at is None
        if is_first:
            row.erasure_asked_at = timezone.now()
            row.save(update_fields=["erasure_asked_at"])
            notices.make(row, NoticeKind.ERASURE_ASKED)
            events.announce_round(row)
    intake.refresh_from_db()
    return is_first


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure removed. All zero where the candidate was gone already."""

    candidates: int = 0
    documents: int = 0
    rooms: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(self.candidates + other.candidates, self.documents + other.documents, self.rooms + other.rooms)


def erase(candidate: Candidate) -> Erased:
    """Remove a candidate and everything that hangs on them, for good: rows in one transaction, files right after it.

    Goes with them: documents and their files, rounds with answers and conversations, interviews with transcripts,
    links, scores, history, notices, answers of models that are kept for re-use, records that were merged into this one,
    and the file of a finished import that brought them. What stays are receipts of money spent, which hold no text.
    """
    with transaction.atomic():
        _hold_still([candidate, *_merged_into(candidate)])
        found = Candidate.objects.select_for_update().filter(pk=candidate.pk).first()
        if found is None:
            return Erased()
        everybody = [found, *_merged_into(found)]
        meetings = list(_rooms_of(everybody))
        documents = list(Document.objects.filter(candidate__in=everybody))
        imports = {one.made_by_import_id for one in everybody if one.made_by_import_id is not None} | set(
            Change.objects.filter(candidate__in=everybody, by_import__isnull=False).values_list("by_import", flat=True)
        )
        _forget_model_answers(everybody, meetings)
        for one in everybody:
            Link.objects.filter(pk__in=[link.pk for link in _links(one)]).delete()
        for room in meetings:
            if not room.is_over:
                rooms.close(room, reason=EndReason.BY_PERSON)  # whoever is in it is put out
        Room.objects.filter(pk__in=[room.pk for room in meetings]).delete()
        Candidate.objects.filter(pk__in=[one.pk for one in everybody]).delete()
        for document in documents:
            _drop_file(document.file.storage, document.file.name)
        for import_ in Import.objects.filter(pk__in=imports, finished_at__isnull=False).exclude(file=""):
            drop_import_file(import_)
    return Erased(len(everybody), len(documents), len(meetings))


def _hold_still(everybody: Sequence[Candidate]) -> None:
    """Lock what others hold when they ask for the candidate's row, in the order in which they take it.

    Whoever merges a round, ends an interview or writes a score goes on to the candidate from there. If the candidate
    were taken first, and those rows with the deletion, both would wait for each other and one of them fail.
    """
    ids = [one.pk for one in everybody]
    met_in = [room.pk for room in _rooms_of(everybody)]
    for rows in (
        Room.objects.filter(pk__in=met_in),
        Interview.objects.filter(candidate__in=ids),
        Intake.objects.filter(candidate__in=ids),
        Document.objects.filter(candidate__in=ids),
        Work.objects.filter(candidate__in=ids),
    ):
        list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))


def drop_import_file(import_: Import) -> None:
    """Remove the stored file of a finished import, at the end of the transaction; its figures stay."""
    storage, name = import_.file.storage, import_.file.name
    Import.objects.filter(pk=import_.pk).update(file="")
    _drop_file(storage, name)


def _drop_file(storage: Storage, name: str | None) -> None:
    """After the commit: a file that is left over harms less than a row whose file is gone."""
    if name:
        transaction.on_commit(lambda: storage.delete(name), robust=True)


def _merged_into(candidate: Candidate) -> list[Candidate]:
    """Deleted records of the same person, whose data were merged into this one."""
    told = Change.objects.filter(candidate=candidate, field=MERGED, new__isnull=False).values_list("new", flat=True)
    ids = [one["candidate"] for one in told if isinstance(one, dict)]
    return list(Candidate.objects.filter(pk__in=ids, deleted_at__isnull=False).exclude(pk=candidate.pk))


def _rooms_of(everybody: Sequence[Candidate]) -> Iterable[Room]:
    talks = [room.pk for intake in Intake.objects.filter(candidate__in=everybody) for room in talking.rooms_of(intake)]
    found = (
        Room.objects.filter(pk__in=talks)
        | Room.objects.filter(candidate__in=everybody)
        | Room.objects.filter(interview__candidate__in=everybody)
        | Room.objects.filter(intake__candidate__in=everybody)
    )
    return found.distinct()


def _forget_model_answers(everybody: Sequence[Candidate], meetings: Sequence[Room]) -> None:
    """Answers of models about these people, which are kept for a while so that nobody pays twice for them."""
    receipts: list[Any] = []
    for assessment in Assessment.objects.filter(candidate__in=everybody):
        receipts += assessment.receipts
    for prebrief in Prebrief.objects.filter(candidate__in=everybody) | Prebrief.objects.filter(room__in=meetings):
        receipts += prebrief.receipts
    for analysis in Analysis.objects.filter(room__in=meetings):
        receipts += analysis.receipts
    receipts += Turn.objects.filter(room__in=meetings, receipt__isnull=False).values_list("receipt", flat=True)
    calls = {one["call_id"] for one in receipts if isinstance(one, dict) and one.get("call_id")}
    CachedAnswer.objects.filter(call__in=calls).delete()
