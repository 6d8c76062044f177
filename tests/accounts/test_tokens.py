"""Tokens of programs, and everything that somebody may try with them."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts import links, throttling, tokens
from accounts.errors import InvalidToken
from accounts.models import SignIn
from accounts.tokens import Opened, open_for
from tests.accounts.joining import AUTH, bearing, post, tokens_of, trainee

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")]


def opened() -> Opened:
    return open_for(trainee(password=None), device="A program")


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def resigned(token: str, *, key: str = "", algorithm: str | None = "HS256", **claims: Any) -> str:
    """The token with other claims, signed by our own key (or another one): None takes a claim out."""
    merged = {name: value for name, value in (claims_of(token) | claims).items() if value is not None}
    ours = tokens._backend((django_settings.SECRET_KEY,)).signing_key
    return jwt.encode(merged, key or str(ours), algorithm=algorithm)


def without_algorithm(token: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def with_another_sign_in(token: str) -> str:
    header, _, signature = token.split(".")
    payload = json.dumps(claims_of(token) | {"sid": str(uuid4())}).encode()
    return f"{header}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{signature}"


ATTACKS: dict[str, Callable[[str], str]] = {
    "expired": lambda token: resigned(token, exp=int(time.time()) - 60),
    "issued in the future": lambda token: resigned(token, iat=int(time.time()) + 3600),
    "without an end": lambda token: resigned(token, exp=None),
    "without an id": lambda token: resigned(token, jti=None),
    "without a sign-in": lambda token: resigned(token, sid=None),
    "a sign-in that is none": lambda token: resigned(token, sid="x"),
    "somebody's sign-in that never was": lambda token: resigned(token, sid=str(uuid4())),
    "wrong key": lambda token: resigned(token, key="k" * 64),
    "Django's own key": lambda token: resigned(token, key=django_settings.SECRET_KEY),
    "wrong audience": lambda token: resigned(token, aud="intake"),
    "no audience": lambda token: resigned(token, aud=None),
    "wrong issuer": lambda token: resigned(token, iss="somebody"),
    "wrong kind": lambda token: resigned(token, token_type="sliding"),
    "another algorithm": lambda token: resigned(token, algorithm="HS512"),
    "alg none": without_algorithm,
    "another payload": with_another_sign_in,
    "cut off": lambda token: token[:-3],
    "too long": lambda token: token + "x" * 3000,
    "a link's token": lambda token: links.issue(purpose="confirm", subject_id=uuid4(), hours=1, made_by=None).token,
    "nothing": lambda token: "",
    "dots": lambda token: "..",
    "not even text": lambda token: "\udcff.\udcff.\udcff",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forged_or_dead_access_token_opens_nothing(attack: str) -> None:
    sign_in = opened()
    assert tokens.holder_of(sign_in.access).user == sign_in.user
    with pytest.raises(InvalidToken) as caught:
        tokens.holder_of(ATTACKS[attack](sign_in.access))
    assert caught.value.message == "This token is not valid (any more). Sign in again."


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forged_or_dead_refresh_token_is_worth_nothing_and_ends_nothing(attack: str) -> None:
    sign_in = opened()
    with pytest.raises(InvalidToken):
        tokens.rotate(ATTACKS[attack](sign_in.refresh))
    assert SignIn.objects.get().ended_at is None
    assert tokens.rotate(sign_in.refresh).user == sign_in.user


def test_one_kind_of_token_is_not_taken_for_the_other() -> None:
    sign_in = opened()
    for call, token in ((tokens.holder_of, sign_in.refresh), (tokens.rotate, sign_in.access)):
        with pytest.raises(InvalidToken):
            call(token)
    assert SignIn.objects.get().ended_at is None


def test_tokens_say_nothing_of_a_person_and_the_database_holds_none() -> None:
    sign_in = opened()
    for token in (sign_in.access, sign_in.refresh):
        assert set(claims_of(token)) == {"token_type", "exp", "iat", "jti", "sid", "aud", "iss"}
    assert claims_of(sign_in.access)["exp"] - claims_of(sign_in.access)["iat"] == 600
    assert claims_of(sign_in.refresh)["exp"] - claims_of(sign_in.refresh)["iat"] == 14 * 86400
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(s)::text FROM accounts_signin s")
        (row,) = cursor.fetchone()
    assert claims_of(sign_in.refresh)["jti"] not in row
    assert claims_of(sign_in.access)["jti"] not in row
    assert sign_in.access not in repr(sign_in)
    assert sign_in.refresh not in repr(sign_in)


def test_a_token_outlives_a_change_of_the_key_but_not_two(settings: Settings) -> None:
    sign_in = opened()
    before = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [before]
    assert tokens.holder_of(sign_in.access).user == sign_in.user
    assert tokens.rotate(sign_in.refresh).access
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "w" * 60, ["n" * 60, before]
    with pytest.raises(InvalidToken):
        tokens.holder_of(sign_in.access)


def test_of_very_many_devices_the_oldest_is_signed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_AT_ONCE", 3)
    user = trainee(password=None)
    given = [open_for(user) for _ in range(4)]
    with pytest.raises(InvalidToken):
        tokens.holder_of(given[0].access)
    assert all(tokens.holder_of(one.access) for one in given[1:])


@pytest.mark.parametrize("state", ["ended", "ran out", "user out of use"])
def test_tokens_die_with_their_sign_in_at_once(state: str) -> None:
    sign_in = opened()
    if state == "ended":
        SignIn.objects.update(ended_at=timezone.now())
    elif state == "ran out":
        SignIn.objects.update(expires_at=timezone.now())
    else:
        sign_in.user.is_active = False
        sign_in.user.save()
    with pytest.raises(InvalidToken):
        tokens.holder_of(sign_in.access)
    with pytest.raises(InvalidToken):
        tokens.rotate(sign_in.refresh)


def test_a_device_was_last_seen_to_some_minutes() -> None:
    sign_in = opened()
    tokens.holder_of(sign_in.access)
    first = SignIn.objects.get().last_seen_at
    earlier = timezone.now() - timedelta(minutes=6)
    SignIn.objects.update(last_seen_at=earlier)
    tokens.holder_of(sign_in.access)
    assert SignIn.objects.get().last_seen_at >= first


@pytest.mark.django_db(transaction=True)
def test_of_parallel_trades_of_one_refresh_token_at_most_one_gets_a_pair_and_the_sign_in_ends() -> None:
    sign_in = opened()
    gate = threading.Barrier(8)

    def trade(_: int) -> bool:
        gate.wait()
        try:
            tokens.rotate(sign_in.refresh)
        except InvalidToken:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(trade, range(8))) <= 1
    assert SignIn.objects.get().ended_because == "reused"


def test_who_guesses_tokens_is_told_to_wait_and_who_comes_late_is_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = uuid4().int % 10**9 * 60
    monkeypatch.setattr(throttling.time, "time", lambda: minute + 10)
    settings.API_WRONG_KEYS_PER_MINUTE = 3
    trainee()
    token, refresh = tokens_of()
    SignIn.objects.update(ended_at=timezone.now())
    assert [bearing(token).get(f"{AUTH}/me").status_code for _ in range(5)] == [401] * 5
    assert [post(f"{AUTH}/refresh", {"refresh": refresh}).status_code for _ in range(5)] == [401] * 5
    forged = token[:-4] + "AAAA"
    statuses = [bearing(forged).get(f"{AUTH}/me").status_code for _ in range(2)]
    assert statuses == [401, 401]
    late = post(f"{AUTH}/refresh", {"refresh": forged})
    assert late.status_code == 429
    assert 1 <= int(late["Retry-After"]) <= 60
    assert bearing(forged).get(f"{AUTH}/me").status_code == 429
