"""Synthetic candidates, jobs and rubrics for tests of judging. All names are made up."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from candidates import assessing, rubric
from candidates.assessing import Outcome
from candidates.models import Assessment, Candidate, Document, Job, Rubric
from candidates.schemas import Criterion

RESUME = """\
Robin Sample
robin.sample@example.com | +1 202-555-0143 | linkedin.com/in/robinsample

Account Executive, Larkspur Software, Jan 2019 - present
- Sold software to banks and insurers, closing a $250,000 annual contract with Example Bank.
- Reached 128% of quota in 2022 and 117% in 2023.
- Promoted from account manager to senior account executive within two years.
Account Manager, Brightwell, Mar 2015 - Dec 2018
- Built the first sales team of the company from nothing to 9 people.

Education: Bachelor of Science in Economics, Example University
Skills: Salesforce, negotiation, MEDDIC
"""


def candidate(**values: Any) -> Candidate:
    """An unsaved candidate with the fields that a test names."""
    return Candidate(**{"id": uuid4(), "name": "Robin Sample", **values})


def full(**values: Any) -> Candidate:
    """A candidate with a resume as free text and few fields filled."""
    return candidate(**{"source_text": RESUME, "current_role": "Account Executive", **values})


def document(of: Candidate, text: str, **values: Any) -> Document:
    return Document(
        **{"candidate": of, "filename": "resume.pdf", "text": text, "size": 1, "state": Document.State.READ, **values}
    )


CRITERIA = [
    Criterion(key="quota", label="Quota attainment", kind="judged", description="Reached quota, in percent.", weight=2),
    Criterion(key="banks", label="Sold to banks", kind="judged", description="Sold software to banks or insurers."),
    Criterion(key="salesforce", label="Salesforce", kind="skill", parameters={"skill": "Salesforce"}),
    Criterion(key="pottery", label="Pottery", kind="skill", parameters={"skill": "Pottery"}, weight=0.5),
]


def unsaved_rubric(criteria: list[Criterion] | None = None) -> Rubric:
    return Rubric(
        id=uuid4(), job=Job(title="Account Executive"), criteria=[one.model_dump() for one in criteria or CRITERIA]
    )


def saved_job(criteria: list[Criterion] | None = None) -> Job:
    job = Job.objects.create(title="Account Executive", description="Sells software to banks.")
    rubric.save(job, criteria or CRITERIA)
    return job


def commit(who: Candidate, outcome: Outcome) -> Candidate:
    """Write an outcome as the pipeline would, one candidate at a time."""
    for name, value in outcome.values.items():
        setattr(who, name, value)
    who.save()
    for made in outcome.assessments:
        Assessment.objects.filter(candidate=who, kind=made.kind, is_current=True).update(is_current=False)
        made.candidate = who
        made.save()
    for change in outcome.changes:
        change.save()
    return who


async def assessed(who: Candidate, of: Rubric | None = None) -> tuple[Outcome, Outcome]:
    """Both steps of one candidate, unsaved."""
    found = await assessing.extract(who, rubric=of, documents=())
    for name, value in found.values.items():
        setattr(who, name, value)
    return found, await assessing.judge(who, rubric=of, documents=(), algorithm=found.assessments[0])
