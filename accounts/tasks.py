"""Celery tasks of accounts: each takes ids, calls one function, and may run twice or never without harm."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from accounts import letters, pruning


@shared_task
def send_letter(letter_id: str) -> None:
    """Mail one letter that is owed."""
    letters.send(UUID(letter_id))


@shared_task
def sweep() -> None:
    """Mail what a lost ring, or a worker that died at it, has left behind."""
    for letter_id in letters.owed():
        letters.send(letter_id)


@shared_task
def prune() -> None:
    """Forget what accounts leave behind."""
    pruning.prune()
