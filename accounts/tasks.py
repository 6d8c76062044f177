"""Celery tasks of accounts: each takes ids, calls one function, and may run twice or never without harm."""

from __future__ import annotations

import time
from uuid import UUID

from celery import shared_task

from accounts import letters, pruning, second_step

# A mail server that hangs must not keep a worker for all letters that wait: the rest is the next sweep's.
SWEEP_SECONDS = 5.0


@shared_task
def send_letter(letter_id: str) -> None:
    """Mail one letter that is owed."""
    letters.send(UUID(letter_id))


@shared_task
def sweep() -> None:
    """Mail what a lost ring, or a worker that died at it, has left behind."""
    began = time.monotonic()
    for letter_id in letters.owed():
        letters.send(letter_id)
        if time.monotonic() - began > SWEEP_SECONDS:
            break


@shared_task
def prune() -> None:
    """Forget what accounts leave behind."""
    pruning.prune()


@shared_task
def reseal() -> None:
    """Seal under the SECRET_KEY of now what one before it has sealed."""
    second_step.reseal()
