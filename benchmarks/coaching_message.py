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
import os
import sys
from dataclasses import dataclass, field

from benchmarks import turns
from benchmarks.turns import Taken

PORT = int(os.environ.get("BENCH_PORT", "8822"))
WORDS = (
    "We sort the invoices of 300 small workshops. Each of them loses 6 hours a week to paper, and with us it is 1. I "
    "built the first version myself in 4 months, and 40 of them pay us 80 dollars a month today."
)


@dataclass(slots=True)
class Caller:
    """One trainee: a session, and what was said in it."""

    number: int
    session: str
    token: str
    taken: list[Taken] = field(default_factory=list)

    async def talk(self, wait: float, number_of_turns: int, pause: float) -> None:
        marks = turns.paused(number_of_turns, number=self.number, wait=wait, pause=pause)
        place = self.number
        async for mark in marks:
            accept = "application/json" if place % 3 else "text/event-stream"
            place += 1
            path = f"/api/v1/sessions/{self.session}/messages"
            body = {"text": f"{WORDS} marker {mark}.", "key": mark}
            whole, first, seen = await turns.post(PORT, path, self.token, body, accept=accept)
            if b'"ai_response"' not in seen or b"event: error" in seen or b'"stopped":true' in seen:
                raise SystemExit(f"a message failed: {seen[:600]!r}")
            self.taken.append(Taken(mark, whole, first))


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


async def talk(callers: list[Caller], number_of_turns: int, pause: float) -> None:
    talks = [lambda wait, caller=caller: caller.talk(wait, number_of_turns, pause) for caller in callers]
    await turns.at_once(talks, spread=1.0 + pause)


def main() -> int:
    arguments: argparse.Namespace = turns.parser_of(__doc__, people="trainees").parse_args()
    number = arguments.trainees
    changes = {
        "LLM_SESSION_CAP_USD": "1000",
        "COACHING_MESSAGES_PER_MINUTE": "1000000",
        "ACCESS_TOKEN_MINUTES": "600",
    }
    with turns.simulated_model(in_flight=2 * number + 14, **changes) as simulator:
        from tests import processes

        callers = make_callers(number)
        with processes.web_process(port=PORT) as (_, server):
            # One message each before anything counts: what is made once is made then.
            asyncio.run(talk(callers, 1, 0.0))
            for caller in callers:
                caller.taken.clear()
                caller.number += 1000  # keys of their own
            simulator.reset()
            simulator.control(
                first_token_seconds=arguments.first_token,
                tokens_per_second=arguments.tokens_per_second,
                # The last one in the request: the message that is answered.
                marker_pattern=r"(?s).*marker ([0-9]+-[0-9]+)\.$",
            )
            spent = turns.spent_on(talk(callers, arguments.turns, arguments.pause), server, simulator)
        calls = simulator.calls()
    answers = [call for call in calls if call["marker"] and call["status"] == 200 and not call["schema"]]
    summaries = sum(1 for call in calls if call["schema"] == "Summary")
    taken = [turn for caller in callers for turn in caller.taken]
    return turns.report(f"{number} trainees", taken, answers, spent, beside=f", {summaries} summaries beside them")


if __name__ == "__main__":
    sys.exit(main())
