"""`manage.py send_intake_links`, and the mailings behind it and behind the candidate list."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Link, User
from candidates.models import Candidate, Job
from candidates.states import IntakeStatus, Tier
from intake import inviting, mailings, tasks
from intake.errors import WrongState
from intake.models import Intake, Invitee, Mailing
from intake.states import IntakeState, InviteeState
from tests.candidates.recruiting import candidate, recruiter
from tests.intake import rounds

SITE = "https://hire.example.com"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ida(db: None) -> User:
    return recruiter("ida.sommer@example.com", name="Ida Sommer")


@pytest.fixture
def job(ida: User) -> Job:
    """A job with two candidates to mail to, one without an address, one who answers now, and one invited before."""
    made = rounds.job()
    candidate(85, job=made, email="amara@example.com")
    candidate(70, job=made, email="noor@example.com")
    candidate(60, job=made, email=None)
    candidate(60, job=made, email="busy@example.com", intake_status=IntakeStatus.IN_PROGRESS)
    candidate(60, job=made, email="asked@example.com", intake_status=IntakeStatus.INVITED)
    candidate(90, email="elsewhere@example.com")
    return made


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("send_intake_links", *arguments, stdout=out)
    return out.getvalue()


def mailed_to() -> set[str]:
    return {address for letter in mail.outbox for address in letter.to}


def everybody() -> Any:
    return Candidate.objects.live()


def test_command_mails_to_the_candidates_of_a_job_and_closes_with_a_count(job: Job) -> None:
    told = run("--job", str(job.pk))
    assert told.strip() == "2 sent, 1 without an e-mail address, 2 left out, 0 not sent."
    assert mailed_to() == {"amara@example.com", "noor@example.com"}
    assert Intake.objects.filter(state=IntakeState.INVITED, job=job).count() == 2
    assert all("http://127.0.0.1:8000/intake/" in letter.body for letter in mail.outbox)


def test_tier_narrows_whom_the_command_mails_to(job: Job) -> None:
    run("--job", str(job.pk), "--tier", Tier.TOP)
    assert mailed_to() == {"amara@example.com"}


def test_tiers_alone_go_over_all_jobs(job: Job) -> None:
    run("--tier", Tier.TOP, "--tier", Tier.STRONG)
    assert mailed_to() == {"amara@example.com", "noor@example.com", "elsewhere@example.com"}


def test_dry_run_tells_and_sends_nothing(job: Job) -> None:
    told = run("--job", str(job.pk), "--dry-run")
    assert "2 of 5 would get a letter; 1 have no e-mail address, 2 would be left out." in told
    assert mail.outbox == []
    assert not Mailing.objects.exists()
    assert not Link.objects.exists()


def test_invited_ones_are_asked_again_only_where_that_is_said(job: Job) -> None:
    run("--job", str(job.pk), "--again")
    assert mailed_to() == {"amara@example.com", "noor@example.com", "asked@example.com"}


def test_second_run_finds_nobody(job: Job) -> None:
    run("--job", str(job.pk))
    mail.outbox.clear()
    assert "Nobody of 5 is to be mailed" in run("--job", str(job.pk))
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say whom to invite"),
        (["--job", str(uuid4())], "There is no job"),
        (["--tier", Tier.TOP, "--from", "nobody@example.com"], "There is no recruiter"),
        (["--tier", Tier.TOP, "--site", ""], "where candidates reach Greenroom"),
    ],
)
def test_command_says_what_it_can_not_do(job: Job, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(*arguments)
    assert mail.outbox == []


def test_command_asks_in_whose_name_where_there_are_several(job: Job) -> None:
    recruiter("noor.hadid@example.com", name="Noor Hadid")
    with pytest.raises(CommandError, match="in whose name"):
        run("--tier", Tier.TOP)
    run("--tier", Tier.TOP, "--from", "noor.hadid@example.com")
    assert mail.outbox[0].reply_to == ["noor.hadid@example.com"]


# --- mailings ---------------------------------------------------------------------------------------------------------


def test_task_mails_what_waits_and_twice_is_once(ida: User, job: Job) -> None:
    mailing = mailings.begin(rows=everybody().filter(job=job), actor=ida, site=SITE)
    assert mailings.waiting() == [mailing.pk]
    tasks.send_mailing(str(mailing.pk))
    tasks.send_mailing(str(mailing.pk))
    assert len(mail.outbox) == 2
    assert f"{SITE}/intake/" in mail.outbox[0].body
    assert mailings.waiting() == []
    assert mailings.counts(mailing) == {
        "waiting": 0,
        "sent": 2,
        "no_address": 1,
        "left_out": 2,
        "failed": 0,
        "total": 5,
    }


def test_row_of_a_killed_worker_is_taken_up_after_its_lease(ida: User, job: Job) -> None:
    mailing = mailings.begin(rows=everybody().filter(job=job), actor=ida, site=SITE)
    claimed = mailings._claim(mailing)
    assert claimed is not None
    assert mailings.drain(mailing) == 1
    assert mailings.waiting() == []
    Invitee.objects.filter(pk=claimed.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert mailings.waiting() == [mailing.pk]
    assert mailings.drain(mailing) == 1
    assert mailings.counts(mailing)["sent"] == 2


def test_mail_server_that_is_away_lets_rows_rest_and_then_gives_up(
    ida: User, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise smtplib.SMTPConnectError(421, b"Away.")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    mailing = mailings.begin(rows=everybody().filter(email="amara@example.com"), actor=ida, site=SITE)
    for _ in range(mailings.MOST_ATTEMPTS):
        assert mailings.drain(mailing) == 0
        Invitee.objects.exclude(not_before=None).update(not_before=timezone.now() - timedelta(seconds=1))
    invitee = Invitee.objects.get()
    assert (invitee.state, invitee.reason) == (InviteeState.FAILED, "The mail server did not take the message.")
    assert not Link.objects.in_force().exists()
    monkeypatch.undo()
    assert mailings.try_again(mailing) == 1
    assert mailings.drain(mailing) == 1


def test_letter_that_may_have_left_is_left_to_the_recruiter(
    ida: User, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(*_: Any, **__: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(EmailBackend, "send_messages", hang_up)
    mailing = mailings.begin(rows=everybody().filter(email="amara@example.com"), actor=ida, site=SITE)
    assert mailings.drain(mailing) == 0
    invitee = Invitee.objects.get()
    assert (invitee.state, invitee.reason[:16]) == (InviteeState.FAILED, "May have arrived")
    assert mailings.waiting() == []
    assert Link.objects.in_force().count() == 1  # whoever has the letter can come in
    monkeypatch.undo()
    assert mailings.try_again(mailing) == 1
    assert mailings.drain(mailing) == 1


def test_candidate_who_began_in_the_meantime_keeps_the_page(ida: User, job: Job) -> None:
    mailing = mailings.begin(rows=everybody().filter(email="amara@example.com"), actor=ida, site=SITE)
    Candidate.objects.filter(email="amara@example.com").update(intake_status=IntakeStatus.IN_PROGRESS)
    assert mailings.drain(mailing) == 0
    assert Invitee.objects.get().state == InviteeState.LEFT_OUT


def test_nobody_and_too_many_are_refused(ida: User, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongState, match="No candidate"):
        mailings.begin(rows=Candidate.objects.none(), actor=ida, site=SITE)
    monkeypatch.setattr(mailings, "MOST_AT_ONCE", 2)
    with pytest.raises(WrongState, match="At most 2"):
        mailings.begin(rows=everybody(), actor=ida, site=SITE)
    assert not Mailing.objects.exists()


def test_list_that_is_sent_twice_is_mailed_once(ida: User, job: Job) -> None:
    rows = everybody().filter(job=job)
    first = mailings.begin(rows=rows, actor=ida, site=SITE)
    second = mailings.begin(rows=rows, actor=ida, site=SITE)
    assert mailings.counts(second)["waiting"] == 0
    assert mailings.counts(first)["waiting"] == 2
    assert mailings.drain(first) == 2
    assert mailings.drain(second) == 0
    assert len(mail.outbox) == 2


def test_who_was_invited_since_the_letter_was_ordered_gets_no_second_one(ida: User, job: Job) -> None:
    del job
    rows = everybody().filter(email="amara@example.com")
    mailing = mailings.begin(rows=rows, actor=ida, site=SITE)
    inviting.send(candidate=rows.get(), actor=ida, site=SITE)
    assert mailings.drain(mailing) == 0
    assert mailings.counts(mailing)["left_out"] == 1
    assert len(mail.outbox) == 1
