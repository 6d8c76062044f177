"""Mails about accounts: to confirm an address, to set a new password, to tell that somebody else tried.

A request only writes down that a letter is owed, also where nobody has the address that was typed; so an answer tells
nothing about who exists, in no word and in no millisecond. A worker sends it, and makes its link only then: no token is
ever stored, or passes through Redis. What somebody typed at sign-up (a name, say) stands in no letter, or strangers
could have Greenroom mail their words to anybody.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import doorbell, links
from accounts.errors import MailNotConfigured
from accounts.models import Letter, LetterKind, User

logger = logging.getLogger(__name__)

CONFIRM, RESET = "confirm", "reset"  # purposes of links
# The pages that take a link's token, from behind the # of their address; browsers send that part to nobody.
PAGES = {LetterKind.CONFIRM: "/coaching/verify", LetterKind.RESET: "/coaching/reset"}
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 6
# What could not be sent for so long is of no use any more.
OWED_FOR = timedelta(hours=12)


def must_be_possible() -> None:
    """Raise MailNotConfigured where no link could be written, whoever asks."""
    if not settings.SITE_URL:
        raise MailNotConfigured("Mails can't be sent yet: SITE_URL is not set on this server.")


def owe(user: User | None, kind: LetterKind) -> Letter:
    """Write down that a letter is owed, and ring for a worker; for None the same, and nothing is sent."""
    letter = Letter.objects.create(user=user, kind=kind)
    doorbell.ring("accounts.tasks.send_letter", str(letter.pk))
    return letter


def owed(*, limit: int = 200) -> list[UUID]:
    """The letters that wait: those of a lost ring, a killed worker, or a mail server that is back again."""
    return list(_owed().order_by("created_at").values_list("pk", flat=True)[:limit])


def send(letter_id: UUID) -> bool:
    """Send one letter; whether it went out now. Twice is once, unless a worker dies between sending and saying so."""
    now = timezone.now()
    with transaction.atomic():
        letter = (
            _owed().select_for_update(skip_locked=True, of=("self",)).select_related("user").filter(pk=letter_id)
        ).first()
        if letter is None:
            return False
        letter.attempts += 1
        letter.not_before = now + LEASE * letter.attempts
        letter.save(update_fields=["attempts", "not_before"])
    # The claim stands in the row before the server is spoken to, and no transaction is open meanwhile.
    is_sent = False
    if letter.user is not None and _is_wanted(letter, letter.user):
        is_sent = _mail(letter, letter.user)
        if not is_sent:
            return False
    letter.done_at = timezone.now()
    letter.save(update_fields=["done_at"])
    return is_sent


def _owed() -> QuerySet[Letter]:
    now = timezone.now()
    return Letter.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        done_at=None,
        attempts__lt=MOST_ATTEMPTS,
        created_at__gt=now - OWED_FOR,
    )


def _is_wanted(letter: Letter, user: User) -> bool:
    """Whether it still says something true, and does not flood somebody's mailbox."""
    if not user.is_active:
        return False
    if letter.kind == LetterKind.CONFIRM and user.email_verified_at is not None:
        return False
    lately = timezone.now() - timedelta(hours=1)
    sent = Letter.objects.filter(user=user, kind=letter.kind, attempts__gt=0, created_at__gt=lately)
    return bool(sent.exclude(pk=letter.pk).count() < settings.ACCOUNT_LETTERS_PER_HOUR)


def _mail(letter: Letter, user: User) -> bool:
    kind = LetterKind(letter.kind)
    facts = {"address": _address(kind, user), "human_contact": settings.HUMAN_CONTACT}
    facts["hours"] = {LetterKind.CONFIRM: settings.CONFIRM_LINK_HOURS, LetterKind.RESET: settings.RESET_LINK_HOURS}.get(
        kind, 0
    )
    message = mail.EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"accounts/mail/{kind}_subject.txt", facts).split()),
        body=render_to_string(f"accounts/mail/{kind}.txt", facts),
        to=[user.email],
        # No holiday reply to a machine, please.
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"accounts/mail/{kind}.html", facts), "text/html")
    try:
        return bool(message.send())
    except (OSError, ValueError) as error:  # of smtplib and the network; an address that can't be written
        logger.warning("a letter about an account could not be mailed (%s); tried again later", type(error).__name__)
        return False


def _address(kind: LetterKind, user: User) -> str:
    """Where the letter's button leads. A link that was mailed before opens nothing from now on."""
    if kind == LetterKind.CONFIRM:
        purpose, hours = CONFIRM, settings.CONFIRM_LINK_HOURS
    elif kind == LetterKind.RESET:
        purpose, hours = RESET, settings.RESET_LINK_HOURS
    else:
        return f"{settings.SITE_URL}/coaching/sign-in"
    issued = links.renew(purpose=purpose, subject_id=user.pk, hours=hours, made_by=None)
    return f"{settings.SITE_URL}{PAGES[kind]}#{issued.token}"
