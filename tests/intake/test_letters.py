"""Letters over real SMTP, and what becomes of them where their sender is killed, or the server refuses or hangs up."""

from __future__ import annotations

import sys
import urllib.parse
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Link, User
from candidates.models import Candidate
from intake import copies, mailings, merging, notices, tasks
from intake.models import Intake, Invitee, Notice
from intake.states import InviteeState
from tests import processes
from tests.candidates.recruiting import candidate, recruiter
from tests.intake import rounds
from tests.intake.coming import come
from tests.intake.test_merging import answered
from tests.mailbox import Mailbox, Moment
from tests.processes import Process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post_office(settings: Settings) -> Iterator[Mailbox]:
    """A mail server, and this process pointed at it."""
    with Mailbox() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        yield server


_SWEEP = """
from intake import mailings, tasks
from intake.models import Mailing
tasks.sweep()
for mailing in Mailing.objects.all():
    mailings.drain(mailing)
"""


def killed_while_mailing(post_office: Mailbox, moment: Moment, *, by_worker: bool = False) -> None:
    """Let a process come to a moment of its next letter, and kill it there.

    It is a worker that is rung for, or else a bare one that does what a worker does at a sweep, which starts sooner.
    """
    post_office.hold(moment)
    if by_worker:
        process = processes.start_worker(children=2, **post_office.settings())
    else:
        process = Process(
            *(sys.executable, "manage.py", "shell", "-v", "0", "-c", _SWEEP),
            name="sweeping",
            env=processes.environment(**post_office.settings()),
        )
    try:
        assert post_office.reached.wait(60), process.output()
    finally:
        process.kill()
    post_office.release()


def to(letters: list[EmailMessage]) -> list[str]:
    return sorted(str(letter["To"]) for letter in letters)


def leases_end() -> None:
    """Let the time pass for which a dead worker's claims stand."""
    past = timezone.now() - timedelta(seconds=1)
    Invitee.objects.exclude(not_before=None).update(not_before=past)
    Intake.objects.exclude(copy_after=None).update(copy_after=past)
    Notice.objects.exclude(mail_after=None).update(mail_after=past)


def invited_by_mail() -> Invitee:
    ida = recruiter("ida.sommer@example.com", name="Ida Sommer")
    candidate(email="amara@example.com")
    mailings.begin(rows=Candidate.objects.all(), actor=ida, site="https://hire.example.com")
    return Invitee.objects.get()


def test_invitation_of_a_worker_killed_before_it_left_is_mailed_by_the_next_one(post_office: Mailbox) -> None:
    invitee = invited_by_mail()
    killed_while_mailing(post_office, "HELLO")
    assert mailings.waiting() == []
    leases_end()
    assert mailings.waiting() == [invitee.mailing_id]
    assert [mailings.drain(invitee.mailing) for _ in range(2)] == [1, 0]
    assert to(post_office.letters) == ["amara@example.com"]
    invitee.refresh_from_db()
    assert invitee.state == InviteeState.SENT


def test_invitation_of_a_worker_killed_while_it_left_is_not_mailed_again_by_itself(post_office: Mailbox) -> None:
    invitee = invited_by_mail()
    killed_while_mailing(post_office, "DATA", by_worker=True)
    assert len(post_office.letters) == 1
    leases_end()
    assert mailings.waiting() == [invitee.mailing_id]
    for _ in range(2):
        assert mailings.drain(invitee.mailing) == 0
    invitee.refresh_from_db()
    assert (invitee.state, invitee.reason[:16]) == (InviteeState.FAILED, "May have arrived")
    assert len(post_office.letters) == 1
    # The link of the letter that did arrive is good, until the recruiter decides to send another one.
    assert Link.objects.in_force().count() == 1
    assert mailings.try_again(invitee.mailing) == 1
    assert mailings.drain(invitee.mailing) == 1
    assert len(post_office.letters) == 2


def test_invitation_that_was_opened_has_arrived_whatever_became_of_the_worker(post_office: Mailbox) -> None:
    invitee = invited_by_mail()
    killed_while_mailing(post_office, "DATA")
    body = post_office.letters[0].get_body(("plain",))
    assert body is not None
    [address] = [word for word in body.get_content().split() if "token=" in word]
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["token"][0]
    come(invitee.candidate, token)
    leases_end()
    assert mailings.drain(invitee.mailing) == 0
    invitee.refresh_from_db()
    assert (invitee.state, invitee.reason) == (InviteeState.SENT, "")
    assert len(post_office.letters) == 1


def completed(noor: User) -> Intake:
    intake = answered(rounds.candidate(email="ada@example.com"), {"phone": "+1 202 555 0143"}, made_by=noor)
    merging.complete(intake)
    return intake


# At the second moment the letter was about to leave and did not; that can't be told from the third one, where it did.
@pytest.mark.parametrize(("moment", "arrives"), [("HELLO", 1), ("MAIL", 0), ("DATA", 1)])
def test_copy_of_a_killed_worker_is_mailed_at_most_once(post_office: Mailbox, moment: Moment, arrives: int) -> None:
    # Nobody is to be told of it: the worker has the copy alone to mail.
    intake = completed(User.objects.create_user("noor@example.com", "a long password", is_staff=True))
    Notice.objects.update(read_at=timezone.now())
    killed_while_mailing(post_office, moment)
    leases_end()
    for _ in range(3):
        tasks.sweep()
    assert to(post_office.letters) == ["ada@example.com"] * arrives
    assert copies.owed() == []
    intake.refresh_from_db()
    assert (intake.copy_mailed_at is not None) is (moment == "HELLO")


def test_notice_of_a_killed_worker_comes_again_as_the_same_letter(post_office: Mailbox) -> None:
    noor = User.objects.create_user("noor@example.com", "a long password", is_staff=True)
    intake = completed(noor)
    Intake.objects.update(copy_mailed_at=timezone.now())
    killed_while_mailing(post_office, "DATA")
    leases_end()
    for _ in range(3):
        tasks.sweep()
    first, second = post_office.letters
    assert (first["To"], first["Message-ID"]) == (second["To"], second["Message-ID"])
    assert notices.owed() == []
    assert intake.notices.get().mailed_at is not None


@pytest.mark.parametrize(("answer", "again"), [("554 5.7.1 No.", True), ("", False)])
def test_letter_is_sent_again_only_where_it_was_refused_for_certain(
    post_office: Mailbox, answer: str, again: bool
) -> None:
    """A server that hangs up before it answers may have taken the letter."""
    intake = completed(User.objects.create_user("noor@example.com", "a long password", is_staff=True))
    post_office.answer = answer
    assert not copies.send(intake.pk)
    post_office.answer = "250 fine"
    leases_end()
    assert (copies.owed() == [intake.pk]) is again
    assert copies.send(intake.pk) is again
    assert len(post_office.letters) == 1


def test_line_that_the_server_hung_up_between_two_letters_is_opened_again(post_office: Mailbox) -> None:
    post_office.hangs_up_between = True
    ida = recruiter("ida.sommer@example.com", name="Ida Sommer")
    for number in range(3):
        candidate(email=f"robin.{number}@example.com")
    mailing = mailings.begin(rows=Candidate.objects.all(), actor=ida, site="https://hire.example.com")
    assert mailings.drain(mailing) == 3
    assert len(post_office.letters) == 3
