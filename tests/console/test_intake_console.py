"""Intake as a recruiter sees it: invite one or many, watch answers arrive, see what changed and why, undo, the bell."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, expect

from accounts.models import Link, User
from candidates.models import Candidate, Job
from candidates.states import IntakeStatus, Tier
from intake import answers, holding, inviting, lifecycle, mailings, merging
from intake.admin.differing import sides
from intake.models import Intake, Invitee, Mailing, Notice
from intake.states import AnswerState, IntakeState, InviteeState, NoticeKind, Step, Via
from tests.candidates.recruiting import candidate
from tests.console.conftest import Console, settled, window
from tests.console.people import make_candidate, make_job
from tests.intake import rounds

SITE = "http://testserver"


@pytest.fixture
def staff(recruiter: User) -> Client:
    client = Client()
    client.force_login(recruiter)
    return client


def in_progress(recruiter: User, **values: Any) -> Intake:
    """A candidate in the middle of a round."""
    job, _ = make_job()
    who = make_candidate("Amara Voss", job=job, location="Leeds", skills=["Baking"], **values)
    who.refresh_from_db()
    made = inviting.invite(candidate=who, actor=recruiter, site=SITE, job=rounds.job())
    return lifecycle.begin(made.intake, step=Step.GAPS)


def completed(recruiter: User) -> Intake:
    """A round that was completed: a corrected place, a longer list, a number and a column of the job's own."""
    intake = in_progress(recruiter)
    answers.record(intake, field="location", value="York, United Kingdom", via=Via.FORM)
    answers.record(intake, field="skills", value=["Baking", "Teaching"], via=Via.FORM, quote="I teach as well")
    answers.record(intake, field="years_experience", value=11, via=Via.CHAT)
    answers.record(intake, field="can_travel", value=True, via=Via.FORM)
    merging.complete(intake)
    return intake


def block_of(client: Client, who: Candidate) -> str:
    return client.get(f"/admin/intake/intake/candidate/{who.pk}/").content.decode()


# --- one candidate's link ---------------------------------------------------------------------------------------------


def test_link_is_shown_once_in_the_answer_and_never_again(staff: Client) -> None:
    who = candidate(name="Amara Voss", email="amara@example.com")
    page = f"/admin/intake/intake/candidate/{who.pk}/link/"
    made = staff.post(page, {"action": "make", "language": "en", "job": ""})
    shown = re.search(rf"http://testserver/intake/{who.pk}\?token=([\w.-]+)", made.content.decode())
    assert shown
    assert made["Cache-Control"].startswith("max-age=0")
    assert made["Referrer-Policy"] == "same-origin"
    again = staff.get(page).content.decode()
    assert shown[1] not in again
    assert "In force, not opened yet" in again


def test_link_is_mailed_and_revoked_from_the_page(staff: Client) -> None:
    who = candidate(name="Amara Voss", email="amara@example.com")
    page = f"/admin/intake/intake/candidate/{who.pk}/link/"
    assert staff.post(page, {"action": "mail"}).status_code == 302
    assert mail.outbox[0].to == ["amara@example.com"]
    assert "Mailed just now" in block_of(staff, who)
    staff.post(page, {"action": "revoke"})
    assert not Link.objects.in_force().exists()
    assert "Revoked" in staff.get(page).content.decode()


def test_candidate_without_an_address_can_only_be_sent_a_copied_link(staff: Client) -> None:
    who = candidate(name="Amara Voss", email=None)
    shown = staff.get(f"/admin/intake/intake/candidate/{who.pk}/link/").content.decode()
    assert 'value="mail"' not in shown
    assert "No e-mail address is known" in shown


# --- many -------------------------------------------------------------------------------------------------------------


def test_many_are_invited_after_it_was_said_who_gets_a_letter(staff: Client, recruiter: User) -> None:
    chosen = [
        candidate(80, name="Amara Voss", email="amara@example.com"),
        candidate(70, name="Noor Hadid", email=None),
        candidate(60, name="Kim Osei", email="kim@example.com", intake_status=IntakeStatus.INVITED),
    ]
    candidate(50, name="Not chosen", email="other@example.com")
    ids = [str(one.pk) for one in chosen]
    asked = staff.post("/admin/intake/mailing/add/", {"ids": ids}).content.decode()
    assert "Mail 1 letter<" in asked
    assert "Have no e-mail address" in asked
    assert not Mailing.objects.exists()
    sent = staff.post("/admin/intake/mailing/add/", {"ids": ids, "go": "1", "again": "1"})
    mailing = Mailing.objects.get()
    assert sent["Location"] == f"/admin/intake/mailing/{mailing.pk}/change/"
    assert "0 of 2 mailed" in staff.get(sent["Location"]).content.decode()
    mailings.drain(mailing)
    done = staff.get(f"/admin/intake/mailing/{mailing.pk}/progress/").content.decode()
    assert "2 of 2 mailed" in done
    assert "Noor Hadid" in done
    assert "hx-trigger" not in done
    assert {letter.to[0] for letter in mail.outbox} == {"amara@example.com", "kim@example.com"}


def test_all_of_a_list_are_invited_by_its_query(staff: Client) -> None:
    candidate(90, email="top@example.com")
    candidate(20, email="poor@example.com")
    staff.post("/admin/intake/mailing/add/", {"all": "1", "query": f"tier={Tier.TOP}", "go": "1"})
    assert list(Invitee.objects.values_list("candidate__email", flat=True)) == ["top@example.com"]


def test_failed_letters_are_tried_again_from_the_page(staff: Client) -> None:
    who = candidate(90, email="top@example.com")
    staff.post("/admin/intake/mailing/add/", {"ids": [str(who.pk)], "go": "1"})
    Invitee.objects.update(state=InviteeState.FAILED, reason="The mail server did not take the message.")
    mailing = Mailing.objects.get()
    assert "Try these again" in staff.get(f"/admin/intake/mailing/{mailing.pk}/change/").content.decode()
    staff.post(f"/admin/intake/mailing/{mailing.pk}/again/")
    assert mailings.counts(mailing)["waiting"] == 1


# --- what came of it --------------------------------------------------------------------------------------------------


def test_block_tells_each_answer_and_what_is_open(staff: Client, recruiter: User) -> None:
    intake = in_progress(recruiter)
    answers.record(intake, field="years_experience", value=11, via=Via.CHAT, state=AnswerState.PROPOSED)
    answers.record(intake, field="can_travel", value=None, via=Via.FORM, state=AnswerState.SKIPPED)
    shown = block_of(staff, intake.candidate)
    assert "11 years" in shown
    assert "To confirm" in shown
    assert "Skipped" in shown
    assert "Still open:" in shown
    assert f"/live/intakes/{intake.candidate_id}/events" in shown


def test_round_shows_before_and_after_side_by_side(staff: Client, recruiter: User) -> None:
    intake = completed(recruiter)
    shown = staff.get(f"/admin/intake/intake/{intake.pk}/change/").content.decode()
    assert "<del>Leeds</del>" in shown
    assert "York" in shown
    assert "<li>Baking</li>" in shown
    assert "<li><ins>Teaching</ins></li>" in shown
    assert "I teach as well" in shown
    assert "What moved the score" in shown
    assert "See what changed" in block_of(staff, intake.candidate)


def test_one_change_is_undone_and_then_all(staff: Client, recruiter: User) -> None:
    intake = completed(recruiter)
    who = intake.candidate
    page = f"/admin/intake/intake/{intake.pk}/undo/"
    place = next(pk for pk in intake.outcome["changes"] if who.changes.get(pk=pk).field == "location")
    staff.post(page, {"change": place})
    who.refresh_from_db()
    assert (who.location, who.years_experience) == ("Leeds", 11)
    staff.post(page)
    who.refresh_from_db()
    assert (who.skills, who.years_experience) == (["Baking"], None)
    assert "Undone" in block_of(staff, who)


def test_change_of_another_candidate_is_not_undone_here(staff: Client, recruiter: User) -> None:
    intake = completed(recruiter)
    other = make_candidate("Noor Hadid", email="noor@example.com")
    change = other.changes.create(field="location", old="Bonn", new="Berlin", source="console")
    staff.post(f"/admin/intake/intake/{intake.pk}/undo/", {"change": change.pk})
    assert not hasattr(other.changes.get(), "undone_by")


@pytest.mark.parametrize(
    ("before", "after", "left", "right"),
    [
        ("Sales lead", "Sales manager", [("Sales ", False), ("lead", True)], [("Sales ", False), ("manager", True)]),
        (None, "Leeds", [], [("Leeds", True)]),
        ("Leeds", None, [("Leeds", True)], []),
        (["SQL", "Go"], ["sql"], [("SQL", False), ("Go", True)], [("sql", False)]),
        (8, 11, [("8", True)], [("11", True)]),
    ],
)
def test_differences_mark_what_went_and_what_came(before: Any, after: Any, left: Any, right: Any) -> None:
    found = sides(before, after)
    assert [(one.text, one.is_marked) for one in found.before] == left
    assert [(one.text, one.is_marked) for one in found.after] == right


def test_words_of_a_candidate_are_never_markup(staff: Client, recruiter: User) -> None:
    intake = in_progress(recruiter)
    answers.record(intake, field="location", value="<script>alert(1)</script>", via=Via.FORM)
    for shown in (
        block_of(staff, intake.candidate),
        staff.get(f"/admin/intake/intake/{intake.pk}/change/").content.decode(),
    ):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown


# --- the bell ---------------------------------------------------------------------------------------------------------


def test_bell_counts_what_is_unread_and_opening_reads_it(staff: Client, recruiter: User) -> None:
    intake = completed(recruiter)
    rings = staff.get("/admin/intake/notice/bell/").content.decode()
    assert re.search(r'gr-bell__count">1<', rings)
    assert "Amara Voss" in rings
    notice = Notice.objects.get(recipient=recruiter, kind=NoticeKind.INTAKE_COMPLETED)
    opened = staff.post(f"/admin/intake/notice/{notice.pk}/open/")
    assert opened["Location"] == f"/admin/intake/intake/{intake.pk}/change/"
    assert "gr-bell__count" not in staff.get("/admin/intake/notice/bell/").content.decode()
    assert "Amara Voss" in staff.get("/admin/intake/notice/").content.decode()


def test_notice_of_another_recruiter_is_not_found(staff: Client, recruiter: User) -> None:
    other = User.objects.create_user("noor@example.com", is_staff=True)
    intake = completed(recruiter)
    notice = Notice.objects.create(
        kind=NoticeKind.ERASURE_ASKED, recipient=other, candidate=intake.candidate, intake=intake
    )
    assert staff.post(f"/admin/intake/notice/{notice.pk}/open/").status_code == 404
    staff.post("/admin/intake/notice/read/")
    notice.refresh_from_db()
    assert notice.read_at is None


# --- in a browser -----------------------------------------------------------------------------------------------------


def test_answers_stand_on_the_page_within_a_second(console: Console, recruiter: User) -> None:
    intake = in_progress(recruiter)
    page = console.open_live(f"/admin/candidates/candidate/{intake.candidate_id}/change/")
    expect(page.locator("[data-intake=open]")).to_be_visible()
    took = []
    for years in (11, 12, 13, 14, 15):  # a machine that does much else at once is given more than one try
        begun = time.monotonic()
        answers.record(intake, field="years_experience", value=years, via=Via.CHAT)
        expect(page.locator("[data-answer=years_experience]")).to_contain_text(f"{years} years")
        took.append(time.monotonic() - begun)
        if took[-1] < 1.5:
            break
    assert min(took) < 1.5, took
    assert console.violations() == []


def test_page_follows_when_the_candidate_is_done(console: Console, recruiter: User) -> None:
    intake = in_progress(recruiter)
    page = console.open_live(f"/admin/candidates/candidate/{intake.candidate_id}/change/")
    expect(page.locator("[data-intake=open]")).to_be_visible()
    answers.record(intake, field="years_experience", value=11, via=Via.FORM)
    merging.complete(intake)
    expect(page.get_by_role("link", name="See what changed")).to_be_visible()
    page.get_by_role("link", name="See what changed").click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
    assert Intake.objects.get().state == IntakeState.COMPLETED


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit(chromium: Browser, site: str, recruiter: User, width: int, scheme: str) -> None:
    done = completed(recruiter)
    who = candidate(name="Noor Hadid", email="noor@example.com", job=Job.objects.first())
    mailing = mailings.begin(rows=Candidate.objects.filter(pk=who.pk), actor=recruiter, site=site)
    mailings.drain(mailing)
    holding.ask_erasure(done)
    opened = window(chromium, site, recruiter, viewport={"width": width, "height": 900}, color_scheme=scheme)
    for path in (
        f"/admin/candidates/candidate/{done.candidate_id}/change/",
        f"/admin/intake/intake/{done.pk}/change/",
        f"/admin/intake/intake/candidate/{who.pk}/link/",
        f"/admin/intake/mailing/{mailing.pk}/change/",
        "/admin/intake/mailing/",
        "/admin/intake/notice/",
    ):
        page = opened.open(path)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('details.gr-disclosure').forEach(one => (one.open = true))")
        assert opened.violations() == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    opened.context.close()
    settled()
    assert opened.errors == []


def test_list_leads_to_an_invitation_of_the_selected(console: Console, recruiter: User) -> None:
    candidate(90, name="Amara Voss", email="amara@example.com")
    page = console.open("/admin/candidates/candidate/")
    page.get_by_label("Select Amara Voss").check()
    page.get_by_role("button", name="Invite to intake").click()
    expect(page.get_by_role("heading", name="Invite 1 candidate to intake")).to_be_visible()
    assert console.violations() == []
    page.get_by_role("button", name="Mail 1 letter").click()
    expect(page.get_by_text("0 of 1 mailed")).to_be_visible()
    mailings.drain(Mailing.objects.get())
    expect(page.get_by_text("1 of 1 mailed")).to_be_visible()


def test_bell_shows_its_notices(console: Console, recruiter: User) -> None:
    completed(recruiter)
    page = console.open("/admin/")
    page.locator("[data-bell] summary").click()
    page.get_by_role("button", name=re.compile("Amara Voss completed intake")).click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
