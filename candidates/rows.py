"""The one door from async code to the database.

A conversation is async and mostly waits; the ORM is not. Every query of one goes through `rows.ask`, which runs it in a
thread and gives the connection back at once: a conversation in which nothing is said holds none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


async def ask(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Call a function that uses the ORM, in a thread of its own; return or raise what it does."""

    def call() -> T:
        try:
            return function(*arguments, **named)
        finally:
            connections.close_all()

    return await sync_to_async(call, thread_sensitive=False)()
