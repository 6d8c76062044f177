"""What to do next, and whether the session that it prepares can be set up."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coaching import practice, sessions
from coaching.drills import DRILLS, FIRST
from coaching.states import Dimension, PreparationType, SessionState
from tests.coaching import practised

pytestmark = pytest.mark.django_db

STRONG = [90] * 6


def weak_in(*dimensions: Dimension, score: int = 40) -> list[int]:
    return [score if dimension in dimensions else 90 for dimension in Dimension]


def test_every_dimension_and_every_type_has_its_practice() -> None:
    assert set(DRILLS) == set(Dimension)
    assert set(FIRST) == set(PreparationType)


def test_newcomer_gets_a_first_session() -> None:
    plan = practice.plan(practised.trainee())
    (step,) = plan.steps
    assert (plan.sessions, step.position, step.dimension) == (0, 1, None)
    assert step.session.preparation_type == PreparationType.INTERVIEW
    assert step.session.agenda


def test_newcomer_who_set_something_up_gets_the_same_type() -> None:
    user = practised.trainee()
    practised.session((), user=user, status=SessionState.SETUP, preparation_type=PreparationType.SALES)
    (step,) = practice.plan(user).steps
    assert step.session.preparation_type == PreparationType.SALES


def test_what_keeps_coming_back_comes_first() -> None:
    user = practised.trainee()
    practised.evaluated(
        user,
        weak_in(Dimension.ENGAGEMENT),
        weak_in(Dimension.ENGAGEMENT, Dimension.LANGUAGE_QUALITY),
        weak_in(Dimension.ENGAGEMENT),
        weak_in(Dimension.CLARITY_STRUCTURE, score=0),
    )
    plan = practice.plan(user)
    assert [step.dimension for step in plan.steps] == [
        Dimension.ENGAGEMENT,
        Dimension.CLARITY_STRUCTURE,
        Dimension.LANGUAGE_QUALITY,
    ]
    assert "keep" in plan.headline
    assert plan.steps[0].why == "Weak in 3 of your last 4 sessions; 52.5 of 100 on average."


def test_what_was_weak_once_long_ago_needs_no_step() -> None:
    user = practised.trainee()
    practised.evaluated(user, weak_in(Dimension.ENGAGEMENT), STRONG, STRONG, weak_in(Dimension.LANGUAGE_QUALITY))
    assert [step.dimension for step in practice.plan(user).steps] == [Dimension.LANGUAGE_QUALITY]


def test_strong_everywhere_gets_a_harder_counterpart() -> None:
    user = practised.trainee()
    practised.evaluated(user, STRONG, STRONG)
    (step,) = practice.plan(user).steps
    assert step.title == "A harder room"
    assert step.session.tone == "Demanding, interrupts"


def test_solid_everywhere_works_on_what_has_most_to_gain() -> None:
    user = practised.trainee()
    practised.evaluated(user, [79, 78, 77, 60, 76, 75])
    (step,) = practice.plan(user).steps
    assert step.dimension == Dimension.CONFIDENCE_DELIVERY  # 20 × 23 > 10 × 40


def test_prepared_session_holds_the_worst_occasion_again() -> None:
    user = practised.trainee()
    practised.evaluated(user, weak_in(Dimension.ENGAGEMENT, score=20), kinds=["Sales"], meeting_subtype="First call")
    practised.evaluated(user, weak_in(Dimension.ENGAGEMENT, score=50), first_day=1, kinds=["Pitch"])
    prepared = practice.plan(user).steps[0].session
    assert (prepared.preparation_type, prepared.meeting_subtype) == (PreparationType.SALES, "First call")
    assert prepared.agenda.endswith(f"\n\n{practised.AGENDA}")
    assert prepared.tone == DRILLS[Dimension.ENGAGEMENT].tone


def test_prepared_again_the_old_focus_makes_room() -> None:
    user = practised.trainee()
    practised.evaluated(user, weak_in(Dimension.ENGAGEMENT))
    once = practice.plan(user).steps[0].session
    practised.evaluated(user, weak_in(Dimension.CLARITY_STRUCTURE, score=5), first_day=1, agenda=once.agenda)
    prepared = next(step.session for step in practice.plan(user).steps if step.dimension == Dimension.CLARITY_STRUCTURE)
    assert prepared.agenda.count("Focus of this practice") == 1
    assert prepared.agenda.endswith(practised.AGENDA)


def test_prepared_session_can_be_set_up_as_it_is() -> None:
    user = practised.trainee()
    practised.evaluated(user, weak_in(Dimension.ENGAGEMENT), agenda="a" * 4000)
    prepared = practice.plan(user).steps[0].session
    made = sessions.make(user=user, **prepared.model_dump())
    assert made.status == SessionState.SETUP
    assert made.agenda == prepared.agenda
    assert len(made.agenda) <= 4000


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.lists(st.integers(0, 100), min_size=6, max_size=6), max_size=12))
def test_there_is_always_a_first_step_and_never_one_twice(of: list[list[int]]) -> None:
    user = practised.trainee()
    practised.evaluated(user, *of)
    plan = practice.plan(user)
    assert 1 <= len(plan.steps) <= 3
    assert [step.position for step in plan.steps] == list(range(1, len(plan.steps) + 1))
    assert len({step.dimension for step in plan.steps}) == len(plan.steps)
    assert practice.plan(user) == plan
