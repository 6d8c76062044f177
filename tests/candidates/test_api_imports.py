"""Uploads, their status, the word to go on; rubrics and weights over the API."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from candidates.models import Candidate, Import, Job
from candidates.states import ImportPhase, ImportStatus
from tests.candidates.making import running_import
from tests.candidates.recruiting import BASE, CSV, candidate, client_of, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of()


@pytest.fixture(autouse=True)
def _uploads_of_its_own(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, content: bytes = CSV, name: str = "people.csv", **fields: Any) -> Any:
    return client.post(f"{BASE}/upload", {"file": SimpleUploadedFile(name, content, "text/csv"), **fields})


def test_an_upload_is_accepted_and_says_where_its_status_is(client: Client) -> None:
    response = upload(client)
    assert response.status_code == 202
    body = response.json()
    assert body["status"] == ImportStatus.EXTRACTING
    status = client.get(body["check_status_at"])
    assert status.status_code == 200
    assert status.json()["import_id"] == body["import_id"]
    assert status.json()["filename"] == "people.csv"


def test_an_upload_may_name_its_job_and_its_mapping_and_wait_before_scoring(client: Client) -> None:
    job = Job.objects.create(title="Account Executive")
    body = upload(client, job=job.pk, score="false", mapping=json.dumps({"Skills": None})).json()
    import_ = Import.objects.get(pk=body["import_id"])
    assert import_.job == job
    assert import_.score is False
    assert import_.mapping["4"] is None


def test_a_job_description_with_the_upload_makes_a_job_with_a_rubric(client: Client) -> None:
    body = upload(client, job_description="Data Engineer\nPython and SQL required. 3+ years of experience.").json()
    job = Job.objects.get(pk=body["job"])
    assert job.title == "Data Engineer"
    assert job.rubrics.get().criteria


@pytest.mark.parametrize(
    ("content", "fields", "status"),
    [
        (b"", {}, 422),
        (b"Shoe size,Colour\r\n43,red\r\n", {}, 422),
        (b"PK\x03\x04" + b"\0" * 100, {}, 415),
        (CSV, {"job": "x"}, 400),
        (CSV, {"job": str(uuid4())}, 404),
        (CSV, {"score": "maybe"}, 400),
        (CSV, {"mapping": "{"}, 400),
        (CSV, {"mapping": "[1]"}, 400),
        (CSV, {"mapping": '{"Name": "shoe_size"}'}, 422),
        (CSV, {"colour": "red"}, 400),
        (CSV, {"job_description": "x"}, 422),
        (CSV, {"job_description": "word " * 30_000}, 413),
    ],
)
def test_a_bad_upload_says_why_and_leaves_nothing(
    client: Client, content: bytes, fields: dict[str, str], status: int
) -> None:
    response = upload(client, content, **fields)
    assert response.status_code == status
    error_of(response)
    assert not Import.objects.exists()
    assert not Job.objects.exists()


def test_an_upload_without_a_file_is_a_400(client: Client) -> None:
    assert "file" in error_of(client.post(f"{BASE}/upload", {"score": "true"}))["fields"]
    assert "file" in error_of(client.post(f"{BASE}/upload", {"file": "no file"}))["fields"]


def test_an_upload_of_another_type_is_a_415(client: Client) -> None:
    response = client.post(f"{BASE}/upload", {"file": "x"}, content_type="application/json")
    assert response.status_code == 415
    error_of(response)


def test_a_file_over_the_limit_is_a_413_whether_declared_or_not(client: Client, settings: Settings) -> None:
    declared = client.generic(
        "POST",
        f"{BASE}/upload",
        b"",
        content_type="multipart/form-data; boundary=b",
        headers={"Content-Length": str(10 * 1024**3)},
    )
    assert declared.status_code == 413
    error_of(declared)
    settings.IMPORT_MAX_BYTES = 1000
    response = upload(client, CSV + b"x" * 1000)
    assert response.status_code == 413
    error_of(response)
    assert not Import.objects.exists()


def test_the_status_before_the_first_import_is_idle(client: Client) -> None:
    body = client.get(f"{BASE}/status").json()
    assert body["status"] == "idle"
    assert body["import_id"] is None


def test_the_status_without_an_id_is_that_of_the_newest_import(client: Client) -> None:
    running_import(1)
    newest = running_import(2)
    body = client.get(f"{BASE}/status").json()
    assert body["import_id"] == str(newest.pk)
    assert set(body) >= {
        *("status", "phase", "progress", "message", "candidates_total", "candidates_extracted", "candidates_scored"),
        *("candidates_failed", "duplicates", "cost_usd", "eta_seconds", "error"),
    }


def test_the_status_of_an_unknown_import_is_a_404(client: Client) -> None:
    assert client.get(f"{BASE}/status", {"import_id": uuid4()}).status_code == 404
    assert client.get(f"{BASE}/status", {"import_id": "7"}).status_code == 400


def test_only_an_import_that_waits_can_be_told_to_score(client: Client) -> None:
    assert client.post(f"{BASE}/score", {}, content_type="application/json").status_code == 404
    import_ = running_import(1, score=False, status=ImportStatus.WAITING_CONFIRMATION, phase=ImportPhase.CONFIRMING)
    response = client.post(f"{BASE}/score", {"import_id": import_.pk}, content_type="application/json")
    assert response.status_code == 202
    again = client.post(f"{BASE}/score", {"import_id": import_.pk}, content_type="application/json")
    assert again.status_code == 409
    assert error_of(again)["code"] == "wrong_state"


# --- rubrics and weights ------------------------------------------------------------------------------------------

DESCRIPTION = "Data Engineer\nYou bring at least 4 years of Python and good SQL. AWS is a plus. A bachelor's degree."


def test_a_description_becomes_a_rubric_and_can_be_kept_as_a_job(client: Client) -> None:
    body = {"job_description": DESCRIPTION}
    response = client.post(f"{BASE}/analyze-jd", body, content_type="application/json")
    assert response.status_code == 200
    report = response.json()
    assert report["job_id"] is None
    assert report["criteria"]
    assert {"role_type", "baseline_fields", "job_fields", "red_flag_indicators"} <= set(report)
    kept = client.post(f"{BASE}/analyze-jd", {**body, "save": True}, content_type="application/json")
    assert kept.status_code == 201
    assert Job.objects.get(pk=kept.json()["job_id"]).rubrics.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"job_description": 7}, 400),
        ({"job_description": "x"}, 422),
        ({"job_description": "a word " * 100_000}, 413),
        ({"job_description": DESCRIPTION, "save": "yes"}, 400),
        ({"job_description": DESCRIPTION, "colour": "red"}, 400),
    ],
)
def test_a_bad_description_says_why(client: Client, body: dict[str, Any], status: int) -> None:
    response = client.post(f"{BASE}/analyze-jd", body, content_type="application/json")
    assert response.status_code == status
    error_of(response)


def test_other_weights_rank_anew(client: Client) -> None:
    one = candidate(None)
    client.patch(
        f"{BASE}/candidates/{one.pk}", {"years_experience": 3, "sold_to_finance": True}, content_type="application/json"
    )
    response = client.post(f"{BASE}/rescore", {"weights": {"sold_to_finance": 0}}, content_type="application/json")
    assert response.status_code == 200
    assert response.json()["rescored"] == 1
    one.refresh_from_db()
    assert one.algo_score == 30


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        ({}, {400}),
        ({"weights": {"sold_to_finance": 2.1}}, {400, 422}),
        ({"weights": {"sold_to_finance": -0.1}}, {400, 422}),
        ({"weights": {"sold_to_finance": "1"}}, {400}),
        ({"weights": {"sold_to_finance": True}}, {400}),
        ({"weights": {"shoe_size": 1}}, {400, 422}),
        ({"weights": [1]}, {400}),
        ({"weights": {}, "job": str(uuid4())}, {404}),
    ],
)
def test_bad_weights_are_refused_and_nothing_is_ranked(
    client: Client, body: dict[str, Any], statuses: set[int]
) -> None:
    one = candidate(33)
    response = client.post(f"{BASE}/rescore", body, content_type="application/json")
    assert response.status_code in statuses
    error_of(response)
    assert Candidate.objects.get(pk=one.pk).algo_score == 33
