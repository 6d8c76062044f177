"""Documents about a candidate: received with limits, read in a process of their own, their text a source of quotes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import uuid
import zipfile
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from accounts.models import User
from candidates import doorbell, pipeline
from candidates.document_reader import plain
from candidates.models import Candidate, Document
from candidates.states import IntakeStatus, WorkKind
from llm.errors import GreenroomError

READING_SECONDS = 20  # of wall time; the process itself is stopped after 10 s of processor time
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain",
}
_KINDS = {content_type: kind for kind, content_type in CONTENT_TYPES.items()}


class DocumentTooLarge(GreenroomError):
    """The file is over settings.DOCUMENT_MAX_BYTES."""

    code = "document_too_large"
    status = 413


class DocumentTypeUnknown(GreenroomError):
    """The content is neither PDF, DOCX nor plain text, whatever the name says."""

    code = "document_type_unknown"
    status = 415


class DocumentEmpty(GreenroomError):
    """The file has no content."""

    code = "empty_file"
    status = 422


def attach(*, candidate: Candidate, file: File[Any], actor: User | None = None) -> Document:
    """Keep a file about a candidate and have it read in the background.

    The type is told by the content, never by the name. The same content again gives the document that is there.
    Raises DocumentTooLarge (413), DocumentTypeUnknown (415), DocumentEmpty (422).
    """
    content = _limited(file)
    kind = sniffed(content)
    if kind is None:
        raise DocumentTypeUnknown("This is neither a PDF, a Word file (.docx) nor plain text.")
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        # The candidate's row is the lock: the same file sent twice at once is kept once.
        Candidate.objects.select_for_update().only("id").get(pk=candidate.pk)
        known = candidate.documents.filter(sha256=digest).first()
        if known is not None:
            return known
        document = Document(
            candidate=candidate,
            filename=_shown_name(file.name or "", kind),
            content_type=CONTENT_TYPES[kind],
            size=len(content),
            sha256=digest,
            uploaded_by=actor,
        )
        # Stored under a name of our own: the sender's could hold anything.
        document.file.save(f"{uuid.uuid4().hex}.{kind}", File(io.BytesIO(content)), save=False)
        document.save()
        doorbell.ring_document_reader(document.pk)
    return document


def sniffed(content: bytes) -> str | None:
    """The kind of file that the content is: "pdf", "docx", "txt", or None."""
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return "docx" if "word/document.xml" in archive.NameToInfo else None
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            # Broken in the middle, but named in its first entries: the reader will say that it is broken.
            return "docx" if b"word/" in content[:4096] or b"[Content_Types].xml" in content[:4096] else None
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        # An old container: a .docx with a password looks like this.
        return "docx" if "EncryptedPackage".encode("utf-16-le") in content else None
    text = plain.decoded(content)
    return "txt" if text is not None and text.strip() else None


def read(document_id: uuid.UUID) -> None:
    """Read a document's text in a process with limits, store it, and have the candidate assessed again.

    Runs in a worker. Reading twice, or two readers at once, writes once.
    """
    document = Document.objects.filter(pk=document_id, state=Document.State.RECEIVED).first()
    if document is None:
        return
    with document.file.open("rb") as stored:
        found = _in_a_process(_KINDS[document.content_type], stored.read())
    with transaction.atomic():
        written = Document.objects.filter(pk=document_id, state=Document.State.RECEIVED).update(
            state=found["state"], reason=found["reason"], text=found["text"], hidden=found["hidden"]
        )
        # What candidates bring themselves is proposed to them by their intake first, and assessed when that is merged.
        own = document.uploaded_by_id is None and document.candidate.intake_status == IntakeStatus.IN_PROGRESS
        if written and (found["text"] or found["hidden"]) and not own:
            pipeline.queue_scores(candidates=Candidate.objects.filter(pk=document.candidate_id), kind=WorkKind.EXTRACT)


def _limited(file: File[Any]) -> bytes:
    limit = settings.DOCUMENT_MAX_BYTES
    file.seek(0)
    # One byte more than allowed is read, so that the size that the sender declares is never trusted.
    content = bytes(file.read(limit + 1))
    if len(content) > limit:
        raise DocumentTooLarge(f"A document may have at most {limit / 1024**2:.0f} MB.")
    if not content.strip():
        raise DocumentEmpty("The file is empty.")
    return content


def _shown_name(name: str, kind: str) -> str:
    """The sender's file name as it may be shown: without folders, control characters and excess."""
    bare = PurePath(name.replace("\\", "/")).name
    bare = re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", bare).strip()
    return bare[-150:] or f"document.{kind}"


def _in_a_process(kind: str, content: bytes) -> dict[str, Any]:
    """What candidates.document_reader says of the file; a process that dies or hangs is an answer too."""
    refused: dict[str, Any] = {"state": "refused", "reason": "", "text": "", "hidden": []}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "candidates.document_reader", kind],
            input=content,
            capture_output=True,
            timeout=READING_SECONDS,
            cwd=settings.BASE_DIR,
            # Nothing of our environment: no key, no address of a database.
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8", "MALLOC_ARENA_MAX": "1"},
            check=False,
        )
        found = json.loads(ended.stdout) if ended.returncode == 0 else None
    except subprocess.TimeoutExpired:
        return refused | {"reason": "Reading it took too long."}
    except ValueError:
        found = None
    if found is None:
        # Killed by a limit, or broken beyond what the parser can say. Its output may quote the file: not logged.
        return refused | {"reason": "It could not be read within the limits of memory and time."}
    return {**refused, **found}
