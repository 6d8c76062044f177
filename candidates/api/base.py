"""What all views of the recruiter's API have in common."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.errors import NotFound
from accounts.api.parsing import StrictJSONParser
from accounts.models import ApiKey, User
from accounts.throttling import RecruiterThrottle
from candidates.api.documenting import ApiSchema
from candidates.api.idempotency import once_per_key
from candidates.models import Candidate, Job


class RecruiterView(APIView):
    """A view for recruiters: signed in, within their rate, JSON in and out, every POST repeatable by Idempotency-Key.

    Who may ask is settled before anything else of a request is looked at, so a stranger gets a 401 and learns nothing
    of which ids exist or which bodies are valid.
    """

    schema = ApiSchema()
    throttle_classes = [RecruiterThrottle]
    parser_classes = [StrictJSONParser]
    http_method_names = ["get", "post", "patch", "delete", "head"]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "post" in cls.__dict__:
            cls.post = once_per_key(cls.__dict__["post"])  # type: ignore[attr-defined]


def person_of(request: Request) -> User:
    """Who asks; the permission check has made sure that it is a recruiter."""
    if not isinstance(request.user, User):
        raise TypeError("a view of the recruiter's API was reached without a recruiter")
    return request.user


def label_of(request: Request) -> str:
    """The API key's name, where one was used: kept beside the person in the history of a profile."""
    return f"API key “{request.auth.name}”" if isinstance(request.auth, ApiKey) else ""


def find_candidate(candidate_id: uuid.UUID) -> Candidate:
    """A candidate that was not deleted; raises a 404."""
    candidate = Candidate.objects.live().select_related("job").filter(pk=candidate_id).first()
    if candidate is None:
        raise NotFound("There is no such candidate.", code="candidate_not_found")
    return candidate


def find_job(job_id: uuid.UUID | None) -> Job | None:
    """A job, or None for None; raises a 404 where there is no such job."""
    if job_id is None:
        return None
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise NotFound("There is no such job.", code="job_not_found")
    return job


def json_text(text: str) -> HttpResponse:
    """An answer whose JSON the database has already written."""
    return HttpResponse(text, content_type="application/json")
