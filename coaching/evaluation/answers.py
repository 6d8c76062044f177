"""What a model may answer about a stretch of a practice session: closed levels, quotes and advice, never a score."""

from __future__ import annotations

from pydantic import Field

from coaching.states import Dimension
from interviews.levels import Level
from interviews.schemas import Shape


class CriterionAnswer(Shape):
    """How one criterion is met."""

    key: str = Field(description="the criterion's key")
    level: Level
    quote: str | None = Field(description="words copied from what the trainee said that the level rests on")
    reason: str = Field(description="one sentence")


class StrengthAnswer(Shape):
    dimension: Dimension
    text: str = Field(description="one sentence, to the trainee")
    quote: str = Field(description="words copied from what the trainee said")


class AdviceAnswer(Shape):
    dimension: Dimension
    suggestion: str = Field(description="what to do differently, one or two sentences, to the trainee")
    quote: str | None = Field(description="words copied from what the trainee said that it is about")
    instead: str = Field(description="how the quoted words could have been said; empty without a quote")


class ExerciseAnswer(Shape):
    dimension: Dimension
    title: str = Field(description="a few words")
    exercise: str = Field(description="what to do, two sentences at most, to the trainee")
    quote: str | None = Field(description="words copied from what the trainee said that call for it")


class Judgement(Shape):
    """The answer to prompts/evaluate.md."""

    criteria: list[CriterionAnswer] = Field(description="each criterion exactly once")
    strengths: list[StrengthAnswer]
    advice: list[AdviceAnswer] = Field(description="one for each dimension")
    practice: list[ExerciseAnswer]
    summary: str = Field(description="two or three sentences, to the trainee")
    summary_quote: str | None = Field(description="words copied from what the trainee said that show it best")
