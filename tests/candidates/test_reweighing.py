"""Other weights re-rank stored results, in SQL as in Python, and ask nobody."""

from __future__ import annotations

import random
import uuid

import pytest

from accounts.models import User
from candidates import reweighing, rubric, scoring
from candidates.models import Assessment, Candidate, Job, Rubric
from candidates.rubric import RubricInvalid
from candidates.schemas import Criterion, CriterionResult

pytestmark = pytest.mark.django_db
KEYS = ("python", "sql", "drive")


def result(key: str, share: float, weight: float = 1.0) -> CriterionResult:
    return CriterionResult(
        key=key, label=key, weight=weight, level="partial", share=share, points=0, max_points=0, quote="a quote"
    )


def store(candidate: Candidate, kind: str, results: list[CriterionResult], of: Rubric | None, band: int = 0) -> int:
    score = scoring.score_of(results)
    Assessment.objects.create(
        candidate=candidate,
        kind=kind,
        rubric=of,
        criteria=[one.model_dump(mode="json") for one in scoring.reweighed(results, {})],
        score=score,
        score_low=max(0, score - band),
        score_high=min(100, score + band),
        summary="Kept.",
    )
    return score


def person(
    job: Job | None, of: Rubric | None, shares: dict[str, float], ai: dict[str, float] | None, band: int = 0
) -> Candidate:
    candidate = Candidate.objects.create(id=uuid.uuid4(), name=f"Ada {random.randint(1, 999)}", job=job)
    algo_score = store(candidate, "algorithm", [result(key, share) for key, share in shares.items()], of)
    ai_score = store(candidate, "model", [result(key, share) for key, share in ai.items()], of, band) if ai else None
    candidate.algo_score, candidate.ai_score = algo_score, ai_score
    candidate.combined_score = scoring.combine(algo_score, ai_score)
    candidate.tier = scoring.tier_of(candidate.combined_score)
    candidate.save()
    return candidate


@pytest.fixture
def job() -> Job:
    job = Job.objects.create(title="Engineer")
    rubric.save(
        job, [Criterion(key=key, label=key, kind="judged" if key == "drive" else "skill") for key in KEYS], actor=None
    )
    return job


def people(job: Job, count: int = 12) -> list[Candidate]:
    dice = random.Random(7)
    of = rubric.current(job)
    return [
        person(
            job,
            of,
            {key: round(dice.random(), 4) for key in KEYS[:2]},
            {key: round(dice.random(), 4) for key in KEYS} if number % 3 else None,
            band=number % 4,
        )
        for number in range(count)
    ]


WEIGHTS = {"python": 2.0, "sql": 0.25, "drive": 0.0}


def expected(candidate: Candidate) -> tuple[int | None, int | None, int | None]:
    scores: dict[str, int] = {}
    for kept in candidate.assessments.filter(is_current=True):
        results = [CriterionResult.model_validate(one) for one in kept.criteria]
        scores[kept.kind] = scoring.score_of(results, WEIGHTS)
    algo, ai = scores.get("algorithm"), scores.get("model")
    return algo, ai, scoring.combine(algo, ai)


def test_preview_ranks_as_python_would_and_stores_nothing(job: Job) -> None:
    everybody = people(job)
    rows = reweighing.preview(job=job, weights=WEIGHTS, limit=50)
    assert {row["id"] for row in rows} == {one.id for one in everybody}
    for row in rows:
        candidate = Candidate.objects.get(id=row["id"])
        assert (row["algo_score"], row["ai_score"], row["combined_score"]) == expected(candidate)
        assert row["tier"] == scoring.tier_of(row["combined_score"])
        assert row["old_combined_score"] == candidate.combined_score
    order = [row["combined_score"] or -1 for row in rows]
    assert order == sorted(order, reverse=True)
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert job.rubrics.count() == 1
    assert not Assessment.objects.exclude(weights={}).exists()


def test_apply_stores_scores_a_rubric_version_and_successors(job: Job) -> None:
    everybody = people(job)
    wanted = {one.id: expected(one) for one in everybody}
    actor = User.objects.create_user("rui@example.com")
    assert reweighing.apply(job=job, weights=WEIGHTS, actor=actor) == len(everybody)
    version = rubric.current(job)
    assert version is not None
    assert (version.version, version.made_by) == (2, actor)
    assert {one.key: one.weight for one in rubric.criteria_of(version)} == WEIGHTS
    for candidate in Candidate.objects.filter(job=job):
        algo, ai, combined = wanted[candidate.id]
        assert (candidate.algo_score, candidate.ai_score, candidate.combined_score) == (algo, ai, combined)
        assert candidate.tier == scoring.tier_of(combined)
        assert candidate.score_low is not None
        assert candidate.score_high is not None
        assert candidate.score_low <= (combined or 0) <= candidate.score_high
        assert candidate.tier_unstable == (
            scoring.tier_of(candidate.score_low) != scoring.tier_of(candidate.score_high)
        )
        for kept in candidate.assessments.filter(is_current=True):
            results = [CriterionResult.model_validate(one) for one in kept.criteria]
            assert scoring.score_of(results) == kept.score == (algo if kept.kind == "algorithm" else ai)
            assert results == scoring.reweighed(results, WEIGHTS)
            assert (kept.rubric_id, kept.weights, kept.summary) == (version.id, WEIGHTS, "Kept.")
    # What was there before is history, not gone.
    assert Assessment.objects.filter(is_current=False).count() == Assessment.objects.filter(is_current=True).count()


def test_apply_without_a_job_scales_the_default_formula() -> None:
    job = Job.objects.create(title="Another")
    other = Candidate.objects.create(id=uuid.uuid4(), name="Rui Falk", job=job, algo_score=1)
    candidate = Candidate.objects.create(id=uuid.uuid4(), name="Ada Quill", years_experience=2, sold_to_finance=True)
    made = scoring.assess(candidate, rubric=None, flags=())
    made.save()
    assert made.score == 45
    (row,) = reweighing.preview(job=None, weights={"sold_to_finance": 2}, limit=10)
    assert row["algo_score"] == row["combined_score"] == 70
    assert reweighing.apply(job=None, weights={"sold_to_finance": 2}, actor=None) == 1
    candidate.refresh_from_db()
    assert (candidate.algo_score, candidate.combined_score, candidate.tier) == (70, 70, "Strong")
    assert reweighing.apply(job=None, weights={"sold_to_finance": 1}, actor=None) == 1
    candidate.refresh_from_db()
    assert candidate.algo_score == 45
    other.refresh_from_db()
    assert other.algo_score == 1


def test_model_score_that_was_given_up_stays_null(job: Job) -> None:
    candidate = person(job, rubric.current(job), {"python": 0.5, "sql": 0.5}, None)
    reweighing.apply(job=job, weights={"python": 2}, actor=None)
    candidate.refresh_from_db()
    assert candidate.ai_score is None
    assert candidate.combined_score == candidate.algo_score


@pytest.mark.parametrize("weights", [{"python": 2.5}, {"nobody": 1}, {"python": None}])
def test_weights_that_do_not_hold_change_nothing(job: Job, weights: dict[str, object]) -> None:
    people(job, 2)
    for act in (
        lambda: reweighing.preview(job=job, weights=weights, limit=5),
        lambda: reweighing.apply(job=job, weights=weights, actor=None),
    ):
        with pytest.raises(RubricInvalid) as raised:
            act()
        assert raised.value.status == 400
        assert raised.value.fields
    assert job.rubrics.count() == 1
