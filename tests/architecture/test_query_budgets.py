"""How many queries each list may take, whatever its length: twice the rows, not one query more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from candidates.models import Change, Job
from candidates.states import ChangeSource
from interviews.states import Role
from tests.candidates.making import running_import
from tests.candidates.recruiting import BASE, candidate, client_of, recruiter
from tests.interviews.holding import hold, start

pytestmark = pytest.mark.django_db

# Address → most queries. The key is looked up by one, the page is made by one.
API = {
    BASE: 2,
    f"{BASE}/results": 2,
    f"{BASE}/results?q=robin&tier=Good": 2,
    f"{BASE}/results/csv": 4,  # and the stream is one statement in a transaction of its own (here: a savepoint)
    f"{BASE}/candidates/{{candidate}}": 2,
    f"{BASE}/candidates/{{candidate}}/explanation": 9,
    # Which rows and then what of them, within a time limit of their own (here: a savepoint).
    "/api/interviews": 6,
    "/api/interviews?status=active&role=candidate&q=robin": 6,
    "/api/interviews/{interview}": 4,
    "/api/interviews/{interview}/transcript": 3,
    "/api/rooms/{room}": 4,
}
CONSOLE = {
    "/admin/candidates/candidate/": 14,
    "/admin/candidates/candidate/?q=robin": 14,
    "/admin/candidates/job/": 12,
    "/admin/candidates/import/": 16,
    "/admin/candidates/candidate/{candidate}/change/": 26,
}


@pytest.fixture
def client() -> Client:
    return client_of()


def fill(number: int) -> None:
    for index in range(number):
        one = candidate(55, job=Job.objects.create(title=f"Opening {index}"))
        Change.objects.create(candidate=one, field="location", source=ChangeSource.API)
        hold(start(Role.CANDIDATE, who=one).interview, exchanges=1)
    running_import(number)


def queries(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
        if response.streaming:
            list(response.streaming_content)
    assert response.status_code == 200, response
    return [query["sql"] for query in captured]


def stays_within(client: Client, address: str, most: int, take: Callable[[Client, str], list[str]] = queries) -> None:
    known = candidate(50)
    interview = start(Role.CANDIDATE, who=known).interview
    hold(interview, exchanges=2)
    real = address.format(candidate=known.pk, interview=interview.pk, room=interview.room.name)
    fill(3)
    take(client, real)  # what is looked up once in a process or a minute
    few = take(client, real)
    fill(12)
    many = take(client, real)
    assert len(many) <= most, "\n".join(sql[:160] for sql in many)
    assert len(many) <= len(few), "\n".join(sql[:160] for sql in many)


@pytest.mark.parametrize("address", API)
def test_lists_of_the_api_keep_to_their_budget(client: Client, address: str) -> None:
    stays_within(client, address, API[address])


def test_the_status_of_an_import_keeps_to_its_budget(client: Client) -> None:
    running_import(20)
    queries(client, f"{BASE}/status")
    assert len(queries(client, f"{BASE}/status")) <= 6  # it rests on counters of one row, and on events of one import


@pytest.mark.parametrize("address", CONSOLE)
def test_lists_of_the_console_keep_to_their_budget(address: str) -> None:
    client = Client()
    client.force_login(recruiter())
    stays_within(client, address, CONSOLE[address])


def test_a_query_for_each_row_is_found() -> None:
    def one_for_each_row(client: Client, address: str) -> list[str]:
        return [f"SELECT {number}" for number in range(Job.objects.count())]

    with pytest.raises(AssertionError):
        stays_within(Client(), BASE, 100, one_for_each_row)
