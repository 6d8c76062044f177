"""Greenroom survives: rows in = rows ended, none lost or twice, each failure with a reason, nothing paid for nothing.

GREENROOM_TORTURE_POINTS says how many blows fall (10 in the normal suite), GREENROOM_TORTURE_SEED which moments.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests import processes
from tests.simulator import Simulator
from tests.torture.greenroom import Crew, Greenroom
from tests.torture.harness import BLOWS, points_for, run

logger = logging.getLogger(__name__)

POINTS = int(os.environ.get("GREENROOM_TORTURE_POINTS", "10"))
SEED = int(os.environ.get("GREENROOM_TORTURE_SEED", "20261121"))
POINTS_PER_IMPORT = 4
ROWS = 200

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def crew(django_db_setup: None, django_db_blocker: DjangoDbBlocker, simulator: Simulator) -> Iterator[Crew]:
    with django_db_blocker.unblock():
        crew = Crew()
        yield crew
        crew.stop()


@pytest.mark.parametrize("number", range(-(-POINTS // POINTS_PER_IMPORT)))
def test_an_import_survives_blows_at_random_moments(number: int, crew: Crew, simulator: Simulator) -> None:
    rng = random.Random(SEED * 1_000 + number)
    first = number * POINTS_PER_IMPORT
    blows = [BLOWS[(first + position) % len(BLOWS)] for position in range(min(POINTS_PER_IMPORT, POINTS - first))]
    points = points_for(rng, blows)

    system = Greenroom(rows=ROWS, seed=SEED + number, simulator=simulator, crew=crew)
    report = run(system, points, patience_seconds=processes.PATIENCE)

    told = ", ".join(f"{point.blow} at {point.share:.0%}" for point in points)
    logger.info("%s: %.0f s, %d paid again, %d in flight", told, report.seconds, report.paid_again, report.in_flight)
    assert report.broken == [], f"{told}; worker: {crew.worker.log}"
    assert report.hits == len(points)
