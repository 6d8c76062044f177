"""Mails to candidates: text and HTML from one pair of templates, in the candidate's language, in a recruiter's name.

A letter is sent from Greenroom's own address, since a mail server may not speak for the recruiter's; the recruiter's
name stands before it, and whoever answers writes to the recruiter. Nothing in a letter is undone by being opened: mail
scanners follow every link, so there is none that unsubscribes, and a mailbox's own unsubscribe button writes a message.

SMTP can't tell whether a letter was taken when the line breaks before its answer is here (RFC 1047), nor can whoever
comes after a worker that was killed right then. So before a letter is given to the server it is written down that this
is about to happen; what is found like that later may have arrived, and is not sent by itself a second time. All letters
with one `key` have one Message-ID, by which mail servers and mailboxes know a letter that they have.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import smtplib
from collections.abc import Callable
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

# Answers of a mail server that say for certain that it has not taken a letter, and a server that is not there.
_REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)
_CERTAIN = (*_REFUSALS, ConnectionRefusedError)


class PerhapsSent(MailNotSent):
    """The line broke while the mail server was taking the letter, so nobody knows whether it has it."""

    code = "mail_perhaps_sent"


class TakenOver(MailNotSent):
    """Somebody else is about to send this letter, or it was not wanted any more when the server was ready for it."""


def message_id(key: str) -> str:
    """The Message-ID of the letter that `key` stands for; tells nothing about it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def letter(
    name: str, *, to: str, sender: User, language: str, facts: dict[str, Any], key: str = ""
) -> mail.EmailMultiAlternatives:
    """The letter `templates/intake/mail/<name>.*` to one candidate, ready to be sent.

    `key` says what it is about, for a letter that may have to be sent again as the very same one.
    """
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
        headers={
            "List-Unsubscribe": f"<mailto:{sender.email}?subject=Unsubscribe>",
            **({"Message-ID": message_id(key)} if key else {}),
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def deliver(
    message: mail.EmailMultiAlternatives,
    *,
    connection: BaseEmailBackend | None = None,
    before: Callable[[], bool] | None = None,
) -> None:
    """Hand a letter to the mail server, over `connection` where many go at once.

    `before` is called when the server listens and is about to be given the letter: it writes that down, and says
    whether the letter is to go still. Raises MailNotSent where the server has not taken it for certain, TakenOver where
    `before` said no, and PerhapsSent where it may have been taken.
    """
    line = connection if connection is not None else mail.get_connection()
    message.connection = line
    try:
        _listening(line)
        if before is not None and not before():
            raise TakenOver("This letter was sent already, or is not wanted any more.")
        _give(message)
    except OSError as error:  # smtplib's errors and those of the network alike
        logger.warning("a letter could not be mailed (%s)", type(error).__name__)
        raise MailNotSent("The mail server did not take the message. Copy the link and send it yourself.") from error
    finally:
        if connection is None:
            with contextlib.suppress(OSError):  # it has answered before
                line.close()


def _listening(line: BaseEmailBackend) -> None:
    """Open the line to the mail server; one that was open may have been hung up by the server in the meantime."""
    if line.open():
        return
    smtp = getattr(line, "connection", None)
    if isinstance(smtp, smtplib.SMTP):
        try:
            smtp.noop()
        except OSError:
            line.close()
            line.open()


def _give(message: mail.EmailMultiAlternatives) -> None:
    try:
        message.send()
    except _CERTAIN:
        raise
    except OSError as error:
        logger.warning("a letter may have been mailed (%s)", type(error).__name__)
        raise PerhapsSent(
            "The line to the mail server broke while it took the message, so it may have arrived. Ask the candidate "
            "before you send another link: that shuts this one."
        ) from error
