"""The shapes of requests and answers. Requests are validated by them; answers are what they document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.parsing import Flag, Id, Number, StrictSerializer, Text
from candidates.models import Candidate
from candidates.states import ImportPhase, ImportStatus

JOB_TITLE_LENGTH = 200


@extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
class Snapshot(serializers.JSONField):
    """A profile as it once was, by field; null where none was kept."""


class CandidateSerializer(serializers.ModelSerializer[Candidate]):
    """A candidate as it is shown. Absent is null; an empty list says that nothing is known.

    Documents what `candidates.ranking` lets the database write.
    """

    score_basis = serializers.ChoiceField(
        choices=["combined", "algorithm"],
        allow_null=True,
        help_text="What combined_score rests on; `algorithm`: no model judged this candidate.",
    )
    job = serializers.UUIDField(source="job_id", allow_null=True)
    import_id = serializers.UUIDField(source="made_by_import_id", allow_null=True)
    original_data = Snapshot()

    class Meta:
        model = Candidate
        fields = (
            *("id", "name", "email", "phone", "linkedin_url", "current_role", "current_company", "location"),
            *("years_experience", "industries", "skills", "education", "bio", "certifications", "achievements"),
            *("is_founder", "startup_experience", "enterprise_experience", "sold_to_finance", "max_acv"),
            *("quota_attainment", "algo_score", "ai_score", "combined_score", "tier", "score_basis", "score_low"),
            *("score_high", "tier_unstable", "ai_status", "missing_required", "missing_preferred", "red_flags"),
            *("completeness", "interview_status", "intake_status", "room_name", "interview_score", "recommendation"),
            *("has_enrichment_data", "enrichment_date", "enrichment_fields", "original_data", "job", "import_id"),
            *("source", "created_at", "updated_at"),
        )
        read_only_fields = fields


class ResultsSerializer(serializers.Serializer[Any]):
    """One page of the ranked list."""

    results = CandidateSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as `cursor` for the next page; null at the end.")


class ServiceSerializer(serializers.Serializer[Any]):
    """What answers here."""

    service = serializers.CharField()
    description = serializers.CharField()
    candidates_count = serializers.IntegerField(
        help_text="How many candidates there are. In large databases up to 15 seconds old."
    )


class DeletedSerializer(serializers.Serializer[Any]):
    """A candidate that was put away."""

    id = serializers.UUIDField()
    deleted_at = serializers.DateTimeField(help_text="From then on in no list; a recruiter can restore it.")


class UploadSerializer(serializers.Serializer[Any]):
    """A file of candidates, as multipart/form-data."""

    file = serializers.FileField(help_text="CSV in any usual encoding and dialect.", allow_empty_file=True)
    job = serializers.UUIDField(required=False, help_text="The job that these candidates are for.")
    job_description = serializers.CharField(
        required=False, help_text="Instead of `job`: makes a job with a rubric drawn from this text."
    )
    mapping = serializers.JSONField(
        required=False,
        help_text="Which column fills which field: {column header or position: field or null}. Default: by itself.",
    )
    score = serializers.ChoiceField(
        choices=["true", "false"],
        required=False,
        help_text="`false` stops at waiting_confirmation with a cost estimate. Default `true`.",
    )


class AcceptedSerializer(serializers.Serializer[Any]):
    """An import that goes on in the background."""

    import_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ImportStatus.choices)
    check_status_at = serializers.CharField(help_text="Address of its status.")
    job = serializers.UUIDField(allow_null=True)


class ImportProgressSerializer(serializers.Serializer[Any]):
    """How far an import is. Without any import: status idle, import_id null."""

    import_id = serializers.UUIDField(allow_null=True)
    filename = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=ImportStatus.choices)
    phase = serializers.ChoiceField(choices=ImportPhase.choices)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    message = serializers.CharField()
    candidates_total = serializers.IntegerField(allow_null=True)
    candidates_extracted = serializers.IntegerField()
    candidates_scored = serializers.IntegerField()
    candidates_failed = serializers.IntegerField()
    rows_total = serializers.IntegerField(allow_null=True)
    rows_read = serializers.IntegerField()
    rows_failed = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    cost_usd = serializers.FloatField(help_text="Spent on models so far, in US dollars.")
    cost_estimate_usd = serializers.FloatField(allow_null=True)
    eta_seconds = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ScoreSerializer(StrictSerializer):
    """Which import shall be scored."""

    import_id = Id(required=False, help_text="Default: the newest import.")


class AnalyzeSerializer(StrictSerializer):
    """A job description to draw a rubric from."""

    job_description = Text()
    title = Text(required=False, max_length=JOB_TITLE_LENGTH, help_text="The job's title, where you know it.")
    save = Flag(  # type: ignore[assignment]  # a field; DRF keeps fields apart from its own methods
        required=False, default=False, help_text="Keep it as a job with this rubric."
    )


class CompareSerializer(StrictSerializer):
    """The two candidates to compare."""

    candidate_a = Id()
    candidate_b = Id()


class RescoreSerializer(StrictSerializer):
    """Other weights for the criteria of a rubric."""

    weights = serializers.DictField(
        child=Number(min_value=0, max_value=2),
        help_text="{criterion key: weight}; 0 switches a criterion off, 1 is normal, 2 doubles it.",
    )
    job = Id(required=False, allow_null=True, help_text="Default: the candidates without a job, by the default rubric.")


class RescoredSerializer(serializers.Serializer[Any]):
    """What a re-rank did."""

    rescored = serializers.IntegerField(help_text="How many candidates were ranked anew.")
    job = serializers.UUIDField(allow_null=True)
    weights = serializers.DictField(child=serializers.FloatField())
