"""Alive and ready, and saying what is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django import Settings

from config import health


def test_alive_needs_no_database(client: Client) -> None:
    # No django_db mark: touching the database would fail this test.
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_all_parts_are(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "redis": "ok", "migrations": "ok"},
    }


@pytest.mark.django_db
def test_a_redis_that_is_down_is_named(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "ok", "redis": "down", "migrations": "ok"}
    assert response.json()["error"]["code"] == "not_ready"
    assert "redis" in response.json()["error"]["message"]
    assert int(response["Retry-After"]) > 0


@pytest.mark.django_db
def test_a_database_that_is_down_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = {"host": "127.0.0.1", "port": 1, "dbname": "x", "user": "x"}
    monkeypatch.setattr(type(connections["default"]), "get_connection_params", lambda self: dict(nowhere))
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "down", "redis": "ok", "migrations": "unknown"}


@pytest.mark.django_db
def test_a_pending_migration_is_named(client: Client) -> None:
    with connection.cursor() as cursor:
        # The newest one: Django takes those before an applied one for applied.
        cursor.execute(
            "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'candidates')"
        )
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == "pending"


def test_a_part_is_not_waited_for_long() -> None:
    assert health.PATIENCE <= 3


@pytest.mark.parametrize("verb", ["post", "put", "delete"])
def test_probes_only_read(client: Client, verb: str) -> None:
    response: Any = getattr(client, verb)("/health")
    assert response.status_code == 405
