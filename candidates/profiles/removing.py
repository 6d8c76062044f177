"""Deleting candidates and bringing them back."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Change
from candidates.profiles.editing import lock

# The name under which deleting and restoring stand in a candidate's history.
DELETED = "deleted"


def delete(*, candidate: Candidate, source: str, actor: User | None, actor_label: str = "") -> Change:
    """Put a candidate away: from now on in no list, restorable. Raises editing.Gone where it already is."""
    with transaction.atomic():
        lock(candidate)
        candidate.deleted_at = candidate.updated_at = timezone.now()
        candidate.save(update_fields=["deleted_at", "updated_at"])
        return _record(candidate, True, source=source, actor=actor, actor_label=actor_label)


def restore(*, candidate: Candidate, source: str, actor: User | None, actor_label: str = "") -> Change | None:
    """Bring a deleted candidate back; None where it was not deleted."""
    with transaction.atomic():
        lock(candidate, also_deleted=True)
        if candidate.deleted_at is None:
            return None
        candidate.deleted_at = None
        candidate.updated_at = timezone.now()
        candidate.save(update_fields=["deleted_at", "updated_at"])
        return _record(candidate, False, source=source, actor=actor, actor_label=actor_label)


def _record(candidate: Candidate, deleted: bool, *, source: str, actor: User | None, actor_label: str) -> Change:
    return Change.objects.create(
        candidate=candidate,
        field=DELETED,
        old=not deleted,
        new=deleted,
        source=source,
        actor=actor,
        actor_label=actor_label[:120],
    )
