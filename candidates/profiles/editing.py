"""Setting and clearing fields of a profile, and bringing the scores along."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates import assessing, mapping, pipeline, rubric
from candidates.models import Assessment, Candidate, Change, Document
from candidates.profiles.fields import EDITABLE, validated
from candidates.states import AiStatus, Source
from llm import client
from llm.errors import GreenroomError

# Field → what duplicates are found by, and how it is folded.
_KEYS = {
    "email": ("email_key", mapping.email_key),
    "linkedin_url": ("linkedin_key", mapping.linkedin_key),
    "phone": ("phone_key", mapping.phone_key),
}


class Gone(GreenroomError):
    """The candidate was deleted in the meantime."""

    code = "candidate_not_found"
    status = 404


def create(*, values: Mapping[str, Any], source: str, actor: User | None, actor_label: str = "") -> Candidate:
    """Make a candidate by hand; each given field is kept as a change from null. Raises fields.Refused."""
    clean = validated(values)
    with transaction.atomic():
        candidate = Candidate.objects.create(source=Source.MANUAL)
        candidate.refresh_from_db()
        write(candidate, clean, source=source, actor=actor, actor_label=actor_label)
        bring_scores_along(candidate, clean)
    return candidate


def edit(
    *, candidate: Candidate, values: Mapping[str, Any], source: str, actor: User | None, actor_label: str = ""
) -> list[Change]:
    """Set or clear fields; return the changes, one for each field that took another value.

    The computed score, completeness and red flags are brought up to date in the same transaction, so no list ever
    shows a score of an earlier profile; a model's judgement is asked for anew where its subject changed. `candidate`
    is refreshed. Raises fields.Refused (nothing is written then) or Gone.
    """
    clean = validated(values)
    with transaction.atomic():
        lock(candidate)
        changes = write(candidate, clean, source=source, actor=actor, actor_label=actor_label)
        if changes:
            bring_scores_along(candidate, {change.field for change in changes})
    return changes


def lock(candidate: Candidate, *, also_deleted: bool = False) -> None:
    """Refresh `candidate` under a lock on its row, until the transaction ends. Raises Gone."""
    rows = Candidate.objects.select_for_update() if also_deleted else Candidate.objects.select_for_update().live()
    try:
        candidate.refresh_from_db(from_queryset=rows)
    except Candidate.DoesNotExist:
        raise Gone("There is no such candidate.") from None


def write(
    candidate: Candidate,
    values: Mapping[str, Any],
    *,
    source: str,
    actor: User | None,
    actor_label: str = "",
    undoes: Change | None = None,
) -> list[Change]:
    """Write validated values to a locked candidate, with a Change for each that differs from what stood there."""
    changes: list[Change] = []
    written: set[str] = set()
    for name, value in values.items():
        attribute = attribute_of(name)
        old = getattr(candidate, attribute)
        if old == value:
            continue
        setattr(candidate, attribute, value)
        written.add(attribute)
        if name in _KEYS:
            key, fold = _KEYS[name]
            setattr(candidate, key, fold(value))
            written.add(key)
        changes.append(
            Change(
                candidate=candidate,
                field=name,
                old=stored(old),
                new=stored(value),
                source=source,
                actor=actor,
                actor_label=actor_label[:120],
                undoes=undoes,
            )
        )
    if changes:
        candidate.updated_at = timezone.now()
        candidate.save(update_fields=[*sorted(written), "updated_at"])
        Change.objects.bulk_create(changes)
    return changes


def attribute_of(field: str) -> str:
    """The model's attribute that holds a field's value."""
    return "job_id" if field == "job" else field


def stored(value: Any) -> Any:
    """A value as a Change keeps it: what JSON has no form for is text."""
    return value if isinstance(value, str | int | float | bool | list | None) else DjangoJSONEncoder().default(value)


def bring_scores_along(candidate: Candidate, changed: Collection[str]) -> None:
    """Compute again what rests on a locked candidate's profile, and queue a new judgement where its subject changed.

    Uses no model itself. Belongs into the transaction that changed the profile.
    """
    if "job" in changed and candidate.ai_score is not None:
        # It was judged by another job's rubric; until it is judged by this one, there is no AI score.
        candidate.ai_score = None
        candidate.ai_status = AiStatus.NONE
        Assessment.objects.filter(candidate=candidate, kind=Assessment.Kind.MODEL, is_current=True).update(
            is_current=False
        )
        candidate.save(update_fields=["ai_score", "ai_status"])
    outcome = assessing.compute(
        candidate,
        rubric=rubric.current(candidate.job) if candidate.job else None,
        documents=list(Document.objects.filter(candidate=candidate, state=Document.State.READ).order_by("id")),
    )
    for name, value in outcome.values.items():
        setattr(candidate, name, value)
    candidate.save(update_fields=list(outcome.values))
    for assessment in outcome.assessments:
        Assessment.objects.filter(candidate=candidate, kind=assessment.kind, is_current=True).update(is_current=False)
        assessment.candidate = candidate
        assessment.save()
    if client.is_configured() and any(EDITABLE[name].scores for name in changed if name in EDITABLE):
        pipeline.queue_scores(candidates=Candidate.objects.filter(pk=candidate.pk))
