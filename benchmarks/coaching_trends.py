"""GET /api/v1/analytics/trends of a trainee with a thousand evaluated sessions, against one with ten.

    python -m benchmarks.coaching_trends [--many 1000] [--few 10] [--others 40000] [--rounds 15] [--requests 60]

As in production: two granian WSGI processes, an access token checked at each request, over kept-alive connections. The
table also holds the sessions of hundreds of others, all written in a mixed order, so that one trainee's rows lie far
apart. Both are asked in turns of --requests, in an order that changes; the ratio is taken within each round.

- ratio: median time of an answer with many sessions ÷ with few. The median of the rounds counts, at most 1.5.
- statement: the same for the one SQL statement alone, on one connection.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

MOST_RATIO = 1.5
PORT = int(os.environ.get("BENCH_PORT", "8840"))
AGENDA = "Raise a first round for a scale that tells a bakery overnight how much dough to set. " * 6


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=1_000, help="sessions of the one (default: %(default)s)")
    parser.add_argument("--few", type=int, default=10, help="sessions of the other (default: %(default)s)")
    parser.add_argument("--others", type=int, default=40_000, help="sessions of everybody else (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="(default: %(default)s)")
    parser.add_argument("--requests", type=int, default=60, help="of each in a round (default: %(default)s)")
    return parser.parse_args()


def fill(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """Trainees with sessions, in a mixed order of writing; (the one with many, the one with few)."""
    from django.db import connection

    from accounts.models import User
    from coaching.evaluation import weights
    from coaching.models import Session
    from coaching.states import Dimension, PreparationType, SessionState

    lot = random.Random(11)
    many, few = (User.objects.create_user(f"{name}@example.com", name=name) for name in ("many", "few"))
    others = [User.objects.create_user(f"other-{number}@example.com") for number in range(200)]
    owners = [many] * arguments.many + [few] * arguments.few
    owners += [others[number % len(others)] for number in range(arguments.others)]
    lot.shuffle(owners)
    began = datetime(2025, 1, 1, tzinfo=UTC)

    def row(number: int, owner: User) -> Session:
        six = [lot.randint(20, 95) for _ in Dimension]
        return Session(
            user=owner,
            preparation_type=lot.choice(PreparationType.values),
            agenda=AGENDA,
            role_context=AGENDA,
            status=SessionState.COMPLETED,
            completed_at=began + timedelta(minutes=number),
            messages_count=12,
            turns=6,
            overall=weights.overall(dict(zip(Dimension, six, strict=True))),
            scores=six,
        )

    Session.objects.bulk_create((row(number, owner) for number, owner in enumerate(owners)), batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE coaching_session")
    return many, few


class Asker:
    """One trainee on one kept-alive connection."""

    def __init__(self, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def ask(self) -> bytes:
        self._connection.request("GET", "/api/v1/analytics/trends", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {body[:300]!r}")
        return body


def timed(ask: Callable[[], object], times: int) -> float:
    """Median seconds of one call."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def compare(
    many: Callable[[], object], few: Callable[[], object], arguments: argparse.Namespace
) -> list[tuple[float, float]]:
    """(seconds with many, seconds with few) of each round, in turns, in an order that changes."""
    lot = random.Random(3)
    rounds = []
    for _ in range(arguments.rounds):
        order = [many, few]
        lot.shuffle(order)
        took = {id(ask): timed(ask, arguments.requests) for ask in order}
        rounds.append((took[id(many)], took[id(few)]))
    return rounds


def told(name: str, rounds: list[tuple[float, float]]) -> float:
    ratios = [many / few for many, few in rounds]
    ratio = statistics.median(ratios)
    print(
        f"{name:10} {ratio:5.2f} median, {min(ratios):.2f}–{max(ratios):.2f}; "
        f"{1000 * statistics.median(many for many, _ in rounds):.2f} ms ÷ "
        f"{1000 * statistics.median(few for _, few in rounds):.2f} ms"
    )
    return ratio


def main() -> int:
    arguments = parse_arguments()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
        "TRAINEE_REQUESTS_PER_MINUTE": "100000000",
        "ACCESS_TOKEN_MINUTES": "120",
    }
    import django

    django.setup()
    from accounts import tokens
    from benchmarks.model_fan_out import database
    from coaching import trends
    from tests import processes

    with database():
        many, few = fill(arguments)
        askers = [Asker(tokens.open_for(user).access) for user in (many, few)]
        with processes.web_process(port=PORT, wsgi=True):
            sizes = [len(asker.ask()) for asker in askers]
            for asker in askers:
                timed(asker.ask, 40)
            rounds = compare(askers[0].ask, askers[1].ask, arguments)
        alone = compare(lambda: trends.trends(many), lambda: trends.trends(few), arguments)
    print(
        f"{arguments.many} ÷ {arguments.few} sessions of one trainee among {arguments.others} of others; "
        f"{sizes[0]} and {sizes[1]} bytes; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    told("statement", alone)
    ratio = told("ratio", rounds)
    reached = ratio <= MOST_RATIO
    print(f"at most {MOST_RATIO}: {'reached' if reached else 'below target'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
