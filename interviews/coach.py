"""The coach: what to ask next, and the copilot's hints on finished answers, for the interviewer alone.

- `suggest(last_exchange=, full_transcript=, elapsed_minutes=, briefing_context="")` → `CoachSuggestion`
- `hint_for(turn)` → the stored `models.Hint`, or None where there is nothing to say or no model to say it
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from interviews.schemas import Shape

AnswerQuality = Literal["strong", "adequate", "weak", "unclear"]


class CoachSuggestion(Shape):
    """What the coach suggests after an exchange."""

    last_question_type: str = Field(
        description="opening, motivation, experience, behavioural, situational, technical …"
    )
    answer_quality: AnswerQuality
    suggested_next_question: str
    reasoning: str
    should_change_topic: bool
    topic_suggestion: str | None
