"""What becomes of a candidate's wish for erasure: carried out, or declined with a reason that they read.

Both answer the candidate, as GDPR Article 12(3) and (4) want it: that everything is gone, or why it is not, and whom
they may turn to with that. A wish for which nobody decides is carried out by retention after RETENTION_ERASURE_DAYS.
"""

from __future__ import annotations

import logging

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate
from intake import answers, events, holding, letters, notices
from intake.errors import WrongState, WrongValue
from intake.holding import Erased
from intake.models import Intake, Notice
from intake.states import NoticeKind
from interviews.errors import MailNotSent

logger = logging.getLogger(__name__)

LONGEST_REASON = 2_000
_SETTLED = "Nobody asks for erasure here, or somebody has decided already."


def decline(intake: Intake, *, actor: User, reason: str) -> bool:
    """Keep the data although their candidate wants them erased; return whether the candidate was told by mail.

    The candidate reads the reason there and on their own pages, and may ask again: then people are told again. Raises
    WrongValue without a reason, WrongState where there is no wish (any more).
    """
    reason = reason.replace("\x00", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise WrongValue(f"Say why, in at most {LONGEST_REASON:,} characters. The candidate reads it.")
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.erasure_asked_at is None:
            raise WrongState(_SETTLED)
        row.erasure_asked_at = None
        row.erasure_declined_at, row.erasure_declined_by, row.erasure_reason = timezone.now(), actor, reason
        row.save(
            update_fields=["erasure_asked_at", "erasure_declined_at", "erasure_declined_by", "erasure_reason"],
        )
        # Settled: whoever is told of another wish is told anew.
        Notice.objects.filter(intake=row, kind=NoticeKind.ERASURE_ASKED).delete()
        events.announce_round(row)
    intake.refresh_from_db()
    message = _letter(intake, "erasure_declined", sender=actor, facts={"reason": reason})
    return message is not None and told(message)


def carry_out(intake: Intake, *, actor: User) -> tuple[Erased, bool]:
    """Erase everything of the round's candidate, who asked for it; what went, and whether they were told by mail.

    Raises WrongState where nobody asked for it.
    """
    row = Intake.objects.select_related("candidate").filter(pk=intake.pk).first()
    if row is None or row.erasure_asked_at is None:
        raise WrongState(_SETTLED)
    message = _letter(row, "erased", sender=actor, facts={"asked_at": row.erasure_asked_at})
    erased = holding.erase(row.candidate)
    # Ids alone: that it was done is all that may be known of it from now on.
    logger.info("candidate %s was erased as they asked, by user %s", row.candidate_id, actor.pk)
    return erased, message is not None and erased.candidates > 0 and told(message)


def farewell(candidate: Candidate) -> EmailMultiAlternatives | None:
    """The letter for a candidate whose wish retention carries out; None where nothing can be mailed."""
    rounds = candidate.intakes.select_related("candidate").filter(erasure_asked_at__isnull=False)
    intake = rounds.order_by("-erasure_asked_at").first()
    senders = notices.recipients(intake, NoticeKind.ERASURE_ASKED) if intake is not None else []
    if intake is None or not senders:
        return None
    return _letter(intake, "erased", sender=senders[0], facts={"asked_at": intake.erasure_asked_at})


def told(message: EmailMultiAlternatives) -> bool:
    """Hand such a letter over; whether the mail server took it."""
    try:
        letters.deliver(message)
    except MailNotSent:
        return False
    return True


def _letter(intake: Intake, name: str, *, sender: User, facts: dict[str, object]) -> EmailMultiAlternatives | None:
    address = (intake.candidate.email or "").strip()
    if not address:
        return None
    shared = {"name": intake.candidate.name or ""}
    return letters.letter(name, to=address, sender=sender, language=intake.language, facts=shared | facts)
