"""What a model may answer about a stretch of an interview: closed levels and verbatim quotes, never a score."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from interviews.analysis.shapes import QuestionType
from interviews.levels import Level, Severity
from interviews.schemas import Shape


class PairAnswer(Shape):
    """How one answer stands."""

    number: int = Field(description="number of the pair")
    type: QuestionType
    relevance: Level
    clarity: Level
    depth: Level
    metric: Level = Field(description="what matters for a question of this type")
    quote: str | None = Field(description="words copied from this answer that the levels rest on")
    reason: str = Field(description="one sentence")


class SaidPoint(Shape):
    text: str = Field(description="one sentence")
    quote: str = Field(description="words copied from what the candidate said")


class FlagAnswer(Shape):
    code: Literal["contradiction", "no_ownership", "blame", "dishonesty", "conduct", "other"]
    text: str = Field(description="one sentence")
    severity: Severity
    quote: str = Field(description="words copied from what the candidate said")


class ProbeAnswer(Shape):
    area: str
    question: str = Field(description="what to ask about it next time")
    pair: int | None = Field(description="number of the pair that leaves it open")


class Judgement(Shape):
    """The answer to prompts/analyse.md."""

    pairs: list[PairAnswer] = Field(description="each pair exactly once")
    highlights: list[SaidPoint]
    red_flags: list[FlagAnswer]
    areas_to_probe: list[ProbeAnswer]
