"""Celery tasks: each takes ids, calls one function, and may run twice or never without harm."""

from __future__ import annotations

import multiprocessing
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down

from candidates import chats, documents, events, lifecycle, pipeline

# Made in the worker's main process before it forks, so that its children see when it is told to stop.
_stopping: Any = multiprocessing.Event()


@worker_init.connect
def _forget_last_stop(**_: object) -> None:
    _stopping.clear()


@worker_shutting_down.connect
def _tell_children(**_: object) -> None:
    _stopping.set()


def _should_stop() -> bool:
    return bool(_stopping.is_set())


@shared_task
def drain() -> None:
    """Do the work that is ready."""
    pipeline.drain(should_stop=_should_stop)


@shared_task
def read_import(import_id: str) -> None:
    """Read an import's file."""
    pipeline.read_import(UUID(import_id), should_stop=_should_stop)


@shared_task
def close_import(import_id: str) -> None:
    """End the open work of an import that was cancelled or failed."""
    while lifecycle.close_work(UUID(import_id)):
        pass


@shared_task
def read_document(document_id: str) -> None:
    """Read the text of a document, or come again for it in a moment."""
    try:
        documents.read(UUID(document_id))
    except documents.ReadersBusy:
        if (seconds := documents.comes_again(UUID(document_id))) is not None:
            read_document.apply_async((document_id,), countdown=seconds)


@shared_task
def sweep() -> None:
    """Mend what was left behind, and ring for what is ready."""
    pipeline.sweep()


@shared_task
def thin_events() -> None:
    """Delete old progress events."""
    events.thin()


@shared_task
def forget_chats() -> None:
    """Forget conversations about a resume whose time is over."""
    chats.forget_expired()


@shared_task
def forget_keys() -> None:
    """Forget the Idempotency-Keys that are older than a day."""
    from candidates.api import idempotency

    idempotency.purge()
