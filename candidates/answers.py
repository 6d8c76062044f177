"""What a model may answer, as shapes: closed choices and verbatim quotes, never a score.

Each shape is the JSON schema of one prompt in candidates/prompts. Every property is required and may be null, because
strict structured output knows no optional properties.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from candidates.schemas import Shape

Level = Literal["none", "weak", "partial", "strong", "full", "unknown"]


# --- prompts/extract.md
class FoundValue(Shape):
    """One field of the profile that the text tells, with the words that tell it."""

    field: str = Field(description="field_name of a wanted field")
    value: bool | float | str | list[str] | None = Field(description="of the wanted field_type; null if not told")
    quote: str | None = Field(description="words copied from a source that tell the value")


class FoundPosition(Shape):
    """One dated job."""

    title: str | None
    company: str | None
    start: str | None = Field(description="YYYY-MM, or YYYY if no month is told")
    end: str | None = Field(description="YYYY-MM or YYYY; null if it is the current job or not told")
    is_current: bool
    quote: str = Field(description="words copied from a source that tell the dates")


class Extraction(Shape):
    values: list[FoundValue]
    positions: list[FoundPosition]


# --- prompts/judge.md
class CriterionAnswer(Shape):
    """How the profile stands on one criterion."""

    key: str = Field(description="key of the criterion")
    level: Level
    quote: str | None = Field(description="words copied from a source that support the level; null if none do")
    reason: str = Field(description="one sentence")


class InterviewQuestion(Shape):
    question: str
    reason: str = Field(description="what the answer would settle, one sentence")
    criterion: str | None = Field(description="key of the criterion that it is about")


class Judgement(Shape):
    criteria: list[CriterionAnswer] = Field(description="each criterion exactly once")
    summary: str = Field(description="one line")
    pros: list[str]
    cons: list[str]
    questions: list[InterviewQuestion]


# --- prompts/questions.md
class Questions(Shape):
    questions: list[InterviewQuestion]


# --- prompts/compare.md
class Preference(Shape):
    """Which of two profiles stands better on one criterion."""

    key: str = Field(description="key of the criterion")
    better: Literal["first", "second", "same"]
    first_quote: str | None = Field(description="words copied from the first profile's sources")
    second_quote: str | None = Field(description="words copied from the second profile's sources")
    reason: str = Field(description="one sentence")


class Comparison(Shape):
    preferences: list[Preference] = Field(description="each criterion exactly once")
    first_strengths: list[str]
    first_weaknesses: list[str]
    second_strengths: list[str]
    second_weaknesses: list[str]
    key_differentiator: str = Field(description="one sentence")


# --- prompts/analyze_jd.md
class WantedCriterion(Shape):
    """Something that the description asks of candidates."""

    label: str
    kind: Literal["skill", "years", "title", "education", "certificate", "judged"]
    description: str = Field(description="what would count as meeting it, one sentence")
    importance: Literal["required", "important", "nice_to_have"]
    quote: str = Field(description="words copied from the description that ask for it")


class WantedField(Shape):
    """Something that a recruiter must know of each candidate for this job."""

    field_name: str = Field(description="snake_case")
    field_type: Literal["boolean", "number", "string", "string_list"]
    description: str
    is_required: bool
    quote: str = Field(description="words copied from the description that make it matter")


class WarningSign(Shape):
    """Something in a profile that would speak against it for this job."""

    indicator: str
    quote: str | None = Field(description="words copied from the description that make it matter")


class JobReading(Shape):
    role_type: str = Field(description="e.g. account_executive, software_engineer")
    criteria: list[WantedCriterion]
    fields: list[WantedField]
    red_flag_indicators: list[WarningSign]
