"""LiveKit's own server as `make run` starts it: its keys, its ports, its configuration, its end."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from config import livekit, run
from config.livekit import Ports
from tests import processes
from tests.livekit import WHY_SKIPPED, program

START = """
import sys, time
from pathlib import Path
from config import livekit
directory = Path(sys.argv[2])
running = livekit.start(
    Path(sys.argv[1]), ports=livekit.ports(0), key="k", secret="s" * 40, webhook_url="http://127.0.0.1:9/",
    log=directory / "livekit.log",
)
print(running.process.pid, running.url, flush=True)
time.sleep(600)
"""


def test_the_secret_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    key, secret = livekit.keys(tmp_path / "data")
    assert livekit.keys(tmp_path / "data") == (key, secret)
    assert livekit.keys(tmp_path / "other") != (key, secret)
    assert len(secret) >= 43  # 32 bytes in base64
    file = tmp_path / "data" / "livekit.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_ports_move_with_the_site_and_give_way_to_who_was_there_first() -> None:
    # The first site whose ports nobody on this machine has.
    site, moved = next((8_000 + n, 3 * n) for n in range(7, 999) if livekit.ports(8_000 + n).udp == 7_882 + 3 * n)
    assert livekit.ports(site) == Ports(7_880 + moved, 7_881 + moved, 7_882 + moved)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 7_881 + moved))
        other = livekit.ports(site)
    assert other.tcp != 7_881 + moved
    assert len({other.signal, other.tcp}) == 2
    far = livekit.ports(60_000)
    assert max(far.signal, far.tcp, far.udp) < 65_536


def test_the_server_listens_on_loopback_and_makes_no_room_for_a_token() -> None:
    made = livekit.configuration(Ports(1, 2, 3), "key", "secret", "http://127.0.0.1:8000/live/livekit/webhook")
    assert made["bind_addresses"] == ["127.0.0.1"]
    assert made["room"] == {"auto_create": False}
    assert made["webhook"] == {"api_key": "key", "urls": ["http://127.0.0.1:8000/live/livekit/webhook"]}


def test_a_program_that_does_not_serve_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        livekit.start(
            Path("/bin/false"),
            ports=livekit.ports(0),
            key="k",
            secret="s" * 40,
            webhook_url="http://127.0.0.1:9/",
            log=tmp_path / "livekit.log",
        )


def test_it_is_found_in_the_data_folder_first(tmp_path: Path) -> None:
    ours = tmp_path / "bin" / "livekit-server"
    ours.parent.mkdir()
    ours.write_text("#!/bin/sh\n")
    assert livekit.binary(tmp_path) != ours, "not a program yet"
    ours.chmod(0o755)
    assert livekit.binary(tmp_path) == ours


@pytest.mark.skipif(program() is None, reason=WHY_SKIPPED)
def test_it_tells_nobody_its_secret_and_ends_with_who_started_it(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", START, str(program()), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    pid, url = starter.stdout.readline().split()
    server = psutil.Process(int(pid))
    assert url.startswith("ws://127.0.0.1:")
    assert "s" * 40 not in " ".join(server.cmdline())
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    processes.wait_until(
        lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, what="the end of the server"
    )


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ([], "held by voice"),
        (["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"], "make livekit-server"),
        (["SPEECH_API_KEY"], "SPEECH_API_KEY"),
    ],
)
def test_the_start_says_whether_there_is_voice(missing: list[str], told: str) -> None:
    assert told in run._about_voice(missing)


def test_without_espeak_the_start_says_what_voice_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_SIMULATED", "true")
    assert "espeak-ng" in run._about_voice(["SPEECH_BASE_URL"])


def test_a_livekit_that_does_not_start_leaves_the_site_without_voice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEKIT_URL", raising=False)
    broken = tmp_path / "bin" / "livekit-server"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert run._start_livekit(8000, tmp_path) is None
    assert "without voice" in capsys.readouterr().err
    assert "LIVEKIT_URL" not in os.environ
