"""What recruiters should hear of: a row for the console's bell, and an e-mail that is a digest where there are many.

The rows are the truth: a mail is owed for each that was neither read nor mailed. The first one is mailed at once; what
comes within NOTICE_DIGEST_MINUTES after it waits and goes out together. A worker that dies at it is followed by another
one: a notice may be mailed twice then, and is never lost. The second mail has the Message-ID of the first, so mailboxes
that look at it show one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from candidates import doorbell
from intake import letters
from intake.models import Intake, Notice
from intake.states import NoticeKind

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 6
# How long a worker may take to hand a mail over; after a failure it waits so long times the number of attempts.
LEASE = timedelta(minutes=2)
# A digest names so many people, and says how many more there are.
LISTED = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as a mail tells it."""

    name: str
    what: str
    url: str


def make(intake: Intake, kind: NoticeKind) -> int:
    """Leave a notice for everybody whom it concerns, and have it mailed; return how many are new. Twice is once."""
    with transaction.atomic():
        known = set(Notice.objects.filter(intake=intake, kind=kind).values_list("recipient_id", flat=True))
        fresh = [one for one in recipients(intake, kind) if one.pk not in known]
        Notice.objects.bulk_create(
            (Notice(kind=kind, recipient=one, candidate=intake.candidate, intake=intake) for one in fresh),
            ignore_conflicts=True,
        )
        for one in fresh:
            doorbell.ring("intake.tasks.mail_notices", str(one.pk))
    return len(fresh)


def recipients(intake: Intake, kind: NoticeKind) -> list[User]:
    """Who hears of it: whoever invited the candidate, else all recruiters. A wish for erasure goes to admins besides,
    since the law sets it a term that a recruiter's holiday does not stop."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    concerned = Q(pk=intake.made_by_id)
    if kind == NoticeKind.ERASURE_ASKED:
        concerned |= Q(is_superuser=True)
    return list(staff.filter(concerned).order_by("pk")) or list(staff.order_by("pk"))


def unread(recipient: User) -> QuerySet[Notice]:
    """What a recruiter has not read yet, newest first: for the bell, and to count."""
    rows = Notice.objects.filter(recipient=recipient, read_at=None, candidate__deleted_at=None)
    return rows.select_related("candidate", "intake")


def read(recipient: User, *, notice_ids: Sequence[UUID] | None = None, candidate_id: UUID | None = None) -> int:
    """Note that a recruiter has read these notices, or those of one candidate, or all; return how many were unread."""
    rows = Notice.objects.filter(recipient=recipient, read_at=None)
    if notice_ids is not None:
        rows = rows.filter(pk__in=notice_ids)
    if candidate_id is not None:
        rows = rows.filter(candidate=candidate_id)
    return rows.update(read_at=timezone.now())


def owed(*, limit: int = 200) -> list[UUID]:
    """Recruiters to whom a mail is owed now; see `send`."""
    now = timezone.now()
    waiting = _owed(now).order_by().values_list("recipient_id", flat=True).distinct()[:limit]
    return [pk for pk in waiting if not _rests(pk, now)]


def send(recipient_id: UUID) -> int:
    """Mail one recruiter what is owed, in one message; return how many notices that were.

    Nothing is sent while another worker is at it, or while the last message is fresh: then the sweep comes back to it.
    """
    now = timezone.now()
    with transaction.atomic():
        recipient = User.objects.select_for_update(no_key=True).filter(pk=recipient_id, is_active=True).first()
        if recipient is None or _rests(recipient_id, now):
            return 0
        rows = list(_owed(now).filter(recipient=recipient).select_related("candidate", "intake").order_by("created_at"))
        for row in rows:
            row.mail_attempts += 1
            row.mail_after = now + LEASE * row.mail_attempts
        Notice.objects.bulk_update(rows, ["mail_attempts", "mail_after"])
    # The claim stands in the rows before the server is spoken to, and no transaction is open meanwhile.
    if not rows or not _mail(recipient, rows):
        return 0
    return Notice.objects.filter(pk__in=[row.pk for row in rows], mailed_at=None).update(mailed_at=timezone.now())


def _owed(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(
        Q(mail_after=None) | Q(mail_after__lte=now),
        mailed_at=None,
        read_at=None,
        mail_attempts__lt=MOST_ATTEMPTS,
        recipient__is_active=True,
        candidate__deleted_at=None,
    )


def _rests(recipient_id: UUID, now: datetime) -> bool:
    """Whether a recruiter was mailed so lately that the next message waits, or is being mailed now."""
    lately = now - timedelta(minutes=settings.NOTICE_DIGEST_MINUTES)
    rows = Notice.objects.filter(recipient=recipient_id)
    return rows.filter(Q(mailed_at__gt=lately) | Q(mailed_at=None, read_at=None, mail_after__gt=now)).exists()


def _mail(recipient: User, rows: Sequence[Notice]) -> bool:
    facts = {
        "recipient": recipient.name,
        "groups": [
            (kind.label, lines[:LISTED], max(0, len(lines) - LISTED))
            for kind in NoticeKind
            if (lines := _lines(rows, kind))
        ],
        "count": len(rows),
        "only": _lines(rows, NoticeKind(rows[0].kind))[0] if len(rows) == 1 else None,
        "site": settings.SITE_URL,
    }
    message = mail.EmailMultiAlternatives(
        # On one line: a name with a line break in it must not become a header.
        subject=" ".join(render_to_string("intake/mail/notices_subject.txt", facts).split()),
        body=render_to_string("intake/mail/notices.txt", facts),
        to=[recipient.email],
        headers={
            # No holiday reply to a machine, please.
            "Auto-Submitted": "auto-generated",
            "Message-ID": letters.message_id("notices:" + ",".join(sorted(str(row.pk) for row in rows))),
        },
    )
    message.attach_alternative(render_to_string("intake/mail/notices.html", facts), "text/html")
    try:
        return bool(message.send())
    except (
        OSError,
        ValueError,
    ) as error:  # smtplib's errors and those of the network; an address that can't be written
        logger.warning("notices could not be mailed (%s); tried again later", type(error).__name__)
        return False


def _lines(rows: Sequence[Notice], kind: NoticeKind) -> list[Line]:
    return [_line(row) for row in rows if row.kind == kind]


def _line(row: Notice) -> Line:
    name = row.candidate.name or "A candidate without a name"
    if row.kind == NoticeKind.ERASURE_ASKED:
        what = f"asks for everything about them to be erased. {_erasure_term(row)}"
    else:
        count = len(row.intake.outcome.get("fields", []))
        told = f"{count} field{'' if count == 1 else 's'} filled or corrected" if count else "nothing changed"
        what = f"has completed the intake: {told}"
    path = reverse("admin:candidates_candidate_change", args=[row.candidate_id])
    return Line(name, what, f"{settings.SITE_URL}{path}" if settings.SITE_URL else "")


def _erasure_term(row: Notice) -> str:
    """What a recruiter can do about it, and what happens if nobody does anything; see retention."""
    told = "Delete the candidate, and the next night nothing of them is left"
    if settings.RETENTION_ERASURE_DAYS <= 0 or row.intake.erasure_asked_at is None:
        return f"{told}."
    until = row.intake.erasure_asked_at + timedelta(days=settings.RETENTION_ERASURE_DAYS)
    return f"{told}; otherwise this happens on {date_format(until, 'j F Y')}."
