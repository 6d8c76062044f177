"""The pictures of intake: each step on a phone, and what a recruiter sees of it, taken of one candidate on their way.

Both themes are taken at each step, since a step is gone once it is done.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, Playwright, expect

from config.run import DEMO_EMAIL, DEMO_PASSWORD
from tests.candidates.paper import Pdf

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
FAKE_MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
CANDIDATES = "/admin/candidates/candidate/"
RESUME = (
    "Location: Hamburg, Germany",
    "Account Executive, Example Systems, Mar 2019 - present",
    "Sold software to banks and insurers, closing a $250,000 annual contract.",
    "Reached 128% of quota in 2024.",
    "9 years of experience in sales.",
    "Education: Bachelor of Science in Economics, Example University",
    "Skills: Salesforce, negotiation, MEDDIC, German, English",
)

# What is said to a question that has these words in it; the last one to all others.
SAID = (
    ("Is that right?", "Yes, that is right."),
    ("Current role", "The resume is right."),
    ("Years of experience", "Nine years."),
    ("quota", "128 percent"),
    ("Quota", "128 percent"),
    ("rocurement", "I have worked with procurement at four banks."),
    ("orecast", "I forecast each quarter, bottom up."),
    ("", "Skip"),
)


class Camera:
    """Takes a page in light and dark, under names in one directory."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def take(self, page: Page, name: str) -> None:
        """`name` with -light and -dark, of the page as it is."""
        page.evaluate("document.fonts.ready")
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            # The pages take their theme when they are opened; this one can't be opened again.
            page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", theme == "dark")
            page.wait_for_timeout(400)
            page.screenshot(path=self.target / f"{name}-{theme}.png")
            sys.stdout.write(f"{name}-{theme}.png\n")


def take(playwright: Playwright, site: str, target: Path, *, program: str, flags: list[str]) -> None:
    """All pictures of intake, of a running site with its sample data."""
    camera = Camera(target)
    browser = playwright.chromium.launch(executable_path=program, args=[*flags, *FAKE_MICROPHONE])
    console = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    phone = browser.new_context(**PHONE).new_page()  # type: ignore[arg-type]
    _sign_in(console, site)
    path, name = _somebody(console, site)
    link = _invited(console, camera, site, path)
    console.goto(site + path)
    expect(console.locator("[data-intake=open]")).to_be_visible()
    _walk(phone, camera, link, resume=_resume(name))
    _look(console, camera, site, path)
    _finish(phone, camera)
    _look_back(console, camera, site, path)
    _ask_erasure(phone)
    _decide(console, camera, site)
    browser.close()


def _sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/login/")
    page.get_by_label("E-mail").fill(DEMO_EMAIL)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/admin/")


def _somebody(page: Page, site: str) -> tuple[str, str]:
    """A candidate from the middle of the list whom nobody has asked yet: the address of their page, and their name."""
    page.goto(f"{site}{CANDIDATES}?tier=Good&intake=none")
    link = page.locator("tbody a[href*='/change/']").first
    return str(link.evaluate("link => link.pathname")), link.inner_text().split("\n")[1]


def _resume(name: str) -> Path:
    page = Pdf()
    for number, line in enumerate((name, *RESUME)):
        page.text(line, y=720 - 22 * number)
    path = Path(tempfile.gettempdir()) / "resume.pdf"
    path.write_bytes(page.bytes())
    return path


def _invited(page: Page, camera: Camera, site: str, path: str) -> str:
    page.goto(f"{site}{CANDIDATES}?tier=Strong&intake=none")
    for box in page.locator("[name=ids]").all()[:4]:
        box.check()
    page.get_by_role("button", name="Invite to intake").click()
    expect(page.get_by_role("button", name=re.compile("^Mail "))).to_be_visible()
    camera.take(page, "intake-many")
    page.get_by_role("button", name=re.compile("^Mail ")).click()
    expect(page.get_by_text("4 of 4 mailed")).to_be_visible(timeout=30_000)
    page.goto(f"{site}/admin/intake/mailing/")
    camera.take(page, "intake-overview")
    page.goto(site + path)
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_role("button", name="Make a link to copy").click()
    link = page.get_by_label(re.compile("^Link for")).input_value()
    # The one in the picture opens nothing.
    page.get_by_label(re.compile("^Link for")).evaluate(
        "field => (field.value = field.value.replace(/token=.*/, 'token=eyJhbGciOi…'))"
    )
    camera.take(page, "intake-link")
    return link


def _walk(page: Page, camera: Camera, link: str, *, resume: Path) -> None:
    """From the link to a talk in which something was answered."""
    page.goto(link)
    camera.take(page, "intake-phone-01-link")
    page.get_by_role("button", name="Open my invitation").click()
    camera.take(page, "intake-phone-02-welcome")
    page.get_by_role("link", name="Begin").click()
    camera.take(page, "intake-phone-03-consent")
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Agree and continue").click()
    camera.take(page, "intake-phone-04-resume")
    page.get_by_label("Choose a file").set_input_files(resume)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("resume.pdf was read.")).to_be_visible(timeout=60_000)
    camera.take(page, "intake-phone-05-read")
    page.get_by_role("button", name="Continue").click()
    camera.take(page, "intake-phone-06-known")
    page.get_by_role("button", name="Save and continue").click()
    camera.take(page, "intake-phone-07-questions")
    page.get_by_role("button", name="Save, and talk or type about the rest").click()
    camera.take(page, "intake-phone-08-choice")
    if page.locator("button[value=voice]").count():
        page.locator("button[value=voice]").click()
        expect(page.get_by_role("heading", name="Check your sound")).to_be_visible()
        page.wait_for_timeout(1_500)
        camera.take(page, "intake-phone-09-voice")
        page.goto(page.url + "?choose")
    page.locator("button[value=text]").click()
    expect(page.locator("[data-part=turns] > li")).to_have_count(1, timeout=30_000)
    turns = page.locator("[data-part=turns] > li")
    for _ in range(3):
        question = turns.last.inner_text()
        page.get_by_role("textbox", name="Your answer").fill(next(said for about, said in SAID if about in question))
        before = turns.count()
        page.get_by_role("button", name="Send").click()
        expect(turns).to_have_count(before + 2, timeout=30_000)
    camera.take(page, "intake-phone-10-talk")
    page.get_by_role("button", name="Noted so far").click()
    camera.take(page, "intake-phone-11-noted")
    page.get_by_role("button", name="Conversation").click()


def _look(page: Page, camera: Camera, site: str, path: str) -> None:
    """The recruiter's page, which was open all the time."""
    page.wait_for_timeout(500)
    page.locator("#intake").scroll_into_view_if_needed()
    camera.take(page, "intake-live")
    page.goto(site + path)


def _finish(page: Page, camera: Camera) -> None:
    if page.locator("[data-part=over]").is_visible():
        page.locator("[data-part=over-link]").click()
    else:
        page.get_by_role("button", name="I am done").click()
        page.get_by_role("button", name="To the review").click()
    if page.get_by_role("button", name="Continue").count():
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Is everything right?")).to_be_visible()
    camera.take(page, "intake-phone-12-review")
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Thank you, everything has arrived")).to_be_visible()
    camera.take(page, "intake-phone-13-done")


def _ask_erasure(page: Page) -> None:
    page.get_by_text("Ask for everything to be erased").click()
    page.get_by_label("Yes, erase everything that is held of me.").check()
    page.get_by_role("button", name="Ask for erasure").click()
    expect(page.get_by_text("You asked for erasure on")).to_be_visible()


def _look_back(page: Page, camera: Camera, site: str, path: str) -> None:
    """The bell, and what changed."""
    page.wait_for_timeout(6_000)  # the model judges anew
    page.goto(f"{site}/admin/")
    page.locator("[data-bell] summary").click()
    camera.take(page, "intake-bell")
    page.goto(site + path)
    page.get_by_role("link", name="See what changed").click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
    camera.take(page, "intake-changes")


def _decide(page: Page, camera: Camera, site: str) -> None:
    """The wish for erasure, which is declined: the sample data stay whole."""
    page.goto(f"{site}/admin/")
    page.locator("a[href*='#erasure']").first.click()
    page.get_by_text("Decline, with a reason").click()
    page.get_by_label("Why it has to be kept").fill("A claim is open; the law has us keep what it is about.")
    camera.take(page, "intake-erasure")
    page.get_by_role("button", name="Decline the wish").click()
    expect(page.get_by_text("The wish is declined")).to_be_visible()
