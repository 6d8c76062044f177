"""The addresses of the contract, exactly, and without a trailing slash."""

from __future__ import annotations

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import resolve

ANY = "00000000-0000-4000-8000-000000000000"
ADDRESSES = {
    "/api/pluto": {"get"},
    "/api/pluto/analyze-jd": {"post"},
    "/api/pluto/upload": {"post"},
    "/api/pluto/status": {"get"},
    "/api/pluto/score": {"post"},
    "/api/pluto/results": {"get"},
    "/api/pluto/results/csv": {"get"},
    f"/api/pluto/candidates/{ANY}": {"get", "patch", "delete"},
    f"/api/pluto/candidates/{ANY}/explanation": {"get"},
    f"/api/pluto/candidates/{ANY}/questions": {"get"},
    "/api/pluto/compare": {"post"},
    "/api/pluto/rescore": {"post"},
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_the_contract_serves_its_verbs_and_no_others(address: str) -> None:
    view = resolve(address).func.view_class
    served = {verb for verb in ("get", "post", "put", "patch", "delete") if hasattr(view, verb)}
    assert served == ADDRESSES[address]
    assert resolve(f"{address}/").url_name == "no-such-address"


def test_the_start_page_leads_to_the_console_and_to_practice(client: Client) -> None:
    body = client.get("/").content.decode()
    assert 'href="/admin/"' in body
    assert 'href="/coaching"' in body


def test_browsers_that_ask_for_an_icon_by_themselves_get_ours(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix("/static/")) is not None
