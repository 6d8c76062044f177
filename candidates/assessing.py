"""One candidate from texts to scores, in two steps: `extract` (profile and everything without a model) and `judge`.

Neither touches the database: the pipeline gives them what it loaded and commits the `Outcome`s of many in one batch.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from candidates import completeness, extraction, judging, red_flags, scoring
from candidates.judging import Judged
from candidates.models import Assessment, Candidate, Change, Document, Rubric
from candidates.states import AiStatus
from llm import client
from llm.client import Receipt
from llm.errors import GreenroomError, LLMError, NotConfigured


@dataclass
class Outcome:
    """What to write about a candidate: column values, changes of the profile, assessments, and what was paid.

    `changes` and `assessments` are unsaved and already point to the candidate. An assessment takes the place of the
    current one of its kind.
    """

    values: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


async def extract(
    candidate: Candidate, *, rubric: Rubric | None, documents: Sequence[Document] = (), scope: str = ""
) -> Outcome:
    """Fill what the profile lacks from the candidate's texts, then compute all that needs no model.

    `rubric` is the current one of the candidate's job, or None. `scope` is whose money it is ("import:<uuid>"). Raises
    an LLMError where asking again later may help; a model that is off or refuses for good leaves the fields empty and
    says so in the notes of the assessment.
    """
    try:
        found = await extraction.fill(candidate, documents=documents, scope=scope)
    except LLMError as error:
        if not error.permanent:
            raise
        found = extraction.Found()
        if not isinstance(error, NotConfigured):
            found.notes.append(f"Nothing was filled from the texts: {error.message}")
    return _computed(candidate, found, rubric=rubric, documents=documents)


def compute(candidate: Candidate, *, rubric: Rubric | None, documents: Sequence[Document] = ()) -> Outcome:
    """All that needs no model, from the profile as it stands: a recruiter's edit is in the score at once.

    A judgement made earlier stands until it is made again.
    """
    return _computed(candidate, extraction.Found(), rubric=rubric, documents=documents)


async def judge(
    candidate: Candidate,
    *,
    rubric: Rubric | None,
    documents: Sequence[Document] = (),
    scope: str = "",
    algorithm: Assessment | None = None,
) -> Outcome:
    """Let the model judge each criterion, and count the AI score, the combined score, its band and its tier.

    `algorithm` is the current computed assessment. Near a tier's boundary the judgement is taken again
    (settings.JUDGING_REPEATS times) and the median counts. Raises an LLMError where asking again later may help; a
    model that is off or refuses for good gives no AI score, and `ai_status` says why.
    """
    algo = algorithm.score if algorithm is not None else candidate.algo_score
    try:
        if not client.is_configured():
            raise NotConfigured("No model is configured.")
        brief = judging.prepare(candidate, rubric=rubric, documents=documents, algorithm=algorithm)
        if not brief.material.texts:
            return _unjudged(algo, AiStatus.NONE)  # nothing is known, so there is nothing to ask
        judged, receipt = await judging.ask(brief, scope=scope)
        runs, receipts = [judged], [receipt]
        if scoring.near_boundary(scoring.combine(algo, judged.score)):
            # One after the other, so that a provider's limit is not spent on repeats while first judgements wait.
            for variation in range(1, settings.JUDGING_REPEATS + 1):
                judged, receipt = await judging.ask(brief, scope=scope, variation=variation)
                runs.append(judged)
                receipts.append(receipt)
    except LLMError as error:
        if not error.permanent:
            raise
        status = AiStatus.NOT_CONFIGURED if isinstance(error, NotConfigured) else AiStatus.FAILED
        return _unjudged(algo, status)
    return _judged(candidate, rubric, algo, runs, receipts)


def give_up(
    candidate: Candidate,
    *,
    error: GreenroomError,
    rubric: Rubric | None = None,
    documents: Sequence[Document] = (),
    algorithm: Assessment | None = None,
) -> Outcome:
    """What stands after the last attempt failed: no AI score, marked as failed, never a made-up one.

    A candidate whose extraction failed has no computed score yet: it is computed here, without what a model would add.
    """
    status = AiStatus.NOT_CONFIGURED if isinstance(error, NotConfigured) else AiStatus.FAILED
    if algorithm is None and candidate.algo_score is None:
        found = extraction.Found(notes=[f"Nothing was filled from the texts: {error.message}"])
        outcome = _computed(candidate, found, rubric=rubric, documents=documents)
        outcome.values |= {"ai_score": None, "ai_status": status.value}
        return outcome
    return _unjudged(algorithm.score if algorithm is not None else candidate.algo_score, status)


def _computed(
    candidate: Candidate, found: extraction.Found, *, rubric: Rubric | None, documents: Sequence[Document]
) -> Outcome:
    """The outcome of extraction: the filled fields, and what is computed from the profile as it now stands."""
    filled = copy.copy(candidate)
    for name, value in found.values.items():
        setattr(filled, name, value)
    flags = red_flags.find(filled, documents=documents, rubric=rubric)
    assessment = scoring.assess(filled, rubric=rubric, documents=documents, flags=flags)
    assessment.notes = found.notes
    assessment.receipts = [receipt.model_dump(mode="json") for receipt in found.receipts]
    known = completeness.measure(filled, rubric, documents=documents)
    # A judgement made earlier stands until it is made again.
    combined = scoring.combine(assessment.score, candidate.ai_score)
    values = {
        **found.values,
        "algo_score": assessment.score,
        "red_flags": list(dict.fromkeys(str(flag.code) for flag in flags)),
        "completeness": known.percent,
        "missing_required": known.missing_required,
        "missing_preferred": known.missing_preferred,
        **_certain(combined),
    }
    return Outcome(values, found.changes, [assessment], found.receipts)


def _judged(
    candidate: Candidate, rubric: Rubric | None, algo: int | None, runs: list[Judged], receipts: list[Receipt]
) -> Outcome:
    ranked = sorted(runs, key=lambda run: run.score)
    median = ranked[(len(ranked) - 1) // 2]
    lowest, highest = ranked[0].score, ranked[-1].score
    low, combined, high = (scoring.combine(algo, score) for score in (lowest, median.score, highest))
    assessment = Assessment(
        candidate_id=candidate.pk,
        kind=Assessment.Kind.MODEL,
        rubric_id=rubric.pk if rubric is not None else None,
        criteria=[result.model_dump(mode="json") for result in median.results],
        score=median.score,
        score_low=lowest,
        score_high=highest,
        summary=median.summary,
        pros=median.pros,
        cons=median.cons,
        questions=[question.model_dump(mode="json") | {"made_by": "model"} for question in median.questions],
        notes=median.notes,
        receipts=[receipt.model_dump(mode="json") for receipt in receipts],
    )
    values = {
        "ai_score": median.score,
        "ai_status": AiStatus.SCORED.value,
        "combined_score": combined,
        "tier": _tier(combined),
        "score_low": low,
        "score_high": high,
        "tier_unstable": scoring.tier_of(low) != scoring.tier_of(high),
    }
    return Outcome(values, [], [assessment], receipts)


def _unjudged(algo: int | None, status: AiStatus) -> Outcome:
    return Outcome({"ai_score": None, "ai_status": status.value, **_certain(algo)})


def _certain(combined: int | None) -> dict[str, Any]:
    """The columns of a combined score that has no band."""
    return {
        "combined_score": combined,
        "tier": _tier(combined),
        "score_low": combined,
        "score_high": combined,
        "tier_unstable": False,
    }


def _tier(score: int | None) -> str | None:
    tier = scoring.tier_of(score)
    return tier.value if tier is not None else None
