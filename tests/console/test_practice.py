"""A trainee's whole way, in Chromium: sign up, confirm, talk, be evaluated, see a line grow, take it all along.

A worker sends the letters, a mail server takes them, the simulator plays the coach and judges.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from pdfminer.high_level import extract_text
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from coaching.models import Message, Session
from coaching.states import MessageState, SessionState, Side
from tests import processes
from tests.coaching import practised
from tests.console.conftest import Console, settled, window
from tests.mailbox import Mailbox, text_of
from tests.simulator import Simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
EMAIL, PASSWORD = "noa.winter@example.com", "three herons on a wire"
ANSWERS = [text for side, text in practised.GOOD if side == "t"]
WEAK = [text for side, text in practised.POOR if side == "t"]
# Where pictures of every page that a test sees go, for whoever wants to look at them.
PICTURES = os.environ.get("GREENROOM_PICTURES", "")


@pytest.fixture(autouse=True)
def _counts_begin_anew() -> None:
    cache.clear()


class Trainee(Console):
    """A trainee's window. What a lost connection writes into the page's console is no error of the page."""

    def close(self) -> None:
        self.context.close()
        settled()
        lost = ("ERR_INTERNET_DISCONNECTED", "status of 503")
        assert [error for error in self.errors if not any(one in error for one in lost)] == []


@pytest.fixture
def visitor(chromium: Browser, site: str) -> Iterator[Trainee]:
    """Somebody who has no account yet."""
    opened = Trainee(chromium.new_context(viewport=WIDE, color_scheme="light"), site)  # type: ignore[arg-type]
    yield opened
    opened.close()


@pytest.fixture
def user(transactional_db: None) -> User:
    return practised.trainee("Noa Winter", EMAIL)


@pytest.fixture
def trainee(chromium: Browser, site: str, user: User) -> Iterator[Trainee]:
    """Somebody who is signed in."""
    opened = window(chromium, site, user, viewport=WIDE)
    opened.__class__ = Trainee
    assert isinstance(opened, Trainee)
    yield opened
    opened.close()


def seen(who: Trainee, heading: str | re.Pattern[str], name: str) -> Page:
    """The page is this one, fits, and axe finds nothing wrong with it: wide and light, narrow and dark."""
    page = who.page
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state("load")
    for size, scheme in ((PHONE, "dark"), (WIDE, "light")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("document.fonts.ready")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"
        assert who.violations() == [], name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}.png", full_page=True)
    return page


def lines(page: Page, side: str = "coach") -> str:
    """CSS of the whole lines of one side."""
    return f".gr-said--{side}:not(.gr-said--waiting)"


def idle(page: Page) -> None:
    """The coach has said all, and it is the trainee's turn."""
    expect(page.locator("[data-talk]")).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def say(page: Page, *texts: str) -> None:
    """Say these one after another, each after the coach's answer to the one before."""
    for text in texts:
        idle(page)
        before = page.locator(lines(page)).count()
        page.get_by_label("Your words").fill(text)
        page.keyboard.press("Enter")
        expect(page.locator(lines(page))).to_have_count(before + 1)
        idle(page)


def evaluated(page: Page) -> None:
    page.get_by_role("button", name="Complete and evaluate").click()
    page.wait_for_url("**/evaluation")


def letter(post: Mailbox) -> str:
    processes.wait_until(lambda: bool(post.letters), what="the letter that confirms the address")
    found = re.search(r"/coaching/verify#\S+", text_of(post.letters[0]))
    assert found
    return found[0]


def test_trainee_signs_up_practises_three_times_and_sees_the_line(
    visitor: Trainee, simulator: Simulator, tmp_path: Path
) -> None:
    with Mailbox() as post, processes.worker(children=1, **post.settings()):
        page = visitor.open("/coaching")
        seen(visitor, "Practise before it counts", "1-welcome").get_by_role("link", name="Sign up").first.click()
        page.get_by_label("Name").fill("Noa Winter")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        seen(visitor, "Practise before it counts", "2-sign-up").get_by_role("button", name="Sign up").click()
        seen(visitor, "Look into your mailbox", "3-mailed")
        link = letter(post)
    page.goto(visitor.site + link)
    # The token is in the form already, and gone from the address.
    expect(page.get_by_label("Code from the mail")).to_be_hidden()
    assert "#" not in page.url
    page.get_by_label("The password that you chose").fill(PASSWORD)
    seen(visitor, "Confirm your address", "4-verify").get_by_role("button", name="Confirm and begin").click()
    page = seen(visitor, "What do you want to practise?", "5-first-home")
    expect(page.get_by_text("Your address is confirmed")).to_be_visible()

    # --- the first one, from its card to its evaluation
    page.get_by_role("link", name=re.compile("^Pitch")).click()
    expect(page.get_by_role("radio", name=re.compile("^Pitch"))).to_be_checked()
    expect(page.locator("[data-example=tone]")).to_have_text("For example: Sceptical, curious")
    page.get_by_label("What exactly?").fill("Seed round, first meeting")
    seen(visitor, "Set up a session", "6-set-up").get_by_role("button", name="Begin").click()
    expect(page.locator(lines(page))).to_have_count(1)
    expect(page.locator(".gr-said--coach").first).to_contain_text("What are you building, and for whom?")
    idle(page)
    seen(visitor, "Pitch", "7-begun")
    page.get_by_role("button", name="Complete and evaluate").click()
    expect(page.get_by_role("alert")).to_be_visible()  # three messages are asked for, and the page says so
    idle(page)
    say(page, *WEAK)
    expect(page.locator("[data-part=missing]")).to_contain_text("You can complete it")
    seen(visitor, "Pitch", "8-talk")
    evaluated(page)
    seen(visitor, "Pitch", "9-evaluation")
    expect(page.locator(".gr-radar__shape")).to_be_visible()
    assert page.locator(".gr-scores > div").count() == 6
    quote = page.locator("blockquote a").first
    place = quote.get_attribute("href") or ""
    quote.click()
    expect(page.locator(place)).to_be_in_viewport()
    words = (quote.text_content() or "").strip("“” ")
    assert words in (page.locator(place).text_content() or "")
    expect(page.locator(f"{place} mark").first).to_be_visible()

    # --- the second one as the plan proposes it, the third of one's own
    page.get_by_role("link", name="Practice", exact=True).click()
    page = seen(visitor, "Welcome back, Noa", "10-home")
    page.get_by_role("button", name="Do this next").click()
    page.wait_for_url("**/sessions/*")
    prepared = Session.objects.latest("created_at")
    assert prepared.agenda
    say(page, *ANSWERS)
    evaluated(page)
    page.get_by_role("link", name="Practice", exact=True).click()
    page.get_by_role("link", name=re.compile("^Sales call")).click()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/sessions/*")
    say(page, *ANSWERS)
    evaluated(page)

    # --- how one gets on
    page.get_by_role("link", name="Progress").click()
    page = seen(visitor, "Progress", "11-progress")
    expect(page.locator("circle.gr-lines__dot")).to_have_count(3)
    expect(page.locator("dl.gr-figures")).to_contain_text("Improving")
    page.get_by_role("link", name="Language quality").click()
    expect(page.get_by_role("heading", name="Overall and language quality, session by session")).to_be_visible()
    page.get_by_role("link", name="History").click()
    page = seen(visitor, "History", "12-history")
    expect(page.locator(".gr-session-row")).to_have_count(3)
    page.get_by_label("What for").select_option("Sales")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".gr-session-row")).to_have_count(1)
    page.get_by_label("Where it stands").select_option("archived")
    page.get_by_role("button", name="Show").click()
    seen(visitor, "History", "13-none-like-that").get_by_role("link", name="Show all").click()

    # --- taken along
    page.locator(".gr-session-row a").last.click()
    with page.expect_download() as waited:
        page.get_by_role("link", name="PDF").click()
    paper = " ".join(extract_text(str(waited.value.path())).split())
    assert "Evaluation:" in paper
    assert "Seed round, first meeting" in paper
    assert WEAK[0][:60] in paper
    page.get_by_text("More", exact=True).click()
    with page.expect_download() as waited:
        page.get_by_role("link", name="Download as Markdown").click()
    assert WEAK[0][:60] in waited.value.path().read_text()
    page.get_by_role("link", name="Account").click()
    page = seen(visitor, "Your account", "14-account")
    page.get_by_label("Name").fill("Noa Sommer")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    page.get_by_role("link", name="Delete the account").click()
    seen(visitor, "Delete your account", "15-delete")
    page.get_by_label("Your password, to be sure").fill(PASSWORD)
    page.get_by_role("button", name="Delete it all").click()
    seen(visitor, "Your account is deleted", "16-deleted")
    assert not User.objects.filter(email=EMAIL).exists()
    assert not Session.objects.exists()


def test_nothing_that_was_said_is_lost_when_something_fails(trainee: Trainee, user: User, simulator: Simulator) -> None:
    held = practised.session(practised.GOOD[:3], user=user, status=SessionState.IN_PROGRESS)
    simulator.control(first_token_seconds=3, tokens_per_second=2)
    page = trainee.open(f"/coaching/sessions/{held.pk}")
    words = page.get_by_label("Your words")

    # --- it streams, thinking first, and is stopped by Escape
    words.fill("We put a scale under the tray.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="The coach is thinking")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    answer = page.locator(lines(page)).last
    expect(answer).to_contain_text("So “We")
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=state-text]")).to_have_text("You stopped the coach.")
    expect(answer).to_contain_text("Stopped here.")
    stopped = Message.objects.filter(session=held, state=MessageState.STOPPED)
    processes.wait_until(stopped.exists, what="what was said so far is kept")
    simulator.control(first_token_seconds=0, tokens_per_second=None)
    page.get_by_role("button", name="Let it say that anew").click()
    expect(page.get_by_text("Stopped here.")).to_have_count(0)
    idle(page)
    assert not stopped.exists()

    # --- the model fails, and is asked again
    simulator.control(rate_5xx=1.0)
    words.fill("It learns from what was left over.")
    page.keyboard.press("Enter")
    ask = page.get_by_role("button", name="Ask for the answer")
    expect(ask).to_be_visible()
    simulator.control(rate_5xx=0.0)
    page.reload()  # the words are kept, and so is what is owed
    expect(page.get_by_text("It learns from what was left over.")).to_be_visible()
    expect(page.get_by_text("Your last message was not answered yet.")).to_be_visible()
    assert seen(trainee, "Pitch", "17-owed")
    before = page.locator(lines(page)).count()
    ask.click()
    expect(page.locator(lines(page))).to_have_count(before + 1)
    idle(page)
    expect(ask).to_be_hidden()

    # --- the page is left while the coach speaks
    simulator.control(first_token_seconds=2, tokens_per_second=8)
    words.fill("Our bakeries save a third.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="The coach is thinking")).to_be_visible()
    mine = Message.objects.filter(session=held, text="Our bakeries save a third.")
    processes.wait_until(mine.exists, what="the words are kept before the model answers")
    simulator.control(first_token_seconds=0, tokens_per_second=None)
    page.reload()
    expect(page.get_by_text("Our bakeries save a third.")).to_have_count(1)
    assert mine.count() == 1
    again = page.get_by_role("button", name=re.compile("Ask for the answer|Let it say that anew"))
    if again.is_visible():
        again.click()
    idle(page)

    # --- the server is out of reach: the words go back to where they were typed, and survive a reload
    trainee.context.set_offline(True)
    words.fill("Every morning at four.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=state-text]")).to_contain_text("could not be sent")
    expect(words).to_have_value("Every morning at four.")
    trainee.context.set_offline(False)
    page.reload()
    expect(words).to_have_value("Every morning at four.")
    before = page.locator(lines(page)).count()
    words.press("Enter")
    expect(page.locator(lines(page))).to_have_count(before + 1)
    idle(page)
    expect(words).to_have_value("")

    # --- the line breaks when the words have arrived: sent once more, they are the same message
    page.route("**/messages", lambda route: (route.fetch(), route.abort("internetdisconnected"))[0], times=1)
    words.fill("Six of them pay for it.")
    words.press("Enter")
    expect(page.locator("[data-part=state-text]")).to_contain_text("could not be sent")
    expect(words).to_have_value("Six of them pay for it.")
    words.press("Enter")
    idle(page)
    expect(page.get_by_text("Six of them pay for it.", exact=True)).to_have_count(1)
    said = list(Message.objects.filter(session=held, side=Side.TRAINEE).values_list("text", flat=True))
    assert len(said) == len(set(said)) == 6

    # --- the very first words fail: the coach begins once more
    simulator.control(rate_5xx=1.0)
    new = practised.session((), user=user, status=SessionState.SETUP, completed_at=None)
    page.goto(f"{trainee.site}/coaching/sessions/{new.pk}")
    expect(ask).to_be_visible()
    simulator.control(rate_5xx=0.0)
    ask.click()
    expect(page.locator(lines(page))).to_have_count(1)
    idle(page)
    expect(ask).to_be_hidden()


def focused(page: Page, name: str) -> None:
    """Tab until what has the focus is called this."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(
            "n => document.activeElement?.matches(`:is(a,button,summary,input,textarea,select)`) && "
            "((document.activeElement.innerText || '') + (document.activeElement.value || '') + "
            "(document.activeElement.name || '')).includes(n)",
            name,
        ):
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_everything_is_reached_by_keyboard(trainee: Trainee, user: User, simulator: Simulator) -> None:
    page = trainee.open("/coaching")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    focused(page, "Interview")
    page.keyboard.press("Enter")
    page.wait_for_url("**/coaching/new?**")
    focused(page, "preparation_type")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("^Pitch"))).to_be_checked()
    focused(page, "meeting_subtype")
    page.keyboard.type("Seed round")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sessions/*")
    expect(page.locator(lines(page))).to_have_count(1)
    idle(page)
    for number, text in enumerate(ANSWERS, 1):
        expect(page.get_by_label("Your words")).to_be_focused()
        page.keyboard.insert_text(text)
        page.keyboard.press("Enter")
        expect(page.locator(lines(page))).to_have_count(1 + number)
        idle(page)
    page.evaluate("document.activeElement.blur()")
    focused(page, "Complete and evaluate")
    page.keyboard.press("Enter")
    page.wait_for_url("**/evaluation")
    focused(page, "More")
    page.keyboard.press("Enter")
    focused(page, "Archive")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Archived")
    seen(trainee, "Archived", "18-archived")
    focused(page, "Undo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The session is back.")).to_be_visible()
    assert Session.objects.get().status == SessionState.COMPLETED


def test_all_of_it_works_without_a_script(chromium: Browser, site: str, user: User, simulator: Simulator) -> None:
    opened = window(chromium, site, user, viewport=PHONE, java_script_enabled=False)
    page = opened.page
    page.goto(f"{site}/coaching/new")
    page.get_by_role("radio", name=re.compile("^Pitch")).check(force=True)
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Let the coach begin").click()
    expect(page.locator(lines(page))).to_have_count(1)
    for number, text in enumerate(ANSWERS, 1):
        page.get_by_label("Your words").fill(text)
        page.get_by_role("button", name="Send").click()
        expect(page.locator(lines(page))).to_have_count(1 + number)
    simulator.control(rate_5xx=1.0)
    page.get_by_label("Your words").fill("And we are four.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Your words are kept")
    simulator.control(rate_5xx=0.0)
    page.get_by_role("button", name="Ask for the answer").click()
    expect(page.locator(lines(page))).to_have_count(5)
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "19-without-script.png", full_page=True)
    page.get_by_role("button", name="Complete and evaluate").click()
    expect(page.get_by_role("heading", name="Why these scores")).to_be_visible()
    page.get_by_text("Clarity and structure:", exact=False).first.click()
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "20-evaluation-without-script.png", full_page=True)
    opened.context.close()
    settled()
    assert Session.objects.get().overall is not None
