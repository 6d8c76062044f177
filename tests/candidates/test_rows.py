"""The door from async code to the database."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.db import connection

from candidates import rows
from interviews.models import Room


def _backends() -> int:
    """Connections of this database, but for the one that asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state <> 'idle'"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_query_answers_from_another_thread() -> None:
    threads: list[int] = []

    def count() -> int:
        threads.append(threading.get_ident())
        return Room.objects.count()

    assert asyncio.run(rows.ask(count)) == 0
    assert threads != [threading.get_ident()]


@pytest.mark.django_db(transaction=True)
def test_error_comes_back_as_it_was_raised() -> None:
    with pytest.raises(Room.DoesNotExist):
        asyncio.run(rows.ask(Room.objects.get, name="no-such-room"))


@pytest.mark.django_db(transaction=True)
def test_connection_is_given_back_after_each_query() -> None:
    seen: list[bool] = []

    def ask() -> None:
        Room.objects.count()
        seen.append(connection.connection is not None)

    def look() -> None:
        seen.append(connection.connection is None)

    async def both() -> None:
        await rows.ask(ask)
        await asyncio.to_thread(look)

    asyncio.run(both())
    assert seen == [True, True]
    assert _backends() == 0
