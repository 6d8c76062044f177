"""What happens in an intake, told at once to the candidate's page and to the recruiter's.

Who reads what:

- The page of the candidate's conversation (`Intake.room`, where there is one) finds an event `answer` in the room's own
  stream (interviews.room_events), stored and replayed like all others:
  `{field, label, state, via, shown, revision}`; `shown` is the value as people read it, "" where there is none.
- A recruiter's page follows one candidate: `async with watch(candidate_id) as watching:` and then
  `happened = await watching.next(seconds=15)`, which gives the newest `Happening` since the last call, or None after
  that time without any. A happening names what changed and holds nothing of it: whoever shows something reads the rows
  (`answers.current`, the intake). So one that is missed costs nothing as long as a later one comes: after a lost
  connection to Postgres every watcher gets a `Happening` of kind "unknown", which says: read again.

Whoever changes something that those pages show calls `announce` (a field) or `announce_round` (the round: its state,
its step, its gaps), inside the transaction that changes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from candidates.listening import Topic, listener, register
from intake.models import Answer, Intake
from interviews import room_events

CHANNEL = "greenroom_intakes"
ANSWER = "answer"
ROUND = "round"
UNKNOWN = "unknown"
# Longer values are shown on the page that holds them, not in an event.
_LONGEST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that changed: `kind` is "answer" (then `field` and `state` say of what), "round" or "unknown"."""

    kind: str
    field: str = ""
    state: str = ""
    revision: int = 0


def announce(intake: Intake, answer: Answer, *, label: str = "", shown: str = "") -> None:
    """Tell that a field has another answer. Inside the transaction that wrote it; nothing is told if it fails."""
    if intake.room_id is not None:
        room_events.append(
            intake.room_id,
            ANSWER,
            {
                "field": answer.field,
                "label": label,
                "state": answer.state,
                "via": answer.via,
                "shown": shown[:_LONGEST_SHOWN],
                "revision": intake.revision,
            },
        )
    _notify(intake, {"kind": ANSWER, "field": answer.field, "state": answer.state, "revision": intake.revision})


def announce_round(intake: Intake) -> None:
    """Tell that the round itself changed: its state, its step or its gaps. Inside the transaction that wrote it."""
    _notify(intake, {"kind": ROUND, "field": "", "state": intake.state, "revision": intake.revision})


def _notify(intake: Intake, notice: dict[str, Any]) -> None:
    text = json.dumps({"candidate": str(intake.candidate_id), **notice})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])


class Watching:
    """One stream's view of one candidate: the newest happening waits here until it is taken."""

    __slots__ = ("_newest", "_woken")

    def __init__(self) -> None:
        self._newest: Happening | None = None
        self._woken = asyncio.Event()

    def offer(self, happening: Happening) -> None:
        """Something happened; what was not taken yet is overtaken by it."""
        self._newest = happening
        self._woken.set()

    async def next(self, *, seconds: float) -> Happening | None:
        """The newest happening since the last call; None after `seconds` without any."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()
        newest, self._newest = self._newest, None
        return newest


@register
class Intakes(Topic):
    """What happens in intakes, by candidate."""

    channel = CHANNEL

    def __init__(self) -> None:
        self._watching: dict[str, set[Watching]] = {}

    def add(self, candidate_id: UUID, watching: Watching) -> None:
        """From now on it is offered what happens to this candidate."""
        self._watching.setdefault(str(candidate_id), set()).add(watching)

    def discard(self, candidate_id: UUID, watching: Watching) -> None:
        """Nobody reads it any more."""
        of_candidate = self._watching.get(str(candidate_id), set())
        of_candidate.discard(watching)
        if not of_candidate:
            self._watching.pop(str(candidate_id), None)

    async def hear(self, notice: dict[str, Any]) -> None:
        """Offer a notice to everybody who watches its candidate."""
        happening = Happening(notice["kind"], notice["field"], notice["state"], notice["revision"])
        for watching in self._watching.get(notice["candidate"], ()):
            watching.offer(happening)

    async def catch_up(self) -> None:
        """Something may have been missed: let everybody read again."""
        for of_candidate in self._watching.values():
            for watching in of_candidate:
                watching.offer(Happening(UNKNOWN))


@contextlib.asynccontextmanager
async def watch(candidate_id: UUID) -> AsyncIterator[Watching]:
    """What happens in a candidate's intakes from now on; read the rows once after this, then on each happening."""
    ears = await listener()
    topic = ears.topic(Intakes)
    watching = Watching()
    topic.add(candidate_id, watching)
    try:
        async with ears.open():
            yield watching
    finally:
        topic.discard(candidate_id, watching)
