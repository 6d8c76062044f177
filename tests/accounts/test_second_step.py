"""The second step: switched on with a first code, asked for at every door, good once, switched off by its owner."""

from __future__ import annotations

import re
import time
from io import StringIO
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from pytest_django import Settings

from accounts import second_step, signing_in, tasks
from accounts.errors import WrongCode
from accounts.models import Authenticator, SignIn, User
from tests.accounts.joining import AUTH, OTHER, PASSWORD, login, post, trainee
from tests.candidates.recruiting import error_of

pytestmark = pytest.mark.django_db
EMAIL = "recruiter@example.com"
PAGE, CODE = "/coaching/account/second-step", "/coaching/sign-in/code"


@pytest.fixture
def user(db: None) -> User:
    return trainee(EMAIL, is_staff=True)


def code(user: User, *, later: int = 0) -> str:
    """What the app shows now, or `later` half minutes later."""
    generator = TOTP(Authenticator.objects.get(user=user).bin_key, drift=later)
    generator.time = time.time()
    return f"{generator.token():06d}"


def forgive(user: User) -> None:
    """As if some time had passed: no wrong code slows anything down, and the code of now was not used yet."""
    Authenticator.objects.filter(user=user).update(
        last_t=-1, drift=0, throttling_failure_count=0, throttling_failure_timestamp=None
    )


@pytest.fixture
def codes(user: User) -> list[str]:
    """It is on; its recovery codes."""
    second_step.begin(user)
    codes = second_step.confirm(user, code(user))
    forgive(user)
    return codes


def given_password(next_page: str = "", email: str = EMAIL) -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/coaching/sign-in", {"email": email, "password": PASSWORD, "next": next_page})


def is_in(client: Client) -> bool:
    return bool(client.get(f"{AUTH}/me").status_code == 200)


# --- on and off


def test_switching_on_needs_a_first_code_and_shows_recovery_codes_once(user: User) -> None:
    client = Client()
    client.force_login(user)
    page = client.get(PAGE).content.decode()
    key = re.search(r'gr-qr__key">([A-Z2-7 ]+)<', page)
    assert key
    assert "<svg" in page
    assert f"otpauth://totp/Greenroom%3Arecruiter%40example.com?secret={key[1].replace(' ', '')}&amp;" in page
    # Seen again it is the same key: whoever scanned it first need not do it again.
    assert key[1] in client.get(PAGE).content.decode()
    # A stolen session is not enough: its owner could never sign in again.
    for wrong in ({"code": "000000", "password": PASSWORD}, {"code": code(user), "password": OTHER}, {"code": "1"}):
        assert client.post(PAGE, {"do": "on", **wrong}).status_code == 422
        assert not second_step.is_on(user)
    forgive(user)
    shown = client.post(PAGE, {"do": "on", "code": code(user), "password": PASSWORD}).content.decode()
    found = re.findall(r"<li><code>(.+?)</code></li>", shown)
    assert len(found) == len(set(found)) == second_step.RECOVERY_CODES
    assert second_step.is_on(user)
    after = client.get(PAGE).content.decode()
    assert "10 recovery codes left" in after
    assert not [one for one in [*found, key[1]] if one in after]


def test_only_the_password_switches_it_off_or_makes_new_codes(user: User, codes: list[str]) -> None:
    client = Client()
    client.force_login(user)
    for doing in ("off", "codes"):
        assert client.post(PAGE, {"do": doing, "password": OTHER}).status_code == 422
        assert client.post(PAGE, {"do": doing}).status_code == 422
    assert (second_step.is_on(user), second_step.codes_left(user)) == (True, 10)
    assert client.post(PAGE, {"do": "codes", "password": PASSWORD}).status_code == 200
    with pytest.raises(WrongCode):
        second_step.must_pass(user, codes[0])
    assert client.post(PAGE, {"do": "off", "password": PASSWORD}).status_code == 303
    assert not second_step.is_on(user)
    assert not StaticToken.objects.exists()
    assert login(EMAIL).status_code == 200


def test_its_owner_hears_by_mail_that_it_was_switched_on_or_off(user: User, codes: list[str]) -> None:
    tasks.sweep()
    second_step.renew_codes(user)
    assert second_step.switch_off(user)
    assert not second_step.switch_off(user)
    tasks.sweep()
    assert [one.subject for one in mail.outbox] == [
        "Signing in now asks for a code",
        "Signing in asks for no code any more",
    ]
    for letter in mail.outbox:
        assert letter.to == [EMAIL]
        for part in (letter.body, letter.alternatives[0][0]):
            assert "Was it not you?" in part
            assert not [one for one in codes if one in part]


def test_trainees_have_none(db: None) -> None:
    client = Client()
    client.force_login(trainee())
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"do": "on", "code": "000000"}).status_code == 404
    assert "Second step" not in client.get("/coaching/account").content.decode()


def test_who_is_no_recruiter_any_more_can_still_switch_it_off(user: User, codes: list[str]) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=False)
    client, _ = given_password()
    assert client.post(CODE, {"code": codes[0]}).status_code == 303
    assert "Second step" in client.get("/coaching/account").content.decode()
    assert client.post(PAGE, {"do": "off", "password": PASSWORD}).status_code == 303
    assert not second_step.is_on(user)
    assert client.get(PAGE).status_code == 404


# --- at the doors


def test_nobody_is_in_before_the_code(user: User, codes: list[str]) -> None:
    client, response = given_password("/coaching/history")
    assert response["Location"] == f"{CODE}?next=%2Fcoaching%2Fhistory"
    assert not is_in(client)
    assert client.get("/coaching/account").status_code == 302
    assert not SignIn.objects.exists()
    assert client.get(CODE).status_code == 200
    for wrong in ("", "123", "000000", "aaaaa bbbbb"):
        assert client.post(CODE, {"code": wrong}).status_code == 422
        assert not is_in(client)
    forgive(user)
    response = client.post(CODE, {"code": code(user), "next": "/coaching/history"})
    assert (response.status_code, response["Location"]) == (303, "/coaching/history")
    assert is_in(client)


def test_a_code_is_good_once(user: User, codes: list[str]) -> None:
    typed = code(user)
    second_step.must_pass(user, f"{typed[:3]} {typed[3:]}")  # as apps show it
    Authenticator.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    with pytest.raises(WrongCode, match="used before"):
        second_step.must_pass(user, typed)
    second_step.must_pass(user, codes[0].upper())
    with pytest.raises(WrongCode):
        second_step.must_pass(user, codes[0])
    assert second_step.codes_left(user) == 9


def test_wrong_codes_slow_down_and_leave_the_other_kind_alone(user: User, codes: list[str]) -> None:
    for _ in range(3):
        with pytest.raises(WrongCode):
            second_step.must_pass(user, "000000")
    with pytest.raises(WrongCode):
        second_step.must_pass(user, code(user))  # the right one, too soon
    second_step.must_pass(user, codes[1])
    forgive(user)
    second_step.must_pass(user, code(user))


def test_the_console_asks_for_it_and_goes_on_only_within_this_site(user: User, codes: list[str]) -> None:
    for wanted, going in (("/admin/candidates/job/", "/admin/candidates/job/"), ("https://example.org/", "/admin/")):
        client = Client()
        fields = {"username": EMAIL, "password": PASSWORD, "next": wanted}
        response = client.post("/admin/login/", fields)
        assert response.status_code == 302
        assert response["Location"].startswith(f"{CODE}?next=%2Fadmin%2F")
        assert client.get("/admin/").status_code == 302
        forgive(user)
        response = client.post(response["Location"], {"code": code(user)})
        assert response["Location"] == going
        assert client.get("/admin/").status_code == 200
    # Who may not use the console learns nothing of a second step, and gets no code asked for.
    User.objects.filter(pk=user.pk).update(is_staff=False)
    assert Client().post("/admin/login/", fields).status_code == 200


def test_the_api_takes_it_beside_the_password(user: User, codes: list[str]) -> None:
    body = {"email": EMAIL, "password": PASSWORD}
    for more in ({}, {"code": "000000"}):
        response = post(f"{AUTH}/login", body | more)
        assert response.status_code == 401
        assert error_of(response)["code"] == "second_step"
    # A wrong password tells nothing about it.
    response = post(f"{AUTH}/login", {"email": EMAIL, "password": OTHER, "code": codes[0]})
    assert error_of(response)["code"] != "second_step"
    assert second_step.codes_left(user) == 10
    assert post(f"{AUTH}/login", body | {"code": codes[0]}).status_code == 200
    assert post(f"{AUTH}/login", body | {"code": codes[0]}).status_code == 401


def test_the_step_between_runs_out_and_dies_with_a_new_password(
    user: User, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = given_password()
    user.set_password(OTHER)
    user.save()
    assert client.post(CODE, {"code": codes[0]}).status_code == 303
    assert not is_in(client)
    user.set_password(PASSWORD)
    user.save()
    client, _ = given_password()
    now = time.time()
    monkeypatch.setattr("accounts.signing_in.time.time", lambda: now + signing_in.CODE_SECONDS + 1)
    response = client.get(CODE)
    assert (response.status_code, response["Location"]) == (303, "/coaching/sign-in")
    monkeypatch.undo()
    assert not is_in(client)
    assert second_step.codes_left(user) == 10


def test_an_administrator_switches_it_off_for_who_lost_the_phone(
    user: User, codes: list[str], settings: Settings
) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.com", PASSWORD, name="Ada Min"))
    chosen = {"action": "switch_off_second_step", "_selected_action": [str(user.pk)]}
    response = client.post("/admin/accounts/user/", chosen)
    assert response.status_code == 302
    assert "Switched off for 1 of 1." in [str(one) for one in get_messages(response.wsgi_request)]
    assert not second_step.is_on(user)
    # From a shell, too: who else would help the only administrator?
    second_step.begin(user)
    second_step.confirm(user, code(user))
    call_command("switch_off_second_step", EMAIL.upper(), stdout=StringIO())
    assert not second_step.is_on(user)
    for nobody in (EMAIL, "nobody@example.com"):
        with pytest.raises(CommandError):
            call_command("switch_off_second_step", nobody)
    # Recruiters can't do it for each other.
    second_step.begin(user)
    second_step.confirm(user, code(user))
    recruiter = Client()
    recruiter.force_login(trainee("other@example.com", is_staff=True))
    assert recruiter.post("/admin/accounts/user/", chosen).status_code in (302, 403)
    assert second_step.is_on(user)
