"""The shapes of answers."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from candidates.states import InterviewStatus
from interviews.schemas import Briefing, Plan, Progress, Shape
from interviews.states import (
    AgentType,
    AnalysisState,
    EndReason,
    InterviewState,
    Medium,
    ParticipantType,
    Recommendation,
    Role,
    Speaker,
    Verdict,
)

RoomStatus = Literal["open", "ended", "expired"]


# --- rooms -----------------------------------------------------------------------------------------------------------
class RoomMade(Shape):
    """A room that was just made, and the interviewer's token."""

    room_name: str
    room_url: str = Field(description="LiveKit's address for voice; the room's page for text")
    interviewer_token: str
    expires_at: str
    medium: Medium


class ParticipantShown(Shape):
    identity: str
    name: str
    type: ParticipantType
    joined_at: str | None
    left_at: str | None
    removed_at: str | None = Field(description="From then on no token of this identity opens the room")


class RoomShown(Shape):
    """A room as it is now."""

    room_name: str
    status: RoomStatus
    medium: Medium
    interviewer_name: str
    candidate_name: str | None
    candidate_id: UUID | None
    interview_id: UUID | None = Field(description="Null: humans alone meet here")
    agent_type: AgentType | None
    recording: bool
    created_at: str
    started_at: str | None
    ended_at: str | None
    expires_at: str
    analysis_state: AnalysisState
    participants: list[ParticipantShown]


class Joined(Shape):
    """A token for one person and one room."""

    token: str
    room_url: str
    identity: str
    participant_type: ParticipantType
    expires_at: str


class Removed(Shape):
    """Somebody who was put out of a room for good."""

    room_name: str
    identity: str
    removed_at: str


class BriefingShown(Briefing):
    """A room's briefing, and the prompt made of it."""

    room_name: str
    briefing_prompt: str


class ChatReply(Shape):
    """What the briefing assistant answers."""

    response: str
    message_id: int
    messages: int = Field(description="How many there are by now, yours included")


class CandidateRoom(RoomMade):
    """A room with the briefing of a candidate filled in."""

    candidate_id: UUID
    interview_status: InterviewStatus
    briefing: Briefing
    briefing_prompt: str


class PracticeCredential(Shape):
    """What a browser needs to talk to the practice candidate by itself, for a short while."""

    client_secret: str
    expires_at: str
    model: str
    url: str


# --- interviews ------------------------------------------------------------------------------------------------------
class InterviewStarted(Shape):
    """An interview that was just made, and the human's token."""

    interview_id: UUID
    room_name: str
    room_url: str
    token: str
    role: Role
    agent_type: AgentType
    medium: Medium
    stage: str
    status: InterviewState
    is_training: bool
    expires_at: str


class Flag(Shape):
    """Something that a person should look at."""

    code: str
    turn: int | None = None
    quote: str = ""


class InterviewShown(Shape):
    """An interview, as in the list."""

    interview_id: UUID
    room_name: str
    candidate_id: UUID
    candidate_name: str | None
    job_id: UUID | None
    job_title: str | None
    stage: str
    plan_name: str | None
    role: Role
    agent_type: AgentType
    medium: Medium
    status: InterviewState
    end_reason: EndReason | None
    is_training: bool
    flags: list[Flag]
    analysis_state: AnalysisState
    analysis_reason: str | None = Field(description="Why there is no analysis: too thin, or what failed")
    overall_score: int | None = Field(description="0–100, of the newest analysis")
    recommendation: Recommendation | None = Field(description="What the newest analysis proposes")
    decision: Recommendation | None = Field(description="What a person has decided")
    created_at: str
    started_at: str | None
    ended_at: str | None
    expires_at: str


class InterviewDetail(InterviewShown):
    """One interview, with its plan and where it stands."""

    plan: Plan
    progress: Progress
    turns: int


class InterviewPage(Shape):
    results: list[InterviewShown]
    next: str | None = Field(description="Send it as `cursor` for the next page; null at the end")


class HintShown(Shape):
    """What the copilot told the interviewer about an answer."""

    verdict: Verdict
    issue: str
    suggestion: str
    quote: str


class TurnShown(Shape):
    number: int
    speaker: Speaker
    by_agent: bool
    text: str
    started_at: str
    ended_at: str
    medium: Medium
    stage: str
    question: str
    is_follow_up: bool
    interrupted: bool
    hint: HintShown | None = Field(description="Of the copilot; for the interviewer's side alone")


class TranscriptPage(Shape):
    """A stretch of a transcript, in the order in which it was said."""

    interview_id: UUID
    room_name: str
    results: list[TurnShown]
    next: str | None = Field(description="Send it as `cursor` for what was said after; null at the end")


class AnalysisUnderWay(Shape):
    """A worker is at it; ask again."""

    state: Literal["queued"]
    message: str
