"""Rounds of intake for tests: a made-up candidate, a job, a round in the middle."""

from __future__ import annotations

from typing import Any

from candidates import rubric
from candidates.models import Candidate, Document, Job
from candidates.rubric import RubricDraft
from candidates.schemas import Criterion, ProfileField
from intake import gaps
from intake.models import Intake
from intake.states import IntakeState, Step

RESUME = """\
Ada Example
ada.example@example.com | +1 202-555-0143 | linkedin.com/in/ada-example
Location: Leeds, United Kingdom

Account Executive, Larkspur Software, Jan 2019 - present
- Sold software to banks and insurers, closing a $250,000 annual contract with Example Bank.
- Reached 128% of quota in 2022.
Account Manager, Brightwell, Mar 2015 - Dec 2018

11 years of experience in sales.
Education: Bachelor of Science in Economics, Example University
Skills: Salesforce, negotiation, MEDDIC
"""
TRAVEL = ProfileField(
    field_name="can_travel", field_type="boolean", description="Can travel two weeks a month", is_required=True
)
NOTICE = ProfileField(
    field_name="notice_period_weeks", field_type="number", description="Notice period, in weeks", is_required=False
)


def candidate(**values: Any) -> Candidate:
    """A stored candidate of whom the name is known and what a test names."""
    made = Candidate.objects.create(**{"name": "Ada Example", **values})
    made.refresh_from_db()
    return made


def job(*fields: ProfileField) -> Job:
    """A job that wants these fields of its candidates."""
    made = Job.objects.create(title="Account Executive", description="Sells software to banks.")
    wanted = list(fields) or [*rubric.default_fields(), TRAVEL, NOTICE]
    criteria = [Criterion(key="banks", label="Sold to banks", kind="judged", description="Sold to banks.")]
    rubric.save(made, RubricDraft(criteria=criteria, fields=wanted))
    return made


def intake(who: Candidate | None = None, **values: Any) -> Intake:
    """A round in progress, on the page of the gaps, with the gaps that there are."""
    who = who or candidate()
    given = {"state": IntakeState.IN_PROGRESS, "step": Step.GAPS, "job": None, **values}
    made = Intake(candidate=who, **given)
    if "gaps" not in values:
        found = gaps.of(who, job=made.job, documents=[], language=made.language)
        made.gaps = [gap.model_dump(mode="json") for gap in found]
    made.save()
    made.refresh_from_db()
    return made


def resume(who: Candidate, text: str = RESUME, **values: Any) -> Document:
    """A document that was read."""
    given = {"filename": "resume.txt", "content_type": "text/plain", "size": len(text), "state": Document.State.READ}
    return Document.objects.create(candidate=who, text=text, sha256=f"{hash(text):064x}"[-64:], **{**given, **values})
