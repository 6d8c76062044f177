"""Celery tasks of this floor."""

from __future__ import annotations

from celery import shared_task

from llm import ledger


@shared_task
def forget_answers() -> None:
    """Delete answers that were kept long enough."""
    ledger.forget_answers()
