"""Downloads of any length, sent while they are made, under WSGI and ASGI alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from concurrent.futures import ThreadPoolExecutor

from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

CSV = "text/csv; charset=utf-8"


def download(
    blocks: Generator[bytes], *, request: HttpRequest, filename: str, content_type: str
) -> StreamingHttpResponse:
    """An answer that a browser saves under `filename` and never shows.

    Under ASGI Django would gather what an ordinary iterator yields in memory before it sends the first byte, so there
    the blocks are made in a thread of their own, one whenever the one before it was taken.
    """
    content: Generator[bytes] | AsyncIterator[bytes] = blocks
    if isinstance(request, ASGIRequest):
        connection.close()  # the thread borrows its own: a long download shall not hold two
        content = _in_a_thread(blocks)
    answer = StreamingHttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _in_a_thread(blocks: Generator[bytes]) -> AsyncIterator[bytes]:
    """The same blocks, all made and ended in one thread, since a database connection belongs to a thread."""
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="download")
    try:
        while (block := await loop.run_in_executor(thread, next, blocks, None)) is not None:
            yield block
    finally:
        # Queued behind a block that is still being made. Not awaited, since a reader who left ends this at any point.
        thread.submit(_end, blocks)
        thread.shutdown(wait=False)


def _end(blocks: Generator[bytes]) -> None:
    try:
        blocks.close()
    finally:
        connection.close()
