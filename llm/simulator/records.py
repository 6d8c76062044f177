"""What the simulated provider keeps: how it behaves now, and a ledger of every request that reached it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from aiohttp import web

from llm.simulator.behaviour import Behaviour
from llm.simulator.gate import Gate


@dataclass(slots=True)
class Entry:
    """One request in the simulator's own ledger. `fault` is what was done to it; `limit` is the limit that it met."""

    n: int
    at: float
    model: str
    schema: str = ""
    digest: str = ""
    marker: str | None = None
    in_flight: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    # 0 while it is under way; 499: the caller went away before the answer
    status: int = 0
    fault: str | None = None
    limit: str | None = None
    ended: float | None = None
    # "speech" and "transcription": what was said or heard, and how long its sound is
    kind: Literal["chat", "speech", "transcription", "realtime"] = "chat"
    said: str = ""
    sound_seconds: float = 0.0


@dataclass(slots=True)
class Provider:
    """Everything that the server knows."""

    initial: Behaviour
    behaviour: Behaviour
    gate: Gate = field(default_factory=Gate)
    ledger: list[Entry] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    marker: re.Pattern[str] = re.compile("")

    def set(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.marker = re.compile(behaviour.marker_pattern)


PROVIDER: web.AppKey[Provider] = web.AppKey("provider", Provider)


def as_json(content: Any, *, status: int = 200) -> web.Response:
    """An answer with a JSON body."""
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")


def as_error(status: int, message: str) -> web.Response:
    """An answer that tells of an error, in OpenRouter's form."""
    return as_json({"error": {"code": status, "message": message}}, status=status)
