"""A whole intake: a person with only the link and a phone, and the recruiter's page open beside it.

Nothing is a stand-in but the model: a worker reads the resume, mails and scores, the mail goes to a mail server, and by
voice a LiveKit server carries the sound of Chromium's microphone to a worker of agents and its answers back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.models import User
from candidates.models import Candidate, Document, Job
from candidates.schemas import ProfileField
from candidates.states import IntakeStatus, Source
from intake import answers
from intake.models import Intake
from intake.states import AnswerState, IntakeState, Via
from tests import processes
from tests.candidates.paper import Pdf
from tests.candidates.recruiting import candidate
from tests.console.conftest import CHROMIUM, CHROMIUM_FLAGS, Console, settled, window
from tests.intake import rounds
from tests.interviews.test_room_voice import plays_sound, sound_file
from tests.livekit import LiveKit
from tests.mailbox import Mailbox, text_of
from tests.simulator import Simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
RESUME = (
    "Amara Voss",
    "amara.voss@example.com | +1 202-555-0143",
    "Location: Leeds, United Kingdom",
    "Account Executive, Larkspur Software, Jan 2019 - present",
    "Sold software to banks and insurers, closing a $250,000 annual contract.",
    "Reached 128% of quota in 2022.",
    "11 years of experience in sales.",
    "Education: Bachelor of Science in Economics, Example University",
    "Skills: Salesforce, negotiation, MEDDIC",
)
LIVES, YEARS, RIGHT = "I live in Leeds.", "I have seven years of experience.", "Yes, that is right."


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with Mailbox() as server:
        yield server


@pytest.fixture
def phone(chromium: Browser, site: str) -> Iterator[Console]:
    """The phone of somebody who has nothing but the link."""
    opened = Console(chromium.new_context(color_scheme="light", **PHONE), site)
    yield opened
    opened.context.close()
    settled()
    assert opened.errors == []


def resume_file(directory: Path) -> Path:
    """A resume as a word processor exports it."""
    page = Pdf()
    for number, line in enumerate(RESUME):
        page.text(line, y=720 - 22 * number)
    path = directory / "amara-voss.pdf"
    path.write_bytes(page.bytes())
    return path


def applicant(job: Job, **values: object) -> Candidate:
    """Somebody of whom a list told little, behind somebody else."""
    who = candidate(20, job=job, **{"name": "Amara Voss", "email": "amara.voss@example.com", **values})
    candidate(30, job=job, name="Noor Hadid", email="noor@example.com", location="Bonn, Germany")
    return who


def invited(console: Console, who: Candidate) -> str:
    """The link, as a recruiter makes and copies it."""
    page = console.open(f"/admin/candidates/candidate/{who.pk}/change/")
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_role("button", name="Make a link to copy").click()
    return page.get_by_label("Link for Amara Voss").input_value()


def watched(console: Console, who: Candidate) -> Locator:
    """The recruiter's page, open beside; the answers on it."""
    page = console.open_live(f"/admin/candidates/candidate/{who.pk}/change/")
    expect(page.locator("[data-intake=open]")).to_be_visible()
    return page.locator("[data-answer]")


def ranking(console: Console, job: Job) -> list[str]:
    page = console.open(f"/admin/candidates/candidate/?job={job.pk}")
    # Each link has the initials, the name, and the position where it is known.
    return [link.split("\n")[1] for link in page.locator("tbody a[href*='/change/']").all_inner_texts()]


def seen(phone: Console, heading: str) -> Page:
    """The phone shows this page, which fits and which axe finds nothing wrong with."""
    page = phone.page
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert phone.violations() == []
    return page


def begun(phone: Console, link: str) -> Page:
    """From the link to the page of the resume."""
    phone.page.goto(link)
    page = seen(phone, "Your invitation")
    page.get_by_role("button", name="Open my invitation").click()
    # The token is gone from the address, and from everything that the browser keeps.
    token = link.partition("token=")[2]
    assert "token" not in page.url
    assert token not in str(phone.context.storage_state())
    page = seen(phone, "Complete your application for Account Executive")
    page.get_by_role("link", name="Begin").click()
    page = seen(phone, "Before we begin")
    page.get_by_label("I have read this and agree.").check()
    page.get_by_role("button", name="Agree and continue").click()
    return seen(phone, "Your resume")


def turns(page: Page) -> Locator:
    return page.locator("[data-part=turns] > li")


def typed(page: Page, text: str) -> str:
    """Say something by typing; what the agent answers."""
    before = turns(page).count()
    page.get_by_role("textbox", name="Your answer").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(turns(page)).to_have_count(before + 2)
    return turns(page).last.inner_text()


def past_the_rest(page: Page) -> None:
    """Where nothing is left to ask, a page says so; then it is at once the one that shows everything."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile("Everything is answered|Is everything right"))
    if "answered" in heading.inner_text():
        page.get_by_role("button", name="Continue").click()


def handed_in(phone: Console) -> None:
    seen(phone, "Is everything right?").get_by_role("button", name="Hand in").click()
    page = seen(phone, "Thank you, everything has arrived")
    with page.expect_download() as waited:
        page.get_by_role("link", name="Download everything to read").click()
    assert "Amara Voss" in waited.value.path().read_text()


def seen_by_recruiter(console: Console, who: Candidate, *rows: str) -> None:
    """The page that was open says by itself that the candidate is done; what changed, and the bell."""
    page = console.page
    page.get_by_role("link", name="See what changed").click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
    table = page.get_by_role("table", name="Before and after")
    for row in rows:
        expect(table.get_by_role("row", name=re.compile(row))).to_be_visible()
    assert console.violations() == []
    console.open("/admin/intake/notice/")
    expect(page.get_by_role("button", name=re.compile("Amara Voss completed intake"))).to_be_visible()


def letter_to(post: Mailbox, address: str) -> str:
    """The first letter to an address, waited for."""

    def found() -> list[str]:
        return [text_of(one) for one in list(post.letters) if address in str(one["To"])]

    processes.wait_until(lambda: bool(found()), what=f"a letter to {address}")
    return found()[0]


def letters_came(post: Mailbox, recruiter: User, link: str) -> None:
    told = letter_to(post, recruiter.email)
    assert "Amara Voss" in told
    assert "has completed the intake" in told
    assert "Leeds" in letter_to(post, "amara.voss@example.com")
    token = link.partition("token=")[2]
    assert not [text for text in post.texts() if token in text]


def test_candidate_completes_intake_on_a_phone_by_typing(
    console: Console, phone: Console, recruiter: User, post: Mailbox, tmp_path: Path
) -> None:
    job = rounds.job()
    who = applicant(job)
    assert ranking(console, job) == ["Noor Hadid", "Amara Voss"]
    link = invited(console, who)
    noted = watched(console, who)
    with processes.worker(**post.settings()):
        page = begun(phone, link)
        page.get_by_label("Choose a file").set_input_files(resume_file(tmp_path))
        page.get_by_role("button", name="Upload").click()
        # The page looks again by itself until the worker has read the file.
        expect(page.get_by_text("amara-voss.pdf was read.")).to_be_visible()
        seen(phone, "Your resume").get_by_role("button", name="Continue").click()
        page = seen(phone, "What we know of you")
        expect(page.get_by_label("Location")).to_have_value(re.compile("Leeds"))
        expect(page.get_by_text("From your resume:").first).to_be_visible()
        page.get_by_label("Current company").fill("Larkspur Software Ltd")
        page.get_by_role("button", name="Save and continue").click()
        expect(noted.filter(has_text="Larkspur Software Ltd")).to_be_visible()
        page = seen(phone, "What we would like to know")
        page.get_by_role("button", name="Save, and talk or type about the rest").click()
        page = seen(phone, "How would you like to answer?")
        page.get_by_role("button", name="Type", exact=False).click()
        expect(turns(page)).to_have_count(1)
        expect(turns(page).first).to_contain_text("I am an AI assistant, not a person.")
        assert phone.violations() == []
        said = turns(page).first.inner_text()
        while "That is all I wanted to ask." not in said:
            if "two weeks a month" in said:
                said = typed(page, "Yes.")
                expect(noted.filter(has_text="Yes").first).to_be_visible()
            elif "otice period" in said:
                said = typed(page, "8 weeks")
            else:
                said = typed(page, "Yes, that is right." if "Is that right?" in said else "Skip")
        expect(page.locator("[data-part=over]")).to_be_visible()
        page.get_by_role("button", name="Noted so far").click()
        expect(page.locator("[data-part=answers] > li[data-field=can_travel]")).to_contain_text("es")
        assert phone.violations() == []
        page.get_by_role("button", name="Conversation").click()
        page.get_by_role("link", name="Continue").click()
        past_the_rest(page)
        handed_in(phone)
        seen_by_recruiter(console, who, "Location", "Current company", "Can travel")
        letters_came(post, recruiter, link)
        processes.wait_until(lambda: Candidate.objects.get(pk=who.pk).ai_score is not None, what="judged")
    who.refresh_from_db()
    assert (who.intake_status, who.source) == (IntakeStatus.COMPLETED, Source.VOICE_ENRICHED)
    assert (who.current_company, who.location) == ("Larkspur Software Ltd", "Leeds, United Kingdom")
    assert who.other_columns["can_travel"] is True
    assert who.original_data is not None
    assert Document.objects.get(candidate=who).state == Document.State.READ
    assert ranking(console, job) == ["Amara Voss", "Noor Hadid"]


# --- by voice ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def voice_site(agent_worker: object, livekit_server: LiveKit, simulator: Simulator) -> Iterator[str]:
    """A web server that rooms can be spoken in, and which LiveKit tells of who comes and goes."""
    simulator.control(sentences=[LIVES, YEARS, RIGHT])
    speech = {"SPEECH_BASE_URL": simulator.base_url, "SPEECH_API_KEY": "simulated"}
    with processes.web(port=livekit_server.webhook_port, **livekit_server.settings() | speech) as address:
        yield address


@pytest.fixture
def speaking_phone(chromium: Browser, voice_site: str, tmp_path: Path) -> Iterator[Console]:
    """A phone whose microphone hears the three sentences, each after the agent has had time to speak."""
    heard = ((17.0, LIVES), (9.0, YEARS), (9.0, RIGHT))
    flags = [
        *CHROMIUM_FLAGS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound_file(tmp_path / 'microphone.wav', heard)}%noloop",
        "--autoplay-policy=no-user-gesture-required",
    ]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=flags)
    opened = Console(browser.new_context(color_scheme="light", **PHONE), voice_site)
    yield opened
    browser.close()
    settled()
    assert opened.errors == []


def test_candidate_completes_intake_on_a_phone_by_voice(
    chromium: Browser, speaking_phone: Console, voice_site: str, recruiter: User, post: Mailbox
) -> None:
    job = rounds.job(
        ProfileField(field_name="location", field_type="string", description="Where they live", is_required=True),
        ProfileField(field_name="years_experience", field_type="number", description="Years", is_required=True),
    )
    who = applicant(job)
    console = window(chromium, voice_site, recruiter)
    link = invited(console, who)
    noted = watched(console, who)
    with processes.worker(**post.settings()):
        page = begun(speaking_phone, link)
        page.get_by_role("button", name="Go on without a resume").click()
        seen(speaking_phone, "What we know of you").get_by_role("button", name="Save and continue").click()
        page = seen(speaking_phone, "What we would like to know")
        page.get_by_role("button", name="Save, and talk or type about the rest").click()
        page = seen(speaking_phone, "How would you like to answer?")
        page.get_by_role("button", name="Talk", exact=False).click()
        expect(page.get_by_role("heading", name="Check your sound")).to_be_focused()
        assert speaking_phone.violations() == []
        page.get_by_role("button", name="Join with microphone").click()
        expect(page.get_by_text("Connected")).to_be_visible()
        # Captions stand there while the AI speaks, before its turn is stored.
        expect(page.locator(".gr-turn--live [data-text]").first).to_contain_text("Hello")
        assert plays_sound(page)
        assert speaking_phone.violations() == []
        expect(noted.filter(has_text="Leeds")).to_be_visible()
        # What numbers were heard is read back before it counts.
        expect(noted.filter(has_text="7 years")).to_contain_text("To confirm")
        expect(noted.filter(has_text="7 years").get_by_role("img", name="Accepted")).to_be_visible()
        expect(page.locator("[data-part=over]")).to_be_visible()
        page.get_by_role("link", name="Continue").click()
        past_the_rest(page)
        handed_in(speaking_phone)
        seen_by_recruiter(console, who, "Location", "Years of experience")
        letters_came(post, recruiter, link)
    intake = Intake.objects.get()
    assert intake.state == IntakeState.COMPLETED
    assert {name: (one.value, one.state, one.via) for name, one in answers.current(intake).items()} == {
        "location": ("Leeds", AnswerState.ACCEPTED, Via.VOICE),
        "years_experience": (7, AnswerState.ACCEPTED, Via.VOICE),
    }
    assert intake.room is not None
    assert [turn.text for turn in intake.room.turns.order_by("number")][1::2] == [LIVES, YEARS, RIGHT]
    console.context.close()
    settled()
    assert console.errors == []
