"""What a pre-brief is: the answer of POST /api/prebrief/{room} and GET /api/pluto/candidates/{id}/prebrief."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from candidates.states import QuoteStatus
from interviews.levels import Level, Severity
from interviews.schemas import Shape, SuggestedQuestion
from llm.client import Receipt


class Evidence(Shape):
    """Words of the resume or profile that something rests on."""

    quote: str | None = Field(description="As they stand in the source; null where none do")
    status: QuoteStatus
    source: str | None = Field(description='"resume", a field such as "bio", "document:<id>", …; null: stands nowhere')


class FitPart(Shape):
    """One of the six parts of the fit."""

    level: Level
    score: int | None = Field(description="0–100, from the level; null where the texts tell nothing")
    weight: float
    reason: str
    evidence: Evidence


class FitBreakdown(Shape):
    technical_skills: FitPart
    experience_relevance: FitPart
    leadership_potential: FitPart
    communication_signals: FitPart
    culture_fit_signals: FitPart
    growth_trajectory: FitPart


class SkillMatch(Shape):
    """Something that the job asks for, and how far the resume meets it."""

    skill: str
    is_required: bool
    level: Level
    score: int | None
    evidence: Evidence
    reason: str


class Strength(Shape):
    strength: str
    evidence: Evidence
    how_to_verify: str = Field(description="What to ask or to look at")


class Concern(Shape):
    concern: str
    severity: Severity
    question: str = Field(description="What to ask about it")
    evidence: Evidence


class PrebriefResult(Shape):
    """What an interviewer should know beforehand. The model answered levels and quotes; code counted."""

    fit_score: int | None = Field(description="0–100, computed from the parts; null where nothing could be judged")
    fit_summary: str
    fit_breakdown: FitBreakdown
    skill_matches: list[SkillMatch]
    strengths: list[Strength]
    concerns: list[Concern]
    suggested_questions: list[SuggestedQuestion]
    topics_to_avoid: list[str]
    tldr: str
    key_things_to_remember: list[str]
    made_by: Literal["model", "computed"]
    notes: list[str] = Field(description="What was left out or not accepted, and why; why no model took part")
    receipts: list[Receipt]
