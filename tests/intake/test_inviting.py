"""Inviting to intake: rounds opened, links made, mailed, replaced and taken back."""

from __future__ import annotations

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts import links as accounts_links
from accounts.models import Link, User
from candidates.models import Candidate
from candidates.states import IntakeStatus
from intake import inviting, letters, lifecycle
from intake.errors import WrongState
from intake.models import Intake
from intake.states import IntakeState, Step
from interviews.errors import MailNotSent, NoAddress
from tests.candidates.recruiting import recruiter
from tests.intake import rounds

SITE = "https://hire.example.com"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ida(db: None) -> User:
    return recruiter("ida.sommer@example.com", name="Ida Sommer")


def person(**values: Any) -> Candidate:
    return rounds.candidate(**{"name": "Amara Voss", "email": "amara.voss@example.com", **values})


def token_of(invitation: inviting.Invitation) -> str:
    return parse_qs(urlsplit(invitation.intake_url).query)["token"][0]


def opens(token: str, candidate: Candidate) -> bool:
    try:
        accounts_links.look(token, purpose="intake", subject_id=candidate.pk)
    except accounts_links.InvalidLink:
        return False
    return True


def status_of(candidate: Candidate) -> str:
    return Candidate.objects.values_list("intake_status", flat=True).get(pk=candidate.pk)


def test_invitation_opens_a_round_for_the_candidates_job_with_its_gaps(ida: User) -> None:
    job = rounds.job()
    who = person(job=job)
    made = inviting.invite(candidate=who, actor=ida, site=SITE + "/")
    assert made.intake_url.startswith(f"{SITE}/intake/{who.pk}?token=")
    assert timedelta(hours=47) < made.expires_at - timezone.now() <= timedelta(hours=48)
    assert made.candidate_name == "Amara Voss"
    intake = Intake.objects.get()
    assert (intake.state, intake.job, intake.made_by) == (IntakeState.INVITED, job, ida)
    assert "can_travel" in {gap["field"] for gap in intake.gaps}
    assert status_of(who) == IntakeStatus.INVITED


def test_token_is_for_intake_of_this_candidate_alone(ida: User) -> None:
    who, other = person(), person(email="noor@example.com")
    token = token_of(inviting.invite(candidate=who, actor=ida, site=SITE))
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["aud"]) == (str(who.pk), "intake")
    assert opens(token, who)
    assert not opens(token, other)


def test_invitation_shows_its_token_to_nobody_who_logs_it(ida: User) -> None:
    made = inviting.invite(candidate=person(), actor=ida, site=SITE)
    assert token_of(made) not in repr(made)


def test_new_link_goes_to_the_open_round_and_takes_the_place_of_the_one_before(ida: User) -> None:
    who = person()
    first = inviting.invite(candidate=who, actor=ida, site=SITE)
    lifecycle.begin(first.intake, step=Step.GAPS)
    second = inviting.invite(candidate=who, actor=ida, site=SITE)
    assert second.intake == first.intake
    assert not opens(token_of(first), who)
    assert opens(token_of(second), who)
    intake = Intake.objects.get()
    assert (intake.state, intake.step) == (IntakeState.IN_PROGRESS, Step.GAPS)
    assert status_of(who) == IntakeStatus.IN_PROGRESS


def test_round_that_was_not_begun_takes_on_another_job_and_language(ida: User) -> None:
    who = person()
    inviting.invite(candidate=who, actor=ida, site=SITE)
    job = rounds.job()
    inviting.invite(candidate=who, actor=ida, site=SITE, job=job, language="de")
    intake = Intake.objects.get()
    assert (intake.job, intake.language) == (job, "de")
    assert "can_travel" in {gap["field"] for gap in intake.gaps}


def test_completed_round_is_followed_by_a_new_one(ida: User) -> None:
    who = person()
    rounds.intake(who, state=IntakeState.COMPLETED)
    made = inviting.invite(candidate=who, actor=ida, site=SITE)
    assert made.intake.state == IntakeState.INVITED
    assert Intake.objects.count() == 2
    assert status_of(who) == IntakeStatus.INVITED


def test_deleted_candidate_is_not_invited(ida: User) -> None:
    with pytest.raises(WrongState):
        inviting.invite(candidate=person(deleted_at=timezone.now()), actor=ida, site=SITE)
    assert not Intake.objects.exists()
    assert not Link.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_invitations_leave_one_round_and_one_link(ida: User) -> None:
    who = person()

    def invite(_: int) -> inviting.Invitation:
        try:
            return inviting.invite(candidate=who, actor=ida, site=SITE)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(invite, range(8)))
    assert Intake.objects.count() == 1
    assert Link.objects.in_force().count() == 1
    assert sum(opens(token_of(one), who) for one in made) == 1


# --- by mail ---------------------------------------------------------------------------------------------------------


def test_letter_is_text_and_html_in_the_recruiters_name(ida: User) -> None:
    who = person(job=rounds.job())
    made = inviting.send(candidate=who, actor=ida, site=SITE)
    assert made.sent_to == "amara.voss@example.com"
    [letter] = mail.outbox
    assert letter.from_email.startswith("Ida Sommer <")
    assert letter.reply_to == ["ida.sommer@example.com"]
    assert letter.subject == "A few questions about your application for Account Executive"
    assert made.intake_url in letter.body
    [(html, kind)] = letter.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert f'href="{made.intake_url}"' in html
    for part in (letter.body, html):
        assert "Amara Voss" in part
        assert "rather talk to a person" in part
    assert Intake.objects.get().invited_at is not None


def test_footer_of_a_letter_holds_nothing_that_a_mail_scanner_could_use_up(ida: User) -> None:
    who = person()
    made = inviting.send(candidate=who, actor=ida, site=SITE)
    [letter] = mail.outbox
    html = letter.alternatives[0][0]  # type: ignore[attr-defined]
    assert html.count("href=") == 1
    assert letter.extra_headers["List-Unsubscribe"].startswith("<mailto:")
    assert "You are on no list" in letter.body
    assert opens(token_of(made), who)


def test_name_of_a_sender_can_not_add_a_header(ida: User) -> None:
    ida.name = "Ida\nBcc: somebody@example.com"
    inviting.send(candidate=person(), actor=ida, site=SITE)
    assert "\n" not in mail.outbox[0].from_email
    assert mail.outbox[0].message()["Bcc"] is None


def test_candidate_without_an_address_gets_no_link(ida: User) -> None:
    with pytest.raises(NoAddress):
        inviting.send(candidate=person(email=None), actor=ida, site=SITE)
    assert not Link.objects.exists()


def test_link_of_a_letter_that_did_not_go_out_is_revoked(ida: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise smtplib.SMTPDataError(554, b"No.")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    with pytest.raises(MailNotSent):
        inviting.send(candidate=person(), actor=ida, site=SITE)
    assert not Link.objects.in_force().exists()
    assert Intake.objects.get().invited_at is None


def test_link_of_a_letter_that_may_have_gone_out_stays_good(ida: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(*_: Any, **__: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", hang_up)
    who = person()
    with pytest.raises(letters.PerhapsSent, match="may have arrived"):
        inviting.send(candidate=who, actor=ida, site=SITE)
    assert Link.objects.in_force().count() == 1


# --- taking back -----------------------------------------------------------------------------------------------------


def test_revoked_link_opens_nothing_and_ends_a_round_nobody_began(ida: User) -> None:
    who = person()
    made = inviting.invite(candidate=who, actor=ida, site=SITE)
    assert inviting.revoke(candidate=who) == 1
    assert inviting.revoke(candidate=who) == 0
    assert not opens(token_of(made), who)
    assert Intake.objects.get().state == IntakeState.WITHDRAWN
    assert status_of(who) == IntakeStatus.NONE


def test_revoked_link_leaves_what_the_candidate_has_said(ida: User) -> None:
    who = person()
    made = inviting.invite(candidate=who, actor=ida, site=SITE)
    lifecycle.begin(made.intake)
    inviting.revoke(candidate=who)
    assert Intake.objects.get().state == IntakeState.IN_PROGRESS
    again = inviting.invite(candidate=who, actor=ida, site=SITE)
    assert again.intake == made.intake


def test_standing_tells_where_the_link_stands(ida: User, settings: Settings) -> None:
    who = person()
    assert inviting.standing(who).state == "none"
    token = token_of(inviting.invite(candidate=who, actor=ida, site=SITE))
    assert inviting.standing(who).state == "open"
    link = accounts_links.exchange(token, purpose="intake", subject_id=who.pk)
    assert inviting.standing(who).state == "opened"
    assert inviting.standing(who).is_in_force
    Link.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    assert inviting.standing(who).state == "expired"
    inviting.revoke(candidate=who)
    inviting.invite(candidate=who, actor=ida, site=SITE)
    inviting.revoke(candidate=who)
    assert inviting.standing(who).state == "revoked"
    inviting.invite(candidate=who, actor=ida, site=SITE)
    newest = inviting.newest(who.pk)
    assert newest is not None
    accounts_links.close(newest)
    assert inviting.standing(who).state == "used"
