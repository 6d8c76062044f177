"""A recruiter's second step, in Chromium: set up from the key that is shown, asked for at the console, switched off."""

from __future__ import annotations

import os
import re
import time
from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, expect

from accounts.models import Authenticator, User
from tests.console.conftest import Console, settled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "three herons on a wire"
# Where pictures of every page that a test sees go, for whoever wants to look at them.
PICTURES = os.environ.get("GREENROOM_PICTURES", "")


@pytest.fixture
def user(transactional_db: None) -> User:
    cache.clear()
    return User.objects.create_superuser("ida.sommer@example.com", PASSWORD, name="Ida Sommer")


@pytest.fixture
def visitor(chromium: Browser, site: str, user: User) -> Iterator[Console]:
    """A browser in which nobody is signed in yet."""
    opened = Console(chromium.new_context(viewport=WIDE, color_scheme="light"), site)  # type: ignore[arg-type]
    yield opened
    opened.context.close()
    settled()
    assert opened.errors == []


def seen(who: Console, heading: str, name: str) -> Page:
    """The page is this one, fits, and axe finds nothing wrong with it: wide and narrow, light and dark."""
    page = who.page
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state("load")
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate("document.fonts.ready")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"
            assert who.violations() == [], f"{name}, {size['width']}, {scheme}"
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}-{scheme}.png", full_page=True)
    return page


def sign_in(who: Console, user: User, password: str = PASSWORD) -> Page:
    """Type address and password into the console's sign-in."""
    page = who.open("/admin/login/?next=/admin/candidates/candidate/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    return page


def app_shows(key: str) -> str:
    """What an app into which this key was typed shows now."""
    generator = TOTP(b32decode(key.replace(" ", "")))
    generator.time = time.time()
    return f"{generator.token():06d}"


def forgive() -> None:
    """As if some minutes had passed: wrong codes slow nothing down any more, and the code of now was not used yet."""
    Authenticator.objects.update(last_t=-1, drift=0, throttling_failure_count=0, throttling_failure_timestamp=None)


def give(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def test_recruiter_sets_up_a_second_step_signs_in_by_it_and_switches_it_off(visitor: Console, user: User) -> None:
    # Set up, from the menu of the console.
    page = sign_in(visitor, user)
    expect(page).to_have_url(re.compile("/admin/candidates/candidate/"))
    page.goto(visitor.site + "/coaching/account")
    page.get_by_role("link", name="Set it up").click()
    seen(visitor, "Second step at sign-in", "1-set-up")
    key = page.locator(".gr-qr__key").inner_text()
    page.get_by_label("Code that the app shows").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Code that the app shows").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This code is not right")).to_be_visible()
    seen(visitor, "Second step at sign-in", "2-wrong")
    assert page.locator(".gr-qr__key").inner_text() == key
    forgive()
    page.get_by_label("Code that the app shows").fill(app_shows(key))
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("It is on.")).to_be_visible()
    seen(visitor, "Second step at sign-in", "3-codes")
    codes = page.locator(".gr-codes code").all_inner_texts()
    assert len(set(codes)) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("On: signing in asks for a code")).to_be_visible()
    seen(visitor, "Your account", "4-account")

    # Sign out; the console asks for it, and takes no wrong one.
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/coaching/sign-in$"))
    sign_in(visitor, user)
    seen(visitor, "The second step", "5-asked")
    forgive()
    give(page, "000000")
    expect(page.get_by_text("This code is not right")).to_be_visible()
    seen(visitor, "The second step", "6-refused")
    # The right one, but at once: guessing is slow.
    Authenticator.objects.update(throttling_failure_count=6)
    give(page, app_shows(key))
    expect(page.get_by_text("came too soon after wrong ones")).to_be_visible()
    assert visitor.context.request.get(f"{visitor.site}/admin/", max_redirects=0).status == 302
    forgive()
    give(page, app_shows(key))
    expect(page).to_have_url(re.compile("/admin/candidates/candidate/"))

    # A recovery code opens once.
    for is_good in (True, False):
        page.goto("about:blank")  # nothing that is still on its way brings a cookie back
        page.context.clear_cookies()
        sign_in(visitor, user)
        give(page, codes[3])
        if is_good:
            expect(page).to_have_url(re.compile("/admin/candidates/candidate/"))
        else:
            expect(page.get_by_text("This code is not right")).to_be_visible()
    give(page, codes[4])
    expect(page.get_by_text("came too soon")).to_be_visible()
    forgive()
    give(page, app_shows(key))
    expect(page).to_have_url(re.compile("/admin/candidates/candidate/"))

    # Look after it, and off again, which takes the password.
    page.goto(visitor.site + "/coaching/account/second-step")
    expect(page.get_by_text("9 recovery codes left")).to_be_visible()
    seen(visitor, "Second step at sign-in", "7-look-after")
    page.get_by_label("Your password").fill("not this one")
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("This is not your password")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Make new recovery codes").click()
    expect(page.get_by_text("These are your new codes.")).to_be_visible()
    assert not set(codes) & set(page.locator(".gr-codes code").all_inner_texts())
    page.goto(visitor.site + "/coaching/account/second-step")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("Signing in asks for the password alone again.")).to_be_visible()
    page.context.clear_cookies()
    sign_in(visitor, user)
    expect(page).to_have_url(re.compile("/admin/candidates/candidate/"))


def test_who_guesses_at_the_console_is_told_when_to_come_back(visitor: Console, user: User) -> None:
    for _ in range(8):
        page = sign_in(visitor, user, "not this one")
    expect(page.get_by_text("Too many wrong passwords")).to_be_visible()
    seen(visitor, "Too many tries", "8-locked")
    # The right password does not help now, and nobody is let in.
    page = sign_in(visitor, user)
    expect(page.get_by_text("15 minutes")).to_be_visible()
    page.get_by_role("link", name="Back to sign-in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
