"""Standing in line for something that has no row to lock, or whose rows two callers would lock in different orders."""

from __future__ import annotations

from django.db import connection


def one_at_a_time(what: str) -> None:
    """Wait until nobody else does `what` ("links:intake:…"), and keep others waiting until this transaction ends.

    Whoever comes second goes on when the first has committed, and finds in the database what it has made. Call it
    inside a transaction; outside of one it holds nothing. (pg_advisory_xact_lock, over all processes.)
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])
