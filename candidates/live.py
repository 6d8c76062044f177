"""Live progress: server-sent events for one import or for all. Streams are what DRF can't do, so this is Ninja.

A stream authorises its reader, replays from the event table, gives its database connection back, and from then on is
fed by the process's one listener.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from asgiref.sync import SyncToAsync, sync_to_async
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from accounts import doors
from accounts.errors import NotSignedIn
from accounts.models import ApiKey, User
from candidates import events, lifecycle
from candidates.events import StatusEvent
from candidates.import_streams import subscribe
from candidates.models import Import
from candidates.states import ImportStatus
from llm.errors import GreenroomError

# A comment line this often keeps proxies from closing a silent stream, and finds readers that have gone.
HEARTBEAT_SECONDS = settings.LIVE_HEARTBEAT_SECONDS
# A stream ends itself after this long; the browser comes back by itself and is asked again who it is.
LONGEST_STREAM_SECONDS = 15 * 60.0
_LARGEST_ID = 2**63 - 1
LastEventId = Annotated[int | None, Query(ge=0, le=_LARGEST_ID)]
_SHOWN_ON_ARRIVAL = (
    ImportStatus.IDLE,
    ImportStatus.EXTRACTING,
    ImportStatus.WAITING_CONFIRMATION,
    ImportStatus.SCORING,
)

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}


def documented(description: str, *statuses: int) -> dict[str, Any]:
    """What the OpenAPI document says of a stream: its answer, and the errors that it begins with instead."""
    errors = {
        str(status): {"description": "Error", "content": {"application/json": {"schema": _ERROR}}}
        for status in statuses
    }
    return {
        "parameters": [
            {
                "name": "Last-Event-ID",
                "in": "header",
                "required": False,
                "schema": {"type": "string"},
                "description": "The id of the last event seen; sent by browsers when they come back.",
            }
        ],
        "responses": {
            "200": {
                "description": description,
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **errors,
        },
    }


_STATUSES = "A stream that stays open. The data of each event is an import's status, as in `GET /api/pluto/status`."


class NotARecruiter(GreenroomError):
    """Signed in, but not as staff."""

    code = "permission_denied"
    status = 403


class NoSuchImport(GreenroomError):
    code = "not_found"
    status = 404


def admit(request: HttpRequest) -> User:
    """Let a recruiter in, before anything else about the request is looked at; raises the error to answer else."""
    try:
        secret = doors.bearer(request)
        if secret is not None:
            user = _owner(request, secret) if secret.startswith(ApiKey.PREFIX) else doors.holder(request, secret)
        elif isinstance(request.user, User):
            user = request.user
        else:
            raise NotSignedIn("Sign in, or send an API key.")
        if not user.is_staff:
            raise NotARecruiter("This is for recruiters.")
        return user
    finally:
        connection.close()


def _owner(request: HttpRequest, secret: str) -> User:
    key = ApiKey.in_force(secret)
    if key is None:
        raise doors.refusal(request, "This API key is not known or was revoked.")
    key.mark_used()
    return key.user


router = Router(tags=["live"], auth=admit)


@router.get("/events", summary="Live status of all imports", openapi_extra=documented(_STATUSES, 400, 401, 403, 429))
async def all_imports(request: HttpRequest, last_event_id: LastEventId = None) -> StreamingHttpResponse:
    """Each event is one import's whole status. Begins with those that have not ended, or after `last_event_id`."""
    return await _open(request, None, last_event_id)


@router.get(
    "/{uuid:import_id}/events",
    summary="Live status of one import",
    openapi_extra=documented(_STATUSES, 400, 401, 403, 404, 429),
)
async def one_import(request: HttpRequest, import_id: UUID, last_event_id: LastEventId = None) -> StreamingHttpResponse:
    """Each event is the import's whole status. Begins with the one of now, or with those after `last_event_id`."""
    return await _open(request, import_id, last_event_id)


async def _open(request: HttpRequest, import_id: UUID | None, last_event_id: int | None) -> StreamingHttpResponse:
    after = last_seen(request, last_event_id)
    if import_id is not None and not await sync_to_async(_exists)(import_id):
        raise NoSuchImport("There is no such import.")
    return answer(_stream(import_id, after))


def last_seen(request: HttpRequest, last_event_id: int | None) -> int | None:
    """The id of the last event that the reader has seen: as its browser says by itself, else as the address says."""
    header = request.headers.get("Last-Event-ID", "").strip()
    return min(int(header), _LARGEST_ID) if header.isdecimal() else last_event_id


def answer(events: AsyncIterator[str] | AsyncIterator[bytes]) -> StreamingHttpResponse:
    """Server-sent events as a response that nobody on the way keeps or holds back."""
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def free_thread() -> None:
    """Give back the thread that Django keeps for the synchronous parts of this request until it ends.

    A stream calls this once its reader is let in. It ends after a quarter of an hour, and a thousand idle threads cost
    more than all the rest of a thousand streams; whatever needs one later gets a new one.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context is not None else None
    if executor is not None:
        executor.shutdown(wait=False)


def _exists(import_id: UUID) -> bool:
    try:
        return Import.objects.filter(pk=import_id).exists()
    finally:
        connection.close()


async def _stream(import_id: UUID | None, last_event_id: int | None) -> AsyncIterator[str]:
    free_thread()
    ends = time.monotonic() + LONGEST_STREAM_SECONDS
    # Subscribed before the replay is read, so that nothing falls between the two.
    async with subscribe(import_id) as subscription:
        yield "retry: 2000\n\n"
        for event in await sync_to_async(_replay, thread_sensitive=False)(import_id, last_event_id):
            subscription.mark(event)
            yield _as_text(event)
        while (left := ends - time.monotonic()) > 0:
            found = await subscription.take(seconds=min(HEARTBEAT_SECONDS, left))
            for event in found:
                yield _as_text(event)
            if not found:
                yield ": still here\n\n"


def _replay(import_id: UUID | None, last_event_id: int | None) -> list[StatusEvent]:
    try:
        if last_event_id is not None:
            return events.after(last_event_id, import_id=import_id)
        shown = (
            Import.objects.filter(pk=import_id) if import_id else Import.objects.filter(status__in=_SHOWN_ON_ARRIVAL)
        )
        return [
            StatusEvent(events.newest_id(import_.pk), import_.pk, "now", lifecycle.status_of(import_))
            for import_ in shown.order_by("created_at")[:100]
        ]
    finally:
        connection.close()


def _as_text(event: StatusEvent) -> str:
    return f"id: {event.id}\ndata: {json.dumps(event.data)}\n\n"
