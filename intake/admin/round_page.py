"""One round of intake: what it changed, side by side, what that did to the score, and what the candidate said."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from candidates import presenting, profiles
from candidates.admin.candidate_page import scoring_work
from candidates.admin.pages import console_page
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate, Change
from intake import answers, effect, erasing, inviting, merging
from intake import notices as of_intake
from intake.admin.candidate_block import ROUND_TONES, lines_of
from intake.admin.differing import Sides, sides
from intake.admin.erasure_page import wish_of
from intake.models import Answer, Intake
from intake.states import OPEN, AnswerState, IntakeState
from interviews import transcript
from interviews.admin.interview_list import flag_label
from llm.errors import GreenroomError


@dataclass(frozen=True, slots=True)
class Row:
    """One field, before and after."""

    label: str
    sides: Sides
    answer: Answer | None
    change: Change | None = None
    was_undone: bool = False


@require_safe
def change(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """The round's page. Whoever opens it has read the notices about it."""
    shown_with = ("candidate__job", "job", "document", "room", "made_by", "erasure_declined_by")
    rows = Intake.objects.select_related(*shown_with)
    intake = get_object_or_404(rows, pk=intake_id)
    candidate = intake.candidate
    of_intake.read(recruiter(request), candidate_id=candidate.pk)
    given = answers.current(intake)
    is_completed = intake.state == IntakeState.COMPLETED
    differences = _merged(intake, given) if is_completed else _coming(candidate, given)
    told = effect.of(intake) if is_completed else None
    work = scoring_work(candidate)
    lines = lines_of(intake)
    context = {
        "round": intake,
        "round_tone": ROUND_TONES[intake.state],
        "is_open": intake.state in OPEN,
        "is_completed": is_completed,
        "candidate": candidate,
        "initials": presenting.initials(candidate.name),
        "rows": differences,
        "lines": [line for line in lines if line.answer is not None],
        "open_lines": [line for line in lines if line.answer is None],
        "effect": told,
        "movement": told and _movement(told),
        "work": work,
        "is_undone": merging.is_undone(intake),
        "can_undo": is_completed and any(row.change and not row.was_undone for row in differences),
        "standing": inviting.standing(candidate),
        "turns": transcript.of(intake.room_id) if intake.room_id else [],
        "flags": [(flag_label(one), one) for one in intake.flags],
        "wish": wish_of(intake),
        "longest_reason": erasing.LONGEST_REASON,
    }
    return console_page(
        request, "intake/round.html", title=f"Intake · {candidate.name or 'Unnamed candidate'}", context=context
    )


@require_POST
def undo(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """Take back what the round merged: one `change` of it, or all."""
    intake = get_object_or_404(Intake.objects.select_related("candidate"), pk=intake_id)
    named = request.POST.get("change", "")
    try:
        if named:
            change_id = int(named) if named.isdecimal() and len(named) < 19 else 0
            made = merging.undo_one(intake, change_id, actor=recruiter(request))
            messages.success(request, f"{presenting.field_label(made.field)} is back to what it was.")
        else:
            undone = merging.undo(intake, actor=recruiter(request))
            messages.success(request, f"Undone: {len(undone)} field{'' if len(undone) == 1 else 's'} put back.")
    except GreenroomError as error:
        messages.error(request, error.message)
    return redirect("admin:intake_intake_change", intake.pk)


def _merged(intake: Intake, given: dict[str, Answer]) -> list[Row]:
    """What the merge changed, in the order in which it did: told by its changes, whatever happened to them since."""
    changes = Change.objects.filter(pk__in=intake.outcome.get("changes", [])).select_related("undone_by").order_by("id")
    return [
        Row(
            label=presenting.field_label(one.field),
            sides=sides(one.old, one.new),
            answer=given.get(one.field.removeprefix(profiles.COLUMN)),
            change=one,
            was_undone=hasattr(one, "undone_by"),
        )
        for one in changes
    ]


def _coming(candidate: Candidate, given: dict[str, Answer]) -> list[Row]:
    """What would change if the candidate were done now."""
    found = []
    for name, answer in given.items():
        if answer.state not in (AnswerState.ACCEPTED, AnswerState.PROPOSED):
            continue
        known = getattr(candidate, name) if name in profiles.EDITABLE else candidate.other_columns.get(name)
        before = profiles.stored(known)
        if before != answer.value:
            found.append(Row(presenting.field_label(name), sides(before, answer.value), answer))
    return found


def _movement(told: effect.Effect) -> dict[str, Any]:
    """The combined score before and after, with the tiers as marks."""
    before, after = told.before.get("combined_score"), told.after.get("combined_score")
    difference = after - before if before is not None and after is not None else None
    return {
        "before": before,
        "after": after,
        "difference": difference,
        "sign": "" if not difference else "up" if difference > 0 else "down",
        "tier_before": presenting.tier_badge(told.before.get("tier")),
        "tier_after": presenting.tier_badge(told.after.get("tier")),
        "largest": max((abs(one.points) for one in told.moved), default=0),
    }
