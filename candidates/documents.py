"""Documents about a candidate: received with limits, read in a process of their own, their text a source of quotes.

Whatever a file does to its reader, it does to nobody else: the process that parses it has limits of memory and time
(candidates.document_reader), there are never more of them at once than settings.READERS_AT_ONCE over all machines, one
file has one reader, and the worker that waits for it holds no transaction.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import re
import resource
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from accounts import queueing
from accounts.models import User
from candidates import doorbell, injection, pipeline
from candidates.document_reader import plain
from candidates.models import Candidate, Document
from candidates.states import IntakeStatus, WorkKind
from llm.errors import GreenroomError

# Of wall time, from the start of the process on; its processor time ends before (candidates.document_reader.__main__).
READING_SECONDS = 10.0
# Whoever finds all readers busy comes again: at once for a new file, and the more seldom the longer one waits, so that
# many that wait find readers as soon as they are free and do not fill the queue with asking.
_SOONEST_AGAIN, _LATEST_AGAIN = 1.0, 8.0
# A reader that had less processor time than this in all of that was not slow: the machine was busy.
_STARVED_SECONDS = 4.0
# So long a busy machine is given the benefit of the doubt; a file that is still unread then is refused.
_PATIENCE = timedelta(minutes=10)
# No answer of a reader is longer: what it may say of text, hidden passages and properties, escaped.
_LONGEST_ANSWER = 8 * 1024**2
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


class TooManyDocuments(GreenroomError):
    """The same sender has sent more files within an hour, or in all, than anybody has reason to."""

    code = "too_many_documents"
    status = 429


class ReadersBusy(GreenroomError):
    """All readers are at other files, one is at this file already, or the machine is: come again in a moment."""

    code = "readers_busy"
    status = 503


def attach(
    *,
    candidate: Candidate,
    file: File[Any],
    actor: User | None = None,
    is_rung: bool = True,
    most: tuple[int, int] | None = None,
) -> Document:
    """Keep a file about a candidate and have it read in the background.

    The type is told by the content, never by the name. The same content again gives the document that is there.
    `is_rung` False: the caller rings for whoever reads it. `most` is how many files that nobody signed in for the
    candidate may have sent, within an hour and in all. Raises DocumentTooLarge (413), DocumentTypeUnknown (415),
    DocumentEmpty (422), TooManyDocuments (429).
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
        if most is not None:
            _refuse_floods(candidate, *most)
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
        if is_rung:
            doorbell.ring_document_reader(document.pk)
    return document


def _refuse_floods(candidate: Candidate, within_an_hour: int, at_all: int) -> None:
    own = candidate.documents.filter(uploaded_by=None)
    if own.count() >= at_all:
        raise TooManyDocuments(f"{at_all} files have been sent already; no more are taken.")
    if own.filter(created_at__gt=timezone.now() - timedelta(hours=1)).count() >= within_an_hour:
        raise TooManyDocuments(f"{within_an_hour} files were sent within an hour. Please wait before you send another.")


# What other programs take the start of a file for, though a PDF may begin up to 1,024 bytes later.
_OTHERS = (
    *(b"PK", b"MZ", b"\x7fELF", b"<", b"#!", b"GIF8", b"\x89PNG", b"\xff\xd8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b"),
    b"{\\rtf",
)


def sniffed(content: bytes) -> str | None:
    """The kind of file that the content is: "pdf", "docx", "txt", or None.

    Runs while a request waits: bytes are looked for, and nothing is unpacked or taken apart.
    """
    if b"%PDF-" in content[:1024]:
        return None if content.lstrip().startswith(_OTHERS) else "pdf"
    if content[:4] == b"PK\x03\x04":
        # Its directory stands at the end; one that is cut off in the middle still names its first entries.
        return "docx" if b"word/" in content[-200_000:] or b"word/" in content[:4096] else None
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        # An old container: a .docx with a password looks like this.
        return "docx" if "EncryptedPackage".encode("utf-16-le") in content else None
    text = plain.decoded(content)
    return "txt" if text is not None and text.strip() else None


def read(document_id: uuid.UUID) -> None:
    """Read a document's text in a process with limits, store it, and have the candidate assessed again.

    Runs in a worker, never inside a transaction. Reading twice writes once. Raises ReadersBusy (503), with the document
    as it was, where it is to be tried again in a moment.
    """
    document = Document.objects.filter(pk=document_id, state=Document.State.RECEIVED).first()
    if document is None:
        return
    with _reader(document_id), document.file.open("rb") as stored:
        is_patient = timezone.now() - document.created_at < _PATIENCE
        found = _in_a_process(_KINDS[document.content_type], stored.read(), is_patient=is_patient)
    hidden = found["hidden"] + _hidden_properties(found["properties"], found["text"])
    with transaction.atomic():
        written = Document.objects.filter(pk=document_id, state=Document.State.RECEIVED).update(
            state=found["state"],
            reason=found["reason"],
            text=found["text"],
            hidden=hidden,
            warnings=found["warnings"],
        )
        # What candidates bring themselves is proposed to them by their intake first, and assessed when that is merged.
        own = document.uploaded_by_id is None and document.candidate.intake_status == IntakeStatus.IN_PROGRESS
        if written and (found["text"] or hidden) and not own:
            pipeline.queue_scores(candidates=Candidate.objects.filter(pk=document.candidate_id), kind=WorkKind.EXTRACT)


def comes_again(document_id: uuid.UUID) -> float | None:
    """In how many seconds a task that met ReadersBusy is to be sent again.

    None where nobody waits for it any more, or another one is on its way: each file has one at most.
    """
    waiting = Document.objects.filter(pk=document_id, state=Document.State.RECEIVED)
    received = waiting.values_list("created_at", flat=True).first()
    if received is None:
        return None
    waited = (timezone.now() - received).total_seconds()
    seconds = min(_LATEST_AGAIN, max(_SOONEST_AGAIN, waited / 3)) * random.uniform(1.1, 1.4)  # noqa: S311 - no secret
    # Forgotten a moment before the one that is on its way arrives, which may have to come again too.
    is_first = bool(cache.add(f"document-again:{document_id}", 1, timeout=int(seconds)))
    return seconds if is_first else None


@contextlib.contextmanager
def _reader(document_id: uuid.UUID) -> Iterator[None]:
    """One reader for one file, and one of the few places for readers, for the length of the block.

    Locks of the database connection: they end with the process that holds them, however it ends.
    """
    held: list[str] = []
    try:
        if not _lock(f"document:{document_id}", held):
            raise ReadersBusy("Somebody reads this file just now.")
        if not any(_lock(f"document-reader:{place}", held) for place in range(max(1, settings.READERS_AT_ONCE))):
            raise ReadersBusy("All readers are at other files.")
        yield
    finally:
        for name in held:
            queueing.give_back(name)


def _lock(name: str, held: list[str]) -> bool:
    is_locked = queueing.take(name)
    if is_locked:
        held.append(name)
    return is_locked


# So many words of a property that the text does not have are no title and no name: they were put there for machines.
_MOST_OWN_WORDS = 25
_WORD = re.compile(r"[^\W\d_]{3,}")


def _hidden_properties(properties: list[dict[str, str]], text: str) -> list[dict[str, str]]:
    """Title, keywords and the like where they speak to a model, or hold a text of their own, as hidden passages.

    No model reads properties. But whoever wrote such ones meant to be read by one, and the recruiter is to know.
    """
    seen = {word.lower() for word in _WORD.findall(text)}
    found = []
    for one in properties:
        own = {word.lower() for word in _WORD.findall(one["text"])} - seen
        if len(own) > _MOST_OWN_WORDS or injection.find(one["text"]):
            found.append({"text": one["text"], "why": f"in the file's properties ({one['name']}), which no page shows"})
    return found[:5]


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
    """The sender's file name as it may be shown: without folders, control characters and excess.

    It ends with what the content is, whatever it was called: who opens it sees what was read.
    """
    bare = PurePath(name.replace("\\", "/")).name
    bare = re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", bare).strip()
    if not bare:
        return f"document.{kind}"
    if not bare.lower().endswith(f".{kind}"):
        bare = f"{bare}.{kind}"
    return bare[-150:]


def _in_a_process(kind: str, content: bytes, *, is_patient: bool) -> dict[str, Any]:
    """What candidates.document_reader says of the file; a process that dies or hangs is an answer too.

    Raises ReadersBusy where it was the machine that took too long, and not the file, if `is_patient`.
    """
    refused: dict[str, Any] = {
        "state": "refused",
        "reason": "",
        "text": "",
        "hidden": [],
        "warnings": [],
        "properties": [],
    }
    before = _seconds_of_children()
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
        is_whole = ended.returncode == 0 and len(ended.stdout) <= _LONGEST_ANSWER
        found = json.loads(ended.stdout) if is_whole else None
    except subprocess.TimeoutExpired:
        if is_patient and _seconds_of_children() - before < _STARVED_SECONDS:
            raise ReadersBusy("The machine has no time to read just now.") from None
        return refused | {"reason": "Reading it took too long."}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        # Killed by a limit, or broken beyond what the parser can say. Its output may quote the file: not logged.
        return refused | {"reason": "It could not be read within the limits of memory and time."}
    return {**refused, **found}


def _seconds_of_children() -> float:
    """Processor time of this process's children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
