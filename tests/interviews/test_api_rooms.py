"""Rooms over the API: made, shown, joined, moderated, briefed, analysed; each path and status as in the contract."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from interviews import rooms
from interviews.models import Analysis, BriefingMessage, Participant, Room, Turn
from interviews.states import AnalysisState, EndReason, ParticipantType, Role
from tests.candidates.recruiting import candidate, client_of, error_of, recruiter
from tests.interviews.holding import EXCHANGES, hold, start
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
JSON = "application/json"
NOWHERE = "/api/rooms/room-000000000000000000000000000000"
LONG = "Account Executive. At least four years of selling software to banks, with forecasting and negotiation."


@pytest.fixture
def person() -> User:
    return recruiter(name="Rae Recruiter")


@pytest.fixture
def client(person: User) -> Client:
    return client_of(person)


@pytest.fixture
def room(client: Client) -> str:
    return str(post(client, "/api/rooms", {"interviewer_name": "Rae"}).json()["room_name"])


def post(client: Client, address: str, body: Any = None, **headers: str) -> Any:
    return client.post(address, {} if body is None else body, content_type=JSON, headers=headers)


def bearer(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


# --- made, shown, joined ---------------------------------------------------------------------------------------------
def test_a_room_is_made_for_two_hours_with_the_interviewers_token(client: Client, person: User) -> None:
    response = post(client, "/api/rooms", {"interviewer_name": "Rae", "candidate_name": "Robin Sample"})
    assert response.status_code == 201
    body = response.json()
    made = Room.objects.get(name=body["room_name"])
    assert body["medium"] == "text"
    assert body["room_url"]
    assert abs(made.expires_at - timezone.now() - timedelta(hours=2)) < timedelta(minutes=1)
    assert (made.candidate_name, made.made_by) == ("Robin Sample", person)
    holder = rooms.holder_of(body["interviewer_token"])
    assert (holder.room, holder.may_moderate) == (made, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"interviewer_name": ""},
        {"interviewer_name": 5},
        {"interviewer_name": "Rae", "medium": "smoke"},
        {"interviewer_name": "Rae", "colour": "red"},
        {"interviewer_name": "R" * 201},
    ],
)
def test_a_room_needs_a_name_and_nothing_unknown(client: Client, body: dict[str, Any]) -> None:
    response = post(client, "/api/rooms", body)
    assert response.status_code == 400
    assert error_of(response)["fields"]
    assert not Room.objects.exists()


def test_voice_that_is_not_configured_is_a_503_that_says_what_to_set(client: Client) -> None:
    response = post(client, "/api/rooms", {"interviewer_name": "Rae", "medium": "voice"})
    assert response.status_code == 503
    error = error_of(response)
    assert error["code"] == "voice_not_configured"
    assert "LIVEKIT_URL" in error["message"]


def test_a_room_is_shown_with_everybody_who_was_let_in(client: Client, room: str) -> None:
    post(client, f"/api/rooms/{room}/join", {"participant_name": "Robin", "participant_type": "candidate"})
    shown = client.get(f"/api/rooms/{room}").json()
    assert (shown["room_name"], shown["status"], shown["interview_id"]) == (room, "open", None)
    assert [(one["name"], one["type"]) for one in shown["participants"]] == [
        ("Rae", "interviewer"),
        ("Robin", "candidate"),
    ]


def test_a_room_that_ended_or_expired_is_still_shown_as_such(client: Client, room: str) -> None:
    Room.objects.filter(name=room).update(expires_at=timezone.now())
    assert client.get(f"/api/rooms/{room}").json()["status"] == "expired"
    Room.objects.filter(name=room).update(ended_at=timezone.now())
    assert client.get(f"/api/rooms/{room}").json()["status"] == "ended"


@pytest.mark.parametrize("type_", ["interviewer", "candidate", "observer"])
def test_join_gives_a_token_of_that_kind_for_this_room(client: Client, room: str, type_: str) -> None:
    response = post(client, f"/api/rooms/{room}/join", {"participant_name": "Sam", "participant_type": type_})
    assert response.status_code == 200
    body = response.json()
    holder = rooms.holder_of(body["token"])
    assert (holder.room.name, holder.participant.type) == (room, type_)
    assert holder.may_moderate is (type_ == "interviewer")
    assert body["identity"] == holder.participant.identity
    assert body["room_url"]


def test_join_refuses_agents_and_unknown_kinds(client: Client, room: str) -> None:
    for type_ in ("agent", "boss", None):
        body = {"participant_name": "Sam", "participant_type": type_}
        assert post(client, f"/api/rooms/{room}/join", body).status_code == 400


def test_join_of_an_unknown_room_is_a_404_and_of_a_past_one_a_410(client: Client, room: str) -> None:
    body = {"participant_name": "Sam", "participant_type": "candidate"}
    response = post(client, f"{NOWHERE}/join", body)
    assert (response.status_code, error_of(response)["code"]) == (404, "room_not_found")
    Room.objects.filter(name=room).update(expires_at=timezone.now() - timedelta(seconds=1))
    response = post(client, f"/api/rooms/{room}/join", body)
    assert (response.status_code, error_of(response)["code"]) == (410, "room_expired")


@pytest.mark.parametrize("name", ["%00", "a" * 65, "..", "room%20x", "%F0%9F%90%80"])
def test_a_name_that_no_room_can_have_is_a_404(client: Client, name: str) -> None:
    response = client.get(f"/api/rooms/{name}")
    assert response.status_code == 404
    error_of(response)


# --- moderating ------------------------------------------------------------------------------------------------------
def tokens_of(client: Client, room: str) -> dict[str, str]:
    """A token for each kind of participant, by kind, and the identity of another candidate."""
    found = {}
    for type_ in ("interviewer", "candidate", "observer"):
        body = {"participant_name": type_.title(), "participant_type": type_}
        found[type_] = post(client, f"/api/rooms/{room}/join", body).json()["token"]
    return found


def test_only_an_interviewers_token_or_a_recruiter_puts_somebody_out(client: Client, room: str) -> None:
    tokens = tokens_of(client, room)
    identity = Participant.objects.get(room__name=room, type=ParticipantType.CANDIDATE).identity
    for type_ in ("candidate", "observer"):
        response = post(bearer(tokens[type_]), f"/api/rooms/{room}/remove", {"identity": identity})
        assert response.status_code == 403, type_
        error_of(response)
    assert Participant.objects.get(identity=identity).removed_at is None
    response = post(bearer(tokens["interviewer"]), f"/api/rooms/{room}/remove", {"identity": identity})
    assert response.status_code == 200
    assert response.json()["removed_at"]
    again = post(client, f"/api/rooms/{room}/remove", {"identity": identity})
    assert again.json() == response.json()
    # The old token is worth nothing from now on, here as at the room itself.
    response = post(bearer(tokens["candidate"]), f"/api/rooms/{room}/end")
    assert (response.status_code, error_of(response)["code"]) == (403, "removed_from_room")


def test_a_token_moderates_its_own_room_alone(client: Client, room: str) -> None:
    other = post(client, "/api/rooms", {"interviewer_name": "Sam"}).json()
    response = post(bearer(other["interviewer_token"]), f"/api/rooms/{room}/end")
    assert response.status_code == 403
    assert Room.objects.get(name=room).ended_at is None


def test_a_rooms_token_opens_nothing_but_moderating(client: Client, room: str) -> None:
    token = tokens_of(client, room)["interviewer"]
    for address in ("/api/interviews", f"/api/rooms/{room}", f"/api/rooms/{room}/briefing", "/api/pluto/results"):
        assert bearer(token).get(address).status_code == 401, address


@pytest.mark.parametrize("token", ["a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 5000 + ".."])
def test_a_made_up_token_is_a_401(client: Client, room: str, token: str) -> None:
    response = post(bearer(token), f"/api/rooms/{room}/end")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    error_of(response)


def test_wrong_tokens_are_counted_like_wrong_keys(room: str, settings: Settings) -> None:
    settings.API_WRONG_KEYS_PER_MINUTE = 3
    stranger = Client(headers={"Authorization": "Bearer a.b.c"}, REMOTE_ADDR="203.0.113.77")
    statuses = [post(stranger, f"/api/rooms/{room}/end").status_code for _ in range(4)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_removing_somebody_who_was_never_there_is_a_404(client: Client, room: str) -> None:
    response = post(client, f"/api/rooms/{room}/remove", {"identity": "nobody"})
    assert (response.status_code, error_of(response)["code"]) == (404, "participant_not_found")


def test_ending_a_room_ends_the_interview_in_it_and_twice_is_once(client: Client) -> None:
    started = start(Role.INTERVIEWER)
    holder = bearer(started.token.token)
    response = post(holder, f"/api/rooms/{started.room.name}/end", None, **{"Idempotency-Key": "once"})
    assert (response.status_code, response.json()["status"]) == (200, "ended")
    started.interview.refresh_from_db()
    assert (started.interview.status, started.interview.end_reason) == ("completed", EndReason.BY_PERSON)
    assert post(client, f"/api/rooms/{started.room.name}/end").json()["status"] == "ended"
    # The room is over, and with it the token.
    assert post(holder, f"/api/rooms/{started.room.name}/end").status_code == 410


# --- the same POST again ---------------------------------------------------------------------------------------------
def test_a_room_is_made_once_for_one_key(client: Client) -> None:
    first = post(client, "/api/rooms", {"interviewer_name": "Rae"}, **{"Idempotency-Key": "make-1"})
    again = post(client, "/api/rooms", {"interviewer_name": "Rae"}, **{"Idempotency-Key": "make-1"})
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Room.objects.count() == 1
    other = post(client, "/api/rooms", {"interviewer_name": "Sam"}, **{"Idempotency-Key": "make-1"})
    assert (other.status_code, error_of(other)["code"]) == (409, "idempotency_key_reused")


# --- briefing --------------------------------------------------------------------------------------------------------
def test_a_briefing_is_written_and_read_with_its_prompt(client: Client, room: str) -> None:
    assert client.get(f"/api/rooms/{room}/briefing").status_code == 404
    written = {
        "candidate_name": "Robin Sample",
        "role": "Account Executive",
        "resume_summary": "Sold software to banks for six years.",
        "notes": "Recommended by Sales.",
        "focus_areas": ["Forecasting"],
    }
    response = post(client, f"/api/rooms/{room}/briefing", written)
    assert response.status_code == 200
    body = response.json()
    assert {name: body[name] for name in written} == written
    for part in ("Robin Sample", "Account Executive", "six years", "Recommended by Sales", "Forecasting"):
        assert part in body["briefing_prompt"]
    assert client.get(f"/api/rooms/{room}/briefing").json() == body
    assert Room.objects.get(name=room).candidate_name == "Robin Sample"


def test_a_briefing_refuses_what_it_does_not_know(client: Client, room: str) -> None:
    for body in ({"salary": 1}, {"focus_areas": "Forecasting"}, {"focus_areas": [5]}, {"notes": "x" * 20_001}):
        assert post(client, f"/api/rooms/{room}/briefing", body).status_code == 400


def test_the_assistant_needs_a_briefing_and_a_model(client: Client, room: str) -> None:
    response = post(client, f"/api/rooms/{room}/chat", {"message": "What should I ask?"})
    assert (response.status_code, error_of(response)["code"]) == (404, "briefing_not_found")
    post(client, f"/api/rooms/{room}/briefing", {"resume_summary": "Six years of sales."})
    response = post(client, f"/api/rooms/{room}/chat", {"message": "What should I ask?"})
    assert (response.status_code, error_of(response)["code"]) == (503, "model_not_configured")
    assert [message.text for message in BriefingMessage.objects.all()] == ["What should I ask?"]


@pytest.mark.django_db(transaction=True)
def test_the_assistant_answers_from_the_briefing(client: Client, room: str, simulator: Simulator) -> None:
    post(client, f"/api/rooms/{room}/briefing", {"resume_summary": "Closed forty deals with banks in six years."})
    response = post(client, f"/api/rooms/{room}/chat", {"message": "How many deals with banks?"})
    assert response.status_code == 200
    assert "forty deals" in response.json()["response"]
    assert response.json()["messages"] == 2


# --- pre-brief, debrief, coach, practice -----------------------------------------------------------------------------
@pytest.mark.parametrize("short", ["job_description", "resume"])
def test_a_pre_brief_needs_fifty_characters_of_each_text(client: Client, room: str, short: str) -> None:
    body = {"job_description": LONG, "resume": LONG} | {short: "x" * 49}
    response = post(client, f"/api/prebrief/{room}", body)
    assert response.status_code == 400
    assert set(error_of(response)["fields"]) == {short}


@pytest.mark.django_db(transaction=True)
def test_a_pre_brief_has_everything_that_the_contract_names(client: Client, room: str, simulator: Simulator) -> None:
    body = {"job_description": LONG, "resume": "Six years of selling software to banks. Closed forty deals. " * 3}
    response = post(client, f"/api/prebrief/{room}", body)
    assert response.status_code == 200, response.content
    made = response.json()
    assert set(made["fit_breakdown"]) == {
        *("technical_skills", "experience_relevance", "leadership_potential"),
        *("communication_signals", "culture_fit_signals", "growth_trajectory"),
    }
    assert {"fit_score", "fit_summary", "skill_matches", "strengths", "concerns", "suggested_questions"} <= set(made)
    assert {"topics_to_avoid", "tldr", "key_things_to_remember"} <= set(made)
    calls = len(simulator.calls())
    assert post(client, f"/api/prebrief/{room}", body).json()["fit_score"] == made["fit_score"]
    assert len(simulator.calls()) == calls  # the same texts are not paid twice


def test_a_pre_brief_of_an_unknown_room_is_a_404(client: Client) -> None:
    body = {"job_description": LONG, "resume": LONG}
    assert post(client, "/api/prebrief/room-unknown", body).status_code == 404


def test_a_pre_brief_of_a_candidate_comes_from_what_is_stored(client: Client) -> None:
    who = candidate(60, bio="Sold software to banks for six years.", skills=["negotiation"])
    response = client.get(f"/api/pluto/candidates/{who.pk}/prebrief")
    assert response.status_code == 200, response.content
    assert response.json()["made_by"] == "computed"
    unknown = client.get("/api/pluto/candidates/00000000-0000-4000-8000-000000000000/prebrief")
    assert (unknown.status_code, error_of(unknown)["code"]) == (404, "candidate_not_found")


def test_a_room_for_a_candidate_is_made_with_the_briefing_filled_in(client: Client) -> None:
    who = candidate(60, bio="Sold software to banks for six years.", current_role="Account Executive")
    response = post(client, f"/api/pluto/candidates/{who.pk}/interview")
    assert response.status_code == 201
    body = response.json()
    assert body["interview_status"] == "briefing"
    assert body["briefing"]["candidate_name"] == "Robin Sample"
    assert "six years" in body["briefing_prompt"]
    assert rooms.holder_of(body["interviewer_token"]).room.name == body["room_name"]
    shown = client.get(f"/api/pluto/candidates/{who.pk}").json()
    assert (shown["interview_status"], shown["room_name"]) == ("briefing", body["room_name"])
    unknown = post(client, "/api/pluto/candidates/00000000-0000-4000-8000-000000000000/interview")
    assert unknown.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_coach_suggests_a_question(client: Client, simulator: Simulator) -> None:
    question, answer = EXCHANGES[4]
    exchange = f"Interviewer: {question}\nCandidate: {answer}"
    body = {"last_exchange": exchange, "full_transcript": exchange, "elapsed_minutes": 12.5}
    response = post(client, "/api/coach/suggest", body)
    assert response.status_code == 200, response.content
    suggestion = response.json()
    assert set(suggestion) == {
        *("last_question_type", "answer_quality", "suggested_next_question", "reasoning"),
        *("should_change_topic", "topic_suggestion"),
    }
    assert suggestion["answer_quality"] in ("strong", "adequate", "weak", "unclear")


def test_the_coach_refuses_what_it_can_not_read_and_says_when_there_is_no_model(client: Client) -> None:
    body = {"last_exchange": "Q: How? A: So.", "full_transcript": "", "elapsed_minutes": 1}
    for change in ({"elapsed_minutes": -1}, {"elapsed_minutes": "1"}, {"last_exchange": ""}, {"mood": "good"}):
        assert post(client, "/api/coach/suggest", body | change).status_code == 400
    assert post(client, "/api/coach/suggest", body).status_code == 503


def test_practice_without_a_service_is_a_503_that_says_what_to_set(client: Client) -> None:
    response = post(client, "/api/realtime/session")
    assert response.status_code == 503
    assert "REALTIME_" in error_of(response)["message"]
    unknown = post(client, "/api/realtime/session", {"candidate_id": "00000000-0000-4000-8000-000000000000"})
    assert unknown.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_practice_gives_a_credential_for_minutes(client: Client, simulator: Simulator, settings: Settings) -> None:
    settings.REALTIME_BASE_URL, settings.REALTIME_API_KEY = simulator.base_url, "simulated"
    response = post(client, "/api/realtime/session", {"candidate_id": str(candidate(60).pk)})
    assert response.status_code == 201, response.content
    assert set(response.json()) == {"client_secret", "expires_at", "model", "url"}
    assert response.json()["client_secret"] != "simulated"


# --- debrief and analytics -------------------------------------------------------------------------------------------
def transcript() -> list[dict[str, Any]]:
    return [
        {"speaker": speaker, "text": text}
        for exchange in EXCHANGES
        for speaker, text in zip(("interviewer", "candidate"), exchange, strict=True)
    ]


def test_too_thin_says_so_and_concludes_nothing(client: Client, room: str) -> None:
    for address in (f"/api/analytics/{room}", f"/api/rooms/{room}/debrief"):
        response = post(client, address)
        assert response.status_code == 422, address
        assert error_of(response)["code"] == "too_thin"
        assert "Hire" not in response.content.decode()
    assert Room.objects.get(name=room).analysis_state == AnalysisState.TOO_THIN


@pytest.mark.django_db(transaction=True)
def test_words_that_were_spoken_elsewhere_are_analysed_and_kept_once(
    client: Client, room: str, simulator: Simulator
) -> None:
    response = post(client, f"/api/analytics/{room}", {"transcript": transcript()})
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["turns"] == 12
    assert len(body["analysis"]["pairs"]) >= 4  # one may be taken for a follow-up
    assert body["analysis"]["recommendation"] in (
        *("Strong Hire", "Hire", "Leaning Hire", "Leaning No Hire", "No Hire"),
    )
    assert 0 < body["speech"]["candidate"]["talk_share"] <= 1
    calls = len(simulator.calls())
    shorter = post(client, f"/api/analytics/{room}", {"transcript": transcript()[:2]}).json()
    assert shorter == body  # the room's own words stand, and nothing is paid again
    assert len(simulator.calls()) == calls
    assert Turn.objects.filter(room__name=room).count() == 12


@pytest.mark.parametrize(
    "turn",
    [
        {"speaker": "agent", "text": "Hello."},
        {"speaker": "candidate"},
        {"speaker": "candidate", "text": "", "started_at": None},
        {"speaker": "candidate", "text": "Hi.", "started_at": "yesterday"},
        {"speaker": "candidate", "text": "Hi.", "mood": "good"},
    ],
)
def test_a_transcript_that_can_not_be_read_is_a_400(client: Client, room: str, turn: dict[str, Any]) -> None:
    response = post(client, f"/api/analytics/{room}", {"transcript": [turn]})
    assert response.status_code == 400
    assert error_of(response)["fields"]
    assert not Turn.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failed_analysis_is_a_503_and_can_be_asked_for_again(
    client: Client, room: str, simulator: Simulator, settings: Settings
) -> None:
    settings.LLM_MAX_ATTEMPTS = 1
    simulator.control(rate_5xx=1.0)
    response = post(client, f"/api/analytics/{room}", {"transcript": transcript()})
    assert response.status_code == 503
    error_of(response)
    assert Room.objects.get(name=room).analysis_state == AnalysisState.FAILED
    assert not Analysis.objects.exists()
    simulator.control(rate_5xx=0.0)
    assert post(client, f"/api/analytics/{room}").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_debrief_has_everything_that_the_contract_names(client: Client, simulator: Simulator) -> None:
    started = start(Role.CANDIDATE)
    hold(started.interview)
    response = post(client, f"/api/rooms/{started.room.name}/debrief")
    assert response.status_code == 200, response.content
    made = response.json()
    assert {"summary", "strengths", "improvements", "follow_up_questions", "recommendation"} <= set(made)
    assert made["training"] is None
    assert Room.objects.get(pk=started.room.pk).debrief == made
