"""Answers that other modules compute, as the API documents them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Explanation(BaseModel):
    model_config = ConfigDict(extra="allow")


class Questions(BaseModel):
    candidate_id: str
    questions: list[dict[str, Any]]


class Comparison(BaseModel):
    model_config = ConfigDict(extra="allow")


class JobReport(BaseModel):
    model_config = ConfigDict(extra="allow")
