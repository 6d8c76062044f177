"""What every operation of the API shares in its documentation: error answers, headers, examples."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from accounts.api.shapes import ErrorSerializer
from candidates.api.idempotency import HEADER
from candidates.profiles import EDITABLE, ProfileField

# Status → (what it means, an example's code, its message).
ERRORS: dict[int, tuple[str, str, str]] = {
    400: ("The request can't be read, or a value in it is not valid", "invalid", "Some values are not valid."),
    401: ("No API key and no session, or a wrong one", "not_authenticated", "Sign in, or send an API key."),
    403: ("Signed in, but not a recruiter", "permission_denied", "This is for recruiters."),
    404: ("There is no such thing", "not_found", "There is no such candidate."),
    409: ("It does not fit the present state, or the Idempotency-Key is in use", "wrong_state", "It has moved on."),
    413: ("Too large", "too_large", "The file is larger than 2,048 MiB."),
    415: ("The wrong type of content", "unsupported_media_type", "Unsupported media type."),
    422: ("Well formed, but a value can't be worked with", "unprocessable", "The job description is empty."),
    429: ("Too many requests", "throttled", "Too many requests. Try again in 20 seconds."),
    500: ("Something went wrong on our side", "internal_error", "Something went wrong on our side."),
    503: ("A part that is needed is down or not configured", "model_not_configured", "No model is configured."),
}
_ALWAYS = (400, 401, 403, 429, 500, 503)
_WITH_BODY = (413, 415)
_MAY_WAIT = (409, 429, 503)


class ApiSchema(AutoSchema):
    """Documents what all operations answer, so that no view has to repeat it."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        statuses = set(_ALWAYS)
        if self.method in ("POST", "PATCH"):
            statuses.update(_WITH_BODY)
        if self.method == "POST":
            statuses.update((404, 409, 422))
        if self.path_regex.find("<") >= 0 or "{" in self.path or "status" in self.path:
            statuses.add(404)
        shape = self.resolve_serializer(ErrorSerializer, "response").ref
        for status in sorted(statuses):
            meaning, code, message = ERRORS[status]
            responses[str(status)] = {
                "description": meaning,
                "content": {
                    "application/json": {"schema": shape, "example": {"error": {"code": code, "message": message}}}
                },
            }
            if status in _MAY_WAIT:
                responses[str(status)]["headers"] = {
                    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds after which to try again."}
                }
        return responses

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST":
            return list(super().get_override_parameters())
        return [
            OpenApiParameter(
                HEADER,
                {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                OpenApiParameter.HEADER,
                description="The same key with the same request gets the same answer for 24 hours, and the work is "
                "done once; with another request it is a 409.",
            )
        ]


def _schema_of(field: ProfileField) -> dict[str, Any]:
    text: dict[str, Any] = {"type": ["string", "null"], "maxLength": field.longest}
    schemas: dict[str, dict[str, Any]] = {
        "text": text,
        "email": text,
        "phone": text,
        "url": text,
        "number": {"type": ["number", "null"], "minimum": 0, "maximum": field.highest},
        "flag": {"type": ["boolean", "null"]},
        "list": {"type": ["array", "null"], "items": {"type": "string", "maxLength": field.longest}, "maxItems": 200},
        "job": {"type": ["string", "null"], "format": "uuid"},
    }
    return schemas[field.kind]


EDIT_SCHEMA = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _schema_of(field) for name, field in EDITABLE.items()},
    }
}

_CANDIDATE = {
    "id": "019aa7c4-5a0e-7c53-9a55-3f0d7b1e2c11",
    "name": "Ada Okafor",
    "email": "ada.okafor@example.com",
    "phone": "+1 202-555-0142",
    "linkedin_url": "https://www.linkedin.com/in/ada-okafor-example",
    "current_role": "Account Executive",
    "current_company": "Northwind",
    "location": "Lagos",
    "years_experience": 6.5,
    "industries": ["finance"],
    "skills": ["negotiation", "salesforce"],
    "education": "BSc Economics",
    "bio": "Sold to banks for six years.",
    "certifications": [],
    "achievements": ["Closed 40 deals"],
    "is_founder": False,
    "startup_experience": True,
    "enterprise_experience": True,
    "sold_to_finance": True,
    "max_acv": 120000,
    "quota_attainment": None,
    "algo_score": 80,
    "ai_score": 74,
    "combined_score": 77,
    "tier": "Strong",
    "score_basis": "combined",
    "score_low": 77,
    "score_high": 77,
    "tier_unstable": False,
    "ai_status": "scored",
    "missing_required": [],
    "missing_preferred": ["quota_attainment"],
    "red_flags": [],
    "completeness": 96,
    "interview_status": "not_scheduled",
    "intake_status": "none",
    "room_name": None,
    "interview_score": None,
    "recommendation": None,
    "has_enrichment_data": False,
    "enrichment_date": None,
    "enrichment_fields": [],
    "original_data": None,
    "job": None,
    "import_id": "7d3f2b1a-8f0e-4a43-9c57-0c8b6f3f8f10",
    "source": "csv_upload",
    "created_at": "2026-11-21T14:08:00.123456Z",
    "updated_at": "2026-11-21T14:08:09.654321Z",
}
CANDIDATE_EXAMPLE = OpenApiExample("A candidate", _CANDIDATE, response_only=True, status_codes=["200"])
LIST_EXAMPLE = OpenApiExample(
    "The last page", {"results": [_CANDIDATE], "next": None}, response_only=True, status_codes=["200"]
)
EDIT_EXAMPLE = OpenApiExample("Set one, clear another", {"location": "Accra", "phone": None}, request_only=True)
ANALYZE_EXAMPLE = OpenApiExample(
    "A short description",
    {"job_description": "Account Executive\nAt least 4 years of selling software to banks.", "save": False},
    request_only=True,
)
ACCEPTED_EXAMPLE = OpenApiExample(
    "Accepted",
    {
        "import_id": "7d3f2b1a-8f0e-4a43-9c57-0c8b6f3f8f10",
        "status": "extracting",
        "check_status_at": "/api/pluto/status?import_id=7d3f2b1a-8f0e-4a43-9c57-0c8b6f3f8f10",
        "job": None,
    },
    response_only=True,
    status_codes=["202"],
)
STATUS_EXAMPLE = OpenApiExample(
    "Scoring",
    {
        "import_id": "7d3f2b1a-8f0e-4a43-9c57-0c8b6f3f8f10",
        "filename": "greenhouse-export.csv",
        "status": "scoring",
        "phase": "scoring",
        "progress": 71,
        "message": "Scoring: 310 of 500.",
        "candidates_total": 500,
        "candidates_extracted": 500,
        "candidates_scored": 310,
        "candidates_failed": 0,
        "rows_total": 512,
        "rows_read": 512,
        "rows_failed": 4,
        "duplicates": 8,
        "cost_usd": 0.41,
        "cost_estimate_usd": None,
        "eta_seconds": 38,
        "error": None,
        "created_at": "2026-11-21T14:08:00.123456+00:00",
        "finished_at": None,
    },
    response_only=True,
    status_codes=["200"],
)
