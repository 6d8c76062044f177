"""What an analysis is: `Analysis.result`, the answer of POST /api/analytics/{room}, and of an interview's analytics."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from candidates.states import QuoteStatus
from interviews.levels import Level, Severity
from interviews.schemas import Shape, SpeechMetrics
from interviews.states import Recommendation

QuestionType = Literal[
    "opening",
    "motivation",
    "experience",
    "behavioural",
    "situational",
    "technical",
    "cultural",
    "closing",
    "other",
]
# What became of a question: only answered ones are judged. "unsupported" was answered and not counted, because the
# words that the model rests its levels on were never said.
PairState = Literal["judged", "unsupported", "declined", "unanswered"]


class Judged(Shape):
    """A level that a model gave (perhaps lowered by code), and what it counts for."""

    level: Level
    score: float | None = Field(description="0–10: none 0, weak 2.5, partial 5, strong 7.5, full 10; null: not judged")


class TypeMetric(Judged):
    """What matters for a question of this type: e.g. how complete a STAR answer is."""

    name: str = Field(description="E.g. star, ownership, technical_accuracy")
    label: str


class SaidQuote(Shape):
    """Words that were said, and in which turn. Quotes that stand nowhere never get here."""

    quote: str
    turn: int


class QuestionAnswer(Shape):
    """One question with its follow-ups, the answer, and how it was judged. Paired by code from who spoke when."""

    number: int = Field(description="From 1, in the order of asking")
    state: PairState
    type: QuestionType
    question: str
    question_turn: int
    follow_up_turns: list[int]
    answer_turns: list[int]
    answer: str = Field(description="What was answered, all turns joined")
    words: int = Field(description="Of the answer")
    relevance: Judged
    clarity: Judged
    depth: Judged
    metric: TypeMetric
    score: float | None = Field(description="0–10: mean of the four; null where not judged")
    quote: str | None = Field(description="As it was said; null where the model gave none that was")
    quote_turn: int | None
    quote_status: QuoteStatus
    reason: str


class Dimension(Shape):
    """A total, computed from the pairs that speak for it."""

    score: int | None = Field(description="0–100; null where nothing was asked and answered about it")
    pairs: list[int] = Field(description="Numbers of the question–answer pairs that it rests on")
    reason: str


class Highlight(SaidQuote):
    text: str


class RedFlag(Shape):
    """Something that a person should look at. Only `moves` ones had a part in the recommendation."""

    code: Literal["contradiction", "no_ownership", "blame", "dishonesty", "conduct", "prompt_injection", "other"]
    text: str
    severity: Severity
    quote: str
    turn: int
    moves: bool = Field(description="Whether it lowered the recommendation by a step")


class AreaToProbe(Shape):
    area: str
    question: str = Field(description="What to ask about it next time")
    turn: int | None = Field(description="The answer that leaves it open")


class Confidence(Shape):
    """How much the recommendation rests on; computed."""

    score: float = Field(ge=0, le=1)
    answered_share: float = Field(description="Questions answered ÷ questions asked")
    quotes_held_share: float = Field(description="Judged answers whose quote was really said ÷ all judged answers")
    judged_answers: int
    reason: str


class AnalysisResult(Shape):
    """An interview, judged answer by answer. The model gave levels and quotes; every number here was computed."""

    subject: Literal["person", "ai_candidate"] = Field(
        description="ai_candidate: an AI played the candidate, so nothing here is about a real person"
    )
    subject_note: str
    pairs: list[QuestionAnswer]
    overall_score: int | None = Field(description="0–100")
    communication: Dimension
    technical: Dimension
    cultural_fit: Dimension
    highlights: list[Highlight]
    red_flags: list[RedFlag]
    areas_to_probe: list[AreaToProbe]
    recommendation: Recommendation
    recommendation_reasons: list[str]
    confidence: Confidence
    summary: str = Field(description="Told by code from the totals")
    notes: list[str] = Field(description="What was not accepted, and why")


class Analytics(Shape):
    """What the API answers: the analysis with what was measured."""

    room_name: str
    analysed_at: str
    turns: int
    analysis: AnalysisResult
    speech: SpeechMetrics
