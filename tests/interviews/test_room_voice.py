"""The room page by voice: Chromium whose microphone plays a file, a real LiveKit, a real worker, real sound back."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from accounts.models import User
from interviews import links, transcript
from interviews.models import Interview
from interviews.states import EndReason, InterviewState, Medium, Role, Speaker
from tests import processes
from tests.agents.interviews import plan
from tests.agents.voices import started
from tests.caller import RATE, speech
from tests.console.conftest import CHROMIUM, CHROMIUM_FLAGS, VIEWPORT, violations
from tests.livekit import LiveKit
from tests.processes import Process
from tests.simulator import Simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

FULL = "My team built a new billing system in three months, and I wrote most of it myself."
STOP = "I want to stop here."
QUESTION = "What did you build with your team last year?"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
Browse = Callable[..., AbstractContextManager[Page]]


@pytest.fixture
def recruiter() -> User:
    return User.objects.create_superuser("ida.sommer@example.com", "a long password", name="Ida Sommer")


@pytest.fixture
def site(agent_worker: Process, livekit_server: LiveKit, simulator: Simulator) -> Iterator[str]:
    """The web server, which LiveKit tells of who comes and goes."""
    simulator.control(sentences=[FULL, STOP, QUESTION])
    speech_settings = {"SPEECH_BASE_URL": simulator.base_url, "SPEECH_API_KEY": "simulated"}
    with processes.web(port=livekit_server.webhook_port, **livekit_server.settings() | speech_settings) as address:
        yield address


@pytest.fixture
def browse(site: str, tmp_path: Path) -> Browse:
    """A browser whose microphone hears texts, each after so many seconds of silence, and silence behind."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; .ci/run installs it")

    @contextmanager
    def opened(*heard: tuple[float, str], user: User | None = None, **options: object) -> Iterator[Page]:
        flags = [
            *CHROMIUM_FLAGS,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={sound_file(tmp_path / 'microphone.wav', heard)}%noloop",
            "--autoplay-policy=no-user-gesture-required",
        ]
        # Playwright's synchronous API runs an event loop in this thread, which Django would take for an async view.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            context = browser.new_context(**{"viewport": VIEWPORT} | options)  # type: ignore[arg-type]
            if user is not None:
                client = Client()
                client.force_login(user)
                context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
            page = context.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            yield page
            browser.close()
            connection.close()  # the one of code in a loop, which is another than this thread's outside of it
        assert errors == []

    return opened


def sound_file(path: Path, heard: tuple[tuple[float, str], ...]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        # A tone, for the check before the room: it is sound, and no word.
        tone = np.sin(np.arange(RATE) * 2 * np.pi * 440 / RATE) * 12_000
        file.writeframes(tone.astype(np.int16).tobytes())
        for seconds, text in (*heard, (60.0, "")):
            file.writeframes(bytes(2 * int(seconds * RATE)))
            if text:
                file.writeframes(speech(text))
    return path


def expect_turns(page: Page, count: int, *, seconds: float = 40) -> None:
    expect(page.locator("[data-part=turns] > li").nth(count - 1)).to_be_visible(timeout=seconds * 1000)


def plays_sound(page: Page) -> bool:
    return bool(
        page.evaluate("[...document.querySelectorAll('audio')].some(one => !one.paused && one.currentTime > 0)")
    )


def test_candidate_is_interviewed_by_voice_on_a_phone(browse: Browse, site: str, recruiter: User) -> None:
    made = started(of=plan(questions=1), made_by=recruiter)
    # The notice is said first, then a question after each answer.
    with browse((17.0, FULL), (11.0, STOP), **PHONE) as page:
        page.goto(links.make(interview=made, actor=recruiter, site=site).interview_url)
        expect(page.get_by_text("You speak, or type.")).to_be_visible()
        page.get_by_role("link", name="Continue").click()
        page.get_by_label("I have read this and agree.").check()
        page.get_by_role("button", name="Agree").click()
        expect(page.get_by_role("heading", name="Check your sound")).to_be_focused()
        expect(page.get_by_role("meter", name="What we hear")).to_be_visible()
        expect(page.get_by_label("Microphone", exact=True).locator("option")).not_to_have_count(0)
        assert violations(page) == []
        page.get_by_role("button", name="Join with microphone").click()
        expect(page.get_by_text("Connected")).to_be_visible()
        expect(page.get_by_role("button", name="Mute")).to_be_visible()
        # Captions stand there while the AI speaks, before its turn is stored.
        expect(page.locator(".gr-turn--live [data-text]").first).to_contain_text("Hello")
        assert plays_sound(page)
        expect_turns(page, 2)
        expect(page.locator("#turn-2 [data-text]")).to_have_text(FULL)
        expect_turns(page, 3)
        expect(page.get_by_text("This interview has ended. Thank you.").first).to_be_visible()
        page.get_by_role("link", name="What happens next").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    made.refresh_from_db()
    assert made.status == InterviewState.COMPLETED
    assert made.end_reason == EndReason.DECLINED
    spoken = transcript.of(made.room_id)
    assert [turn.speaker for turn in spoken[:4]] == [Speaker.INTERVIEWER, Speaker.CANDIDATE] * 2
    assert {turn.medium for turn in spoken} == {Medium.VOICE}


def test_recruiter_interviews_by_voice_mutes_types_and_comes_back(browse: Browse, site: str, recruiter: User) -> None:
    made = started(role=Role.INTERVIEWER, of=plan(questions=1), made_by=recruiter)
    with browse((11.0, QUESTION), user=recruiter) as page:
        page.goto(f"{site}/admin/interviews/interview/{made.pk}/room/")
        expect(page.get_by_text("We hear you.")).to_be_visible()
        page.get_by_role("button", name="Join with microphone").click()
        expect_turns(page, 3)
        expect(page.locator("#turn-1")).to_contain_text("I am an AI")
        expect(page.locator("#turn-2 [data-text]")).to_have_text(QUESTION)
        expect(page.locator("#turn-3").get_by_text("AI", exact=True)).to_be_visible()
        expect(page.get_by_role("textbox")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("m")
        expect(page.get_by_role("button", name="Unmute")).to_be_visible()
        # A reload goes straight back in, as it was: muted, with the transcript.
        page.reload()
        expect(page.get_by_text("Connected")).to_be_visible()
        expect(page.get_by_role("heading", name="Check your sound")).to_be_hidden()
        expect_turns(page, 3)
        expect(page.get_by_role("button", name="Unmute")).to_be_visible()
        page.get_by_role("textbox").fill("And what was your own part in it?")
        page.keyboard.press("Enter")
        expect_turns(page, 5)
        expect(page.locator(".gr-turn--sending")).to_have_count(0)
        page.get_by_role("button", name="End for all").click()
        page.get_by_role("dialog").get_by_role("button", name="End for all").click()
        page.wait_for_url(f"**/{made.pk}/change/")
    texts = [turn.text for turn in transcript.of(made.room_id)]
    assert texts[1] == QUESTION
    assert texts[3] == "And what was your own part in it?"
    assert made.room.participants.filter(type="interviewer").count() == 1
    assert Interview.objects.get(pk=made.pk).status == InterviewState.COMPLETED


def test_one_without_a_microphone_joins_and_types(browse: Browse, site: str, recruiter: User) -> None:
    made = started(of=plan(questions=1), made_by=recruiter)
    with browse(user=recruiter) as page:
        page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); }"
        )
        page.goto(f"{site}/admin/interviews/interview/{made.pk}/room/")
        expect(page.get_by_role("alert").filter(has_text="No microphone was found.")).to_be_visible()
        expect(page.get_by_role("button", name="Join with microphone")).to_be_disabled()
        page.get_by_role("button", name="Join and type instead").click()
        expect_turns(page, 1)
        page.get_by_role("textbox").fill(FULL)
        page.keyboard.press("Enter")
        expect_turns(page, 3)
        expect(page.locator("#turn-2 [data-text]")).to_have_text(FULL)
