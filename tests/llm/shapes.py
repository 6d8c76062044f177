"""Shapes of answers that the tests ask for, and a way to ask without an app above."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    summary: str
    quote: str
    years: int | None
