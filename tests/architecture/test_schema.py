"""The OpenAPI document: whole, true, and no request that it allows (or forbids) breaks the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck
from pytest_django import Settings
from schemathesis.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from accounts.tokens import open_for
from candidates.api.documenting import CANDIDATE_EXAMPLE
from candidates.models import Candidate
from config import openapi
from interviews.states import Role
from tests.candidates.making import running_import
from tests.candidates.recruiting import BASE, candidate, client_of, recruiter
from tests.coaching.talking import session, spoken
from tests.interviews.holding import hold, start

pytestmark = pytest.mark.django_db
# What people do before they are signed in.
OPEN = {
    f"/api/v1/auth/{name}"
    for name in (
        "signup",
        "verify-email",
        "resend-verification",
        "login",
        "refresh",
        "forgot-password",
        "reset-password",
    )
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.merged()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if verb in ("get", "post", "put", "patch", "delete"):
                yield verb, path, operation


def test_the_document_is_served_as_openapi_3_1_with_every_address(document: dict[str, Any], client: Client) -> None:
    served = client.get("/openapi.json").json()
    assert served == document
    assert served["openapi"].startswith("3.1")
    assert {"/health", "/healthz", "/live/imports/events", "/api/pluto", "/api/pluto/results/csv"} <= set(
        served["paths"]
    )


def test_every_reference_and_every_security_scheme_exists(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= set(document["components"]["schemas"])
    schemes = set(document["components"]["securitySchemes"])
    for _, path, operation in operations(document):
        for wanted in operation.get("security", []):
            assert set(wanted) <= schemes, path


def test_every_guarded_operation_documents_its_refusals_in_the_one_shape(document: dict[str, Any]) -> None:
    for verb, path, operation in operations(document):
        if not path.startswith("/api"):
            continue
        assert operation["security"], path
        assert {"400", "429", "500"} <= set(operation["responses"]), path
        assert operation.get("summary"), path
        if path in OPEN:
            assert operation["security"] == [{}], path
            continue
        assert {} not in operation["security"], path
        assert {"401", "403"} <= set(operation["responses"]), path
        # What a person does with their own account is no work that may be doubled, and answers hold secrets.
        if verb == "post" and not path.startswith(("/api/v1/auth/", "/api/v1/users/")):
            assert "409" in operation["responses"]
            takes_a_key = any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
            # A link's secret is stored nowhere, so its answer can't be given again; the operation says so.
            assert takes_a_key or "Idempotency-Key is not honoured" in operation["description"], path


def test_two_descriptions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        openapi._add({"Candidate": {"type": "object"}}, "Candidate", {"type": "string"})


def test_the_example_of_a_candidate_has_the_shape_of_one(client: Client) -> None:
    one = candidate()
    shown = client_of().get(f"{BASE}/candidates/{one.pk}").json()
    assert set(shown) == set(CANDIDATE_EXAMPLE.value)


def test_the_documentation_page_needs_nothing_from_elsewhere_and_no_inline_script(client: Client) -> None:
    response = client.get("/docs")
    page = response.content.decode()
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "script-src 'self'" in response["Content-Security-Policy"]
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        from django.contrib.staticfiles import finders

        assert finders.find(address.removeprefix("/static/")), address


def never_broken(_: Any, response: Any, __: Any) -> None:
    """No 500; a 503 only in the one shape, which names what is not configured (here: model, voice, practice)."""
    if response.status_code >= 500:
        assert response.status_code == 503, response.content
        assert response.json()["error"]["code"].endswith(("_not_configured", "_unavailable"))


@pytest.fixture
def contract(document: dict[str, Any], settings: Settings, tmp_path: Any) -> tuple[Any, dict[str, str]]:
    """The whole document as schemathesis sees it, over real WSGI, with a key and a few things to find."""
    settings.MEDIA_ROOT = tmp_path
    settings.API_REQUESTS_PER_MINUTE = settings.API_MODEL_REQUESTS_PER_MINUTE = 1_000_000
    settings.TRAINEE_REQUESTS_PER_MINUTE = settings.COACHING_MESSAGES_PER_MINUTE = 1_000_000
    one = candidate(64)
    for score in (12, None, 88):
        candidate(score)
    import_ = running_import(2)
    person = recruiter()
    interview = start(Role.CANDIDATE, who=one, actor=person).interview
    hold(interview, exchanges=2)
    held = spoken(session(person), 3)
    known = json.loads(json.dumps(document))
    # Streams stay open, so they have tests of their own.
    known["paths"] = {path: verbs for path, verbs in known["paths"].items() if not path.startswith("/live")}
    headers = dict(client_of(person).defaults)
    schema = schemathesis.openapi.from_dict(known)
    schema.app = get_wsgi_application()
    return schema, {
        "Authorization": headers["HTTP_AUTHORIZATION"],
        "candidate_id": str(one.pk),
        "import_id": str(import_.pk),
        "interview_id": str(interview.pk),
        "session_id": str(held.pk),
        "person": person.email,
        "room_name": interview.room.name,
    }


@pytest.mark.django_db(transaction=True)  # over WSGI each request has a connection of its own
def test_no_request_breaks_the_server_or_the_document(contract: tuple[Any, dict[str, str]]) -> None:
    schema, known = contract
    key = {"Authorization": known["Authorization"]}
    person = User.objects.get(email=known["person"])
    checks = [
        never_broken,
        status_code_conformance,
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
    ]
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(
            max_examples=12,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )
        @hypothesis.given(
            case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
            | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
            real=hypothesis.strategies.booleans(),
        )
        def probe(case: Any, real: bool) -> None:
            nonlocal tried
            if real:
                for name in set(case.path_parameters or {}) & set(known):
                    case.path_parameters[name] = known[name]
                Candidate.objects.filter(pk=known["candidate_id"]).update(deleted_at=None)
            # Each time another sign-in: some of these operations end it.
            token = {"Authorization": f"Bearer {open_for(person).access}"}
            response = case.call(headers=token if case.path.startswith("/api/v1/") else key)
            tried += 1
            case.validate_response(response, checks=checks)

        probe()
    assert tried > 100
