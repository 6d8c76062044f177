"""Interviews and rooms belong to a person, not to a record: where two records become one they go along.

A conversation that goes on is not disturbed. Its room, its tokens and its link name the interview, and what the agent
knows was fixed when it began.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.models import User
from candidates import profiles
from candidates.models import Candidate, Change
from candidates.profiles.companions import Companion, Followed
from candidates.states import ChangeSource
from interviews import lifecycle
from interviews.models import Interview, Prebrief, Room

_TOLD = ("interview_score", "recommendation")


class Interviews(Companion):
    """Interviews, rooms of people alone, and pre-briefs."""

    name = "interviews"

    def lock(self, candidate_id: UUID) -> None:
        """The rooms: whoever stores a turn holds the room and then writes to the candidate."""
        ids = {
            *Room.objects.filter(candidate=candidate_id).values_list("pk", flat=True),
            *Interview.objects.filter(candidate=candidate_id).values_list("room_id", flat=True),
        }
        list(Room.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk"))

    def follow(self, *, keep: Candidate, other: Candidate, actor: User | None, actor_label: str) -> Followed:
        """Move them, and with the newer interview its score and recommendation."""
        newest = Interview.objects.filter(candidate__in=(keep, other), is_training=False, room__analyses__isnull=False)
        last = newest.order_by("-created_at", "-id").values_list("candidate_id", flat=True).first()
        moved: dict[str, Any] = {
            "interviews": [str(pk) for pk in Interview.objects.filter(candidate=other).values_list("pk", flat=True)],
            "rooms": [str(pk) for pk in Room.objects.filter(candidate=other).values_list("pk", flat=True)],
            "prebriefs": list(Prebrief.objects.filter(candidate=other).values_list("pk", flat=True)),
        }
        _move(moved, origin=other, to=keep)
        changes: list[Change] = []
        told = {name: getattr(other, name) for name in _TOLD if getattr(other, name) is not None}
        if told and (last == other.pk or all(getattr(keep, name) is None for name in _TOLD)):
            changes = profiles.write(keep, told, source=ChangeSource.MERGE, actor=actor, actor_label=actor_label)
        return Followed(moved, changes)

    def go_back(self, moved: dict[str, Any], *, keep: Candidate, other: Candidate) -> None:
        """Move them back; an interview that was held since stays where it was held."""
        _move(moved, origin=keep, to=other)


def _move(moved: dict[str, Any], *, origin: Candidate, to: Candidate) -> None:
    if not any(moved.values()):
        return
    Interview.objects.filter(pk__in=moved["interviews"], candidate=origin).update(candidate=to)
    Room.objects.filter(pk__in=moved["rooms"], candidate=origin).update(candidate=to)
    Prebrief.objects.filter(pk__in=moved["prebriefs"], candidate=origin).update(candidate=to)
    for candidate in (origin, to):
        lifecycle.refresh_standing(candidate.pk)
