"""Mails to candidates: text and HTML from one pair of templates, in the candidate's language, in a recruiter's name.

A letter is sent from Greenroom's own address, since a mail server may not speak for the recruiter's; the recruiter's
name stands before it, and whoever answers writes to the recruiter. Nothing in a letter is undone by being opened: mail
scanners follow every link, so there is none that unsubscribes, and a mailbox's own unsubscribe button writes a message.
"""

from __future__ import annotations

import logging
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from interviews.errors import MailNotSent

logger = logging.getLogger(__name__)


def letter(name: str, *, to: str, sender: User, language: str, facts: dict[str, Any]) -> mail.EmailMultiAlternatives:
    """The letter `templates/intake/mail/<name>.*` to one candidate, ready to be sent."""
    called = " ".join((sender.name or sender.email).split())
    everything = {
        **facts,
        "sender": called,
        "language": language,
        "human_contact": settings.HUMAN_CONTACT or sender.email,
    }
    with translation.override(language):
        subject = " ".join(render_to_string(f"intake/mail/{name}_subject.txt", everything).split())
        text = render_to_string(f"intake/mail/{name}.txt", everything)
        html = render_to_string(f"intake/mail/{name}.html", everything)
    message = mail.EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=formataddr((called, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[to],
        reply_to=[sender.email],
        headers={"List-Unsubscribe": f"<mailto:{sender.email}?subject=Unsubscribe>"},
    )
    message.attach_alternative(html, "text/html")
    return message


def deliver(message: mail.EmailMultiAlternatives, *, connection: BaseEmailBackend | None = None) -> None:
    """Hand a letter to the mail server, over `connection` where many go at once. Raises MailNotSent."""
    message.connection = connection
    try:
        message.send()
    except OSError as error:  # smtplib's errors and those of the network alike
        logger.warning("a letter could not be mailed (%s)", type(error).__name__)
        raise MailNotSent("The mail server did not take the message. Copy the link and send it yourself.") from error
