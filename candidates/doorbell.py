"""Ringing for the workers of this floor; see accounts.doorbell."""

from __future__ import annotations

from uuid import UUID

from accounts.doorbell import ring as ring


def ring_drain() -> None:
    """Call a worker to the rows of work that are ready."""
    ring("candidates.tasks.drain")


def ring_reader(import_id: UUID) -> None:
    """Call a worker to read an import's file."""
    ring("candidates.tasks.read_import", str(import_id))


def ring_closer(import_id: UUID) -> None:
    """Call a worker to end the open work of an import that was cancelled or failed."""
    ring("candidates.tasks.close_import", str(import_id))


def ring_document_reader(document_id: UUID) -> None:
    """Call a worker to read the text of a document."""
    ring("candidates.tasks.read_document", str(document_id))
