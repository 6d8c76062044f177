"""How often a trainee may have a model asked, counted over the API, its streams and the pages together."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from accounts import throttling


def count_message(user_id: UUID) -> None:
    """Count one more message of this trainee's in this minute. Raises a 429 after COACHING_MESSAGES_PER_MINUTE."""
    told = "Too many messages. Try again in {left} seconds."
    throttling.at_most(int(settings.COACHING_MESSAGES_PER_MINUTE), f"coaching:{user_id}", told=told)


def count_evaluation(user_id: UUID) -> None:
    """Count one more evaluation that a page asks for; the API's own throttle counts its. Raises a 429."""
    told = "Too many evaluations. Try again in {left} seconds."
    throttling.at_most(int(settings.API_MODEL_REQUESTS_PER_MINUTE), f"coaching-evaluation:{user_id}", told=told)
