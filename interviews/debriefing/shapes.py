"""What a debrief is: `Room.debrief`, and the answer of POST /api/rooms/{name}/debrief."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from interviews.schemas import DebriefResult, Shape
from llm.client import Receipt


class ProhibitedQuestion(Shape):
    """A question about a protected mark (age, family, health, religion …) that the interviewer asked."""

    turn: int
    quote: str
    topic: str


class Conduct(Shape):
    """How the interviewer asked: measured, not judged."""

    questions: int
    open_questions: int
    open_share: float | None = Field(description="Open questions ÷ all questions; null where none was asked")
    talk_share: float = Field(description="The interviewer's share of all words, 0–1")
    follow_ups: int
    prohibited: list[ProhibitedQuestion]


class ProbedTrait(Shape):
    """A hidden trait of the AI candidate, and whether the interviewer found it."""

    key: str
    label: str
    behaviour: str
    how_to_find: str
    outcome: Literal["found", "partly", "missed", "not_judged"] = Field(
        description="not_judged: no model was there to tell"
    )
    turn: int | None = Field(description="Where the interviewer probed it; null where it was missed")
    quote: str | None = Field(description="The interviewer's words there")
    reason: str


class GradePart(Shape):
    key: Literal["traits", "open_questions", "listening", "follow_ups", "fair_questions"]
    label: str
    weight: int
    share: float | None = Field(description="0–1; null where there was nothing to measure, which then has no weight")
    points: float
    explanation: str


class Training(Shape):
    """The grade of an interviewer in training: computed from the parts by published weights."""

    traits: list[ProbedTrait]
    parts: list[GradePart]
    score: int = Field(description="0–100")
    grade: Literal["A", "B", "C", "D", "E"]
    grade_note: str


class Debriefing(DebriefResult):
    """What came of a conversation: in words, with how the interviewer asked, and a grade for training."""

    conduct: Conduct
    training: Training | None = Field(default=None, description="Null where the interview was no training")
    # "computed": no model is configured, or it gave no usable answer; what could be measured is told.
    made_by: Literal["model", "computed"]
    notes: list[str]
    receipts: list[Receipt]
