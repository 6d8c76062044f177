"""The embedded servers: started once, shared, stopped by the last one that leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import redis as redis_client

from config import embedded
from tests import processes

HOLD = """
import sys, time
from pathlib import Path
from config import embedded
print(*embedded.ensure(Path(sys.argv[1])), flush=True)
time.sleep(600)
"""


@pytest.fixture
def data_directory(tmp_path: Path):
    tmp_path.chmod(0o755)
    yield tmp_path / "data"
    embedded.erase(tmp_path / "data")


def hold(directory: Path) -> tuple[subprocess.Popen[str], list[str]]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(directory)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().split()


def running(redis_url: str) -> bool:
    with redis_client.Redis.from_url(redis_url) as client:
        try:
            return bool(client.ping())
        except redis_client.ConnectionError:
            return False


def test_two_processes_share_the_servers_and_the_last_one_stops_them(data_directory: Path) -> None:
    first, first_urls = hold(data_directory)
    second, second_urls = hold(data_directory)
    assert first_urls == second_urls
    first.terminate()  # no atexit: as good as killed
    first.wait()
    assert running(first_urls[1])
    second.kill()
    second.wait()
    # Both were killed, so nobody stopped the servers; the next one takes them over and its orderly end stops them.
    urls = subprocess.run(
        [sys.executable, "-c", HOLD.replace("time.sleep(600)", ""), str(data_directory)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert urls == first_urls
    processes.wait_until(lambda: not running(urls[1]), what="the end of Redis")
    assert not (data_directory / "postgres" / "postmaster.pid").exists()


def test_data_survives_a_stop(data_directory: Path) -> None:
    write = HOLD.replace("time.sleep(600)", "") + (
        "import redis\nredis.Redis.from_url(embedded.ensure(Path(sys.argv[1]))[1]).set('kept', '1')\n"
    )
    read = HOLD.replace("time.sleep(600)", "") + (
        "import redis\nprint(redis.Redis.from_url(embedded.ensure(Path(sys.argv[1]))[1]).get('kept'))\n"
    )
    for program in (write, read):
        result = subprocess.run(
            [sys.executable, "-c", program, str(data_directory)], check=True, capture_output=True, text=True
        )
    assert "b'1'" in result.stdout
