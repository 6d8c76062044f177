"""The model's judgement: it names a level and a quote for each criterion, code checks the quotes and counts.

A level counts only if its quote stands in the candidate's own texts. What a model says beyond that moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from candidates import evidence, material, scoring
from candidates.answers import InterviewQuestion, Judgement, Level
from candidates.material import Material
from candidates.models import Assessment, Candidate, Document, Rubric
from candidates.rubric import criteria_of
from candidates.schemas import Criterion, CriterionResult
from candidates.states import QuoteStatus
from llm import client
from llm.client import Receipt

PROMPT = "candidates/judge"
PURPOSE = "judge"
SHARES: dict[Level, float] = {"none": 0.0, "weak": 0.25, "partial": 0.5, "strong": 0.75, "full": 1.0, "unknown": 0.0}
_STEPS: tuple[Level, ...] = ("none", "weak", "partial", "strong", "full")
_MOST_POINTS = 4
_MOST_QUESTIONS = 5

# What is judged where no job, or a job without a rubric of its own, says what counts. The default formula computes its
# own terms from the profile's fields; these are what only reading can tell.
DEFAULT: list[Criterion] = [
    Criterion(
        key="track_record",
        label="Track record of results",
        kind="judged",
        description="States measured results: quota attained, revenue, growth, deals closed, targets beaten.",
        weight=1.5,
    ),
    Criterion(
        key="deal_size",
        label="Size and difficulty of deals or projects",
        kind="judged",
        description="Has carried large, long or complex deals or projects; amounts, team sizes or durations are stated.",
        weight=1.0,
    ),
    Criterion(
        key="finance_buyers",
        label="Work with financial customers",
        kind="judged",
        description="Has sold to or worked with banks, insurers, funds, payment or other financial companies.",
        weight=1.0,
    ),
    Criterion(
        key="enterprise_buyers",
        label="Work with large companies",
        kind="judged",
        description="Has sold to or worked with large organisations: enterprise accounts, many stakeholders, procurement.",
        weight=1.0,
    ),
    Criterion(
        key="ownership",
        label="Ownership and building from nothing",
        kind="judged",
        description="Has founded, started or built something: a company, a territory, a team, a product; was an early hire.",
        weight=1.0,
    ),
    Criterion(
        key="progression",
        label="Growth of responsibility",
        kind="judged",
        description="Responsibility has grown over time: promotions, larger teams, quotas, regions or scope.",
        weight=1.0,
    ),
]


@dataclass(frozen=True)
class Brief:
    """What is asked about one candidate, and what the answer is checked against."""

    criteria: list[Criterion]
    role: str
    material: Material
    computed: dict[str, CriterionResult]

    def data(self) -> dict[str, object]:
        return {"role": self.role, "criteria": asked(self.criteria), "sources": self.material.texts}


@dataclass(frozen=True)
class Judged:
    """One judgement after the checks: `score` is 0–100, `notes` say what was not accepted."""

    results: list[CriterionResult]
    score: int
    summary: str
    pros: list[str]
    cons: list[str]
    questions: list[InterviewQuestion]
    notes: list[str] = field(default_factory=list)


def judged_criteria(rubric: Rubric | None) -> list[Criterion]:
    """The criteria that a model judges: the rubric's own, or the general ones where it has terms of the formula only."""
    # A criterion that counts words is for the matcher alone: there is nothing in it to judge.
    own = [item for item in criteria_of(rubric) if item.kind != "formula" and "words" not in item.parameters]
    return own or DEFAULT


def role_of(rubric: Rubric | None) -> str:
    """The title of the rubric's job, if the job was loaded along with it; no query is made."""
    return rubric.job.title if rubric is not None and Rubric.job.is_cached(rubric) else ""


def asked(criteria: Sequence[Criterion]) -> list[dict[str, str]]:
    """Criteria as a model sees them: no weight, nothing that hints at what a level is worth."""
    return [{"key": item.key, "label": item.label, "description": item.description} for item in criteria]


def prepare(
    candidate: Candidate,
    *,
    rubric: Rubric | None,
    documents: Sequence[Document] = (),
    algorithm: Assessment | None = None,
) -> Brief:
    """Gather and blind what is to be judged. `algorithm` is what code computed: it bounds levels that are arithmetic."""
    criteria = judged_criteria(rubric)
    computed = [CriterionResult.model_validate(result) for result in algorithm.criteria] if algorithm else []
    return Brief(
        criteria=criteria,
        role=role_of(rubric),
        material=material.blinded(
            candidate, documents, question=[f"{item.label} {item.description}" for item in criteria]
        ),
        computed={result.key: result for result in computed},
    )


async def ask(brief: Brief, *, scope: str, variation: int = 0) -> tuple[Judged, Receipt]:
    """Ask for one judgement and check it. Raises llm.errors.LLMError where no usable answer comes."""
    answer, receipt = await client.ask(PURPOSE, PROMPT, brief.data(), Judgement, scope=scope, variation=variation)
    return check(brief, answer), receipt


def check(brief: Brief, answer: Judgement) -> Judged:
    """Verify every quote of an answer and count the score from the levels that stand."""
    given = {item.key: item for item in reversed(answer.criteria)}  # of two answers to one criterion the first counts
    total = sum(criterion.weight for criterion in brief.criteria)
    notes: list[str] = []
    results = []
    for criterion in brief.criteria:
        item = given.get(criterion.key)
        if item is None:
            notes.append(f"{criterion.label}: the model did not answer.")
        found = brief.material.sources.check(item.quote if item else None)
        found = evidence.as_original(found, brief.material.segments)
        level: Level = item.level if item else "unknown"
        reason = _line(item.reason) if item else "The model did not answer this criterion."
        quote, source, start, end = item.quote if item else None, None, None, None
        if found.place is not None:
            source, start, end = brief.material.names[found.place.source], found.place.start, found.place.end
            quote = brief.material.originals[found.place.source][start:end]
        elif level not in ("none", "unknown"):
            notes.append(f"{criterion.label}: the model said {level}, which does not count. {found.reason}")
            reason = f"{found.reason} The model said {level}: {reason}"
            level = "none"
        if bound := _bound(criterion, level, brief.computed.get(criterion.key)):
            notes.append(f"{criterion.label}: the model said {level}; what was computed allows {bound} at most.")
            level = bound
        share = SHARES[level]
        full = 100 * criterion.weight / total if total else 0.0
        status = found.status
        if status is QuoteStatus.NOT_GIVEN and level in ("none", "unknown") and (item is None or item.level == level):
            status = QuoteStatus.NOT_NEEDED
        results.append(
            CriterionResult(
                key=criterion.key,
                label=criterion.label,
                weight=criterion.weight,
                level=level,
                share=share,
                points=round(full * share, 2),
                max_points=round(full, 2),
                quote=quote,
                quote_status=status,
                quote_source=source,
                quote_start=start,
                quote_end=end,
                explanation=reason,
            )
        )
    if brief.material.shortened:
        notes.append(f"Only the first {material.MOST_CHARACTERS:,} characters of a long text were judged.")
    return Judged(
        results=results,
        score=scoring.score_of(results),
        summary=_line(answer.summary),
        pros=[_line(text) for text in answer.pros if text.strip()][:_MOST_POINTS],
        cons=[_line(text) for text in answer.cons if text.strip()][:_MOST_POINTS],
        questions=answer.questions[:_MOST_QUESTIONS],
        notes=notes,
    )


def _bound(criterion: Criterion, level: Level, computed: CriterionResult | None) -> Level | None:
    """The level to use instead, where a model's level lies more than one step above what arithmetic on dates gave."""
    if criterion.kind != "years" or computed is None or computed.level == "unknown" or level not in _STEPS:
        return None
    highest = min(_STEPS.index(computed.level) + 1, len(_STEPS) - 1)
    return _STEPS[highest] if _STEPS.index(level) > highest else None


def _line(text: str, limit: int = 400) -> str:
    """A model's sentence as one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
