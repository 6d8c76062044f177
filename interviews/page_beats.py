"""Open pages of text rooms: each process tells now and then, in one statement, whose streams it holds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg

from candidates.listening import connection_parameters
from interviews.models import Participant
from interviews.rooms import presence
from llm.loops import PerLoop

logger = logging.getLogger(__name__)

_TELL = f"UPDATE {Participant._meta.db_table} SET seen_at = now() WHERE id = ANY(%s)"  # noqa: S608  a name of ours


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
                # A connection of its own for a moment: one from the pool would never be idle long enough to be closed.
                async with await psycopg.AsyncConnection.connect(
                    **connection_parameters(), autocommit=True
                ) as connection:
                    await connection.execute(_TELL, [list(self.pages)])
            except (psycopg.Error, OSError) as error:
                logger.warning("open pages could not be noted (%s)", type(error).__name__)


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
