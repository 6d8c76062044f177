"""Pages and mails about unforeseen errors tell no token, no cookie, no key and nothing that was typed."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils.log import AdminEmailHandler
from pytest_django import Settings

from accounts.models import ApiKey
from config.error_reports import Reporter, without_secrets
from tests.candidates.recruiting import recruiter
from tests.intake.coming import at, come, invited, person, walked

pytestmark = pytest.mark.django_db
TYPED = "Ghent, in the house with the red door"


def breaks(table: str) -> None:
    """From here on whoever asks for this table meets an error that nobody has foreseen."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_gone"')


@pytest.fixture(params=["debug", "production"])
def reports(
    request: pytest.FixtureRequest, settings: Settings, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[[], str]]:
    """Everything that is told of errors: the log, and mails to ADMINS with all that Django would put into them."""
    settings.DEBUG = request.param == "debug"
    settings.ADMINS = [("Ada", "ada.admin@example.com")]
    caplog.set_level(logging.DEBUG)
    handlers = [AdminEmailHandler(), AdminEmailHandler(include_html=True)]
    for handler in handlers:
        logging.getLogger("django.request").addHandler(handler)

    def told() -> str:
        mails = [part for one in mail.outbox for part in (one.subject, one.body, *map(str, one.alternatives))]
        return "\n".join([caplog.text, *mails])

    yield told
    for handler in handlers:
        logging.getLogger("django.request").removeHandler(handler)


def knock(verb: str, client: Client, path: str, **data: str) -> str:
    """The page of an error, as the person who met it sees it."""
    client.raise_request_exception = False
    send: Any = getattr(client, verb)
    response = send(path, data, headers={"Accept": "text/html"})
    assert response.status_code == 500
    return str(response.content.decode())


def test_error_at_the_exchange_tells_no_token(reports: Callable[[], str]) -> None:
    who = person()
    token = invited(who)
    breaks("accounts_link")
    pages = [knock("post", Client(), at(who), token=token)]
    connection.needs_rollback = False
    told = "\n".join([*pages, reports()])
    assert len(mail.outbox) >= 2
    assert "accounts_link" in told
    for secret in (token, token.rpartition(".")[2]):
        assert secret not in told


def test_error_while_a_page_is_shown_tells_no_cookie(reports: Callable[[], str]) -> None:
    who = person()
    token = invited(who)
    client = come(who, token)
    cookie = client.cookies["greenroom_intake"].value
    breaks("intake_intake")
    told = "\n".join([knock("get", client, at(who), token=token), reports()])
    assert len(mail.outbox) >= 2
    for secret in (token, token.rpartition(".")[2], cookie, cookie.rpartition(".")[2]):
        assert secret not in told


def test_error_while_a_form_is_saved_tells_nothing_that_was_typed(
    reports: Callable[[], str], settings: Settings
) -> None:
    who = person()
    client = walked(who, "gaps")
    breaks("intake_answer")
    page = knock("post", client, at(who, "gaps"), field_location=TYPED, was_field_location="")
    cookie = client.cookies["greenroom_intake"].value
    assert cookie not in page + reports()
    assert TYPED not in "\n".join(one.body for one in mail.outbox)
    if not settings.DEBUG:
        assert TYPED not in page + reports()


def test_error_of_the_api_tells_no_key(reports: Callable[[], str]) -> None:
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    client = Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
    who = person()
    breaks("candidates_candidate")
    response = client.get(f"/api/pluto/candidates/{who.pk}")
    assert response.status_code == 500
    assert key not in response.content.decode() + reports()


def report_on(request: HttpRequest, **variables: Any) -> tuple[str, str]:
    """Django's report, as page and as text, on an error in a place with these variables."""
    try:
        held = variables  # noqa: F841  it stands in the frame
        raise ValueError("planted")
    except ValueError:
        reporter = Reporter(request, *sys.exc_info())
        return reporter.get_traceback_html(), reporter.get_traceback_text()


def test_report_keeps_what_is_needed_to_mend_the_error() -> None:
    request = RequestFactory().post("/intake/x?page=2", {"field_location": TYPED}, headers={"Cookie": "one=two"})
    html, text = report_on(request, number=4711)
    assert "planted" in text
    assert "report_on" in text
    assert "4711" in html
    assert "field_location" in text
    for told in (html, text):
        assert TYPED not in told
        assert "one=two" not in told
        assert "two" not in told.split("COOKIES", 1)[1][:200]


def test_tokens_are_known_by_their_form() -> None:
    token = invited(person())
    key = ApiKey.make(user=recruiter(), name="tests")[1]
    request = RequestFactory().get("/intake/x", {"token": token})
    for told in report_on(request, kept={"deep": [token, key]}):
        assert token.rpartition(".")[2] not in told
        assert key not in told
    assert without_secrets("eyJ is no token, gr_ no key, and green.room no secret.") == (
        "eyJ is no token, gr_ no key, and green.room no secret."
    )
