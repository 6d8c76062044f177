"""The console as a recruiter sees it: a real web server and worker on the test database, and Chromium."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from accounts.models import User
from tests import processes
from tests.simulator import Simulator

# Playwright's synchronous API runs an event loop in this thread, which Django would take for an async view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

AXE = processes.ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIEWPORT = {"width": 1440, "height": 900}
# Milliseconds. Nothing is proved by giving up early; what must come soon has a bound of its own, in its test.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def site(django_db_setup: None, django_db_blocker: Any, simulator: Simulator) -> Iterator[str]:
    """The address of a web server that works on the test database, with the simulated model configured."""
    with django_db_blocker.unblock(), processes.web() as address:
        yield address


@pytest.fixture
def worker(site: str, transactional_db: None) -> Iterator[None]:
    """A worker and its clock, for tests in which an import really runs.

    Stopped before the database is emptied for the next test: a worker at work and a TRUNCATE of all tables deadlock.
    """
    with processes.worker(), processes.beat():
        yield


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of pages. It ends with them: while Playwright runs, no other test can run a loop."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; .ci/run installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
        connection.close()  # the one of code in a loop, which is another than this thread's outside of it


@pytest.fixture
def recruiter(transactional_db: None) -> User:
    # Figures of an earlier test would be shown for some seconds more.
    cache.clear()
    return User.objects.create_superuser("ida.sommer@example.com", "a long password", name="Ida Sommer")


class Console:
    """A signed-in recruiter's browser window. Errors in the page's console fail the test at its end."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context = context
        self.site = site
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.errors.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> Page:
        """Go to a path of the site and return the page."""
        self.page.goto(self.site + path)
        return self.page

    def open_live(self, path: str) -> Page:
        """The same, and wait until the page's stream of events is open."""
        with self.page.expect_response(lambda answer: "/events" in answer.url):
            self.open(path)
        return self.page

    def violations(self) -> list[str]:
        return violations(self.page)


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong for people with disabilities (WCAG 2.2 A and AA), one line a rule and element."""
    still(page)
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
            .then(result => result.violations.flatMap(rule =>
                rule.nodes.map(node => rule.id + ": " + node.target.join(" ") + " — " + node.failureSummary)))"""
    )
    return list(found)


def still(page: Page) -> None:
    """Wait until the page is drawn and no colour is on its way to another: axe would judge the one between.

    What moves without end (a spinner, a meter of sound) is not waited for.
    """
    page.evaluate(
        """async () => {
            const until = performance.now() + 10_000;
            const frame = () => new Promise(requestAnimationFrame);
            const moving = () => document.getAnimations().some(one =>
                one.playState === "running" && Number.isFinite(one.effect.getComputedTiming().endTime));
            // Two frames: a theme that has just changed starts its transitions with the first.
            await frame();
            await frame();
            while (moving() && performance.now() < until) await frame();
        }"""
    )


def watch(page: Page, selector: str) -> None:
    """From now on note what the elements of `selector` say while they are to be seen: `watched` tells it.

    For what comes and goes by itself: looked at from here, now and then, a slow machine would miss it.
    """
    page.evaluate(
        """selector => {
            const said = ((window.watched ??= {})[selector] = []);
            const look = () => {
                for (const one of document.querySelectorAll(selector)) {
                    const text = one.textContent.trim();
                    if (one.checkVisibility() && text !== said.at(-1)) said.push(text);
                }
            };
            new MutationObserver(look).observe(document.documentElement, {
                subtree: true, childList: true, characterData: true, attributes: true,
            });
            look();
        }""",
        selector,
    )


def watched(page: Page, selector: str) -> list[str]:
    """What the elements of `selector` have said since `watch`, in the order of time."""
    return list(page.evaluate("selector => window.watched[selector]", selector))


def window(chromium: Browser, site: str, user: User, **options: Any) -> Console:
    """A browser window in which `user` is signed in; `options` go to Playwright's new_context."""
    context = chromium.new_context(**({"viewport": VIEWPORT, "color_scheme": "light"} | options))
    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return Console(context, site)


def settled() -> None:
    """Wait until the web server's last requests have left the database: they and a TRUNCATE of all tables deadlock."""
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    calm, deadline = 0, time.monotonic() + 30
    while calm < 3 and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(f"{busy} AND state <> 'idle'")
            calm = calm + 1 if cursor.fetchone()[0] == 0 else 0
        time.sleep(0.05)


@pytest.fixture
def console(chromium: Browser, site: str, recruiter: User) -> Iterator[Console]:
    opened = window(chromium, site, recruiter)
    yield opened
    opened.context.close()
    settled()
    assert opened.errors == []


@pytest.fixture
def dark_console(chromium: Browser, site: str, recruiter: User) -> Iterator[Console]:
    opened = window(chromium, site, recruiter, color_scheme="dark")
    yield opened
    opened.context.close()
    settled()
    assert opened.errors == []
