"""The provider's side of a limit: exact sliding windows of a minute, and calls in flight."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from llm.simulator.behaviour import Behaviour

WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Turned:
    """A request that was turned away: which limit it met, and in how many seconds it may come back."""

    limit: str
    retry_after: float


@dataclass(slots=True)
class Gate:
    """Counts what came in during the last minute and what is in flight, and turns away what is too much."""

    requests: deque[float] = field(default_factory=deque)
    tokens: deque[tuple[float, int]] = field(default_factory=deque)
    token_sum: int = 0
    in_flight: int = 0

    def enter(self, behaviour: Behaviour, tokens: int) -> Turned | None:
        """Let a request in (then call `leave` at its end), or say why not. A request turned away counts for nothing."""
        now = time.monotonic()
        since = now - WINDOW_SECONDS
        while self.requests and self.requests[0] <= since:
            self.requests.popleft()
        while self.tokens and self.tokens[0][0] <= since:
            self.token_sum -= self.tokens.popleft()[1]
        if behaviour.concurrency is not None and self.in_flight >= behaviour.concurrency:
            return Turned("concurrency", 1.0)
        if behaviour.requests_per_minute is not None and len(self.requests) >= behaviour.requests_per_minute:
            return Turned("requests", self.requests[0] - since)
        if behaviour.tokens_per_minute is not None and self.token_sum + tokens > behaviour.tokens_per_minute:
            return Turned("tokens", self.tokens[0][0] - since if self.tokens else WINDOW_SECONDS)
        self.requests.append(now)
        self.spend(tokens)
        self.in_flight += 1
        return None

    def spend(self, tokens: int) -> None:
        """Count tokens of an answer."""
        self.tokens.append((time.monotonic(), tokens))
        self.token_sum += tokens

    def leave(self) -> None:
        self.in_flight -= 1
