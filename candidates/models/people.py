"""People: candidates, their documents, and every change of a profile."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Coalesce

from candidates.models.columns import UUID7, Words, in_choices
from candidates.states import AiStatus, ChangeSource, IntakeStatus, InterviewStatus, Source, Tier


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def live(self) -> CandidateQuerySet:
        """Without those that were deleted and can still be restored."""
        return self.filter(deleted_at=None)


class Candidate(models.Model):
    """A person under consideration, with what is known, the scores, and the state of interview and intake.

    Absent is null, never 0, "" or a made-up value. Lists are never null: an empty list says nothing is known.
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)

    # --- the person
    name = models.TextField(null=True, blank=True)
    email = models.TextField("e-mail", null=True, blank=True)
    phone = models.TextField(null=True, blank=True)
    linkedin_url = models.TextField("LinkedIn URL", null=True, blank=True)
    current_role = models.TextField(null=True, blank=True)
    current_company = models.TextField(null=True, blank=True)
    location = models.TextField(null=True, blank=True)
    years_experience = models.FloatField("years of experience", null=True, blank=True)
    industries = ArrayField(models.TextField(), default=list, blank=True)
    skills = ArrayField(models.TextField(), default=list, blank=True)
    education = models.TextField(null=True, blank=True)
    bio = models.TextField(null=True, blank=True)
    certifications = ArrayField(models.TextField(), default=list, blank=True)
    achievements = ArrayField(models.TextField(), default=list, blank=True)

    # --- signals
    is_founder = models.BooleanField("founder", null=True, blank=True)
    startup_experience = models.BooleanField(null=True, blank=True)
    enterprise_experience = models.BooleanField(null=True, blank=True)
    sold_to_finance = models.BooleanField(null=True, blank=True)
    max_acv = models.FloatField("largest annual contract value", null=True, blank=True)
    quota_attainment = models.FloatField("quota attainment, percent", null=True, blank=True)

    # --- scores (written by candidates.pipeline and candidates.ranking only)
    algo_score = models.SmallIntegerField(null=True, editable=False)
    ai_score = models.SmallIntegerField(null=True, editable=False)
    combined_score = models.SmallIntegerField(null=True, editable=False)
    tier = models.CharField(max_length=10, choices=Tier.choices, null=True, editable=False)
    score_low = models.SmallIntegerField(null=True, editable=False)  # the band: equal to combined_score where certain
    score_high = models.SmallIntegerField(null=True, editable=False)
    tier_unstable = models.BooleanField(default=False, editable=False)
    ai_status = models.CharField(max_length=14, choices=AiStatus.choices, default=AiStatus.NONE, editable=False)
    missing_required = ArrayField(models.TextField(), default=list, editable=False)
    missing_preferred = ArrayField(models.TextField(), default=list, editable=False)
    red_flags = ArrayField(models.TextField(), default=list, editable=False)
    completeness = models.SmallIntegerField(null=True, editable=False)
    # What lists are ordered by: never null, so that one keyset comparison serves scored and unscored candidates.
    rank = models.GeneratedField(
        expression=Coalesce(models.F("combined_score"), models.Value(-1)),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    # --- interview and intake
    interview_status = models.CharField(
        max_length=13, choices=InterviewStatus.choices, default=InterviewStatus.NOT_SCHEDULED
    )
    intake_status = models.CharField(max_length=16, choices=IntakeStatus.choices, default=IntakeStatus.NONE)
    room_name = models.TextField(null=True, blank=True)
    interview_score = models.SmallIntegerField(null=True, blank=True)
    recommendation = models.TextField(null=True, blank=True)
    has_enrichment_data = models.BooleanField(default=False)
    enrichment_date = models.DateTimeField(null=True, blank=True)
    enrichment_fields = ArrayField(models.TextField(), default=list, blank=True)
    original_data = models.JSONField(null=True, blank=True)

    # --- where it came from
    job = models.ForeignKey("Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="candidates")
    source = models.CharField(max_length=14, choices=Source.choices, default=Source.MANUAL)
    made_by_import = models.ForeignKey(
        "Import", null=True, editable=False, on_delete=models.SET_NULL, related_name="made", db_index=False
    )
    # Free text that came with the row (resume, notes, enrichment JSON): what extraction reads and quotes come from.
    source_text = models.TextField(default="", blank=True)
    # Columns that no field claimed, as {header: value}; shown, never scored.
    other_columns = models.JSONField(default=dict, blank=True)
    # Dated jobs found in free text: [{"title", "company", "start": "2019-04", "end": null, "is_current"}]
    positions = models.JSONField(default=list, blank=True)

    # --- what duplicates are found by: see candidates.mapping for how each key is folded
    email_key = models.TextField(null=True, editable=False)
    linkedin_key = models.TextField(null=True, editable=False)
    phone_key = models.TextField(null=True, editable=False)

    search = models.GeneratedField(
        expression=SearchVector(
            "name",
            "email",
            "current_role",
            "current_company",
            "location",
            "education",
            "bio",
            Words("skills"),
            Words("industries"),
            config="simple",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    updated_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)  # deleted candidates can be restored for a while

    objects = CandidateQuerySet.as_manager()

    class Meta:
        indexes = [
            # The ranked list, and the ranked list of one job. Without the deleted, so that a capped count of a list
            # reads the index alone.
            models.Index("rank", "id", name="candidate_rank", condition=models.Q(deleted_at=None)),
            models.Index("job", "rank", "id", name="candidate_job_rank", condition=models.Q(deleted_at=None)),
            # The list of one tier.
            models.Index("tier", "rank", "id", name="candidate_tier_rank", condition=models.Q(deleted_at=None)),
            # Lists of what is rare among a million: a walk along the ranked list would find too few on its way.
            models.Index("rank", "id", name="candidate_flagged", condition=~models.Q(red_flags=[])),
            models.Index("rank", "id", name="candidate_unstable", condition=models.Q(tier_unstable=True)),
            models.Index("rank", "id", name="candidate_ai_failed", condition=models.Q(ai_status="failed")),
            models.Index("rank", "id", name="candidate_deleted", condition=models.Q(deleted_at__isnull=False)),
            models.Index(
                "interview_status",
                "rank",
                "id",
                name="candidate_interview_rank",
                condition=~models.Q(interview_status="not_scheduled"),
            ),
            models.Index(
                "intake_status", "rank", "id", name="candidate_intake_rank", condition=~models.Q(intake_status="none")
            ),
            # One import's candidates: results?import=, undo.
            models.Index(
                fields=["made_by_import", "rank", "id"],
                name="candidate_import_rank",
                condition=models.Q(made_by_import__isnull=False),
            ),
            # Duplicates of an incoming row.
            models.Index(fields=["email_key"], name="candidate_email", condition=models.Q(email_key__isnull=False)),
            models.Index(
                fields=["linkedin_key"], name="candidate_linkedin", condition=models.Q(linkedin_key__isnull=False)
            ),
            models.Index(fields=["phone_key"], name="candidate_phone", condition=models.Q(phone_key__isnull=False)),
            # Text search.
            GinIndex(fields=["search"], name="candidate_search"),
        ]
        constraints = [
            in_choices("tier", Tier, null=True, name="candidate_tier_known"),
            in_choices("ai_status", AiStatus, name="candidate_ai_status_known"),
            in_choices("interview_status", InterviewStatus, name="candidate_interview_status_known"),
            in_choices("intake_status", IntakeStatus, name="candidate_intake_status_known"),
            in_choices("source", Source, name="candidate_source_known"),
            models.CheckConstraint(
                condition=models.Q(algo_score__range=(0, 100)) | models.Q(algo_score=None), name="candidate_algo_range"
            ),
            models.CheckConstraint(
                condition=models.Q(ai_score__range=(0, 100)) | models.Q(ai_score=None), name="candidate_ai_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name or "Unnamed candidate"


class Document(models.Model):
    """A file about a candidate: kept private, read in a worker, its text a source of quotes."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        READ = "read", "Read"
        REFUSED = "refused", "Could not be read"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="documents")
    file = models.FileField(upload_to="documents/")
    filename = models.TextField()
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    reason = models.TextField(blank=True, help_text="Why it could not be read.")
    text = models.TextField(blank=True)
    # What a person can't see but a model would read: [{"text", "why"}]
    hidden = models.JSONField(default=list, blank=True)
    # What whoever opens the file has to know, and what of it was not read: [{"code", "text"}]
    warnings = models.JSONField(default=list, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.filename


class Change(models.Model):
    """One field of one candidate that took another value: what, when, by whom, from where. Never updated."""

    id = models.BigAutoField(primary_key=True)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="changes")
    # A field of the profile; "other_columns.<name>" for one beyond it (see profiles.columns).
    field = models.CharField(max_length=80)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    source = models.CharField(max_length=12, choices=ChangeSource.choices)
    # A person, or the name of the key or job that acted for one.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_label = models.CharField(max_length=120, blank=True)
    by_import = models.ForeignKey("Import", null=True, on_delete=models.CASCADE, related_name="changes", db_index=False)
    undoes = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="undone_by")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [
            # Undo of a whole import, newest first.
            models.Index(fields=["by_import", "id"], name="change_import", condition=~models.Q(by_import=None)),
        ]
        constraints = [in_choices("source", ChangeSource, name="change_source_known")]

    def __str__(self) -> str:
        return f"{self.field}: {self.source}"
