"""How often a trainee may have a model asked, counted over the API, its streams and the pages together."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from accounts import throttling
from llm.errors import GreenroomError


def count_message(user_id: UUID) -> None:
    """Count one more message of this trainee's in this minute. Raises a 429 after COACHING_MESSAGES_PER_MINUTE."""
    _count(f"coaching:{user_id}", int(settings.COACHING_MESSAGES_PER_MINUTE), "messages")


def count_evaluation(user_id: UUID) -> None:
    """Count one more evaluation that a page asks for; the API's own throttle counts its. Raises a 429."""
    _count(f"coaching-evaluation:{user_id}", int(settings.API_MODEL_REQUESTS_PER_MINUTE), "evaluations")


def _count(name: str, limit: int, what: str) -> None:
    so_far, left = throttling.count(name)
    if so_far > limit:
        raise GreenroomError(
            f"Too many {what}. Try again in {left} seconds.", code="throttled", status=429, retry_after=left
        )
