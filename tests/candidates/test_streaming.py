"""Downloads under ASGI: sent while they are made, ended with their reader, and the same as under WSGI."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from accounts.models import ApiKey
from candidates import streaming
from tests import processes
from tests.candidates.recruiting import BASE, candidate, client_of, recruiter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Django warns where it gathers a whole stream in memory.
    pytest.mark.filterwarnings("error:StreamingHttpResponse must consume"),
]
CANDIDATES = 60
LONG = "a good judge of sourdough " * 400  # so that the file of all of them takes several blocks


class Counted:
    """Blocks that tell how many of them were made, and in which threads."""

    def __init__(self) -> None:
        self.made = 0
        self.is_ended = threading.Event()
        self.threads: set[int] = set()

    def blocks(self, number: int) -> Generator[bytes]:
        try:
            for _ in range(number):
                self.made += 1
                self.threads.add(threading.get_ident())
                yield b"block"
        finally:
            self.threads.add(threading.get_ident())
            self.is_ended.set()


def under_asgi(counted: Counted) -> StreamingHttpResponse:
    request = AsyncRequestFactory().get("/")
    return streaming.download(counted.blocks(5), request=request, filename="a.csv", content_type=streaming.CSV)


async def ask(path: str, secret: str, *, leave_after: int | None = None) -> list[dict[str, Any]]:
    """What the ASGI application sends for a GET; the reader may leave after so many messages."""
    sent: list[dict[str, Any]] = []
    left = asyncio.Event()
    received = iter([{"type": "http.request", "body": b"", "more_body": False}])
    url, _, query = path.partition("?")

    async def receive() -> dict[str, Any]:
        if message := next(received, None):
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if len(sent) == leave_after:
            left.set()
            await asyncio.sleep(60)

    scope = {
        "type": "http",
        "method": "GET",
        "path": url,
        "query_string": query.encode(),
        "headers": [(b"host", b"testserver"), (b"authorization", f"Bearer {secret}".encode())],
    }
    await get_asgi_application()(scope, receive, send)
    return sent


def open_transactions() -> int:
    """Transactions of other connections to this database that have not ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_a_block_is_sent_before_the_next_is_made() -> None:
    counted = Counted()

    answer = under_asgi(counted)

    async def read() -> list[int]:
        return [counted.made async for _ in answer]

    assert asyncio.run(read()) == [1, 2, 3, 4, 5]
    assert counted.is_ended.wait(60)
    assert len(counted.threads) == 1
    assert threading.get_ident() not in counted.threads


def test_a_download_whose_reader_leaves_is_ended_in_its_own_thread() -> None:
    counted = Counted()

    answer = under_asgi(counted)

    async def read() -> None:
        async for _ in answer:
            break

    asyncio.run(read())
    assert counted.is_ended.wait(60)
    assert counted.made == 1
    assert len(counted.threads) == 1


def test_a_download_under_wsgi_stays_in_the_thread_of_its_request() -> None:
    counted = Counted()
    answer = streaming.download(
        counted.blocks(2), request=RequestFactory().get("/"), filename="Übersicht.csv", content_type=streaming.CSV
    )
    assert list(answer) == [b"block", b"block"]
    assert counted.threads == {threading.get_ident()}
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%C3%9Cbersicht.csv"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_list_comes_in_parts_and_whole_under_asgi() -> None:
    user = recruiter()
    for _ in range(CANDIDATES):
        candidate(bio=LONG)
    sent = asyncio.run(ask(f"{BASE}/results/csv", ApiKey.make(user=user, name="test")[1]))
    bodies = [message["body"] for message in sent if message.get("body")]
    assert len(bodies) > 3
    assert max(map(len, bodies)) < 200_000
    assert b"".join(bodies) == client_of(user).get(f"{BASE}/results/csv").getvalue()
    assert open_transactions() == 0


def test_a_reader_who_leaves_takes_the_copy_along() -> None:
    user = recruiter()
    for _ in range(CANDIDATES):
        candidate(bio=LONG)
    sent = asyncio.run(ask(f"{BASE}/results/csv", ApiKey.make(user=user, name="test")[1], leave_after=2))
    assert len(sent) == 2
    processes.wait_until(lambda: open_transactions() == 0, what="the end of the copy", every=0.05)


def test_nothing_else_streams_what_django_would_gather() -> None:
    """Live events are asynchronous of themselves; all other streams go through candidates.streaming."""
    root = Path(__file__).resolve().parents[2]
    places = {
        str(file.relative_to(root))
        for app in ("accounts", "candidates", "config", "llm")
        for file in (root / app).rglob("*.py")
        if re.search(r"\b(?:StreamingHttp|File)Response\(", file.read_text())
    }
    assert places == {"candidates/streaming.py", "candidates/live.py"}
