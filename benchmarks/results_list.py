"""`GET /api/pluto/results`, 50 of 1,000,000, authorised, against FastAPI + asyncpg and stock DRF on the same table.

    python -m benchmarks.results_list [--rows 1000000] [--pairs 5] [--seconds 3]

Every side is served by two processes, asked over the same number of kept-alive connections, and looks the API key up in
the database at each request. They take turns, in an order that changes, so that noise of the machine meets all alike:

- greenroom: this project's own view, URL, permission, throttle and paging, over granian (WSGI), DEBUG off;
- fastapi: FastAPI, asyncpg and a pydantic response model, over uvicorn (uvloop, httptools): the natural way;
- fastapi-json: the same, but it passes on JSON text that Postgres wrote, with our very statement: the fastest way;
- drf: a ModelSerializer and CursorPagination over granian: the natural way in DRF.

Their answers are checked to be equal before anything is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FIRST_PORT = int(os.environ.get("BENCH_PORT", "8180"))
WORKERS = 2
CONNECTIONS = 8
TARGETS = {"fastapi": 1.0, "drf": 4.0}
DEEP_TARGET = 1.2


@dataclass
class Side:
    """One server under test: how it is started, and what was measured."""

    name: str
    command: list[str]
    path: str
    port: int
    rates: list[float] = field(default_factory=list)


def sides() -> list[Side]:
    def granian(target: str, port: int) -> list[str]:
        return [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", target, "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", str(WORKERS), "--blocking-threads", "4", "--no-ws"),
            *("--log-level", "warning"),
        ]

    def uvicorn(port: int) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "benchmarks.results_fastapi:app", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools"),
            *("--no-access-log", "--log-level", "warning"),
        ]

    at = FIRST_PORT
    return [
        Side("greenroom", granian("config.wsgi:application", at), "/api/pluto/results?limit=50", at),
        Side("fastapi", uvicorn(at + 1), "/results?limit=50", at + 1),
        Side("fastapi-json", uvicorn(at + 1), "/results-json?limit=50", at + 1),
        Side("drf", granian("benchmarks.results_drf:application", at + 2), "/results", at + 2),
    ]


async def _hammer(urls: list[str], key: str, seconds: float, connections: int) -> list[list[float]]:
    """Ask addresses of one server in turn, over so many connections for so long; the latencies of each in seconds.

    Any answer but a 200 ends the run.
    """
    host = urls[0].removeprefix("http://").partition("/")[0]
    name, _, port = host.partition(":")
    requests = [
        f"GET {url.partition(host)[2]} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        "Accept: application/json\r\n\r\n".encode()
        for url in urls
    ]
    latencies: list[list[float]] = [[] for _ in urls]
    ends = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection(name, int(port), limit=1 << 20)
        turn = 0
        while (started := time.perf_counter()) < ends:
            writer.write(requests[turn % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            latencies[turn % len(requests)].append(time.perf_counter() - started)
            turn += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return latencies


def hammer(*urls: str, key: str, seconds: float, connections: int = CONNECTIONS) -> list[list[float]]:
    return asyncio.run(_hammer(list(urls), key, seconds, connections))


def fetch(url: str, key: str) -> dict[str, object]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))


@contextmanager
def serving(found: list[Side], key: str, environment: dict[str, str]) -> Iterator[None]:
    """Run the servers until the block ends; each is waited for until it answers."""
    by_command = {tuple(side.command): side for side in found}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) for command in by_command
    ]
    try:
        for side in found:
            for attempt in range(400):
                try:
                    fetch(f"http://127.0.0.1:{side.port}{side.path}", key)
                    break
                except OSError:
                    if attempt == 399:
                        raise
                    time.sleep(0.25)
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=5, help="rounds in which each side is measured once")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measurement")
    options = parser.parse_args()
    # A database of its own, kept for the next run: a million rows take a minute and a half to make.
    os.environ.setdefault("GREENROOM_DATA_DIR", str(ROOT / ".data" / "bench-million"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from accounts.models import ApiKey, User
    from benchmarks import million
    from candidates import ranking

    call_command("migrate", verbosity=0)
    million.fill(options.rows)
    person = User.objects.filter(email="bench@example.com").first() or User.objects.create_user(
        "bench@example.com", is_staff=True
    )
    key = ApiKey.make(user=person, name="bench")[1]
    environment = {
        **os.environ,
        "DEBUG": "false",
        "SECRET_KEY": "only-for-this-benchmark-0123456789-0123456789",
        "DATABASE_URL": settings.DATABASE_URL,
        "REDIS_URL": settings.REDIS_URL,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        "API_REQUESTS_PER_MINUTE": "100000000",
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }
    found = sides()
    with serving(found, key, environment):
        check_equal(found, key)
        for side in found:
            hammer(f"http://127.0.0.1:{side.port}{side.path}", key=key, seconds=1)
        order = random.Random(7)
        for _ in range(options.pairs):
            for side in order.sample(found, len(found)):
                (took,) = hammer(f"http://127.0.0.1:{side.port}{side.path}", key=key, seconds=options.seconds)
                side.rates.append(len(took) / options.seconds)
        ours = found[0]
        settings.SECRET_KEY = environment["SECRET_KEY"]
        deep_p99 = deep(ours, key, options.pairs, options.seconds, ranking)
    return report(found, deep_p99)


def check_equal(found: list[Side], key: str) -> None:
    """All sides must give the same candidates with the same values (times may be written in another form)."""
    answers = {side.name: fetch(f"http://127.0.0.1:{side.port}{side.path}", key)["results"] for side in found}
    first = answers["greenroom"]
    assert isinstance(first, list)
    assert len(first) == 50
    for name, rows in answers.items():
        if rows != first:
            different = [k for k in first[0] if rows[0].get(k) != first[0][k]]
            raise SystemExit(f"{name} answers something else: {different}")


def deep(ours: Side, key: str, pairs: int, seconds: float, ranking: object) -> list[tuple[float, float]]:
    """(p99 of the first page, p99 of a page deep in the list) of each pair, in seconds, on one connection."""
    from candidates.models import Candidate
    from candidates.ranking import Cursor

    row = Candidate.objects.filter(deleted_at=None).order_by("rank", "id")[500:501].get()
    cursor = Cursor(row.rank, row.pk).encode()
    base = f"http://127.0.0.1:{ours.port}{ours.path}"
    pages = [base, f"{base}&cursor={cursor}"]
    assert len(fetch(pages[1], key)["results"]) == 50  # type: ignore[arg-type]
    made = []
    for _ in range(pairs):
        # In turn on one connection: what disturbs one page disturbs the other.
        first, last = hammer(*pages, key=key, seconds=2 * seconds, connections=1)
        made.append((percentile(first, 0.99), percentile(last, 0.99)))
    return made


def report(found: list[Side], deep_p99: list[tuple[float, float]]) -> int:
    ours = found[0]
    print(f"\n{WORKERS} processes a side, {CONNECTIONS} connections, requests per second:")
    for side in found:
        print(f"  {side.name:14} median {statistics.median(side.rates):8.0f}   worst {min(side.rates):8.0f}")
    missed = 0
    for other in found[1:]:
        ratios = [mine / theirs for mine, theirs in zip(ours.rates, other.rates, strict=True)]
        target = TARGETS.get(other.name)
        met = target is None or statistics.median(ratios) >= target
        missed += not met
        aim = f"target ≥ {target:.1f}: {'met' if met else 'MISSED'}" if target else "for comparison"
        print(
            f"  greenroom ÷ {other.name:14} median {statistics.median(ratios):5.2f}   worst {min(ratios):5.2f}   {aim}"
        )
    ratios = [last / first for first, last in deep_p99]
    met = statistics.median(ratios) <= DEEP_TARGET
    print(
        f"  deep page ÷ first page at p99: median {statistics.median(ratios):.2f}, worst {max(ratios):.2f} "
        f"({statistics.median(last for _, last in deep_p99) * 1000:.1f} ms ÷ "
        f"{statistics.median(first for first, _ in deep_p99) * 1000:.1f} ms)   target ≤ {DEEP_TARGET}: "
        f"{'met' if met else 'MISSED'}"
    )
    return missed + (not met)


if __name__ == "__main__":
    sys.exit(main())
