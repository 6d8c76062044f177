"""The way into the room where one talks aloud: the trainee's alone, and only where there is voice."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from coaching import lifecycle, talking
from interviews.models import Room
from interviews.states import Medium
from tests.candidates.recruiting import recruiter
from tests.coaching.talking import session, spoken
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


def test_without_voice_the_page_says_how_to_switch_it_on(simulator: Simulator) -> None:
    held = session()
    client = Client()
    client.force_login(held.user)
    page = client.get(f"/coaching/sessions/{held.pk}").content.decode()
    assert "Talk aloud" not in page
    assert "LIVEKIT_URL" in page
    asked = client.post(f"/coaching/sessions/{held.pk}/talk")
    assert asked.status_code == 503
    assert "LIVEKIT_URL" in asked.content.decode()
    assert not Room.objects.exists()


def test_room_is_nobody_elses_whoever_they_are(settings: Settings) -> None:
    held = session()
    talking.open_room(held, medium=Medium.TEXT)
    for who in (recruiter("other@example.com", is_staff=False), recruiter("super@example.com", is_superuser=True)):
        client = Client()
        client.force_login(who)
        for ask in (client.get, client.post):
            assert ask(f"/coaching/sessions/{held.pk}/talk").status_code == 404
    assert not held.room.participants.exists()


def test_talk_that_is_over_leads_back_to_the_session() -> None:
    held = session()
    client = Client()
    client.force_login(held.user)
    address = f"/coaching/sessions/{held.pk}"
    assert client.get(f"{address}/talk")["Location"] == address  # there was none
    talking.open_room(held, medium=Medium.TEXT)
    assert client.get(f"{address}/talk").status_code == 200
    assert client.post(f"{address}/talk", {"leave": "1"})["Location"] == address
    assert client.get(f"{address}/talk")["Location"] == address
    lifecycle.complete(spoken(held, 3))
    assert client.post(f"{address}/talk")["Location"] == address
    assert Room.objects.count() == 1
