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
import os
import sys
from dataclasses import dataclass, field
from typing import Any

from benchmarks import turns
from benchmarks.turns import Taken

PORT = int(os.environ.get("BENCH_PORT", "8342"))
ANSWER = (
    "In my last position I led the move of our largest customer to the new contract myself: I met their people every "
    "week for 3 months, rebuilt the offer with our finance team, and we signed 20 percent above the old price."
)


@dataclass(slots=True)
class Caller:
    """One human: a room, and what was taken in it."""

    number: int
    room: str
    token: str
    taken: list[Taken] = field(default_factory=list)

    async def post(self, body: dict[str, Any]) -> tuple[float, float | None]:
        """Take a turn; (seconds to the end of its answer, seconds to its first words)."""
        whole, first, seen = await turns.post(PORT, f"/live/rooms/{self.room}/turns", self.token, body)
        if b"event: status" not in seen or b"event: error" in seen:
            raise SystemExit(f"a turn failed: {seen[:400]!r}")
        return whole, first

    async def talk(self, wait: float, arguments: argparse.Namespace) -> None:
        async for mark in turns.paused(arguments.turns, number=self.number, wait=wait, pause=arguments.pause):
            whole, first = await self.post({"text": f"{ANSWER} marker {mark}"})
            self.taken.append(Taken(mark, whole, first))


def make_callers(number: int, questions: int) -> list[Caller]:
    """Interviews with a plan long enough, each with the candidate's token."""
    from interviews import rooms
    from interviews.states import ParticipantType
    from tests.agents.interviews import interview, plan

    callers = []
    for one in range(number):
        held = interview(of=plan(questions=questions, minutes=600))
        token = rooms.admit(held.room, name="Robin Sample", type=ParticipantType.CANDIDATE).token
        callers.append(Caller(one, held.room.name, token))
    return callers


async def open_all(callers: list[Caller]) -> None:
    """The first words of each interview, which no model says; a few at a time."""
    places = asyncio.Semaphore(8)

    async def one(caller: Caller) -> None:
        async with places:
            await caller.post({"resume": True})

    await asyncio.gather(*(one(caller) for caller in callers))


def main() -> int:
    arguments = turns.parser_of(__doc__, people="conversations").parse_args()
    number = arguments.conversations
    with turns.simulated_model(in_flight=number + 14, LLM_INTERVIEW_CAP_USD="1000") as simulator:
        from tests import processes

        callers = make_callers(number, arguments.turns + 3)
        with processes.web_process(port=PORT) as (_, server):
            asyncio.run(open_all(callers))
            simulator.control(
                first_token_seconds=arguments.first_token,
                tokens_per_second=arguments.tokens_per_second,
                marker_pattern=r'"candidate_said":"[^"]*marker ([0-9]+-[0-9]+)',
            )
            talks = [lambda wait, caller=caller: caller.talk(wait, arguments) for caller in callers]
            spent = turns.spent_on(turns.at_once(talks, spread=1.0 + arguments.pause), server, simulator)
        calls = [call for call in simulator.calls() if call["marker"] and call["status"] == 200]
    return turns.report(f"{number} conversations", [turn for one in callers for turn in one.taken], calls, spent)


if __name__ == "__main__":
    sys.exit(main())
