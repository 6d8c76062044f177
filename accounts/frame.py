"""What every page needs that stands without the console's frame: those of accounts, of guests, and the start page."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings


def new_nonce() -> str:
    """What the page's one inline style is known by (templates/rooms/shell.html); another one for each answer."""
    return secrets.token_urlsafe(16)


def facts(nonce: str) -> dict[str, Any]:
    """The context of the frame: the nonce, the console's palette, and whom people can turn to."""
    return {"nonce": nonce, "colours": settings.UNFOLD["COLORS"], "human_contact": settings.HUMAN_CONTACT}


def content_policy(nonce: str, *connect: str) -> str:
    """The Content-Security-Policy: our own files alone, no inline script, framed nowhere.

    Scripts talk to this site, and to the origins in `connect` ("wss://livekit.example.com").
    """
    reachable = " ".join(["'self'", *connect])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; font-src 'self'; "
        f"img-src 'self' data:; media-src 'self' blob:; connect-src {reachable}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
