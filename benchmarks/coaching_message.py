"""A message to the coach over the API against the model's own time, with fifty trainees talking at once.

    python -m benchmarks.coaching_message [--trainees 50] [--turns 6] [--first-token 0.4] [--tokens-per-second 60]

Everything as in production: one granian ASGI process, an access token, POST /api/v1/sessions/{id}/messages answered in
JSON, the simulated model in a process of its own. Each trainee answers two seconds after reading, sooner than anybody
types (drawn between half and one and a half of --pause). With --pause 0 all of them have a message under way all the
time: then the cores that server, Postgres, Redis, model and callers share are what is measured. Every tenth turn a
session's summary is made beside the answer, by the same model.

- ratio: from sending the message to having read its answer ÷ what the model took, from having the request to its last
  token, by its own ledger. The 95th percentile counts.
- added: the same two as a difference, in ms.
- streamed: the ratio of the messages that asked for a stream (every third), to its last event.
- first words: until the first piece of a streamed answer can be read ÷ the model's time.
- cpu: processor milliseconds per message, of the web server and of the simulated model.
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
PORT = int(os.environ.get("BENCH_PORT", "8822"))
WORDS = (
    "We sort the invoices of 300 small workshops. Each of them loses 6 hours a week to paper, and with us it is 1. I "
    "built the first version myself in 4 months, and 40 of them pay us 80 dollars a month today."
)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainees", type=int, default=50, help="at the same time (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=6, help="of each (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds of typing, on average (default: %(default)s)")
    parser.add_argument("--first-token", type=float, default=0.4, help="seconds (default: %(default)s)")
    parser.add_argument("--tokens-per-second", type=float, default=60.0, help="of the model (default: %(default)s)")
    return parser.parse_args()


@dataclass(slots=True)
class Taken:
    """One message as its sender saw it, in seconds; `first` is None where no stream was asked for."""

    marker: str
    whole: float
    first: float | None


@dataclass(slots=True)
class Caller:
    """One trainee: a session, and what was said in it."""

    number: int
    session: str
    token: str
    taken: list[Taken] = field(default_factory=list)

    async def post(self, body: dict[str, Any], *, stream: bool = False) -> tuple[float, float | None]:
        """Send a message; (seconds to the end of its answer, seconds to its first words)."""
        content = json.dumps(body).encode()
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(
            f"POST /api/v1/sessions/{self.session}/messages HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nConnection: close\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
            f"Accept: {'text/event-stream' if stream else 'application/json'}\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        first, seen = None, b""
        while piece := await reader.read(65_536):
            seen += piece
            if first is None and b"event: delta" in seen:
                first = time.perf_counter() - began
        whole = time.perf_counter() - began
        writer.close()
        if b'"ai_response"' not in seen or b"event: error" in seen or b'"stopped":true' in seen:
            raise SystemExit(f"a message failed: {seen[:600]!r}")
        return whole, first

    async def talk(self, turns: int, *, wait: float, pause: float) -> None:
        lot = random.Random(self.number)
        await asyncio.sleep(wait)
        for turn in range(turns):
            if turn:
                await asyncio.sleep(pause * lot.uniform(0.5, 1.5))
            marker = f"{self.number}-{turn}"
            whole, first = await self.post(
                {"text": f"{WORDS} marker {marker}.", "key": marker}, stream=(self.number + turn) % 3 == 0
            )
            self.taken.append(Taken(marker, whole, first))


def make_callers(number: int) -> list[Caller]:
    """Trainees with a session each, of all kinds, in which four messages were said before."""
    from accounts import tokens
    from coaching import messages
    from coaching.states import PreparationType
    from tests.coaching.talking import session, trainee

    callers, kinds = [], list(PreparationType)
    for one in range(number):
        user = trainee(f"trainee-{one}@example.com")
        held = session(user, kinds[one % len(kinds)], agenda="Ten minutes, then questions", tone="sceptical")
        for turn in range(2):
            heard = messages.hear(user_id=user.pk, session_id=held.pk, text=WORDS, key=f"before-{turn}")
            messages.say(session_id=held.pk, text="I see. And what came of it?", answers=heard.message)
        callers.append(Caller(one, str(held.pk), tokens.open_for(user).access))
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


def main() -> int:
    arguments = parse_arguments()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LLM_REQUESTS_PER_MINUTE": "1000000",
        "LLM_TOKENS_PER_MINUTE": "10000000000",
        "LLM_DAILY_CAP_USD": "1000000",
        "LLM_SESSION_CAP_USD": "1000",
        "LLM_CONCURRENCY": str(2 * arguments.trainees + 14),
        "LLM_API_KEY": "simulated",
        "LLM_SIMULATED": "true",
        "COACHING_MESSAGES_PER_MINUTE": "1000000",
        "ACCESS_TOKEN_MINUTES": "600",
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
            callers = make_callers(arguments.trainees)
            with processes.web_process(port=PORT) as (_, server):
                # One message each before anything counts: what is made once is made then.
                asyncio.run(run(callers, argparse.Namespace(turns=1, pause=0.0), spread=1.0))
                for caller in callers:
                    caller.taken.clear()
                simulator.reset()
                simulator.control(
                    first_token_seconds=arguments.first_token,
                    tokens_per_second=arguments.tokens_per_second,
                    # The last one in the request: the message that is answered.
                    marker_pattern=r"(?s).*marker ([0-9]+-[0-9]+)\.$",
                )
                pids, model = [server.pid, *server.children()], [simulator.process.pid]
                ours, theirs = cpu_of(pids), cpu_of(model)
                began = time.perf_counter()
                asyncio.run(again(callers, arguments))
                took = time.perf_counter() - began
                ours, theirs = cpu_of(pids) - ours, cpu_of(model) - theirs
            calls = {
                call["marker"]: call
                for call in simulator.calls()
                if call["marker"] and call["status"] == 200 and not call["schema"]
            }
            summaries = sum(1 for call in simulator.calls() if call["schema"] == "Summary")
    finally:
        simulator.stop()
    return report(callers, calls, summaries, took=took, ours=ours, theirs=theirs)


async def again(callers: list[Caller], arguments: argparse.Namespace) -> None:
    """The turns that count, under keys of their own."""
    for caller in callers:
        caller.number += 1000
    await run(callers, arguments, spread=1.0 + arguments.pause)


def report(
    callers: list[Caller],
    calls: dict[str, Any],
    summaries: int,
    *,
    took: float,
    ours: float,
    theirs: float,
) -> int:
    taken = [turn for caller in callers for turn in caller.taken]
    model = [calls[turn.marker]["ended"] - calls[turn.marker]["at"] for turn in taken]
    pairs = list(zip(taken, model, strict=True))
    ratios = [turn.whole / seconds for turn, seconds in pairs]
    added = [1000 * (turn.whole - seconds) for turn, seconds in pairs]
    streamed = [turn.whole / seconds for turn, seconds in pairs if turn.first is not None]
    firsts = [turn.first / seconds for turn, seconds in pairs if turn.first is not None]
    most = max(call["in_flight"] for call in calls.values())
    print(
        f"{len(callers)} trainees, {len(taken)} messages, {len(taken) / took:.1f} a second, {most} in flight, "
        f"{summaries} summaries beside them; the model took {statistics.median(model):.2f} s; {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    middle, high = (percentile(ratios, share) for share in (0.5, 0.95))
    print(f"ratio       {middle:6.3f} median, {high:.3f} p95 (at most {MOST_RATIO})")
    print(f"added       {percentile(added, 0.5):6.1f} ms median, {percentile(added, 0.95):.1f} p95")
    print(f"streamed    {percentile(streamed, 0.5):6.3f} median, {percentile(streamed, 0.95):.3f} p95")
    print(f"first words {percentile(firsts, 0.5):6.3f} median, {percentile(firsts, 0.95):.3f} p95 of the model's time")
    print(f"cpu         {1000 * ours / len(taken):6.1f} ms a message; the model's {1000 * theirs / len(taken):.1f}")
    reached = high <= MOST_RATIO
    print("reached" if reached else "below target")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
