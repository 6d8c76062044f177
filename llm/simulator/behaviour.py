"""How the simulated model behaves: its limits, its speed, and the faults and lies that were asked of it."""

from __future__ import annotations

import random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Fault = Literal[
    "400",
    "401",
    "404",
    "429",
    "500",
    "502",
    "503",
    "hang",
    "slow_stream",
    "broken_json",
    "no_json",
    "schema_violation",
    "disconnect",
    "error_in_body",
    # of a streamed answer alone: it ends in the middle, by a lost connection or by an error that it tells of
    "cut_stream",
    "error_in_stream",
]
AudioFault = Literal["400", "401", "429", "500", "503", "hang", "disconnect"]
Share = Field(default=0.0, ge=0, le=1)


class Behaviour(BaseModel):
    """What `POST /control` can set. Shares are probabilities per request, 0–1; a request is hit by one fault at most.

    Which requests are hit depends on `seed`, on the request's content and on how often it came before, not on the
    order in which requests arrive: two runs over the same data meet the same faults.
    """

    model_config = ConfigDict(extra="forbid")

    seed: int = 0

    # --- limits; null: none
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    concurrency: int | None = Field(default=None, ge=1)

    # --- speed, in seconds. With a sigma the time is drawn from a lognormal distribution whose mean is `latency`.
    latency: float = Field(default=0.0, ge=0)
    latency_sigma: float = Field(default=0.0, ge=0, le=3)

    # --- speed of a streamed answer, on top of it. Without a rate the pieces are spread over `latency`.
    first_token_seconds: float = Field(default=0.0, ge=0)
    tokens_per_second: float | None = Field(default=None, gt=0)

    # --- speech: the least time until the first sound, and for a transcription; and what may be heard: these sentences
    # alone, or ordinary words where there are none
    speech_seconds: float = Field(default=0.0, ge=0)
    transcription_seconds: float = Field(default=0.0, ge=0)
    sentences: list[str] = Field(default_factory=list)
    # What the next requests for speech or transcriptions meet, one each.
    next_audio: list[AudioFault | Literal["ok"]] = Field(default_factory=list)

    # --- faults
    rate_429: float = Share
    retry_after: float = Field(default=1.0, ge=0, description="Seconds told with a 429 of rate_429 or `next`.")
    rate_5xx: float = Share
    rate_hang: float = Share
    rate_slow_stream: float = Share
    rate_broken_json: float = Share
    rate_schema_violation: float = Share
    rate_disconnect: float = Share
    rate_error_in_body: float = Share
    # What the next requests meet, one each, before any draw of lots.
    next: list[Fault | Literal["ok"]] = Field(default_factory=list)
    # A request whose text holds one of these always fails, with `poison_fault`.
    poison: list[str] = Field(default_factory=list)
    poison_fault: Fault = "broken_json"
    # Models that always answer 503, to see the fallback at work.
    broken_models: list[str] = Field(default_factory=list)

    # --- lies
    rate_invented_quote: float = Share
    rate_level_inflation: float = Share
    obey_injection: bool = False

    # --- what the ledger notes of a request's text, to tell whose it was
    marker_pattern: str = r"\bmarker[-_ ]?([A-Za-z0-9-]+)"

    def fault_for(self, lot: random.Random, *, text: str, model: str) -> Fault | None:
        """The fault that a request meets, or None."""
        if model in self.broken_models:
            return "503"
        if any(marker in text for marker in self.poison):
            return self.poison_fault
        draw = lot.random()
        for fault, share in self._faults():
            if share and draw < share:
                return lot.choice(("500", "502", "503")) if fault == "500" else fault
            draw -= share
        return None

    def _faults(self) -> tuple[tuple[Fault, float], ...]:
        return (
            ("429", self.rate_429),
            ("500", self.rate_5xx),
            ("hang", self.rate_hang),
            ("slow_stream", self.rate_slow_stream),
            ("broken_json", self.rate_broken_json),
            ("schema_violation", self.rate_schema_violation),
            ("disconnect", self.rate_disconnect),
            ("error_in_body", self.rate_error_in_body),
        )

    def seconds(self, lot: random.Random) -> float:
        """How long an answer takes."""
        if not self.latency_sigma:
            return self.latency
        # The mean of a lognormal is exp(mu + sigma² ÷ 2): dividing by it keeps the mean where it was asked for.
        return self.latency * lot.lognormvariate(-(self.latency_sigma**2) / 2, self.latency_sigma)


def merged(old: Behaviour, changes: dict[str, Any]) -> Behaviour:
    """`old` with `changes`; raises pydantic.ValidationError for an unknown or wrong one."""
    return Behaviour.model_validate({**old.model_dump(), **changes})
