"""Links by which a candidate without an account comes to an AI interview.

The token stands behind the `#` of the address: a browser never sends that part by itself, so neither a mail scanner that
opens the link, nor a proxy's log, nor a Referer ever sees it. The page posts it once and gets a cookie instead. Here a
token is made and given out once; what is stored of it is a digest (accounts.links).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import links as accounts_links
from accounts.models import Link, User
from interviews.errors import MailNotSent, NoAddress, WrongState
from interviews.models import Interview, Room
from interviews.states import ENDED, InterviewState, Role

logger = logging.getLogger(__name__)

PURPOSE = "interview"
# Whoever waits for the answer is a person before a browser.
MAIL_TIMEOUT_SECONDS = 10


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
        locked = Interview.objects.select_for_update().select_related("room", "candidate").get(pk=interview.pk)
        if locked.role != Role.CANDIDATE:
            raise WrongState("In this interview an AI plays the candidate, so there is nobody to send a link to.")
        if locked.status in ENDED or locked.room.ended_at is not None:
            raise WrongState("This interview has ended. Start another one to send a link.")
        accounts_links.revoke(purpose=PURPOSE, subject_id=locked.pk)
        issued = accounts_links.issue(
            purpose=PURPOSE, subject_id=locked.pk, hours=settings.INTERVIEW_LINK_HOURS, made_by=actor
        )
        if locked.status == InterviewState.SCHEDULED:
            # Nobody has come yet: the room waits for the person as long as the link does, and then has its full time.
            Room.objects.filter(pk=locked.room_id).update(expires_at=issued.link.expires_at + _length(), empty_since=None)
    address = f"{site.rstrip('/')}{reverse('interviews:welcome', args=[locked.pk])}#{issued.token}"
    return Invitation(
        interview_url=address, expires_at=issued.link.expires_at, candidate_name=locked.candidate.name or ""
    )


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
        connection=mail.get_connection(timeout=MAIL_TIMEOUT_SECONDS),
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
    """Make the interview's links worth nothing, and the cookies that they were traded for; return how many were good."""
    return accounts_links.revoke(purpose=PURPOSE, subject_id=interview.pk)


def newest(interview: Interview) -> Link | None:
    """The link that was made last, whatever became of it."""
    return Link.objects.filter(purpose=PURPOSE, subject_id=interview.pk).order_by("-created_at").first()


def trade(*, token: str, interview_id: UUID) -> Link:
    """A token for its link, for a cookie to be made of. Raises accounts.links.InvalidLink for every fault alike."""
    return accounts_links.exchange(token, purpose=PURPOSE, subject_id=interview_id)


def holder(*, cookie: str, interview_id: UUID) -> Interview:
    """The interview whose link this cookie was traded for. Raises InvalidLink for every fault alike."""
    accounts_links.from_cookie(cookie, purpose=PURPOSE, subject_id=interview_id)
    interview = (
        Interview.objects.select_related("room", "candidate", "job", "made_by").filter(pk=interview_id).first()
    )
    if interview is None:
        raise accounts_links.InvalidLink("This link is not valid.")
    return interview


def arrive(interview: Interview) -> None:
    """The candidate comes to the room: from now on it has its usual length, not the link's."""
    if interview.status == InterviewState.SCHEDULED:
        latest = timezone.now() + _length()
        Room.objects.filter(pk=interview.room_id, expires_at__gt=latest, started_at=None).update(expires_at=latest)
        interview.room.refresh_from_db()


def minutes_of(interview: Interview) -> int:
    """How long the interview takes, by its plan."""
    return int(interview.plan.get("minutes") or 30)


def _length() -> timedelta:
    return timedelta(hours=settings.ROOM_HOURS)
