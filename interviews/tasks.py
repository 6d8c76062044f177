"""Celery tasks of rooms and interviews: each takes ids, calls one function, and may run twice or never without harm."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from interviews import coach, interviewing, rooms, sweeping
from interviews.models import Turn


@shared_task
def analyse(room_id: str) -> None:
    """Analyse what was said in a room, if it waits for that."""
    sweeping.analyse(UUID(room_id))


@shared_task
def coach_turn(turn_id: str) -> None:
    """Read a finished answer for the human interviewer."""
    turn = Turn.objects.select_related("room").filter(pk=int(turn_id), hint=None).first()
    if turn is not None:
        coach.hint_for(turn)


@shared_task
def sweep_rooms() -> None:
    """Bring back lost agents, end rooms that are empty or expired, and the interviews in them."""
    rooms.sweep()
    interviewing.settle()


@shared_task
def sweep() -> None:
    """Ring for the analyses and hints that wait."""
    sweeping.sweep()
