"""What the second step stores: nothing that whoever reads the database could use, through every change of keys."""

from __future__ import annotations

import importlib
from base64 import b32decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, connections
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts import sealing, second_step, tasks
from accounts.errors import WrongCode
from accounts.models import Authenticator, User
from tests.accounts.joining import AUTH, PASSWORD, post, trainee
from tests.accounts.test_second_step import EMAIL, code, forgive
from tests.candidates.recruiting import error_of

pytestmark = pytest.mark.django_db
migration = importlib.import_module("accounts.migrations.0005_sealed_second_steps")


@pytest.fixture
def user(db: None) -> User:
    return trainee(EMAIL, is_staff=True)


@pytest.fixture
def codes(user: User) -> list[str]:
    second_step.begin(user)
    codes = second_step.confirm(user, code(user))
    forgive(user)
    return codes


def stored() -> str:
    """Every column of the tables of the second step."""
    found = []
    with connection.cursor() as cursor:
        for table in ("otp_totp_totpdevice", "otp_static_staticdevice", "otp_static_statictoken"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def passes(user: User, typed: str) -> bool:
    forgive(user)
    StaticDevice.objects.update(throttling_failure_count=0)
    try:
        second_step.must_pass(user, typed)
    except WrongCode:
        return False
    return True


def test_nothing_that_opens_is_stored_readable(user: User) -> None:
    typed = second_step.begin(user).key.replace(" ", "")
    key = b32decode(typed)
    codes = second_step.confirm(user, code(user))
    found = stored().lower()
    assert len(key) == 20
    assert not [one for one in (typed, key.hex()) if one.lower() in found]
    assert not [one for one in codes if one.replace(" ", "") in found]
    # What stands there is no code itself.
    assert not [one for one in StaticToken.objects.values_list("token", flat=True) if passes(user, one)]
    assert passes(user, codes[0])
    # Two keys that are alike do not look alike.
    assert sealing.seal(key, owner=user.pk) != sealing.seal(key, owner=user.pk)


def test_a_key_opens_nothing_in_somebody_elses_row(user: User, codes: list[str]) -> None:
    other = trainee("other@example.com", is_staff=True)
    second_step.begin(other)
    Authenticator.objects.filter(user=other).update(key=Authenticator.objects.get(user=user).key, confirmed=True)
    with pytest.raises(sealing.Unreadable):
        second_step.must_pass(other, "123456")


@pytest.mark.parametrize("text", ["", "readable", ":", "0badf00d:AAAA", "0badf00d:ä"])
def test_what_was_never_sealed_is_told_apart(text: str) -> None:
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(text, owner=uuid4())
    own = sealing.seal(b"", owner=uuid4()).partition(":")[0]
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(f"{own}:AAAA", owner=uuid4())


def test_a_new_secret_key_locks_nobody_out(user: User, codes: list[str], settings: Settings) -> None:
    before = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key than the one before it", [before]
    assert passes(user, code(user))
    assert passes(user, codes[0])
    half_way = trainee("half@example.com", is_staff=True)
    second_step.begin(half_way)
    tasks.reseal()
    assert second_step.reseal() == 0  # what is sealed under the newest is left alone
    settings.SECRET_KEY_FALLBACKS = []
    assert passes(user, code(user))
    assert passes(user, codes[1])
    assert not passes(user, codes[1])


def test_a_lost_secret_key_is_said_and_can_be_mended(user: User, codes: list[str], settings: Settings) -> None:
    unfinished = trainee("half@example.com", is_staff=True)
    key = second_step.begin(unfinished).key
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key than the one before it", []
    for typed in ("123456", codes[0]):
        refused = post(f"{AUTH}/login", {"email": EMAIL, "password": PASSWORD, "code": typed})
        assert (refused.status_code, error_of(refused)["code"]) == (503, "second_step_unreadable")
    assert second_step.reseal() == 0
    # Who has not switched it on yet gets another key.
    assert second_step.begin(unfinished).key != key
    assert second_step.switch_off(user)
    assert post(f"{AUTH}/login", {"email": EMAIL, "password": PASSWORD}).status_code == 200


def test_rows_from_before_are_sealed_by_the_migration(user: User) -> None:
    # As they were: readable, and somebody about to set up another app.
    app = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    plain = app.key
    TOTPDevice.objects.create(user=user, name="app", confirmed=False)
    device = StaticDevice.objects.create(user=user, name="recovery")
    StaticToken.objects.create(device=device, token="abcdefghjk")
    other = trainee("other@example.com", is_staff=True)
    second_step.begin(other)
    [done] = second_step.confirm(other, code(other))[:1]
    for _ in range(2):
        migration.seal(apps, None)
        assert plain not in stored()
        assert "abcdefghjk" not in stored()
    assert Authenticator.objects.get(pk=app.pk).bin_key.hex() == plain
    assert passes(user, "ABCDE fghjk")
    assert not passes(user, "abcdefghjk")
    assert passes(other, done)
    migration.unseal(apps, None)
    assert TOTPDevice.objects.get(pk=app.pk).key == plain
    assert not StaticToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_pages_that_are_opened_at_once_all_show_one_key(user: User) -> None:
    def begin(_: Any) -> str:
        try:
            return second_step.begin(user).key
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(begin, range(16)))) == 1
    assert Authenticator.objects.count() == 1
