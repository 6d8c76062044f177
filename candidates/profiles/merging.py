"""Two records of one person become one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Change, Document
from candidates.profiles import companions
from candidates.profiles.editing import bring_scores_along, lock, write
from candidates.profiles.fields import EDITABLE
from candidates.states import ChangeSource
from llm.errors import GreenroomError

# The name under which a merge stands in the history; its `new` says what moved: see `merge`.
MERGED = "merged"
_LISTS = tuple(name for name, spec in EDITABLE.items() if spec.kind == "list")


class CannotMerge(GreenroomError):
    """These candidates can't become one."""

    code = "cannot_merge"
    status = 422


def merge(*, keep: Candidate, other: Candidate, actor: User | None, actor_label: str = "") -> list[Change]:
    """Fold `other` into `keep`; return the changes of `keep`, the merge itself last.

    What `keep` does not know is taken from `other`, lists are joined, documents and history move over, free text is
    appended, and `other` is deleted. What apps above keep of `other` goes along (see companions). Undoing the merge's
    own change takes all of it back (see undoing). Raises CannotMerge for a candidate with itself, or where an app
    objects, and editing.Gone.
    """
    if keep.pk == other.pk:
        raise CannotMerge("A candidate can't be merged with itself.")
    with transaction.atomic():
        for companion in companions.all_of_them():
            if objection := companion.objection(other):
                raise CannotMerge(objection)
            companion.lock(other.pk)
        for candidate in sorted((keep, other), key=lambda one: one.pk):  # one order, so that two merges can't deadlock
            lock(candidate)
        changes = write(keep, _filled(keep, other), source=ChangeSource.MERGE, actor=actor, actor_label=actor_label)
        documents = list(Document.objects.filter(candidate=other).values_list("pk", flat=True))
        history = list(Change.objects.filter(candidate=other).values_list("pk", flat=True))
        Document.objects.filter(pk__in=documents).update(candidate=keep)
        Change.objects.filter(pk__in=history).update(candidate=keep)
        along: dict[str, Any] = {}
        for companion in companions.all_of_them():
            followed = companion.follow(keep=keep, other=other, actor=actor, actor_label=actor_label)
            along[companion.name] = followed.moved
            changes += followed.changes
        text_before = keep.source_text
        if other.source_text and other.source_text not in keep.source_text:
            keep.source_text = f"{keep.source_text}\n\n{other.source_text}".strip()
            keep.save(update_fields=["source_text"])
        other.deleted_at = other.updated_at = keep.updated_at = timezone.now()
        other.save(update_fields=["deleted_at", "updated_at"])
        keep.save(update_fields=["updated_at"])
        merged = Change.objects.create(
            candidate=keep,
            field=MERGED,
            old=None,
            new={
                "candidate": str(other.pk),
                "documents": [str(pk) for pk in documents],
                "changes": history,
                "filled": [change.pk for change in changes],
                "text_length": len(text_before) if keep.source_text != text_before else None,
                "along": along,
            },
            source=ChangeSource.MERGE,
            actor=actor,
            actor_label=actor_label[:120],
        )
        bring_scores_along(keep, set(EDITABLE) - {"job"} if changes or documents or other.source_text else ())
    return [*changes, merged]


def _filled(keep: Candidate, other: Candidate) -> dict[str, Any]:
    """What `keep` gains: values of fields that are null, and items of lists that it lacks."""
    values: dict[str, Any] = {}
    for name in EDITABLE:
        if name == "job":
            continue
        mine, theirs = getattr(keep, name), getattr(other, name)
        if name in _LISTS:
            have = {item.casefold() for item in mine}
            more = [item for item in theirs if item.casefold() not in have]
            if more:
                values[name] = [*mine, *more]
        elif mine is None and theirs is not None:
            values[name] = theirs
    return values
