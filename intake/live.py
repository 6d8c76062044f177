"""Live events of one candidate's intake, for the recruiter who has the candidate's page open: a stream, so Ninja."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from candidates import live
from candidates.models import Candidate
from intake import events
from intake.errors import IntakeNotFound

router = Router(tags=["live"], auth=live.admit)


@router.get(
    "/{uuid:candidate_id}/events",
    summary="Live events of one candidate's intake",
    openapi_extra=live.documented(
        "A stream that stays open. Each event is named `intake` and tells that something changed: an answer (then "
        "`field` and `state` say of what), or the round. It holds nothing of what was said: read that where it is "
        "shown. The first event, of kind `unknown`, says that the stream has begun.",
        400,
        401,
        403,
        404,
        429,
    ),
)
async def of_candidate(request: HttpRequest, candidate_id: UUID) -> StreamingHttpResponse:
    """Everything that happens in the intakes of one candidate, from now on."""
    if not await sync_to_async(_exists)(candidate_id):
        raise IntakeNotFound("There is no such candidate.")
    return live.answer(_stream(candidate_id))


def _exists(candidate_id: UUID) -> bool:
    try:
        return Candidate.objects.live().filter(pk=candidate_id).exists()
    finally:
        connection.close()


async def _stream(candidate_id: UUID) -> AsyncIterator[str]:
    live.free_thread()
    ends = time.monotonic() + live.LONGEST_STREAM_SECONDS
    async with events.watch(candidate_id) as watching:
        yield "retry: 2000\n\n"
        # What happened between the page and this stream is on nobody's list: let the page read once.
        yield _as_text(events.Happening(events.UNKNOWN))
        while (left := ends - time.monotonic()) > 0:
            happened = await watching.next(seconds=min(live.HEARTBEAT_SECONDS, left))
            yield _as_text(happened) if happened is not None else ": still here\n\n"


def _as_text(happened: events.Happening) -> str:
    told = {
        "kind": happened.kind,
        "field": happened.field,
        "state": happened.state,
        "revision": happened.revision,
    }
    return f"event: intake\ndata: {json.dumps(told)}\n\n"
