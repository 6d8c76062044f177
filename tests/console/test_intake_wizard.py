"""The wizard on a phone and on a wide screen: nothing sticks out, axe finds nothing, and it needs no script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

import pytest
from playwright.sync_api import Browser, Page

from candidates.models import Candidate
from intake import consent, talking
from intake.models import Intake
from intake.questions import PROFILE, as_gap
from intake.states import GapReason
from interviews.states import Medium
from tests.console.conftest import Console, settled
from tests.intake.coming import agreed, at, invited, person, round_of, walked

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1400, "height": 900}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def who(site: str, transactional_db: None) -> Candidate:
    del site
    return person(location=None, current_company="Old Mill", phone="+32 470 12 34 56")


@pytest.fixture(params=["phone light", "phone dark", "wide light", "wide dark"])
def guest(request: pytest.FixtureRequest, chromium: Browser, site: str, who: Candidate) -> Iterator[Console]:
    """The browser of a person with only the link."""
    size, theme = request.param.split()
    context = chromium.new_context(viewport=PHONE if size == "phone" else WIDE, color_scheme=theme)
    opened = Console(context, site)
    yield opened
    context.close()
    settled()
    assert opened.errors == []


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def check(guest: Console, heading: str) -> None:
    assert guest.page.get_by_role("heading", level=1).inner_text() == heading
    # Its styles and letters are there: before that nothing has its width.
    guest.page.wait_for_load_state("load")
    guest.page.evaluate("document.fonts.ready")
    assert fits(guest.page)
    assert guest.violations() == []


def test_every_step_fits_and_is_accessible(guest: Console, who: Candidate) -> None:
    page = guest.open(f"{at(who)}?token={invited(who)}")
    check(guest, "Your invitation")
    page.get_by_role("button", name="Open my invitation").click()
    assert page.url.endswith(at(who))
    check(guest, "Complete your application for Head Baker")
    page.get_by_role("link", name="Begin").click()
    check(guest, "Before we begin")
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Agree and continue").click()
    check(guest, "Your resume")
    page.get_by_role("button", name="Go on without a resume").click()
    check(guest, "What we know of you")
    page.get_by_label("Current company").fill("New Mill")
    page.get_by_label("E-mail").fill("nonsense")
    page.get_by_role("button", name="Save and continue").click()
    check(guest, "What we know of you")
    assert page.get_by_label("Current company").input_value() == "New Mill"
    page.get_by_label("E-mail").fill("amara@example.org")
    page.get_by_role("button", name="Save and continue").click()
    check(guest, "What we would like to know")
    page.get_by_label("Which city and country do you live in?").fill("Ghent, Belgium")
    page.get_by_role("button", name="Save, and talk or type about the rest").click()
    check(guest, "How would you like to answer?")
    page.get_by_role("button", name="Leave the rest open and go on").click()
    page.get_by_text("Your data", exact=True).click()
    page.get_by_text("Ask for everything to be erased").click()
    check(guest, "Is everything right?")
    page.get_by_role("button", name="Hand in").click()
    check(guest, "Thank you, everything has arrived")


def test_talk_page_fits_and_is_accessible(guest: Console, who: Candidate) -> None:
    client = walked(who, "gaps")
    client.post(at(who, "gaps"), {"talk": "1"})
    talking.open_room(round_of(who), medium=Medium.TEXT)
    cookie = client.cookies["greenroom_intake"]
    guest.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": guest.site + at(who)}])
    page = guest.open(at(who, "talk"))
    page.get_by_text("Connected").wait_for(state="attached")
    assert fits(page)
    assert guest.violations() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_long_words_fit_and_a_known_value_is_picked_without_a_script(
    chromium: Browser, site: str, who: Candidate, theme: str
) -> None:
    client = walked(who, "gaps")
    told = [
        {"value": "+32 470 12 34 56", "source": "profile"},
        {"value": "+49 40 7654321", "source": "resume", "quote": "Tel. +49 40 7654321"},
    ]
    asked = as_gap("phone", PROFILE["phone"], reason=GapReason.CONTRADICTORY, is_required=True, known=told)
    intake = round_of(who)
    Intake.objects.filter(pk=intake.pk).update(gaps=[asked.model_dump(mode="json"), *intake.gaps], language="de")
    cookie = client.cookies["greenroom_intake"]
    for scripts in (True, False):
        context = chromium.new_context(
            viewport=PHONE, color_scheme=cast("Literal['light', 'dark']", theme), java_script_enabled=scripts
        )
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site + at(who)}])
        opened = Console(context, site)
        page = opened.open(at(who, "gaps"))
        if scripts:
            page.wait_for_load_state("load")
            assert fits(page)
            assert opened.violations() == []
        else:
            page.get_by_label("+49 40 7654321").check()
            page.get_by_role("button", name="Speichern und über den Rest sprechen oder tippen").click()
            page.get_by_role("heading", level=1, name="Wie möchten Sie antworten?").wait_for()
        context.close()
        settled()
    assert round_of(who).answers.get(field="phone", is_current=True).value == "+49 40 7654321"


def test_wizard_needs_no_script(chromium: Browser, site: str, who: Candidate) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}{at(who)}?token={invited(who)}")
    page.get_by_role("button", name="Open my invitation").click()
    page.get_by_role("link", name="Begin").click()
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Agree and continue").click()
    page.get_by_role("button", name="Go on without a resume").click()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Which city and country do you live in?").fill("Ghent, Belgium")
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Hand in").click()
    assert "everything has arrived" in page.get_by_role("heading", level=1).inner_text()
    context.close()
    settled()
    who.refresh_from_db()
    assert who.location == "Ghent, Belgium"


def test_words_of_consent_are_those_that_are_kept(site: str, who: Candidate) -> None:
    del site
    agreed(who)
    assert round_of(who).consent_text == consent.statements(language="en")
