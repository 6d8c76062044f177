"""The console's candidate list at a million candidates against the same list at a thousand.

    python -m benchmarks.console_list [--rounds 5] [--requests 80] [--rows 1000000]

Two databases of one Postgres, each behind its own granian (WSGI, DEBUG off, as in production), both asked by a
signed-in recruiter over one kept connection each. Requests alternate between the two, so that whatever else the
machine does falls on both alike. Printed are the p99 of each round at either size and their ratio; target: 1.3 at most.
The databases stay under .data/bench, so that only the first run makes them.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
TARGET = 1.3
SMALL = 1_000
PATH = "/admin/candidates/candidate/"
# What a recruiter asks for, by kind; each request of a kind takes the next one. Searches are of words that fill the
# page at both sizes, but for one: "kubernetes" finds four of a thousand, so there the large list has more to show.
KINDS: dict[str, tuple[str, ...]] = {
    "plain": ("", "order=newest", "order=worst"),
    "filtered": (
        "tier=Strong",
        "tier=Good&tier=Strong&min_score=55",
        "completeness=missing&min_score=20",
        "job={job}",
        "job={job}&tier=Good",
    ),
    "searched": ("q=python", "q=berlin", "q=salesforce", "q=kubernetes", "q=sql&tier=Good", "q=account+exec"),
    "last page": ("at=last", "tier=Good&at=last", "job={job}&at=last", "order=newest&at=last", "q=python&at=last"),
}

SIGN_IN = """
import django; django.setup()
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User
from candidates.models import Job
user = User.objects.filter(email="bench@example.com").first()
user = user or User.objects.create_superuser("bench@example.com", "bench")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(session.session_key, Job.objects.order_by("title").first().pk)
"""


class Site:
    """One size: its server, a kept connection and a signed-in recruiter."""

    def __init__(self, name: str, port: int, environment: dict[str, str]) -> None:
        self.name, self.port, self.environment = name, port, environment
        key, self.job = _run([sys.executable, "-c", SIGN_IN], environment).split()[-2:]
        self.headers = {"Cookie": f"sessionid={key}", "Host": "127.0.0.1"}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, query: str) -> tuple[float, int]:
        """Milliseconds that one page took, and how many rows it shows."""
        path = f"{PATH}?{query.format(job=self.job)}" if query else PATH
        started = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise SystemExit(f"{self.name} answers {answer.status} to {path}")
        return took, body.count(b"data-row")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="candidates in the large table")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each kind (at least 5)")
    parser.add_argument("--requests", type=int, default=80, help="requests of each kind, size and round")
    options = parser.parse_args()
    with _sites(options.rows) as (small, large):
        worst = 0.0
        print(
            f"p99 in ms of {options.requests} requests a round, {options.rounds} rounds, {SMALL:,} and {options.rows:,}"
        )
        print(f"{'':12}{'small':>8}{'large':>8}{'median ratio':>15}{'worst':>8}{'rows':>9}")
        for kind, queries in KINDS.items():
            for query in queries:  # both warm: caches of templates, of plans and of pages
                shown = [site.ask(query)[1] for site in (small, large) for _ in range(3)]
            rounds = [_round(small, large, queries, options.requests) for _ in range(max(5, options.rounds))]
            ratios = [b / a for a, b in rounds]
            median = statistics.median(ratios)
            worst = max(worst, median)
            print(
                f"{kind:12}{statistics.median(a for a, _ in rounds):8.1f}{statistics.median(b for _, b in rounds):8.1f}"
                f"{median:15.2f}{max(ratios):8.2f}{min(shown):5d}–{max(shown)}"
            )
    print(f"worst median ratio {worst:.2f}, target ≤ {TARGET}")
    return int(worst > TARGET)


def _round(small: Site, large: Site, queries: tuple[str, ...], requests: int) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(requests):
        query = queries[number % len(queries)]
        # Who goes first changes, so that neither always pays for what the other left behind.
        for which in (0, 1) if number % 2 else (1, 0):
            times[which].append((small, large)[which].ask(query)[0])
    return _p99(times[0]), _p99(times[1])


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


@contextmanager
def _sites(rows: int) -> Iterator[tuple[Site, Site]]:
    sys.path.insert(0, str(BASE))
    from config import embedded

    data = Path(os.environ.get("GREENROOM_BENCH_DIR", BASE / ".data" / "bench"))
    database, redis = embedded.ensure(data)
    processes: list[subprocess.Popen[bytes]] = []
    sites = []
    try:
        for name, size in (("small", SMALL), ("large", rows)):
            port = _free_port()
            environment = os.environ | {
                "PYTHONPATH": str(BASE),
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "GREENROOM_DATA_DIR": str(data),
                "DATABASE_URL": _database(database, f"console_{size}"),
                "REDIS_URL": redis,
                "DEBUG": "false",
                "SECRET_KEY": "benchmarks-only-benchmarks-only-benchmarks-only-00",
                "ALLOWED_HOSTS": "127.0.0.1",
                "SECURE_SSL_REDIRECT": "false",
                "SECURE_COOKIES": "false",
                "LOG_LEVEL": "WARNING",
            }
            _run([sys.executable, "manage.py", "migrate", "-v0"], environment)
            _run([sys.executable, "-m", "benchmarks.million", str(size)], environment)
            if not processes:
                _run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], environment)
            command = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
            command += ["--blocking-threads", "8", "--log-level", "warning", "config.wsgi:application"]
            processes.append(subprocess.Popen([sys.executable, "-m", "granian", *command], cwd=BASE, env=environment))
            sites.append(Site(name, port, environment))
        for site in sites:
            _wait_for(site.port)
        yield sites[0], sites[1]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=20)


def _database(url: str, name: str) -> str:
    """The address of a database of this name on the same server; made where there is none."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    before, _, options = url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")


def _run(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, cwd=BASE, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    sys.exit(main())
