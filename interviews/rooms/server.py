"""The LiveKit server, as the rest of Greenroom sees it: plain functions and plain values. The only user of livekit.api.

Callers are synchronous (DRF views, tasks, threads of the agents' worker), the client is not: one loop on a thread of
its own serves the whole process over one session, so that a call costs a round trip and no new connection.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import logging
import os
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import jwt
from django.conf import settings
from livekit import api
from livekit.protocol.models import DisconnectReason, ParticipantInfo

from interviews.errors import NotFromLiveKit, VoiceUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")
# A person waits for the answer: better an error that can be told than a page that hangs.
TIMEOUT_SECONDS = 5.0
# A server that let a call wait in vain is left alone for so long: else each sweep and each click would wait as well.
_PAUSE_SECONDS = 5.0
_AWAY = "The LiveKit server does not answer. Try again, or choose text."


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is, or was, in a LiveKit room. Sessions of one identity are told apart by when they began."""

    identity: str
    name: str
    began_at: datetime
    is_agent: bool
    is_person: bool
    # Left because the same identity came in again: nobody is missing.
    was_replaced: bool = False
    # Left because we put it out.
    was_put_out: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified webhook."""

    id: str
    kind: str
    at: datetime
    room_name: str
    session: Session | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token lets its holder do in the LiveKit room. Nobody gets more: no admin, no recording, no video."""

    speaks: bool
    writes: bool


class _Line:
    """A loop on a thread, and a LiveKit client that lives in it."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self.silent_until = 0.0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="livekit", daemon=True).start()
        self.api = self.run(self._open(url, key, secret))

    @staticmethod
    async def _open(url: str, key: str, secret: str) -> api.LiveKitAPI:
        return api.LiveKitAPI(url, key, secret)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        # The client hands "no time-out" to each request, which overrules its session's: so the time is kept here.
        limited = asyncio.wait_for(work, TIMEOUT_SECONDS)
        return asyncio.run_coroutine_threadsafe(limited, self._loop).result(TIMEOUT_SECONDS + 5)

    def close(self) -> None:
        """Close the session, at the end of the process."""
        with contextlib.suppress(Exception):
            self.run(self.api.aclose())


_lines: dict[tuple[str, str, str], _Line] = {}
_opening = threading.Lock()


def _after_fork() -> None:
    """A forked child has none of its parent's threads."""
    global _opening
    _lines.clear()
    _opening = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _line() -> _Line:
    where = (settings.LIVEKIT_URL, settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    if not all(where):
        raise VoiceUnavailable("No LiveKit server is configured.")
    line = _lines.get(where)
    if line is None:
        with _opening:
            line = _lines.get(where)
            if line is None:
                line = _lines[where] = _Line(*where)
                atexit.register(_close, os.getpid(), line)
    return line


def _close(owner: int, line: _Line) -> None:
    if os.getpid() == owner:
        line.close()


def _ask(work: Coroutine[Any, Any, T], *, absent: T | None = None) -> T:
    """Run a call. What LiveKit does not know of (any more) is `absent` where that is given; else VoiceUnavailable."""
    line = _line()
    if time.monotonic() < line.silent_until:
        work.close()
        raise VoiceUnavailable(_AWAY)
    try:
        return line.run(work)
    except api.TwirpError as error:
        if absent is not None and error.code == api.TwirpErrorCode.NOT_FOUND:
            return absent
        logger.warning("LiveKit refused a call (%s)", error.code)
        raise VoiceUnavailable("The LiveKit server refused what it was asked.") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        if isinstance(error, TimeoutError):
            line.silent_until = time.monotonic() + _PAUSE_SECONDS
        logger.warning("LiveKit does not answer (%s)", type(error).__name__)
        raise VoiceUnavailable(_AWAY) from error


# --- rooms -----------------------------------------------------------------------------------------------------------
def open_room(name: str, *, metadata: dict[str, Any], empty_seconds: float, departure_seconds: float) -> None:
    """Make a room, or find it made. It goes away by itself after `empty_seconds` in which nobody came, or
    `departure_seconds` after the last person left; agents do not keep it open."""
    request = api.CreateRoomRequest(
        name=name,
        metadata=json.dumps(metadata),
        empty_timeout=max(1, round(empty_seconds)),
        departure_timeout=max(1, round(departure_seconds)),
    )
    _ask(_line().api.room.create_room(request))


def close_room(name: str) -> None:
    """Put everybody out and forget the room; fine where there is none."""
    _ask(_line().api.room.delete_room(api.DeleteRoomRequest(room=name)), absent=api.DeleteRoomResponse())


def room_names() -> set[str]:
    """The names of all rooms that the server has open."""
    return {room.name for room in _ask(_line().api.room.list_rooms(api.ListRoomsRequest())).rooms}


def sessions(name: str) -> list[Session]:
    """Who is in a room now; an empty list where there is no such room."""
    found = _ask(
        _line().api.room.list_participants(api.ListParticipantsRequest(room=name)),
        absent=api.ListParticipantsResponse(),
    )
    return [_session(info) for info in found.participants]


def put_out(name: str, identity: str, *, for_good: bool = False) -> None:
    """Disconnect somebody. `for_good` makes tokens issued up to now worthless too, where the server can do that."""
    request = api.RoomParticipantIdentity(room=name, identity=identity)
    if for_good:
        request.revoke_token_ts = int(time.time())
    _ask(_line().api.room.remove_participant(request), absent=api.RemoveParticipantResponse())


def dispatch(name: str, *, agent_name: str, metadata: dict[str, Any]) -> None:
    """Ask for an agent. Where no worker of that name is registered LiveKit drops this after 5 s, and tells nobody."""
    request = api.CreateAgentDispatchRequest(room=name, agent_name=agent_name, metadata=json.dumps(metadata))
    _ask(_line().api.agent_dispatch.create_dispatch(request))


# --- tokens ----------------------------------------------------------------------------------------------------------
def sign(
    *,
    key: str,
    secret: str,
    room_name: str,
    identity: str,
    name: str,
    seconds: float,
    grant: Grant,
    attributes: dict[str, str],
) -> str:
    """A token for one room in LiveKit's own form, good for so many seconds."""
    grants = api.VideoGrants(
        room_join=True,
        room=room_name,
        can_publish=grant.speaks,
        can_publish_sources=["microphone"] if grant.speaks else [],
        can_publish_data=grant.writes,
        can_subscribe=True,
        can_update_own_metadata=False,
    )
    token = (
        api.AccessToken(key, secret)
        .with_identity(identity)
        .with_name(name)
        .with_grants(grants)
        .with_attributes(attributes)
        .with_ttl(timedelta(seconds=max(1.0, seconds)))
    )
    return token.to_jwt()


def verify(token: str, *, key: str, secret: str) -> tuple[str, str] | None:
    """(room name, identity) of a token signed by this key and in force now; None of any other."""
    try:
        claims = api.TokenVerifier(key, secret, leeway=timedelta(0)).verify(token)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if claims.video is None or not claims.video.room_join or not claims.video.room or not claims.identity:
        return None
    return claims.video.room, claims.identity


# --- webhooks --------------------------------------------------------------------------------------------------------
def read_webhook(body: str, *, signature: str) -> Notice:
    """A webhook, if our LiveKit server signed exactly this body within the last minutes. Raises NotFromLiveKit."""
    if not (settings.LIVEKIT_API_KEY and settings.LIVEKIT_API_SECRET):
        raise NotFromLiveKit("No LiveKit server is configured here.")
    verifier = api.TokenVerifier(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    try:
        event = api.WebhookReceiver(verifier).receive(body, signature)
    except Exception as error:  # the receiver raises Exception itself, besides what jwt and protobuf raise
        raise NotFromLiveKit("This webhook is not signed by our LiveKit server.") from error
    return Notice(
        id=event.id,
        kind=event.event,
        at=datetime.fromtimestamp(event.created_at or time.time(), UTC),
        room_name=event.room.name,
        session=_session(event.participant) if event.participant.identity else None,
    )


def _session(info: ParticipantInfo) -> Session:
    milliseconds = info.joined_at_ms or info.joined_at * 1000
    return Session(
        identity=info.identity,
        name=info.name,
        began_at=datetime.fromtimestamp(milliseconds / 1000, UTC),
        is_agent=info.kind == ParticipantInfo.Kind.AGENT,
        is_person=info.kind in (ParticipantInfo.Kind.STANDARD, ParticipantInfo.Kind.SIP),
        was_replaced=info.disconnect_reason == DisconnectReason.DUPLICATE_IDENTITY,
        was_put_out=info.disconnect_reason == DisconnectReason.PARTICIPANT_REMOVED,
    )
