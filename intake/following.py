"""A round of intake stays with the record whose address its link has; two records can't become one while it is open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.models import User
from candidates.models import Candidate
from candidates.profiles.companions import Companion, Followed
from intake.models import Intake
from intake.states import OPEN, IntakeState


class Rounds(Companion):
    """Rounds of intake. Those that have ended stay with the record that was merged away, and are erased with it."""

    name = "intake"

    def objection(self, other: Candidate) -> str:
        """The candidate of an open round would stand before a shut door, maybe in the middle of an answer."""
        state = Intake.objects.filter(candidate=other, state__in=sorted(OPEN)).values_list("state", flat=True).first()
        if state is None:
            return ""
        name = other.name or "This candidate"
        if state == IntakeState.IN_PROGRESS:
            return (
                f"{name} is answering the questions of an intake now. Keep that entry, or wait until it is handed in."
            )
        return f"{name} has a link to an intake that is open. Keep that entry, or take the link back first."

    def lock(self, candidate_id: UUID) -> None:
        """Nothing of a round is written."""

    def follow(self, *, keep: Candidate, other: Candidate, actor: User | None, actor_label: str) -> Followed:
        """What was merged of a round is in the profile, and goes along with that."""
        return Followed()

    def go_back(self, moved: dict[str, Any], *, keep: Candidate, other: Candidate) -> None:
        """Nothing was moved."""
