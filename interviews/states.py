"""Every closed set of values that a row of this app can hold, and the moves allowed between them."""

from __future__ import annotations

from django.db import models


class InterviewState(models.TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    ACTIVE = "active", "Active"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


INTERVIEW_MOVES: dict[str, frozenset[str]] = {
    # Scheduled: the room is there and nobody has said a word yet.
    InterviewState.SCHEDULED: frozenset(
        {InterviewState.ACTIVE, InterviewState.CANCELLED, InterviewState.FAILED, InterviewState.COMPLETED}
    ),
    InterviewState.ACTIVE: frozenset({InterviewState.COMPLETED, InterviewState.CANCELLED, InterviewState.FAILED}),
    InterviewState.COMPLETED: frozenset(),
    InterviewState.CANCELLED: frozenset(),
    InterviewState.FAILED: frozenset(),
}
ENDED = frozenset(state for state, moves in INTERVIEW_MOVES.items() if not moves)


class Role(models.TextChoices):
    """The part that the human takes; an agent takes the other one."""

    INTERVIEWER = "interviewer", "I interview"
    CANDIDATE = "candidate", "I am interviewed"


class AgentType(models.TextChoices):
    """The name under which an agent is dispatched: who it plays."""

    CANDIDATE = "interview-agent", "AI candidate"
    INTERVIEWER = "interviewer-agent", "AI interviewer"


# The agent of trainees' practice, whose home is coaching. Rooms with it are the trainee's alone: recruiters find none
# (models.rooms.RoomQuerySet.for_recruiters).
PRACTICE_AGENT = "practice-coach"
AGENT_FOR: dict[str, AgentType] = {Role.INTERVIEWER: AgentType.CANDIDATE, Role.CANDIDATE: AgentType.INTERVIEWER}


class Medium(models.TextChoices):
    VOICE = "voice", "Voice"
    TEXT = "text", "Text"


class Speaker(models.TextChoices):
    """Whose turn it was: the part in the conversation, whether a human or an agent takes it."""

    INTERVIEWER = "interviewer", "Interviewer"
    CANDIDATE = "candidate", "Candidate"


class ParticipantType(models.TextChoices):
    INTERVIEWER = "interviewer", "Interviewer"
    CANDIDATE = "candidate", "Candidate"
    OBSERVER = "observer", "Observer"
    AGENT = "agent", "AI"


class EndReason(models.TextChoices):
    FINISHED = "finished", "The plan was finished"
    BY_PERSON = "by_person", "A person ended it"
    LEFT_EMPTY = "left_empty", "Everybody had left"
    EXPIRED = "expired", "The room's time was over"
    DISTRESS = "distress", "Ended kindly: distress"
    ABUSE = "abuse", "Ended: abuse"
    DECLINED = "declined", "The candidate did not want to go on"
    AGENT_FAILED = "agent_failed", "The agent could not go on"


class AnalysisState(models.TextChoices):
    NONE = "none", "Not analysed"
    QUEUED = "queued", "Being analysed"
    DONE = "done", "Analysed"
    TOO_THIN = "too_thin", "Too thin to judge"
    FAILED = "failed", "Analysis failed"


class Recommendation(models.TextChoices):
    STRONG_HIRE = "Strong Hire", "Strong Hire"
    HIRE = "Hire", "Hire"
    LEANING_HIRE = "Leaning Hire", "Leaning Hire"
    LEANING_NO_HIRE = "Leaning No Hire", "Leaning No Hire"
    NO_HIRE = "No Hire", "No Hire"


class Verdict(models.TextChoices):
    """What the copilot thinks of a finished answer."""

    STRONG = "STRONG", "Strong"
    ADEQUATE = "ADEQUATE", "Adequate"
    WEAK = "WEAK", "Weak"
    NEEDS_PROBING = "NEEDS_PROBING", "Needs probing"


class Audience(models.TextChoices):
    """Who in a room may see an event."""

    ALL = "all", "Everybody in the room"
    INTERVIEWER = "interviewer", "The human interviewer alone"
