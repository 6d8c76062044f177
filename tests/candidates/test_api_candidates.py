"""One candidate over the API: shown, edited, deleted, explained, compared."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from candidates import profiles, rubric
from candidates.models import Assessment, Candidate, Change, Job, Work
from candidates.states import ChangeSource, WorkState
from tests.candidates.recruiting import BASE, candidate, client_of, error_of, recruiter
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return recruiter()


@pytest.fixture
def client(person: User) -> Client:
    return client_of(person, name="nightly")


def patch(client: Client, one: Candidate, body: Any) -> Any:
    return client.patch(f"{BASE}/candidates/{one.pk}", body, content_type="application/json")


def test_a_candidate_is_shown_as_in_the_list(client: Client) -> None:
    one = candidate(77)
    shown = client.get(f"{BASE}/candidates/{one.pk}").json()
    assert shown == client.get(f"{BASE}/results").json()["results"][0]


def test_an_unknown_or_deleted_candidate_is_a_404(client: Client) -> None:
    gone = candidate()
    assert client.delete(f"{BASE}/candidates/{gone.pk}").status_code == 200
    for pk in (gone.pk, uuid4()):
        for verb in ("get", "patch", "delete"):
            response = getattr(client, verb)(f"{BASE}/candidates/{pk}", content_type="application/json")
            assert response.status_code == 404
            assert error_of(response)["code"] == "candidate_not_found"


def test_an_edit_sets_and_clears_and_is_kept_with_who_when_and_from_where(client: Client, person: User) -> None:
    one = candidate(location="Lagos", skills=["sql"])
    response = patch(client, one, {"location": None, "skills": ["python", " Python ", ""], "years_experience": 6})
    assert response.status_code == 200
    body = response.json()
    assert body["location"] is None
    assert body["skills"] == ["python"]
    assert body["years_experience"] == 6
    changes = {change.field: change for change in Change.objects.filter(candidate=one)}
    assert set(changes) == {"location", "skills", "years_experience"}
    assert (changes["location"].old, changes["location"].new) == ("Lagos", None)
    assert changes["skills"].old == ["sql"]
    assert all(change.source == ChangeSource.API for change in changes.values())
    assert all(change.actor == person for change in changes.values())
    assert changes["skills"].actor_label == "API key “nightly”"
    assert changes["skills"].created_at is not None


def test_an_edit_that_changes_nothing_leaves_no_trace(client: Client) -> None:
    one = candidate(location="Lagos")
    assert patch(client, one, {"location": " Lagos "}).status_code == 200
    assert patch(client, one, {}).status_code == 200
    assert not Change.objects.exists()


def test_empty_text_clears(client: Client) -> None:
    one = candidate(education="BSc")
    assert patch(client, one, {"education": "  "}).json()["education"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"shoe_size": 43}, "shoe_size"),
        ({"algo_score": 100}, "algo_score"),
        ({"id": "x"}, "id"),
        ({"interview_status": "completed"}, "interview_status"),
        ({"years_experience": "six"}, "years_experience"),
        ({"years_experience": True}, "years_experience"),
        ({"years_experience": -1}, "years_experience"),
        ({"years_experience": 81}, "years_experience"),
        ({"is_founder": "yes"}, "is_founder"),
        ({"is_founder": 1}, "is_founder"),
        ({"skills": "python"}, "skills"),
        ({"skills": [1]}, "skills"),
        ({"skills": ["a"] * 201}, "skills"),
        ({"name": 7}, "name"),
        ({"name": "a" * 501}, "name"),
        ({"email": "not an address"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"linkedin_url": "javascript:alert(1)"}, "linkedin_url"),
        ({"job": str(uuid4())}, "job"),
        ({"job": "x"}, "job"),
    ],
)
def test_a_bad_edit_is_a_400_that_names_the_field_and_changes_nothing(
    client: Client, body: dict[str, Any], field: str
) -> None:
    one = candidate()
    response = patch(client, one, {"location": "Oslo", **body})
    assert response.status_code == 400
    assert field in error_of(response)["fields"]
    one.refresh_from_db()
    assert one.location is None
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    "raw",
    ["", "[]", "{", "null", '"x"', '{"name": "\\ud800"}', '{"name": "a\\u0000b"}', '{"years_experience": NaN}', "\xff"],
)
def test_a_body_that_can_not_be_read_is_a_400(client: Client, raw: str) -> None:
    response = client.generic(
        "PATCH", f"{BASE}/candidates/{candidate().pk}", raw.encode("latin-1"), content_type="application/json"
    )
    assert response.status_code == (200 if raw == "" else 400)


def test_a_body_of_another_type_is_a_415(client: Client) -> None:
    response = client.patch(f"{BASE}/candidates/{candidate().pk}", b"name=x", content_type="text/plain")
    assert response.status_code == 415
    error_of(response)


def test_a_body_that_is_too_large_is_a_413(client: Client) -> None:
    response = patch(client, candidate(), {"bio": "a" * 3_000_000})
    assert response.status_code == 413
    assert error_of(response)["code"] == "too_large"


def test_keys_of_duplicates_follow_an_edit(client: Client) -> None:
    one = candidate()
    patch(client, one, {"email": "Robin.New@Example.com", "phone": "+1 202-555-0143"})
    one.refresh_from_db()
    assert one.email_key == "robin.new@example.com"
    assert one.phone_key == "+12025550143"
    patch(client, one, {"email": None})
    one.refresh_from_db()
    assert one.email_key is None


def test_the_score_is_never_one_of_an_earlier_profile(client: Client) -> None:
    one = candidate(None)
    body = patch(client, one, {"years_experience": 3, "sold_to_finance": True, "is_founder": True}).json()
    assert body["algo_score"] == 30 + 25 + 20
    assert body["combined_score"] == 75
    assert body["tier"] == "Strong"
    body = patch(client, one, {"sold_to_finance": None}).json()
    assert body["algo_score"] == 50
    assert body["tier"] == "Good"
    assert Assessment.objects.filter(candidate=one, is_current=True).count() == 1


def test_a_new_judgement_is_asked_for_only_where_its_subject_changed(client: Client, simulator: Simulator) -> None:
    one = candidate(60, ai=60)
    patch(client, one, {"phone": "+1 202-555-0143", "name": "Robin Other"})
    assert not Work.objects.exists()
    patch(client, one, {"bio": "Sold software to banks."})
    patch(client, one, {"bio": "Sold software to banks and insurers."})
    assert Work.objects.filter(candidate=one, state=WorkState.READY).count() == 1


def test_another_job_brings_its_rubric_and_drops_the_judgement_by_the_old_one(client: Client) -> None:
    job = Job.objects.create(title="Data Engineer")
    rubric.save(job, rubric.from_description("Data Engineer", "Python and SQL are required. 3+ years of Python."))
    one = candidate(70, ai=90, skills=["python", "sql"], years_experience=5)
    body = patch(client, one, {"job": str(job.pk)}).json()
    assert body["job"] == str(job.pk)
    assert body["ai_score"] is None
    assert body["score_basis"] == "algorithm"
    assert body["combined_score"] == body["algo_score"]


# --- taking back ------------------------------------------------------------------------------------------------------


def test_undo_puts_back_and_can_itself_be_undone(person: User) -> None:
    one = candidate(location="Lagos", skills=["sql"])
    (change,) = profiles.edit(candidate=one, values={"skills": ["rust"]}, source=ChangeSource.API, actor=person)
    undone = profiles.undo(change, person)
    one.refresh_from_db()
    assert one.skills == ["sql"]
    assert undone.undoes == change
    assert undone.source == ChangeSource.UNDO
    profiles.undo(undone, person)
    one.refresh_from_db()
    assert one.skills == ["rust"]


def test_undo_is_refused_twice_and_where_the_field_changed_again(person: User) -> None:
    one = candidate()
    (first,) = profiles.edit(candidate=one, values={"location": "Oslo"}, source=ChangeSource.API, actor=person)
    (second,) = profiles.edit(candidate=one, values={"location": "Riga"}, source=ChangeSource.API, actor=person)
    with pytest.raises(profiles.NotUndoable):
        profiles.undo(first, person)
    profiles.undo(second, person)
    with pytest.raises(profiles.NotUndoable):
        profiles.undo(second, person)
    profiles.undo(first, person)
    one.refresh_from_db()
    assert one.location is None


def test_a_deleted_candidate_can_be_restored(client: Client, person: User) -> None:
    one = candidate()
    answer = client.delete(f"{BASE}/candidates/{one.pk}")
    assert answer.status_code == 200
    assert answer.json()["id"] == str(one.pk)
    profiles.restore(candidate=one, source=ChangeSource.CONSOLE, actor=person)
    assert client.get(f"{BASE}/candidates/{one.pk}").status_code == 200
    assert profiles.restore(candidate=one, source=ChangeSource.CONSOLE, actor=person) is None
    change = profiles.delete(candidate=one, source=ChangeSource.CONSOLE, actor=person)
    profiles.undo(change, person)
    one.refresh_from_db()
    assert one.deleted_at is None


def test_a_merge_fills_joins_moves_and_can_be_undone(person: User) -> None:
    keep = candidate(name="Ada Okafor", location=None, skills=["sql"], source_text="First text.")
    other = candidate(name="A. Okafor", location="Lagos", skills=["SQL", "python"], source_text="Second text.")
    other_email = other.email
    profiles.edit(candidate=other, values={"education": "BSc"}, source=ChangeSource.API, actor=person)
    document = other.documents.create(filename="cv.txt", content_type="text/plain", size=1, sha256="0" * 64)
    *_, merged = profiles.merge(keep=keep, other=other, actor=person)
    keep.refresh_from_db(), other.refresh_from_db(), document.refresh_from_db()
    assert keep.name == "Ada Okafor"
    assert keep.location == "Lagos"
    assert keep.skills == ["sql", "python"]
    assert keep.education == "BSc"
    assert keep.source_text == "First text.\n\nSecond text."
    assert other.deleted_at is not None
    assert document.candidate == keep
    assert Change.objects.filter(candidate=keep, source=ChangeSource.API).count() == 1

    profiles.undo(merged, person)
    keep.refresh_from_db(), other.refresh_from_db(), document.refresh_from_db()
    assert keep.location is None
    assert keep.skills == ["sql"]
    assert keep.education is None
    assert keep.source_text == "First text."
    assert other.deleted_at is None
    assert other.email == other_email
    assert document.candidate == other
    assert Change.objects.filter(candidate=other, source=ChangeSource.API).count() == 1


def test_a_candidate_can_not_be_merged_with_itself(person: User) -> None:
    one = candidate()
    with pytest.raises(profiles.merging.CannotMerge):
        profiles.merge(keep=one, other=one, actor=person)


def test_a_candidate_made_by_hand_has_its_history_and_its_score(person: User) -> None:
    made = profiles.create(
        values={"name": "Robin Sample", "years_experience": 2}, source=ChangeSource.CONSOLE, actor=person
    )
    made.refresh_from_db()
    assert made.algo_score == 20
    assert {change.field for change in made.changes.all()} == {"name", "years_experience"}


# --- explained, questioned, compared --------------------------------------------------------------------------------


def test_the_explanation_names_every_criterion(client: Client) -> None:
    one = candidate(None)
    patch(client, one, {"years_experience": 3, "sold_to_finance": True})
    body = client.get(f"{BASE}/candidates/{one.pk}/explanation").json()
    assert body["combined"]["score"] == 55
    assert {criterion["key"] for criterion in body["algorithm"]["criteria"]} >= {"years", "sold_to_finance"}


def test_questions_are_made_once_and_kept(client: Client) -> None:
    one = candidate(None)
    patch(client, one, {"years_experience": 3})
    first = client.get(f"{BASE}/candidates/{one.pk}/questions").json()
    assert first["questions"]
    assert client.get(f"{BASE}/candidates/{one.pk}/questions").json() == first


def test_two_candidates_are_compared(client: Client) -> None:
    strong, weak = candidate(85, years_experience=9), candidate(20, years_experience=1)
    body = client.post(
        f"{BASE}/compare", {"candidate_a": strong.pk, "candidate_b": weak.pk}, content_type="application/json"
    ).json()
    assert body["winner"] == "A"
    assert {"confidence", "candidate_a", "candidate_b", "key_differentiator", "recommendation"} <= set(body)


def test_a_comparison_needs_two_different_known_candidates(client: Client) -> None:
    one = candidate()
    for other, status in ((one.pk, 422), (uuid4(), 404), ("x", 400)):
        response = client.post(
            f"{BASE}/compare", {"candidate_a": one.pk, "candidate_b": other}, content_type="application/json"
        )
        assert response.status_code == status
        error_of(response)
