"""Links by which a candidate without an account comes to an AI interview.

The token stands behind the `#` of the address: a browser never sends that part by itself, so neither a mail scanner
that opens the link, nor a proxy's log, nor a Referer ever sees it. The page posts it once and gets a cookie instead.
Here a token is made and given out once; what is stored of it is a digest (accounts.links).
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import links as accounts_links
from accounts.models import Link, LinkQuerySet, User
from interviews import room_events
from interviews.errors import MailNotSent, NoAddress, WrongState
from interviews.models import Interview, Room
from interviews.states import ENDED, InterviewState, Role

logger = logging.getLogger(__name__)

PURPOSE = "interview"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was just made. `interview_url` holds the token and can't be shown again."""

    interview_url: str
    expires_at: datetime
    candidate_name: str
    sent_to: str = ""


def make(*, interview: Interview, actor: User | None, site: str) -> Invitation:
    """Make the interview's link; one that was made before is worth nothing from then on.

    `site` is where people reach Greenroom, e.g. "https://hire.example.com". The room stays open as long as the link
    does. Raises WrongState where the human is the interviewer, or where the interview has ended.
    """
    with transaction.atomic():
        # The order of locks everywhere: the room's row, then the interview's.
        room_events.locked(interview.room_id)
        locked = (
            Interview.objects.select_for_update(of=("self",)).select_related("room", "candidate").get(pk=interview.pk)
        )
        if problem := why_not(locked):
            raise WrongState(problem)
        before = newest(locked)
        issue = functools.partial(accounts_links.reissue, before) if before else _issue_for(locked)
        issued = issue(hours=settings.INTERVIEW_LINK_HOURS, made_by=actor)
        if locked.status == InterviewState.SCHEDULED:
            # Nobody has come yet: the room waits for the person as long as the link does, and then has its full time.
            until = issued.link.expires_at + _length()
            Room.objects.filter(pk=locked.room_id).update(expires_at=until, empty_since=None)
    address = f"{site.rstrip('/')}{reverse('interviews:welcome', args=[locked.pk])}#{issued.token}"
    return Invitation(
        interview_url=address, expires_at=issued.link.expires_at, candidate_name=locked.candidate.name or ""
    )


def why_not(interview: Interview) -> str:
    """Why no link can be made for this interview; empty where one can."""
    if interview.role != Role.CANDIDATE:
        return "In this interview an AI plays the candidate, so there is nobody to send a link to."
    if interview.status in ENDED or interview.room.ended_at is not None:
        return "This interview has ended. Start another one to send a link."
    if interview.started_at is not None and not interview.consents.exists():
        return "Somebody has taken the candidate's part in this interview already. Start another one to send a link."
    return ""


def is_remote(interview: Interview) -> bool:
    """Whether the candidate comes, or has come, by a link: then nobody else takes that part."""
    if interview.role != Role.CANDIDATE:
        return False
    return interview.consents.exists() or _links(interview).in_force().exists()


def send(*, interview: Interview, actor: User, site: str) -> Invitation:
    """Make the interview's link and mail it to the candidate in the recruiter's name.

    Raises NoAddress where the candidate has no e-mail address, and MailNotSent where it could not be handed over; the
    link of a mail that was not sent is revoked.
    """
    address = (interview.candidate.email or "").strip()
    if not address:
        raise NoAddress("The candidate has no e-mail address. Copy the link and send it yourself.")
    invitation = make(interview=interview, actor=actor, site=site)
    facts = {
        "invitation": invitation,
        "sender": actor.name or actor.email,
        "job": interview.job.title if interview.job else "",
        "minutes": minutes_of(interview),
        "is_voice": interview.room.medium == "voice",
        "human_contact": settings.HUMAN_CONTACT or actor.email,
    }
    message = mail.EmailMultiAlternatives(
        subject=" ".join(render_to_string("interviews/mail/subject.txt", facts).split()),
        body=render_to_string("interviews/mail/invitation.txt", facts),
        to=[address],
        reply_to=[actor.email],
    )
    message.attach_alternative(render_to_string("interviews/mail/invitation.html", facts), "text/html")
    try:
        message.send()
    except OSError as error:  # smtplib's errors and those of the network alike
        revoke(interview=interview)
        logger.warning("an invitation could not be mailed (%s)", type(error).__name__)
        raise MailNotSent("The mail server did not take the message. Copy the link and send it yourself.") from error
    return Invitation(
        interview_url=invitation.interview_url,
        expires_at=invitation.expires_at,
        candidate_name=invitation.candidate_name,
        sent_to=address,
    )


def revoke(*, interview: Interview) -> int:
    """Make the interview's links worth nothing, and their cookies with them; return how many were good."""
    return sum(accounts_links.revoke(link) for link in _links(interview).in_force())


def close(interview: Interview) -> None:
    """The interview has ended: its links open nothing but the page that says thank you."""
    for link in _links(interview).filter(closed_at=None)[:1]:
        accounts_links.close(link)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an interview's link stands: none, open, opened (somebody came by it), revoked, expired or used (ended)."""

    state: Literal["none", "open", "opened", "revoked", "expired", "used"]
    link: Link | None = None


def standing(interview: Interview) -> Standing:
    """Where the interview's newest link stands now."""
    link = newest(interview)
    if link is None:
        return Standing("none")
    if link.revoked_at is not None:
        return Standing("revoked", link)
    if link.closed_at is not None or interview.status in ENDED:
        return Standing("used", link)
    if not link.is_in_force:
        return Standing("expired", link)
    return Standing("opened" if link.opened_at else "open", link)


def newest(interview: Interview) -> Link | None:
    """The link that was made last, whatever became of it."""
    return _links(interview).order_by("-created_at").first()


def trade(*, token: str, interview_id: UUID, address: str) -> Link:
    """A token for its link, for a cookie to be made of. `address` is the caller's, whose wrong links are counted.

    Raises accounts.links.InvalidLink for every fault alike, and TooManyWrongLinks after too many of them.
    """
    return accounts_links.exchange(token, purpose=PURPOSE, subject_id=interview_id, address=address)


def holder(*, cookie: str, interview_id: UUID) -> tuple[Interview, Link]:
    """The interview whose link this cookie was traded for. Raises InvalidLink for every fault alike.

    Good for an ended interview too, whose pages then say thank you and nothing else.
    """
    link = accounts_links.from_cookie(cookie, purpose=PURPOSE, subject_id=interview_id, or_closed=True)
    interview = Interview.objects.select_related("room", "candidate", "job", "made_by").filter(pk=interview_id).first()
    if interview is None:
        raise accounts_links.InvalidLink
    return interview, link


def arrive(interview: Interview, link: Link) -> Link:
    """The candidate comes to the room: the link holds out until the end of an interview that begins now.

    The room has its usual length once the interview begins (lifecycle.begin): who looks in, checks the microphone and
    goes again may come back as long as the link is good. Returns the link, with a later end where it needed one.
    """
    ends = min(interview.room.expires_at, timezone.now() + _length())
    if link.expires_at < ends:
        link.expires_at = ends
        Link.objects.in_force().filter(pk=link.pk).update(expires_at=link.expires_at)
    return link


def minutes_of(interview: Interview) -> int:
    """How long the interview takes, by its plan."""
    return int(interview.plan.get("minutes") or 30)


def _length() -> timedelta:
    return timedelta(hours=settings.ROOM_HOURS)


def _links(interview: Interview) -> LinkQuerySet:
    return Link.objects.of(purpose=PURPOSE, subject_id=interview.pk)


def _issue_for(interview: Interview) -> functools.partial[accounts_links.Issued]:
    return functools.partial(accounts_links.issue, purpose=PURPOSE, subject_id=interview.pk)
