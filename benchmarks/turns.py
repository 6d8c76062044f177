"""What the benchmarks of answered turns share: how they start, one request, what was spent, and the figures."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
if TYPE_CHECKING:
    from tests.processes import Process
    from tests.simulator import Simulator

MOST_RATIO = 1.10


@dataclass(frozen=True, slots=True)
class Taken:
    """One turn as its caller saw it, in seconds; `first` is None where no stream was asked for."""

    marker: str
    whole: float
    first: float | None


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock, and of processors: the web server's and the simulated model's."""

    took: float
    ours: float
    theirs: float


def parser_of(doc: str | None, *, people: str) -> argparse.ArgumentParser:
    """The arguments that they have in common; `people` names the option for how many talk."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(f"--{people}", type=int, default=50, help="at the same time (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=6, help="of each (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds of typing, on average (default: %(default)s)")
    parser.add_argument("--first-token", type=float, default=0.4, help="seconds (default: %(default)s)")
    parser.add_argument("--tokens-per-second", type=float, default=60.0, help="of the model (default: %(default)s)")
    return parser


@contextmanager
def simulated_model(*, in_flight: int, **changes: str) -> Iterator[Simulator]:
    """Django on an empty database of its own, and the simulated model in a process of its own, which is given.

    The limits of what the model is asked are out of the way; `changes` are further settings.
    """
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LLM_REQUESTS_PER_MINUTE": "1000000",
        "LLM_TOKENS_PER_MINUTE": "10000000000",
        "LLM_DAILY_CAP_USD": "1000000",
        "LLM_CONCURRENCY": str(in_flight),
        "LLM_API_KEY": "simulated",
        "LLM_SIMULATED": "true",
        "LOG_LEVEL": "ERROR",
        **changes,
    }
    import django

    django.setup()
    from django.conf import settings

    from benchmarks.model_fan_out import database
    from tests.simulator import Simulator

    simulator = Simulator()
    os.environ["LLM_BASE_URL"] = settings.LLM_BASE_URL = simulator.base_url
    try:
        with database():
            yield simulator
    finally:
        simulator.stop()


async def post(
    port: int, path: str, token: str, body: dict[str, Any], *, accept: str = "*/*"
) -> tuple[float, float | None, bytes]:
    """Send a turn; seconds to the end of its answer, seconds to its first words where it streams, and all of it."""
    content = json.dumps(body).encode()
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nAccept: {accept}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        + content
    )
    first, seen = None, b""
    while piece := await reader.read(65_536):
        seen += piece
        if first is None and b"event: delta" in seen:
            first = time.perf_counter() - began
    whole = time.perf_counter() - began
    writer.close()
    return whole, first, seen


async def paused(turns: int, *, number: int, wait: float, pause: float) -> AsyncIterator[str]:
    """The marks of one caller's turns, each when it is time to take it."""
    lot = random.Random(number)
    await asyncio.sleep(wait)
    for turn in range(turns):
        if turn:
            await asyncio.sleep(pause * lot.uniform(0.5, 1.5))
        yield f"{number}-{turn}"


async def at_once(talks: Sequence[Callable[[float], Coroutine[Any, Any, None]]], *, spread: float) -> None:
    """Have all of them talk; each is told how long to wait first, so that they begin within `spread` seconds."""
    await asyncio.gather(*(talk(spread * place / len(talks)) for place, talk in enumerate(talks)))


def spent_on(work: Coroutine[Any, Any, None], server: Process, simulator: Simulator) -> Spent:
    """Do the work; what it took."""
    pids, model = [server.pid, *server.children()], [simulator.process.pid]
    ours, theirs, began = cpu_of(pids), cpu_of(model), time.perf_counter()
    asyncio.run(work)
    return Spent(time.perf_counter() - began, cpu_of(pids) - ours, cpu_of(model) - theirs)


def cpu_of(pids: Sequence[int]) -> float:
    """Processor seconds of these processes so far."""
    import psutil

    return float(sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids))


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(
    what: str, taken: Sequence[Taken], calls: Sequence[dict[str, Any]], spent: Spent, *, beside: str = ""
) -> int:
    """Print the figures of all turns against the model's own times; 0 where the target is reached, else 1."""
    answered = {call["marker"]: call for call in calls}
    times = [answered[turn.marker]["ended"] - answered[turn.marker]["at"] for turn in taken]
    pairs = list(zip(taken, times, strict=True))
    ratios = [turn.whole / seconds for turn, seconds in pairs]
    added = [1000 * (turn.whole - seconds) for turn, seconds in pairs]
    streamed = [turn.whole / seconds for turn, seconds in pairs if turn.first is not None]
    firsts = [turn.first / seconds for turn, seconds in pairs if turn.first is not None]
    most = max(call["in_flight"] for call in calls)
    print(
        f"{what}, {len(taken)} turns, {len(taken) / spent.took:.1f} a second, {most} in flight{beside}; the model took "
        f"{statistics.median(times):.2f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    middle, high = (percentile(ratios, share) for share in (0.5, 0.95))
    print(f"ratio       {middle:6.3f} median, {high:.3f} p95 (at most {MOST_RATIO})")
    print(f"added       {percentile(added, 0.5):6.1f} ms median, {percentile(added, 0.95):.1f} p95")
    if len(streamed) < len(taken):
        print(f"streamed    {percentile(streamed, 0.5):6.3f} median, {percentile(streamed, 0.95):.3f} p95")
    print(f"first words {percentile(firsts, 0.5):6.3f} median, {percentile(firsts, 0.95):.3f} p95 of the model's time")
    ours, theirs = (1000 * seconds / len(taken) for seconds in (spent.ours, spent.theirs))
    print(f"cpu         {ours:6.1f} ms a turn; the model's {theirs:.1f}")
    reached = high <= MOST_RATIO
    print("reached" if reached else "below target")
    return 0 if reached else 1
