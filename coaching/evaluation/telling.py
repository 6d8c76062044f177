"""What an evaluation tells the trainee: which areas count, and how much, is code's; the words are the model's."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from coaching.drills import DRILLS
from coaching.evaluation import weights
from coaching.evaluation.judging import Findings, Point
from coaching.schemas import ImprovementArea, PracticeSuggestion, Strength
from coaching.states import Dimension

MOST_STRENGTHS = 4
MOST_EXERCISES = 3
MOST_SUMMARIES = 3


def strengths(findings: Findings) -> list[Strength]:
    """What was done well: each dimension once before any of them twice."""
    return [
        Strength(dimension=point.dimension, text=point.text, quote=point.quote)
        for point in _spread(findings.strengths)[:MOST_STRENGTHS]
        if point.quote is not None
    ]


def areas(findings: Findings) -> list[ImprovementArea]:
    """The dimensions in which most of the overall score is to be gained, with the model's advice or our own."""
    by_dimension: dict[Dimension, Point] = {}
    for point in findings.advice:
        known = by_dimension.get(point.dimension)
        if known is None or (known.quote is None and point.quote is not None):
            by_dimension[point.dimension] = point
    made = []
    for dimension in weights.most_to_gain(findings.scores)[: weights.MOST_AREAS]:
        score = findings.scores[dimension]
        said = by_dimension.get(dimension) or Point(dimension, DRILLS[dimension].advice, None)
        made.append(
            ImprovementArea(
                dimension=dimension,
                label=dimension.label,
                level=weights.standing(score),
                score=score,
                priority=weights.priority(dimension, score),
                suggestion=said.text,
                quote=said.quote,
                instead=said.more,
            )
        )
    return made


def exercises(findings: Findings) -> list[PracticeSuggestion]:
    """What to practise, for the areas first; ours where the model gave none."""
    order = {dimension: place for place, dimension in enumerate(weights.most_to_gain(findings.scores))}
    points = sorted(findings.exercises, key=lambda point: order.get(point.dimension, len(order)))
    if not points:
        first = next(iter(order), Dimension.CLARITY_STRUCTURE)
        points = [Point(first, DRILLS[first].drill, None, DRILLS[first].title)]
    return [
        PracticeSuggestion(dimension=point.dimension, title=point.more, exercise=point.text, quote=point.quote)
        for point in _spread(points)[:MOST_EXERCISES]
    ]


def summary(findings: Findings, overall: Decimal) -> str:
    """One line of figures by code, then the model's words."""
    best = max(Dimension, key=lambda dimension: findings.scores[dimension])
    told = f"Overall {overall} of 100. Strongest: {best.label} ({findings.scores[best]})."
    if (lowest := next(iter(weights.most_to_gain(findings.scores)), best)) != best:
        told += f" Most to gain: {lowest.label} ({findings.scores[lowest]})."
    return " ".join([told, *findings.summaries[:MOST_SUMMARIES]])


def _spread(points: Iterable[Point]) -> list[Point]:
    """The same points with the first of each dimension before the second of any."""
    seen: dict[Dimension, int] = {}
    ranked = []
    for place, point in enumerate(points):
        seen[point.dimension] = seen.get(point.dimension, 0) + 1
        ranked.append((seen[point.dimension], place, point))
    return [point for _, _, point in sorted(ranked, key=lambda one: one[:2])]
