"""Live events of a room, and what LiveKit tells us: streams and machine callbacks, so this is Ninja."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router

from candidates import live
from candidates.live import LastEventId
from interviews import doors, page_beats, room_streams
from interviews.doors import Visitor
from interviews.errors import NotFromLiveKit
from interviews.room_streams import Frame
from interviews.rooms import webhooks
from interviews.states import Medium

# A webhook tells of one room and one participant.
_LARGEST_WEBHOOK = 256 * 1024

rooms = Router(tags=["live"], auth=doors.enter)
livekit = Router(tags=["live"], auth=None)


@rooms.get(
    "/{name}/events",
    summary="Live events of one room",
    openapi_extra=live.documented(
        "A stream that stays open: the room's events from its beginning, or after the last one seen. Each has an `id`, "
        "an `event` (turn, hint, stage, status, participant, agent, analysis) and `data`. Events without an id "
        "(delta, typing) are not kept. Besides an API key or a session it takes a room's token as Bearer.",
        400,
        401,
        403,
        404,
        410,
        429,
    ),
)
async def events(request: HttpRequest, name: str, last_event_id: LastEventId = None) -> StreamingHttpResponse:
    """Everything that happens in a room, to whom it concerns: hints never reach candidates."""
    visitor: Visitor = request.auth  # type: ignore[attr-defined]
    # A stream is open for long, and there are many: it keeps what it needs, not the rows behind it.
    request.auth = None  # type: ignore[attr-defined]
    one = visitor.participant
    in_text = visitor.room.medium == Medium.TEXT
    return live.answer(
        _stream(
            visitor.room.pk,
            audiences=visitor.audiences,
            identity=one.identity if one is not None else "",
            page_of=one.pk if one is not None and in_text else None,
            after=live.last_seen(request, last_event_id) or 0,
        )
    )


async def _stream(
    room_id: UUID, *, audiences: tuple[str, ...], identity: str, page_of: UUID | None, after: int
) -> AsyncIterator[bytes]:
    live.free_thread()
    ends = time.monotonic() + live.LONGEST_STREAM_SECONDS
    async with contextlib.AsyncExitStack() as stack:
        if page_of is not None:
            await stack.enter_async_context(page_beats.present(page_of))
        subscription = await stack.enter_async_context(
            room_streams.subscribe(room_id, audiences=audiences, after=after)
        )
        yield b"retry: 2000\n\n"
        while (left := ends - time.monotonic()) > 0:
            found = await subscription.take(seconds=min(live.HEARTBEAT_SECONDS, left))
            for event in found:
                yield event.bytes
                if identity and _puts_out(event, identity):
                    return
            if not found:
                yield b": still here\n\n"


def _puts_out(event: Frame, identity: str) -> bool:
    """Whether it puts this reader out of the room: they hear that, and then nothing."""
    return event.kind == "participant" and (event.data["state"], event.data["identity"]) == ("removed", identity)


@livekit.post(
    "/webhook",
    summary="What LiveKit tells",
    openapi_extra={
        "description": "For the LiveKit server alone: the body is signed with its API secret.",
        "security": [],
        "requestBody": {"content": {"application/webhook+json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {"description": "Taken in, now or before"},
            "401": {"description": "Not signed by our LiveKit server"},
            "413": {"description": "Larger than any webhook"},
        },
    },
)
async def webhook(request: HttpRequest) -> HttpResponse:
    """Rooms that ended, people and agents who came and went. The same delivery twice, or late, changes nothing."""
    body = request.body
    if len(body) > _LARGEST_WEBHOOK:
        return HttpResponse(status=413)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotFromLiveKit("This webhook is not signed by our LiveKit server.") from None
    await sync_to_async(_take, thread_sensitive=False)(text, request.headers.get("Authorization", ""))
    return HttpResponse(status=200)


def _take(body: str, signature: str) -> None:
    try:
        webhooks.take(body=body, signature=signature.removeprefix("Bearer "))
    finally:
        connection.close()
