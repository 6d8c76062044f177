"""Progress over sessions: the formulas, against numpy and scipy and against exact fractions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from coaching import lifecycle, trends
from coaching.evaluation import weights
from coaching.models import Session
from coaching.schemas import Trends
from coaching.states import Dimension, PreparationType, SessionState
from tests.coaching import practised

pytestmark = pytest.mark.django_db

KINDS = PreparationType.values
# Rows are made and rolled back with the test, a user of their own for each example.
in_the_database = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SIX = st.lists(st.integers(0, 100), min_size=6, max_size=6)
SESSIONS = st.lists(st.tuples(SIX, st.sampled_from(KINDS)), max_size=25)


def filled(of: Sequence[tuple[Sequence[int], str]]) -> User:
    """A trainee with sessions of these scores and types, a day after one another."""
    user = practised.trainee()
    Session.objects.bulk_create(
        Session(
            user=user,
            preparation_type=kind,
            status=SessionState.COMPLETED,
            completed_at=practised.BEGAN + timedelta(days=day),
            overall=overall_of(six),
            scores=list(six),
        )
        for day, (six, kind) in enumerate(of)
    )
    return user


def overall_of(six: Sequence[int]) -> Decimal:
    return weights.overall(dict(zip(Dimension, six, strict=True)))


def level(*overall: int) -> Trends:
    """The trends of sessions with these overall scores."""
    return trends.trends(filled([([score] * 6, "Pitch") for score in overall]))


def rounded(value: Fraction, places: int) -> float:
    """An exact value, halves away from zero."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return math.copysign(whole / 10**places, value) if whole else 0.0


# --- against other implementations -----------------------------------------------------------------------------------
@in_the_database
@given(SESSIONS)
def test_averages_are_those_of_exact_fractions_and_numpy(of: list[tuple[list[int], str]]) -> None:
    found = trends.trends(filled(of))
    assert found.sessions == len(of)
    if not of:
        assert set(found.averages.model_dump().values()) == {None}
        return
    for place, dimension in enumerate(Dimension):
        column = [six[place] for six, _ in of]
        mean = getattr(found.averages, dimension.value)
        assert mean == rounded(Fraction(sum(column), len(column)), 1)
        assert mean == pytest.approx(np.mean(column), abs=0.05 + 1e-9)
    overalls = [overall_of(six) for six, _ in of]
    assert found.averages.overall == rounded(Fraction(sum(overalls)) / len(overalls), 1)


@in_the_database
@given(SESSIONS)
def test_velocity_is_the_slope_of_numpy_and_scipy(of: list[tuple[list[int], str]]) -> None:
    found = trends.trends(filled(of))
    if len(of) < 2:
        assert found.improvement_velocity is None
        return
    overalls = [float(overall_of(six)) for six, _ in of]
    index = list(range(len(overalls)))
    for slope in (np.polyfit(index, overalls, 1)[0], scipy.stats.linregress(index, overalls).slope):
        assert found.improvement_velocity == pytest.approx(max(-1.0, min(1.0, slope / 10)), abs=0.0005 + 1e-9)
    mean, middle = (
        Fraction(sum(map(Fraction, map(overall_of, (six for six, _ in of))))) / len(of),
        Fraction(len(of) - 1, 2),
    )
    exact = sum((x - middle) * (Fraction(overall_of(six)) - mean) for x, (six, _) in enumerate(of)) / sum(
        (x - middle) ** 2 for x in index
    )
    assert found.improvement_velocity == rounded(max(Fraction(-1), min(Fraction(1), exact / 10)), 3)


@in_the_database
@given(SESSIONS)
def test_recent_trend_is_told_by_the_halves_of_the_last_three(of: list[tuple[list[int], str]]) -> None:
    found = trends.trends(filled(of))
    last = [Fraction(overall_of(six)) for six, _ in of][-3:]
    if len(last) < 2:
        assert (found.recent_trend, found.recent_change) == ("no_data", None)
        return
    middle = len(last) // 2
    change = statistics.mean(last[middle:]) - statistics.mean(last[:middle])
    assert found.recent_change == rounded(change, 1)
    assert found.recent_trend == ("improving" if change > 5 else "declining" if change < -5 else "stable")


@in_the_database
@given(SESSIONS)
def test_recurring_weaknesses_are_those_counted_by_hand(of: list[tuple[list[int], str]]) -> None:
    found = trends.trends(filled(of)).recurring_weaknesses
    times = {dimension: sum(six[place] < 60 for six, _ in of) for place, dimension in enumerate(Dimension)}
    recent = {dimension: sum(six[place] < 60 for six, _ in of[-3:]) for place, dimension in enumerate(Dimension)}
    recurring = [dimension for dimension in Dimension if times[dimension] >= 2]
    assert len(found) == min(5, len(recurring))
    assert {one.dimension for one in found} <= set(recurring)
    assert [(one.times, one.recent_times) for one in found] == [
        (times[one.dimension], recent[one.dimension]) for one in found
    ]
    left_out = set(recurring) - {one.dimension for one in found}
    assert all(times[dimension] <= found[-1].times for dimension in left_out)
    assert [one.times for one in found] == sorted((one.times for one in found), reverse=True)


@in_the_database
@given(SESSIONS)
def test_each_type_has_the_trends_of_its_sessions_alone(of: list[tuple[list[int], str]]) -> None:
    found = trends.trends(filled(of))
    assert {one.preparation_type for one in found.by_preparation_type} == {kind for _, kind in of}
    assert sum(one.sessions for one in found.by_preparation_type) == len(of)
    for one in found.by_preparation_type:
        alone = trends.trends(filled([(six, kind) for six, kind in of if kind == one.preparation_type]))
        assert one.model_dump(exclude={"preparation_type", "label"}) == alone.model_dump(
            include={"sessions", "averages", "improvement_velocity", "recent_trend", "recent_change"}
        )


# --- by example ------------------------------------------------------------------------------------------------------
def test_nothing_is_null_and_not_zero() -> None:
    found = level()
    assert (found.sessions, found.improvement_velocity, found.recent_trend) == (0, None, "no_data")
    assert found.recurring_weaknesses == found.score_progression == found.by_preparation_type == []
    assert found.averages.overall is None


def test_single_session_has_averages_and_no_trend() -> None:
    found = level(70)
    assert (found.averages.overall, found.improvement_velocity, found.recent_trend) == (70.0, None, "no_data")


@pytest.mark.parametrize(
    ("scores", "trend", "change"),
    [
        ((60, 65), "stable", 5.0),
        ((60, 66), "improving", 6.0),
        ((66, 60), "declining", -6.0),
        ((65, 60), "stable", -5.0),
        ((0, 60, 62, 70), "improving", 6.0),  # (62 + 70) ÷ 2 − 60: the first of four has no say
        ((100, 60, 64, 66), "stable", 5.0),
    ],
)
def test_recent_trend_begins_beyond_five_points(scores: tuple[int, ...], trend: str, change: float) -> None:
    found = level(*scores)
    assert (found.recent_trend, found.recent_change) == (trend, change)


def test_velocity_is_clamped() -> None:
    assert level(0, 100).improvement_velocity == 1.0
    assert level(100, 0).improvement_velocity == -1.0
    assert level(50, 52, 54).improvement_velocity == 0.2


def test_weak_once_is_no_recurring_weakness() -> None:
    user = practised.trainee()
    practised.evaluated(user, [59, 80, 80, 80, 80, 80], [60, 59, 80, 80, 80, 80], [70, 58, 80, 80, 80, 80])
    (one,) = trends.trends(user).recurring_weaknesses
    assert (one.dimension, one.times, one.recent_times) == (Dimension.RELEVANCE_FOCUS, 2, 2)
    assert one.average == 65.7


def test_five_recurring_weaknesses_at_most() -> None:
    assert len(level(10, 10).recurring_weaknesses) == 5


def test_archived_and_unfinished_sessions_are_left_out() -> None:
    user = practised.trainee()
    first, second = practised.evaluated(user, 50, 90)
    practised.session(user=user)  # completed, not evaluated
    practised.session(user=user, status=SessionState.IN_PROGRESS)
    lifecycle.archive(first)
    found = trends.trends(user)
    assert [point.session_id for point in found.score_progression] == [second.pk]
    assert found.averages.overall == 90.0


def test_another_trainees_sessions_are_left_out() -> None:
    one, other = practised.trainee(), practised.trainee()
    practised.evaluated(one, 90)
    practised.evaluated(other, 10, 10)
    assert trends.trends(one).averages.overall == 90.0
    assert trends.trends(one).recurring_weaknesses == []


def test_evaluated_anew_the_newest_counts_at_its_old_place() -> None:
    user = practised.trainee()
    first, _ = practised.evaluated(user, 50, 60)
    practised.judged(first, [70] * 6, number=2)
    found = trends.trends(user)
    assert [(point.position, point.overall) for point in found.score_progression] == [(1, 70.0), (2, 60.0)]


def test_progression_follows_completion_and_holds_the_last_forty() -> None:
    user = filled([([number % 101] * 6, "Sales") for number in range(70)])
    points = trends.trends(user).score_progression
    assert [point.position for point in points] == list(range(31, 71))
    assert [point.overall for point in points] == [float(number % 101) for number in range(30, 70)]
    assert points[0].scores.engagement == 30
    assert points[0].completed_at < points[-1].completed_at


def test_trends_are_one_statement_over_one_index() -> None:
    user = filled([([number % 101] * 6, "Sales") for number in range(300)])
    filled([([number % 101] * 6, "Sales") for number in range(300)])
    with CaptureQueriesContext(connection) as asked:
        trends.trends(user)
    assert len(asked) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {trends._STATEMENT}", [user.pk, user.pk])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "session_figures" in plan
