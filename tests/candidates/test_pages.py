"""What the console's pages make of values that come back to them in addresses and forms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from candidates.admin.pages import moment_of
from tests.candidates.recruiting import recruiter


@pytest.mark.parametrize("text", ["2026-11-21T16:20:00+00:00", "2026-11-21T16:20:00 00:00", "2026-11-21T17:20+01:00"])
def test_a_moment_is_read_with_its_zone(text: str) -> None:
    assert moment_of(text) == datetime(2026, 11, 21, 16, 20, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-41T99:00:00+00:00", "2026-11-21T16:20:00"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert moment_of(text) is None


@pytest.mark.django_db
def test_an_address_with_a_mistyped_moment_still_opens() -> None:
    client = Client()
    client.force_login(recruiter())
    assert client.get(reverse("admin:candidates_import_changelist"), {"before": "2026-13-41T99:00"}).status_code == 200
    mistyped = {"stamp": "2026-13-41T99:00"}
    assert client.post(reverse("admin:candidates_candidate_restore_deleted"), mistyped).status_code == 400
