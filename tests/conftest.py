"""What all tests share; see tests/environment.py for their servers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import hypothesis
import psycopg
import pytest
import redis
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations

from tests import processes
from tests.agent_workers import agent_worker, shared_worker  # noqa: F401  fixtures
from tests.livekit import livekit_process, livekit_server  # noqa: F401  fixtures
from tests.simulator import Simulator

# The same examples on each machine and in each run, and however long they take: a run says something of the code, never
# of luck or of the machine. `--hypothesis-profile default` looks for new ones.
hypothesis.settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def _emptying_outlasts_deadlocks() -> Iterator[None]:
    """The tables are emptied after a test also where the last request of a server that goes on is still at one of them.

    Postgres ends one of two who wait for each other: where that is the emptying, it is tried again.
    """
    empty = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        for attempt in range(20):
            try:
                return empty(self, sql_list)
            except OperationalError as error:
                if attempt == 19 or not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                    raise
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield


@pytest.fixture(scope="session", autouse=True)
def _files_are_read_to_their_end() -> Iterator[None]:
    """How long a file may take is counted in seconds of the processor, and by the clock: here by the first alone."""
    from candidates import documents

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "READING_SECONDS", 120.0)
        yield


@pytest.fixture(autouse=True)
def _nobody_was_counted_before() -> None:
    """All tests come from one address, many of them in one minute: none pays for what another one has tried."""
    with contextlib.suppress(redis.RedisError), redis.Redis.from_url(settings.REDIS_URL) as client:
        counters = list(client.scan_iter("throttle:*", count=1000))
        if counters:
            client.delete(*counters)


@pytest.fixture(autouse=True)
def _connections_are_given_back() -> Iterator[None]:
    """A thread that ends without `connection.close()` takes a connection of the pool along for ever.

    After twenty of them the tests that come later in this process wait in vain. So the one that did it fails.
    """
    before = _borrowed()
    yield
    processes.wait_until(lambda: _borrowed() <= before, seconds=10, what="each connection given back to the pool")


def _borrowed() -> int:
    """How many connections of the pool are with other threads than this one."""
    pool = DatabaseWrapper._connection_pools.get(DEFAULT_DB_ALIAS)
    if pool is None:
        return 0
    told = pool.get_stats()
    ours = int(connection.connection is not None)
    return int(told.get("pool_size", 0)) - int(told.get("pool_available", 0)) - ours


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """The simulated model, and Greenroom's settings (also those of processes that a test starts) pointed at it.

    One process for the whole session; before each test that uses it, it forgets faults and calls (see below).
    """
    running = Simulator()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "LLM_BASE_URL": running.base_url,
            "LLM_API_KEY": "simulated",
            "LLM_SIMULATED": True,
        }.items():
            patch.setattr(settings, name, value)
            patch.setenv(name, str(value))
        yield running
    running.stop()


@pytest.fixture(autouse=True)
def _model_as_new(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test meets the model in the same state: as new where the test uses the simulator, else none configured.

    And no test finds the calls of another one: the ledger is written on connections of its own, beyond the reach of
    the transaction that is rolled back after a test.
    """
    if "simulator" in request.fixturenames:
        request.getfixturevalue("simulator").reset()
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            if keys := client.keys("llm:*"):
                client.delete(*keys)
    else:
        monkeypatch.setattr(settings, "LLM_API_KEY", "")
        monkeypatch.setattr(settings, "LLM_SIMULATED", False)
    yield
    if "simulator" in request.fixturenames:
        _forget_calls()


def _forget_calls() -> None:
    known = connection.get_connection_params()
    parameters = {name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
    if not str(parameters["dbname"]).startswith("test_"):
        return  # no test of this session has made the test database yet
    try:
        with psycopg.connect(**parameters, autocommit=True) as own:
            own.execute("SET lock_timeout = '2s'")
            own.execute("DELETE FROM llm_cachedanswer")
            own.execute("DELETE FROM llm_call")
    except (psycopg.errors.UndefinedTable, psycopg.errors.LockNotAvailable, psycopg.OperationalError):
        pass  # the database is being made anew, or restarted: then there is nothing to find either
