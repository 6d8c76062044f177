"""Recruiters, their keys, and candidates to list, for tests of the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.test import Client

from accounts.models import ApiKey, User
from candidates import scoring
from candidates.mapping import email_key
from candidates.models import Candidate

BASE = "/api/pluto"
CSV = (
    b"Name,Email,Current Role,Years of experience,Skills\r\n"
    b"Robin Sample,robin.sample@example.com,Account Executive,6,negotiation; python\r\n"
    b"Sasha Sample,sasha.sample@example.com,Data Analyst,3,sql\r\n"
)


def recruiter(email: str = "recruiter@example.com", **fields: Any) -> User:
    """A recruiter (with is_staff=False: some other person)."""
    return User.objects.create_user(email, **{"is_staff": True, **fields})  # no password: hashing one takes a while


def client_of(user: User | None = None, *, name: str = "test") -> Client:
    """A client that sends an API key of the user."""
    _, secret = ApiKey.make(user=user or recruiter(), name=name)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def candidate(score: int | None = 50, *, ai: int | None = None, **fields: Any) -> Candidate:
    """A scored candidate with a made-up name."""
    email = fields.setdefault("email", f"robin.{uuid4().hex[:8]}@example.com")
    tier = scoring.tier_of(score)
    made = Candidate.objects.create(
        **{
            "name": "Robin Sample",
            "email_key": email_key(email),
            "algo_score": score,
            "ai_score": ai,
            "combined_score": score,
            "score_low": score,
            "score_high": score,
            "tier": tier.value if tier else None,
            **fields,
        }
    )
    made.refresh_from_db()
    return made


def error_of(response: Any) -> dict[str, Any]:
    """The error of an answer in the one shape; fails where the body has another shape."""
    body = response.json()
    assert set(body) == {"error"}, body
    assert isinstance(body["error"]["code"], str)
    assert isinstance(body["error"]["message"], str)
    assert set(body["error"]) <= {"code", "message", "fields"}
    return dict(body["error"])
