"""The page at / and the chat beside a candidate, in Chromium: asked by keyboard, answered with sources, resumed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.files.base import ContentFile
from playwright.sync_api import Browser, BrowserContext, expect

from candidates.models import Document, ResumeChat
from tests import processes
from tests.candidates.recruiting import candidate
from tests.console.conftest import Console, settled, watch, watched
from tests.simulator import Simulator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1400, "height": 900}


@pytest.fixture(autouse=True)
def _nothing_asked_yet() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        if keys := client.keys("chat:*"):
            client.delete(*keys)


@pytest.fixture(params=[(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, site: str) -> Iterator[Console]:
    viewport, scheme = request.param
    # axe is put into the page as a script, which the page's own policy forbids.
    context: BrowserContext = chromium.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    window = Console(context, site)
    yield window
    context.close()
    settled()
    assert window.errors == []


def test_a_visitor_asks_reads_the_source_and_finds_it_all_after_a_reload(visitor: Console) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("heading", name="Ask about Robin Sample")).to_be_visible()
    assert visitor.violations() == []
    # By keyboard alone: a suggestion, then a question of one's own.
    page.get_by_role("button", name="Where did Robin study?").focus()
    page.keyboard.press("Enter")
    first = page.locator(".gr-chat__exchange").nth(0)
    expect(first).to_have_attribute("data-state", "answered")
    expect(first.locator("q").first).to_contain_text("Example University of Technology")
    page.get_by_label("Your question about Robin").fill("Which football club?")
    page.keyboard.press("Enter")
    second = page.locator(".gr-chat__exchange").nth(1)
    expect(second).to_contain_text("doesn't say")
    expect(second).to_have_attribute("data-state", "unfounded")
    assert visitor.violations() == []
    first.get_by_role("button", name="Source 1").click()
    cited = page.locator(".gr-paper__line.is-cited")
    expect(cited).to_have_count(1)
    expect(cited).to_be_in_viewport()
    expect(cited).to_be_focused()
    # Back by Escape, or by the button that follows the words.
    page.keyboard.press("Escape")
    expect(first.get_by_role("button", name="Source 1")).to_be_focused()
    expect(cited).to_have_count(0)
    page.keyboard.press("Enter")
    expect(cited).to_be_focused()
    assert visitor.violations() == []
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Back to the answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(first.get_by_role("button", name="Source 1")).to_be_focused()
    expect(page.get_by_role("button", name="Back to the answer")).to_have_count(0)
    page.reload()
    expect(page.locator(".gr-chat__exchange")).to_have_count(2)
    expect(page.locator(".gr-chat__exchange").nth(0).locator("q").first).to_be_visible()
    page.get_by_role("button", name="Forget this conversation").click()
    expect(page.locator(".gr-chat__exchange")).to_have_count(0)
    expect(page.get_by_role("button", name="Where did Robin study?")).to_be_visible()
    assert not ResumeChat.objects.exists()


def test_an_answer_can_be_stopped_and_a_failed_one_asked_again(visitor: Console, simulator: Simulator) -> None:
    page = visitor.open("/")
    simulator.control(tokens_per_second=4)
    page.get_by_label("Your question about Robin").fill("What did Robin do at Example Energy?")
    page.keyboard.press("Enter")
    exchange = page.locator(".gr-chat__exchange").nth(0)
    expect(exchange).to_have_attribute("data-state", "answering")
    page.get_by_role("button", name="Stop").click()
    expect(exchange).to_contain_text("Stopped.")
    simulator.control(tokens_per_second=None, next=["401"])
    page.get_by_label("Your question about Robin").fill("Where did Robin study?")
    page.get_by_role("button", name="Ask", exact=True).click()
    failed = page.locator(".gr-chat__exchange").nth(1)
    expect(failed).to_contain_text("can't be reached")
    assert visitor.violations() == []
    failed.get_by_role("button", name="Ask again").click()
    expect(failed).to_have_attribute("data-state", "answered")
    expect(page.locator(".gr-chat__exchange")).to_have_count(2)


def test_a_lost_line_comes_back_by_itself_and_goes_on(visitor: Console) -> None:
    page = visitor.page
    page.add_init_script(
        "window.lines = []; const Plain = WebSocket;"
        "window.WebSocket = class extends Plain { constructor(...of) { super(...of); lines.push(this); } };"
    )
    visitor.open("/")
    page.get_by_role("button", name="Has Robin led a team?").click()
    expect(page.locator('[data-state="answered"]')).to_have_count(1)
    processes.wait_until(ResumeChat.objects.exists, what="the conversation kept")
    watch(page, "[role=status]")
    page.evaluate("lines.at(-1).close(4000)")
    page.wait_for_function("lines.length > 1 && lines.at(-1).readyState === WebSocket.OPEN")
    expect(page.get_by_role("status")).to_be_hidden()
    assert any("Trying again" in words for words in watched(page, "[role=status]"))
    expect(page.locator(".gr-chat__exchange")).to_have_count(1)
    page.get_by_label("Your question about Robin").fill("And where did they study?")
    page.keyboard.press("Enter")
    expect(page.locator('[data-state="answered"]')).to_have_count(2)


def test_a_line_that_only_looks_open_is_given_up(visitor: Console) -> None:
    page = visitor.page
    page.clock.install()
    page.add_init_script(
        "window.lines = []; window.isDeaf = false; const Plain = WebSocket;"
        "window.WebSocket = class extends Plain {"
        "  constructor(...of) { super(...of); lines.push(this); this.mute = false; }"
        "  addEventListener(name, hear) { super.addEventListener(name, (event) => this.mute || hear(event)); }"
        "};"
    )
    visitor.open("/")
    page.wait_for_function("lines.length === 1 && lines[0].readyState === WebSocket.OPEN")
    page.get_by_role("button", name="Has Robin led a team?").click()
    expect(page.locator('[data-state="answered"]')).to_have_count(1)
    page.evaluate("lines[0].mute = true")
    page.get_by_label("Your question about Robin").fill("And where did they study?")
    page.keyboard.press("Enter")
    page.clock.run_for(25_000)
    page.clock.run_for(11_000)
    second = page.locator(".gr-chat__exchange").nth(1)
    expect(second).to_contain_text("The connection was lost before the answer was there.")
    page.clock.run_for(2_000)
    page.wait_for_function("lines.length === 2 && lines[1].readyState === WebSocket.OPEN")
    second.get_by_role("button", name="Ask again").click()
    expect(page.locator('[data-state="answered"]')).to_have_count(2)


def test_two_windows_of_one_conversation_take_turns(visitor: Console) -> None:
    page = visitor.open("/")
    page.get_by_role("button", name="Has Robin led a team?").click()
    expect(page.locator('[data-state="answered"]')).to_have_count(1)
    processes.wait_until(ResumeChat.objects.exists, what="the conversation kept")
    kept = page.evaluate("JSON.stringify({...sessionStorage})")
    other = visitor.context.new_page()
    other.add_init_script(f"for (const [key, value] of Object.entries({kept})) sessionStorage.setItem(key, value);")
    other.goto(f"{visitor.site}/")
    expect(other.locator(".gr-chat__exchange")).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("another window")
    page.get_by_role("button", name="Go on here").click()
    expect(other.get_by_role("status")).to_contain_text("another window")
    expect(page.locator(".gr-chat__exchange")).to_have_count(1)


def test_without_scripts_the_resume_can_be_read(chromium: Browser, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/")
    expect(page.get_by_text("Hired 9 of the 14 people")).to_be_visible()
    expect(page.get_by_text("The chat needs JavaScript")).to_be_visible()
    expect(page.locator("textarea")).to_be_hidden()
    context.close()


def test_a_recruiter_asks_beside_the_candidate(console: Console) -> None:
    about = candidate(name="Robin Sample")
    Document.objects.create(
        candidate=about,
        file=ContentFile(b"x", name="resume.pdf"),
        filename="resume.pdf",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        state=Document.State.READ,
        text="Built the container tracking pipeline for 12 ports.",
    )
    page = console.open(f"/admin/candidates/candidate/{about.pk}/change/")
    page.get_by_text("Ask about Robin Sample").click()
    question = page.get_by_label("Your question about Robin Sample")
    expect(question).to_be_focused()
    question.fill("What about the container tracking pipeline?")
    page.keyboard.press("Enter")
    answer = page.locator(".gr-chat__exchange")
    expect(answer).to_have_attribute("data-state", "answered")
    expect(answer).to_contain_text("resume.pdf")
    # The source leads to the words among the candidate's texts, and back.
    source = answer.get_by_role("button", name="Source 1")
    source.focus()
    page.keyboard.press("Enter")
    cited = page.locator("#sources mark.is-cited")
    expect(cited).to_have_text("Built the container tracking pipeline for 12 ports.")
    expect(cited).to_be_focused()
    expect(cited).to_be_in_viewport()
    assert console.violations() == []
    page.keyboard.press("Escape")
    expect(source).to_be_focused()
    expect(cited).to_have_count(0)
    question.fill("How old are they?")
    page.keyboard.press("Enter")
    expect(page.locator(".gr-chat__exchange").nth(1)).to_contain_text("must play no part")
    assert console.violations() == []
