"""`make screenshots`: the pictures in docs/screenshots, taken of a `make run` of their own with its sample data.

Each page is taken in light and dark at 1440 × 900. A page of PAGES is a name and a function that brings the browser to
the state to be shown; a name without a picture of its own theme gets "-light" and "-dark" added. Those of intake are
taken on the way of one candidate, on a phone and beside it: `intake` names them all, `practice` those of a trainee.
"""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from config.run import DEMO_EMAIL, DEMO_PASSWORD
from tests.console import intake_screenshots, practice_screenshots

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
VIEWPORT = {"width": 1440, "height": 900}
HEADERS = [
    *("First Name", "Last Name", "Title", "Company", "Email", "Email Status", "First Phone", "Industry"),
    *("Person Linkedin Url", "City", "Country", "Years of Experience", "gender", "Notes"),
]
INTERVIEWS = "/admin/interviews/interview/"
Shot = Callable[[Page, str], None]


def opened(path: str) -> Shot:
    """A page that needs nothing but its address."""

    def show(page: Page, site: str) -> None:
        page.goto(site + path)

    return show


def first_of(path: str, link: str) -> Shot:
    """The page behind the first link, by CSS selector, on another page."""

    def show(page: Page, site: str) -> None:
        page.goto(site + path)
        page.goto(page.locator(link).first.evaluate("link => link.href"))

    return show


def chosen_file(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/candidates/import/add/")
    page.set_input_files("#file", sample_file())


def mapping(page: Page, site: str) -> None:
    chosen_file(page, site)
    page.get_by_role("button", name="Upload and check columns").click()
    expect(page.get_by_role("heading", name="Which column fills which field")).to_be_visible()


def check(page: Page, site: str) -> None:
    mapping(page, site)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Rows in the file")).to_be_visible()


def progress(page: Page, site: str) -> None:
    check(page, site)
    page.get_by_role("button", name="Start the import").click()
    page.wait_for_function("document.querySelector('[data-value=extracted]')?.textContent > '0'", timeout=60_000)


def result(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/candidates/import/?show=running")
    if page.locator("tbody a").count():
        page.locator("tbody a").first.click()
    else:
        progress(page, site)
    expect(page.get_by_role("link", name="Open the ranked list")).to_be_visible(timeout=300_000)


def chosen_candidates(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/candidates/candidate/?min_score=50")
    for box in page.locator("[name=ids]").all()[1:3]:
        box.check()


def quote(page: Page, site: str) -> None:
    first_of("/admin/candidates/candidate/", "tbody a[href*='/change/']")(page, site)
    if page.locator("[data-quote-of]").count():
        page.locator("[data-quote-of]").first.click()


def reranked(page: Page, site: str) -> None:
    first_of("/admin/candidates/job/", ".gr a[href*='/change/']")(page, site)
    page.locator("[data-weight]").first.fill("0.2")
    page.locator("[data-weight]").last.fill("2")
    expect(page.get_by_text("With these weights, not saved")).to_be_visible()


def compared(page: Page, site: str) -> None:
    page.goto(f"{site}/admin/candidates/candidate/?tier=Strong")
    for box in page.locator("[name=ids]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("button", name="Compare with the model").click()
    expect(page.get_by_text("What decides:")).to_be_visible(timeout=30_000)


def interviews(page: Page, site: str) -> None:
    """The list, with interviews beside the sample ones that have just been opened."""
    page.goto(site + INTERVIEWS)
    for number in range(4 - page.locator("tbody tr").count()):
        first_of(f"{INTERVIEWS}start/", f"li:nth-child({3 + number}) a[href*='candidate=']")(page, site)
        page.get_by_role("radio", name="In text").check()
        page.get_by_role("button", name="Open the room").click()
        page.wait_for_url("**/room/")
        page.wait_for_timeout(2_000)
    page.goto(site + INTERVIEWS)


def said(page: Page, site: str) -> None:
    first_of(f"{INTERVIEWS}?status=completed&role=candidate", "tbody a[href*='/change/']")(page, site)
    if page.locator(".gr-pairs [data-quote-key]").count():
        page.locator(".gr-pairs [data-quote-key]").last.click()


def prebrief(page: Page, site: str) -> None:
    first_of("/admin/candidates/candidate/", "tbody a[href*='/change/']")(page, site)
    page.get_by_role("link", name="Pre-brief").click()
    page.wait_for_url("**/prebrief/")
    if page.get_by_role("button", name="Make the pre-brief").count():
        page.get_by_role("button", name="Make the pre-brief").click()
    expect(page.get_by_role("region", name="Fit in six parts")).to_be_visible(timeout=60_000)


# In this order: the result waits for the import that the picture of its progress started.
PAGES: list[tuple[str, Shot]] = [
    ("home", opened("/admin/")),
    ("import-1-file", chosen_file),
    ("import-2-columns", mapping),
    ("import-3-check", check),
    ("import-4-progress", progress),
    ("import-5-result", result),
    ("imports", opened("/admin/candidates/import/")),
    ("candidates", opened("/admin/candidates/candidate/")),
    ("candidates-chosen", chosen_candidates),
    ("candidate", first_of("/admin/candidates/candidate/", "tbody a[href*='/change/']")),
    ("candidate-quote", quote),
    ("jobs", opened("/admin/candidates/job/")),
    ("job", first_of("/admin/candidates/job/", ".gr a[href*='/change/']")),
    ("job-reranked", reranked),
    ("job-new", opened("/admin/candidates/job/add/")),
    ("compare", compared),
    ("interviews", interviews),
    ("interview", first_of(f"{INTERVIEWS}?status=completed&role=candidate", "tbody a[href*='/change/']")),
    ("interview-quote", said),
    ("debrief", first_of(f"{INTERVIEWS}?show=training", "tbody a[href*='/debrief/']")),
    ("prebrief", prebrief),
    ("interview-start", first_of(f"{INTERVIEWS}start/", ".gr a[href*='candidate=']")),
    ("interview-rounds", opened("/admin/interviews/stageplan/general/")),
    ("model-calls", opened("/admin/llm/call/")),
]


def sample_file() -> Path:
    """A file of synthetic people as a recruiter would export it, with a few rows that need mending."""
    path = Path(tempfile.gettempdir()) / "spring-applicants.csv"
    choice = random.Random(7)
    first = ["Elif", "Marek", "Noor", "Ines", "Tomasz", "Adaeze", "Jonas", "Priya", "Luca", "Hana"]
    last = ["Brandt", "Osei", "Halvorsen", "Moreau", "Nowak", "Eze", "Lindqvist", "Raman", "Ferri", "Sato"]
    roles = ["Account Executive", "Senior Account Executive", "Sales Development Representative", "Founder", "VP Sales"]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADERS)
        for number in range(240):
            one, two = choice.choice(first), choice.choice(last)
            address = f"{one}.{two}.{number}@example.com".lower() if number % 37 else f"{one}.{two} at example"
            years = choice.randint(0, 18) if number % 53 else "many"
            notes = (
                f"Sold software to banks for {choice.randint(1, 9)} years, "
                f"largest contract {choice.randint(2, 25)}0,000 USD. "
                f"Closed {choice.randint(80, 140)} % of quota in 2025."
            )
            profile = f"https://www.linkedin.com/in/{one}-{two}-{number}-example".lower()
            job = (choice.choice(roles), "Example Corp")
            place = ("Hamburg", "Germany")
            rows.writerow((one, two, *job, address, "Verified", "", "Software", profile, *place, years, "f", notes))
    return path


def take(site: str, names: set[str]) -> None:
    """Take the pictures named (all, where none is) of a running site, in both themes."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for theme in ("light", "dark"):
            context = browser.new_context(viewport=VIEWPORT, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(f"{site}/admin/login/")
            page.wait_for_timeout(500)
            if not names or "sign-in" in names:
                page.screenshot(path=TARGET / f"sign-in-{theme}.png")
            page.get_by_label("E-mail").fill(DEMO_EMAIL)
            page.get_by_label("Password").fill(DEMO_PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{site}/admin/")
            for name, show in PAGES:
                if names and name not in names:
                    continue
                show(page, site)
                page.wait_for_timeout(800)  # the chart, and fonts
                if page.locator("#nav-sidebar").count() == 0:
                    raise SystemExit(f"{name} is no page of the console: {page.title()}")
                page.screenshot(path=TARGET / f"{name}-{theme}.png")
                sys.stdout.write(f"{name}-{theme}.png\n")
        browser.close()
        if not names or "intake" in names:
            intake_screenshots.take(playwright, site, TARGET, program=CHROMIUM, flags=FLAGS)
        if not names or "practice" in names:
            practice_screenshots.take(playwright, site, TARGET, program=CHROMIUM, flags=FLAGS)


def main() -> int:
    """`python -m tests.console.screenshots [--site=http://…] [NAME…]`: without a site it starts one of its own."""
    names = {argument for argument in sys.argv[1:] if not argument.startswith("--site=")}
    given = [argument.removeprefix("--site=") for argument in sys.argv[1:] if argument.startswith("--site=")]
    if given:
        take(given[0], names)
        return 0
    port = os.environ.get("PORT", "8209")
    site = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="greenroom-screenshots-") as directory:
        run = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            cwd=ROOT,
            env=os.environ | {"GREENROOM_DATA_DIR": directory, "PORT": port},
            start_new_session=True,
        )
        try:
            _wait_for(f"{site}/admin/login/", run)
            take(site, names)
        finally:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGINT)
                run.wait(timeout=60)
    return 0


def _wait_for(address: str, run: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if run.poll() is not None:
            raise SystemExit("The site ended before it answered.")
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit("The site did not answer within two minutes.")


if __name__ == "__main__":
    sys.exit(main())
