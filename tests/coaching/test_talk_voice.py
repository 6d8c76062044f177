"""The page where one talks aloud with the coach: Chromium whose microphone plays a file, and a coach who answers."""

# ruff: noqa: F811  fixtures of another test
from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from coaching.models import Message, Session
from interviews.states import Medium
from tests.coaching.talking import session
from tests.console.conftest import violations
from tests.interviews.test_room_voice import PHONE, Browse, browse, expect_turns, plays_sound, site  # noqa: F401
from tests.processes import PATIENCE, wait_until
from tests.simulator import Simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

FIRST = "We sort the invoices of three hundred small workshops that lose six hours a week to paper."
TYPED = "And each of them wins back five hours a week."
SLOWLY = PATIENCE * 1000


def _spoken(held: Session) -> list[tuple[str, str]]:
    return list(Message.objects.filter(session=held).order_by("number").values_list("side", "medium"))


def _enter(page: Page, site: str, held: Session) -> None:
    """From the session's page into the room, as far as the check of the sound."""
    page.goto(f"{site}/coaching/sessions/{held.pk}")
    page.get_by_role("button", name="Talk aloud").click()
    expect(page.get_by_role("heading", name="Check your sound")).to_be_focused(timeout=SLOWLY)


def test_trainee_speaks_on_a_phone_and_the_coach_answers(browse: Browse, site: str, simulator: Simulator) -> None:
    simulator.control(sentences=[FIRST])
    held = session(agenda="Raise half a million", meeting_subtype="Seed round")
    # The coach opens first; who is slow to load the page only breaks in.
    with browse((18.0, FIRST), user=held.user, **PHONE) as page:
        _enter(page, site, held)
        expect(page.get_by_text("We hear you.")).to_be_visible(timeout=SLOWLY)
        assert violations(page) == []
        page.get_by_role("button", name="Join with microphone").click()
        expect(page.get_by_text("Connected")).to_be_visible(timeout=SLOWLY)
        # Captions stand there while the coach speaks, before its words are stored.
        expect(page.locator(".gr-turn--live [data-text]").first).to_contain_text("Hello", timeout=SLOWLY)
        assert plays_sound(page)
        expect_turns(page, 3, seconds=PATIENCE)
        expect(page.locator("#turn-2 [data-text]")).to_have_text(FIRST)
        expect(page.locator("#turn-3")).to_contain_text("Coach")
        assert violations(page) == []
        page.get_by_role("button", name="What it is about").click()
        expect(page.get_by_text("Seed round").first).to_be_visible()
        page.get_by_role("button", name="Conversation").click()
        page.get_by_role("link", name="Leave").click()
        page.wait_for_url(f"**/coaching/sessions/{held.pk}")
        expect(page.get_by_text(FIRST).first).to_be_visible()
    # The page of the session has had the coach open already; in the room these words are said once more.
    assert [side for side, _ in _spoken(held)[:3]] == ["coach", "trainee", "coach"]
    assert [medium for _, medium in _spoken(held)[1:3]] == [Medium.VOICE, Medium.VOICE]
    held.refresh_from_db()
    assert (held.status, held.turns) == ("in_progress", 1)


def test_trainee_types_in_the_room_comes_back_and_completes(browse: Browse, site: str, simulator: Simulator) -> None:
    held = session()
    with browse(user=held.user) as page:
        _enter(page, site, held)
        page.get_by_role("button", name="Listen, and type").click()
        expect_turns(page, 1, seconds=PATIENCE)
        for number in range(1, 4):
            if number == 2:  # a reload goes straight back in
                page.reload()
                expect(page.get_by_text("Connected")).to_be_visible(timeout=SLOWLY)
                expect(page.get_by_role("heading", name="Check your sound")).to_be_hidden()
            page.get_by_role("textbox").fill(f"{TYPED} That is reason number {number}, and the workshops tell us so.")
            page.keyboard.press("Enter")
            expect_turns(page, 2 * number + 1, seconds=PATIENCE)
        expect(page.locator(".gr-turn--sending")).to_have_count(0)
        page.get_by_role("button", name="Complete").click()
        page.get_by_role("dialog").get_by_role("button", name="Complete").click()
        page.wait_for_url("**/evaluation", timeout=SLOWLY)
    wait_until(lambda: len(_spoken(held)) == 7, what="every word kept")
    assert [side for side, _ in _spoken(held)] == ["coach", *["trainee", "coach"] * 3]
    assert {medium for side, medium in _spoken(held) if side == "trainee"} == {Medium.TEXT}
    held.refresh_from_db()
    assert (held.status, held.turns) == ("completed", 3)
    assert held.overall is not None
