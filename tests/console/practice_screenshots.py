"""The pictures of practice: a trainee's way from the first page to the line of progress, wide and on a phone.

Every page has an address that shows it again, so the phone opens what the wide window has just done.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, Playwright, expect

from tests.console.intake_screenshots import PHONE, Camera

PASSWORD = "three herons on a wire"
WIDE = {"width": 1440, "height": 900}
FIRST = (
    "um, well, I think it is basically kind of a thing for bakeries, you know, and it is really very good I guess, and "
    "maybe a lot of people like it somehow",
    "I'm not sure, maybe it is probably sort of better than before, things are just nice and many people said "
    "something like that",
    "I guess perhaps it is a good time and all that stuff, but I'm no expert, sorry, whatever you like really",
)
BETTER = (
    "We make a scale that tells a bakery overnight how much dough to set. First, it weighs what was left; then it "
    "reads the weather; as a result, the 14 bakeries that use it throw away 38 percent less bread.",
    "Fair question. I measured it against 6 bakeries without the scale over the same 4 months, because seasons hit "
    "both alike: theirs stayed where it was. What would you need to see to be convinced?",
    "You asked for numbers by shop, and you will have them by Friday. Now, because flour rose by 22 percent this year "
    "and every bakery looks for savings. I propose a call next week: shall we say Tuesday?",
)


class Studio:
    """A wide window and a phone of the same person."""

    def __init__(self, wide: Page, phone: Page, camera: Camera, site: str) -> None:
        self.wide, self.phone, self.camera, self.site = wide, phone, camera, site

    def take(self, name: str) -> None:
        """The page that is open, in both themes, wide and on the phone."""
        self.wide.mouse.move(0, 0)
        self.camera.take(self.wide, f"practice-{name}")
        self.phone.context.clear_cookies()
        self.phone.context.add_cookies(self.wide.context.cookies())  # type: ignore[arg-type]
        self.phone.goto(self.wide.url)
        self.camera.take(self.phone, f"practice-phone-{name}")


def take(playwright: Playwright, site: str, target: Path, *, program: str, flags: list[str]) -> None:
    """All pictures of practice, of a running demo."""
    browser = playwright.chromium.launch(executable_path=program, args=flags)
    wide = browser.new_context(viewport=WIDE).new_page()  # type: ignore[arg-type]
    phone = browser.new_context(**PHONE).new_page()  # type: ignore[arg-type]
    for page in (wide, phone):
        page.set_default_timeout(60_000)
    studio = Studio(wide, phone, Camera(target), site)
    wide.goto(f"{site}/coaching")
    studio.take("1-welcome")
    _join(studio)
    wide.goto(f"{site}/coaching/new?type=Pitch")
    wide.get_by_label("What exactly?").fill("Seed round, first meeting")
    wide.get_by_label("How is the other side?").fill("Sceptical, curious")
    studio.take("3-set-up")
    wide.get_by_role("button", name="Begin").click()
    _say(wide, FIRST)
    studio.take("4-talk")
    _complete(wide)
    for number in range(3):
        wide.goto(f"{site}/coaching")
        wide.get_by_role("button", name="Do this next").click()
        # Better each time, as it ought to be.
        _say(wide, [*BETTER[: number + 1], *FIRST[number + 1 :]])
        _complete(wide)
    studio.take("5-evaluation")
    for name, path in (
        ("6-home", ""),
        ("7-progress", "/progress"),
        ("8-history", "/history"),
        ("9-account", "/account"),
    ):
        wide.goto(f"{site}/coaching{path}")
        studio.take(name)
    wide.goto(f"{site}/coaching/account/delete")
    wide.get_by_label("Your password, to be sure").fill(PASSWORD)
    wide.get_by_role("button", name="Delete it all").click()
    expect(wide.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    browser.close()


def _join(studio: Studio) -> None:
    """Sign up, and confirm by the mail in the demo's mailbox."""
    page, email = studio.wide, f"noa.winter.{int(time.time())}@example.com"
    page.goto(f"{studio.site}/coaching/sign-up")
    page.get_by_label("Name").fill("Noa Winter")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="Open the mailbox of the demo").click()
    letter = page.get_by_role("link", name=re.compile(email))
    for _ in range(60):
        if letter.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    letter.first.click()
    studio.camera.take(page, "practice-2-mailbox")
    page.locator("a[href*='/coaching/verify']").click()
    page.get_by_label("The password that you chose").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and begin").click()
    page.wait_for_url("**/coaching")


def _say(page: Page, texts: Sequence[str]) -> None:
    """Say these after the coach's opening, each after the answer to the one before."""
    coach = page.locator(".gr-said--coach:not(.gr-said--waiting)")
    for number, text in enumerate(texts, 1):
        expect(coach).to_have_count(number, timeout=60_000)
        expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=60_000)
        page.get_by_label("Your words").fill(text)
        page.keyboard.press("Enter")
    expect(coach).to_have_count(len(texts) + 1, timeout=60_000)
    expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=60_000)


def _complete(page: Page) -> None:
    page.get_by_role("button", name="Complete and evaluate").click()
    page.wait_for_url("**/evaluation")
