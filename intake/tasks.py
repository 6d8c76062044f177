"""Celery tasks of intake: each takes ids, calls one function, and may run twice or never without harm."""

from __future__ import annotations

import time
from uuid import UUID

from celery import shared_task

from candidates import documents
from intake import copies, filling, mailings, notices, resumes, retention
from intake.models import Intake, Mailing
from intake.states import OPEN

# A mail server that hangs must not keep a worker for all letters that wait: the rest is the next sweep's.
SWEEP_SECONDS = 5.0


@shared_task
def fill(intake_id: str) -> None:
    """Read the resume of a round and propose what it tells, or come again for it in a moment."""
    intake = Intake.objects.filter(pk=intake_id, state__in=sorted(OPEN)).first()
    if intake is None:
        return
    try:
        filling.fill(intake)
    except documents.ReadersBusy:
        waits_for = intake.document_id
        if waits_for is not None and (seconds := documents.comes_again(waits_for)) is not None:
            fill.apply_async((intake_id,), countdown=seconds)


@shared_task
def mail_notices(recipient_id: str) -> None:
    """Mail a recruiter the notices that are owed."""
    notices.send(UUID(recipient_id))


@shared_task
def mail_copy(intake_id: str) -> None:
    """Mail a candidate the copy of what they said."""
    copies.send(UUID(intake_id))


@shared_task
def send_mailing(mailing_id: str) -> None:
    """Mail the invitations of a mailing that wait."""
    mailing = Mailing.objects.select_related("made_by", "job").filter(pk=mailing_id).first()
    if mailing is not None:
        mailings.drain(mailing)


@shared_task
def sweep() -> None:
    """Do what a lost ring, or a worker that died at it, has left behind."""
    resumes.sweep()
    mailings.sweep()
    began = time.monotonic()
    for send, owed in ((notices.send, notices.owed), (copies.send, copies.owed)):
        for one in owed():
            send(one)
            if time.monotonic() - began > SWEEP_SECONDS:
                return


@shared_task
def purge() -> None:
    """Erase what is kept no longer than the settings say."""
    retention.purge()
