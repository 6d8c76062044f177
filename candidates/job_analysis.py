"""A job description → what to ask of candidates: fields, weighted criteria, red flag indicators.

The draft is built by matching alone (candidates.rubric); a model, where there is one, adds what the matching missed.
What it adds needs a quote that stands in the description; code gives the weights.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from django.conf import settings
from django.db import transaction
from pydantic import Field

from accounts.models import User
from candidates import material
from candidates import rubric as rubrics
from candidates.answers import JobReading, WantedCriterion, WantedField, WarningSign
from candidates.evidence import Source, Sources, fold
from candidates.models import Job
from candidates.prohibited import is_prohibited
from candidates.rubric import RubricDraft
from candidates.schemas import Criterion, ProfileField, Shape
from candidates.states import QuoteStatus
from llm import client
from llm.client import Receipt
from llm.errors import GreenroomError, LLMError

PROMPT = "candidates/analyze_jd"
PURPOSE = "analyze_jd"
# Fewer letters can't say what a job asks for.
LEAST_LETTERS = 20
MOST_CRITERIA = 24
MOST_FIELDS = 40
MOST_INDICATORS = 12
_WEIGHTS = {"required": 1.0, "important": 0.75, "nice_to_have": 0.45}
_ROLE_TYPE = re.compile(r"[a-z][a-z0-9_]{1,59}")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


class DescriptionTooShort(GreenroomError):
    """The description says too little to draw a rubric from."""

    code = "job_description_too_short"
    status = 422


class DescriptionTooLong(GreenroomError):
    """The description is over settings.JOB_DESCRIPTION_MAX_CHARACTERS."""

    code = "job_description_too_long"
    status = 413


class JobAnalysis(Shape):
    """What a job description asks for."""

    title: str
    role_type: str
    baseline_fields: list[ProfileField] = Field(description="Wanted of every candidate, whatever the job")
    job_fields: list[ProfileField] = Field(description="Wanted for this job")
    criteria: list[Criterion]
    red_flag_indicators: list[str]
    made_by: Literal["model", "matching"]
    notes: list[str] = Field(default_factory=list, description="What was left out and why")
    receipts: list[Receipt] = Field(default_factory=list)

    def draft(self) -> RubricDraft:
        """The same as a rubric that can be edited and saved."""
        return RubricDraft(
            role_type=self.role_type,
            criteria=self.criteria,
            fields=[*self.baseline_fields, *self.job_fields],
            red_flag_indicators=self.red_flag_indicators,
        )


def analyze(description: str, *, title: str = "") -> JobAnalysis:
    """Read a job description. Works without a model, and says so in `made_by`.

    Raises DescriptionTooShort (422) and DescriptionTooLong (413). Never called inside a transaction: it may wait for a
    model. A model that fails takes nothing away: the draft stands, and a note tells.
    """
    description = checked(description)
    draft = rubrics.from_description(title, description)
    baseline = {field.field_name for field in rubrics.default_fields()}
    analysis = JobAnalysis(
        title=title,
        role_type=draft.role_type,
        baseline_fields=[field for field in draft.fields if field.field_name in baseline],
        job_fields=[field for field in draft.fields if field.field_name not in baseline],
        criteria=[item for item in draft.criteria if not is_prohibited(item.label)],
        red_flag_indicators=draft.red_flag_indicators,
        made_by="matching",
    )
    if not client.is_configured():
        analysis.notes.append("No model is configured; the criteria were found by matching alone.")
        return analysis
    text = material.shortened_to(description)
    data = {
        "title": title,
        "description": text,
        "found": [{"label": item.label, "kind": item.kind} for item in analysis.criteria],
    }
    try:
        answer, receipt = client.ask_now(PURPOSE, PROMPT, data, JobReading)
    except LLMError as error:
        analysis.notes.append(f"The criteria were found by matching alone. {error.message}")
        return analysis
    _refine(analysis, answer, text)
    analysis.receipts.append(receipt)
    return analysis


def draft(description: str, *, title: str = "") -> RubricDraft:
    """The rubric that `analyze` proposes, for the recruiter to edit. Raises like `analyze`."""
    return analyze(description, title=title).draft()


def save(analysis: JobAnalysis, *, description: str, actor: User | None = None) -> Job:
    """Keep an analysis as a job with the first version of its rubric."""
    first_line = next((line.strip(" #*-\t") for line in description.splitlines() if line.strip(" #*-\t")), "")
    with transaction.atomic():
        job = Job.objects.create(
            title=(analysis.title.strip() or first_line or "Untitled job")[:200],
            description=description,
            role_type=analysis.role_type[:60],
            made_by=actor,
        )
        if analysis.criteria:
            rubrics.save(job, analysis.draft(), actor=actor)
    return job


def checked(description: str) -> str:
    """The description without surrounding space, if it can be worked with; raises what `analyze` raises."""
    limit = settings.JOB_DESCRIPTION_MAX_CHARACTERS
    if len(description) > limit:
        raise DescriptionTooLong(
            f"A job description may have at most {limit:,} characters.", fields={"job_description": ["Too long."]}
        )
    description = description.replace("\x00", "").strip()
    if sum(character.isalpha() for character in description) < LEAST_LETTERS:
        raise DescriptionTooShort(
            "This is too short to be a job description.", fields={"job_description": ["Too short."]}
        )
    return description


def _refine(analysis: JobAnalysis, answer: JobReading, description: str) -> None:
    """Add what a model read in the description, as far as its quotes stand there and it may be asked at all."""
    withheld = tuple(material.withheld(description))
    sources = Sources([Source("description", description, forbidden=withheld)])
    taken = {item.key for item in analysis.criteria}
    labels = {_folded(item.label) for item in analysis.criteria}
    labels |= {_folded(str(item.parameters.get("skill", ""))) for item in analysis.criteria}
    unquoted = refused = 0
    for wanted in answer.criteria:
        label = " ".join(wanted.label.split())[:120]
        if not label or _folded(label) in labels:
            continue
        if is_prohibited(f"{label} {wanted.description}"):
            refused += 1
        elif not _stands(sources, wanted.quote):
            unquoted += 1
        elif len(analysis.criteria) < MOST_CRITERIA:
            labels.add(_folded(label))
            analysis.criteria.append(_criterion(wanted, label, taken))
    unquoted += _add_fields(analysis, answer.fields, sources)
    _add_indicators(analysis, answer.red_flag_indicators, sources)
    if _ROLE_TYPE.fullmatch(answer.role_type):
        analysis.role_type = answer.role_type
    analysis.made_by = "model"
    if unquoted:
        analysis.notes.append(f"{unquoted} proposals of the model were dropped: their quotes do not stand in the text.")
    if refused:
        analysis.notes.append(f"{refused} proposals of the model were dropped: nobody may ask for that.")


def _criterion(wanted: WantedCriterion, label: str, taken: set[str]) -> Criterion:
    """A criterion with what its matcher needs. Where that can't be told from the quote, a model has to judge it."""
    parameters: dict[str, object] = {}
    kind = wanted.kind
    if kind == "skill":
        parameters = {"skill": label}
    elif kind != "judged":
        alike = [item for item in rubrics.from_description("", wanted.quote).criteria if item.kind == kind]
        if alike:
            parameters = alike[0].parameters
        else:
            kind = "judged"
    return Criterion(
        key=rubrics.key_for(label, taken),
        label=label,
        kind=kind,
        description=" ".join(wanted.description.split())[:500],
        weight=_WEIGHTS[wanted.importance],
        is_required=wanted.importance == "required",
        parameters=parameters,
    )


def _add_fields(analysis: JobAnalysis, fields: Sequence[WantedField], sources: Sources) -> int:
    """Add the model's fields; returns how many had no true quote."""
    known = {field.field_name for field in (*analysis.baseline_fields, *analysis.job_fields)}
    unquoted = 0
    for field in fields:
        if field.field_name in known or not _FIELD_NAME.fullmatch(field.field_name):
            continue
        if is_prohibited(f"{field.field_name.replace('_', ' ')} {field.description}"):
            continue
        if not _stands(sources, field.quote):
            unquoted += 1
        elif len(known) < MOST_FIELDS:
            known.add(field.field_name)
            analysis.job_fields.append(ProfileField.model_validate(field.model_dump(exclude={"quote"})))
    return unquoted


def _add_indicators(analysis: JobAnalysis, signs: Sequence[WarningSign], sources: Sources) -> None:
    known = {_folded(text) for text in analysis.red_flag_indicators}
    for sign in signs:
        text = " ".join(sign.indicator.split())[:200]
        if not text or _folded(text) in known or is_prohibited(text):
            continue
        if sign.quote is not None and not _stands(sources, sign.quote):
            continue
        if len(analysis.red_flag_indicators) < MOST_INDICATORS:
            known.add(_folded(text))
            analysis.red_flag_indicators.append(text)


def _stands(sources: Sources, quote: str) -> bool:
    return sources.check(quote).status is QuoteStatus.VERIFIED


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", " ", fold(text).text.casefold()).strip()
