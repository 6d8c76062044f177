"""The command that makes a key."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey
from tests.candidates.recruiting import recruiter

pytestmark = pytest.mark.django_db


def make(*arguments: str) -> str:
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_a_key_is_printed_once_works_and_is_stored_as_a_hash() -> None:
    user = recruiter()
    secret = make("nightly export")
    found = ApiKey.in_force(secret)
    assert found is not None
    assert (found.user.pk, found.name) == (user.pk, "nightly export")
    assert secret not in str(ApiKey.objects.values().get())


def test_the_recruiter_is_named_where_there_are_several() -> None:
    recruiter()
    other = recruiter("other@example.com")
    with pytest.raises(CommandError, match="several"):
        make("nightly")
    assert ApiKey.in_force(make("nightly", "--user", "Other@example.com")).user.pk == other.pk  # type: ignore[union-attr]


@pytest.mark.parametrize("arguments", [["nightly"], ["nightly", "--user", "trainee@example.com"], [" "]])
def test_nobody_but_a_recruiter_gets_a_key(arguments: list[str]) -> None:
    recruiter("trainee@example.com", is_staff=False)
    with pytest.raises(CommandError):
        make(*arguments)
    assert not ApiKey.objects.exists()
