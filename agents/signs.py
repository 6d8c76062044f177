"""Signs of life, from the processes that hold conversations to the worker that started them.

A process touches a file named for its room twice a second, from its event loop: one that hangs stops touching. The
worker reads the times of all files and writes them to the rooms in one statement, so that a conversation in which
nothing is said needs no database connection. A process that ends as it should takes its file away; a file without a
process therefore tells of one that was killed.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import UUID

# The worker tells the processes it starts where the files are.
VARIABLE = "GREENROOM_AGENT_SIGNS"
EVERY_SECONDS = 0.5


def directory() -> Path | None:
    """Where this process leaves its sign; None in a process that no worker started."""
    place = os.environ.get(VARIABLE)
    return Path(place) if place else None


def give(room_id: UUID) -> None:
    """The conversation in this room is alive."""
    if place := directory():
        (place / str(room_id)).touch()


def take_back(room_id: UUID) -> None:
    """The conversation in this room has ended, or is handed over, as it should."""
    if place := directory():
        (place / str(room_id)).unlink(missing_ok=True)


def alive(place: Path, *, within: float) -> list[UUID]:
    """Rooms whose conversation gave a sign in the last `within` seconds."""
    since = time.time() - within
    with os.scandir(place) as files:
        return [UUID(file.name) for file in files if _time_of(file) >= since]


def has(place: Path, room_id: UUID) -> bool:
    """Whether the sign of this room still stands, however old."""
    return (place / str(room_id)).exists()


def _time_of(file: os.DirEntry[str]) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # taken back this moment
        return 0.0
