"""What is known of a candidate beyond the profile's own fields: columns of `other_columns`, each with its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Change

# A change of a column stands in the history under this and the column's name, so that no column that a job invents is
# ever taken for a field of the profile.
COLUMN = "other_columns."


def write_columns(
    candidate: Candidate,
    values: Mapping[str, Any],
    *,
    source: str,
    actor: User | None,
    actor_label: str = "",
    undoes: Change | None = None,
) -> list[Change]:
    """Set columns of a locked candidate (null removes one), with a Change for each that differs from what stood there.

    `values` are JSON-ready. For what a job asks beyond the profile; fields of the profile are `editing.write`'s.
    """
    columns = dict(candidate.other_columns)
    changes: list[Change] = []
    for name, value in values.items():
        old = columns.get(name)
        if old == value:
            continue
        if value is None:
            del columns[name]
        else:
            columns[name] = value
        changes.append(
            Change(
                candidate=candidate,
                field=f"{COLUMN}{name}",
                old=old,
                new=value,
                source=source,
                actor=actor,
                actor_label=actor_label[:120],
                undoes=undoes,
            )
        )
    if changes:
        candidate.other_columns = columns
        candidate.updated_at = timezone.now()
        candidate.save(update_fields=["other_columns", "updated_at"])
        Change.objects.bulk_create(changes)
    return changes
