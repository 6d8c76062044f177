"""docs/practice_walk.sh does what docs/COACHING.md says of it, against real processes that run as the demo."""

from __future__ import annotations

import subprocess

import pytest

from accounts.models import User
from coaching.models import Session
from tests import processes
from tests.console.conftest import free_port
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = processes.ROOT / "docs" / "practice_walk.sh"


def walked(site: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SCRIPT), site], capture_output=True, text=True, timeout=240, check=False)


def test_walk_finds_every_answer_as_expected_and_notices_a_surprise(simulator: Simulator) -> None:
    demo = {"GREENROOM_DEMO": "true", "DEBUG": "true", "EMAIL_BACKEND": "config.demo_mail.Mailbox"}
    port = free_port()
    demo["SITE_URL"] = f"http://127.0.0.1:{port}"
    with processes.web(port=port, **demo) as site, processes.worker(children=1, **demo):
        found = walked(site)
        assert found.returncode == 0, found.stdout + found.stderr
        assert "Everything answered as expected." in found.stdout
        # It takes everything that it made away again.
        assert not User.objects.exists()
        assert not Session.objects.exists()
        simulator.control(poison=["bakery"], poison_fault="400")  # asked once each, never again
        found = walked(site)
    assert found.returncode == 1
    assert "<- expected 200" in found.stdout
