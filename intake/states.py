"""Every closed set of values that a row of this app can hold, and the moves allowed between them."""

from __future__ import annotations

from django.db import models


class IntakeState(models.TextChoices):
    """Where one round of intake with one candidate stands."""

    INVITED = "invited", "Invited"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    WITHDRAWN = "withdrawn", "Withdrawn"  # by a recruiter, or because a new round began


INTAKE_MOVES: dict[str, frozenset[str]] = {
    IntakeState.INVITED: frozenset({IntakeState.IN_PROGRESS, IntakeState.WITHDRAWN}),
    IntakeState.IN_PROGRESS: frozenset({IntakeState.COMPLETED, IntakeState.WITHDRAWN}),
    IntakeState.COMPLETED: frozenset(),
    IntakeState.WITHDRAWN: frozenset(),
}
OPEN = frozenset(state for state, moves in INTAKE_MOVES.items() if moves)


class Step(models.TextChoices):
    """The pages of the wizard in their order."""

    CONSENT = "consent", "Consent"
    RESUME = "resume", "Resume"
    PROFILE = "profile", "What we know"
    GAPS = "gaps", "What is missing"
    TALK = "talk", "Talk or type"
    REVIEW = "review", "Review"
    DONE = "done", "Done"


class GapReason(models.TextChoices):
    """Why a field is asked for."""

    MISSING = "missing", "Not known yet"
    STALE = "stale", "May be out of date"
    CONTRADICTORY = "contradictory", "Two sources differ"


class Via(models.TextChoices):
    """How an answer came in."""

    FORM = "form", "Form"
    RESUME = "resume", "Resume"
    CHAT = "chat", "Typed to the agent"
    VOICE = "voice", "Said to the agent"


class AnswerState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"  # found in the resume, or heard and not confirmed yet
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    SKIPPED = "skipped", "Skipped"


class NoticeKind(models.TextChoices):
    INTAKE_COMPLETED = "intake_completed", "Intake completed"
    ERASURE_ASKED = "erasure_asked", "Erasure asked for"


class InviteeState(models.TextChoices):
    """Where one candidate of a mailing stands."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    NO_ADDRESS = "no_address", "No e-mail address"
    LEFT_OUT = "left_out", "Left out"
    FAILED = "failed", "Not sent"
