"""A POST that is sent again is done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from candidates.api import idempotency
from candidates.api.base import RecruiterView
from candidates.models import IdempotentAnswer, Import, Job
from tests.candidates.recruiting import BASE, CSV, client_of, error_of, recruiter

pytestmark = pytest.mark.django_db
DESCRIPTION = "Data Engineer\nYou bring at least 4 years of Python and good SQL."


@pytest.fixture
def client() -> Client:
    return client_of()


def analyze(client: Client, key: str | None, **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    content = {"job_description": DESCRIPTION, "save": True, **body}
    return client.post(f"{BASE}/analyze-jd", content, content_type="application/json", headers=headers)


def upload(client: Client, key: str, content: bytes = CSV, **fields: str) -> Any:
    file = SimpleUploadedFile("people.csv", content, "text/csv")
    return client.post(f"{BASE}/upload", {"file": file, **fields}, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_is_done_once_and_answered_alike(client: Client) -> None:
    first, again = analyze(client, "k1"), analyze(client, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Job.objects.count() == 1


def test_without_a_key_it_is_done_each_time(client: Client) -> None:
    analyze(client, None), analyze(client, None)
    assert Job.objects.count() == 2


def test_the_order_of_keys_in_json_does_not_matter(client: Client) -> None:
    for raw in ('{"save": true, "job_description": "%s"}', '{"job_description":"%s","save":true}'):
        response = client.generic(
            "POST",
            f"{BASE}/analyze-jd",
            (raw % DESCRIPTION.replace("\n", "\\n")).encode(),
            content_type="application/json",
            headers={"Idempotency-Key": "k1"},
        )
        assert response.status_code == 201
    assert Job.objects.count() == 1


def test_the_same_key_with_another_body_or_address_is_a_409(client: Client) -> None:
    analyze(client, "k1")
    other = analyze(client, "k1", title="Another")
    assert other.status_code == 409
    assert error_of(other)["code"] == "idempotency_key_reused"
    elsewhere = client.post(
        f"{BASE}/rescore", {"weights": {}}, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    assert elsewhere.status_code == 409


def test_another_person_may_use_the_same_key(client: Client) -> None:
    analyze(client, "k1")
    assert analyze(client_of(recruiter("other@example.com")), "k1").status_code == 201
    assert Job.objects.count() == 2


def test_a_refusal_is_kept_too(client: Client) -> None:
    for _ in range(2):
        response = analyze(client, "k1", job_description="x")
        assert response.status_code == 422
        assert error_of(response)["code"] == "job_description_too_short"
    assert IdempotentAnswer.objects.count() == 1


def test_a_key_whose_first_request_is_still_being_answered_waits(client: Client) -> None:
    analyze(client, "k1")
    IdempotentAnswer.objects.update(status=None, body=None)
    response = analyze(client, "k1")
    assert response.status_code == 409
    assert error_of(response)["code"] == "still_answering"
    assert int(response["Retry-After"]) >= 1


def test_a_key_whose_first_request_died_is_taken_over(client: Client) -> None:
    analyze(client, "k1")
    IdempotentAnswer.objects.update(
        status=None, body=None, created_at=timezone.now() - idempotency.ABANDONED_AFTER - timedelta(seconds=1)
    )
    assert analyze(client, "k1").status_code == 201
    assert Job.objects.count() == 2


def test_a_breakdown_is_not_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from candidates import job_analysis

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr(job_analysis, "analyze", broken)
        client.raise_request_exception = False
        response = analyze(client, "k1")
        assert response.status_code == 500
        assert error_of(response)["code"] == "internal_error"
    assert analyze(client, "k1").status_code == 201


def test_keys_are_forgotten_after_a_day(client: Client) -> None:
    analyze(client, "k1")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert analyze(client, "k1", title="Another").status_code == 201
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert idempotency.purge() == 1
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize("key", [" ", "a" * 256, "tab\there"])
def test_a_bad_key_is_a_400(client: Client, key: str) -> None:
    response = analyze(client, key)
    assert response.status_code == (201 if key == " " else 400)


def test_an_upload_sent_again_makes_no_second_import(client: Client, settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    first, again = upload(client, "k1"), upload(client, "k1")
    assert first.json() == again.json()
    assert Import.objects.count() == 1
    assert upload(client, "k1", CSV.replace(b"Robin", b"Rubin")).status_code == 409
    assert upload(client, "k1", score="false").status_code == 409


def test_every_post_of_the_api_honours_keys() -> None:
    def views(base: type[RecruiterView]) -> list[type[RecruiterView]]:
        return [base, *(view for child in base.__subclasses__() for view in views(child))]

    posts = [view.__dict__["post"] for view in views(RecruiterView) if "post" in view.__dict__]
    assert len(posts) >= 5
    assert all(hasattr(post, "__wrapped__") for post in posts)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_done() -> None:
    user = recruiter()
    clients = [client_of(user) for _ in range(4)]
    statuses: list[int] = []

    def send(client: Client) -> None:
        try:
            statuses.append(analyze(client, "k1").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert Job.objects.count() == 1
