"""A typed turn of an interview against the model's own time, with fifty conversations under way at once.

    python -m benchmarks.text_turn [--conversations 50] [--turns 6] [--first-token 0.4] [--tokens-per-second 60]

Everything as in production: one granian ASGI process, a room's token, POST /live/rooms/{name}/turns, the simulated
model in a process of its own. Each human answers two seconds after reading, sooner than anybody types (drawn between
half and one and a half of --pause). With --pause 0 all of them have a turn under way all the time: then the cores that
server, Postgres, Redis, model and callers share are what is measured.

- ratio: from sending the message to reading the last event of its answer (stored, and the page told) ÷ what the model
  took, from having the request to its last token, by its own ledger. The 95th percentile counts.
- added: the same two as a difference, in ms.
- first words: until the first piece of the answer can be read ÷ the same.
- cpu: processor milliseconds per turn, of the web server and of the simulated model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

MOST_RATIO = 1.10
PORT = int(os.environ.get("BENCH_PORT", "8342"))
ANSWER = (
    "In my last position I led the move of our largest customer to the new contract myself: I met their people every "
    "week for 3 months, rebuilt the offer with our finance team, and we signed 20 percent above the old price."
)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=50, help="at the same time (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=6, help="of each (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds of typing, on average (default: %(default)s)")
    parser.add_argument("--first-token", type=float, default=0.4, help="seconds (default: %(default)s)")
    parser.add_argument("--tokens-per-second", type=float, default=60.0, help="of the model (default: %(default)s)")
    return parser.parse_args()


@dataclass(slots=True)
class Taken:
    """One turn as its caller saw it, in seconds."""

    marker: str
    whole: float
    first: float


@dataclass(slots=True)
class Caller:
    """One human: a room, and what was taken in it."""

    number: int
    room: str
    token: str
    taken: list[Taken] = field(default_factory=list)

    async def post(self, body: dict[str, Any]) -> tuple[float, float]:
        """Take a turn; (seconds to the end of its answer, seconds to its first words)."""
        content = json.dumps(body).encode()
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(
            f"POST /live/rooms/{self.room}/turns HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nConnection: close\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        first, seen = 0.0, b""
        while piece := await reader.read(65_536):
            seen += piece
            if not first and b"event: delta" in seen:
                first = time.perf_counter() - began
        whole = time.perf_counter() - began
        writer.close()
        if b"event: status" not in seen or b"event: error" in seen:
            raise SystemExit(f"a turn failed: {seen[:400]!r}")
        return whole, first

    async def talk(self, turns: int, *, wait: float, pause: float) -> None:
        lot = random.Random(self.number)
        await asyncio.sleep(wait)
        for turn in range(turns):
            if turn:
                await asyncio.sleep(pause * lot.uniform(0.5, 1.5))
            marker = f"{self.number}-{turn}"
            whole, first = await self.post({"text": f"{ANSWER} marker {marker}"})
            self.taken.append(Taken(marker, whole, first))


def make_callers(number: int, turns: int) -> list[Caller]:
    """Interviews with a plan long enough, each with the candidate's token."""
    from interviews import rooms
    from interviews.states import ParticipantType
    from tests.agents.interviews import interview, plan

    callers = []
    for one in range(number):
        held = interview(of=plan(questions=turns + 3, minutes=600))
        token = rooms.admit(held.room, name="Robin Sample", type=ParticipantType.CANDIDATE).token
        callers.append(Caller(one, held.room.name, token))
    return callers


def cpu_of(pids: list[int]) -> float:
    import psutil

    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def run(callers: list[Caller], arguments: argparse.Namespace, *, spread: float) -> None:
    waits = [spread * number / len(callers) for number in range(len(callers))]
    await asyncio.gather(
        *(
            caller.talk(arguments.turns, wait=wait, pause=arguments.pause)
            for caller, wait in zip(callers, waits, strict=True)
        )
    )


async def open_all(callers: list[Caller]) -> None:
    """The first words of each interview, which no model says; a few at a time."""
    places = asyncio.Semaphore(8)

    async def one(caller: Caller) -> None:
        async with places:
            await caller.post({"resume": True})

    await asyncio.gather(*(one(caller) for caller in callers))


def main() -> int:
    arguments = parse_arguments()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LLM_REQUESTS_PER_MINUTE": "1000000",
        "LLM_TOKENS_PER_MINUTE": "10000000000",
        "LLM_DAILY_CAP_USD": "1000000",
        "LLM_INTERVIEW_CAP_USD": "1000",
        "LLM_CONCURRENCY": str(arguments.conversations + 14),
        "LLM_API_KEY": "simulated",
        "LLM_SIMULATED": "true",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.conf import settings

    from benchmarks.model_fan_out import database
    from tests import processes
    from tests.simulator import Simulator

    simulator = Simulator()
    os.environ["LLM_BASE_URL"] = settings.LLM_BASE_URL = simulator.base_url
    try:
        with database():
            callers = make_callers(arguments.conversations, arguments.turns)
            with processes.web_process(port=PORT) as (_, server):
                asyncio.run(open_all(callers))
                simulator.control(
                    first_token_seconds=arguments.first_token,
                    tokens_per_second=arguments.tokens_per_second,
                    marker_pattern=r'"candidate_said":"[^"]*marker ([0-9]+-[0-9]+)',
                )
                pids, model = [server.pid, *server.children()], [simulator.process.pid]
                ours, theirs = cpu_of(pids), cpu_of(model)
                began = time.perf_counter()
                asyncio.run(run(callers, arguments, spread=1.0 + arguments.pause))
                took = time.perf_counter() - began
                ours, theirs = cpu_of(pids) - ours, cpu_of(model) - theirs
            calls = {call["marker"]: call for call in simulator.calls() if call["marker"] and call["status"] == 200}
    finally:
        simulator.stop()
    return report(callers, calls, took=took, ours=ours, theirs=theirs)


def report(
    callers: list[Caller],
    calls: dict[str, Any],
    *,
    took: float,
    ours: float,
    theirs: float,
) -> int:
    taken = [turn for caller in callers for turn in caller.taken]
    model = [calls[turn.marker]["ended"] - calls[turn.marker]["at"] for turn in taken]
    ratios = [turn.whole / seconds for turn, seconds in zip(taken, model, strict=True)]
    added = [1000 * (turn.whole - seconds) for turn, seconds in zip(taken, model, strict=True)]
    firsts = [turn.first / seconds for turn, seconds in zip(taken, model, strict=True)]
    most = max(call["in_flight"] for call in calls.values())
    print(
        f"{len(callers)} conversations, {len(taken)} turns, {len(taken) / took:.1f} a second, {most} in flight; the "
        f"model took {statistics.median(model):.2f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    middle, high = (percentile(ratios, share) for share in (0.5, 0.95))
    print(f"ratio       {middle:6.3f} median, {high:.3f} p95 (at most {MOST_RATIO})")
    print(f"added       {percentile(added, 0.5):6.1f} ms median, {percentile(added, 0.95):.1f} p95")
    print(f"first words {percentile(firsts, 0.5):6.3f} median, {percentile(firsts, 0.95):.3f} p95 of the model's time")
    print(f"cpu         {1000 * ours / len(taken):6.1f} ms a turn; the model's {1000 * theirs / len(taken):.1f}")
    reached = high <= MOST_RATIO
    print("reached" if reached else "below target")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
