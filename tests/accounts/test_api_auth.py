"""/api/v1/auth: every status, every wrong state."""

from __future__ import annotations

import pytest

from accounts.models import SignIn, User
from tests.accounts.joining import (
    AUTH,
    EMAIL,
    NAME,
    PASSWORD,
    bearing,
    login,
    mailed,
    post,
    sign_up,
    token_in,
    trainee,
)

pytestmark = pytest.mark.django_db


def test_a_stranger_signs_up_confirms_and_is_signed_in() -> None:
    response = sign_up(" Robin.Sample@Example.com ")
    assert response.status_code == 201
    assert set(response.json()) == {"message"}
    (message,) = mailed()
    assert message.to == [EMAIL]
    assert NAME not in message.body  # what a stranger typed is mailed to nobody
    assert login().status_code == 401
    response = post(f"{AUTH}/verify-email", {"token": token_in(message), "password": PASSWORD})
    assert response.status_code == 200, response.content
    body = response.json()
    user = User.objects.get()
    assert (body["user_id"], body["email"], body["name"]) == (str(user.pk), EMAIL, NAME)
    assert user.email_verified_at is not None
    assert not user.is_staff
    me = bearing(body["token"]).get(f"{AUTH}/me")
    assert me.status_code == 200
    assert me.json()["email"] == EMAIL
    assert login().status_code == 200


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
