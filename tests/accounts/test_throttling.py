"""So many requests a minute, and so many wrong keys."""

from __future__ import annotations

import weakref
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts import throttling
from tests.candidates.recruiting import BASE, client_of, error_of, recruiter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of its own for each test, which does not end within it."""
    minute = uuid4().int % 10**9 * 60
    monkeypatch.setattr(throttling.time, "time", lambda: minute + 10)


def test_more_requests_than_the_limit_are_a_429_that_says_when(settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    user = recruiter()
    client, other = client_of(user), client_of(user)
    assert [client.get(BASE).status_code for _ in range(4)] == [200, 200, 200, 429]
    response = client.get(BASE)
    assert error_of(response)["code"] == "throttled"
    assert 1 <= int(response["Retry-After"]) <= 60
    assert other.get(BASE).status_code == 200  # each key has its own


def test_requests_that_may_ask_a_model_have_a_limit_of_their_own(settings: Settings) -> None:
    settings.API_MODEL_REQUESTS_PER_MINUTE = 1
    client = client_of()
    statuses = [client.post(f"{BASE}/compare", {}, content_type="application/json").status_code for _ in range(2)]
    assert statuses == [400, 429]
    assert client.get(BASE).status_code == 200


def test_an_address_that_guesses_keys_is_told_to_wait(settings: Settings) -> None:
    settings.API_WRONG_KEYS_PER_MINUTE = 3
    right = client_of()
    wrong = Client(headers={"Authorization": "Bearer gr_wrong"})
    statuses = [wrong.get(BASE).status_code for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    response = wrong.get(BASE)
    assert error_of(response)["code"] == "throttled"
    assert int(response["Retry-After"]) >= 1
    assert right.get(BASE).status_code == 200
    assert Client(headers={"Authorization": "Bearer gr_wrong"}, REMOTE_ADDR="192.0.2.7").get(BASE).status_code == 401


def test_first_requests_of_a_process_are_counted_also_where_they_come_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each makes a client of Redis, the cache keeps one of them: the others must last as long as they are used."""
    made: list[Any] = []

    def another() -> redis.Redis:
        made.append(weakref.ref(client := redis.Redis.from_url(settings.REDIS_URL)))
        return client

    monkeypatch.setattr(throttling, "_redis", another)
    lived: list[bool] = []
    execute = redis.client.Pipeline.execute

    def looked_at(self: Any, *more: Any) -> Any:
        lived.append(made[-1]() is not None)
        return execute(self, *more)

    monkeypatch.setattr(redis.client.Pipeline, "execute", looked_at)
    name = f"first:{uuid4()}"
    assert [throttling.count(name)[0] for _ in range(3)] == [1, 2, 3]
    assert lived == [True] * 3


def test_without_redis_requests_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(throttling, "_redis", lambda: nowhere)
    assert client_of().get(BASE).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "127.0.0.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.9, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_an_address_is_believed_only_as_far_as_our_proxies_wrote_it(
    settings: Settings, proxies: int, forwarded: str, address: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert throttling.address_of(RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})) == address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:50612", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
        ("", "unknown"),
        ("make me up 17", "unknown"),
    ],
)
def test_an_address_is_counted_by_what_its_owner_has_all_of(address: str, counted: str) -> None:
    assert throttling.counted_as(address) == counted
    assert throttling.address_of(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


def test_who_owns_a_network_guesses_no_more_often_than_others(settings: Settings) -> None:
    settings.API_WRONG_KEYS_PER_MINUTE = settings.WRONG_LINKS_PER_MINUTE = 3
    homes = [f"2001:db8:1:2::{number}" for number in range(1, 5)]
    wrong = Client(headers={"Authorization": "Bearer gr_wrong"})
    assert [wrong.get(BASE, REMOTE_ADDR=home).status_code for home in homes] == [401, 401, 429, 429]
    assert wrong.get(BASE, REMOTE_ADDR="2001:db8:1:3::1").status_code == 401
    at = [f"/interviews/{uuid4()}", f"/intake/{uuid4()}"]
    tried = [Client().post(at[place % 2], {"token": "x"}, REMOTE_ADDR=home) for place, home in enumerate(homes)]
    assert [answer.status_code for answer in tried] == [410, 410, 429, 429]
    assert Client().post(at[0], {"token": "x"}, REMOTE_ADDR="2001:db8:1:3::1").status_code == 410
