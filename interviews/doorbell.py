"""Ringing for a worker, as in candidates.doorbell: ids only, after the commit, and forgiven where Redis is away.

Whatever a lost ring was for, the sweep finds by its rows.
"""

from __future__ import annotations

from uuid import UUID

from candidates import doorbell


def ring_analyser(room_id: UUID) -> None:
    """Call a worker to analyse what was said in a room."""
    doorbell.ring("interviews.tasks.analyse", str(room_id))


def ring_copilot(turn_id: int) -> None:
    """Call a worker to read a finished answer for the human interviewer."""
    doorbell.ring("interviews.tasks.coach_turn", str(turn_id))
