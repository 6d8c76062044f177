"""Taking a change back. That is a change too: the old row stays, and what was undone can be done again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Change, Document
from candidates.profiles import companions
from candidates.profiles.columns import COLUMN, write_columns
from candidates.profiles.editing import attribute_of, bring_scores_along, lock, stored, write
from candidates.profiles.fields import EDITABLE
from candidates.profiles.merging import MERGED
from candidates.profiles.removing import DELETED
from candidates.states import ChangeSource
from llm.errors import GreenroomError


class NotUndoable(GreenroomError):
    """The change was undone already, or the field has changed again since."""

    code = "not_undoable"
    status = 409


def undo(change: Change, actor: User | None, *, actor_label: str = "") -> Change:
    """Put back what stood before `change`; return the new change.

    Raises NotUndoable where it was undone before, where the field holds another value by now (a later change would be
    lost), or where the change is of a kind that can't be undone by itself.
    """
    with transaction.atomic():
        candidate = change.candidate
        if change.field == MERGED:
            for companion in companions.all_of_them():
                companion.lock(candidate.pk)
        lock(candidate, also_deleted=True)
        if Change.objects.filter(undoes=change).exists():
            raise NotUndoable("This change was undone before.")
        if change.field == MERGED:
            return _undo_merge(change, candidate, actor, actor_label)
        if change.field == DELETED:
            return _undo_delete(change, candidate, actor, actor_label)
        if not _stands(change, candidate):
            raise NotUndoable("The field has changed again since. Undo the later change first, or edit the field.")
        undone = _put_back(change, candidate, actor, actor_label)
        if not undone:
            raise NotUndoable("The field already holds what stood there before.")
        bring_scores_along(candidate, {change.field})
        return undone[0]


def undo_all(
    changes: Sequence[Change], *, candidate: Candidate, actor: User | None, actor_label: str = ""
) -> list[Change]:
    """Put back what stood before these changes of one candidate's fields; return the new changes.

    A field that was changed again since keeps its later value, and what was undone before is left alone; so undoing
    twice is undoing once. The scores are brought along once for all. `candidate` is refreshed under a lock.
    """
    with transaction.atomic():
        lock(candidate, also_deleted=True)
        before = set(Change.objects.filter(undoes__in=changes).values_list("undoes_id", flat=True))
        undone: list[Change] = []
        for change in sorted(changes, key=lambda one: one.pk, reverse=True):
            if change.pk not in before and _stands(change, candidate):
                undone += _put_back(change, candidate, actor, actor_label)
        if undone:
            bring_scores_along(candidate, {change.field for change in undone})
    return undone


def _stands(change: Change, candidate: Candidate) -> bool:
    """Whether the candidate still has what the change wrote. Raises NotUndoable for what is no field."""
    if change.field.startswith(COLUMN):
        return bool(candidate.other_columns.get(change.field.removeprefix(COLUMN)) == change.new)
    if change.field not in EDITABLE and not hasattr(candidate, change.field):
        raise NotUndoable("This change can't be undone by itself.")
    return bool(stored(getattr(candidate, attribute_of(change.field))) == change.new)


def _put_back(change: Change, candidate: Candidate, actor: User | None, actor_label: str) -> list[Change]:
    if change.field.startswith(COLUMN):
        return write_columns(
            candidate,
            {change.field.removeprefix(COLUMN): change.old},
            source=ChangeSource.UNDO,
            actor=actor,
            actor_label=actor_label,
            undoes=change,
        )
    return write(
        candidate,
        {change.field: _restored(change)},
        source=ChangeSource.UNDO,
        actor=actor,
        actor_label=actor_label,
        undoes=change,
    )


def _restored(change: Change) -> Any:
    """The old value as the model holds it."""
    if change.field == "job" and change.old is not None:
        return uuid.UUID(change.old)
    spec = EDITABLE.get(change.field)
    if spec is not None and spec.kind == "list":
        return change.old or []
    if spec is not None and spec.kind == "number" and change.old is not None:
        return float(change.old)
    return change.old


def _undo_delete(change: Change, candidate: Candidate, actor: User | None, actor_label: str) -> Change:
    if (candidate.deleted_at is not None) is not change.new:
        raise NotUndoable("This was already put right.")
    candidate.updated_at = timezone.now()
    candidate.deleted_at = candidate.updated_at if change.old else None
    candidate.save(update_fields=["deleted_at", "updated_at"])
    return _inverse(change, candidate, actor, actor_label)


def _undo_merge(change: Change, keep: Candidate, actor: User | None, actor_label: str) -> Change:
    """Bring the other candidate back with its documents and history, and take from `keep` what it gained.

    A field that was changed again after the merge keeps its later value.
    """
    moved = change.new
    if not moved:  # the undo of an undone merge: merging again is a decision to take on today's data
        raise NotUndoable("Merge the two candidates again instead.")
    other = Candidate.objects.select_for_update().filter(pk=moved["candidate"]).first()
    if other is None or other.deleted_at is None:
        raise NotUndoable("The other candidate was restored or removed in the meantime.")
    gained: dict[str, Any] = {}
    for filled in Change.objects.filter(pk__in=moved["filled"], undone_by=None):
        if stored(getattr(keep, attribute_of(filled.field))) == filled.new:
            gained[filled.field] = _restored(filled)
    write(keep, gained, source=ChangeSource.UNDO, actor=actor, actor_label=actor_label)
    if moved["text_length"] is not None:
        keep.source_text = keep.source_text[: moved["text_length"]]
    Document.objects.filter(pk__in=moved["documents"], candidate=keep).update(candidate=other)
    Change.objects.filter(pk__in=moved["changes"], candidate=keep).update(candidate=other)
    for companion in companions.all_of_them():
        companion.go_back(moved.get("along", {}).get(companion.name, {}), keep=keep, other=other)
    other.deleted_at = None
    other.updated_at = keep.updated_at = timezone.now()
    other.save(update_fields=["deleted_at", "updated_at"])
    keep.save(update_fields=["source_text", "updated_at"])
    bring_scores_along(keep, set(EDITABLE) - {"job"})
    bring_scores_along(other, ())
    return _inverse(change, keep, actor, actor_label)


def _inverse(change: Change, candidate: Candidate, actor: User | None, actor_label: str) -> Change:
    return Change.objects.create(
        candidate=candidate,
        field=change.field,
        old=change.new,
        new=change.old,
        source=ChangeSource.UNDO,
        actor=actor,
        actor_label=actor_label[:120],
        undoes=change,
    )
