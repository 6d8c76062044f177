"""The worker that tests by voice share: one in each test process, known to every module by tests/conftest.py.

Of a fixture that is imported into test modules pytest makes one in each of them: several workers would take rooms from
one LiveKit server, and a test would look for its agent in the wrong one. (What speaks and calls is imported late: most
sessions need none of it.)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from tests import processes
from tests.livekit import LiveKit
from tests.processes import Process
from tests.simulator import Simulator


def start_worker(livekit: LiveKit, simulator: Simulator, *arguments: str, **changes: object) -> Process:
    """Start `manage.py agent_worker`; it is registered at LiveKit when this returns."""
    from tests.agents.voices import PACE

    process = Process(
        sys.executable,
        *("manage.py", "agent_worker", "--rooms", "8", *arguments),
        name="agents",
        env=processes.environment(
            **livekit.settings()
            | {
                "SPEECH_BASE_URL": simulator.base_url,
                "SPEECH_API_KEY": "simulated",
                "TEXT_TO_SPEECH_SPEED": PACE,
                # A computer's voice never sounds finished to the turn detector.
                "TURN_LONGEST_WAIT_SECONDS": 0.7,
                **changes,
            }
        ),
    )
    try:
        processes.wait_until(
            lambda: process.popen.poll() is not None or "ready:" in process.output(), seconds=300, what="agents ready"
        )
        assert process.popen.poll() is None, process.output()
    except BaseException:
        process.stop()
        raise
    return process


@pytest.fixture(scope="session")
def shared_worker(
    livekit_process: LiveKit, simulator: Simulator, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Process]:
    """One worker for all tests of a session: it takes a while to get ready."""
    from tests.caller import has_voice

    if not has_voice():
        pytest.skip("no espeak-ng here: nobody can speak")
    with django_db_blocker.unblock():
        process = start_worker(livekit_process, simulator, "--warm", "1")
    yield process
    process.stop()


@pytest.fixture
def agent_worker(
    shared_worker: Process, livekit_server: LiveKit, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Process:
    """The worker, and the settings of this test pointed at everything that it works with."""
    for name, value in {"SPEECH_BASE_URL": simulator.base_url, "SPEECH_API_KEY": "simulated"}.items():
        monkeypatch.setattr(settings, name, value)
    return shared_worker
