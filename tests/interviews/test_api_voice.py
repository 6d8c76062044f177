"""Interviews by voice over the API, against a real LiveKit server: rooms, tokens, ends. Nobody speaks here."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from django.test import Client
from pytest_django import Settings

from interviews import interviewing
from interviews.errors import VoiceUnavailable
from interviews.models import Interview, Room
from interviews.rooms import server
from interviews.states import EndReason, Medium, Role
from tests.candidates.recruiting import candidate, client_of, recruiter
from tests.interviews.holding import start
from tests.livekit import LiveKit

# Committed, since LiveKit's room is deleted after the commit of what ends it.
pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, address: str, body: Any = None) -> Any:
    return client.post(address, body or {}, content_type="application/json")


@pytest.mark.parametrize("role", Role)
def test_start_by_voice_makes_a_room_at_livekit_and_a_token_for_it_alone(livekit_server: LiveKit, role: Role) -> None:
    client = client_of(recruiter(name="Rae"))
    body = {"candidate_id": str(candidate(60).pk), "role": role.value}  # voice is the default where it is configured
    made = post(client, "/api/interviews/start", body).json()
    assert (made["medium"], made["room_url"]) == ("voice", livekit_server.url)
    assert made["room_name"] in server.room_names()
    claims = jwt.decode(made["token"], livekit_server.secret, algorithms=["HS256"])
    assert claims["video"]["room"] == made["room_name"]
    assert not claims["video"].get("roomAdmin")
    assert not claims["video"].get("roomCreate")
    assert claims["attributes"]["role"] == role.value
    shown = post(client, f"/api/interviews/{made['interview_id']}/end").json()
    assert shown["status"] == "completed"
    assert made["room_name"] not in server.room_names()


def test_a_text_interview_needs_no_room_at_livekit(livekit_server: LiveKit) -> None:
    started = start(Role.CANDIDATE, medium=Medium.TEXT)
    assert started.room.name not in server.room_names()


def test_livekit_being_away_starts_nothing_and_holds_up_no_end(livekit_server: LiveKit, settings: Settings) -> None:
    started = start(Role.CANDIDATE, medium=Medium.VOICE)
    settings.LIVEKIT_URL = "ws://127.0.0.1:9"
    with pytest.raises(VoiceUnavailable):
        start(Role.CANDIDATE, medium=Medium.VOICE)
    assert Room.objects.count() == 1
    interview = Interview.objects.get(pk=started.interview.pk)
    interviewing.end(interview, reason=EndReason.BY_PERSON)
    assert interview.status == "completed"
    assert Room.objects.get(pk=started.room.pk).ended_at is not None
