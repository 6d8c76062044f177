"""What the last evaluations say together."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coaching import improvements, lifecycle
from coaching.models import Evaluation, Session
from coaching.schemas import ImprovementArea, PracticeSuggestion, Quote, Strength
from coaching.states import Dimension
from tests.coaching import practised

pytestmark = pytest.mark.django_db

CLARITY, RELEVANCE = Dimension.CLARITY_STRUCTURE, Dimension.RELEVANCE_FOCUS


def said(held: Session, text: str, *, dimension: Dimension = CLARITY) -> None:
    """Let the session's evaluation say this about a dimension, as keeping stores it."""
    quote = Quote(message=2, quote="so it was said")
    area = ImprovementArea(
        dimension=dimension,
        label=dimension.label,
        level="weak",
        score=40,
        priority="high",
        suggestion=text,
        quote=quote,
        instead="Better so.",
    )
    strength = Strength(dimension=dimension, text=f"Good: {text}", quote=quote)
    exercise = PracticeSuggestion(dimension=dimension, title="Try", exercise=f"Do: {text}", quote=None)
    Evaluation.objects.filter(session=held, is_newest=True).update(
        improvement_areas=[area.model_dump(mode="json")],
        strengths=[strength.model_dump(mode="json")],
        practice_suggestions=[exercise.model_dump(mode="json")],
    )


def test_nothing_evaluated_gives_empty_lists() -> None:
    found = improvements.improvements(practised.trainee())
    assert (found.sessions, found.areas, found.strengths, found.practice_suggestions) == (0, [], [], [])


def test_areas_stand_by_what_is_to_be_gained() -> None:
    user = practised.trainee()
    practised.evaluated(user, [50, 90, 70, 40, 90, 90], [60, 90, 72, 51, 90, 90])
    found = improvements.improvements(user).areas
    # 20 × 45, 20 × 29, 10 × 54.5: the strong ones are left out
    assert [(one.dimension, one.average, one.latest, one.times_weak) for one in found] == [
        (CLARITY, 55.0, 60, 1),
        (Dimension.CONFIDENCE_DELIVERY, 71.0, 72, 0),
        (Dimension.LANGUAGE_QUALITY, 45.5, 51, 2),
    ]
    assert [(one.level, one.priority) for one in found] == [("weak", "high"), ("solid", "medium"), ("weak", "medium")]


def test_advice_comes_newest_first_and_each_once() -> None:
    user = practised.trainee()
    held = practised.evaluated(user, *[40] * 5)
    for one, text in zip(held, ["Old.", "Point first.", "Shorter.", "Point first.", "One reason."], strict=True):
        said(one, text)
    (area,) = (one for one in improvements.improvements(user).areas if one.dimension == CLARITY)
    assert [one.suggestion for one in area.advice] == ["One reason.", "Point first.", "Shorter."]
    assert area.advice[0].session_id == held[-1].pk
    assert (area.advice[0].instead, area.advice[0].quote) == ("Better so.", Quote(message=2, quote="so it was said"))


def test_strengths_stand_once_for_each_dimension() -> None:
    user = practised.trainee()
    first, second, third = practised.evaluated(user, 70, 70, 70)
    said(first, "first")
    said(second, "second", dimension=RELEVANCE)
    said(third, "third")
    found = improvements.improvements(user)
    assert [(one.dimension, one.text) for one in found.strengths] == [
        (CLARITY, "Good: third"),
        (RELEVANCE, "Good: second"),
    ]
    assert [one.exercise for one in found.practice_suggestions] == ["Do: third", "Do: second", "Do: first"]


def test_only_the_last_ten_sessions_count() -> None:
    user = practised.trainee()
    practised.evaluated(user, *[10] * 5, *[90] * 10)
    found = improvements.improvements(user)
    assert (found.sessions, found.areas) == (10, [])


def test_archived_sessions_and_those_of_others_are_left_out() -> None:
    user = practised.trainee()
    first, _ = practised.evaluated(user, 10, 90)
    practised.evaluated(practised.trainee(), 10)
    lifecycle.archive(first)
    assert improvements.improvements(user).sessions == 1


def test_newest_evaluation_of_a_session_counts() -> None:
    user = practised.trainee()
    (held,) = practised.evaluated(user, 10)
    practised.judged(held, [90] * 6, number=2)
    found = improvements.improvements(user)
    assert (found.sessions, found.areas) == (1, [])


def test_improvements_ask_the_database_once() -> None:
    user = practised.trainee()
    for one in practised.evaluated(user, 50, 60, 70):
        said(one, "Point first.")
    with CaptureQueriesContext(connection) as asked:
        improvements.improvements(user)
    assert len(asked) == 1
