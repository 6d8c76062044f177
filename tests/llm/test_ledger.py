from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from llm import ledger
from llm.models import CachedAnswer, Call
from llm.tasks import forget_answers

pytestmark = pytest.mark.django_db(transaction=True)


def row(**values: object) -> ledger.Row:
    defaults: dict[str, object] = {
        "id": uuid.uuid4(),
        "created_at": timezone.now(),
        "purpose": "judge",
        "scope": "",
        "model": "m",
        "prompt_name": "p",
        "prompt_hash": "h",
        "attempt": 1,
        "cost_usd": Decimal("0.01"),
    }
    return ledger.Row(**(defaults | values))  # type: ignore[arg-type]


async def write(count: int) -> None:
    async def one() -> None:
        mine = row()
        await ledger.open_row(mine)
        mine.outcome, mine.cache_key, mine.answer = Call.Outcome.OK, uuid.uuid4().hex, '{"a": 1}'
        await ledger.close_row(mine)

    await asyncio.gather(*(one() for _ in range(count)))


def test_rows_of_many_calls_share_statements() -> None:
    statements = 0

    def count(execute: object, sql: str, *rest: object) -> object:
        nonlocal statements
        statements += 1
        return execute(sql, *rest)  # type: ignore[operator]

    original = ledger._write_batch

    def counted(batch: list[ledger._Order]) -> None:
        with connection.execute_wrapper(count):
            original(batch)

    ledger._write_batch = counted
    try:
        asyncio.run(write(500))
    finally:
        ledger._write_batch = original
    assert Call.objects.filter(outcome=Call.Outcome.OK).count() == 500
    assert CachedAnswer.objects.count() == 500
    assert statements < 100


def test_rows_are_written_after_lost_connections() -> None:
    asyncio.run(write(1))

    async def write_while_cut() -> None:
        writing = asyncio.create_task(write(100))
        parameters = connection.get_connection_params()
        names = ("host", "port", "user", "password", "dbname")
        with psycopg.connect(**{name: parameters[name] for name in names if parameters.get(name)}) as other:
            for _ in range(2):
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                other.commit()
                await asyncio.sleep(0.03)
        await writing

    asyncio.run(write_while_cut())
    connection.close()
    assert Call.objects.filter(outcome=Call.Outcome.OK).count() == 101


def test_a_mistake_in_a_row_reaches_its_caller() -> None:
    async def wrong() -> None:
        with pytest.raises(Exception, match="value too long"):
            await ledger.open_row(row(purpose="x" * 100))
        await ledger.open_row(row())

    asyncio.run(wrong())
    assert Call.objects.count() == 1


def test_an_answer_with_quotes_and_accents_comes_back_as_it_was() -> None:
    answer = '{"quote": "Élan “said” it\\n\\tthere"}'

    async def keep() -> ledger.Kept | None:
        mine = row()
        await ledger.open_row(mine)
        mine.outcome, mine.cache_key, mine.answer = Call.Outcome.OK, "k", answer
        await ledger.close_row(mine)
        assert await ledger.find("another") is None
        return await ledger.find("k")

    kept = asyncio.run(keep())
    assert kept is not None
    assert json.loads(kept.answer) == json.loads(answer)


def test_answers_are_forgotten_after_their_time(settings: Any) -> None:
    asyncio.run(write(2))
    old = CachedAnswer.objects.first()
    assert old is not None
    CachedAnswer.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
    settings.LLM_ANSWERS_KEPT_DAYS = 30
    forget_answers()
    assert not CachedAnswer.objects.filter(pk=old.pk).exists()
    assert CachedAnswer.objects.count() == 1
    assert Call.objects.count() == 2
