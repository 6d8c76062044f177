"""What a model may answer about a conversation as a whole: words with quotes, never a score."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from interviews.schemas import Shape


class ToldPoint(Shape):
    text: str = Field(description="one sentence")
    quote: str | None = Field(description="words copied from a turn of the one it is about; null for what is missing")


class Probe(Shape):
    """Whether the interviewer brought a hidden trait to light."""

    trait: str = Field(description="key of the trait")
    outcome: Literal["found", "partly", "missed"]
    quote: str | None = Field(description="words copied from the interviewer's question")
    reason: str = Field(description="one sentence")


class Debrief(Shape):
    """The answer to prompts/debrief.md."""

    summary: str
    strengths: list[ToldPoint]
    improvements: list[ToldPoint]
    follow_up_questions: list[str]
    probes: list[Probe] = Field(description="each trait exactly once")
