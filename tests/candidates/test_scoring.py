"""The default formula exactly as the contract writes it, combining, tiers and bands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candidates import rubric, scoring
from candidates.models import Candidate, Rubric
from candidates.red_flags import RedFlagFinding
from candidates.schemas import CriterionResult
from candidates.states import RedFlag, Tier

CODES = [flag.value for flag in RedFlag]


def contract(person: dict[str, Any], flags: int) -> int:
    """MISSION "algo_score", written out once more, so that two readings of it have to agree."""
    years, acv = person["years_experience"], person["max_acv"]
    points = min(int(years * 10), 30) if years is not None else 0
    points += 25 if person["sold_to_finance"] else 0
    points += 20 if person["is_founder"] else 10 if person["startup_experience"] else 0
    if acv is not None:
        points += 15 if acv >= 100_000 else 10 if acv >= 50_000 else 5 if acv > 0 else 0
    points += 10 if person["enterprise_experience"] else 0
    return max(0, min(100, points - 5 * flags))


people = st.fixed_dictionaries(
    {
        "years_experience": st.none() | st.floats(0, 60),
        "max_acv": st.none() | st.floats(0, 1e7) | st.sampled_from([0, 49_999.99, 50_000, 99_999, 100_000]),
        "sold_to_finance": st.none() | st.booleans(),
        "is_founder": st.none() | st.booleans(),
        "startup_experience": st.none() | st.booleans(),
        "enterprise_experience": st.none() | st.booleans(),
    }
)
found_flags = st.lists(st.sampled_from(CODES), unique=True).map(
    lambda codes: [RedFlagFinding(code, "Because.") for code in codes]
)


def results(made: Any) -> list[CriterionResult]:
    return [CriterionResult.model_validate(item) for item in made.criteria]


@given(people, found_flags)
def test_default_formula_equals_the_contract(person: dict[str, Any], flags: list[RedFlagFinding]) -> None:
    made = scoring.assess(Candidate(**person), rubric=None, flags=flags)
    assert made.score == contract(person, len(flags))
    assert scoring.score_of(results(made)) == made.score
    assert sum(result.points for result in results(made)) >= made.score or made.score == 0


@given(people, found_flags, st.dictionaries(st.sampled_from(list(rubric.DEFAULT_WEIGHTS)), st.floats(0, 2)))
def test_weights_scale_each_term_and_the_sum_stays_within_bounds(
    person: dict[str, Any], flags: list[RedFlagFinding], weights: dict[str, float]
) -> None:
    made = scoring.assess(Candidate(**person), rubric=None, flags=flags)
    score = scoring.score_of(results(made), weights)
    assert 0 <= score <= 100
    again = scoring.reweighed(results(made), weights)
    assert scoring.score_of(again) == score


def test_formula_with_a_switched_off_term_leaves_it_out() -> None:
    made = scoring.assess(Candidate(years_experience=2, sold_to_finance=True), rubric=None, flags=())
    assert made.score == 45
    assert scoring.score_of(results(made), {"sold_to_finance": 0}) == 20
    assert scoring.score_of(results(made), {"years": 0.5}) == 35


def test_absent_values_are_unknown_and_never_guessed() -> None:
    made = scoring.assess(Candidate(), rubric=None, flags=())
    assert made.score == 0
    assert {result.level for result in results(made) if result.key != "red_flags"} == {"unknown"}


def test_years_that_are_no_number_count_nothing() -> None:
    assert scoring.assess(Candidate(years_experience=float("inf")), rubric=None, flags=()).score == 0
    assert scoring.assess(Candidate(max_acv=float("nan")), rubric=None, flags=()).score == 0


def test_stated_formula_rubric_uses_its_weights() -> None:
    criteria = [
        one.model_copy(update={"weight": 2.0 if one.key == "enterprise" else 1.0}).model_dump()
        for one in rubric.DEFAULT
    ]
    made = scoring.assess(Candidate(enterprise_experience=True), rubric=Rubric(criteria=criteria), flags=())
    assert made.score == 20


@pytest.mark.parametrize(
    ("algo", "ai", "mean"),
    [(70, 71, 71), (70, 70, 70), (0, 1, 1), (99, 100, 100), (64, None, 64), (None, 50, 50), (None, None, None)],
)
def test_combined_score_is_the_mean_half_up(algo: int | None, ai: int | None, mean: int | None) -> None:
    assert scoring.combine(algo, ai) == mean


@pytest.mark.parametrize(
    ("score", "tier"),
    [
        (100, Tier.TOP), (80, Tier.TOP), (79, Tier.STRONG), (65, Tier.STRONG), (64, Tier.GOOD), (50, Tier.GOOD),
        (49, Tier.EVALUATE), (35, Tier.EVALUATE), (34, Tier.POOR), (0, Tier.POOR), (None, None),
    ],
)  # fmt: skip
def test_tiers_begin_where_the_contract_says(score: int | None, tier: Tier | None) -> None:
    assert scoring.tier_of(score) == tier


def test_near_a_boundary_is_three_points_to_either_side() -> None:
    near = [score for score in range(101) if scoring.near_boundary(score)]
    assert near == [*range(32, 38), *range(47, 53), *range(62, 68), *range(77, 83)]
    assert not scoring.near_boundary(None)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 2)), min_size=1, max_size=20))
def test_job_scores_stay_within_bounds_and_order_does_not_matter(pairs: list[tuple[float, float]]) -> None:
    made = [
        CriterionResult(key=f"k{n}", label="k", weight=weight, level="partial", share=share, points=0, max_points=0)
        for n, (share, weight) in enumerate(pairs)
    ]
    score = scoring.score_of(made)
    assert 0 <= score <= 100
    assert scoring.score_of(made[::-1]) == score
    raised = [one.model_copy(update={"share": 1.0}) for one in made]
    assert scoring.score_of(raised) >= score


def test_half_points_round_up_in_spite_of_floats() -> None:
    assert scoring.rounded(64.5) == 65
    assert scoring.rounded(64.49999999999999) == 65
    assert scoring.rounded(64.4) == 64


def test_rubric_that_only_a_model_can_judge_has_no_computed_score() -> None:
    judged = Rubric(criteria=[{"key": "drive", "label": "Drive", "kind": "judged", "weight": 1.0, "parameters": {}}])
    assert scoring.assess(Candidate(bio="x"), rubric=judged, flags=()).score is None
