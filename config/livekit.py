"""LiveKit's own server, for `make run` on one machine: on loopback, with keys of its own.

It runs where `make livekit-server` has built it and no LIVEKIT_URL is configured. Whoever knows its secret may enter
any room, so it is made at the first start, 32 random bytes in a file that only this user can read, and it reaches the
server by its environment: a command line can be read by everybody on the machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Signalling (HTTP and WebSocket), media over TCP, media over UDP: LiveKit's own numbers for a site on port 8000, and
# moved with the site, so that two copies of Greenroom on one machine do not meet.
PORTS = (7880, 7881, 7882)
START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens."""

    signal: int
    tcp: int
    udp: int


@dataclass(frozen=True, slots=True)
class Running:
    """A server that was started, and what Greenroom needs to speak to it."""

    process: subprocess.Popen[bytes]
    url: str
    key: str
    secret: str

    def settings(self) -> dict[str, str]:
        """As environment variables of Greenroom's processes."""
        return {"LIVEKIT_URL": self.url, "LIVEKIT_API_KEY": self.key, "LIVEKIT_API_SECRET": self.secret}

    def stop(self) -> None:
        """End it: told once it would wait for everybody to leave, told twice it does not."""
        for _ in range(2):
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=1)
                return
        self.process.kill()
        self.process.wait()


def binary(data_directory: Path) -> Path | None:
    """The server's program: what `make livekit-server` has built, else one that is installed; None where neither is."""
    for place in (data_directory / "bin" / "livekit-server", ROOT / ".data" / "bin" / "livekit-server"):
        if os.access(place, os.X_OK):
            return place
    found = shutil.which("livekit-server")
    return Path(found) if found else None


def keys(data_directory: Path) -> tuple[str, str]:
    """(key, secret) of this folder's server, made at the first call."""
    file = data_directory / "livekit.json"
    data_directory.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        made = {"key": f"greenroom{secrets.token_hex(4)}", "secret": secrets.token_urlsafe(32)}
        # Under another name first: a reader never finds half a file, nor one that others could have read for a moment.
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as writing:
            json.dump(made, writing)
        draft.replace(file)
    found = json.loads(file.read_text())
    return found["key"], found["secret"]


def ports(site_port: int) -> Ports:
    """Ports for the server of a site on this port; free ones where those are taken."""
    moved = Ports(*(port + 3 * (site_port - 8000) for port in PORTS))
    in_range = moved.signal > 1_023 and moved.udp < 65_536
    if in_range and _is_free(moved.signal) and _is_free(moved.tcp) and _is_free(moved.udp, socket.SOCK_DGRAM):
        return moved
    return Ports(_free_port(), _free_port(), _free_port(socket.SOCK_DGRAM))


def start(program: Path, *, ports: Ports, key: str, secret: str, webhook_url: str, log: Path) -> Running:
    """Start the server and wait until it answers. Raises RuntimeError where it does not; `log` says why."""
    with log.open("ab") as writing:
        process = subprocess.Popen(
            [str(program)],
            env={**os.environ, "LIVEKIT_CONFIG": json.dumps(configuration(ports, key, secret, webhook_url))},
            stdout=writing,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C goes to us first; we end it after everything that speaks to it
            preexec_fn=_end_with_parent,
        )
    running = Running(process, f"ws://127.0.0.1:{ports.signal}", key, secret)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(ports.signal):
            return running
        time.sleep(0.05)
    running.stop()
    raise RuntimeError(f"LiveKit's server did not start; see {log}")


def configuration(ports: Ports, key: str, secret: str, webhook_url: str) -> dict[str, object]:
    """The server's configuration file; JSON is YAML."""
    return {
        "port": ports.signal,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {
            "tcp_port": ports.tcp,
            "udp_port": ports.udp,
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            # Without it loopback is left out, and on a machine without a network nobody could be heard.
            "enable_loopback_candidate": True,
        },
        "keys": {key: secret},
        # Rooms are made by us alone: an old token does not bring back a room that has ended.
        "room": {"auto_create": False},
        "webhook": {"api_key": key, "urls": [webhook_url]},
        "logging": {"level": "warn", "pion_level": "error"},
    }


def _end_with_parent() -> None:
    """Runs in the child: where we are killed, nobody else would end it, and the next start would find its ports taken.

    Linux alone knows this (PR_SET_PDEATHSIG); elsewhere the next start takes other ports.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # it keeps nothing that could be lost


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=1):
            return True
    except OSError:
        return False


def _is_free(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> bool:
    with socket.socket(type=kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
