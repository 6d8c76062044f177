"""Interviews over the API: started, listed, shown, read, ended, called off, analysed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Job
from interviews import analysis, interviewing, rooms
from interviews.models import Analysis, Hint, Interview, Room, StagePlan
from interviews.states import AnalysisState, EndReason, InterviewState, Medium, Role, Speaker
from tests.candidates.recruiting import candidate, client_of, error_of, recruiter
from tests.interviews.holding import hold, say, start
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
BASE = "/api/interviews"
JSON = "application/json"


@pytest.fixture
def person() -> User:
    return recruiter(name="Rae Recruiter")


@pytest.fixture
def client(person: User) -> Client:
    return client_of(person)


def post(client: Client, address: str, body: Any = None, **headers: str) -> Any:
    return client.post(address, {} if body is None else body, content_type=JSON, headers=headers)


# --- starting --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "agent"), [("interviewer", "interview-agent"), ("candidate", "interviewer-agent"), (None, None)]
)
def test_start_answers_exactly_what_the_contract_names(client: Client, role: str | None, agent: str | None) -> None:
    body = {"candidate_id": str(candidate(60).pk)} | ({"role": role} if role else {})
    response = post(client, f"{BASE}/start", body)
    assert response.status_code == 201, response.content
    made = response.json()
    assert {"interview_id", "room_name", "room_url", "token", "role", "agent_type"} <= set(made)
    assert (made["role"], made["agent_type"]) == (role or "interviewer", agent or "interview-agent")
    assert (made["stage"], made["medium"], made["status"]) == ("screening", "text", "scheduled")
    interview = Interview.objects.get(pk=made["interview_id"])
    assert interview.room.name == made["room_name"]
    assert interview.room.metadata["role"] == made["role"]
    holder = rooms.holder_of(made["token"])
    assert (holder.room, holder.participant.type) == (interview.room, made["role"])


def test_start_for_an_unknown_candidate_or_job_is_a_404(client: Client) -> None:
    response = post(client, f"{BASE}/start", {"candidate_id": str(uuid4())})
    assert (response.status_code, error_of(response)["code"]) == (404, "candidate_not_found")
    response = post(client, f"{BASE}/start", {"candidate_id": str(candidate(60).pk), "job_id": str(uuid4())})
    assert (response.status_code, error_of(response)["code"]) == (404, "job_not_found")
    gone = candidate(60, deleted_at=timezone.now())
    assert post(client, f"{BASE}/start", {"candidate_id": str(gone.pk)}).status_code == 404
    assert not Room.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "boss"},
        {"role": 5},
        {"stage": "nonsense"},
        {"stage": ""},
        {"medium": "smoke"},
        {"is_training": "yes"},
        {"is_training": True, "traits": ["charming"]},
        {"candidate_id": "12"},
        {"colour": "red"},
    ],
)
def test_start_with_a_wrong_value_is_a_400_that_names_it(client: Client, wrong: dict[str, Any]) -> None:
    response = post(client, f"{BASE}/start", {"candidate_id": str(candidate(60).pk)} | wrong)
    assert response.status_code == 400
    assert set(error_of(response)["fields"]) <= set(wrong)
    assert not Room.objects.exists()


def test_start_by_voice_that_is_not_configured_is_a_503_that_says_what_to_set(client: Client) -> None:
    response = post(client, f"{BASE}/start", {"candidate_id": str(candidate(60).pk), "medium": "voice"})
    assert (response.status_code, error_of(response)["code"]) == (503, "voice_not_configured")
    assert "LIVEKIT_URL" in error_of(response)["message"]
    # A 503 is not kept for its key: once voice is there, the same request works.
    body = {"candidate_id": str(candidate(60).pk), "medium": "voice"}
    for _ in range(2):
        assert post(client, f"{BASE}/start", body, **{"Idempotency-Key": "voice-1"}).status_code == 503


def test_start_is_done_once_for_one_key(client: Client) -> None:
    body = {"candidate_id": str(candidate(60).pk)}
    first = post(client, f"{BASE}/start", body, **{"Idempotency-Key": "start-1"})
    assert post(client, f"{BASE}/start", body, **{"Idempotency-Key": "start-1"}).json() == first.json()
    assert Interview.objects.count() == 1


def test_start_takes_a_plan_of_the_job(client: Client) -> None:
    job = Job.objects.create(title="Account Executive")
    stages = [
        {
            "key": "one",
            "label": "One",
            "kind": "own",
            "questions": [{"key": "own-plan", "text": "How do you forecast a pipeline?"}],
        }
    ]
    StagePlan.objects.create(key="role-play", name="Role play", job=job, stages=stages)
    body = {"candidate_id": str(candidate(60).pk), "job_id": str(job.pk), "stage": "role-play"}
    made = post(client, f"{BASE}/start", body).json()
    shown = client.get(f"{BASE}/{made['interview_id']}").json()
    assert (shown["plan_name"], shown["job_title"]) == ("Role play", "Account Executive")
    assert shown["plan"]["stages"][0]["questions"][0]["text"] == "How do you forecast a pipeline?"


# --- one interview ---------------------------------------------------------------------------------------------------
def test_an_interview_is_shown_with_where_it_stands_and_without_what_is_hidden(client: Client) -> None:
    started = start(is_training=True, traits=["employment_gap"])
    say(started.room, Speaker.INTERVIEWER, "Hello?")
    shown = client.get(f"{BASE}/{started.interview.pk}").json()
    assert (shown["status"], shown["turns"], shown["is_training"]) == ("active", 1, True)
    assert shown["started_at"]
    assert "employment_gap" not in str(shown)
    assert "persona" not in shown


def test_an_unknown_interview_is_a_404_everywhere(client: Client) -> None:
    nowhere = f"{BASE}/{uuid4()}"
    for response in (
        client.get(nowhere),
        client.get(f"{nowhere}/transcript"),
        post(client, f"{nowhere}/end"),
        post(client, f"{nowhere}/cancel"),
        post(client, f"{nowhere}/analytics"),
    ):
        assert (response.status_code, error_of(response)["code"]) == (404, "interview_not_found")


def test_the_transcript_pages_in_the_order_in_which_it_was_said(client: Client) -> None:
    started = start(Role.CANDIDATE)
    hold(started.interview)
    first = client.get(f"{BASE}/{started.interview.pk}/transcript?limit=5").json()
    assert [turn["number"] for turn in first["results"]] == [1, 2, 3, 4, 5]
    assert first["results"][0]["speaker"] == "interviewer"
    assert first["results"][0]["by_agent"] is True
    rest = client.get(f"{BASE}/{started.interview.pk}/transcript?limit=200&cursor={first['next']}").json()
    assert [turn["number"] for turn in rest["results"]] == list(range(6, 13))
    assert rest["next"] is None


def test_the_transcript_shows_hints_where_there_are_some(client: Client) -> None:
    started = start(Role.INTERVIEWER)
    say(started.room, Speaker.INTERVIEWER, "How do you forecast?")
    answer = say(started.room, Speaker.CANDIDATE, "We look at it.", by_agent=True)
    hint = {"verdict": "WEAK", "issue": "vague", "suggestion": "Ask for a case.", "quote": "We look at it."}
    Hint.objects.create(turn=answer, **hint)
    first, second = client.get(f"{BASE}/{started.interview.pk}/transcript").json()["results"]
    assert first["hint"] is None
    assert second["hint"] == hint


# --- ending and calling off ------------------------------------------------------------------------------------------
def test_end_completes_queues_the_analysis_and_twice_is_once(client: Client) -> None:
    started = start(Role.CANDIDATE)
    hold(started.interview, exchanges=1)
    response = post(client, f"{BASE}/{started.interview.pk}/end")
    assert response.status_code == 200
    body = response.json()
    assert (body["status"], body["end_reason"], body["analysis_state"]) == ("completed", "by_person", "queued")
    assert post(client, f"{BASE}/{started.interview.pk}/end").json() == body
    shown = client.get(f"/api/pluto/candidates/{started.interview.candidate_id}").json()
    assert shown["interview_status"] == "completed"


def test_end_is_for_recruiters_and_the_rooms_interviewer_never_for_the_candidate() -> None:
    led, answered = start(Role.INTERVIEWER), start(Role.CANDIDATE)
    for started, status in ((answered, 403), (led, 200)):
        holder = Client(headers={"Authorization": f"Bearer {started.token.token}"})
        assert post(holder, f"{BASE}/{started.interview.pk}/end").status_code == status
    other = start(Role.INTERVIEWER)
    holder = Client(headers={"Authorization": f"Bearer {other.token.token}"})
    assert post(holder, f"{BASE}/{answered.interview.pk}/end").status_code == 403
    assert post(holder, f"{BASE}/{other.interview.pk}/cancel").status_code == 401
    answered.interview.refresh_from_db()
    assert answered.interview.status == InterviewState.SCHEDULED


def test_cancel_puts_the_candidate_back_and_conflicts_with_an_end(client: Client) -> None:
    started = start(Role.CANDIDATE)
    response = post(client, f"{BASE}/{started.interview.pk}/cancel")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert post(client, f"{BASE}/{started.interview.pk}/cancel").status_code == 200
    shown = client.get(f"/api/pluto/candidates/{started.interview.candidate_id}").json()
    assert (shown["interview_status"], shown["room_name"]) == ("not_scheduled", None)
    done = start(Role.CANDIDATE)
    post(client, f"{BASE}/{done.interview.pk}/end")
    response = post(client, f"{BASE}/{done.interview.pk}/cancel")
    assert (response.status_code, error_of(response)["code"]) == (409, "wrong_state")


def test_end_and_cancel_take_no_values(client: Client) -> None:
    interview = start().interview
    for verb in ("end", "cancel", "analytics"):
        assert post(client, f"{BASE}/{interview.pk}/{verb}", {"force": True}).status_code == 400


# --- the list --------------------------------------------------------------------------------------------------------
def listed(client: Client, query: str = "") -> list[str]:
    response = client.get(f"{BASE}{query}")
    assert response.status_code == 200, response.content
    return [one["interview_id"] for one in response.json()["results"]]


def test_the_list_is_newest_first_and_pages_without_loss(client: Client) -> None:
    who = candidate(60)
    made = [start(who=who).interview for _ in range(5)]
    same = timezone.now() - timedelta(days=1)
    Interview.objects.filter(pk__in=[one.pk for one in made[:3]]).update(created_at=same)  # equal times, told by id
    whole = listed(client)
    assert len(whole) == 5
    assert set(whole[:2]) == {str(one.pk) for one in made[3:]}
    walked, cursor = [], ""
    while True:
        page = client.get(f"{BASE}?limit=2{cursor}").json()
        walked += [one["interview_id"] for one in page["results"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert walked == whole


def test_the_list_is_narrowed_by_each_filter(client: Client) -> None:
    job = Job.objects.create(title="Account Executive")
    ada = start(Role.CANDIDATE, who=candidate(60, name="Ada Okafor", bio="Robin knows her."), job=job).interview
    robin = start(Role.INTERVIEWER, is_training=True, stage="technical").interview
    interviewing.cancel(robin)
    Room.objects.filter(pk=robin.room_id).update(medium=Medium.VOICE)
    mine, theirs = [str(ada.pk)], [str(robin.pk)]
    assert listed(client, "?status=scheduled") == mine
    assert listed(client, "?status=cancelled") == theirs
    assert listed(client, f"?job={job.pk}") == mine
    assert listed(client, f"?candidate={robin.candidate_id}") == theirs
    assert listed(client, "?stage=technical") == theirs
    assert listed(client, "?role=candidate") == mine
    assert listed(client, "?medium=voice") == theirs
    assert listed(client, "?is_training=true") == theirs
    assert listed(client, "?q=ada%20ok") == mine
    assert listed(client, "?q=robin") == theirs  # by the name alone, not by what stands in a profile
    assert listed(client, "?q=nobody") == []
    assert listed(client, "?role=candidate&status=cancelled") == []


@pytest.mark.parametrize(
    "query",
    [
        "?status=asleep",
        "?job=12",
        "?role=boss",
        "?medium=smoke",
        "?limit=0",
        "?limit=201",
        "?cursor=nonsense",
        "?cursor=1.2",
        "?cursor=999999999999999999999.0193f1c2-0000-7000-8000-000000000000",
        "?colour=red",
        "?role=candidate&role=interviewer",
        "?is_training=yes",
        "?q=%00",
    ],
)
def test_a_filter_that_can_not_be_read_is_a_400(client: Client, query: str) -> None:
    response = client.get(f"{BASE}{query}")
    assert response.status_code == 400, response.content
    assert error_of(response)["fields"]


def test_the_list_takes_the_same_queries_however_long_it_is(client: Client) -> None:
    who = candidate(60)
    listed(client)  # marks the key as used, once a minute
    counts = []
    for more in (2, 8):
        for _ in range(more):
            hold(start(Role.CANDIDATE, who=who).interview, exchanges=1)
        with CaptureQueriesContext(connection) as captured:
            listed(client)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 6


# --- analytics -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_analytics_are_made_once_and_shown_in_the_list(client: Client, simulator: Simulator) -> None:
    started = start(Role.CANDIDATE)
    hold(started.interview)
    post(client, f"{BASE}/{started.interview.pk}/end")
    response = post(client, f"{BASE}/{started.interview.pk}/analytics")
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["analysis"]["subject"] == "person"
    assert {"communication", "technical", "cultural_fit", "highlights", "red_flags", "areas_to_probe"} <= set(
        body["analysis"]
    )
    assert post(client, f"{BASE}/{started.interview.pk}/analytics").json() == body
    assert Analysis.objects.count() == 1
    (row,) = client.get(BASE).json()["results"]
    assert row["analysis_state"] == "done"
    assert row["overall_score"] == body["analysis"]["overall_score"]
    assert row["recommendation"] == body["analysis"]["recommendation"]
    who = Candidate.objects.get(pk=started.interview.candidate_id)
    assert who.recommendation == body["analysis"]["recommendation"]


@pytest.mark.django_db(transaction=True)
def test_an_analysis_that_a_worker_is_at_is_a_202(client: Client, simulator: Simulator) -> None:
    started = start(Role.CANDIDATE)
    hold(started.interview)
    post(client, f"{BASE}/{started.interview.pk}/end")
    Room.objects.filter(pk=started.room.pk).update(analysis_lease_expires_at=timezone.now() + timedelta(minutes=5))
    response = post(client, f"{BASE}/{started.interview.pk}/analytics")
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    assert int(response["Retry-After"]) > 0
    assert not Analysis.objects.exists()
    Room.objects.filter(pk=started.room.pk).update(analysis_lease_expires_at=None)
    assert analysis.work(started.room.pk) is not None
    assert post(client, f"{BASE}/{started.interview.pk}/analytics").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_too_thin_and_failed_are_told_apart_and_are_no_verdict(client: Client, simulator: Simulator) -> None:
    thin, failed = start(Role.CANDIDATE).interview, start(Role.CANDIDATE).interview
    hold(thin, exchanges=1)
    hold(failed)
    for interview in (thin, failed):
        interviewing.end(Interview.objects.get(pk=interview.pk), reason=EndReason.FINISHED)
    response = post(client, f"{BASE}/{thin.pk}/analytics")
    assert (response.status_code, error_of(response)["code"]) == (422, "too_thin")
    simulator.control(next=["401"] * 10)
    response = post(client, f"{BASE}/{failed.pk}/analytics")
    assert response.status_code == 503
    assert error_of(response)["code"] != "too_thin"
    rows = {row["interview_id"]: row for row in client.get(BASE).json()["results"]}
    assert rows[str(thin.pk)]["analysis_state"] == AnalysisState.TOO_THIN
    assert rows[str(failed.pk)]["analysis_state"] == AnalysisState.FAILED
    for interview in (thin, failed):
        row = rows[str(interview.pk)]
        assert (row["overall_score"], row["recommendation"]) == (None, None)
        assert row["analysis_reason"]
