"""What the last evaluations of one trainee say together: what to work on, what is done well, what to practise."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from accounts.models import User
from coaching.evaluation import weights
from coaching.models import Evaluation
from coaching.schemas import (
    Advice,
    ImprovementArea,
    Improvements,
    ImprovementTheme,
    KnownStrength,
    PracticeSuggestion,
    Strength,
    SuggestedPractice,
)
from coaching.states import Dimension, SessionState

# What lies further back says little about how somebody speaks now.
LATELY = 10
MOST_ADVICE = 3
MOST_EXERCISES = 6


def lately(user: User) -> list[Evaluation]:
    """The newest evaluations of the last completed sessions, the last session first, each with its session."""
    return list(
        Evaluation.objects.filter(
            is_newest=True,
            session__user=user,
            session__status=SessionState.COMPLETED,
            session__overall__isnull=False,
        )
        .select_related("session")
        .defer("criteria", "measured", "notes", "receipts", "summary", "summary_quotes", "session__summary")
        .order_by("-session__completed_at", "-session_id")[:LATELY]
    )


def improvements(user: User) -> Improvements:
    """What to work on and what is done well, from the last ten evaluated sessions; empty lists before the first."""
    found = lately(user)
    return Improvements(
        sessions=len(found),
        areas=_areas(found),
        strengths=_strengths(found),
        practice_suggestions=_exercises(found),
    )


def averages(found: Sequence[Evaluation]) -> dict[Dimension, float]:
    """The mean of each dimension over these evaluations, to one decimal, half up; empty where there is none."""
    if not found:
        return {}
    return {
        dimension: float(
            (Decimal(sum(getattr(one, dimension.value) for one in found)) / len(found)).quantize(
                Decimal("0.1"), ROUND_HALF_UP
            )
        )
        for dimension in Dimension
    }


def times_weak(found: Sequence[Evaluation], dimension: Dimension) -> int:
    """In how many of these evaluations a dimension was weak."""
    return sum(getattr(one, dimension.value) < weights.SOLID for one in found)


def _areas(found: Sequence[Evaluation]) -> list[ImprovementTheme]:
    means = averages(found)
    if not means:
        return []
    return [
        ImprovementTheme(
            dimension=dimension,
            label=dimension.label,
            average=means[dimension],
            latest=getattr(found[0], dimension.value),
            level=weights.standing(means[dimension]),
            priority=weights.priority(dimension, means[dimension]),
            times_weak=times_weak(found, dimension),
            advice=_advice(found, dimension),
        )
        for dimension in weights.most_to_gain(means)
        if weights.standing(means[dimension]) != "strong"
    ]


def _advice(found: Sequence[Evaluation], dimension: Dimension) -> list[Advice]:
    advice: list[Advice] = []
    for one in found:
        for area in map(ImprovementArea.model_validate, one.improvement_areas):
            # The same words again teach nothing new.
            if area.dimension != dimension or any(area.suggestion == known.suggestion for known in advice):
                continue
            advice.append(
                Advice(
                    **_where(one),
                    suggestion=area.suggestion,
                    quote=area.quote,
                    instead=area.instead,
                )
            )
    return advice[:MOST_ADVICE]


def _where(evaluation: Evaluation) -> dict[str, Any]:
    """In which session something was said."""
    session = evaluation.session
    return {
        "session_id": session.pk,
        "preparation_type": session.preparation_type,
        "completed_at": session.completed_at,
    }


def _strengths(found: Sequence[Evaluation]) -> list[KnownStrength]:
    by_dimension: dict[Dimension, KnownStrength] = {}
    for one in found:
        for strength in map(Strength.model_validate, one.strengths):
            by_dimension.setdefault(
                strength.dimension,
                KnownStrength(
                    **_where(one),
                    dimension=strength.dimension,
                    label=strength.dimension.label,
                    text=strength.text,
                    quote=strength.quote,
                ),
            )
    return list(by_dimension.values())


def _exercises(found: Sequence[Evaluation]) -> list[SuggestedPractice]:
    exercises: list[SuggestedPractice] = []
    for one in found:
        for practice in map(PracticeSuggestion.model_validate, one.practice_suggestions):
            if any(practice.exercise == known.exercise for known in exercises):
                continue
            exercises.append(
                SuggestedPractice(
                    **_where(one),
                    dimension=practice.dimension,
                    label=practice.dimension.label,
                    title=practice.title,
                    exercise=practice.exercise,
                    quote=practice.quote,
                )
            )
    return exercises[:MOST_EXERCISES]
