"""Keys in force: the one written-out query finds what the ORM would."""

from __future__ import annotations

import pytest

from accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db


def test_a_key_in_force_brings_its_own_values_and_those_of_its_user() -> None:
    user = User.objects.create_user("trainee@example.com", name="Robin Sample", is_staff=False, is_superuser=True)
    made, secret = ApiKey.make(user=user, name="nightly")
    found = ApiKey.in_force(f" {secret} ")
    assert found is not None
    stored = ApiKey.objects.get(pk=made.pk)
    for field in ApiKey._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(stored, field.attname), field.attname
    for name in ("id", "email", "name", "is_staff", "is_active", "is_superuser", "date_joined", "password"):
        assert getattr(found.user, name) == getattr(user, name), name


def test_a_revoked_unknown_or_ownerless_key_is_not_in_force() -> None:
    user = User.objects.create_user("recruiter@example.com", is_staff=True)
    _, revoked = ApiKey.make(user=user, name="revoked")
    ApiKey.objects.filter(name="revoked").revoke()
    _, secret = ApiKey.make(user=user, name="nightly")
    assert ApiKey.in_force(revoked) is None
    assert ApiKey.in_force("gr_unknown") is None
    assert ApiKey.in_force("") is None
    user.is_active = False
    user.save()
    assert ApiKey.in_force(secret) is None
