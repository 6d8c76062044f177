"""A real LiveKit server for tests, and Greenroom's settings pointed at it; tests of it are skipped where none is built.

    def test_something(livekit_server: LiveKit) -> None: ...

It is one server for the whole session; settings point at it only in tests that ask for it. Its webhooks go to
`webhook_port`: a test that wants them runs `processes.web(port=livekit_server.webhook_port)`. A fixture of a wider
scope takes `livekit_process`, and gives `livekit_process.settings()` to the processes that it starts.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from config import livekit
from tests import processes

WHY_SKIPPED = "no LiveKit server here: `make livekit-server` builds one (it needs Go)"


@dataclass(frozen=True)
class LiveKit:
    """The running server."""

    url: str
    key: str
    secret: str
    pid: int
    webhook_port: int

    def settings(self) -> dict[str, str]:
        """Greenroom's settings that point at it. Where tests speak, they set SPEECH_BASE_URL themselves."""
        return {
            "LIVEKIT_URL": self.url,
            "LIVEKIT_PUBLIC_URL": self.url,
            "LIVEKIT_API_KEY": self.key,
            "LIVEKIT_API_SECRET": self.secret,
            "SPEECH_BASE_URL": "http://127.0.0.1:9/v1",
        }


def program() -> Path | None:
    """The server's binary, where there is one."""
    return livekit.binary(Path(settings.DATA_DIR))


@pytest.fixture(scope="session")
def livekit_process() -> Iterator[LiveKit]:
    """The server, which nobody knows of yet."""
    found = program()
    if found is None:
        pytest.skip(WHY_SKIPPED)
    webhook_port = processes.free_port()
    directory = Path(settings.DATA_DIR) / "logs"
    directory.mkdir(parents=True, exist_ok=True)
    running = livekit.start(
        found,
        ports=livekit.Ports(processes.free_port(), processes.free_port(), processes.free_port()),
        key="tests",
        secret=secrets.token_urlsafe(32),
        webhook_url=f"http://127.0.0.1:{webhook_port}/live/livekit/webhook",
        log=directory / "livekit.log",
    )
    try:
        yield LiveKit(running.url, running.key, running.secret, running.process.pid, webhook_port)
    finally:
        running.stop()


@pytest.fixture
def livekit_server(livekit_process: LiveKit, monkeypatch: pytest.MonkeyPatch) -> LiveKit:
    """The server, with the settings of this process and of those that the test starts pointed at it."""
    for name, value in livekit_process.settings().items():
        monkeypatch.setattr(settings, name, value)
        monkeypatch.setenv(name, value)
    return livekit_process
