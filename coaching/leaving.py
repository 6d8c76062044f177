"""What practice leaves beside a trainee's own rows: rooms in which it was talked aloud, with every word said there."""

from __future__ import annotations

from accounts.models import User
from interviews.models import Room


def erase_rooms(user: User) -> dict[str, int]:
    """Delete the rooms of somebody's practice; return how many. Their account is being deleted (accounts.deletion)."""
    _, counts = Room.objects.filter(practice_session__user=user).delete()
    return {"rooms": counts.get(Room._meta.label, 0)}
