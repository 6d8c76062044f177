"""Practice when an account goes: what is under way comes to rest, and what lies beside its rows goes along."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from coaching.models import Session
from interviews import rooms
from interviews.models import Room
from interviews.states import PRACTICE_AGENT, EndReason


def erase_rooms(user: User) -> dict[str, int]:
    """Delete the rooms of somebody's practice, with every word said there; return how many.

    Their account is being deleted (accounts.deletion), in the transaction around this.
    """
    # From here on nothing more is said or judged: a message that came between the list of what is to go and its going
    # would point at nothing. Whoever waits for a session finds it gone.
    list(Session.objects.select_for_update().filter(user=user).order_by("pk").values_list("pk"))
    # Not only the one that each session names now: every time it is taken up again it has another one.
    theirs = Q(practice_session__user=user) | Q(made_by=user, agent_name=PRACTICE_AGENT)
    for room in Room.objects.filter(theirs, ended_at=None):
        rooms.close(room, reason=EndReason.BY_PERSON)  # else they would go on talking at LiveKit, which knows no rows
    _, counts = Room.objects.filter(theirs).delete()
    return {"rooms": counts.get(Room._meta.label, 0)}
