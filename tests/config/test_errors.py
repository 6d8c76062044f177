"""One shape of errors for programs, a page for people."""

from __future__ import annotations

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.test import Client, RequestFactory
from pytest_django import Settings

from candidates import ranking
from config import errors
from tests.candidates.recruiting import BASE, client_of, error_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("verb", ["get", "post", "delete"])
@pytest.mark.parametrize(
    "address", ["/api", "/api/", "/api/pluto/", "/api/nothing", "/live/nothing", f"{BASE}/candidates/7"]
)
def test_an_unknown_address_of_the_api_is_a_404_in_json(
    client: Client, settings: Settings, address: str, verb: str, debug: bool
) -> None:
    settings.DEBUG = debug
    response = getattr(client, verb)(address, headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert error_of(response)["code"] == "not_found"


def test_an_unknown_page_is_a_page_for_people_and_json_for_programs(client: Client) -> None:
    page = client.get("/nothing", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()
    assert error_of(client.get("/nothing"))["code"] == "not_found"


def test_an_unforeseen_error_tells_nothing_of_itself(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.DEBUG = True

    def broken(**kwargs: object) -> None:
        raise RuntimeError("secret detail of Robin Sample")

    client = client_of()
    client.raise_request_exception = False
    monkeypatch.setattr(ranking, "page", broken)
    response = client.get(f"{BASE}/results")
    assert response.status_code == 500
    assert error_of(response) == {"code": "internal_error", "message": "Something went wrong on our side."}


def test_a_verb_that_is_not_known_is_a_405_in_json() -> None:
    response = client_of().put(f"{BASE}/results")
    assert response.status_code == 405
    assert error_of(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize(("error", "status"), [(RequestDataTooBig("x"), 413), (SuspiciousOperation("x"), 400)])
def test_what_django_refuses_has_the_one_shape(error: Exception, status: int) -> None:
    response = errors.bad_request(RequestFactory().get("/api/x"), error)
    assert response.status_code == status
    rendered = errors.rest_exception_handler(error, {})
    assert rendered is not None
    assert rendered.status_code == status


def test_nested_faults_become_one_level() -> None:
    nested = {"weights": {"python": ["Too large."]}, "criteria": [{}, {"weight": ["Too small."]}], "title": "Missing."}
    assert errors._flat(nested) == {
        "weights.python": ["Too large."],
        "criteria.1.weight": ["Too small."],
        "title": ["Missing."],
    }
