"""Every closed set of values that a row of this app can hold, and the moves allowed between them."""

from __future__ import annotations

from django.db import models


class ImportStatus(models.TextChoices):
    IDLE = "idle", "Waiting for you"
    EXTRACTING = "extracting", "Reading and extracting"
    WAITING_CONFIRMATION = "waiting_confirmation", "Waiting for confirmation"
    SCORING = "scoring", "Scoring"
    COMPLETE = "complete", "Complete"
    ERROR = "error", "Error"
    CANCELLED = "cancelled", "Cancelled"


IMPORT_MOVES: dict[str, frozenset[str]] = {
    # An uploaded file whose mapping the recruiter has not confirmed yet is idle.
    ImportStatus.IDLE: frozenset({ImportStatus.EXTRACTING, ImportStatus.ERROR, ImportStatus.CANCELLED}),
    ImportStatus.EXTRACTING: frozenset(
        {
            ImportStatus.WAITING_CONFIRMATION,
            ImportStatus.SCORING,
            ImportStatus.COMPLETE,
            ImportStatus.ERROR,
            ImportStatus.CANCELLED,
        }
    ),
    # Back to extracting where a money cap stopped the import before all profiles were extracted.
    ImportStatus.WAITING_CONFIRMATION: frozenset(
        {ImportStatus.EXTRACTING, ImportStatus.SCORING, ImportStatus.CANCELLED}
    ),
    # Scoring that meets a money cap goes back to waiting, so that a recruiter can raise the cap and resume.
    ImportStatus.SCORING: frozenset(
        {ImportStatus.WAITING_CONFIRMATION, ImportStatus.COMPLETE, ImportStatus.ERROR, ImportStatus.CANCELLED}
    ),
    ImportStatus.COMPLETE: frozenset(),
    ImportStatus.ERROR: frozenset(),
    ImportStatus.CANCELLED: frozenset(),
}

# A worker is at it now.
RUNNING = frozenset({ImportStatus.EXTRACTING, ImportStatus.SCORING})


class ImportPhase(models.TextChoices):
    MAPPING = "mapping", "Check the mapping"
    READING = "reading", "Reading rows"
    EXTRACTING = "extracting", "Extracting profiles"
    CONFIRMING = "confirming", "Waiting for confirmation"
    SCORING = "scoring", "Scoring"
    DONE = "done", "Done"
    UNDOING = "undoing", "Undoing"
    UNDONE = "undone", "Undone"


class WorkKind(models.TextChoices):
    EXTRACT = "extract", "Extract"  # fill the profile from free text, then everything that needs no model
    SCORE = "score", "Score"  # the model's judgement, criterion by criterion


class WorkState(models.TextChoices):
    # Claimed only while its import is extracting or scoring: an import that waits for confirmation holds all its work
    # back by its own status, so that to confirm a million rows is to change one.
    READY = "ready", "Ready"
    CLAIMED = "claimed", "Claimed"
    DONE = "done", "Done"
    SET_ASIDE = "set_aside", "Set aside"
    CANCELLED = "cancelled", "Cancelled"


class Tier(models.TextChoices):
    TOP = "Top Tier", "Top Tier"
    STRONG = "Strong", "Strong"
    GOOD = "Good", "Good"
    EVALUATE = "Evaluate", "Evaluate"
    POOR = "Poor", "Poor"


class AiStatus(models.TextChoices):
    """Why ai_score is there or not."""

    NONE = "none", "Not asked"
    SCORED = "scored", "Scored"
    FAILED = "failed", "Model failed"
    NOT_CONFIGURED = "not_configured", "No model configured"


class InterviewStatus(models.TextChoices):
    NOT_SCHEDULED = "not_scheduled", "Not scheduled"
    BRIEFING = "briefing", "Briefing"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"


class IntakeStatus(models.TextChoices):
    NONE = "none", "None"
    INVITED = "invited", "Invited"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "intake_completed", "Completed"


class Source(models.TextChoices):
    CSV_UPLOAD = "csv_upload", "CSV upload"
    MANUAL = "manual", "Manual"
    VOICE_ENRICHED = "voice_enriched", "Voice enriched"
    RESUME = "resume", "Resume"


class ChangeSource(models.TextChoices):
    """Where a change of a profile came from."""

    IMPORT = "import", "Import"
    EXTRACTION = "extraction", "Extraction"
    CONSOLE = "console", "Console"
    API = "api", "API"
    MERGE = "merge", "Merged duplicates"
    INTAKE = "intake", "Intake"
    INTERVIEW = "interview", "Interview"
    UNDO = "undo", "Undo"


class RedFlag(models.TextChoices):
    JOB_HOPPING = "job_hopping", "Job hopping"
    GAPS = "gaps_in_employment", "Gaps in employment"
    TITLE_INFLATION = "title_inflation", "Title inflation"
    OVERQUALIFIED = "overqualified", "Overqualified"
    HIDDEN_TEXT = "hidden_text", "Hidden text"
    PROMPT_INJECTION = "prompt_injection", "Prompt injection"


class QuoteStatus(models.TextChoices):
    """What the check of a model's quote against the source found."""

    VERIFIED = "verified", "Stands in the source"
    UNSUPPORTED = "unsupported", "Not found in the source"
    NOT_GIVEN = "not_given", "No quote given"
    NOT_NEEDED = "not_needed", "Computed, not quoted"
