"""What is kept no longer than it is needed. Each rule has a setting in days; 0 switches it off.

Rules find what is due by its rows, so a purge may be stopped and run again at any time, and two at once do no harm. It
goes in small transactions: nobody waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Link
from candidates.lifecycle import ENDED as IMPORT_ENDED
from candidates.models import Candidate, Import
from candidates.states import InterviewStatus
from intake import erasing, holding, lifecycle, talking
from intake.entering import PURPOSE
from intake.models import Intake, Notice
from intake.states import OPEN, IntakeState
from interviews.models import Room

logger = logging.getLogger(__name__)

BATCH = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is not kept for ever: what (in words), for how many days (a setting), and how it goes."""

    name: str
    what: str
    setting: str
    due: Callable[[datetime], QuerySet[Any]]
    remove: Callable[[Any], bool]

    @property
    def days(self) -> float:
        return float(getattr(settings, self.setting))


@dataclass(frozen=True, slots=True)
class Purged:
    """What one rule found, or removed; None where it is switched off."""

    rule: Rule
    count: int | None


def purge(*, dry_run: bool = False) -> list[Purged]:
    """Go through all rules; return how much each one removed, or would remove. What fails is logged and left."""
    now = timezone.now()
    done = []
    for rule in RULES:
        if rule.days <= 0:
            done.append(Purged(rule, None))
            continue
        rows = rule.due(now - timedelta(days=rule.days))
        done.append(Purged(rule, rows.count() if dry_run else sum(_remove(rule, row) for row in _each(rows))))
    return done


def _each(rows: QuerySet[Any]) -> Iterator[Any]:
    """The rows in batches; each is seen once, also one that can't be removed."""
    last = None
    while True:
        batch = rows.order_by("pk") if last is None else rows.filter(pk__gt=last).order_by("pk")
        found = list(batch[:BATCH])
        if not found:
            return
        yield from found
        last = found[-1].pk


def _remove(rule: Rule, row: Any) -> bool:
    try:
        with transaction.atomic():
            return rule.remove(row)
    except Exception as error:  # noqa: BLE001 - one row that can't go must not keep the rest
        logger.error("purge of %s %s failed (%s)", rule.name, row.pk, type(error).__name__)
        return False


def _erasures(before: datetime) -> QuerySet[Candidate]:
    """Wishes whose time has come, and those that a recruiter agreed to by deleting the candidate."""
    asked = Intake.objects.filter(candidate=OuterRef("pk"), erasure_asked_at__isnull=False)
    return Candidate.objects.filter(
        Exists(asked.filter(erasure_asked_at__lte=before)) | Q(Exists(asked), deleted_at__isnull=False)
    )


def _deleted(before: datetime) -> QuerySet[Candidate]:
    return Candidate.objects.filter(deleted_at__lte=before)


def _untouched(before: datetime) -> QuerySet[Candidate]:
    """Candidates with whom nothing has happened for so long, and nothing is under way."""
    under_way = Intake.objects.filter(candidate=OuterRef("pk"), state__in=sorted(OPEN))
    busy = Q(interview_status__in=(InterviewStatus.BRIEFING, InterviewStatus.IN_PROGRESS))
    return Candidate.objects.filter(~busy, ~Exists(under_way), updated_at__lte=before)


def _abandoned(before: datetime) -> QuerySet[Intake]:
    """Rounds that nobody has a working link to, for so long."""
    recent = Link.objects.filter(purpose=PURPOSE, subject_id=OuterRef("candidate_id"), expires_at__gt=before)
    return Intake.objects.filter(~Exists(recent), state__in=sorted(OPEN), created_at__lte=before)


def _talks(before: datetime) -> QuerySet[Intake]:
    """Ended rounds of which the conversation is still there, in the words that were said."""
    ended = Q(state=IntakeState.COMPLETED, completed_at__lte=before)
    ended |= Q(state=IntakeState.WITHDRAWN, created_at__lte=before)
    return Intake.objects.filter(ended).exclude(room=None)


def _import_files(before: datetime) -> QuerySet[Import]:
    return Import.objects.filter(status__in=sorted(IMPORT_ENDED), finished_at__lte=before).exclude(file="")


def _links(before: datetime) -> QuerySet[Link]:
    return Link.objects.filter(expires_at__lte=before)


def _notices(before: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(created_at__lte=before)


def _erase(candidate: Candidate) -> bool:
    return holding.erase(candidate).candidates > 0


def _erase_as_asked(candidate: Candidate) -> bool:
    message = erasing.farewell(candidate)
    is_gone = _erase(candidate)
    if is_gone and message is not None:
        # Nobody hears that everything is gone before it is.
        transaction.on_commit(partial(erasing.told, message), robust=True)
    return is_gone


def _forget_talk(intake: Intake) -> bool:
    return bool(Room.objects.filter(pk__in=[room.pk for room in talking.rooms_of(intake)]).delete()[0])


def _drop_file(import_: Import) -> bool:
    holding.drop_import_file(import_)
    return True


def _delete(row: Any) -> bool:
    return bool(row.delete()[0])


RULES = (
    Rule("erasures", "candidates who asked to be erased", "RETENTION_ERASURE_DAYS", _erasures, _erase_as_asked),
    Rule("deleted", "candidates who were deleted", "RETENTION_DELETED_DAYS", _deleted, _erase),
    Rule("untouched", "candidates with whom nothing happened", "RETENTION_CANDIDATE_DAYS", _untouched, _erase),
    Rule("rounds", "open rounds without a working link", "RETENTION_ROUND_DAYS", _abandoned, lifecycle.withdraw),
    Rule("talks", "conversations of ended rounds", "RETENTION_CONVERSATION_DAYS", _talks, _forget_talk),
    Rule("files", "files of finished imports", "RETENTION_IMPORT_FILE_DAYS", _import_files, _drop_file),
    Rule("links", "links that ran out", "RETENTION_LINK_DAYS", _links, _delete),
    Rule("notices", "notices to recruiters", "RETENTION_NOTICE_DAYS", _notices, _delete),
)
