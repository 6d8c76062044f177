"""The resume chat in one process: what an open socket costs, and what an answer waits for beside the model.

    python -m benchmarks.resume_chat [--sockets 2000] [--asking 200] [--rounds 3] [--first-token 0.8]

Everything as in production: one uvicorn process for sockets, Postgres, Redis, the simulated model in a process of its
own, and the callers in another one: real WebSocket clients that check each frame.

- memory: the server's resident memory with all sockets open, less before the first one, ÷ their number, in KiB. First
  as they stand after the welcome, then after each has asked a question: what was said is held, kept and listened for.
- ratio: from sending a question to its first words ÷ what the model took, from having the request to its first token,
  with so many being answered at once. The 95th percentile counts.
- crossed or lost: each question carries a mark of its own, and so must its answer; each must come exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks import turns

MOST_KIB = 100.0
MOST_RATIO = 1.15
PORT = int(os.environ.get("BENCH_PORT", "8861"))
QUESTION = "Which pipeline did Robin build at Harbour Logistics, and how many positions a day? marker-{}"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=2000, help="open at the same time (default: %(default)s)")
    parser.add_argument("--asking", type=int, default=200, help="being answered at once (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="questions of each of those (default: %(default)s)")
    parser.add_argument("--first-token", type=float, default=0.8, help="seconds (default: %(default)s)")
    parser.add_argument("--tokens-per-second", type=float, default=12.0, help="of the model (default: %(default)s)")
    return parser.parse_args()


@dataclass
class Caller:
    """One socket. `firsts` are the seconds to the first words of its answers, by the question's mark."""

    number: int
    socket: Any
    session_id: str = ""
    firsts: dict[str, float] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    async def ask(self, mark: str) -> None:
        question = QUESTION.format(mark)
        began = time.perf_counter()
        await self.socket.send(json.dumps({"type": "question", "question": question, "id": mark}))
        words = ""
        while True:
            message = json.loads(await asyncio.wait_for(self.socket.recv(), 120))
            if message["type"] == "delta":
                self.firsts.setdefault(mark, time.perf_counter() - began)
                words += message["delta"]
                if message["id"] != mark:
                    self.faults.append(f"{mark}: words of {message['id']}")
            elif message["type"] == "response":
                self.answers[message["id"]] += 1
                if (
                    message["id"] != mark
                    or message["question"] != question
                    or message["session_id"] != self.session_id
                    or message["answer"].strip() != words.strip()
                    or not message["citations"]
                ):
                    self.faults.append(f"{mark}: an answer that is not its own")
                return
            else:
                raise SystemExit(f"a question failed: {message}")


async def open_all(number: int) -> list[Caller]:
    from websockets.asyncio.client import connect

    callers: list[Caller] = []
    places = asyncio.Semaphore(50)

    async def one(place: int) -> None:
        async with places:
            socket = await connect(
                f"ws://127.0.0.1:{PORT}/ws", compression=None, proxy=None, ping_interval=None, open_timeout=60
            )
            welcome = json.loads(await socket.recv())
            callers.append(Caller(place, socket, welcome["session_id"]))

    await asyncio.gather(*(one(place) for place in range(number)))
    return callers


async def ask_each_once(callers: list[Caller]) -> None:
    places = asyncio.Semaphore(50)

    async def one(caller: Caller) -> None:
        async with places:
            await caller.ask(f"once{caller.number}")

    await asyncio.gather(*(one(caller) for caller in callers))


async def ask_at_once(callers: list[Caller], rounds: int, *, spread: float) -> None:
    """Each asks again as soon as it was answered, so that all of them are being answered all the time."""

    async def one(caller: Caller) -> None:
        lot = random.Random(caller.number)
        await asyncio.sleep(lot.uniform(0, spread))
        for number in range(rounds):
            await caller.ask(f"{caller.number}x{number}")
            await asyncio.sleep(lot.uniform(0, 0.2))

    await asyncio.gather(*(one(caller) for caller in callers))


def resident_kib(pids: list[int]) -> float:
    import psutil

    return sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1024


async def run(arguments: argparse.Namespace, simulator: Any, pids: list[int]) -> dict[str, Any]:
    # What a process keeps of its first connections and questions anyhow is not any socket's.
    first = await open_all(20)
    await ask_each_once(first)
    for caller in first:
        await caller.socket.close()
    await asyncio.sleep(1)
    found: dict[str, Any] = {"before": resident_kib(pids)}
    callers = await open_all(arguments.sockets)
    await asyncio.sleep(2)
    found["idle"] = resident_kib(pids)
    await ask_each_once(callers)
    await asyncio.sleep(2)
    found["asked"] = resident_kib(pids)
    simulator.reset()
    simulator.control(
        first_token_seconds=arguments.first_token,
        tokens_per_second=arguments.tokens_per_second,
        marker_pattern=r"(?s).*\bmarker-(\d+x\d+)",  # of the questions so far the last one's
    )
    asking = random.Random(1).sample(callers, arguments.asking)
    cpu, began = turns.cpu_of(pids), time.perf_counter()
    # Spread over about as long as an answer takes: people do not press Enter in the same millisecond.
    await ask_at_once(asking, arguments.rounds, spread=arguments.first_token + 4.0)
    found["took"], found["cpu"] = time.perf_counter() - began, turns.cpu_of(pids) - cpu
    found["callers"], found["asking"] = callers, asking
    return found


def main() -> int:
    arguments = parse_arguments()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
    changes = {
        "LLM_VISITORS_CAP_USD": "1000000",
        "RESUME_CHAT_QUESTIONS_PER_MINUTE": "1000000",
        "RESUME_CHAT_SOCKETS_PER_ADDRESS": "1000000",
    }
    with turns.simulated_model(in_flight=arguments.asking + 40, **changes) as simulator:
        from tests import processes

        with processes.web_process(port=PORT, sockets=True) as (_, server):
            found = asyncio.run(run(arguments, simulator, [server.pid, *server.children()]))
        calls = {call["marker"]: call for call in simulator.calls() if call["marker"] and call["status"] == 200}
    return report(arguments, found, calls)


def report(arguments: argparse.Namespace, found: dict[str, Any], calls: dict[str, Any]) -> int:
    callers: list[Caller] = found["callers"]
    idle, asked = ((found[name] - found["before"]) / len(callers) for name in ("idle", "asked"))
    firsts = {mark: seconds for caller in found["asking"] for mark, seconds in caller.firsts.items() if "x" in mark}
    ratios = [seconds / arguments.first_token for seconds in firsts.values()]
    model = [calls[mark]["ended"] - calls[mark]["at"] for mark in firsts]
    expected = len(callers) + arguments.asking * arguments.rounds
    answers = Counter(mark for caller in callers for mark in caller.answers.elements())
    faults = [fault for caller in callers for fault in caller.faults]
    lost, doubled = expected - len(answers), sum(count - 1 for count in answers.values())
    most = max(call["in_flight"] for call in calls.values())
    print(
        f"{len(callers)} sockets; {len(firsts)} questions in {found['took']:.1f} s, {most} in flight at once; the "
        f"model's first token at {arguments.first_token:.2f} s, its last at {statistics.median(model):.2f} s; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"memory      {idle:6.1f} KiB a socket, idle; {asked:.1f} after a question of each (at most {MOST_KIB:.0f})")
    middle, high = turns.percentile(ratios, 0.5), turns.percentile(ratios, 0.95)
    print(f"ratio       {middle:6.3f} median, {high:.3f} p95 (at most {MOST_RATIO})")
    added = [1000 * (seconds - arguments.first_token) for seconds in firsts.values()]
    print(f"added       {turns.percentile(added, 0.5):6.1f} ms median, {turns.percentile(added, 0.95):.1f} p95")
    print(f"messages    {lost} lost, {doubled} doubled, {len(faults)} crossed of {expected}")
    print(f"cpu         {1000 * found['cpu'] / len(firsts):6.1f} ms a question, of the server")
    for fault in faults[:5]:
        print(f"  {fault}")
    reached = asked <= MOST_KIB and idle <= MOST_KIB and high <= MOST_RATIO and not (lost or doubled or faults)
    print("reached" if reached else "below target")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
