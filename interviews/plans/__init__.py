"""Stage plans: how each round of interviews goes, and what one candidate is asked in it.

The general plans are the JSON files beside this one. Each becomes a row when it is first needed, so a recruiter can
change it, or give a job its own; a row that is there is never overwritten. `resolve` turns a row into the plan of one
interview: filled with the candidate's own questions, without what was asked before.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from candidates import questions as kept_questions
from candidates.models import Candidate, Job
from candidates.prohibited import is_prohibited
from interviews.errors import UnknownStage
from interviews.models import StagePlan
from interviews.plans.earlier import Earlier
from interviews.schemas import Plan, PlanQuestion, PlanStage

__all__ = ["GENERAL", "available", "ensure_general", "resolve"]

_FILES = Path(__file__).parent
MOST_TOPICS = 12


@functools.cache
def _general() -> dict[str, dict[str, Any]]:
    """The general plans as their files give them, by key."""
    read = [json.loads(path.read_text()) for path in sorted(_FILES.glob("*.json"))]
    return {plan["key"]: plan for plan in sorted(read, key=lambda plan: plan["position"])}


GENERAL: tuple[str, ...] = tuple(_general())


def ensure_general() -> None:
    """Make the rows of the general plans that are not there yet. One query where all of them are."""
    there = set(StagePlan.objects.filter(job=None, key__in=GENERAL).values_list("key", flat=True))
    missing = [
        StagePlan(key=key, name=plan["name"], position=plan["position"], minutes=plan["minutes"], stages=plan["stages"])
        for key, plan in _general().items()
        if key not in there
    ]
    if missing:
        StagePlan.objects.bulk_create(missing, ignore_conflicts=True)  # another process may do the same just now


def available(job: Job | None) -> list[StagePlan]:
    """The rounds that an interview for this job can be, in order; a plan of the job's own stands for the general one.

    A job's own plan that is not active takes the general one of its key away with it.
    """
    ensure_general()
    of_job = Q(job=job) if job is not None else Q(pk=None)
    rows = StagePlan.objects.filter(Q(job=None) | of_job).order_by("position", "key")
    chosen: dict[str, StagePlan] = {}
    for row in rows:
        if row.key not in chosen or row.job_id is not None:
            chosen[row.key] = row
    return sorted((row for row in chosen.values() if row.is_active), key=lambda row: (row.position, row.key))


def resolve(*, candidate: Candidate, job: Job | None, stage: str, is_training: bool = False) -> Plan:
    """The plan of one interview: what this candidate will be asked, and in which order.

    What an earlier interview of this candidate has asked is left out, and so is whatever may not be asked of anyone.
    Stages for the role are filled with the candidate's own questions, and then with what earlier rounds left open.
    In training an AI is asked, which was asked nothing before: the plan is whole. Asks no model. Raises UnknownStage
    where there is no such plan.
    """
    with transaction.atomic():
        row = next((plan for plan in available(job) if plan.key == stage), None)
    if row is None:
        raise UnknownStage(
            "There is no such round of interviews.", fields={"stage": ["There is no stage plan of this key."]}
        )
    earlier = Earlier() if is_training else Earlier.of(candidate)
    stages = [PlanStage.model_validate(one) for one in row.stages]
    seen: set[str] = set()  # of texts in this plan: two stages may hold the same question
    planned = [
        one.model_copy(
            update={
                "questions": [
                    question
                    for question in one.questions
                    if _asks_for_theirs(one, question) or _may_be_asked(question.text, earlier, seen)
                ]
            }
        )
        for one in stages
    ]
    own = _own_questions(candidate, earlier, seen) if any(one.own_questions for one in stages) else []
    filled = []
    for one in planned:
        taken, own = own[: one.own_questions], own[one.own_questions :]
        filled.append(one.model_copy(update={"questions": [*one.questions, *taken]}))
    return Plan(
        key=row.key,
        name=row.name,
        minutes=row.minutes,
        stages=_with_unique_keys(filled),
        questions_to_avoid=list(earlier.questions),
        topics_to_explore=list(earlier.topics)[:MOST_TOPICS],
    )


def _asks_for_theirs(stage: PlanStage, question: PlanQuestion) -> bool:
    """Whether this asks for the candidate's own questions: the last one of a closing stage, and due in every round."""
    return stage.kind == "closing" and question is stage.questions[-1]


def _may_be_asked(text: str, earlier: Earlier, seen: set[str]) -> bool:
    plain = " ".join(text.casefold().split())
    if plain in seen or is_prohibited(text) or earlier.has_asked(text):
        return False
    seen.add(plain)
    return True


def _own_questions(candidate: Candidate, earlier: Earlier, seen: set[str]) -> list[PlanQuestion]:
    """What to ask this candidate for the role: first what earlier rounds left open, then the kept questions."""
    found = [
        PlanQuestion(key=f"open-{number}", text=question, listen_for=topic[:500])
        for number, (topic, question) in enumerate(earlier.open_questions, start=1)
        if _may_be_asked(question, earlier, seen)
    ]
    kept = kept_questions.ready(candidate)
    found += [
        PlanQuestion(key=f"own-{number}", text=str(one["question"])[:500], listen_for=str(one["reason"])[:500])
        for number, one in enumerate(kept, start=1)
        if _may_be_asked(str(one["question"]), earlier, seen)
    ]
    return found


def _with_unique_keys(stages: Sequence[PlanStage]) -> list[PlanStage]:
    """The same stages, with no key twice: a conversation tells by the key what was asked."""
    taken_stages: set[str] = set()
    taken: set[str] = set()
    done = []
    for stage in stages:
        questions = [
            question.model_copy(update={"key": _free(question.key, taken, 60)}) for question in stage.questions
        ]
        done.append(stage.model_copy(update={"key": _free(stage.key, taken_stages, 40), "questions": questions}))
    return done


def _free(key: str, taken: set[str], longest: int) -> str:
    free, number = key, 2
    while free in taken:
        free = f"{key[: longest - 4]}-{number}"
        number += 1
    taken.add(free)
    return free
