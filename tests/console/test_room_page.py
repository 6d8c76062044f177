"""The room page in Chromium: text interviews held to the end in both parts, by keyboard, on a phone, offline."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from candidates.models import Candidate
from interviews import interviewing, links, transcript
from interviews.models import Interview, InterviewConsent, Room, Turn
from interviews.states import EndReason, InterviewState, Role, Speaker
from tests import processes
from tests.agents.interviews import FULL, plan
from tests.agents.interviews import interview as make
from tests.console.conftest import Console, settled, watch, watched, window
from tests.interviews.making import make_hint, make_prebrief
from tests.simulator import Simulator

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
QUESTION = "Which renewal did you lead yourself, and what came of it?"


@pytest.fixture
def interviewed(recruiter: User) -> Interview:
    """A text interview with one question and a closing one, in which the human is the candidate."""
    return make(of=plan(questions=1), made_by=recruiter)


@pytest.fixture
def interviewing_human(recruiter: User) -> Interview:
    """A text interview in which the human is the interviewer."""
    return make(role=Role.INTERVIEWER, of=plan(questions=1), made_by=recruiter)


@pytest.fixture
def guest(chromium: Browser, site: str) -> Iterator[Console]:
    """A phone of somebody without an account."""
    opened = Console(chromium.new_context(color_scheme="light", **PHONE), site)
    yield opened
    opened.context.close()
    settled()
    assert opened.errors == []


def room_of(interview: Interview) -> str:
    return f"/admin/interviews/interview/{interview.pk}/room/"


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox").fill(text)
    page.get_by_role("button", name="Send").click()


def said(page: Page) -> list[str]:
    return page.locator("[data-part=turns] [data-text]").all_inner_texts()


def expect_turns(page: Page, count: int) -> None:
    expect(page.locator("[data-part=turns] > li")).to_have_count(count)


def answer_until_the_end(page: Page, interview: Interview, *answers: str) -> None:
    """Answer the AI interviewer until it has ended the interview, which may be before the last of these answers."""
    for answer in answers:
        before = page.locator("[data-part=turns] > li").count()
        say(page, answer)
        expect_turns(page, before + 2)
        # Stored together with the AI's last words.
        interview.refresh_from_db()
        if interview.progress["is_over"]:
            break
    expect(page.locator("[data-part=over]")).to_be_visible()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


# --- both parts, to the end -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
def test_recruiter_interviews_gets_hints_and_ends_for_all(console: Console, interviewing_human: Interview) -> None:
    one = interviewing_human
    page = console.open(room_of(one))
    expect(page.get_by_text("AI present")).to_be_visible()
    expect(page.get_by_text("Words kept")).to_be_visible()
    expect(page.get_by_text("You begin.")).to_be_visible()
    say(page, QUESTION)
    expect_turns(page, 2)
    assert said(page) == [turn.text for turn in transcript.of(one.room_id)]
    expect(page.locator("#turn-2").get_by_text("AI", exact=True)).to_be_visible()
    hint = page.locator("[data-part=hints] > li").first
    expect(hint).to_be_visible()
    hint.get_by_role("button", name="Put into my message").click()
    suggestion = hint.locator(".gr-hint__text").inner_text()
    expect(page.get_by_role("textbox")).to_have_value(suggestion)
    hint.get_by_role("button", name="Show turn 2").click()
    expect(page.locator("#turn-2")).to_be_focused()
    page.get_by_role("button", name="Send").click()
    expect_turns(page, 4)
    page.get_by_role("button", name="End for all").click()
    dialog = page.get_by_role("dialog", name="End the interview?")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="End for all").click()
    dialog.get_by_role("button", name="End for all").click()
    page.wait_for_url(f"**/{one.pk}/change/")
    one.refresh_from_db()
    assert one.status == InterviewState.COMPLETED
    assert one.end_reason == EndReason.BY_PERSON


def test_recruiter_is_interviewed_until_the_plan_is_over(console: Console, interviewed: Interview) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    expect(page.locator("#turn-1")).to_contain_text("I am an AI interviewer")
    expect(page.locator("[data-stage=experience]")).to_have_attribute("data-state", "current")
    answer_until_the_end(page, interviewed, FULL, "No, thank you, I have no question.", "Goodbye.")
    expect(page.get_by_text("This interview has ended. Thank you.").first).to_be_visible()
    expect(page.locator("[data-stage=experience]")).to_have_attribute("data-state", "done")
    expect(page.get_by_role("textbox")).to_be_hidden()
    link = page.get_by_role("link", name="To the interview's page")
    expect(link.last).to_be_focused()
    interviewed.refresh_from_db()
    assert interviewed.status == InterviewState.COMPLETED
    assert interviewed.end_reason == EndReason.FINISHED
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{interviewed.pk}/change/")
    page.goto(console.site + room_of(interviewed))
    assert page.url.endswith(f"/{interviewed.pk}/change/")


def test_one_who_plays_the_candidate_sees_nothing_of_the_interviewers(
    console: Console, interviewed: Interview, recruiter: User
) -> None:
    Room.objects.filter(pk=interviewed.room_id).update(briefing={"notes": "Ask about the gap."})
    make_prebrief(interviewed.candidate)
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    say(page, FULL)
    expect_turns(page, 3)
    make_hint(Turn.objects.get(room_id=interviewed.room_id, number=2))
    page.reload()
    expect_turns(page, 3)
    content = page.content()
    for secret in ("Ask about the gap", "in numbers", "Briefing", "Hints", "Which renewal number 1 did you lead, and"):
        assert secret not in re.sub(r"<li[^>]+gr-turn.*?</li>", "", content, flags=re.DOTALL), secret
    expect(page.get_by_text("Experience")).to_be_visible()


def test_interviewer_sees_briefing_prebrief_and_plan(console: Console, interviewing_human: Interview) -> None:
    one = interviewing_human
    Room.objects.filter(pk=one.room_id).update(
        briefing={"notes": "Ask about the gap.", "focus_areas": ["Working at night"], "resume_summary": "Sells."}
    )
    make_prebrief(one.candidate)
    page = console.open(room_of(one))
    side = page.get_by_role("complementary")
    for words in ("Ask about the gap.", "Working at night", "Experience", "An AI is in this room."):
        expect(side.get_by_text(words).first).to_be_visible()
    side.get_by_text("Which renewal number 1 did you lead").click()
    expect(page.get_by_role("textbox")).to_have_value(re.compile("^Which renewal number 1"))
    expect(page.get_by_role("textbox")).to_be_focused()


def test_answer_is_seen_while_it_is_said(console: Console, interviewing_human: Interview, simulator: Simulator) -> None:
    simulator.control(first_token_seconds=0.6, tokens_per_second=6)
    page = console.open(room_of(interviewing_human))
    thinking, live = "[data-part=thinking]", ".gr-turn--live [data-text]"
    watch(page, thinking)
    watch(page, live)
    say(page, QUESTION)
    expect_turns(page, 2)
    expect(page.locator(live)).to_have_count(0)
    expect(page.locator(thinking)).to_be_hidden()
    whole = transcript.of(interviewing_human.room_id)[1].text
    assert said(page)[1] == whole
    assert watched(page, thinking)
    pieces = watched(page, live)
    assert whole.startswith(pieces[0])
    assert len(pieces[0]) < len(whole)


# --- coming back, bad lines -------------------------------------------------------------------------------------------


def test_reload_comes_back_to_where_it_was(console: Console, interviewed: Interview) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    say(page, FULL)
    expect_turns(page, 3)
    before = said(page)
    page.get_by_role("textbox").fill("Half an answ")
    page.reload()
    expect_turns(page, 3)
    assert said(page) == before
    expect(page.get_by_role("textbox")).to_have_value("Half an answ")
    expect(page.get_by_text("Connected")).to_be_visible()
    say(page, "Half an answer, now whole.")
    expect_turns(page, 5)
    assert interviewed.room.participants.count() == 1
    assert [turn.number for turn in transcript.of(interviewed.room_id)] == [1, 2, 3, 4, 5]


def test_reload_while_the_answer_is_made_loses_nothing(
    console: Console, interviewed: Interview, simulator: Simulator
) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    simulator.control(first_token_seconds=1.5)
    say(page, FULL)
    expect(page.locator("[data-part=turns] > li")).to_have_count(2)
    page.reload()
    expect_turns(page, 3)
    assert [turn.text for turn in transcript.of(interviewed.room_id)] == said(page)
    assert Turn.objects.filter(room_id=interviewed.room_id, by_agent=False).count() == 1


def test_lost_line_is_told_and_found_again(console: Console, interviewed: Interview) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    expect(page.get_by_text("Connected")).to_be_visible()
    console.context.set_offline(True)
    expect(page.get_by_text("The connection was lost.")).to_be_visible()
    transcript.record(
        room_id=interviewed.room_id,
        said=transcript.Said(key="meanwhile", speaker=Speaker.CANDIDATE, text="Said in the meantime."),
    )
    console.context.set_offline(False)
    expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    expect(page.get_by_text("The connection was lost.")).to_be_hidden()
    expect(page.get_by_text("Said in the meantime.")).to_be_visible()
    console.errors.clear()  # the browser notes each request that had no line


def test_what_could_not_be_sent_is_kept_and_sent_once(console: Console, interviewed: Interview) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    page.route("**/turns", lambda route: route.abort())
    say(page, FULL)
    expect(page.get_by_role("alert").filter(has_text="Not sent: there is no connection.")).to_be_visible()
    page.unroute("**/turns")
    page.get_by_role("button", name="Try again").click()
    expect_turns(page, 3)
    assert Turn.objects.filter(room_id=interviewed.room_id, by_agent=False).count() == 1
    assert page.locator(".gr-turn--failed").count() == 0
    console.errors.clear()


def test_same_words_again_are_sent_again_after_a_reload(console: Console, interviewed: Interview) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    say(page, FULL)
    expect_turns(page, 3)
    page.route("**/turns", lambda route: route.abort())
    say(page, FULL)
    expect(page.get_by_role("alert").filter(has_text="Not sent: there is no connection.")).to_be_visible()
    page.unroute("**/turns")
    page.reload()
    expect_turns(page, 5)
    assert [turn.text for turn in transcript.of(interviewed.room_id) if not turn.by_agent] == [FULL, FULL]
    console.errors.clear()


def test_refusal_of_the_server_is_told_in_its_words(console: Console, interviewing_human: Interview) -> None:
    page = console.open(room_of(interviewing_human))
    page.route(
        "**/turns",
        lambda route: route.fulfill(
            status=503,
            content_type="application/json",
            body='{"error": {"code": "model_failed", "message": "The model does not answer."}}',
        ),
    )
    say(page, QUESTION)
    expect(page.get_by_role("alert").filter(has_text="The model does not answer.")).to_be_visible()
    page.unroute("**/turns")
    page.get_by_role("button", name="Try again").click()
    expect_turns(page, 2)
    console.errors.clear()  # the browser notes the 503


def test_interview_that_somebody_else_ended_ends_here(console: Console, interviewed: Interview) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    interviewing.end(interviewed, reason=EndReason.BY_PERSON)
    expect(page.get_by_text("This interview has ended. Thank you.").first).to_be_visible()
    expect(page.get_by_role("textbox")).to_be_hidden()


def test_words_of_people_are_never_markup(console: Console, interviewing_human: Interview) -> None:
    one = interviewing_human
    evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    Candidate.objects.filter(pk=one.candidate_id).update(name=evil)
    Room.objects.filter(pk=one.room_id).update(candidate_name=evil)
    transcript.record(room_id=one.room_id, said=transcript.Said(key="a", speaker=Speaker.INTERVIEWER, text=evil))
    turn, _ = transcript.record(
        room_id=one.room_id, said=transcript.Said(key="b", speaker=Speaker.CANDIDATE, text=evil, by_agent=True)
    )
    make_hint(turn)
    page = console.open(room_of(one))
    expect_turns(page, 2)
    assert said(page) == [evil, evil]
    assert page.locator("main img, main script, h1 img").count() == 0


# --- keyboard, phone, everybody ---------------------------------------------------------------------------------------


def test_everything_can_be_done_by_keyboard_alone(console: Console, interviewing_human: Interview) -> None:
    page = console.open(room_of(interviewing_human))
    keys = page.keyboard
    expect(page.get_by_role("textbox")).to_be_focused()
    keys.type("And by")
    keys.press("Shift+Enter")
    keys.type("keyboard?")
    keys.press("Enter")
    expect_turns(page, 2)
    assert said(page)[0] == "And by\nkeyboard?"
    keys.press("Escape")
    expect(page.get_by_role("textbox")).not_to_be_focused()
    keys.press("h")
    expect(page.locator("[data-part=hints-card]")).to_be_focused()
    keys.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    keys.press("e")  # within a dialog single keys do nothing
    expect(page.get_by_role("dialog", name="End the interview?")).to_be_hidden()
    keys.press("Escape")
    expect(shortcuts).to_be_hidden()
    keys.press("t")
    expect(page.get_by_role("textbox")).to_be_focused()
    keys.type("e")
    expect(page.get_by_role("textbox")).to_have_value("e")
    keys.press("Backspace")
    keys.press("Escape")
    keys.press("e")
    dialog = page.get_by_role("dialog", name="End the interview?")
    expect(dialog.get_by_role("button", name="Go on")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_url(f"**/{interviewing_human.pk}/change/")


def test_single_keys_can_be_switched_off_for_good(console: Console, interviewing_human: Interview) -> None:
    page = console.open(room_of(interviewing_human))
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("dialog", name="End the interview?")).to_be_hidden()


def test_leaving_leaves_the_room_open(console: Console, interviewed: Interview) -> None:
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    page.get_by_role("textbox").blur()
    page.keyboard.press("l")
    page.wait_for_url(f"**/{interviewed.pk}/change/")
    interviewed.refresh_from_db()
    assert interviewed.status == InterviewState.ACTIVE


def test_room_fits_a_phone(chromium: Browser, site: str, recruiter: User, interviewing_human: Interview) -> None:
    opened = window(chromium, site, recruiter, **PHONE)
    page = opened.open(room_of(interviewing_human))
    say(page, QUESTION)
    expect_turns(page, 2)
    assert fits(page)
    expect(page.locator("[data-part=hints-card]")).to_be_hidden()
    page.get_by_role("button", name="Hints").click()
    expect(page.locator("[data-part=hints-card]")).to_be_visible()
    expect(page.get_by_role("textbox")).to_be_hidden()
    page.get_by_role("button", name="Plan & briefing").click()
    expect(page.get_by_role("heading", name="Stages")).to_be_visible()
    assert fits(page)
    assert opened.violations() == []
    page.get_by_role("button", name="Conversation").click()
    box = page.get_by_role("button", name="Send").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    opened.context.close()
    assert opened.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rooms_can_be_used_by_everybody(
    theme: str,
    request: pytest.FixtureRequest,
    interviewing_human: Interview,
    interviewed: Interview,
) -> None:
    console: Console = request.getfixturevalue("console" if theme == "light" else "dark_console")
    make_prebrief(interviewing_human.candidate)
    page = console.open(room_of(interviewing_human))
    say(page, QUESTION)
    expect_turns(page, 2)
    make_hint(Turn.objects.get(room_id=interviewing_human.room_id, number=2))
    page.reload()
    expect_turns(page, 2)
    assert page.evaluate("document.documentElement.classList.contains('dark')") is (theme == "dark")
    assert console.violations() == []
    page.keyboard.press("Escape")
    for key in ("?", "e"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert console.violations() == []
        page.keyboard.press("Escape")
    page = console.open(room_of(interviewed))
    expect_turns(page, 1)
    assert console.violations() == []
    console.open(f"/admin/interviews/interview/{interviewed.pk}/link/")
    assert console.violations() == []


# --- candidates who come by a link ------------------------------------------------------------------------------------


def link_for(interview: Interview, site: str) -> str:
    return links.make(interview=interview, actor=interview.made_by, site=site).interview_url


def test_candidate_comes_by_the_link_and_is_interviewed_to_the_end(guest: Console, interviewed: Interview) -> None:
    address = link_for(interviewed, guest.site)
    token = address.partition("#")[2]
    page = guest.page
    page.goto(address)
    expect(page.get_by_role("heading", name="Ida Sommer invites you")).to_be_visible()
    assert page.url == f"{guest.site}/interviews/{interviewed.pk}"
    assert token not in page.content()
    assert fits(page)
    assert guest.violations() == []
    page.get_by_role("link", name="Continue").click()
    assert guest.violations() == []
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Agree").click()
    expect_turns(page, 1)
    assert InterviewConsent.objects.filter(interview=interviewed).count() == 1
    assert fits(page)
    assert guest.violations() == []
    # Whatever else is shown, on a phone too: that an AI is there, what is kept, and where a person is.
    for words in ("AI present", "Words kept", "A person:"):
        expect(page.get_by_text(words, exact=True).first).to_be_in_viewport()
    say(page, FULL)
    expect_turns(page, 3)
    # Away for a moment, and back by the same link.
    page.get_by_role("link", name="Leave").click()
    page.get_by_role("link", name="Go on with the interview").click()
    expect_turns(page, 3)
    answer_until_the_end(page, interviewed, "No, thank you, I have no question.", "Goodbye.")
    page.get_by_role("link", name="What happens next").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert guest.violations() == []
    page.goto(address.partition("#")[0])
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert token not in str(guest.context.storage_state())


def test_candidate_may_end_at_any_time(guest: Console, interviewed: Interview) -> None:
    page = guest.page
    page.goto(link_for(interviewed, guest.site))
    page.get_by_role("link", name="Continue").click()
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Agree").click()
    expect_turns(page, 1)
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End the interview").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    interviewed.refresh_from_db()
    assert interviewed.status == InterviewState.COMPLETED


def test_wrong_link_shows_one_plain_page(guest: Console, interviewed: Interview) -> None:
    page = guest.page
    page.goto(link_for(interviewed, guest.site)[:-4])
    expect(page.get_by_role("heading", name="This link does not open anything")).to_be_visible()
    assert guest.violations() == []
    page.goto(f"{guest.site}/interviews/{interviewed.pk}")
    expect(page.get_by_text("This address alone does not open an interview.")).to_be_visible()
    assert guest.violations() == []


def test_without_scripts_a_person_is_named(chromium: Browser, site: str, interviewed: Interview) -> None:
    context = chromium.new_context(java_script_enabled=False, **PHONE)
    page = context.new_page()
    page.goto(link_for(interviewed, site))
    expect(page.get_by_text("This interview needs JavaScript")).to_be_visible()
    expect(page.get_by_text("You can talk to a person at any time")).to_be_visible()
    expect(page.get_by_text("Opening your invitation…")).to_be_hidden()
    context.close()


def test_recruiter_makes_a_link_and_revokes_it(console: Console, guest: Console, interviewed: Interview) -> None:
    page = console.open(f"/admin/interviews/interview/{interviewed.pk}/link/")
    page.get_by_role("button", name="Make a link to copy").click()
    address = page.get_by_label("Link for").input_value()
    guest.page.goto(address)
    expect(guest.page.get_by_role("heading", name="Ida Sommer invites you")).to_be_visible()
    console.open(f"/admin/interviews/interview/{interviewed.pk}/link/")
    expect(page.get_by_text("In force, opened")).to_be_visible()
    assert address.partition("#")[2] not in page.content()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The link opens nothing any more.")).to_be_visible()
    guest.page.goto("about:blank")
    guest.page.goto(address)
    expect(guest.page.get_by_role("heading", name="This link does not open anything")).to_be_visible()


def test_recruiter_listens_while_the_candidate_talks(console: Console, guest: Console, interviewed: Interview) -> None:
    candidate = guest.page
    candidate.goto(link_for(interviewed, guest.site))
    candidate.get_by_role("link", name="Continue").click()
    candidate.get_by_label("I have read this and agree.").check()
    candidate.get_by_role("button", name="Agree").click()
    expect_turns(candidate, 1)
    page = console.open(room_of(interviewed))
    expect(page.get_by_text("you listen")).to_be_visible()
    expect_turns(page, 1)
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect(candidate.get_by_text("Also here: Ida Sommer")).to_be_visible()
    say(candidate, FULL)
    expect_turns(candidate, 3)
    expect_turns(page, 3)
    assert said(page) == said(candidate)
    candidate.reload()  # who listens is seen by those who come later, too
    expect(candidate.get_by_text("Also here: Ida Sommer")).to_be_visible()


def test_pages_of_links_are_small(guest: Console, interviewed: Interview) -> None:
    loaded: set[str] = set()
    guest.page.on("request", lambda request: loaded.add(request.url.partition("/static/built/")[2]))
    guest.page.goto(link_for(interviewed, guest.site))
    guest.page.get_by_role("link", name="Continue").click()
    guest.page.get_by_label("I have read this and agree.").check()
    guest.page.get_by_role("button", name="Agree").click()
    expect_turns(guest.page, 1)
    # No voice in a text room: livekit-client is not loaded.
    assert loaded - {""} == {"room_theme.js", "room.css", "opening.js", "room.js"}
    built = processes.ROOT / "static" / "built"
    assert sum((built / name).stat().st_size for name in loaded - {""}) < 80_000
    assert "livekit" not in (built / "console.js").read_text()
