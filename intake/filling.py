"""From the candidate's new resume to proposals: what it tells of each field, with the words that tell it.

Nothing is taken without the candidate: proposals stand beside what is known until they are accepted or corrected. The
same rules hold as in candidates.extraction: what the model says needs the right type and a quote that stands in the
text and holds the value, and passages that speak to a model are withheld from it. Without a model, rules find what they
can.

Whether a resume was read and used stands in the round's row: `filled_from` is its document or not. A worker holds the
round while it reads, by a lock that ends with the worker; whoever comes next begins anew, and writes once.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import queueing
from candidates import documents, extraction, rubric
from candidates.answers import Extraction
from candidates.evidence import Source, Sources
from candidates.models import Candidate, Document
from candidates.schemas import ProfileField
from intake import answers, events, gaps, resume_facts
from intake.models import Answer, Intake
from intake.questions import PROFILE
from intake.schemas import Gap, ProposedValue
from intake.states import OPEN, AnswerState, IntakeState, Via
from llm import client
from llm.errors import GreenroomError, LLMError

logger = logging.getLogger(__name__)

# So often a resume may take its reader down with it; then the candidate goes on without what it tells.
MOST_ATTEMPTS = 5
_UNREADABLE = "It could not be read within the limits of memory and time."


@dataclass
class Filled:
    """What came of reading a resume: proposals, notes on what was refused, and the receipts of what was asked."""

    proposals: list[ProposedValue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)


def fill(intake: Intake) -> Filled:
    """Read what `intake.document` tells, propose it, and fix the gaps anew; without a document, only the gaps.

    For a worker: it waits for the reading of the file, where nobody has read it yet, and for a model. Raises
    candidates.documents.ReadersBusy (503) where the file is to be read in a moment. Never call it inside a transaction.
    Twice is once: `intake.filled_from` says which document the proposals rest on, and a round that another worker is at
    is left to that one. An answer that the candidate has given stays as it is, and so does its gap.
    """
    intake.refresh_from_db()
    if intake.document is None:
        filled = Filled()
        _keep(intake, None, filled)
        return filled
    with _alone(intake.pk) as alone:
        if not alone:
            return Filled()
        filled = Filled()
        intake.refresh_from_db()
        while intake.document is not None and intake.state in OPEN and intake.filled_from != intake.document_id:
            document = intake.document
            filled = _fill_from(intake, document)
            intake.refresh_from_db()
            if intake.document_id == document.pk:
                break
            # Another file came meanwhile, and whoever was rung for to read it found us here.
        return filled


def waiting(*, limit: int = 200) -> list[UUID]:
    """Open rounds with a resume that nobody has read and used yet, the oldest first: what the sweep rings for."""
    rows = Intake.objects.filter(state=IntakeState.IN_PROGRESS, document__isnull=False)
    return list(rows.exclude(filled_from=F("document")).order_by("id").values_list("id", flat=True)[:limit])


def _fill_from(intake: Intake, document: Document) -> Filled:
    # Counted before the file is touched: one that kills each of its readers must not be read for ever.
    Intake.objects.filter(pk=intake.pk).update(fill_attempts=F("fill_attempts") + 1)
    filled = Filled()
    if intake.fill_attempts >= MOST_ATTEMPTS:
        logger.warning("the resume of intake %s is done without after %s attempts", intake.pk, intake.fill_attempts)
        unread = Document.objects.filter(pk=document.pk, state=Document.State.RECEIVED)
        unread.update(state=Document.State.REFUSED, reason=_UNREADABLE)
        document.refresh_from_db()
        filled.notes.append("The resume was given up: each attempt to read it ended with its reader.")
    else:
        if document.state == Document.State.RECEIVED:
            try:
                documents.read(document.pk)
            except documents.ReadersBusy:
                # Nobody has begun with it, so nobody can have died of it.
                Intake.objects.filter(pk=intake.pk).update(fill_attempts=F("fill_attempts") - 1)
                raise
            document.refresh_from_db()
        if document.state == Document.State.READ and document.text.strip():
            filled = propose(intake.candidate, document=document, wanted=_wanted(intake))
    _keep(intake, document, filled)
    return filled


@contextlib.contextmanager
def _alone(intake_id: UUID) -> Iterator[bool]:
    """Whether nobody else reads the resume of this round, for the length of the block.

    A lock of the database connection: where the process is killed its connection ends, and the lock with it. So whoever
    takes over does not have to wait for a lease to run out, while a candidate looks at a page that says "reading".
    """
    name = f"filling:{intake_id}"
    is_taken = queueing.take(name)
    try:
        yield is_taken
    finally:
        if is_taken:
            queueing.give_back(name)


def propose(candidate: Candidate, *, document: Document, wanted: Sequence[ProfileField]) -> Filled:
    """What a document that was read tells of these fields. Writes nothing; may wait for a model."""
    name = f"document:{document.pk}"
    sources = [source for source in extraction.texts(candidate, [document]) if source.name == name]
    if not sources:
        return Filled()
    filled = Filled()
    if client.is_configured():
        try:
            return _by_model(wanted, sources)
        except LLMError as error:
            filled.notes.append(f"The resume was read by rules alone: {error.message}")
    known = {one.field_name for one in wanted}
    filled.proposals = [one for one in resume_facts.read(document, sources[0].text) if one.field in known]
    return filled


def _by_model(wanted: Sequence[ProfileField], sources: Sequence[Source]) -> Filled:
    data = {
        "wanted": [one.model_dump(include={"field_name", "field_type", "description"}) for one in wanted],
        "wants_positions": False,
        "sources": {source.name: source.text for source in sources},
    }
    answer, receipt = client.ask_now(extraction.PURPOSE, extraction.PROMPT, data, Extraction)
    filled = Filled(receipts=[receipt.model_dump(mode="json")])
    evidence = Sources(sources)
    open_fields = {one.field_name: one for one in wanted}
    for item in answer.values:
        asked = open_fields.pop(item.field, None)
        if asked is None or item.value in (None, "", []):
            continue
        value, fault = extraction.accepted(asked, item, evidence)
        if fault:
            filled.notes.append(f"{item.field} was not proposed: {fault}")
        if value in (None, []):
            continue
        filled.proposals.append(ProposedValue(field=item.field, value=value, quote=item.quote, source=sources[0].name))
    return filled


def _wanted(intake: Intake) -> list[ProfileField]:
    """All that a resume can tell: the fields of the profile, known ones too, and those that the job asks for beyond."""
    version = rubric.current(intake.job) if intake.job is not None else None
    beyond = [one for one in gaps.wanted_by(version) if one.field_name not in PROFILE]
    return [*extraction.FIELDS.values(), *beyond]


def _keep(intake: Intake, document: Document | None, filled: Filled) -> None:
    """Store proposals and gaps, in one transaction under the lock on the intake's row."""
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.state not in OPEN or row.document_id != (document.pk if document else None):
            # Over, or another file came while this one was read: its own reading follows.
            return
        if document is not None and row.filled_from == document.pk:
            return  # another worker was first
        given = answers.current(row)
        if document is None or document.state == Document.State.READ:
            _drop_earlier(given)
        useful = [one for one in filled.proposals if _is_new(row.candidate, one, given)]
        # A file that could not be read takes nothing back of what an earlier one told.
        kept = [
            ProposedValue(field=name, value=answer.value, quote=answer.quote)
            for name, answer in given.items()
            if answer.via == Via.RESUME and answer.state == AnswerState.PROPOSED
        ]
        read = row.candidate.documents.filter(state=Document.State.READ).order_by("id")
        found = gaps.of(
            row.candidate, job=row.job, documents=list(read), proposals=[*kept, *useful], language=row.language
        )
        made = [gap.model_dump(mode="json") for gap in _with_answered(row, found, given)]
        if made == row.gaps and row.filled_from == row.document_id and not useful:
            return
        row.gaps, row.filled_from = made, row.document_id
        row.revision += 1
        row.save(update_fields=["gaps", "filled_from", "revision"])
        for one in useful:
            try:
                answers.record(
                    row,
                    field=one.field,
                    value=one.value,
                    via=Via.RESUME,
                    quote=one.quote or "",
                    state=AnswerState.PROPOSED,
                )
            except GreenroomError as error:
                filled.notes.append(f"{one.field} was not proposed: {error.message}")
        events.announce_round(row)
    intake.refresh_from_db()


def _drop_earlier(given: dict[str, Answer]) -> None:
    """Take back what an earlier resume proposed and nobody has answered to."""
    for name, answer in list(given.items()):
        if answer.via == Via.RESUME and answer.state == AnswerState.PROPOSED:
            Answer.objects.filter(pk=answer.pk).update(is_current=False)
            del given[name]


def _is_new(candidate: Candidate, proposal: ProposedValue, given: Mapping[str, Answer]) -> bool:
    """Whether a proposal tells something: not what is known already, nor what the candidate has spoken of."""
    if proposal.field in given:
        return False
    known = getattr(candidate, proposal.field) if proposal.field in PROFILE else None
    if isinstance(known, list) and isinstance(proposal.value, list):
        return not known
    return known in (None, "", []) or gaps.differs(proposal.field, known, proposal.value)


def _with_answered(row: Intake, found: list[Gap], given: Mapping[str, Answer]) -> list[Gap]:
    """The gaps found, and those of before that have an answer: what was said is not taken off the page."""
    fields = {gap.field for gap in found}
    before = [Gap.model_validate(gap) for gap in row.gaps]
    return [*found, *(gap for gap in before if gap.field in given and gap.field not in fields)]
