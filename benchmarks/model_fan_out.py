"""Model calls end to end (claim → limit → call → parse → commit) against the limit that a provider sets.

    python -m benchmarks.model_fan_out [--candidates 5120] [--in-flight 256] [--latency 1.0] [--drains 2] [--rounds 1]

The provider is the simulated model in a process of its own, which turns away whatever passes its limit. Two scenes: one
where every call takes the same time, one with lognormal times and 5 % of 429 and 5xx. Candidates are extracted first;
the clock runs while they are judged by as many processes as WORK_DRAINS says, each of which calls `pipeline.drain` as a
worker's process does, with no share set for it beforehand: they share rows, limits and places as they do in production.

- share of limit: candidates committed per second ÷ what the provider lets through per second (in flight ÷ latency), in
  the middle nine tenths of the run; "with ends" counts the first and the last second too, when not all places are full.
- cpu: processor milliseconds per candidate, of all drains together, and of the simulated provider. All of it, with
  Postgres and Redis on top, has to fit the machine that this runs on, or its cores are what is measured.
- violations: calls that the provider turned away for its limit ÷ all calls.
- paid: answers that the provider charged for ÷ candidates.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SCENES: dict[str, tuple[float, dict[str, Any]]] = {
    # name: (target share of the limit, how the provider behaves)
    "steady": (0.95, {}),
    "rough": (0.90, {"latency_sigma": 0.5, "rate_429": 0.025, "rate_5xx": 0.025, "retry_after": 1}),
}
MOST_VIOLATIONS = 0.001


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, default=5_120, help="per scene and round (default: %(default)s)")
    parser.add_argument("--in-flight", type=int, default=256, help="the provider's limit (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=1.0, help="seconds per call (default: %(default)s)")
    parser.add_argument("--drains", type=int, default=0, help="processes (default: WORK_DRAINS, as in production)")
    parser.add_argument("--rounds", type=int, default=1, help="how often each scene is run (default: %(default)s)")
    parser.add_argument("--scene", choices=SCENES, action="append", help="only this one")
    parser.add_argument("--profile", action="store_true", help="print where each drain's loop spends its time")
    return parser.parse_args()


@contextmanager
def database() -> Iterator[str]:
    """An empty database of its own, dropped at the end; gives its name."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield str(connection.settings_dict["NAME"])
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def prepare(number: int) -> Any:
    """An import of so many candidates, all extracted, that waits for its confirmation."""
    from candidates import pipeline
    from tests.candidates.making import running_import

    # Another text each time, or the second scene's answers would come from the cache. In letters: a long number would
    # be taken for a phone number, and removed before judging.
    word = "".join(chr(ord("a") + int(digit)) for digit in str(time.monotonic_ns()))
    import_ = running_import(number, score=False, note=f"Case {word}.")
    while import_.status == "extracting":
        pipeline.drain(linger_seconds=0.05)
        import_.refresh_from_db()
    return import_


class Drains:
    """The processes that do the work, each a child of its own like those of a worker."""

    def __init__(self, number: int, database: str, *, profile: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._children: list[tuple[Any, Connection]] = []
        for _ in range(number):
            ours, theirs = context.Pipe()
            child = context.Process(target=_work, args=(theirs, database, profile), daemon=True)
            child.start()
            theirs.close()
            self._children.append((child, ours))
        for _, pipe in self._children:
            pipe.recv()

    def begin(self, import_id: str) -> None:
        """Let all of them drain until the import has ended."""
        for _, pipe in self._children:
            pipe.send(import_id)

    def cpu_seconds(self) -> list[float]:
        """Wait for their end; the processor time that each has used."""
        return [pipe.recv() for _, pipe in self._children]

    def stop(self) -> None:
        for child, pipe in self._children:
            pipe.close()
            child.join(timeout=10)
            if child.is_alive():
                child.terminate()


def _work(pipe: Connection, database: str, profile: bool) -> None:
    """One process: connect to the benchmark's database, then drain whenever told to."""
    import django

    django.setup()
    from django.db import connection

    from candidates import pipeline
    from candidates.models import Import

    connection.settings_dict["NAME"] = database
    drain = profiled(pipeline.drain) if profile else pipeline.drain
    pipe.send("ready")
    while True:
        try:
            import_id = pipe.recv()
        except EOFError:
            return
        cpu = time.process_time()
        while Import.objects.filter(pk=import_id, status__in=("waiting_confirmation", "scoring")).exists():
            drain(linger_seconds=0.2)
        pipe.send(time.process_time() - cpu)


def _cpu_of(process_id: int) -> float:
    """Processor seconds that another process has used so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(name: str, arguments: argparse.Namespace, simulator: Any, drains: Drains) -> bool:
    """Run one scene and print its line; whether it reached its targets."""
    from django.utils import timezone

    from candidates import lifecycle
    from candidates.models import Candidate, Work

    target, behaviour = SCENES[name]
    import_ = prepare(arguments.candidates)
    simulator.reset()
    simulator.control(latency=arguments.latency, concurrency=arguments.in_flight, seed=7, **behaviour)
    began_at = timezone.now()
    theirs = _cpu_of(simulator.process.pid)
    drains.begin(str(import_.pk))
    lifecycle.confirm(import_)
    cpu = sum(drains.cpu_seconds()) / arguments.candidates
    theirs = (_cpu_of(simulator.process.pid) - theirs) / arguments.candidates
    import_.refresh_from_db()
    ended = sorted(
        Work.objects.filter(of_import=import_, kind="score", state="done").values_list("finished_at", flat=True)
    )
    calls = simulator.calls()
    limit = arguments.in_flight / arguments.latency
    low, high = len(ended) // 20, len(ended) - len(ended) // 20 - 1
    middle = (high - low) / max(1e-9, (ended[high] - ended[low]).total_seconds())
    whole = len(ended) / (ended[-1] - began_at).total_seconds()
    violations = sum(call["limit"] is not None for call in calls) / len(calls)
    paid = sum(call["status"] in (200, 499) and call["fault"] is None for call in calls) / arguments.candidates
    most = max(call["in_flight"] for call in calls)
    print(
        f"{name:8} {middle:8.1f} {limit:8.1f} {middle / limit:9.3f} {target:7.2f} {whole / limit:10.3f} "
        f"{violations:11.3%} {paid:6.3f} {most:9} {import_.failed:6} {1000 * cpu:7.2f} {1000 * theirs:13.2f} "
        f"{os.getloadavg()[0]:6.1f}",
        flush=True,
    )
    Candidate.objects.all().delete()
    return middle / limit >= target and violations <= MOST_VIOLATIONS and paid <= 1.0005 and not import_.failed


def profiled(function: Any) -> Any:
    """The function under the profiler; prints the twenty heaviest of its callees."""
    import cProfile
    import pstats

    def wrapped(**keywords: Any) -> Any:
        profile = cProfile.Profile()
        try:
            return profile.runcall(function, **keywords)
        finally:
            pstats.Stats(profile).sort_stats("tottime").print_stats(35)

    return wrapped


def main() -> int:
    arguments = parse_arguments()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LLM_CONCURRENCY": str(arguments.in_flight),
        "LLM_REQUESTS_PER_MINUTE": "10000000",
        "LLM_TOKENS_PER_MINUTE": "100000000000",
        "LLM_DAILY_CAP_USD": "1000000",
        "LLM_IMPORT_CAP_USD": "1000000",
        "LLM_API_KEY": "simulated",
        "LLM_SIMULATED": "true",
        # One call per candidate: repeats near a tier's boundary would hide what a call costs.
        "JUDGING_REPEATS": "0",
        "LOG_LEVEL": "ERROR",
    }
    if arguments.drains:
        os.environ["WORK_DRAINS"] = str(arguments.drains)
    import django

    django.setup()
    from django.conf import settings

    from tests.simulator import Simulator

    simulator = Simulator()
    os.environ["LLM_BASE_URL"] = settings.LLM_BASE_URL = simulator.base_url
    print(
        f"{arguments.candidates} candidates, {arguments.in_flight} in flight, {arguments.latency:g} s per call, "
        f"{settings.WORK_DRAINS} drains, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(
        "scene      per s    limit  of limit  target  with ends  violations   paid  in flight failed  cpu ms  "
        "provider's ms   load"
    )
    reached = True
    try:
        with database() as name_of_database:
            drains = Drains(settings.WORK_DRAINS, name_of_database, profile=arguments.profile)
            try:
                for _ in range(arguments.rounds):
                    for name in arguments.scene or SCENES:
                        reached &= run(name, arguments, simulator, drains)
            finally:
                drains.stop()
    finally:
        simulator.stop()
    print("reached" if reached else "below target")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
