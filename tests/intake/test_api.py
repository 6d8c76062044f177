"""`POST` and `DELETE /api/pluto/candidates/{id}/intake-link`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Link
from candidates.models import Candidate, IdempotentAnswer
from candidates.states import IntakeStatus
from config import openapi
from intake import api
from intake.models import Intake
from tests.candidates.recruiting import BASE, candidate, client_of, error_of, recruiter
from tests.intake import rounds

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db: None) -> Client:
    return client_of(recruiter("ida.sommer@example.com", name="Ida Sommer"))


def address(who: Candidate) -> str:
    return f"{BASE}/candidates/{who.pk}/intake-link"


def post(client: Client, who: Candidate, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.post(address(who), body, content_type="application/json", headers=headers)


def test_link_is_made_as_the_contract_says(client: Client) -> None:
    who = candidate(name="Amara Voss")
    response = post(client, who)
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"intake_url", "expires_at", "candidate_name", "sent"}
    assert body["intake_url"].startswith(f"http://testserver/intake/{who.pk}?token=")
    assert datetime.fromisoformat(body["expires_at"]).tzinfo is not None
    assert (body["candidate_name"], body["sent"]) == ("Amara Voss", False)
    assert response["Cache-Control"] == "no-store"
    who.refresh_from_db()
    assert who.intake_status == IntakeStatus.INVITED
    assert mail.outbox == []


def test_link_is_mailed_where_that_is_asked_for(client: Client) -> None:
    who, job = candidate(name="Amara Voss", email="amara.voss@example.com"), rounds.job()
    response = post(client, who, {"send": True, "job": str(job.pk), "language": "en"})
    assert response.status_code == 201
    assert response.json()["sent"] is True
    assert mail.outbox[0].to == ["amara.voss@example.com"]
    assert response.json()["intake_url"] in mail.outbox[0].body
    assert Intake.objects.get().job == job


def test_answer_that_holds_a_token_is_stored_nowhere(client: Client) -> None:
    who = candidate()
    first = post(client, who, {}, **{"Idempotency-Key": "one"}).json()["intake_url"]
    second = post(client, who, {}, **{"Idempotency-Key": "one"}).json()["intake_url"]
    assert first != second
    assert not IdempotentAnswer.objects.exists()
    token = second.partition("token=")[2]
    assert not Link.objects.filter(digest__contains=token[:20]).exists()


def test_revoking_is_told_and_twice_is_fine(client: Client) -> None:
    who = candidate()
    post(client, who)
    assert client.delete(address(who)).json() == {"candidate_id": str(who.pk), "revoked": 1}
    assert client.delete(address(who)).json() == {"candidate_id": str(who.pk), "revoked": 0}
    who.refresh_from_db()
    assert who.intake_status == IntakeStatus.NONE


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"send": "yes"}, 400, "invalid"),
        ({"language": "tlh"}, 400, "invalid"),
        ({"job": "none"}, 400, "invalid"),
        ({"token": "mine"}, 400, "invalid"),
        ({"job": str(uuid4())}, 404, "job_not_found"),
    ],
)
def test_what_can_not_be_read_is_refused(client: Client, body: dict[str, Any], status: int, code: str) -> None:
    response = post(client, candidate(), body)
    assert response.status_code == status
    assert error_of(response)["code"] == code
    assert not Intake.objects.exists()


def test_unknown_candidate_is_not_found(client: Client) -> None:
    response = client.post(f"{BASE}/candidates/{uuid4()}/intake-link", content_type="application/json")
    assert response.status_code == 404
    assert error_of(response)["code"] == "candidate_not_found"


def test_candidate_without_an_address_is_told(client: Client) -> None:
    response = post(client, candidate(email=None), {"send": True})
    assert response.status_code == 422
    assert error_of(response)["code"] == "no_email"


def test_operations_are_documented_with_examples_that_are_true() -> None:
    path = openapi.merged()["paths"][f"{BASE}/candidates/{{candidate_id}}/intake-link"]
    assert path["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert path["post"]["responses"]["201"]["content"]["application/json"]["examples"]
    assert path["delete"]["responses"]["200"]["content"]["application/json"]["examples"]
    assert set(api.MADE_EXAMPLE.value) == set(api.IntakeLinkSerializer().fields)
    assert set(api.REVOKED_EXAMPLE.value) == set(api.IntakeLinkRevokedSerializer().fields)
