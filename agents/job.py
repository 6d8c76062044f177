"""What runs in a job process: getting ready once, then holding one conversation.

`warm` is imported before anything that needs Django: a process that was spawned afresh has none yet.
"""

from __future__ import annotations

import asyncio
import logging
import os
from uuid import UUID

from livekit.agents import JobContext, JobProcess, inference

from agents import signs, voice, warm  # noqa: F401
from agents.sitting import Sitting, room_of

logger = logging.getLogger(__name__)

# livekit.agents' own words for: the worker is being stopped; and for: an error ended the job.
HANDED_OVER, CRASHED = "parent process shutdown", "job crashed"


def prewarm(_: JobProcess) -> None:
    """What is slow the first time is done before a process counts as warm."""
    # What is logged here goes to the worker, which writes it down; without this it would stand there twice.
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, logging.StreamHandler)]
    inference.VAD()
    inference.TurnDetector(version="v1-mini")
    voice.make_ready()


async def hold(job: JobContext) -> None:
    """Hold the conversation in the room that this process was dispatched to, until the room or the process ends."""
    room_id = room_of(job.job.metadata)
    if room_id is None:
        job.shutdown("no room was named")
        return
    giving = asyncio.create_task(_give_signs(room_id))
    # Both take a while, and neither needs the other.
    sitting, _ = await asyncio.gather(Sitting.at(job, room_id), job.connect())
    if sitting is None:
        giving.cancel()
        signs.take_back(room_id)
        job.shutdown("the room is over")
        return

    async def leave(reason: str) -> None:
        await sitting.leave(hand_over=reason == HANDED_OVER)
        giving.cancel()
        if reason != CRASHED:  # else the sign stays, and the worker sees that the room lost its agent
            signs.take_back(room_id)

    job.add_shutdown_callback(leave)
    await sitting.begin()
    logger.info("room %s is held by process %d", room_id, os.getpid())


async def _give_signs(room_id: UUID) -> None:
    while True:
        signs.give(room_id)
        await asyncio.sleep(signs.EVERY_SECONDS)
