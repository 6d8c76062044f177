"""How long a cookie is good for, and what becomes of what somebody types when the way in closes behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import Link
from candidates.models import Candidate, Change
from intake import answers, entering, inviting
from intake.models import Notice
from intake.states import IntakeState, Step
from tests.intake.coming import at, come, form_of, invited, person, round_of, walked

pytestmark = pytest.mark.django_db


def pass_end(*, by: timedelta = timedelta(seconds=1)) -> None:
    """Let every link have run out so long ago."""
    Link.objects.update(expires_at=timezone.now() - by)


def send(client: Client, who: Candidate, data: dict[str, str], **headers: str) -> Any:
    """Send a form of the page of gaps as browsers do."""
    return client.post(at(who, "gaps"), urlencode(data), "application/x-www-form-urlencoded", headers=headers)


def typed(client: Client, who: Candidate, **values: str) -> dict[str, str]:
    return form_of(client, who, "gaps", **values)


# --- a link that runs out in the middle -------------------------------------------------------------------------------
def test_who_came_in_time_finishes_after_the_end() -> None:
    who = person()
    token = invited(who)
    client = walked(who, "gaps", token=token)
    form = typed(client, who, location="Ghent, Belgium")
    pass_end()
    assert client.post(at(who, "gaps"), form)["Location"] == at(who, "review")
    assert answers.current(round_of(who))["location"].value == "Ghent, Belgium"
    sent = form_of(client, who, "review") | {"send": "1"}
    for _ in range(2):
        assert client.post(at(who, "review"), sent)["Location"] == at(who, "done")
    assert client.get(at(who, "done")).status_code == 200
    who.refresh_from_db()
    assert who.location == "Ghent, Belgium"
    assert round_of(who).state == IntakeState.COMPLETED
    # One effect.
    assert Change.objects.filter(candidate=who, field="location").count() == 1
    assert Notice.objects.values("recipient").distinct().count() == Notice.objects.count()


def test_link_that_ran_out_lets_nobody_else_in() -> None:
    who = person()
    token = invited(who)
    client = come(who, token)
    pass_end()
    assert Client().post(at(who), {"token": token}).status_code == 410
    assert not Client().get(at(who, "validate"), {"token": token}).json()["valid"]
    assert client.post(at(who), {"token": token}).status_code == 410
    assert client.get(at(who)).status_code == 200


def test_grace_is_over_at_last_in_the_browser_and_at_the_server() -> None:
    who = person()
    client = walked(who, "gaps")
    cookie = client.cookies["greenroom_intake"]
    link = Link.objects.get()
    form = typed(client, who)
    pass_end(by=entering.GRACE - timedelta(minutes=1))
    assert client.get(at(who, "gaps")).status_code == 200
    pass_end(by=entering.GRACE)
    assert client.get(at(who, "gaps")).status_code == 410
    assert client.post(at(who, "gaps"), form).status_code == 410
    ends = (link.expires_at + entering.GRACE).strftime("%a, %d %b %Y %H:%M")
    assert str(cookie["expires"]).startswith(ends)


@pytest.mark.parametrize("take_back", [lambda who: inviting.revoke(candidate=who), invited])
def test_revoked_link_has_no_grace(take_back: Any) -> None:
    who = person()
    client = walked(who, "gaps")
    pass_end()
    take_back(who)
    assert client.get(at(who, "gaps")).status_code == 410


# --- what was typed meanwhile -----------------------------------------------------------------------------------------
def test_what_was_typed_is_handed_back_where_it_can_not_be_saved() -> None:
    who = person(current_company="Old Mill")
    client = walked(who, "gaps")
    form = typed(client, who, location="Ghent <b>Belgium</b>\r\nor Bruges")
    inviting.revoke(candidate=who)
    response = send(client, who, form)
    assert response.status_code == 410
    shown = response.content.decode()
    assert "What you typed last is not saved" in shown
    assert "<dt>Location</dt><dd>Ghent &lt;b&gt;Belgium&lt;/b&gt;<br>or Bruges</dd>" in shown
    # Only what they had changed, and nothing of what is held.
    assert shown.count("<dd>") == 1
    assert "Old Mill" not in shown
    assert "Amara" not in shown
    assert answers.current(round_of(who)) == {}
    # A new link goes on where they were.
    again = come(who)
    assert again.get(at(who))["Location"] == at(who, Step.GAPS)
    assert again.post(at(who, "gaps"), typed(again, who, location="Ghent")).status_code == 303


def test_answers_beyond_the_profile_and_other_languages_are_handed_back_too() -> None:
    who = person()
    sent = {"field_notice_period": "6 weeks", "was_field_notice_period": "", "field_location": "Gent"}
    shown = send(Client(), who, sent, **{"Accept-Language": "de"}).content.decode()
    assert "<dd>6 weeks</dd>" in shown
    assert "<dt>Wohnort</dt><dd>Gent</dd>" in shown


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"field_location": "Ghent", "was_field_location": "Ghent"},
        {"field_location": "   "},
        {"token": "nonsense", "send": "1"},
        {"field_location": "x" * 3_000_000},
    ],
)
def test_nothing_is_handed_back_where_nothing_was_typed(data: dict[str, str]) -> None:
    response = send(Client(), person(), data)
    assert response.status_code == 410
    assert "<dd>" not in response.content.decode()


def test_neither_other_sites_nor_files_are_handed_back() -> None:
    who = person()
    response = send(Client(), who, {"field_location": "Click here"}, **{"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert "Click here" not in response.content.decode()
    # To read a file that opens nothing would be work for whoever sends it.
    sent = {"resume": SimpleUploadedFile("cv.txt", b"text"), "field_location": "Ghent"}
    response = Client().post(at(who, "resume"), sent)
    assert response.status_code == 410
    assert "<dd>" not in response.content.decode()


def test_refusal_without_anything_typed_is_the_plain_page() -> None:
    who = person()
    got, posted = Client().get(at(who, "gaps")), Client().post(at(who, "gaps"), {"send": "1"})
    assert _without_nonce(got) == _without_nonce(posted)


def _without_nonce(response: Any) -> str:
    head, _, rest = response.content.decode().partition('nonce="')
    return head + rest.partition('"')[2]
