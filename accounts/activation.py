"""The moment from which an account counts as in use: its first completed practice."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from accounts.models import User


def activate(user_id: UUID) -> bool:
    """Note that this user is active from now on; return whether that is new. Done again it changes nothing."""
    return bool(User.objects.filter(pk=user_id, activated_at=None).update(activated_at=timezone.now()))
