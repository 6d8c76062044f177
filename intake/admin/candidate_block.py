"""What a candidate's page shows of intake: the link, the answers as they come, and what came of the last round."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from candidates import presenting
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate
from candidates.states import IntakeStatus
from intake import answers, effect, inviting, merging, questions
from intake.models import Answer, Intake
from intake.questions import PROFILE
from intake.states import OPEN, AnswerState, IntakeState, Step, Via

ROUND_TONES: dict[str, str] = {
    IntakeState.INVITED: "info",
    IntakeState.IN_PROGRESS: "ok",
    IntakeState.COMPLETED: "plain",
    IntakeState.WITHDRAWN: "plain",
}
STATE_TONES: dict[str, str] = {
    AnswerState.PROPOSED: "warn",
    AnswerState.ACCEPTED: "ok",
    AnswerState.REJECTED: "plain",
    AnswerState.SKIPPED: "plain",
}
VIA_ICONS: dict[str, str] = {
    Via.FORM: "edit_note",
    Via.RESUME: "description",
    Via.CHAT: "chat",
    Via.VOICE: "mic",
}
EARLIER_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a round: what is asked for, and the answer to it so far."""

    field: str
    label: str
    is_required: bool
    shown: str
    answer: Answer | None
    tone: str
    icon: str


@require_safe
def in_list(request: HttpRequest) -> HttpResponse:
    """Rounds have no list of their own: the candidates' shows and filters them."""
    recruiter(request)
    query = urlencode({"intake": IntakeStatus.IN_PROGRESS})
    return redirect(f"{reverse('admin:candidates_candidate_changelist')}?{query}")


@require_safe
@never_cache
def of_candidate(request: HttpRequest, candidate_id: uuid.UUID) -> HttpResponse:
    """The block; while a round is open it is asked for again whenever something happens in it."""
    recruiter(request)
    candidate = get_object_or_404(Candidate.objects.select_related("job"), pk=candidate_id)
    rounds = list(
        Intake.objects.filter(candidate=candidate)
        .exclude(state=IntakeState.WITHDRAWN)
        .select_related("job", "document", "candidate")
        .order_by("-created_at", "-id")[: EARLIER_SHOWN + 1]
    )
    newest = rounds[0] if rounds else None
    context: dict[str, Any] = {
        "candidate": candidate,
        "standing": inviting.standing(candidate),
        "round": newest,
        "round_tone": ROUND_TONES[newest.state] if newest else "",
        "is_open": newest is not None and newest.state in OPEN,
        "earlier": [one for one in rounds[1:] if one.state == IntakeState.COMPLETED],
        "missing": [presenting.field_label(name) for name in candidate.missing_required],
    }
    if newest is not None:
        lines = lines_of(newest)
        asked = [line for line in lines if line.field in {gap["field"] for gap in newest.gaps}]
        answered = [line for line in asked if line.answer is not None and line.answer.state != AnswerState.PROPOSED]
        context |= {
            "lines": [line for line in lines if line.answer is not None],
            "open_lines": [line for line in asked if line.answer is None],
            "answered": len(answered),
            "asked": len(asked),
            "percent": 100 * len(answered) / len(asked) if asked else 0,
            "step": Step(newest.step).label,
            "effect": effect.of(newest) if newest.state == IntakeState.COMPLETED else None,
            "is_undone": merging.is_undone(newest),
        }
    return TemplateResponse(request, "admin/intake/candidate_block.html", context)


def lines_of(intake: Intake) -> list[Line]:
    """What a round asks for, in its order, then what the candidate corrected besides; each with its answer."""
    given = answers.current(intake)
    gaps = answers.fields_of(intake).gaps
    return [
        _line(name, given.get(name), gaps[name] if name in gaps else questions.spec(name))
        for name in dict.fromkeys([*gaps, *given])
        if name in gaps or name in PROFILE
    ]


def _line(name: str, answer: Answer | None, spec: Any) -> Line:
    shown = ""
    if answer is not None and answer.state != AnswerState.SKIPPED:
        shown = answers.shown(spec, answer.value, language="en") or "Cleared"
    return Line(
        field=name,
        label=presenting.field_label(name),
        is_required=spec.is_required,
        shown=shown,
        answer=answer,
        tone=STATE_TONES[answer.state] if answer else "plain",
        icon=VIA_ICONS[answer.via] if answer else "",
    )
