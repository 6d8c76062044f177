"""/api/v1/users: one's own profile, account, password and sign-ins."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import ApiKey, SignIn, User
from coaching.models import Evaluation, Message, Session
from coaching.states import MessageState, PreparationType, Side
from interviews.models import Room
from interviews.states import Role
from tests.accounts.joining import (
    AUTH,
    EMAIL,
    JSON,
    NAME,
    OTHER,
    PASSWORD,
    USERS,
    bearing,
    login,
    post,
    tokens_of,
    trainee,
)
from tests.candidates.recruiting import candidate, error_of
from tests.interviews.holding import start

pytestmark = pytest.mark.django_db


def practised(user: User) -> Session:
    """A session of two messages and an evaluation."""
    session = Session.objects.create(user=user, preparation_type=PreparationType.PITCH)
    session.refresh_from_db()
    for number, side in enumerate(Side.values[:2], start=1):
        Message.objects.create(
            session=session, number=number, side=side, text="Words.", state=MessageState.values[0], key=f"k{number}"
        )
    scores = ("clarity_structure", "relevance_focus", "confidence_delivery", "language_quality", "tone_alignment")
    Evaluation.objects.create(
        session=session,
        number=1,
        **dict.fromkeys(scores, 60),
        engagement=60,
        overall=60,
        summary="Fine.",
        turns=1,
        receipts=[],
    )
    return session


def delete(client: Client, password: Any = PASSWORD) -> Any:
    return client.delete(f"{USERS}/account", {"password": password}, content_type=JSON)


# --- profile


def test_a_profile_is_read_replaced_and_changed() -> None:
    trainee()
    client = bearing(tokens_of()[0])
    assert client.get(f"{USERS}/profile").json()["name"] == NAME
    changed = client.put(f"{USERS}/profile", {"name": "  Sasha \n Sample "}, content_type=JSON)
    assert changed.status_code == 200
    assert changed.json()["name"] == "Sasha Sample"
    assert client.patch(f"{USERS}/profile", {}, content_type=JSON).json()["name"] == "Sasha Sample"
    assert client.patch(f"{USERS}/profile", {"name": NAME}, content_type=JSON).json()["name"] == NAME


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": None}, {"name": NAME, "email": "other@example.com"}, {"is_staff": True}]
)
def test_a_profile_can_be_nothing_else(body: dict[str, Any]) -> None:
    trainee()
    client = bearing(tokens_of()[0])
    assert client.put(f"{USERS}/profile", body, content_type=JSON).status_code == 400
    if body:
        assert client.patch(f"{USERS}/profile", body, content_type=JSON).status_code == 400
    user = User.objects.get()
    assert (user.name, user.email, user.is_staff) == (NAME, EMAIL, False)


# --- password


def test_a_new_password_ends_every_sign_in_and_gives_new_tokens() -> None:
    trainee()
    (token, refresh), (other, _) = tokens_of(), tokens_of()
    browser = Client()
    browser.force_login(User.objects.get())
    assert browser.get(f"{AUTH}/me").status_code == 200
    response = post(
        f"{USERS}/change-password", {"current_password": PASSWORD, "new_password": OTHER}, client=bearing(token)
    )
    assert response.status_code == 200, response.content
    for dead in (token, other):
        assert bearing(dead).get(f"{AUTH}/me").status_code == 401
    assert browser.get(f"{AUTH}/me").status_code == 401
    assert post(f"{AUTH}/refresh", {"refresh": refresh}).status_code == 401
    body = response.json()
    assert bearing(body["token"]).get(f"{AUTH}/me").status_code == 200
    assert post(f"{AUTH}/refresh", {"refresh": body["refresh"]}).status_code == 200
    assert login(password=OTHER).status_code == 200


def test_the_browser_that_changes_the_password_stays_signed_in() -> None:
    trainee()
    token, _ = tokens_of()
    here, there = Client(), Client()
    for browser in (here, there):
        browser.force_login(User.objects.get())
        assert browser.get(f"{AUTH}/me").status_code == 200
    body = {"current_password": PASSWORD, "new_password": OTHER}
    response = post(f"{USERS}/change-password", body, client=here)
    assert response.status_code == 200
    assert response.json()["token"] is None
    assert here.get(f"{AUTH}/me").status_code == 200
    assert there.get(f"{AUTH}/me").status_code == 401
    assert bearing(token).get(f"{AUTH}/me").status_code == 401
    shown = here.get(f"{USERS}/account").json()["sign_ins"]
    assert [one["current"] for one in shown] == [True]


@pytest.mark.parametrize(
    ("current", "new", "status", "field"),
    [
        (OTHER, "yet another good one", 422, "current_password"),
        (PASSWORD, "12345678", 400, "new_password"),
        (PASSWORD, PASSWORD, 400, "new_password"),
        (PASSWORD, "", 400, "new_password"),
        ("", OTHER, 400, "current_password"),
    ],
)
def test_a_password_is_not_changed_by_a_wrong_one_or_to_a_weak_one(
    current: str, new: str, status: int, field: str
) -> None:
    trainee()
    token, _ = tokens_of()
    body = {"current_password": current, "new_password": new}
    response = post(f"{USERS}/change-password", body, client=bearing(token))
    assert response.status_code == status
    assert set(error_of(response)["fields"]) == {field}
    assert bearing(token).get(f"{AUTH}/me").status_code == 200
    assert login().status_code == 200


def test_the_console_ends_tokens_with_a_password_too() -> None:
    administrator = trainee("admin@example.com", is_staff=True, is_superuser=True)
    user = trainee()
    token, _ = tokens_of()
    console = Client()
    console.force_login(administrator)
    fields = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
    assert console.post(f"/admin/accounts/user/{user.pk}/password/", fields).status_code == 302
    assert login(password=OTHER).status_code == 200
    assert bearing(token).get(f"{AUTH}/me").status_code == 401


# --- account and sign-ins


def test_an_account_shows_what_is_held_and_where_somebody_is_signed_in() -> None:
    user = trainee()
    practised(user)
    browser = Client(headers={"User-Agent": "A browser"})
    browser.force_login(user)
    browser.get(f"{AUTH}/me")
    token, _ = tokens_of()
    shown = bearing(token).get(f"{USERS}/account").json()
    assert shown["held"] == {"users": 1, "sign ins": 2, "sessions": 1, "messages": 2, "evaluations": 1}
    assert shown["kept"] == ""
    assert [(one["kind"], one["current"]) for one in shown["sign_ins"]] == [("api", True), ("browser", False)]
    assert shown["sign_ins"][1]["device"] == "A browser"
    assert [one["current"] for one in browser.get(f"{USERS}/account").json()["sign_ins"]] == [False, True]


def test_a_sign_in_is_ended_from_another_device() -> None:
    user = trainee()
    browser = Client()
    browser.force_login(user)
    browser.get(f"{AUTH}/me")
    (token, _), (lost, lost_refresh) = tokens_of(), tokens_of()
    client = bearing(token)
    shown = client.get(f"{USERS}/account").json()["sign_ins"]
    for one in shown:
        if not one["current"]:
            for _ in range(2):  # twice is fine
                assert client.delete(f"{USERS}/sign-ins/{one['id']}").status_code == 200
    assert bearing(lost).get(f"{AUTH}/me").status_code == 401
    assert post(f"{AUTH}/refresh", {"refresh": lost_refresh}).status_code == 401
    assert browser.get(f"{AUTH}/me").status_code == 401
    assert len(client.get(f"{USERS}/account").json()["sign_ins"]) == 1


def test_somebody_elses_sign_in_is_not_found() -> None:
    trainee("sasha@example.com")
    theirs, _ = tokens_of("sasha@example.com")
    trainee()
    client = bearing(tokens_of()[0])
    other = SignIn.objects.get(user__email="sasha@example.com")
    for sign_in_id in (other.pk, uuid4()):
        assert error_of(client.delete(f"{USERS}/sign-ins/{sign_in_id}"))["code"] == "not_found"
    assert bearing(theirs).get(f"{AUTH}/me").status_code == 200


# --- deletion


def test_an_account_is_deleted_with_all_that_hangs_on_it() -> None:
    user, other = trainee(), trainee("sasha@example.com")
    practised(user)
    kept = practised(other)
    ApiKey.make(user=user, name="mine")
    browser = Client()
    browser.force_login(user)
    browser.get(f"{AUTH}/me")
    token, refresh = tokens_of()
    client = bearing(token)
    held = client.get(f"{USERS}/account").json()["held"]
    response = delete(client)
    assert response.status_code == 200
    assert response.json() == {"deleted": held, "kept": ""}
    assert held["messages"] == 2
    assert client.get(f"{AUTH}/me").status_code == 401
    assert browser.get(f"{AUTH}/me").status_code == 401
    assert post(f"{AUTH}/refresh", {"refresh": refresh}).status_code == 401
    assert login().status_code == 401
    assert list(User.objects.all()) == [other]
    assert list(Session.objects.all()) == [kept]


def test_rooms_of_practice_go_with_the_account_and_no_other_room_does() -> None:
    user = trainee()
    other = start(Role.INTERVIEWER, who=candidate(60)).interview.room
    spoken = start(Role.INTERVIEWER, who=candidate(60)).interview
    room = spoken.room
    spoken.delete()
    Session.objects.create(user=user, preparation_type=PreparationType.SALES, room=room)
    deleted = delete(bearing(tokens_of()[0])).json()["deleted"]
    assert deleted["rooms"] == 1
    assert list(Room.objects.all()) == [other]


def test_a_deletion_asks_for_the_password() -> None:
    trainee()
    client = bearing(tokens_of()[0])
    assert error_of(delete(client, OTHER))["code"] == "wrong_password"
    assert delete(client, OTHER).status_code == 422
    assert client.delete(f"{USERS}/account").status_code == 400
    assert User.objects.count() == 1


def test_of_a_recruiter_who_acted_a_nameless_row_stays() -> None:
    user = trainee(is_staff=True)
    interview = start(Role.INTERVIEWER, who=candidate(60), actor=user).interview
    ApiKey.make(user=user, name="mine")
    practised(user)
    client = bearing(tokens_of()[0])
    assert "29 CFR 1602.14" in client.get(f"{USERS}/account").json()["kept"]
    body = delete(client).json()
    assert "29 CFR 1602.14" in body["kept"]
    assert body["deleted"]["sessions"] == 1
    row = User.objects.get()
    assert row.pk == user.pk
    assert (row.name, row.is_active, row.is_staff, row.last_login) == ("", False, False, None)
    assert EMAIL not in row.email
    assert not row.has_usable_password()
    assert not SignIn.objects.exists()
    assert not ApiKey.objects.exists()
    assert not Session.objects.exists()
    interview.refresh_from_db()
    assert interview.made_by_id == user.pk
    assert login().status_code == 401
    assert trainee().pk != user.pk  # the address is free again


def test_the_only_administrator_can_not_go() -> None:
    trainee(is_staff=True, is_superuser=True)
    client = bearing(tokens_of()[0])
    assert error_of(delete(client))["code"] == "last_administrator"
    assert delete(client).status_code == 409
    trainee("admin@example.com", is_staff=True, is_superuser=True)
    assert delete(client).status_code == 200


def test_the_console_leaves_the_only_administrator_too() -> None:
    user = trainee("admin@example.com", is_staff=True, is_superuser=True)
    console = Client()
    console.force_login(user)
    at = f"/admin/accounts/user/{user.pk}"
    chosen = {"action": "delete_selected", "_selected_action": [str(user.pk)], "post": "yes"}
    for address, fields in ((f"{at}/delete/", {"post": "yes"}), ("/admin/accounts/user/", chosen)):
        told = console.post(address, fields, follow=True).content.decode()
        assert "the only administrator" in told
        assert "successfully" not in told.lower()
    for taken in ("is_superuser", "is_active"):
        fields = {"email": user.email, "name": "Ada", "is_staff": "on", "is_superuser": "on", "is_active": "on"}
        del fields[taken]
        refused = console.post(f"{at}/change/", fields)
        assert refused.status_code == 200
        assert "This is the only administrator." in refused.content.decode()
    user.refresh_from_db()
    assert (user.is_superuser, user.is_active, user.name) == (True, True, NAME)
    trainee("other@example.com", is_staff=True, is_superuser=True)
    assert console.post(f"{at}/change/", fields).status_code == 302
    user.refresh_from_db()
    assert not user.is_active


def test_the_console_deletes_as_thoroughly_and_shows_no_practice() -> None:
    administrator = trainee("admin@example.com", is_staff=True, is_superuser=True)
    user = trainee()
    practised(user)
    token, _ = tokens_of()
    console = Client()
    console.force_login(administrator)
    page = console.get(f"/admin/accounts/user/{user.pk}/delete/").content.decode()
    assert "Pitch" not in page
    assert console.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=user.pk).exists()
    assert not Session.objects.exists()
    assert bearing(token).get(f"{AUTH}/me").status_code == 401
