"""Jobs (requisitions), their rubrics, and the assessments made by them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from candidates.models.people import Candidate


class Job(models.Model):
    """A requisition: what the description says, and the rubric by which its candidates are scored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    role_type = models.CharField(max_length=60, blank=True)
    is_open = models.BooleanField(default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class Rubric(models.Model):
    """One version of a job's rubric. A change of weights or criteria makes a new version; the newest one counts.

    `criteria`, `fields` and `red_flag_indicators` hold the shapes of `candidates.schemas` (Criterion, ProfileField).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rubrics")
    version = models.PositiveIntegerField(default=1)
    criteria = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    red_flag_indicators = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["job", "-version"]
        constraints = [models.UniqueConstraint(fields=["job", "version"], name="rubric_version_once")]

    def __str__(self) -> str:
        return f"{self.job} · version {self.version}"


class Assessment(models.Model):
    """How one candidate stood against one rubric at one time. Never changed; the newest one is current.

    `criteria` is a list of `candidates.schemas.CriterionResult`: enough to compute the score again under other weights
    without asking a model, and to show why each point was given.
    """

    class Kind(models.TextChoices):
        ALGORITHM = "algorithm", "Computed"
        MODEL = "model", "Judged by a model"

    id = models.BigAutoField(primary_key=True)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="assessments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Null: the default rubric.
    rubric = models.ForeignKey(Rubric, null=True, on_delete=models.SET_NULL, related_name="+")
    criteria = models.JSONField(default=list)
    # Weights that a recruiter set at the last re-rank, {criterion key: 0–2}; empty means the rubric's own.
    weights = models.JSONField(default=dict)
    score = models.SmallIntegerField(null=True)
    score_low = models.SmallIntegerField(null=True)
    score_high = models.SmallIntegerField(null=True)
    summary = models.TextField(blank=True)
    pros = models.JSONField(default=list)
    cons = models.JSONField(default=list)
    questions = models.JSONField(default=list)
    # What was left out and why, in words for the recruiter: values that failed their check, quotes not in the source.
    notes = models.JSONField(default=list)
    # The receipts of the calls that this rests on: [{call_id, model, prompt_name, prompt_hash, tokens, cost, latency}]
    receipts = models.JSONField(default=list)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [
            # One current assessment of each kind; also serves "the current assessments of this candidate".
            models.UniqueConstraint(
                fields=["candidate", "kind"], condition=models.Q(is_current=True), name="assessment_current_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.score}"
