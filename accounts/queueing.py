"""Standing in line for something that has no row to lock, or whose rows two callers would lock in different orders.

`one_at_a_time` waits its turn, and holds it until the end of a transaction. `take` asks whether it is its turn, and
holds it until `give_back`, or until the connection ends, as it does with a process that is killed: no row is held while
a model thinks or a file is read. Both are Postgres' advisory locks, over all processes.
"""

from __future__ import annotations

from contextlib import suppress

from django.db import DatabaseError, connection

# A machine that lost its power closes no connection: Postgres is to notice that within 40 seconds, not two hours.
_TAKE = """
SELECT pg_try_advisory_lock(hashtextextended(%s, 0)), set_config('tcp_keepalives_idle', '20', false),
       set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '4', false)
"""


def one_at_a_time(what: str) -> None:
    """Wait until nobody else does `what` ("links:intake:…"), and keep others waiting until this transaction ends.

    Whoever comes second goes on when the first has committed, and finds in the database what it has made. Call it
    inside a transaction; outside of one it holds nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def take(what: str) -> bool:
    """Whether this connection has `what` from now on; False where another one has it. Taken twice, it has it twice."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [what])
        row = cursor.fetchone()
    return bool(row and row[0])


def give_back(what: str) -> None:
    """Let others have `what` that was taken. A connection that was lost meanwhile has given it back by that."""
    if connection.connection is not None:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [what])
