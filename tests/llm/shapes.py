"""Shapes of answers that the tests ask for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fact(Shape):
    summary: str
    quote: str
    years: int | None


class CriterionAnswer(Shape):
    key: str
    level: Literal["none", "weak", "partial", "strong", "full", "unknown"]
    quote: str | None
    reason: str


class InterviewQuestion(Shape):
    question: str
    reason: str
    criterion: str | None


class Judgement(Shape):
    """What the simulator knows as the question of how a profile meets a rubric."""

    criteria: list[CriterionAnswer]
    summary: str
    pros: list[str]
    cons: list[str]
    questions: list[InterviewQuestion]


class Bounded(Shape):
    """Limits that a strict schema can't say everywhere."""

    score: int = Field(ge=0, le=10)
    names: list[str] = Field(min_length=1, max_length=3)
    kind: Literal["one"]
    inner: Fact = Field(description="the fact behind it")
