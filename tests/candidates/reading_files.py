"""What tests of imports share: the sample files, and an import read to its end in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile

from candidates import importing
from candidates.models import Import

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def received(content: str | bytes, **options: Any) -> Import:
    """An upload that waits to be started."""
    data = content.encode() if isinstance(content, str) else content
    values: dict[str, Any] = {"filename": "people.csv", "made_by": None, "job": None} | options
    return importing.receive(file=ContentFile(data), **values)


def claimed(import_: Import) -> Import:
    """The import as a worker holds it that is about to read it."""
    claim = uuid4()
    Import.objects.filter(pk=import_.pk).update(claim=claim, status="extracting", phase="reading")
    import_.refresh_from_db()
    return import_


def read(import_: Import) -> Import:
    """Read an import's file to its end, as a worker does."""
    claimed(import_)
    assert import_.claim is not None
    importing.read_rows(import_.pk, claim=import_.claim)
    import_.refresh_from_db()
    return import_


def imported(content: str | bytes, **options: Any) -> Import:
    """A file received and read."""
    return read(received(content, **options))
