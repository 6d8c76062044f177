"""What practice leaves beside a trainee's own rows: rooms in which it was talked aloud, with every word said there."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from interviews.models import Room
from interviews.states import PRACTICE_AGENT


def erase_rooms(user: User) -> dict[str, int]:
    """Delete the rooms of somebody's practice; return how many. Their account is being deleted (accounts.deletion)."""
    # Not only the one that each session names now: every time it is taken up again it has another one.
    theirs = Q(practice_session__user=user) | Q(made_by=user, agent_name=PRACTICE_AGENT)
    _, counts = Room.objects.filter(theirs).delete()
    return {"rooms": counts.get(Room._meta.label, 0)}
