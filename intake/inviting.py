"""Inviting a candidate to intake: a round is opened, and a link to it is made, mailed, replaced or taken back.

The link's subject is the candidate. Its token stands in the query of the mailed address alone, since the pages need no
JavaScript: looking at it uses nothing up, and the page's own POST trades it at once for a cookie and a clean address.
Here a token is made and given out once; what is stored of it is a digest (accounts.links).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import links as accounts_links
from accounts.models import Link, LinkQuerySet, User
from accounts.queueing import one_at_a_time
from candidates.models import Candidate, Job
from intake import answers, events, filling, letters, lifecycle
from intake.entering import PURPOSE
from intake.errors import WrongState
from intake.models import Intake
from intake.states import OPEN, IntakeState
from interviews.errors import MailNotSent, NoAddress

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was just made. `intake_url` holds the token and can't be shown again."""

    intake_url: str = field(repr=False)
    expires_at: datetime
    candidate_name: str
    intake: Intake
    sent_to: str = ""


def languages() -> dict[str, str]:
    """The languages that the pages and letters are kept in, by their codes."""
    return {code: str(name) for code, name in settings.LANGUAGES}


def invite(
    *,
    candidate: Candidate,
    actor: User | None,
    site: str,
    job: Job | None = None,
    language: str = DEFAULT_LANGUAGE,
) -> Invitation:
    """Open a round with the candidate, or keep the one that is open, and make the link to it.

    A link that was made before is worth nothing from then on, and neither is a cookie it was traded for. `site` is
    where people reach Greenroom, e.g. "https://hire.example.com". A round in which nothing was answered yet takes on
    `job` (default: the candidate's own) and `language`; its gaps are found anew. Not inside a transaction. Raises
    WrongState for a candidate who was deleted.
    """
    with transaction.atomic():
        one_at_a_time(f"inviting:{candidate.pk}")
        if not Candidate.objects.live().filter(pk=candidate.pk).exists():
            raise WrongState("This candidate was deleted. Restore them to invite them.")
        intake = _open_round(candidate, actor, job=job or candidate.job, language=language)
        issued = _issue(candidate.pk)(hours=settings.INTAKE_LINK_HOURS, made_by=actor)
        lifecycle.refresh_standing(candidate.pk)
        events.announce_round(intake)
    if intake.state == IntakeState.INVITED:
        filling.fill(intake)
    address = f"{site.rstrip('/')}{reverse('intake:welcome', args=[candidate.pk])}?token={issued.token}"
    return Invitation(
        intake_url=address, expires_at=issued.link.expires_at, candidate_name=candidate.name or "", intake=intake
    )


def send(
    *,
    candidate: Candidate,
    actor: User,
    site: str,
    job: Job | None = None,
    language: str = DEFAULT_LANGUAGE,
    connection: BaseEmailBackend | None = None,
    before: Callable[[], bool] | None = None,
) -> Invitation:
    """As `invite`, and mail the link to the candidate in the recruiter's name, over `connection` where one is open.

    `before` is called right before the letter leaves: see letters.deliver. Raises NoAddress where the candidate has no
    e-mail address, and MailNotSent where it could not be handed over; the link of a mail that was not sent is revoked,
    while the round stays. The link of one that may have been sent (letters.PerhapsSent) stays good.
    """
    address = (candidate.email or "").strip()
    if not address:
        raise NoAddress("The candidate has no e-mail address. Copy the link and send it yourself.")
    made = invite(candidate=candidate, actor=actor, site=site, job=job, language=language)
    intake = made.intake
    facts = {"invitation": made, "job": intake.job.title if intake.job else "", "questions": len(intake.gaps)}
    message = letters.letter("invitation", to=address, sender=actor, language=intake.language, facts=facts)
    try:
        letters.deliver(message, connection=connection, before=before)
    except (letters.PerhapsSent, letters.TakenOver):
        raise
    except MailNotSent:
        _revoke_links(candidate.pk)
        raise
    Intake.objects.filter(pk=intake.pk).update(invited_at=timezone.now())
    return replace(made, sent_to=address)


def revoke(*, candidate: Candidate) -> int:
    """Take the candidate's links back, and their cookies with them; return how many were good.

    A round in which nothing was answered yet ends with them. What a candidate has said stays: the round waits for
    another link.
    """
    with transaction.atomic():
        one_at_a_time(f"inviting:{candidate.pk}")
        revoked = _revoke_links(candidate.pk)
        intake = open_round(candidate.pk)
        if intake is not None and intake.state == IntakeState.INVITED:
            lifecycle.withdraw(intake)
        elif intake is not None:
            events.announce_round(intake)
    return revoked


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a candidate's newest link stands: none, open, opened, revoked, expired or used (the round is over)."""

    state: Literal["none", "open", "opened", "revoked", "expired", "used"]
    link: Link | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether the link opens something now."""
        return self.state in ("open", "opened")


def standing(candidate: Candidate) -> Standing:
    """Where the candidate's newest link stands now."""
    link = newest(candidate.pk)
    if link is None:
        return Standing("none")
    if link.revoked_at is not None:
        return Standing("revoked", link)
    if link.closed_at is not None:
        return Standing("used", link)
    if not link.is_in_force:
        return Standing("expired", link)
    return Standing("opened" if link.opened_at else "open", link)


def newest(candidate_id: UUID) -> Link | None:
    """The link that was made last, whatever became of it."""
    return _links(candidate_id).order_by("-created_at").first()


def open_round(candidate_id: UUID) -> Intake | None:
    """The candidate's round that has not ended."""
    return Intake.objects.select_related("job").filter(candidate=candidate_id, state__in=OPEN).first()


def _open_round(candidate: Candidate, actor: User | None, *, job: Job | None, language: str) -> Intake:
    found = open_round(candidate.pk)
    if found is not None:
        # Whoever ends the round holds this lock: it is open still, or a new one begins below.
        found = answers.locked(found.pk)
    if found is None or found.state not in OPEN:
        return Intake.objects.create(candidate=candidate, job=job, language=language, made_by=actor)
    if found.state == IntakeState.INVITED:
        found.job, found.language, found.made_by = job, language, actor or found.made_by
        found.save(update_fields=["job", "language", "made_by"])
    return found


def _issue(candidate_id: UUID) -> functools.partial[accounts_links.Issued]:
    if (before := newest(candidate_id)) is not None:
        return functools.partial(accounts_links.reissue, before)
    return functools.partial(accounts_links.issue, purpose=PURPOSE, subject_id=candidate_id)


def _revoke_links(candidate_id: UUID) -> int:
    """Revoke all links that anybody may still hold a cookie of; return how many were good for coming in."""
    # One that has run out lets whoever came in time finish (entering.GRACE): taken back, it does not.
    revoked = [link for link in _links(candidate_id).filter(closed_at=None) if accounts_links.revoke(link)]
    return sum(link.expires_at > timezone.now() for link in revoked)


def _links(candidate_id: UUID) -> LinkQuerySet:
    return Link.objects.of(purpose=PURPOSE, subject_id=candidate_id)
