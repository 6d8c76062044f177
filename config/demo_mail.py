"""The demo's mailbox: mails that would go out stay on this machine, as files, and can be read on a page.

Only `make run` with its sample data uses it (GREENROOM_DEMO and DEBUG): such mails hold links that open accounts.
"""

from __future__ import annotations

import email
import email.policy
import re
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage as Mail
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.pages import page, show

_NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")
_MOST = 50


class Mailbox(BaseEmailBackend):
    """Writes each mail to a file of its own, that only this machine's user can read."""

    def __init__(self, fail_silently: bool = False, **_: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep these mails; return how many."""
        place = _place()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            file = place / f"{time.time_ns():020d}-{secrets.token_hex(4)}"
            file.touch(mode=0o600)
            file.write_bytes(message.message().as_bytes())
        return len(email_messages)


@require_safe
@page()
def mailbox(request: HttpRequest) -> HttpResponse:
    """`GET /demo/mail`: the newest mails; one of them opened with `?mail=`."""
    if not (settings.DEMO and settings.DEBUG):
        raise Http404
    names = sorted((file.name for file in _place().glob("*") if _NAME.fullmatch(file.name)), reverse=True)
    wanted = request.GET.get("mail", "")
    if wanted and wanted not in names:
        raise Http404
    mails = [{"name": name, **_read(name)} for name in names[:_MOST]]
    opened = next((one for one in mails if one["name"] == wanted), None)
    if wanted and opened is None:
        opened = {"name": wanted, **_read(wanted)}
    return show(request, "demo/mail.html", {"mails": mails, "opened": opened})


def _place() -> Path:
    return Path(settings.DATA_DIR) / "mail"


def _read(name: str) -> dict[str, Any]:
    mail = email.message_from_bytes((_place() / name).read_bytes(), policy=email.policy.default)
    assert isinstance(mail, Mail)  # noqa: S101  the policy's kind of message
    body = mail.get_body(preferencelist=("plain",))
    return {
        "subject": str(mail["Subject"] or ""),
        "to": str(mail["To"] or ""),
        "sent": datetime.fromtimestamp(int(name[:20]) / 1e9, UTC),
        "text": body.get_content() if body is not None else "",
        "attachments": [part.get_filename() or "file" for part in mail.iter_attachments()],
    }
