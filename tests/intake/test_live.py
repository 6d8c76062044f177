"""The recruiter's page hears of each answer within a second, also while a worker is busy."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from accounts.models import ApiKey
from intake import answers, resumes
from intake.models import Intake
from intake.states import Step, Via
from tests import processes
from tests.candidates.recruiting import recruiter
from tests.intake import rounds
from tests.interviews.streaming import Stream, refusal
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
SAID: list[tuple[str, Any]] = [
    ("phone", "+1 202 555 0143"),
    ("years_experience", 8.0),
    ("sold_to_finance", True),
    ("max_acv", 250_000.0),
    ("location", "Leeds"),
    ("current_role", "Sales Director"),
]


def told(stream: Stream) -> list[dict[str, Any]]:
    """What the stream has told of answers; "read again" comes at its beginning, once or twice."""
    return [event for event in stream.of("intake") if event["kind"] == "answer"]


def test_answers_reach_the_recruiters_page_within_a_second_beside_a_busy_worker(
    simulator: Simulator, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    simulator.control(latency=0.5)
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    intake = rounds.intake(step=Step.REVIEW)
    took: list[float] = []
    with processes.web() as base_url, processes.worker(children=2):
        # More resumes than the worker reads in the time.
        for number in range(12):
            other = rounds.intake(rounds.candidate(name=f"Robin Sample {number}"), step=Step.RESUME)
            resumes.receive(other, SimpleUploadedFile("resume.txt", f"{rounds.RESUME}{number}".encode()))
        stream = Stream(f"{base_url}/live/intakes/{intake.candidate_id}/events", bearer=key)
        try:
            stream.wait_for("intake")
            for field, value in SAID:
                known = len(told(stream))
                began = time.monotonic()
                answers.record(intake, field=field, value=value, via=Via.FORM)
                processes.wait_until(
                    lambda known=known: len(told(stream)) > known,  # type: ignore[misc]
                    every=0.005,
                    what="the answer on the page",
                )
                took.append(time.monotonic() - began)
        finally:
            stream.close()
        assert Intake.objects.filter(document__isnull=False, filled_from=None).exists(), "the worker was not busy"
    assert [(event["field"], event["state"]) for event in told(stream)] == [(field, "accepted") for field, _ in SAID]
    assert sorted(took)[len(took) // 2] < 0.5
    assert max(took) < 1.0, took


def test_stream_opens_for_recruiters_alone_and_tells_nothing_of_what_was_said() -> None:
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    trainee = ApiKey.make(user=recruiter("trainee@example.com", is_staff=False), name="tests")[1]
    intake, other = rounds.intake(step=Step.REVIEW), rounds.intake(step=Step.REVIEW)
    with processes.web() as base_url:
        address = f"{base_url}/live/intakes/{intake.candidate_id}/events"
        assert refusal(address)[0] == 401
        assert refusal(address, trainee)[0] in (401, 403)
        stream = Stream(address, bearer=key)
        try:
            stream.wait_for("intake")
            answers.record(other, field="phone", value="+1 202 555 0199", via=Via.FORM)
            answers.record(intake, field="phone", value="+1 202 555 0143", via=Via.FORM)
            processes.wait_until(lambda: bool(told(stream)), what="the answer")
        finally:
            stream.close()
    [event] = told(stream)
    assert event == {"kind": "answer", "field": "phone", "state": "accepted", "revision": 1}
