"""What a pre-brief is made from: the job's demands, the candidate's texts, and what matching knows already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from candidates import blinding, judging, material, red_flags, scoring
from candidates import rubric as rubrics
from candidates.matching.sections import title_in
from candidates.material import Material
from candidates.models import Candidate, Document, Job, Rubric
from candidates.red_flags import RedFlagFinding
from candidates.schemas import Criterion, CriterionResult
from interviews.prebrief.parts import PARTS

# The job's weightiest demands; more is more than an interview can touch.
MOST_SKILLS = 14
_NAME = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:[ \t]+[^\W\d_][\w'’.-]*){1,3}")


@dataclass(frozen=True)
class Gathered:
    """Everything that a pre-brief rests on. `computed` are matching's results by the criterion's key."""

    role: str
    job_description: str
    company_context: str
    skills: list[Criterion]
    material: Material
    computed: dict[str, CriterionResult]
    flags: list[RedFlagFinding]
    originals: list[tuple[str, str]]

    def data(self) -> dict[str, object]:
        """What the model is asked about: no name, no weight."""
        return {
            "role": self.role,
            "job_description": _without_orders(self.job_description),
            "company_context": _without_orders(self.company_context),
            "parts": judging.asked(PARTS),
            "skills": judging.asked(self.skills),
            "sources": self.material.texts,
        }


def of_texts(*, job_description: str, resume: str, company_context: str, name: str) -> Gathered:
    """From texts that were pasted. `name` is the candidate's; empty: the resume's first line, where it is one."""
    draft = rubrics.from_description("", job_description)
    rubric = None
    criteria = [item for item in draft.criteria if item.kind != "formula"]
    if criteria:
        rubric = Rubric(id=uuid4(), job=Job(title=""), criteria=[item.model_dump() for item in criteria])
    candidate = Candidate(id=uuid4(), name=name.strip() or _name_in(resume) or None, source_text=resume)
    return _gathered(
        candidate,
        [],
        rubric,
        role="",
        job_description=job_description,
        company_context=company_context,
    )


def of_candidate(candidate: Candidate) -> Gathered:
    """From what is stored: the profile, its documents, the job with its rubric, and assessments."""
    documents = list(candidate.documents.filter(state=Document.State.READ).order_by("created_at", "id"))
    job = candidate.job
    gathered = _gathered(
        candidate,
        documents,
        rubrics.current(job) if job is not None else None,
        role=job.title if job is not None else "",
        job_description=job.description if job is not None else "",
        company_context="",
    )
    for assessment in candidate.assessments.filter(is_current=True, kind="model").order_by("id"):
        for item in assessment.criteria:
            result = CriterionResult.model_validate(item)
            if result.key not in gathered.computed or result.quote_status == "verified":
                gathered.computed[result.key] = result
    return gathered


def _gathered(
    candidate: Candidate,
    documents: Sequence[Document],
    rubric: Rubric | None,
    *,
    role: str,
    job_description: str,
    company_context: str,
) -> Gathered:
    skills = sorted(judging.judged_criteria(rubric), key=lambda item: (not item.is_required, -item.weight))
    taken = {part.key for part in PARTS}
    skills = [item for item in skills if item.key not in taken][:MOST_SKILLS]
    computed = scoring.assess(candidate, rubric=rubric, documents=documents)
    results = [CriterionResult.model_validate(item) for item in computed.criteria]
    wanted = [f"{item.label} {item.description}" for item in (*PARTS, *skills)]
    return Gathered(
        role=role,
        job_description=job_description,
        company_context=company_context,
        skills=skills,
        material=material.blinded(candidate, documents, question=[*wanted, job_description, company_context]),
        computed={result.key: result for result in results},
        flags=red_flags.find(candidate, documents=documents, rubric=rubric),
        originals=[("name", candidate.name or ""), *material.originals(candidate, documents)],
    )


def _name_in(resume: str) -> str:
    """The first line of a resume where it looks like a person's name, else empty."""
    first = next((line.strip(" \t#*|") for line in resume.splitlines() if line.strip()), "")
    looks_like_one = len(first) <= 60 and _NAME.fullmatch(first) is not None and title_in(first) is None
    capital = all(word[0].isupper() for word in first.split() if len(word) > 3)
    return first if looks_like_one and capital else ""


def _without_orders(text: str) -> str:
    return blinding.blind(
        material.shortened_to(text), name=blinding.Name.of(None), withheld=tuple(material.withheld(text))
    ).text
