"""docs/practice_walk.sh does what docs/COACHING.md says of it, against real processes that run as the demo."""

from __future__ import annotations

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from accounts.models import User
from coaching.models import Session
from tests import processes
from tests.simulator import Simulator

SCRIPT = processes.ROOT / "docs" / "practice_walk.sh"


def walked(site: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), site], capture_output=True, text=True, timeout=240, check=False, env=os.environ | env
    )


@pytest.mark.django_db(transaction=True)
def test_walk_finds_every_answer_as_expected(simulator: Simulator) -> None:
    demo = {"GREENROOM_DEMO": "true", "DEBUG": "true", "EMAIL_BACKEND": "config.demo_mail.Mailbox"}
    port = processes.free_port()
    demo["SITE_URL"] = f"http://127.0.0.1:{port}"
    with processes.web(port=port, **demo) as site, processes.worker(children=1, **demo):
        found = walked(site)
        assert found.returncode == 0, found.stdout + found.stderr
        assert "Everything answered as expected." in found.stdout
        # It takes everything that it made away again.
        assert not User.objects.exists()
        assert not Session.objects.exists()


def test_walk_notices_a_surprise() -> None:
    class Stranger(BaseHTTPRequestHandler):
        """Another site, which says yes to everything that is read and knows nothing to write."""

        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = walked(f"http://127.0.0.1:{server.server_address[1]}", LETTER_TRIES="1")
        server.shutdown()
    assert found.returncode == 1
    assert "204  GET    /auth/me   <- expected 401" in found.stdout
