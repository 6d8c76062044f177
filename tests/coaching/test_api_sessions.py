"""The sessions API: every address, every status, every wrong state."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import ApiKey, User
from coaching import lifecycle, messages
from coaching.models import Session
from coaching.states import PreparationType
from tests.candidates.recruiting import client_of as key_client_of
from tests.candidates.recruiting import error_of, recruiter
from tests.coaching.talking import FULL, client_of, session, spoken, trainee

pytestmark = pytest.mark.django_db
BASE = "/api/v1/sessions"
JSON = "application/json"


@pytest.fixture
def user() -> User:
    return trainee()


@pytest.fixture
def api(user: User) -> Client:
    return client_of(user)


def test_session_is_set_up(api: Client, user: User) -> None:
    body = {
        "preparation_type": "Pitch",
        "meeting_subtype": "Seed round",
        "agenda": "Ten minutes",
        "tone": "sceptical",
        "role_context": "I founded it.",
    }
    response = api.post(BASE, body, content_type=JSON)
    assert response.status_code == 201
    made = response.json()
    assert {name: made[name] for name in body} == body
    assert (made["status"], made["turns"], made["messages"], made["overall"]) == ("setup", 0, 0, None)
    assert api.get(f"{BASE}/{made['id']}").json() == made
    assert Session.objects.get().user == user


def test_setup_needs_the_kind_alone(api: Client) -> None:
    for kind in PreparationType:
        assert api.post(BASE, {"preparation_type": kind}, content_type=JSON).json()["preparation_type"] == kind
    assert Session.objects.count() == 6


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "preparation_type"),
        ({"preparation_type": "pitch"}, "preparation_type"),
        ({"preparation_type": None}, "preparation_type"),
        ({"preparation_type": "Pitch", "agenda": 5}, "agenda"),
        ({"preparation_type": "Pitch", "agenda": "a" * 4001}, "agenda"),
        ({"preparation_type": "Pitch", "tone": "a" * 121}, "tone"),
        ({"preparation_type": "Pitch", "status": "completed"}, "status"),
        ({"preparation_type": "Pitch", "user": str(uuid4())}, "user"),
    ],
)
def test_setup_that_is_none_is_refused(api: Client, body: dict[str, Any], field: str) -> None:
    response = api.post(BASE, body, content_type=JSON)
    assert response.status_code == 400
    assert field in error_of(response)["fields"]
    assert not Session.objects.exists()


def test_bodies_that_are_no_json_are_refused(api: Client) -> None:
    assert api.post(BASE, "{", content_type=JSON).status_code == 400
    assert api.post(BASE, "[]", content_type=JSON).status_code == 400
    assert api.post(BASE, {"preparation_type": "Pitch"}).status_code == 415


def test_list_pages_and_filters(api: Client, user: User) -> None:
    made = [session(user) for _ in range(3)]
    away = session(user, PreparationType.SALES)
    lifecycle.archive(away)
    first = api.get(BASE, {"limit": 2}).json()
    assert [row["id"] for row in first["results"]] == [str(made[2].pk), str(made[1].pk)]
    rest = api.get(BASE, {"limit": 2, "cursor": first["next"]}).json()
    assert ([row["id"] for row in rest["results"]], rest["next"]) == ([str(made[0].pk)], None)
    assert [row["id"] for row in api.get(BASE, {"status": "archived"}).json()["results"]] == [str(away.pk)]
    assert api.get(BASE, {"preparation_type": "Sales", "status": "setup"}).json()["results"] == []


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 201}, {"status": "open"}, {"cursor": "x"}, {"preparation_type": "x"}, {"q": "x"}]
)
def test_queries_that_are_none_are_refused(api: Client, query: dict[str, Any]) -> None:
    response = api.get(BASE, query)
    assert response.status_code == 400
    assert error_of(response)["code"] == "invalid"


def test_changes_obey_the_rules(api: Client, user: User) -> None:
    one = session(user)
    address = f"{BASE}/{one.pk}"
    assert api.patch(address, {"preparation_type": "Sales", "tone": "hard"}, content_type=JSON).json()["tone"] == "hard"
    spoken(one, 2)
    response = api.patch(address, {"status": "completed"}, content_type=JSON)
    assert (response.status_code, error_of(response)["code"]) == (409, "too_few_turns")
    response = api.patch(address, {"preparation_type": "Pitch"}, content_type=JSON)
    assert (response.status_code, error_of(response)["code"]) == (409, "wrong_state")
    assert api.patch(address, {"status": "done"}, content_type=JSON).status_code == 400
    assert api.patch(address, {"turns": 3}, content_type=JSON).status_code == 400
    assert api.patch(address, {}, content_type=JSON).json()["status"] == "in_progress"
    assert api.patch(address, {"status": "archived"}, content_type=JSON).json()["archived_at"] is not None
    assert api.patch(address, {"status": "completed"}, content_type=JSON).status_code == 409
    assert api.patch(address, {"status": "in_progress"}, content_type=JSON).json()["archived_at"] is None


def test_delete_archives_and_twice_is_fine(api: Client, user: User) -> None:
    one = session(user)
    first, second = (api.delete(f"{BASE}/{one.pk}") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert first.json()["status"] == "archived"
    assert Session.objects.filter(pk=one.pk).exists()


def test_complete_wants_three_turns_and_is_done_once(api: Client, user: User) -> None:
    one = session(user)
    for turns in range(3):
        response = api.post(f"{BASE}/{one.pk}/complete", content_type=JSON)
        assert (response.status_code, error_of(response)["code"]) == (409, "too_few_turns"), turns
        heard = messages.hear(user_id=user.pk, session_id=one.pk, text=FULL, key=str(turns))
        messages.say(session_id=one.pk, text="I see.", answers=heard.message)
    response = api.post(f"{BASE}/{one.pk}/complete", {}, content_type=JSON)
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["turns"], response.json()["messages"]) == ("completed", 3, 6)
    response = api.post(f"{BASE}/{one.pk}/complete", content_type=JSON)
    assert (response.status_code, error_of(response)["code"]) == (409, "wrong_state")
    user.refresh_from_db()
    assert user.activated_at is not None


def test_complete_with_an_idempotency_key_is_answered_again(api: Client, user: User) -> None:
    one = spoken(session(user), 3)
    answers = [
        api.post(f"{BASE}/{one.pk}/complete", content_type=JSON, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_evaluation_wants_a_completed_session(api: Client, user: User) -> None:
    one = spoken(session(user), 3)
    response = api.post(f"{BASE}/{one.pk}/evaluate", {}, content_type=JSON)
    assert (response.status_code, error_of(response)["code"]) == (409, "wrong_state")
    response = api.get(f"{BASE}/{one.pk}/evaluation")
    assert (response.status_code, error_of(response)["code"]) == (404, "not_found")
    assert api.post(f"{BASE}/{one.pk}/evaluate", {"force": True}, content_type=JSON).status_code == 400


def test_evaluation_is_made_shown_and_kept(simulator: Any, user: User, transactional_db: None) -> None:
    api = client_of(user)
    one = lifecycle.complete(spoken(session(user), 4))
    made = api.post(f"{BASE}/{one.pk}/evaluate", {}, content_type=JSON)
    assert made.status_code == 200
    assert api.get(f"{BASE}/{one.pk}/evaluation").json() == made.json()
    again = api.post(f"{BASE}/{one.pk}/evaluate", {"force_reevaluate": True}, content_type=JSON).json()
    assert (made.json()["number"], again["number"]) == (1, 2)
    assert api.get(f"{BASE}/{one.pk}").json()["overall"] == again["overall"]
    trends = api.get("/api/v1/analytics/trends").json()
    assert trends["averages"]["overall"] == again["overall"]
    assert api.get("/api/v1/analytics/improvements").status_code == 200
    plan = api.get("/api/v1/analytics/practice-plan").json()
    assert api.post(BASE, plan["steps"][0]["session"], content_type=JSON).status_code == 201


def test_analytics_of_nothing_are_shown(api: Client) -> None:
    for name in ("trends", "improvements", "practice-plan"):
        assert api.get(f"/api/v1/analytics/{name}").status_code == 200
        assert api.get(f"/api/v1/analytics/{name}", {"x": 1}).status_code == 400


@pytest.mark.django_db(transaction=True)  # messages are read in a thread of their own
def test_session_of_somebody_else_is_not_there(user: User) -> None:
    one = lifecycle.complete(spoken(session(user), 3))
    other = client_of(trainee("other@example.com"))
    staff = client_of(recruiter())
    for api in (other, staff):
        for verb, path, body in ADDRESSES:
            response = api.generic(verb, f"{BASE}/{one.pk}{path}", body, content_type=JSON if body else "")
            assert response.status_code == 404, (verb, path)
            assert error_of(response)["code"] == "not_found"
        assert api.get(BASE).json()["results"] == []
    one.refresh_from_db()
    assert one.status == "completed"


@pytest.mark.django_db(transaction=True)
def test_doors(user: User, settings: Settings) -> None:
    settings.API_WRONG_KEYS_PER_MINUTE = 1_000_000  # one wrong key at every door is many
    one = session(user)
    ApiKey.make(user=user, name="own")
    strangers = {
        "anonymous": Client(),
        "wrong token": Client(headers={"Authorization": "Bearer x.y.z"}),
        "key of a recruiter": key_client_of(recruiter()),
        "key of the trainee": key_client_of(user),
    }
    for who, client in strangers.items():
        for verb, path, body in (*ADDRESSES, ("GET", "", ""), ("POST", "/messages/stop", "")):
            response = client.generic(verb, f"{BASE}/{one.pk}{path}", body, content_type=JSON if body else "")
            assert response.status_code in (401, 403), (who, verb, path)
            assert response.status_code == 401 or "key" in who
        for path in (BASE, "/api/v1/analytics/trends", "/api/v1/analytics/improvements"):
            assert client.get(path).status_code in (401, 403), (who, path)


@pytest.mark.django_db(transaction=True)  # messages are read in a thread of their own
def test_browser_session_opens_the_api_with_its_csrf_token(user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert browser.get(BASE).status_code == 200
    assert browser.post(BASE, {"preparation_type": "Pitch"}, content_type=JSON).status_code == 403
    one = session(user)
    response = browser.post(f"{BASE}/{one.pk}/messages", {"text": "Hello."}, content_type=JSON)
    assert response.status_code == 403
    assert browser.get(f"{BASE}/{one.pk}/messages").status_code == 200


@pytest.mark.django_db(transaction=True)  # messages are read in a thread of their own
def test_messages_are_read_page_by_page(user: User) -> None:
    api = client_of(user)
    one = spoken(session(user), 3)
    first = api.get(f"{BASE}/{one.pk}/messages", {"limit": 4}).json()
    assert [row["number"] for row in first["results"]] == [1, 2, 3, 4]
    assert first["results"][0] | {"created_at": ""} == {
        "number": 1,
        "side": "trainee",
        "text": FULL,
        "state": "answered",
        "medium": "text",
        "created_at": "",
    }
    rest = api.get(f"{BASE}/{one.pk}/messages", {"limit": 4, "cursor": first["next"]}).json()
    assert ([row["number"] for row in rest["results"]], rest["next"]) == ([5, 6], None)
    for query in ({"limit": 0}, {"limit": 201}, {"cursor": -1}, {"cursor": "x"}):
        assert api.get(f"{BASE}/{one.pk}/messages", query).status_code == 400


ADDRESSES = (
    ("GET", "", ""),
    ("PATCH", "", "{}"),
    ("DELETE", "", ""),
    ("POST", "/complete", "{}"),
    ("POST", "/evaluate", "{}"),
    ("GET", "/evaluation", ""),
    ("GET", "/messages", ""),
    ("POST", "/messages", '{"text": "Hello."}'),
    ("POST", "/messages/stop", ""),
)
