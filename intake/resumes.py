"""The candidate's own resume: taken in, read in a worker, and what is to be said while and after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from candidates import documents, doorbell
from candidates.models import Document
from intake import answers, events, filling, wizard
from intake.errors import WrongState
from intake.models import Intake
from intake.states import OPEN
from llm.errors import GreenroomError

# A ring that was lost is rung again by the page that waits for it and by the sweep, once in so many seconds.
_RING_AGAIN_SECONDS = 10
# More files than anybody has reason to send, within an hour and in a round's life: each may fill a core for seconds.
FILES_WITHIN_AN_HOUR = 10
FILES_AT_ALL = 30
# What candidates.document_reader says of a file that it can't read; here to be translated.
REASONS = (
    gettext_noop("The file is broken."),
    gettext_noop("It is protected by a password."),
    gettext_noop("It is protected by a password, or in the old .doc format."),
    gettext_noop("It is encrypted in a way that cannot be read."),
    gettext_noop("It is too large when unpacked."),
    gettext_noop("It is no Word document."),
    gettext_noop("It has a program in it (macros). Please send a file without."),
    gettext_noop("It has a document type declaration, which no Word file has."),
    gettext_noop("It has no pages."),
    gettext_noop("It is a scan: a picture without text. Please send a file with text."),
    gettext_noop("It has no text that a person can see."),
    gettext_noop("Its fonts do not say which letters they draw."),
    gettext_noop("It has more drawn on a page than can be checked."),
    gettext_noop("It has more text on a page than a person could read."),
    gettext_noop("It is no plain text."),
    gettext_noop("Reading it took too long."),
    gettext_noop("It could not be read within the limits of memory and time."),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the resume stands: none, reading, read or refused; `problem` says why it was refused."""

    state: str
    filename: str = ""
    problem: str = ""


def receive(intake: Intake, file: File[Any]) -> None:
    """Keep a resume and have it read. It takes the place of the one before in this round.

    Raises candidates.documents' errors (too large, of another type, empty, too many) and WrongState where the round has
    ended.
    """
    document = documents.attach(
        candidate=intake.candidate,
        file=file,
        is_rung=False,  # the ring below has it read and used by the same worker
        most=(FILES_WITHIN_AN_HOUR, FILES_AT_ALL),
    )
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.state not in OPEN:
            raise WrongState(_("This round has ended; nothing can be written to it any more."))
        if row.document_id != document.pk:
            row.document = document
            row.fill_attempts = 0
            row.revision += 1
            row.save(update_fields=["document", "fill_attempts", "revision"])
            events.announce_round(row)
        if row.filled_from != document.pk:
            doorbell.ring("intake.tasks.fill", str(row.pk))
    intake.refresh_from_db()


def standing(intake: Intake) -> Standing:
    """Where the resume of this round stands. A worker that was not reached is rung for again."""
    document = intake.document
    if document is None:
        return Standing("none")
    if document.state == Document.State.REFUSED:
        return Standing("refused", document.filename, _(document.reason) if document.reason else "")
    if wizard.is_being_read(intake):
        _ring_again(intake.pk)
        return Standing("reading", document.filename)
    return Standing("read", document.filename)


def sweep() -> int:
    """Ring for every resume that waits for a worker: a ring was lost, or a worker died at it. Return how many rings."""
    return sum(_ring_again(intake_id) for intake_id in filling.waiting())


def _ring_again(intake_id: UUID) -> bool:
    """Ring for a resume, unless that was done a moment ago; rings that nobody has come for yet must not pile up."""
    rings = bool(cache.add(f"intake-ring:{intake_id}", 1, timeout=_RING_AGAIN_SECONDS))
    if rings:
        doorbell.ring("intake.tasks.fill", str(intake_id))
    return rings


def problem_of(error: GreenroomError) -> str:
    """Why a file was not taken, in the language in force, and what to send instead."""
    if isinstance(error, documents.DocumentTooLarge):
        size = f"{settings.DOCUMENT_MAX_BYTES / 1024**2:.0f}"
        return _("This file is too large: it may have at most %(size)s MB.") % {"size": size}
    if isinstance(error, documents.DocumentTypeUnknown):
        return _("This is neither a PDF, a Word file (.docx) nor plain text.")
    if isinstance(error, documents.DocumentEmpty):
        return _("This file is empty.")
    if isinstance(error, documents.TooManyDocuments):
        return _("You have sent many files already. Please wait an hour before you send another, or go on without one.")
    return _(error.message)
