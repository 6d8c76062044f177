"""Every closed set of values that a row of this app can hold, and the moves allowed between them."""

from __future__ import annotations

from django.db import models


class PreparationType(models.TextChoices):
    """What a trainee prepares for."""

    INTERVIEW = "Interview", "Interview"
    CORPORATE = "Corporate", "Corporate meeting"
    PITCH = "Pitch", "Pitch"
    SALES = "Sales", "Sales call"
    PRESENTATION = "Presentation", "Presentation"
    OTHER = "Other", "Something else"


class SessionState(models.TextChoices):
    """Where a session stands."""

    SETUP = "setup", "Set up"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    ARCHIVED = "archived", "Archived"


# Out of the archive a session goes back to where it was (`Session.archived_from`), and nowhere else.
SESSION_MOVES: dict[str, frozenset[str]] = {
    SessionState.SETUP: frozenset({SessionState.IN_PROGRESS, SessionState.ARCHIVED}),
    SessionState.IN_PROGRESS: frozenset({SessionState.COMPLETED, SessionState.ARCHIVED}),
    SessionState.COMPLETED: frozenset({SessionState.ARCHIVED}),
    SessionState.ARCHIVED: frozenset({SessionState.SETUP, SessionState.IN_PROGRESS, SessionState.COMPLETED}),
}
# The states in which something can be said.
TALKING = frozenset({SessionState.SETUP, SessionState.IN_PROGRESS})


class Side(models.TextChoices):
    """Who said a message."""

    TRAINEE = "trainee", "Trainee"
    COACH = "coach", "Coach"


class MessageState(models.TextChoices):
    """Of a trainee's message: whether it was answered. Of the coach's: whether it was said to its end."""

    OWED = "owed", "Not answered yet"
    FAILED = "failed", "The answer failed; it can be asked for again"
    ANSWERED = "answered", "Answered"
    WHOLE = "whole", "Said to its end"
    STOPPED = "stopped", "Stopped on the way"


class Dimension(models.TextChoices):
    """What an evaluation looks at; a closed set."""

    CLARITY_STRUCTURE = "clarity_structure", "Clarity and structure"
    RELEVANCE_FOCUS = "relevance_focus", "Relevance and focus"
    CONFIDENCE_DELIVERY = "confidence_delivery", "Confidence and delivery"
    LANGUAGE_QUALITY = "language_quality", "Language quality"
    TONE_ALIGNMENT = "tone_alignment", "Tone"
    ENGAGEMENT = "engagement", "Engagement"
