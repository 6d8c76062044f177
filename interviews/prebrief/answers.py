"""What a model may answer about a candidate before an interview: closed levels and verbatim quotes, never a score."""

from __future__ import annotations

from pydantic import Field

from candidates.answers import CriterionAnswer
from interviews.levels import Severity
from interviews.schemas import Shape


class StrengthAnswer(Shape):
    strength: str = Field(description="one sentence")
    quote: str | None = Field(description="words copied from a source")
    how_to_verify: str


class ConcernAnswer(Shape):
    concern: str = Field(description="one sentence")
    severity: Severity
    question: str = Field(description="what to ask about it")
    quote: str | None = Field(description="words copied from a source; null for what is missing")


class QuestionAnswer(Shape):
    question: str
    purpose: str
    follow_up: str


class PrebriefAnswer(Shape):
    """The answer to prompts/prebrief.md."""

    parts: list[CriterionAnswer] = Field(description="each part exactly once")
    skills: list[CriterionAnswer] = Field(description="each skill exactly once")
    strengths: list[StrengthAnswer]
    concerns: list[ConcernAnswer]
    suggested_questions: list[QuestionAnswer]
    topics_to_avoid: list[str]
    tldr: str
    key_things_to_remember: list[str]
