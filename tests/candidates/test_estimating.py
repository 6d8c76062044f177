"""What an import will cost, told before it is confirmed, against what it then does cost."""

from __future__ import annotations

import pytest
from django.db.models import Sum
from pytest_django import Settings

from candidates import lifecycle, pipeline, rubric
from candidates.models import Candidate, Import, Job
from candidates.schemas import Criterion
from candidates.states import ImportStatus
from llm.models import Call
from tests.candidates.making import running_import
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.LLM_REQUESTS_PER_MINUTE = 100_000
    settings.LLM_TOKENS_PER_MINUTE = 100_000_000
    settings.JUDGING_REPEATS = 0  # the estimate is for one judgement each


def waiting_import(number: int, *, job: Job | None = None) -> Import:
    import_ = running_import(number, score=False, job=job)
    Candidate.objects.filter(made_by_import=import_).update(job=job)
    while import_.status == ImportStatus.EXTRACTING:
        pipeline.drain(linger_seconds=0.05)
        import_.refresh_from_db()
    return import_


def criterion(number: int) -> Criterion:
    return Criterion(
        key=f"point_{number}",
        label=f"Point {number}",
        kind="judged",
        description="Has done it more than once.",
        weight=1,
    )


@pytest.mark.parametrize("criteria", [None, 3, 12], ids=["no job", "three criteria", "twelve criteria"])
def test_the_estimate_of_what_is_sent_is_near_what_is_paid(
    simulator: Simulator, settings: Settings, criteria: int | None
) -> None:
    # Of what is sent only: how much a model says in return is its own affair.
    settings.LLM_PRICES = {settings.LLM_MODEL: [1, 0]}
    job = None
    if criteria is not None:
        job = Job.objects.create(title="Account Executive")
        rubric.save(job, [criterion(number) for number in range(criteria)])
    import_ = waiting_import(8, job=job)
    estimate = import_.cost_estimate_usd
    assert estimate is not None

    lifecycle.confirm(import_)
    while import_.status == ImportStatus.SCORING:
        pipeline.drain(linger_seconds=0.05)
        import_.refresh_from_db()
    calls = Call.objects.filter(scope=f"import:{import_.pk}", purpose="judge")
    sent = calls.aggregate(tokens=Sum("input_tokens"))["tokens"]
    assert calls.count() == import_.scored == 8
    assert 0.9 < estimate * 1_000_000 / sent < 1.2
