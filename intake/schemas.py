"""Shapes that cross a border: JSON columns of this app, and what pages, agent and API exchange."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from intake.states import GapReason

FieldType = Literal["boolean", "number", "string", "string_list", "email", "phone", "url"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Gap(Shape):
    """One thing to ask a candidate for, fixed when the intake begins and again after the resume was read."""

    field: str = Field(description="A profile field, or a field that the job asks for beyond the profile")
    label: str
    type: FieldType
    unit: str = Field(default="", description="E.g. years, US dollars, percent")
    question: str
    why: str = Field(description="Why it is asked, for the candidate")
    reason: GapReason
    is_required: bool
    # What is known now, where something is: stale or contradictory values, by where they come from.
    known: list[dict[str, Any]] = Field(default_factory=list)
    lowest: float | None = None
    highest: float | None = None


class ProposedValue(Shape):
    """A value found for a field, with the words it rests on."""

    field: str
    value: Any
    quote: str | None = None
    source: str = ""
