"""The bell, and mails to recruiters: at once, then together, and never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from intake import answers, copies, holding, merging, notices, tasks
from intake.models import Intake, Notice
from intake.states import NoticeKind, Via
from tests.intake import rounds
from tests.intake.test_merging import answered

pytestmark = pytest.mark.django_db


class Down(EmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


DOWN = f"{__name__}.Down"


@pytest.fixture
def noor(settings: Settings) -> User:
    settings.SITE_URL = "https://hire.example.com"
    return User.objects.create_user("noor@example.com", "a long password", name="Noor", is_staff=True)


def noticed(noor: User | None, name: str = "Ada Example", kind: NoticeKind = NoticeKind.INTAKE_COMPLETED) -> Intake:
    intake = rounds.intake(rounds.candidate(name=name), made_by=noor, gaps=[])
    notices.make(intake, kind)
    return intake


def later(minutes: float) -> None:
    """Let time pass for what was mailed or tried."""
    by = timedelta(minutes=minutes)
    for row in Notice.objects.all():
        row.mailed_at = row.mailed_at and row.mailed_at - by
        row.mail_after = row.mail_after and row.mail_after - by
        row.save()


def test_the_inviter_is_told_once_in_the_bell_and_by_mail(noor: User) -> None:
    User.objects.create_user("other@example.com", "a long password", is_staff=True)
    intake = answered(made_by=noor)
    merging.complete(intake)
    assert notices.make(intake, NoticeKind.INTAKE_COMPLETED) == 0
    assert [one.candidate for one in notices.unread(noor)] == [intake.candidate]
    assert notices.send(noor.pk) == 1
    assert notices.send(noor.pk) == 0
    (message,) = mail.outbox
    assert message.to == ["noor@example.com"]
    assert message.subject == "Ada Example has completed the intake: 6 fields filled or corrected"
    address = f"https://hire.example.com/admin/candidates/candidate/{intake.candidate_id}/change/"
    assert address in message.body
    html = message.alternatives[0][0]  # type: ignore[attr-defined]
    assert address in html
    assert "{" not in message.body


def test_where_nobody_invited_all_recruiters_are_told(noor: User) -> None:
    other = User.objects.create_user("other@example.com", "a long password", is_staff=True)
    User.objects.create_user("trainee@example.com", "a long password")
    User.objects.create_user("gone@example.com", "a long password", is_staff=True, is_active=False)
    noticed(None)
    assert set(Notice.objects.values_list("recipient", flat=True)) == {noor.pk, other.pk}


def test_a_wish_for_erasure_goes_to_admins_too(noor: User) -> None:
    admin = User.objects.create_superuser("admin@example.com", "a long password")
    intake = rounds.intake(made_by=noor, gaps=[])
    holding.ask_erasure(intake)
    Intake.objects.update(erasure_asked_at=datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert set(Notice.objects.values_list("recipient", flat=True)) == {noor.pk, admin.pk}
    assert set(notices.recipients(intake, NoticeKind.INTAKE_COMPLETED)) == {noor}
    notices.send(admin.pk)
    assert "asks for everything about them to be erased. Delete the candidate" in mail.outbox[0].body
    assert "otherwise this happens on 19 December 2026." in mail.outbox[0].body


def test_the_first_is_mailed_at_once_and_the_rest_as_one_digest(noor: User, settings: Settings) -> None:
    noticed(noor, "Ada Example")
    assert notices.send(noor.pk) == 1
    for number in range(40):
        noticed(noor, f"Robin Sample {number}")
        assert notices.send(noor.pk) == 0
    assert notices.owed() == []
    later(settings.NOTICE_DIGEST_MINUTES + 1)
    assert notices.owed() == [noor.pk]
    assert notices.send(noor.pk) == 40
    assert len(mail.outbox) == 2
    digest = mail.outbox[1]
    assert digest.subject == "40 candidates: news of their intake"
    assert digest.body.count("has completed the intake") == notices.LISTED
    assert "and 10 more" in digest.body


def test_what_was_read_in_the_console_is_not_mailed(noor: User) -> None:
    first, second = noticed(noor), noticed(noor, "Robin Sample")
    assert notices.read(noor, candidate_id=first.candidate_id) == 1
    assert notices.send(noor.pk) == 1
    assert "Ada Example" not in mail.outbox[0].body
    assert notices.read(noor, notice_ids=[second.notices.get().pk]) == 1
    assert not notices.unread(noor).exists()
    assert notices.read(noor) == 0


def test_a_mail_server_that_is_down_loses_nothing(noor: User, settings: Settings) -> None:
    noticed(noor)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = DOWN
    assert notices.send(noor.pk) == 0
    assert notices.owed() == []  # it rests for a while
    later(3)
    settings.EMAIL_BACKEND = working
    assert notices.owed() == [noor.pk]
    assert notices.send(noor.pk) == 1
    assert Notice.objects.get().mailed_at is not None


def test_after_many_failures_the_bell_alone_tells_it(noor: User, settings: Settings) -> None:
    noticed(noor)
    settings.EMAIL_BACKEND = DOWN
    for _ in range(notices.MOST_ATTEMPTS + 2):
        notices.send(noor.pk)
        later(60)
    assert Notice.objects.get().mail_attempts == notices.MOST_ATTEMPTS
    assert notices.owed() == []
    assert notices.unread(noor).count() == 1


def test_a_worker_that_died_at_it_is_followed_by_another(noor: User) -> None:
    noticed(noor)
    Notice.objects.update(mail_attempts=1, mail_after=timezone.now() + notices.LEASE)
    assert notices.send(noor.pk) == 0
    later(3)
    assert notices.send(noor.pk) == 1


def test_a_name_can_not_break_out_of_the_subject_or_the_page(noor: User) -> None:
    noticed(noor, "Ada\r\nBcc: all@example.com <script>alert(1)</script>")
    assert notices.send(noor.pk) == 1
    (message,) = mail.outbox
    assert "\n" not in message.subject
    assert message.recipients() == ["noor@example.com"]
    html = message.alternatives[0][0]  # type: ignore[attr-defined]
    assert "<script>" not in html


def test_without_an_address_of_the_site_a_mail_has_no_link(noor: User, settings: Settings) -> None:
    settings.SITE_URL = ""
    noticed(noor)
    notices.send(noor.pk)
    assert "http" not in mail.outbox[0].body
    assert "Open the candidate in Greenroom" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_six_workers_mail_once() -> None:
    noor = User.objects.create_user("noor@example.com", "a long password", is_staff=True)
    for number in range(3):
        noticed(noor, f"Robin Sample {number}")

    def send(_: int) -> int:
        try:
            return notices.send(noor.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, range(6))) == [0, 0, 0, 0, 0, 3]
    assert len(mail.outbox) == 1


def test_the_candidate_gets_one_copy(noor: User) -> None:
    who = rounds.candidate(email="ada@example.com")
    intake = answered(who, {"years_experience": 8.0, "skills": ["SQL", "Python"]}, made_by=noor)
    merging.complete(intake)
    assert copies.owed() == [intake.pk]
    assert copies.send(intake.pk)
    assert not copies.send(intake.pk)
    assert copies.owed() == []
    (message,) = mail.outbox
    assert message.to == ["ada@example.com"]
    assert message.reply_to == ["noor@example.com"]
    assert "Years of experience: 8 years" in message.body
    assert "Skills: SQL, Python" in message.body
    assert "token" not in message.body


def test_a_copy_that_could_not_be_sent_is_tried_again(noor: User, settings: Settings) -> None:
    who = rounds.candidate(email="ada@example.com")
    merging.complete(intake := answered(who, {"phone": "+1 202 555 0143"}, made_by=noor))
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = DOWN
    assert not copies.send(intake.pk)
    settings.EMAIL_BACKEND = working
    assert not copies.send(intake.pk)
    Intake.objects.update(copy_after=timezone.now() - timedelta(seconds=1))
    assert copies.send(intake.pk)


def test_no_copy_without_an_address_or_before_the_end(noor: User) -> None:
    intake = answered(rounds.candidate(email=None), {}, made_by=noor)
    assert copies.owed() == []
    merging.complete(intake)
    assert copies.owed() == []
    assert not copies.send(intake.pk)


def test_a_value_that_was_taken_out_is_told_in_the_copy(noor: User) -> None:
    intake = answered(rounds.candidate(phone="+1 202 555 0100"), {}, made_by=noor)
    answers.record(intake, field="phone", value=None, via=Via.FORM)
    assert copies.lines(intake) == [("Phone", "")]


def test_the_sweep_sends_what_a_lost_ring_left(noor: User) -> None:
    who = rounds.candidate(email="ada@example.com")
    merging.complete(answered(who, {"phone": "+1 202 555 0143"}, made_by=noor))
    tasks.sweep()
    tasks.sweep()
    assert sorted(message.to[0] for message in mail.outbox) == ["ada@example.com", "noor@example.com"]


def test_a_slow_mail_server_keeps_no_worker_for_all_that_waits(noor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    merging.complete(answered(rounds.candidate(email="ada@example.com"), {"phone": "+1 202 555 0143"}, made_by=noor))
    monkeypatch.setattr(tasks, "SWEEP_SECONDS", 0)
    for sent in (1, 2):
        tasks.sweep()
        assert len(mail.outbox) == sent


def test_the_tasks_take_ids_and_may_come_twice(noor: User) -> None:
    who = rounds.candidate(email="ada@example.com")
    intake = answered(who, {"phone": "+1 202 555 0143"}, made_by=noor)
    merging.complete(intake)
    for _ in range(2):
        tasks.mail_notices(str(noor.pk))
        tasks.mail_copy(str(intake.pk))
    tasks.purge()
    assert len(mail.outbox) == 2
