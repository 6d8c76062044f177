"""/api/v1/auth: every status, every wrong state."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Link, SignIn, User
from tests.accounts.joining import (
    AUTH,
    EMAIL,
    NAME,
    OTHER,
    PASSWORD,
    bearing,
    login,
    mailed,
    post,
    sign_up,
    token_in,
    tokens_of,
    trainee,
)
from tests.candidates.recruiting import error_of

pytestmark = pytest.mark.django_db


def verify(token: str, password: str = PASSWORD) -> Any:
    return post(f"{AUTH}/verify-email", {"token": token, "password": password})


def reset(token: str, password: str = OTHER) -> Any:
    return post(f"{AUTH}/reset-password", {"token": token, "password": password})


def forgot(email: str = EMAIL) -> Any:
    return post(f"{AUTH}/forgot-password", {"email": email})


# --- signing up


def test_a_stranger_signs_up_confirms_and_is_signed_in() -> None:
    response = sign_up(" Robin.Sample@Example.com ")
    assert response.status_code == 201
    assert set(response.json()) == {"message"}
    (message,) = mailed()
    assert message.to == [EMAIL]
    assert NAME not in message.body + str(message.alternatives)  # what a stranger typed is mailed to nobody
    assert login().status_code == 401
    response = verify(token_in(message))
    assert response.status_code == 200, response.content
    body = response.json()
    user = User.objects.get()
    assert (body["user_id"], body["email"], body["name"]) == (str(user.pk), EMAIL, NAME)
    assert user.email_verified_at is not None
    assert not user.is_staff
    me = bearing(body["token"]).get(f"{AUTH}/me")
    assert me.status_code == 200
    assert set(me.json()) == {"user_id", "email", "name", "is_recruiter", "created_at", "activated_at"}
    assert me.json()["email"] == EMAIL
    assert login().status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "a@b"),
        ("email", "robin sample@example.com"),
        ("email", "r" * 250 + "@example.com"),
        ("email", 5),
        ("name", "   "),
        ("name", "n" * 201),
        ("name", "Robin\u202eSample"),
        ("password", "short"),
        ("password", "password123"),
        ("password", "robin.sample"),
        ("password", "8675309867530986"),
        ("password", "x" * 257),
        ("admin", True),
    ],
)
def test_what_can_be_no_account_is_a_400_that_names_the_field(field: str, value: Any) -> None:
    response = sign_up(**{"email": EMAIL, field: value})
    assert response.status_code == 400
    assert set(error_of(response)["fields"]) == {field}
    assert not User.objects.exists()


def test_nobody_signs_up_as_a_recruiter() -> None:
    assert sign_up(is_staff=True).status_code == 400
    assert not User.objects.exists()


def test_the_link_needs_the_password_that_was_chosen_with_it() -> None:
    """Who signs up with another person's address can't have that person confirm it for them."""
    sign_up()
    token = token_in(mailed()[0])
    response = verify(token, OTHER)
    assert response.status_code == 422
    assert error_of(response)["code"] == "wrong_password"
    assert verify(token).status_code == 200


def test_the_newest_sign_up_counts() -> None:
    sign_up(password=OTHER, name="Somebody Else")
    first = token_in(mailed()[0])
    sign_up()
    second = token_in(mailed()[0])
    assert verify(first, OTHER).status_code == 410
    assert verify(second, OTHER).status_code == 422
    assert verify(second).status_code == 200
    assert User.objects.get().name == NAME


def test_signing_up_again_changes_nothing_of_an_account_and_tells_its_owner() -> None:
    trainee()
    assert sign_up(password=OTHER, name="Somebody Else").status_code == 201
    (message,) = mailed()
    assert message.subject == "You have an account already"
    assert not Link.objects.exists()
    assert User.objects.get().name == NAME
    assert login().status_code == 200
    assert login(password=OTHER).status_code == 401


def test_a_link_to_confirm_is_good_once_and_for_a_while(settings: Settings) -> None:
    sign_up()
    token = token_in(mailed()[0])
    assert verify(token).status_code == 200
    assert verify(token).status_code == 410
    sign_up("sasha@example.com")
    token = token_in(mailed()[0])
    Link.objects.filter(closed_at=None).update(expires_at=timezone.now())
    assert error_of(verify(token))["code"] == "invalid_link"


def test_a_link_to_confirm_is_mailed_again_and_the_one_before_dies() -> None:
    sign_up()
    first = token_in(mailed()[0])
    assert post(f"{AUTH}/resend-verification", {"email": EMAIL}).status_code == 200
    second = token_in(mailed()[0])
    assert verify(first).status_code == 410
    assert verify(second).status_code == 200
    assert post(f"{AUTH}/resend-verification", {"email": EMAIL}).status_code == 200
    assert mailed() == []  # nothing waits any more


# --- signing in


def test_signing_in_answers_who_it_is_with_two_tokens() -> None:
    user = trainee()
    response = login("ROBIN.sample@example.com ")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert set(body) == {"user_id", "email", "name", "token", "refresh"}
    assert body["user_id"] == str(user.pk)
    user.refresh_from_db()
    assert user.last_login is not None
    sign_in = SignIn.objects.get()
    assert sign_in.digest not in body["refresh"]


@pytest.mark.parametrize("state", ["unknown", "wrong password", "unconfirmed", "out of use", "without a password"])
def test_whoever_may_not_sign_in_gets_the_same_answer(state: str) -> None:
    if state != "unknown":
        trainee(
            password=None if state == "without a password" else PASSWORD,
            email_verified_at=None if state == "unconfirmed" else timezone.now(),
            is_active=state != "out of use",
        )
    response = login(password=OTHER if state == "wrong password" else PASSWORD)
    assert response.status_code == 401
    assert error_of(response) == {
        "code": "wrong_credentials",
        "message": "This e-mail address and password don't belong together, or the address is not confirmed yet.",
    }
    assert "WWW-Authenticate" not in response
    assert not SignIn.objects.exists()


@pytest.mark.parametrize(
    "path", ["signup", "login", "refresh", "verify-email", "resend-verification", "forgot-password", "reset-password"]
)
def test_bodies_that_are_none_are_a_400(path: str) -> None:
    for body in ({}, {"email": None, "password": None, "token": None, "refresh": None}, {"email": ["x"]}):
        response = post(f"{AUTH}/{path}", body)
        assert response.status_code == 400
        assert error_of(response)["fields"]


def test_a_recruiters_token_opens_the_recruiting_api_and_a_trainees_does_not() -> None:
    trainee("recruiter@example.com", is_staff=True)
    trainee()
    assert bearing(tokens_of("recruiter@example.com")[0]).get("/api/pluto/results").status_code == 200
    assert bearing(tokens_of()[0]).get("/api/pluto/results").status_code == 403


# --- signing out, refreshing


def test_signing_out_ends_both_tokens_of_this_device_and_no_other() -> None:
    trainee()
    (token, refresh), (other, _) = tokens_of(), tokens_of()
    assert post(f"{AUTH}/logout", client=bearing(token)).json() == {"signed_out": True}
    assert bearing(token).get(f"{AUTH}/me").status_code == 401
    assert post(f"{AUTH}/refresh", {"refresh": refresh}).status_code == 401
    assert post(f"{AUTH}/logout", client=bearing(token)).status_code == 401
    assert bearing(other).get(f"{AUTH}/me").status_code == 200


def test_a_refresh_token_is_traded_once_and_a_second_time_ends_the_sign_in() -> None:
    trainee()
    token, refresh = tokens_of()
    response = post(f"{AUTH}/refresh", {"refresh": refresh})
    assert response.status_code == 200
    fresh = response.json()
    assert set(fresh) == {"user_id", "email", "name", "token", "refresh"}
    assert bearing(token).get(f"{AUTH}/me").status_code == 200  # for its last minutes
    assert bearing(fresh["token"]).get(f"{AUTH}/me").status_code == 200
    stolen = post(f"{AUTH}/refresh", {"refresh": refresh})
    assert stolen.status_code == 401
    assert error_of(stolen)["code"] == "invalid_token"
    for dead in (token, fresh["token"]):
        assert bearing(dead).get(f"{AUTH}/me").status_code == 401
    assert post(f"{AUTH}/refresh", {"refresh": fresh["refresh"]}).status_code == 401
    assert SignIn.objects.get().ended_because == "reused"


# --- a forgotten password


def test_a_forgotten_password_is_set_anew_by_a_mailed_link_once() -> None:
    trainee()
    token, _ = tokens_of()
    response = forgot("Robin.Sample@example.com")
    assert response.status_code == 200
    (message,) = mailed()
    secret = token_in(message)
    assert secret not in response.content.decode()
    assert reset(secret).status_code == 200
    assert reset(secret, "yet another good one").status_code == 410
    assert login().status_code == 401
    assert login(password=OTHER).status_code == 200
    assert bearing(token).get(f"{AUTH}/me").status_code == 401
    assert [one.subject for one in mailed()] == ["Your password was changed"]


def test_a_weak_password_uses_the_link_not_up() -> None:
    trainee()
    forgot()
    secret = token_in(mailed()[0])
    response = reset(secret, "12345678")
    assert response.status_code == 400
    assert set(error_of(response)["fields"]) == {"password"}
    assert reset(secret).status_code == 200


@pytest.mark.parametrize("why", ["expired", "asked again", "password changed", "account out of use", "deleted"])
def test_a_reset_link_dies(why: str) -> None:
    user = trainee()
    forgot()
    secret = token_in(mailed()[0])
    if why == "expired":
        Link.objects.update(expires_at=timezone.now())
    elif why == "asked again":
        forgot()
        mailed()
    elif why == "password changed":
        token, _ = tokens_of()
        body = {"current_password": PASSWORD, "new_password": "yet another good one"}
        assert post("/api/v1/users/change-password", body, client=bearing(token)).status_code == 200
    elif why == "account out of use":
        User.objects.update(is_active=False)
    else:
        user.delete()
    response = reset(secret)
    assert response.status_code == 410
    assert error_of(response)["code"] == "invalid_link"


def test_a_link_for_one_thing_does_not_do_the_other() -> None:
    trainee()
    forgot()
    assert verify(token_in(mailed()[0])).status_code == 410
    sign_up("sasha@example.com")
    assert reset(token_in(mailed()[0])).status_code == 410


def test_a_reset_confirms_the_address_too() -> None:
    sign_up()
    first = token_in(mailed()[0])
    forgot()
    assert reset(token_in(mailed()[0])).status_code == 200
    assert login(password=OTHER).status_code == 200
    assert verify(first).status_code == 410


def test_without_an_address_of_its_own_the_site_mails_no_links(settings: Settings) -> None:
    settings.SITE_URL = ""
    trainee()
    for response in (sign_up(), sign_up("new@example.com"), forgot(), forgot("new@example.com")):
        assert response.status_code == 503
        assert error_of(response)["code"] == "mail_not_configured"
    assert User.objects.count() == 1


def test_no_answer_of_accounts_is_kept_on_the_way() -> None:
    trainee()
    token, refresh = tokens_of()
    client = bearing(token)
    for response in (
        login(),
        client.get(f"{AUTH}/me"),
        client.get("/api/v1/users/account"),
        post(f"{AUTH}/refresh", {"refresh": refresh}),
    ):
        assert response["Cache-Control"] == "no-store"
