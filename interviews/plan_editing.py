"""Changing the rounds of a job, and the general ones: one round at a time, validated as a whole, undone by one step.

A job's own plan stands before the general one of the same key, so "restore the default" is nothing but taking the own
one away. Interviews keep the plan that they began with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from pydantic import ValidationError

from accounts.queueing import one_at_a_time
from candidates.models import Job
from candidates.prohibited import is_prohibited
from interviews import plans
from interviews.models import StagePlan
from interviews.schemas import PlanStage
from llm.errors import GreenroomError

MOST_STAGES, MOST_QUESTIONS = 12, 40
MOST_ROUNDS = 20
_COLUMNS = ("key", "name", "position", "minutes", "stages", "is_active")


class PlanInvalid(GreenroomError):
    """A round that can't be saved. `fields` name the lines: "name", "stages.0.label", "stages.0.questions.2.text"."""

    code = "invalid_plan"
    status = 422


@dataclass(frozen=True, slots=True)
class Before:
    """A round as it stood before a change: what undoing puts back. `row` None: there was none."""

    job_id: UUID | None
    key: str
    row: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        return {"job": str(self.job_id) if self.job_id else None, "key": self.key, "row": self.row}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Before:
        return cls(UUID(data["job"]) if data["job"] else None, data["key"], data["row"])


def save(
    *,
    job: Job | None,
    key: str,
    name: str,
    minutes: int,
    stages: Sequence[dict[str, Any]],
    is_active: bool = True,
) -> tuple[StagePlan, Before]:
    """Save one round of a job (None: of all jobs); return it with what stood before.

    `key` "" makes a new round, with a key drawn from its name. Stages and questions without a key get one; those that
    have one keep it, so that answers given to a question are still known as answers to it. Raises PlanInvalid.
    """
    checked = validated(name=name, minutes=minutes, stages=stages)
    with transaction.atomic():
        _in_turn(job.pk if job else None)
        rows = StagePlan.objects.filter(job=job)
        if not key:
            taken = set(StagePlan.objects.filter(job=job).values_list("key", flat=True))
            if len(taken) >= MOST_ROUNDS:
                raise PlanInvalid(f"A job has at most {MOST_ROUNDS} rounds.")
            general = set(StagePlan.objects.filter(job=None).values_list("key", flat=True))
            key = key_for(name, taken | general, longest=40)
        row = rows.filter(key=key).first()
        before = Before(job.pk if job else None, key, _as_row(row))
        if row is None:
            row = StagePlan(job=job, key=key, position=_position_of(job, key))
        row.name, row.minutes, row.is_active = name.strip(), minutes, is_active
        row.stages = [stage.model_dump(mode="json") for stage in checked]
        row.save()
    return row, before


def restore(*, job: Job | None, key: str) -> Before:
    """Take a round away, so that the default of that key counts again; return what stood before.

    The default of a job's own round is the general one, that of a general one is what Greenroom came with; a round that
    somebody made has none, and is gone.
    """
    with transaction.atomic():
        _in_turn(job.pk if job else None)
        row = StagePlan.objects.filter(job=job, key=key).first()
        if row is None:
            raise PlanInvalid("This round is the general one already.", code="wrong_state")
        before = Before(job.pk if job else None, key, _as_row(row))
        row.delete()
        plans.ensure_general()
    return before


def undo(before: Before) -> None:
    """Put a round back to what it was before the last change."""
    with transaction.atomic():
        _in_turn(before.job_id)
        row = StagePlan.objects.filter(job=before.job_id, key=before.key).first()
        if before.row is None:
            if row is not None:
                row.delete()
            return
        row = row or StagePlan(job_id=before.job_id)
        for column, value in before.row.items():
            setattr(row, column, value)
        row.save()


def move(*, job: Job | None, keys: Sequence[str]) -> None:
    """Bring the rounds of a job (None: the general ones) into the order of `keys`; others follow as they stood.

    A job that orders its rounds has them for itself: general rounds among them become its own, as they stand.
    """
    with transaction.atomic():
        _in_turn(job.pk if job else None)
        rows = {row.key: row for row in StagePlan.objects.filter(job=job)}
        if job is not None:
            for general in StagePlan.objects.filter(job=None, is_active=True, key__in=keys).exclude(key__in=rows):
                rows[general.key] = StagePlan(
                    job=job, key=general.key, name=general.name, minutes=general.minutes, stages=general.stages
                )
        ordered = [key for key in keys if key in rows] + [key for key in rows if key not in keys]
        for position, key in enumerate(ordered):
            row = rows[key]
            if row.position != position or row._state.adding:
                row.position = position
                row.save()


def _in_turn(job_id: UUID | None) -> None:
    """Of two who change the rounds of a job at once, the second waits here and finds what the first one made.

    Rows alone can't be locked for this: a job that has no rounds of its own has none.
    """
    one_at_a_time(f"rounds of {job_id or 'all jobs'}")


def validated(*, name: str, minutes: int, stages: Sequence[dict[str, Any]]) -> list[PlanStage]:
    """The stages as they would be stored. Raises PlanInvalid with every problem at its line."""
    problems: dict[str, list[str]] = {}
    if not name.strip():
        problems["name"] = ["Give the round a name."]
    elif len(name.strip()) > 120:
        problems["name"] = ["At most 120 characters."]
    if not 5 <= minutes <= 240:
        problems["minutes"] = ["Between 5 and 240 minutes."]
    if not stages:
        problems["stages"] = ["A round needs at least one stage."]
    if len(stages) > MOST_STAGES:
        problems["stages"] = [f"At most {MOST_STAGES} stages."]
    if sum(len(stage.get("questions") or []) for stage in stages) > MOST_QUESTIONS:
        problems["stages"] = [f"At most {MOST_QUESTIONS} questions in one round."]
    found: list[PlanStage] = []
    stage_keys: set[str] = set()
    question_keys = {one["key"] for stage in stages for one in stage.get("questions") or [] if one.get("key")}
    for number, raw in enumerate(stages):
        place = f"stages.{number}"
        questions = []
        for position, question in enumerate(raw.get("questions") or []):
            problem = _question_problem(str(question.get("text", "")))
            if problem:
                problems[f"{place}.questions.{position}.text"] = [problem]
            key = question.get("key") or key_for(question.get("text", ""), question_keys)
            questions.append(question | {"key": key})
        if not str(raw.get("label", "")).strip():
            problems[f"{place}.label"] = ["Name the stage."]
        if not questions and not raw.get("own_questions") and raw.get("kind") not in ("opening", "closing"):
            problems.setdefault(f"{place}.label", ["Ask something here, or take the stage out."])
        key = raw.get("key") or ""
        if not key or key in stage_keys:
            key = key_for(str(raw.get("label", "")), stage_keys, longest=40)
        stage_keys.add(key)
        try:
            found.append(PlanStage.model_validate(raw | {"key": key, "questions": questions}))
        except ValidationError as error:
            for one in error.errors():
                where = ".".join(map(str, (place, *one["loc"])))
                problems.setdefault(where, [_words(one)])
    if problems:
        raise PlanInvalid("Some lines need another look.", fields=problems)
    return found


def key_for(text: str, taken: set[str], *, longest: int = 60) -> str:
    """A key from words, unlike those in `taken`, to which it is added."""
    base = re.sub(r"[^a-z0-9]+", "_", str(text).lower()).strip("_")[: longest - 4].strip("_") or "own"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    taken.add(key)
    return key


def _question_problem(text: str) -> str:
    if not text.strip():
        return "Write the question, or take the line out."
    if is_prohibited(text):
        return "This asks about something that must not decide about a person, such as age, family, health or faith."
    return ""


def _words(error: Any) -> str:
    kind = error["type"]
    limit = error.get("ctx", {}).get("max_length") or error.get("ctx", {}).get("le") or error.get("ctx", {}).get("ge")
    if kind == "string_too_long":
        return f"At most {limit} characters."
    if kind in ("less_than_equal", "greater_than_equal"):
        return f"{'At most' if kind.startswith('less') else 'At least'} {limit}."
    if kind.startswith("int"):
        return "A whole number."
    return "This does not fit."


def _as_row(row: StagePlan | None) -> dict[str, Any] | None:
    return None if row is None else {name: getattr(row, name) for name in _COLUMNS}


def _position_of(job: Job | None, key: str) -> int:
    """Where a new row comes: in the place of the general round that it stands for, else at the end."""
    general = StagePlan.objects.filter(job=None, key=key).values_list("position", flat=True).first()
    if general is not None:
        return general
    last = StagePlan.objects.filter(job=job).order_by("-position").values_list("position", flat=True).first()
    last_general = StagePlan.objects.filter(job=None).order_by("-position").values_list("position", flat=True).first()
    return max(last if last is not None else -1, last_general if last_general is not None else -1) + 1
