"""Figures of jobs: counted from scores, as the tiers are."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from candidates import job_figures, rubric, scoring
from candidates.models import Assessment, Candidate, Job
from candidates.schemas import Criterion
from candidates.states import Tier

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    cache.clear()


def test_tiers_by_job_agree_with_the_tiers_of_the_rows() -> None:
    job = Job.objects.create(title="Baker")
    for score in [None, *range(0, 101, 5), 34, 35, 49, 50, 64, 65, 79, 80]:
        Candidate.objects.create(job=job, combined_score=score, tier=scoring.tier_of(score))
    Candidate.objects.create(combined_score=90, tier=Tier.TOP)
    found = job_figures.tiers_by_job()
    for tier, count in found[job.pk].by_tier:
        assert count == Candidate.objects.filter(job=job, tier=tier).count(), tier
    assert found[job.pk].unscored == 1
    assert found[job.pk].total == 30
    assert found[None].total == 1
    assert job_figures.tiers_by_job(job=job) == {job.pk: found[job.pk]}


def test_candidates_scored_by_an_older_rubric_are_counted() -> None:
    job = Job.objects.create(title="Baker")
    criterion = Criterion(key="bread", label="Bread", kind="skill")
    old = rubric.save(job, [criterion])
    new = rubric.save(job, [criterion.model_copy(update={"weight": 2.0})])
    for made_by in (old, old, new):
        candidate = Candidate.objects.create(job=job)
        Assessment.objects.create(candidate=candidate, kind=Assessment.Kind.ALGORITHM, rubric=made_by, score=50)
    assert job_figures.scored_by_another_rubric(job=job, rubric=new) == 2
