"""What an interview says of a candidate: the score and the recommendation, with the history of any other change."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import User
from candidates.models import Candidate, Change
from candidates.profiles.editing import lock, write
from candidates.states import ChangeSource


def record_interview(
    *,
    candidate: Candidate,
    score: int | None = None,
    recommendation: str | None = None,
    actor: User | None,
    actor_label: str = "",
) -> list[Change]:
    """Set the interview's score (0–100) or recommendation, or both; null leaves what stands. Return the changes.

    No score of the ranking rests on these two. `candidate` is refreshed under a lock. Raises editing.Gone.
    """
    given: dict[str, Any] = {"interview_score": score, "recommendation": recommendation}
    values = {name: value for name, value in given.items() if value is not None}
    with transaction.atomic():
        lock(candidate)
        return write(candidate, values, source=ChangeSource.INTERVIEW, actor=actor, actor_label=actor_label)
