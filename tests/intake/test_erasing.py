"""A wish for erasure is carried out, or declined for a reason; either way its candidate hears of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from candidates import profiles
from candidates.models import Candidate
from candidates.states import ChangeSource
from intake import erasing, holding, retention
from intake.admin import home
from intake.errors import WrongState, WrongValue
from intake.models import Intake, Notice
from intake.states import NoticeKind
from tests.intake import rounds
from tests.intake.coming import agreed, at, person, round_of

pytestmark = pytest.mark.django_db
REASON = "You took us to court; until that is over the law has us keep what it is about."


@pytest.fixture
def noor() -> User:
    return User.objects.create_superuser("noor@example.com", "a long password", name="Noor Recruiter")


@pytest.fixture
def staff(noor: User) -> Client:
    client = Client()
    client.force_login(noor)
    return client


@pytest.fixture
def asked(noor: User) -> Intake:
    """The round of somebody who wants everything erased."""
    intake = rounds.intake(rounds.candidate(name="Ada Example", email="ada@example.com"), made_by=noor)
    holding.ask_erasure(intake)
    return intake


def page_of(intake: Intake) -> str:
    return f"/admin/intake/intake/{intake.pk}/"


def test_wish_is_carried_out_and_its_candidate_told(asked: Intake, noor: User) -> None:
    erased, was_told = erasing.carry_out(asked, actor=noor)
    assert erased.candidates == 1
    assert was_told
    assert not Candidate.objects.exists()
    (letter,) = mail.outbox
    assert letter.to == ["ada@example.com"]
    assert letter.subject == "Your data are erased"
    assert "this message is the last one" in letter.body
    with pytest.raises(WrongState):
        erasing.carry_out(asked, actor=noor)
    assert len(mail.outbox) == 1


def test_nobody_is_erased_who_did_not_ask(noor: User) -> None:
    intake = rounds.intake()
    with pytest.raises(WrongState):
        erasing.carry_out(intake, actor=noor)
    assert Candidate.objects.exists()


def test_declined_wish_tells_the_reason_and_may_be_asked_again(asked: Intake, noor: User) -> None:
    assert erasing.decline(asked, actor=noor, reason=f"  {REASON} ")
    assert (asked.erasure_asked_at, asked.erasure_reason) == (None, REASON)
    assert asked.erasure_declined_by == noor
    assert REASON in mail.outbox[0].body
    assert "data protection authority" in mail.outbox[0].body
    assert not Notice.objects.filter(kind=NoticeKind.ERASURE_ASKED).exists()
    with pytest.raises(WrongState):
        erasing.decline(asked, actor=noor, reason=REASON)
    assert holding.ask_erasure(asked)
    assert Notice.objects.filter(kind=NoticeKind.ERASURE_ASKED).count() == 1


@pytest.mark.parametrize("reason", ["", " \n", "x" * 2_001])
def test_wish_is_not_declined_without_a_reason(asked: Intake, noor: User, reason: str) -> None:
    with pytest.raises(WrongValue):
        erasing.decline(asked, actor=noor, reason=reason)
    asked.refresh_from_db()
    assert asked.erasure_asked_at is not None


def test_letters_speak_the_candidates_language_and_hold_no_markup(asked: Intake, noor: User) -> None:
    Intake.objects.update(language="de")
    asked.refresh_from_db()
    erasing.decline(asked, actor=noor, reason="<b>Fristen</b>")
    html = str(mail.outbox[0].alternatives[0][0])  # type: ignore[attr-defined]
    assert "Zu Ihrem Wunsch nach Löschung" in mail.outbox[0].subject
    assert "&lt;b&gt;Fristen" in html


def test_mail_server_that_is_away_does_not_keep_the_data(asked: Intake, noor: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 9
    erased, was_told = erasing.carry_out(asked, actor=noor)
    assert (erased.candidates, was_told) == (1, False)


def test_retention_tells_whom_it_erases(asked: Intake, settings: Settings, transactional_db: None) -> None:
    settings.RETENTION_ERASURE_DAYS = 1
    Intake.objects.update(erasure_asked_at=timezone.now() - timedelta(days=2))
    retention.purge(dry_run=True)
    assert not mail.outbox
    retention.purge()
    assert [letter.to for letter in mail.outbox] == [["ada@example.com"]]
    assert not Candidate.objects.exists()


# --- in the console ---------------------------------------------------------------------------------------------------


def test_home_names_who_waits_and_until_when(asked: Intake, staff: Client, settings: Settings) -> None:
    settings.RETENTION_ERASURE_DAYS = 30
    (need,) = home.needs()
    assert need.text == "Ada Example"
    assert "or it happens on" in need.detail
    shown = staff.get("/admin/").content.decode()
    assert f'href="{page_of(asked)}change/#erasure"' in shown
    settings.RETENTION_ERASURE_DAYS = 0
    assert home.needs()[0].detail.endswith("erased. Decide.")
    profiles.delete(candidate=asked.candidate, source=ChangeSource.CONSOLE, actor=None)
    assert home.needs() == []


def test_page_erases_only_when_the_box_is_ticked(asked: Intake, staff: Client) -> None:
    shown = staff.get(f"{page_of(asked)}change/").content.decode()
    assert "Wants everything erased" in shown
    assert staff.post(f"{page_of(asked)}erase/")["Location"] == f"{page_of(asked)}change/"
    assert Candidate.objects.exists()
    done = staff.post(f"{page_of(asked)}erase/", {"sure": "yes"}, follow=True)
    assert not Candidate.objects.exists()
    assert "1 record" in done.content.decode()
    assert "Ada Example" not in done.content.decode()
    assert staff.post(f"{page_of(asked)}erase/", {"sure": "yes"}).status_code == 404


def test_page_declines_and_then_says_so(asked: Intake, staff: Client) -> None:
    assert "Say why" in staff.post(f"{page_of(asked)}decline/", follow=True).content.decode()
    shown = staff.post(f"{page_of(asked)}decline/", {"reason": REASON}, follow=True).content.decode()
    assert "declined just now by Noor Recruiter" in shown
    assert REASON in shown
    assert "Wants everything erased" not in shown


# --- on the candidate's own pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["consent", "resume"])
def test_data_can_be_had_and_erased_before_the_end(step: str, noor: User) -> None:
    who = person()
    client = agreed(who)
    shown = client.get(at(who, step)).content.decode()
    assert f'href="{at(who, "download")}?as=page"' in shown
    assert client.get(at(who, "download")).status_code == 200
    client.post(at(who, "erase"), {"sure": "yes"})
    shown = client.get(at(who, step)).content.decode()
    assert "You asked for erasure on" in shown
    erasing.decline(round_of(who), actor=noor, reason=REASON)
    shown = client.get(at(who, step)).content.decode()
    assert REASON in shown
    assert re.search(r'name="sure"', shown)
