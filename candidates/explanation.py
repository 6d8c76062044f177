"""Why a candidate has this score: every criterion, weight, level and quote, and where each quote stands.

`Explanation` is both the API's answer and what the console shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from candidates import completeness, evidence, judging, material, red_flags, scoring
from candidates import rubric as rubrics
from candidates.evidence import Source, Sources, fold
from candidates.models import Assessment, Candidate, Document, Rubric
from candidates.schemas import CriterionResult, Shape
from candidates.states import AiStatus, QuoteStatus, RedFlag
from llm.client import Receipt

FORMULA = "Points of each term × its weight, added up, at least 0 and at most 100."
SHARES = "100 × Σ(weight × share) ÷ Σ(weight); a level counts none 0, weak ¼, partial ½, strong ¾, full 1."
BOTH = "Mean of the algorithmic and the AI score, rounded half up."
ALONE = "The algorithmic score alone: there is no AI score."


class ExplainedCriterion(CriterionResult):
    """A criterion with what it asks for; the quote's offsets are those of `sources` in the same explanation."""

    description: str = ""
    kind: str = ""
    is_required: bool = False


class Side(Shape):
    """How one of the two scores came about."""

    kind: Literal["algorithm", "model"]
    score: int | None = Field(description="0–100")
    score_low: int | None = Field(description="Lowest of repeated judgements near a tier's boundary")
    score_high: int | None
    formula: str
    rubric_version: int | None = Field(description="Version of the job's rubric; null: the general criteria")
    weights_changed: bool = Field(description="A recruiter re-ranked with other weights than the rubric's")
    criteria: list[ExplainedCriterion]
    summary: str = ""
    pros: list[str] = Field(default_factory=list)
    cons: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list, description="What was left out or not accepted, and why")
    assessed_at: str | None
    receipts: list[Receipt] = Field(default_factory=list)


class Combined(Shape):
    """The score that ranks."""

    score: int | None
    score_low: int | None = Field(description="The band; equal to the score where it is certain")
    score_high: int | None
    tier: str | None
    tier_unstable: bool = Field(description="The ends of the band lie in different tiers")
    basis: Literal["combined", "algorithm", "none"]
    formula: str


class ExplainedFlag(Shape):
    code: str
    label: str
    explanation: str
    quote: str | None = None


class Known(Shape):
    """Completeness: required fields weigh 2, preferred 1."""

    percent: int
    missing_required: list[str]
    missing_preferred: list[str]


class Mark(Shape):
    """Something to know before the score is trusted."""

    code: Literal[
        "unsupported_quotes",
        "model_not_configured",
        "model_failed",
        "not_judged",
        "tier_unstable",
        "disagreement",
        "outdated",
    ]
    message: str


class SourceText(Shape):
    """A text that quotes stand in."""

    name: str
    label: str
    text: str


class Explanation(Shape):
    candidate_id: str
    job_id: str | None
    job_title: str | None
    combined: Combined
    algorithm: Side | None
    model: Side | None
    ai_status: AiStatus
    red_flags: list[ExplainedFlag]
    completeness: Known
    marks: list[Mark]
    sources: list[SourceText]


# Both scores this far apart deserve a look: one of them has seen what the other has not.
DISAGREEMENT_POINTS = 30


def of(candidate: Candidate) -> dict[str, Any]:
    """Explain the scores that the candidate has now, as the JSON form of `Explanation`."""
    documents = list(candidate.documents.order_by("created_at", "id"))
    current = {
        assessment.kind: assessment
        for assessment in candidate.assessments.filter(is_current=True).select_related("rubric")
    }
    newest = rubrics.current(candidate.job) if candidate.job is not None else None
    texts = dict(material.originals(candidate, documents))
    algorithm = _side(current.get(Assessment.Kind.ALGORITHM), texts)
    # A judgement from before the model was switched off or failed is no part of the score that stands now.
    model = _side(current.get(Assessment.Kind.MODEL), texts) if candidate.ai_score is not None else None
    known = completeness.measure(candidate, newest, documents=documents)
    explanation = Explanation(
        candidate_id=str(candidate.pk),
        job_id=str(candidate.job_id) if candidate.job_id else None,
        job_title=candidate.job.title if candidate.job is not None else None,
        combined=_combined(candidate),
        algorithm=algorithm,
        model=model,
        ai_status=AiStatus(candidate.ai_status),
        red_flags=_flags(candidate, documents, newest),
        completeness=Known(
            percent=known.percent, missing_required=known.missing_required, missing_preferred=known.missing_preferred
        ),
        marks=_marks(candidate, algorithm, model, current, newest),
        sources=[SourceText(name=name, label=label_of(name, documents), text=text) for name, text in texts.items()],
    )
    return explanation.model_dump(mode="json")


def label_of(name: str, documents: Sequence[Document] = ()) -> str:
    """A source's name for people."""
    if name.startswith("document:"):
        wanted = name.partition(":")[2]
        return next((document.filename for document in documents if str(document.pk) == wanted), "Document")
    return {"source_text": "Text of the imported row", "profile": "Profile", "bio": "Bio"}.get(
        name, name.replace("_", " ").capitalize()
    )


def _combined(candidate: Candidate) -> Combined:
    basis: Literal["combined", "algorithm", "none"] = "combined"
    if candidate.combined_score is None:
        basis = "none"
    elif candidate.ai_score is None:
        basis = "algorithm"
    return Combined(
        score=candidate.combined_score,
        score_low=candidate.score_low,
        score_high=candidate.score_high,
        tier=candidate.tier,
        tier_unstable=candidate.tier_unstable,
        basis=basis,
        formula={"combined": BOTH, "algorithm": ALONE, "none": "Not scored yet."}[basis],
    )


def _side(assessment: Assessment | None, texts: dict[str, str]) -> Side | None:
    if assessment is None:
        return None
    results = [CriterionResult.model_validate(item) for item in assessment.criteria]
    if assessment.weights:
        results = scoring.reweighed(results, assessment.weights)
    is_model = assessment.kind == Assessment.Kind.MODEL
    asked = judging.judged_criteria(assessment.rubric) if is_model else rubrics.criteria_of(assessment.rubric)
    about = {criterion.key: criterion for criterion in asked}
    by_points = any(result.key in rubrics.FORMULA_POINTS for result in results)
    return Side(
        kind="model" if is_model else "algorithm",
        score=assessment.score,
        score_low=assessment.score_low,
        score_high=assessment.score_high,
        formula=FORMULA if by_points else SHARES,
        rubric_version=assessment.rubric.version if assessment.rubric is not None else None,
        weights_changed=bool(assessment.weights),
        criteria=[
            ExplainedCriterion(
                **_placed(result, texts).model_dump(),
                description=about[result.key].description if result.key in about else "",
                kind=about[result.key].kind if result.key in about else "",
                is_required=about[result.key].is_required if result.key in about else False,
            )
            for result in results
        ],
        summary=assessment.summary,
        pros=assessment.pros,
        cons=assessment.cons,
        notes=assessment.notes,
        assessed_at=assessment.created_at.isoformat() if assessment.created_at else None,
        receipts=[Receipt.model_validate(receipt) for receipt in assessment.receipts],
    )


def _placed(result: CriterionResult, texts: dict[str, str]) -> CriterionResult:
    """The result with its quote's place in the texts as they are now: they may have changed since it was given."""
    if result.quote is None or result.quote_source is None or result.quote_start is None or result.quote_end is None:
        return result
    text = texts.get(result.quote_source, "")
    there = text[result.quote_start : result.quote_end]
    if there and fold(there).text == fold(result.quote).text:
        return result
    # A short quote was checked when it was given; here it only has to be found again.
    whole = evidence.whole_values([result.quote])
    found = Sources([Source(result.quote_source, text, whole)]).check(result.quote)
    if found.status is QuoteStatus.VERIFIED and found.place is not None:
        return result.model_copy(update={"quote_start": found.place.start, "quote_end": found.place.end})
    note = "The text has changed since; these words no longer stand in it."
    return result.model_copy(
        update={
            "quote_source": None,
            "quote_start": None,
            "quote_end": None,
            "explanation": f"{result.explanation} {note}".strip(),
        }
    )


def _flags(candidate: Candidate, documents: Sequence[Document], rubric: Rubric | None) -> list[ExplainedFlag]:
    """The flags that the score counts, each with its reason as far as it can be told again."""
    found = {flag.code: flag for flag in red_flags.find(candidate, documents=documents, rubric=rubric)}
    return [
        ExplainedFlag(
            code=code,
            label=RedFlag(code).label if code in RedFlag.values else code,
            explanation=found[code].explanation if code in found else "It no longer shows in what is known now.",
            quote=found[code].quote if code in found else None,
        )
        for code in candidate.red_flags
    ]


def _marks(
    candidate: Candidate,
    algorithm: Side | None,
    model: Side | None,
    current: dict[str, Assessment],
    rubric: Rubric | None,
) -> list[Mark]:
    marks = []
    unsupported = [one for one in (model.criteria if model else ()) if one.quote_status == QuoteStatus.UNSUPPORTED]
    if unsupported:
        quotes = "quote does" if len(unsupported) == 1 else "quotes do"
        marks.append(
            Mark(
                code="unsupported_quotes",
                message=f"{len(unsupported)} {quotes} not stand in the candidate's texts and count for nothing: "
                f"{', '.join(one.label for one in unsupported)}.",
            )
        )
    if candidate.ai_status == AiStatus.NOT_CONFIGURED:
        marks.append(Mark(code="model_not_configured", message="No model is configured, so there is no AI score."))
    elif candidate.ai_status == AiStatus.FAILED:
        marks.append(Mark(code="model_failed", message="The model gave no usable answer, so there is no AI score."))
    elif candidate.ai_score is None:
        marks.append(Mark(code="not_judged", message="No model has judged this candidate yet."))
    if candidate.tier_unstable:
        marks.append(
            Mark(
                code="tier_unstable",
                message=f"Judged again, the score lay between {candidate.score_low} and {candidate.score_high}, "
                "in different tiers.",
            )
        )
    if candidate.algo_score is not None and candidate.ai_score is not None:
        apart = abs(candidate.algo_score - candidate.ai_score)
        if apart >= DISAGREEMENT_POINTS:
            marks.append(
                Mark(code="disagreement", message=f"The two scores lie {apart} points apart: read both sides.")
            )
    if any(one.rubric_id != (rubric.pk if rubric is not None else None) for one in current.values()):
        marks.append(Mark(code="outdated", message="The rubric has changed since this was assessed."))
    return marks
