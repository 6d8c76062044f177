"""How interviews, their results and their times are put into words on every page of the console."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from interviews import asking
from interviews.models import Interview
from interviews.states import AnalysisState, InterviewState, Recommendation, Role, Verdict

# Tones of pills (templates/console/status_pill.html): the word beside the colour says the same.
STATUS_TONES: dict[str, str] = {
    InterviewState.SCHEDULED: "info",
    InterviewState.ACTIVE: "ok",
    InterviewState.COMPLETED: "plain",
    InterviewState.CANCELLED: "plain",
    InterviewState.FAILED: "bad",
}
RECOMMENDATION_TONES: dict[str, str] = {
    Recommendation.STRONG_HIRE: "ok",
    Recommendation.HIRE: "ok",
    Recommendation.LEANING_HIRE: "info",
    Recommendation.LEANING_NO_HIRE: "warn",
    Recommendation.NO_HIRE: "bad",
}
VERDICT_TONES: dict[str, str] = {
    Verdict.STRONG: "ok",
    Verdict.ADEQUATE: "plain",
    Verdict.WEAK: "bad",
    Verdict.NEEDS_PROBING: "warn",
}
ANALYSIS_TONES: dict[str, str] = {
    AnalysisState.NONE: "plain",
    AnalysisState.QUEUED: "info",
    AnalysisState.DONE: "ok",
    AnalysisState.TOO_THIN: "warn",
    AnalysisState.FAILED: "bad",
}
ROLE_LABELS: dict[str, str] = {
    Role.INTERVIEWER: "AI plays the candidate",
    Role.CANDIDATE: "AI interviews",
}
# What a person should look at, in an order of urgency. (title, what to do)
FLAG_LABELS: dict[str, tuple[str, str]] = {
    "distress": ("Distress", "The candidate seemed to be in distress. A person should get in touch with them."),
    "abuse": ("Abuse", "Abusive words were used, and the conversation was ended."),
    "injection": (
        "Instructions to the model",
        "An answer tried to give instructions to the model. They were not followed.",
    ),
    "prohibited": ("Prohibited question", "A question was asked that the law or fairness forbids."),
}


def humanised(value: str) -> str:
    """A key in words: "role_specific" is "Role specific"."""
    words = value.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def round_of(interview: Interview) -> str:
    """The name of an interview's round: its plan's, else its key in words."""
    plan: Mapping[str, Any] = interview.plan or {}
    return str(plan.get("name") or humanised(interview.stage))


def seconds_of(interview: Interview, now: datetime | None = None) -> float | None:
    """How long it lasted, or has lasted so far; None before it began."""
    started = interview.started_at
    if started is None:
        return None
    ended = interview.ended_at or (now or timezone.now())
    return max(0.0, (ended - started).total_seconds())


def length(seconds: float | None) -> str:
    """A length of time in words: "42 s", "12 min", "1 h 5 min"; "" for None."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def asked(text: str) -> str:
    """What a turn asks, without what was said before: its questions and requests to tell something, else all of it."""
    return " ".join(question.text for question in asking.questions_in(text)) or text


def clock(seconds: float) -> str:
    """A moment within an interview as minutes and seconds: "0:07", "12:30"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
