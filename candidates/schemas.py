"""Shapes that cross a border: to and from the model, in and out of JSON columns, and over the API."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from candidates.states import QuoteStatus


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProfileField(Shape):
    """A field that a job wants to know of its candidates."""

    field_name: str
    field_type: Literal["boolean", "number", "string", "string_list"]
    description: str
    is_required: bool


class Criterion(Shape):
    """One line of a rubric. Weights are data: 1 is normal, 0 switches a criterion off, 2 doubles it.

    `kind` says who answers: a matcher of candidates.matching (skill, years, title, education, certificate), a term of
    the default formula (formula), or the model alone (judged). The model judges every kind but formula.
    """

    key: str
    label: str
    kind: Literal["skill", "years", "title", "education", "certificate", "formula", "judged"]
    description: str = ""
    weight: float = Field(default=1.0, ge=0, le=2)
    is_required: bool = False
    # What the matcher needs, e.g. {"skill": "python", "years": 3} or {"level": "bachelor"}
    parameters: dict[str, Any] = Field(default_factory=dict)


class CriterionResult(Shape):
    """How a candidate stands on one criterion: a level by matcher or model, never a number made up by a model."""

    key: str
    label: str
    weight: float
    # Share of the criterion's full points, 0–1. For the default formula, `points` counts instead.
    level: Literal["none", "weak", "partial", "strong", "full", "unknown"]
    share: float
    # Points that this criterion adds to the 0–100 score at the weights in force.
    points: float
    max_points: float
    quote: str | None = None
    quote_status: QuoteStatus = QuoteStatus.NOT_NEEDED
    # Where the quote stands: "bio", "source_text", "document:<id>", … and its character offsets there.
    quote_source: str | None = None
    quote_start: int | None = None
    quote_end: int | None = None
    explanation: str = ""
