"""Shapes that cross a border: JSON columns of this app, what agents and pages exchange, and what the API answers.

What a model is asked to answer is defined beside the question (prebrief.py, coach.py, analysis.py …), not here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from interviews.states import EndReason, Recommendation


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


# --- the briefing ----------------------------------------------------------------------------------------------------
class Briefing(Shape):
    """What an interviewer wrote down before the interview."""

    candidate_name: str = Field(default="", max_length=200)
    role: str = Field(default="", max_length=200)
    resume_summary: str = Field(default="", max_length=20_000)
    notes: str = Field(default="", max_length=20_000)
    focus_areas: list[str] = Field(default_factory=list, max_length=30)


class DebriefResult(Shape):
    """What came of a conversation, in words."""

    summary: str
    strengths: list[str]
    improvements: list[str]
    follow_up_questions: list[str]
    # Null where the transcript is too thin, or no model answered.
    recommendation: Recommendation | None


# --- plans -----------------------------------------------------------------------------------------------------------
StageKind = Literal["opening", "experience", "behavioural", "role_specific", "closing", "own"]


class PlanQuestion(Shape):
    """One question of a plan."""

    key: str = Field(max_length=60)
    text: str = Field(max_length=500)
    # What an answer should tell; used to see whether an answer is thin, and to follow up.
    listen_for: str = Field(default="", max_length=500)
    follow_up: str = Field(default="", max_length=500, description="The follow-up to ask where no model is there.")


class PlanStage(Shape):
    """A stage of a plan: it ends when its questions are answered, declined or out of time."""

    key: str = Field(max_length=40)
    label: str = Field(max_length=80)
    kind: StageKind
    goal: str = Field(default="", max_length=500)
    questions: list[PlanQuestion] = Field(default_factory=list)
    # role_specific stages are filled from the candidate's own kept questions, up to so many.
    own_questions: int = Field(default=0, ge=0, le=10)
    minutes: int = Field(default=5, ge=1, le=120)


class Plan(Shape):
    """The plan of one interview, resolved: stages with the questions that will really be asked."""

    key: str
    name: str
    minutes: int = 30
    stages: list[PlanStage]
    # From earlier rounds with this candidate.
    questions_to_avoid: list[str] = Field(default_factory=list)
    topics_to_explore: list[str] = Field(default_factory=list)


# --- where a conversation stands -------------------------------------------------------------------------------------
AnswerKind = Literal["full", "thin", "declined", "silent"]


class QuestionResult(Shape):
    """What became of one question that was asked."""

    question: str = Field(description="The question's key")
    answered: AnswerKind
    followed_up: bool = False
    # The number of the turn that answered it last.
    turn: int | None = None


class StageResult(Shape):
    """What a finished stage gave: the typed result of its task."""

    stage: str
    questions: list[QuestionResult] = Field(default_factory=list)
    ended: Literal["answered", "out_of_time", "declined", "stopped"] = "answered"


class Progress(Shape):
    """Where an interview stands. Everything an agent needs, with the stored turns, to go on after it was killed."""

    stage: str = ""  # key of the open stage; empty before the first and after the last one
    question: str = ""  # key of the question that waits for an answer; empty where none does
    followed_up: bool = False  # whether that question had its one follow-up
    silences: int = 0  # how often in a row nothing was said at all
    asides: int = 0  # how often in a row the open question was talked about, or past, instead of being answered
    offered_end: bool = False  # whether the last turn offered to stop here
    answered: list[QuestionResult] = Field(default_factory=list)  # of the open stage
    results: list[StageResult] = Field(default_factory=list)  # of the stages that have ended
    is_over: bool = False
    end_reason: EndReason | None = None


# --- the AI candidate ------------------------------------------------------------------------------------------------
class HiddenTrait(Shape):
    """Something that an AI candidate hides in a training interview, and how an interviewer can find it."""

    key: str
    label: str
    # What the candidate does or says because of it; goes to the agent.
    behaviour: str
    # What a good interviewer would ask; shown in the debrief.
    how_to_find: str


class Persona(Shape):
    """Who an AI candidate is: the profile, blinded of nothing (it plays the person), and the hidden traits."""

    name: str
    role: str = ""
    company: str = ""
    years_experience: float | None = None
    # Everything known, as texts; the agent says nothing that goes beyond it, but for what its traits make up.
    background: str = ""
    traits: list[HiddenTrait] = Field(default_factory=list)
    chattiness: Literal["brief", "normal", "rambling"] = "normal"


# --- what is measured ------------------------------------------------------------------------------------------------
class SpeakerMetrics(Shape):
    """One side of the conversation, measured from the transcript."""

    turns: int
    words: int
    seconds: float | None = Field(description="Time spoken; null where turns were typed")
    words_per_minute: float | None
    fillers: int
    filler_rate: float = Field(description="Fillers per 100 words")
    questions: int
    open_questions: int
    talk_share: float = Field(description="Share of all words, 0–1")


class SpeechMetrics(Shape):
    """Measured from the transcript, never asked of a model."""

    duration_seconds: float
    interviewer: SpeakerMetrics
    candidate: SpeakerMetrics
    longest_monologue_seconds: float | None
    interruptions: int


class SuggestedQuestion(Shape):
    """A question for an interviewer."""

    question: str
    purpose: str
    follow_up: str = ""
