"""Who guesses passwords is locked out, at all doors alike, and nobody learns by it who exists."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from axes.models import AccessAttempt
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts import throttling
from accounts.backends import Accounts
from accounts.middleware import LockedOut
from accounts.models import User
from tests.accounts.joining import (
    AUTH,
    EMAIL,
    OTHER,
    PASSWORD,
    USERS,
    bearing,
    login,
    post,
    sign_up,
    tokens_of,
    trainee,
)
from tests.candidates.recruiting import error_of

pytestmark = pytest.mark.django_db
HERE, THERE = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "192.0.2.8"}


@pytest.fixture(autouse=True)
def _minute_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute for each test, which does not end within it; the clock itself goes on, since time is measured here."""
    own = uuid4().hex
    monkeypatch.setattr(throttling, "_window", lambda name: (f"throttle:{own}:{name}", 30))


def at_the_api(email: str, password: str, **place: Any) -> Any:
    return login(email, password, **place)


def at_the_console(email: str, password: str, **place: Any) -> Any:
    fields = {"username": email, "password": password, "next": "/admin/"}
    return Client(headers={"Accept": "text/html"}).post("/admin/login/", fields, **place)


@pytest.mark.parametrize("door", [at_the_api, at_the_console])
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_too_many_wrong_passwords_lock_an_address_at_this_place(
    settings: Settings, door: Callable[..., Any], email: str
) -> None:
    settings.SIGN_IN_FAILURES = 3
    trainee(is_staff=True)
    statuses = [door(email, OTHER, **HERE).status_code for _ in range(5)]
    wrong = 401 if door is at_the_api else 200
    assert statuses == [wrong, wrong, 429, 429, 429]
    locked = door(email, PASSWORD, **HERE)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 15 * 60
    # The same at the other doors from there, and not elsewhere: nobody can lock somebody else out of their own place.
    assert at_the_api(email.upper(), PASSWORD, **HERE).status_code == 429
    if email == EMAIL:
        assert at_the_api(email, PASSWORD, **THERE).status_code == 200
        assert at_the_console(email, PASSWORD, **THERE).status_code == 302


def test_a_lock_is_the_same_for_known_and_unknown_addresses(settings: Settings) -> None:
    settings.SIGN_IN_FAILURES = 2
    trainee()
    for _ in range(2):
        answers = [login(email, OTHER, **HERE) for email in (EMAIL, "nobody@example.com")]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].content == answers[1].content
    assert error_of(answers[0])["code"] == "throttled"


def test_a_lock_ends_by_itself_and_by_a_right_password_before_it(settings: Settings) -> None:
    settings.SIGN_IN_FAILURES = 3
    trainee()
    for _ in range(2):
        login(password=OTHER)
    assert login().status_code == 200
    assert [login(password=OTHER).status_code for _ in range(3)] == [401, 401, 429]
    # Trying on while it is locked makes it no longer.
    began = AccessAttempt.objects.get().attempt_time
    assert login().status_code == 429
    assert AccessAttempt.objects.get().attempt_time == began
    AccessAttempt.objects.update(attempt_time=began - timezone.timedelta(minutes=16))
    assert login().status_code == 200


@pytest.mark.parametrize("said", [200, 429])
def test_a_lock_is_told_by_either_kind_of_server(said: int) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        request.axes_locked_out = True  # type: ignore[attr-defined]
        return HttpResponse("the view's own", status=said)

    async def later(request: HttpRequest) -> HttpResponse:
        return view(request)

    asgi = async_to_sync(LockedOut(later))(AsyncRequestFactory().post("/admin/login/"))  # type: ignore[arg-type]
    wsgi = LockedOut(view)(RequestFactory().post("/admin/login/"))
    assert asgi.status_code == wsgi.status_code == 429
    assert asgi.content == wsgi.content
    # A view that has said so itself is left alone.
    assert (asgi.content == b"the view's own") is (said == 429)


def test_one_place_has_so_many_tries_whoever_it_tries_to_be(settings: Settings) -> None:
    settings.SIGN_INS_PER_MINUTE = 4
    trainee()
    statuses = [login(f"robin{number}@example.com", **HERE).status_code for number in range(6)]
    assert statuses == [401] * 4 + [429] * 2
    refused = login(**HERE)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert login(**THERE).status_code == 200


def test_all_of_a_callers_own_network_is_one_place(settings: Settings) -> None:
    settings.SIGN_IN_FAILURES, settings.SIGN_INS_PER_MINUTE = 3, 5
    trainee()
    at_home = [{"REMOTE_ADDR": f"2001:db8:1:2::{number}"} for number in range(1, 8)]
    assert [login(password=OTHER, **place).status_code for place in at_home[:4]] == [401, 401, 429, 429]
    assert str(AccessAttempt.objects.get().ip_address) == "2001:db8:1:2::"
    # Whoever else is guessed at from there: so many tries in all.
    assert [login("robin@example.com", OTHER, **place).status_code for place in at_home[4:]] == [401, 429, 429]
    assert login(REMOTE_ADDR="2001:db8:1:3::1").status_code == 200


def test_a_stolen_token_is_no_way_to_guess_the_password(settings: Settings) -> None:
    settings.SIGN_IN_FAILURES = 3
    trainee()
    client = bearing(tokens_of()[0])
    body = {"current_password": OTHER, "new_password": "yet another good one"}
    assert [post(f"{USERS}/change-password", body, client=client).status_code for _ in range(4)] == [422, 422, 429, 429]
    deleted = client.delete(f"{USERS}/account", {"password": PASSWORD}, content_type="application/json")
    assert deleted.status_code == 429
    assert client.get(f"{AUTH}/me").status_code == 200


def test_nothing_personal_is_kept_or_logged_of_wrong_passwords(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SIGN_IN_FAILURES = 3
    trainee()
    with caplog.at_level(logging.DEBUG):
        for email in (EMAIL, "nobody@example.com"):
            for _ in range(4):
                login(email, OTHER)
            at_the_console(email, OTHER)
        login("nobody@example.com", "hunter2 is my password")
    kept = "".join(str(row) for row in AccessAttempt.objects.values())
    said = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    for secret in (EMAIL, "nobody@", OTHER, "hunter2"):
        assert secret not in kept
        assert secret not in said


@pytest.mark.parametrize("path", ["signup", "forgot-password", "resend-verification"])
def test_one_place_has_so_many_requests_for_mail(settings: Settings, path: str) -> None:
    settings.ACCOUNT_REQUESTS_PER_MINUTE = 2
    body = {"email": EMAIL, "name": "Robin", "password": PASSWORD} if path == "signup" else {"email": EMAIL}
    good = 201 if path == "signup" else 200
    assert [post(f"{AUTH}/{path}", body, **HERE).status_code for _ in range(3)] == [good, good, 429]
    assert post(f"{AUTH}/{path}", body, **THERE).status_code == good


# --- time


def ratio(one: Callable[[], Any], other: Callable[[], Any], *, rounds: int = 5) -> float:
    """How much longer one takes than the other: medians, measured in turns.

    In seconds of the processor: hashing is what takes long, and what else the machine does at the time is left out.
    """
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        for is_first, call in ((True, one), (False, other)):
            began = time.process_time()
            call()
            taken[is_first].append(time.process_time() - began)
    return statistics.median(taken[True]) / statistics.median(taken[False])


@pytest.fixture
def _free(settings: Settings) -> None:
    settings.SIGN_IN_FAILURES = settings.SIGN_INS_PER_MINUTE = settings.ACCOUNT_REQUESTS_PER_MINUTE = 1_000_000


@pytest.mark.usefixtures("_free")
def test_time_tells_nobody_who_exists() -> None:
    trainee()
    trainee("new@example.com", email_verified_at=None)
    emails = (f"nobody{number}@example.com" for number in range(1000))
    forgot = f"{AUTH}/forgot-password"
    again = f"{AUTH}/resend-verification"
    for one, other in (
        (lambda: login(EMAIL, OTHER), lambda: login(next(emails), OTHER)),
        (lambda: login("new@example.com"), lambda: login(next(emails))),
        (lambda: sign_up(EMAIL), lambda: sign_up(next(emails))),
        (lambda: post(forgot, {"email": EMAIL}), lambda: post(forgot, {"email": next(emails)})),
        (lambda: post(again, {"email": "new@example.com"}), lambda: post(again, {"email": next(emails)})),
    ):
        assert 0.6 < ratio(one, other) < 1.6


@pytest.mark.usefixtures("_free")
def test_the_measurement_would_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown to fail: a door that hashes only where there is an account."""

    def hasty(self: Accounts, request: Any, username: str | None = None, password: str | None = None, **_: Any) -> Any:
        user = User.objects.filter(email=username).first()
        return user if user and user.check_password(password or "") else None

    monkeypatch.setattr(Accounts, "authenticate", hasty)
    make_password("warm")
    trainee()
    emails = (f"nobody{number}@example.com" for number in range(1000))
    assert not 0.6 < ratio(lambda: login(EMAIL, OTHER), lambda: login(next(emails), OTHER)) < 1.6
