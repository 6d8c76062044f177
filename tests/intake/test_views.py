"""The wizard's pages: each step, back and forth, in two tabs, with what goes wrong, and none of it by a script."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts.models import Link
from candidates import documents
from candidates.models import Candidate, Document
from intake import answers, consent, filling, lifecycle, wizard
from intake.models import Notice
from intake.states import AnswerState, IntakeState, NoticeKind, Step, Via
from tests.candidates.recruiting import recruiter
from tests.intake.coming import agreed, at, come, fields_in, form_of, invited, person, round_of, walked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


def page(client: Client, who: Candidate, step: str = "") -> str:
    return str(client.get(at(who, step)).content.decode())


# --- the link ---------------------------------------------------------------------------------------------------------
def test_link_shows_a_button_and_uses_nothing_up() -> None:
    who = person()
    token = invited(who)
    for _ in range(3):
        response = Client().get(at(who), {"token": token})
        assert response.status_code == 200
        assert not response.cookies
    assert Link.objects.get().opened_at is None
    assert f'name="token" value="{token}"' in response.content.decode()
    assert "Amara" not in response.content.decode()


def test_every_page_keeps_to_itself() -> None:
    who = person()
    token = invited(who)
    client = come(who, token)
    answers_ = [Client().get(at(who), {"token": token}), client.get(at(who)), client.get(at(who, "consent"))]
    for response in [*answers_, Client().get(at(who, "consent")), Client().get(at(who, "validate"), {"token": token})]:
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
    for response in answers_:
        assert "script-src 'self';" in response["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_trade_gives_a_cookie_for_this_candidates_pages_alone() -> None:
    who = person()
    response = Client().post(at(who), {"token": invited(who)})
    assert (response.status_code, response["Location"]) == (303, at(who))
    cookie = response.cookies["greenroom_intake"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", at(who))


def test_link_opened_again_goes_on_at_the_clean_address() -> None:
    who = person()
    token = invited(who)
    client = come(who, token)
    assert client.get(at(who), {"token": token})["Location"] == at(who)
    assert "Complete your application for Head Baker" in page(client, who)


def test_addresses_tell_nothing_to_who_has_no_link() -> None:
    who, nobody = person(), uuid4()
    invited(who)
    shown = [Client().get(at(one)).content.decode().replace(str(one), "") for one in (who.pk, nobody)]
    assert _without_nonce(shown[0]) == _without_nonce(shown[1])
    for step in ("consent", "resume", "profile", "gaps", "review", "done"):
        refused = [Client().get(at(one, step)) for one in (who.pk, nobody)]
        assert [one.status_code for one in refused] == [410, 410]
        assert _without_nonce(refused[0].content.decode()) == _without_nonce(refused[1].content.decode())


def _without_nonce(text: str) -> str:
    head, _, rest = text.partition('nonce="')
    return head + rest.partition('"')[2]


def test_form_of_another_site_is_not_taken() -> None:
    who = person()
    client = come(who)
    headers = {"Sec-Fetch-Site": "cross-site"}
    response = client.post(at(who, "consent"), {"agree": consent.VERSION}, headers=headers)
    assert response.status_code == 403
    assert not consent.is_given(round_of(who))


def test_withdrawn_round_opens_nothing() -> None:
    who = person()
    client = come(who)
    lifecycle.withdraw(round_of(who))
    assert client.get(at(who, "consent")).status_code == 410


# --- validate ---------------------------------------------------------------------------------------------------------
def test_validate_tells_name_and_gaps_and_leaves_no_trace() -> None:
    who = person()
    response = Client().get(at(who, "validate"), {"token": invited(who)})
    told = response.json()
    assert (told["valid"], told["candidate_name"]) == (True, "Amara Voss")
    assert "location" in {gap["field"] for gap in told["gaps"]}
    assert set(told["gaps"][0]) == {"field", "label", "question", "is_required"}
    assert Link.objects.get().opened_at is None


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "x" * 5000])
def test_validate_tells_nothing_of_a_link_that_does_not_work(token: str) -> None:
    who = person()
    invited(who)
    response = Client().get(at(who, "validate"), {"token": token}, REMOTE_ADDR="192.0.2.7")
    assert (response.status_code, response.json()) == (200, {"valid": False, "candidate_name": None, "gaps": []})


def test_validate_of_another_candidates_link_tells_nothing() -> None:
    who, other = person(), person(name="Ben Okoro")
    invited(who)
    response = Client().get(at(who, "validate"), {"token": invited(other)}, REMOTE_ADDR="192.0.2.8")
    assert response.json() == {"valid": False, "candidate_name": None, "gaps": []}


def test_guessing_at_links_is_slowed_down(settings: Settings) -> None:
    settings.WRONG_LINKS_PER_MINUTE = 3
    who = person()
    address = f"192.0.2.{uuid4().int % 250}"
    found = [Client().get(at(who, "validate"), {"token": "wrong"}, REMOTE_ADDR=address).status_code for _ in range(6)]
    assert found[-1] == 429
    refused = Client().post(at(who), {"token": "wrong"}, REMOTE_ADDR=address)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0


# --- consent ----------------------------------------------------------------------------------------------------------
def test_nothing_opens_before_consent() -> None:
    who = person()
    client = come(who)
    for step in ("resume", "profile", "gaps", "review", "done"):
        assert client.get(at(who, step))["Location"] == at(who, "consent"), step
    response = client.post(at(who, "consent"), {})
    assert response.status_code == 422
    assert "Tick the box" in response.content.decode()
    assert round_of(who).state == IntakeState.INVITED


def test_consent_is_kept_with_its_words_and_begins_the_round() -> None:
    who = person()
    agreed(who)
    intake = round_of(who)
    assert (intake.state, intake.step) == (IntakeState.IN_PROGRESS, Step.RESUME)
    assert intake.consent_version == consent.VERSION
    assert intake.consent_text == consent.statements(language="en")
    who.refresh_from_db()
    assert who.intake_status == "in_progress"


def test_changed_words_are_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    who = person()
    client = walked(who, "gaps")
    monkeypatch.setattr(consent, "VERSION", "2027-01-01")
    assert client.get(at(who, "gaps"))["Location"] == at(who, "consent")
    assert client.post(at(who, "consent"), {"agree": "2027-01-01"})["Location"] == at(who, "gaps")


def test_language_is_changed_with_its_questions() -> None:
    who = person()
    client = walked(who, "gaps")
    response = client.post(at(who, "language"), {"language": "de", "step": "gaps"})
    assert response["Location"] == at(who, "gaps")
    assert '<html lang="de"' in page(client, who, "gaps")
    assert round_of(who).language == "de"
    client.post(at(who, "language"), {"language": "tlh", "step": "gaps"})
    assert round_of(who).language == "de"


# --- resume -----------------------------------------------------------------------------------------------------------
def upload(client: Client, who: Candidate, content: bytes, name: str = "cv.txt") -> str:
    file = SimpleUploadedFile(name, content)
    response = client.post(at(who, "resume"), {"resume": file})
    return response["Location"] if response.status_code == 303 else str(response.content.decode())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "neither a PDF, a Word file"),
        (b"Text. " * 20, "too large"),
    ],
)
def test_file_that_is_not_taken_is_told_and_may_be_tried_again(settings: Settings, content: bytes, says: str) -> None:
    settings.DOCUMENT_MAX_BYTES = 100
    who = person()
    client = agreed(who)
    shown = upload(client, who, content)
    assert says in shown
    assert "Try another file" in shown
    assert upload(client, who, b"Amara Voss, baker in Ghent.") == at(who, "resume")


def test_form_without_a_file_says_so() -> None:
    who = person()
    response = agreed(who).post(at(who, "resume"), {})
    assert response.status_code == 422
    assert "Choose a file first" in response.content.decode()
    assert "This file could not be taken." not in response.content.decode()


def test_resume_is_waited_for_without_a_script() -> None:
    who = person()
    client = agreed(who)
    assert upload(client, who, b"Amara Voss\nLocation: Ghent, Belgium\n") == at(who, "resume")
    waiting = client.get(at(who, "resume"))
    assert waiting["Refresh"] == "2"
    assert "is being read" in waiting.content.decode()
    filling.fill(round_of(who))
    response = client.get(at(who, "resume"))
    assert "Refresh" not in response
    assert "cv.txt was read" in response.content.decode()


def test_candidate_may_go_on_while_the_resume_is_read() -> None:
    who = person()
    client = agreed(who)
    upload(client, who, b"Amara Voss, baker in Ghent.")
    assert client.post(at(who, "resume"), {"skip": "1"})["Location"] == at(who, "profile")
    assert client.get(at(who, "profile")).status_code == 200


def test_resume_that_can_not_be_read_says_why() -> None:
    who = person()
    client = agreed(who)
    upload(client, who, b"%PDF-1.7 broken", "cv.pdf")
    documents.read(Document.objects.get().pk)
    shown = page(client, who, "resume")
    assert "cv.pdf could not be read." in shown
    assert "The file is broken." in shown
    assert 'type="file"' in shown


# --- profile and gaps -------------------------------------------------------------------------------------------------
def test_file_that_is_not_taken_leaves_the_one_before_and_the_way_on() -> None:
    who = person()
    client = agreed(who)
    upload(client, who, b"%PDF-1.7 broken", "cv.pdf")
    documents.read(Document.objects.get().pk)
    shown = upload(client, who, b"\x89PNG\r\n\x1a\n\x00\x00\x00", "me.png")
    # It is the picture that could not be taken, and not the file before.
    assert "This file could not be taken." in shown
    assert "cv.pdf" not in shown
    upload(client, who, b"Amara Voss\nLocation: Ghent, Belgium\n", "good.txt")
    filling.fill(round_of(who))
    shown = upload(client, who, b"\x89PNG\r\n\x1a\n\x00\x00\x00", "me.png")
    assert "This file could not be taken." in shown
    assert "good.txt was read." in shown
    assert 'name="skip"' in shown


def test_known_value_is_picked_in_place_of_typing_it() -> None:
    who = person(location="Leeds, United Kingdom", years_experience=12)
    client = agreed(who)
    upload(client, who, b"Amara Voss\nLocation: Ghent, Belgium\n8 years of experience as a baker.\n")
    filling.fill(round_of(who))
    client.post(at(who, "resume"), {"skip": "1"})
    client.post(at(who, "profile"), form_of(client, who, "profile"))
    shown = page(client, who, "gaps")
    assert shown.count('type="radio" name="pick_field_location"') == 2
    form = form_of(client, who, "gaps", years_experience="9")
    # What was typed counts more than what was picked beside it; a number that is no place is nothing.
    picks = {"pick_field_location": "1", "pick_field_years_experience": "0", "pick_field_email": "7"}
    assert client.post(at(who, "gaps"), form | picks).status_code == 303
    given = {one.field: one.value for one in round_of(who).answers.filter(is_current=True, state="accepted")}
    assert given["location"] == "Ghent, Belgium"
    assert given["years_experience"] == 9


def test_number_that_is_none_is_asked_for_in_digits() -> None:
    who = person(years_experience=None)
    client = walked(who, "gaps")
    shown = client.post(at(who, "gaps"), form_of(client, who, "gaps", years_experience="lots")).content.decode()
    assert "Enter a number in digits, such as 12." in shown


def test_profile_is_corrected_and_only_what_was_changed_is_written() -> None:
    who = person(phone="+32 470 12 34 56", current_company="Old Mill")
    client = walked(who, "profile")
    typed = form_of(client, who, "profile", current_company="New Mill")
    assert client.post(at(who, "profile"), typed)["Location"] == at(who, "gaps")
    given = answers.current(round_of(who))
    assert {name: answer.value for name, answer in given.items()} == {"current_company": "New Mill"}
    who.refresh_from_db()
    assert who.current_company == "Old Mill"  # nothing is merged before it is handed in


def test_proposal_of_the_resume_counts_once_the_page_is_sent() -> None:
    who = person()
    client = walked(who, "profile")
    intake = round_of(who)
    quote = "I bake bread."
    answers.record(
        intake, field="achievements", value=["Bread"], via=Via.RESUME, quote=quote, state=AnswerState.PROPOSED
    )
    shown = page(client, who, "profile")
    assert "From your resume:" in shown
    assert "I bake bread." in shown
    assert client.post(at(who, "profile"), fields_in(shown)).status_code == 303
    given = answers.current(intake)["achievements"]
    assert (given.state, given.via, given.quote) == (AnswerState.ACCEPTED, Via.RESUME, "I bake bread.")


def test_wrong_value_is_told_and_everything_typed_stays() -> None:
    who = person(current_company="Old Mill")
    client = walked(who, "profile")
    typed = form_of(client, who, "profile", email="not an address", current_company="New Mill")
    response = client.post(at(who, "profile"), typed)
    assert response.status_code == 422
    shown = response.content.decode()
    assert "Enter an e-mail address" in shown
    assert fields_in(shown)["field_email"] == "not an address"
    assert fields_in(shown)["field_current_company"] == "New Mill"
    assert answers.current(round_of(who)) == {}
    assert client.post(at(who, "profile"), fields_in(shown, email="amara@example.org")).status_code == 303
    assert answers.current(round_of(who))["current_company"].value == "New Mill"


def test_gap_is_answered_skipped_or_left_open() -> None:
    who = person(location=None, years_experience=None, current_role=None)
    client = walked(who, "gaps")
    asked = [gap.field for gap in wizard.gaps_of(round_of(who))]
    assert {"location", "years_experience", "current_role"} <= set(asked)
    typed = form_of(client, who, "gaps", location="Ghent, Belgium", years_experience="12")
    typed["skip_field_current_role"] = "1"
    assert client.post(at(who, "gaps"), typed)["Location"] == at(who, "review")
    given = answers.current(round_of(who))
    assert (given["location"].value, given["years_experience"].value) == ("Ghent, Belgium", 12)
    assert given["current_role"].state == AnswerState.SKIPPED
    still = {gap.field for gap in wizard.still_open(round_of(who))}
    assert still == set(asked) - {"location", "years_experience", "current_role"}


def test_back_and_forth_keeps_what_was_said() -> None:
    who = person(location=None)
    client = walked(who, "gaps")
    client.post(at(who, "gaps"), form_of(client, who, "gaps", location="Ghent"))
    for step in ("consent", "resume", "profile", "gaps", "review"):
        assert client.get(at(who, step)).status_code == 200
    assert form_of(client, who, "gaps")["field_location"] == "Ghent"
    assert round_of(who).step == Step.REVIEW
    # The same link goes on where it was.
    assert client.get(at(who))["Location"] == at(who, "review")


# --- two tabs ---------------------------------------------------------------------------------------------------------
def test_two_tabs_that_change_different_things_both_win() -> None:
    who = person(current_company="Old Mill", phone="+32 470 12 34 56")
    client = walked(who, "profile")
    one, other = (form_of(client, who, "profile") for _ in range(2))
    client.post(at(who, "profile"), one | {"field_current_company": "New Mill"})
    assert client.post(at(who, "profile"), other | {"field_phone": "+32 470 99 99 99"}).status_code == 303
    given = answers.current(round_of(who))
    assert (given["current_company"].value, given["phone"].value) == ("New Mill", "+32 470 99 99 99")


def test_two_tabs_that_change_the_same_lose_nothing() -> None:
    who = person(current_company="Old Mill", phone="+32 470 12 34 56")
    client = walked(who, "profile")
    one, other = (form_of(client, who, "profile") for _ in range(2))
    client.post(at(who, "profile"), one | {"field_current_company": "New Mill"})
    response = client.post(
        at(who, "profile"), other | {"field_current_company": "Third Mill", "field_phone": "+32 470 99 99 99"}
    )
    assert response.status_code == 409
    shown = response.content.decode()
    assert "New Mill" in shown
    again = fields_in(shown)
    assert (again["field_current_company"], again["field_phone"]) == ("Third Mill", "+32 470 99 99 99")
    assert answers.current(round_of(who))["current_company"].value == "New Mill"
    assert client.post(at(who, "profile"), again).status_code == 303
    assert answers.current(round_of(who))["current_company"].value == "Third Mill"


# --- review and done --------------------------------------------------------------------------------------------------
def reviewed(**known: object) -> tuple[Client, Candidate]:
    who = person(location=None, current_company="Old Mill", **known)
    client = walked(who, "profile")
    client.post(at(who, "profile"), form_of(client, who, "profile", current_company="New Mill"))
    client.post(at(who, "gaps"), form_of(client, who, "gaps", location="Ghent"))
    return client, who


def test_review_shows_before_and_after_and_hands_in() -> None:
    client, who = reviewed()
    shown = page(client, who, "review")
    assert "Old Mill" in shown
    assert "New Mill" in shown
    response = client.post(at(who, "review"), fields_in(shown) | {"send": "1"})
    assert response["Location"] == at(who, "done")
    who.refresh_from_db()
    assert (who.location, who.current_company, who.intake_status) == (
        "Ghent",
        "New Mill",
        "intake_completed",
    )
    assert "everything has arrived" in page(client, who, "done")
    for step in ("", "profile", "gaps", "review"):
        assert client.get(at(who, step))["Location"] == at(who, "done")


def test_review_corrects_and_leaves_as_it_was() -> None:
    client, who = reviewed()
    typed = form_of(client, who, "review", location="Bruges") | {"keep_field_current_company": "1", "save": "1"}
    assert client.post(at(who, "review"), typed)["Location"] == at(who, "review")
    given = answers.current(round_of(who))
    assert given["location"].value == "Bruges"
    assert given["current_company"].state == AnswerState.REJECTED
    again = form_of(client, who, "review")
    assert again.pop("keep_field_current_company") == "1"
    client.post(at(who, "review"), again | {"send": "1"})
    who.refresh_from_db()
    assert (who.location, who.current_company) == ("Bruges", "New Mill")


def test_answer_that_came_up_meanwhile_is_shown_before_it_is_handed_in() -> None:
    client, who = reviewed(phone=None)
    typed = form_of(client, who, "review")
    answers.record(round_of(who), field="phone", value="+32 470 12 34 56", via=Via.FORM)
    response = client.post(at(who, "review"), typed | {"send": "1"})
    assert response.status_code == 409
    assert round_of(who).state == IntakeState.IN_PROGRESS
    assert "+32 470 12 34 56" in response.content.decode()


def test_recruiter_who_is_signed_in_gets_no_further_than_anybody() -> None:
    who = person()
    invited(who)
    client = Client()
    client.force_login(recruiter())
    assert client.get(at(who, "profile")).status_code == 410


def test_everything_held_is_handed_out_and_erasure_is_asked_for_once() -> None:
    client, who = reviewed()
    client.post(at(who, "review"), form_of(client, who, "review") | {"send": "1"})
    response = client.get(at(who, "download"))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "no-store"
    assert response.json()["profile"]["location"] == "Ghent"
    assert client.post(at(who, "erase"), {})["Location"] == at(who, "done")
    assert round_of(who).erasure_asked_at is None
    for _ in range(2):
        client.post(at(who, "erase"), {"sure": "yes"})
    assert Notice.objects.filter(kind=NoticeKind.ERASURE_ASKED, intake__candidate=who).count() <= 1
    assert "You asked for erasure" in page(client, who, "done")
