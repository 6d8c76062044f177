"""Shapes that cross a border: the JSON columns of an evaluation, and what the API and the pages show of progress.

What a model is asked to answer stands beside the question (coaching.evaluation.answers), not here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from coaching.states import Dimension, PreparationType
from interviews.levels import Level
from interviews.schemas import Shape

# How a score reads in words: weak below 60, solid below 80, strong from 80 on (coaching.evaluation.weights).
Standing = Literal["weak", "solid", "strong"]
Priority = Literal["high", "medium", "low"]
RecentTrend = Literal["improving", "declining", "stable", "no_data"]


# --- one evaluation --------------------------------------------------------------------------------------------------
class Quote(Shape):
    """Words of the trainee's, letter by letter. What was never said is none, nor is what the coach said."""

    message: int = Field(description="The number of the message in its session, from 1")
    quote: str


class Criterion(Shape):
    """One closed question about how the trainee spoke, as the model answered it and code counted it."""

    key: str
    dimension: Dimension
    label: str
    weight: int = Field(description="Within its dimension")
    state: Literal["judged", "unsupported", "not_judged"] = Field(
        description="unsupported: answered, but the quote was never said, so it counts for nothing; "
        "not_judged: the conversation gave nothing to judge it by"
    )
    level: Level
    score: float | None = Field(description="0–100: none 0, weak 25, partial 50, strong 75, full 100; null: not judged")
    quote: Quote | None = Field(description="What the level rests on; null where a thing was never done")
    reason: str


class Strength(Shape):
    """Something done well."""

    dimension: Dimension
    text: str
    quote: Quote


class ImprovementArea(Shape):
    """Something to work on: which dimension and how much it matters are counted, the advice is the model's."""

    dimension: Dimension
    label: str
    level: Standing
    score: int = Field(ge=0, le=100)
    priority: Priority = Field(description="By how many points of the overall score are to be gained: ≥ 8, ≥ 4, less")
    suggestion: str
    quote: Quote | None = Field(description="The words that it is about, where there are any")
    instead: str = Field(default="", description="How the quoted words could have been said")


class PracticeSuggestion(Shape):
    """An exercise."""

    dimension: Dimension
    title: str
    exercise: str
    quote: Quote | None = Field(description="The words that call for it, where there are any")


class Measured(Shape):
    """Counted from the trainee's words, never asked of a model, and part of no score."""

    turns: int
    words: int
    words_per_turn: float
    fillers: int
    filler_rate: float = Field(description="Fillers per 100 words")
    hedges: int = Field(description="“I think”, “maybe”, “kind of” …")
    hedge_rate: float = Field(description="Hedges per 100 words")
    questions: int
    open_questions: int
    figures: int = Field(description="Numbers named")
    talk_share: float = Field(description="The trainee's share of all words, 0–1")


class Weights(Shape):
    """The weight of each dimension in the overall score, in percent; they add up to 100."""

    clarity_structure: int
    relevance_focus: int
    confidence_delivery: int
    language_quality: int
    tone_alignment: int
    engagement: int


class EvaluationShape(Shape):
    """How a session was judged, from text alone. The model gave levels, quotes and words; each number was computed."""

    evaluation_id: UUID
    session_id: UUID
    number: int = Field(description="1 for the first evaluation of the session, 2 for the next …")
    is_newest: bool = Field(description="The newest one counts in trends; earlier ones stay beside it")
    created_at: datetime
    turns: int = Field(description="How many of the trainee's messages were judged")
    clarity_structure: int = Field(ge=0, le=100)
    relevance_focus: int = Field(ge=0, le=100)
    confidence_delivery: int = Field(ge=0, le=100)
    language_quality: int = Field(ge=0, le=100)
    tone_alignment: int = Field(ge=0, le=100)
    engagement: int = Field(ge=0, le=100)
    overall: float = Field(ge=0, le=100, description="The mean of the six by `weights`, to one decimal")
    weights: Weights
    strengths: list[Strength]
    improvement_areas: list[ImprovementArea]
    practice_suggestions: list[PracticeSuggestion]
    summary: str
    summary_quotes: list[Quote]
    quotes: dict[Dimension, list[Quote]] = Field(description="What the score of each dimension rests on")
    criteria: list[Criterion]
    measured: Measured
    notes: list[str] = Field(description="What of the model's answer was not accepted, and why")
    model: str
    prompt_name: str
    prompt_hash: str


# --- progress over sessions ------------------------------------------------------------------------------------------
class Scores(Shape):
    """The six dimensions of one session, 0–100 each."""

    clarity_structure: int
    relevance_focus: int
    confidence_delivery: int
    language_quality: int
    tone_alignment: int
    engagement: int


class Averages(Shape):
    """Means over sessions, rounded half up to one decimal; null where there is no session."""

    clarity_structure: float | None
    relevance_focus: float | None
    confidence_delivery: float | None
    language_quality: float | None
    tone_alignment: float | None
    engagement: float | None
    overall: float | None


class ScorePoint(Shape):
    """One session on the line of progress."""

    position: int = Field(description="1 for the first session that was completed and evaluated")
    session_id: UUID
    preparation_type: PreparationType
    completed_at: datetime
    overall: float
    scores: Scores


class RecurringWeakness(Shape):
    """A dimension that was weak (below 60) in two sessions or more."""

    dimension: Dimension
    label: str
    times: int
    recent_times: int = Field(description="Of the last three sessions")
    average: float


class TypeTrends(Shape):
    """The same figures over the sessions of one preparation type alone."""

    preparation_type: PreparationType
    label: str
    sessions: int
    averages: Averages
    improvement_velocity: float | None
    recent_trend: RecentTrend
    recent_change: float | None


class Trends(Shape):
    """Progress over all sessions that are completed and evaluated, in the order of completion, archived ones left out.

    The newest evaluation of each session counts.
    """

    sessions: int
    averages: Averages
    improvement_velocity: float | None = Field(
        description="Least-squares slope of the overall score by the session's position, ÷ 10, clamped to ±1, to three "
        "decimals; null under two sessions"
    )
    recurring_weaknesses: list[RecurringWeakness] = Field(max_length=5, description="The most frequent first")
    score_progression: list[ScorePoint] = Field(description="The last 40 sessions, oldest first")
    recent_trend: RecentTrend = Field(
        description="Of the last three sessions: mean of the second half − mean of the first, the middle one of three "
        "belonging to the second; above 5 improving, below −5 declining, no_data under two sessions"
    )
    recent_change: float | None = Field(description="That difference, in points; null under two sessions")
    by_preparation_type: list[TypeTrends] = Field(description="The most practised first")


class Advice(Shape):
    """What an evaluation said about one dimension, and where."""

    session_id: UUID
    preparation_type: PreparationType
    completed_at: datetime
    suggestion: str
    quote: Quote | None
    instead: str


class ImprovementTheme(Shape):
    """One dimension to work on, over the last sessions."""

    dimension: Dimension
    label: str
    average: float = Field(description="Over the last ten sessions, to one decimal")
    latest: int = Field(description="In the last session")
    level: Standing = Field(description="Of the average")
    priority: Priority
    times_weak: int = Field(description="Of the last ten sessions")
    advice: list[Advice] = Field(description="The newest first, at most three")


class KnownStrength(Shape):
    """Something that was done well, and where."""

    session_id: UUID
    preparation_type: PreparationType
    completed_at: datetime
    dimension: Dimension
    label: str
    text: str
    quote: Quote


class SuggestedPractice(Shape):
    """An exercise that an evaluation suggested, and which."""

    session_id: UUID
    preparation_type: PreparationType
    completed_at: datetime
    dimension: Dimension
    label: str
    title: str
    exercise: str
    quote: Quote | None


class Improvements(Shape):
    """What the last ten evaluated sessions say together: what to work on, what is done well, what to practise."""

    sessions: int = Field(description="How many were looked at, ten at most")
    areas: list[ImprovementTheme] = Field(description="What is most to be gained by first; strong dimensions left out")
    strengths: list[KnownStrength] = Field(description="The newest first, one for each dimension")
    practice_suggestions: list[SuggestedPractice] = Field(description="The newest first, at most six")


# --- what to do next -------------------------------------------------------------------------------------------------
class PreparedSession(Shape):
    """A session ready to be set up: the body of POST /api/v1/sessions."""

    preparation_type: PreparationType
    meeting_subtype: str = Field(max_length=120)
    agenda: str = Field(max_length=4000)
    tone: str = Field(max_length=120)
    role_context: str = Field(max_length=4000)


class PracticeStep(Shape):
    """One thing to practise, why, and the session to do it in."""

    position: int
    dimension: Dimension | None = Field(description="Null for a first session, of which nothing is known yet")
    label: str
    why: str
    title: str
    drill: str
    goal: str = Field(description="How to tell that it worked")
    session: PreparedSession


class PracticePlan(Shape):
    """What to do next, drawn from the recurring weaknesses. There is always a first step, also before any session."""

    sessions: int = Field(description="How many evaluated sessions it is drawn from, ten at most")
    headline: str
    steps: list[PracticeStep] = Field(min_length=1, max_length=3)
