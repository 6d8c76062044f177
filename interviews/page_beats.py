"""Open pages of text rooms: each process tells now and then, in one statement, whose streams it holds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import Error, connection

from interviews.rooms import presence
from llm.loops import PerLoop

logger = logging.getLogger(__name__)


class Beats:
    """Belongs to one event loop; see `present`."""

    def __init__(self) -> None:
        self.pages: Counter[UUID] = Counter()
        self._task: asyncio.Task[None] | None = None

    def begin(self, participant_id: UUID) -> None:
        """One more page of this participant is open."""
        self.pages[participant_id] += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def end(self, participant_id: UUID) -> None:
        """One page less."""
        self.pages[participant_id] -= 1
        if self.pages[participant_id] <= 0:
            del self.pages[participant_id]

    async def close(self) -> None:
        """Tell nothing any more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(presence.BEAT_SECONDS)
            if not self.pages:
                return
            try:
                await sync_to_async(_tell, thread_sensitive=False)(list(self.pages))
            except Error as error:
                logger.warning("open pages could not be noted (%s)", type(error).__name__)


def _tell(participant_ids: list[UUID]) -> None:
    try:
        presence.pages_are_open(participant_ids)
    finally:
        connection.close()


_beats: PerLoop[Beats] = PerLoop(Beats, Beats.close)


@contextlib.asynccontextmanager
async def present(participant_id: UUID) -> AsyncIterator[None]:
    """The participant's page is open for the length of the block."""
    beats = await _beats.get()
    beats.begin(participant_id)
    try:
        yield
    finally:
        beats.end(participant_id)
