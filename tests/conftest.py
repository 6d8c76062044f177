"""What all tests share; see tests/environment.py for their servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from tests.livekit import livekit_process, livekit_server  # noqa: F401  fixtures
from tests.simulator import Simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """The simulated model, and Greenroom's settings (also those of processes that a test starts) pointed at it.

    One process for the whole session; before each test that uses it, it forgets faults and calls (see below).
    """
    running = Simulator()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "LLM_BASE_URL": running.base_url,
            "LLM_API_KEY": "simulated",
            "LLM_SIMULATED": True,
        }.items():
            patch.setattr(settings, name, value)
            patch.setenv(name, str(value))
        yield running
    running.stop()


@pytest.fixture(autouse=True)
def _model_as_new(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test meets the model in the same state: as new where the test uses the simulator, else none configured."""
    if "simulator" in request.fixturenames:
        request.getfixturevalue("simulator").reset()
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            if keys := client.keys("llm:*"):
                client.delete(*keys)
    else:
        monkeypatch.setattr(settings, "LLM_API_KEY", "")
        monkeypatch.setattr(settings, "LLM_SIMULATED", False)
