"""Scores: what the matchers found, turned into numbers. No model and no database is asked here.

Two ways to a score, both linear, so that it can be computed again under other weights from the stored results alone:

- the default formula (MISSION "algo_score"): points of each term × its weight, summed and clamped to 0–100;
- a job's rubric: 100 × Σ(weight × share) ÷ Σ(weight).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from candidates import red_flags
from candidates import rubric as rubrics
from candidates.matching import matchers
from candidates.models import Assessment, Candidate, Document, Rubric
from candidates.red_flags import RedFlagFinding
from candidates.rubric import FORMULA_POINTS
from candidates.schemas import CriterionResult
from candidates.states import QuoteStatus, Tier

TIERS: tuple[tuple[int, Tier], ...] = ((80, Tier.TOP), (65, Tier.STRONG), (50, Tier.GOOD), (35, Tier.EVALUATE))
# A score this close to a boundary, in points, is taken again and shown as a band.
BOUNDARY_WIDTH = 3
POINTS_PER_RED_FLAG = 5


def assess(
    candidate: Candidate,
    *,
    rubric: Rubric | None,
    documents: Sequence[Document] = (),
    flags: Sequence[RedFlagFinding] | None = None,
) -> Assessment:
    """Score one candidate by matching alone; returns an unsaved Assessment of kind "algorithm".

    `flags` are the candidate's red flags where the caller has found them already. The score is null only if the rubric
    has no criterion that can be computed.
    """
    criteria = rubric.criteria if rubric is not None else None
    if not criteria or criteria[0]["kind"] == "formula":
        weights = {item["key"]: item["weight"] for item in criteria} if criteria else rubrics.DEFAULT_WEIGHTS
        if flags is None:
            flags = red_flags.find(candidate, documents=documents, rubric=rubric)
        results, score = _formula(candidate, flags, weights)
        return _assessment(candidate, rubric, results, score)
    assert rubric is not None  # noqa: S101 - criteria came from it
    found = matchers.compiled(rubric).match(candidate, documents)
    total = sum(result["weight"] for result in found)
    for result in found:
        result["max_points"] = round(100 * result["weight"] / total, 2) if total else 0.0
        result["points"] = round(result["share"] * 100 * result["weight"] / total, 2) if total else 0.0
    score = _weighted([(result["share"], result["weight"]) for result in found])
    return _assessment(candidate, rubric, found, score if found else None)


def score_of(results: Sequence[CriterionResult], weights: Mapping[str, float] | None = None) -> int:
    """The 0–100 score of stored results; `weights` by key replace the weights that the results carry.

    Results of the default formula (they are known by their keys) add up in points; all others count by their share.
    """
    weights = weights or {}
    if results and all(result.key in FORMULA_POINTS for result in results):
        return _clamped(
            sum(
                FORMULA_POINTS[result.key] * result.share * weights.get(result.key, result.weight) for result in results
            )
        )
    return _weighted([(result.share, weights.get(result.key, result.weight)) for result in results])


def reweighed(results: Sequence[CriterionResult], weights: Mapping[str, float]) -> list[CriterionResult]:
    """The same results with `weights` in force: weight, points and max_points are computed again."""
    formula = bool(results) and all(result.key in FORMULA_POINTS for result in results)
    total = sum(weights.get(result.key, result.weight) for result in results)
    made = []
    for result in results:
        weight = weights.get(result.key, result.weight)
        full = float(FORMULA_POINTS[result.key]) * weight if formula else 100 * weight / total if total else 0.0
        made.append(
            result.model_copy(
                update={
                    "weight": weight,
                    "points": round(full * result.share, 2),
                    "max_points": round(max(full, 0.0), 2),
                }
            )
        )
    return made


def combine(algo: int | None, ai: int | None) -> int | None:
    """The mean of both scores, rounded half up; the one that there is where the other is null."""
    if algo is None or ai is None:
        return algo if ai is None else ai
    return (algo + ai + 1) // 2


def tier_of(score: int | None) -> Tier | None:
    """The tier of a combined score: ≥80 Top Tier, ≥65 Strong, ≥50 Good, ≥35 Evaluate, else Poor; null stays null."""
    if score is None:
        return None
    for boundary, tier in TIERS:
        if score >= boundary:
            return tier
    return Tier.POOR


def near_boundary(score: int | None) -> bool:
    """Whether a change of at most three points would move the score into another tier."""
    return score is not None and any(-BOUNDARY_WIDTH <= score - boundary < BOUNDARY_WIDTH for boundary, _ in TIERS)


def rounded(value: float) -> int:
    """Round half up. The tiny term keeps 64.5 that was computed as 64.49999999999999 on its right side."""
    return math.floor(value + 0.5 + 1e-9)


def _clamped(value: float) -> int:
    return max(0, min(100, rounded(value)))


def _weighted(pairs: Sequence[tuple[float, float]]) -> int:
    total = sum(weight for _, weight in pairs)
    return _clamped(100 * sum(share * weight for share, weight in pairs) / total) if total else 0


def _assessment(
    candidate: Candidate, rubric: Rubric | None, results: list[dict[str, Any]], score: int | None
) -> Assessment:
    return Assessment(
        candidate_id=candidate.pk,
        kind=Assessment.Kind.ALGORITHM,
        rubric_id=rubric.pk if rubric is not None else None,
        criteria=results,
        score=score,
        score_low=score,
        score_high=score,
    )


def _formula(
    candidate: Candidate, flags: Sequence[RedFlagFinding], weights: Mapping[str, float]
) -> tuple[list[dict[str, Any]], int]:
    """The default formula, term by term, and its score."""
    years, acv = _finite(candidate.years_experience), _finite(candidate.max_acv)
    if candidate.is_founder:
        founder, founder_words = 20, "Has founded a company."
    elif candidate.startup_experience:
        founder, founder_words = 10, "Has startup experience; not known as a founder."
    else:
        founder, founder_words = 0, "Neither founder nor startup experience is known."
    acv_points = 0 if acv is None or acv <= 0 else 15 if acv >= 100_000 else 10 if acv >= 50_000 else 5
    count = len({flag.code for flag in flags})
    terms: tuple[tuple[str, str, int, bool, str], ...] = (
        (
            "years",
            "Years of experience",
            0 if years is None else min(int(years * 10), 30),
            years is not None,
            "Years of experience are not known." if years is None else f"{years:g} years of experience.",
        ),
        _yes_or_no("sold_to_finance", "Has sold to finance", candidate.sold_to_finance, 25),
        (
            "founder",
            "Founder or startup experience",
            founder,
            candidate.is_founder is not None or candidate.startup_experience is not None,
            founder_words,
        ),
        (
            "acv",
            "Largest annual contract value",
            acv_points,
            acv is not None,
            "No contract value is known." if acv is None else f"Largest annual contract value {acv:,.0f}.",
        ),
        _yes_or_no("enterprise", "Enterprise experience", candidate.enterprise_experience, 10),
        (
            "red_flags",
            "Red flags",
            -POINTS_PER_RED_FLAG * count,
            True,
            f"{count} red flag{'s' if count > 1 else ''} found." if count else "No red flag found.",
        ),
    )
    total = 0.0
    results = []
    for key, label, points, known, explanation in terms:
        weight = weights.get(key, 1.0)
        full = FORMULA_POINTS[key]
        share = points / full
        total += points * weight
        results.append(
            {
                "key": key,
                "label": label,
                "weight": weight,
                "level": _level(share) if known else "unknown",
                "share": share,
                "points": points * weight,
                "max_points": max(full, 0) * weight,
                "quote": None,
                "quote_status": _NOT_NEEDED,
                "quote_source": None,
                "quote_start": None,
                "quote_end": None,
                "explanation": explanation,
            }
        )
    return results, _clamped(total)


_NOT_NEEDED = QuoteStatus.NOT_NEEDED.value


def _yes_or_no(key: str, label: str, value: bool | None, points: int) -> tuple[str, str, int, bool, str]:
    words = "Not known." if value is None else "Yes." if value else "No."
    return key, label, points if value else 0, value is not None, words


def _level(share: float) -> str:
    return matchers.level_of(share)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
