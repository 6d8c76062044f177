"""Webhooks as LiveKit signs and sends them."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from django.conf import settings
from livekit import api

_IDS = iter(range(1, 1_000_000))


def session(identity: str, *, began_at: datetime, kind: str = "STANDARD", reason: str = "") -> dict[str, Any]:
    """A participant as webhooks show it."""
    milliseconds = int(began_at.timestamp() * 1000)
    found = {
        "sid": f"PA_{milliseconds}",
        "identity": identity,
        "name": "Somebody",
        "joinedAt": str(milliseconds // 1000),
        "joinedAtMs": str(milliseconds),
        "kind": kind,
    }
    return found | ({"disconnectReason": reason} if reason else {})


def body_of(
    event: str, room_name: str, *, at: datetime, participant: dict[str, Any] | None = None, event_id: str = ""
) -> str:
    """The body of a webhook."""
    found: dict[str, Any] = {
        "event": event,
        "id": event_id or f"EV_{next(_IDS)}",
        "createdAt": str(int(at.timestamp())),
        "room": {"sid": "RM_1", "name": room_name},
    }
    if participant is not None:
        found["participant"] = participant
    return json.dumps(found)


def signature_of(body: str, *, key: str = "", secret: str = "") -> str:
    """What LiveKit sends in the Authorization header with this body."""
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    token = api.AccessToken(key or settings.LIVEKIT_API_KEY, secret or settings.LIVEKIT_API_SECRET)
    return token.with_sha256(digest).to_jwt()
