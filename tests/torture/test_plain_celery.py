"""The harness can fail: a plain Celery configuration loses rows under the blows that Greenroom survives."""

from __future__ import annotations

import random

import pytest
from django.conf import settings

from tests.simulator import Simulator
from tests.torture.harness import Point, points_for, run
from tests.torture.plain_celery import PlainCelery

ROWS = 200

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def system(simulator: Simulator) -> PlainCelery:
    return PlainCelery(rows=ROWS, simulator=simulator, redis_url=settings.REDIS_URL)


def test_plain_celery_ends_every_row_while_nothing_is_killed(system: PlainCelery) -> None:
    try:
        report = run(system, [], patience_seconds=30)
    finally:
        system.stop()
    assert report.broken == []


def test_plain_celery_loses_rows_when_its_worker_is_killed(system: PlainCelery) -> None:
    points: list[Point] = points_for(random.Random(3), ["worker", "child"])
    try:
        report = run(system, points, patience_seconds=30)
    finally:
        system.stop()
    assert report.hits == 2
    assert any("rows were lost" in what for what in report.broken), report
