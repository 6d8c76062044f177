"""A candidate's wish for erasure in the console: carried out at once, or declined with a reason that they read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from candidates.admin.recruiters import recruiter
from intake import erasing
from intake.models import Intake
from llm.errors import GreenroomError

_TOLD, _NOT_TOLD = "They were told by e-mail.", "They could not be told by e-mail: tell them yourself."


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish that waits for somebody: `until` is when it is carried out by itself, None where that is switched off."""

    asked_at: datetime
    until: datetime | None


def wish_of(intake: Intake) -> Wish | None:
    """The round's wish that nobody has decided on yet."""
    if intake.erasure_asked_at is None:
        return None
    days = settings.RETENTION_ERASURE_DAYS
    until = intake.erasure_asked_at + timedelta(days=days) if days > 0 else None
    return Wish(intake.erasure_asked_at, until)


@require_POST
def erase(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """Erase the round's candidate for good, as they asked; `sure` is the box that has to be ticked."""
    user = recruiter(request)
    intake = get_object_or_404(Intake.objects.select_related("candidate"), pk=intake_id)
    if request.POST.get("sure") != "yes":
        messages.error(request, "Nothing was erased. Tick the box to say that you are sure: it can't be undone.")
        return redirect("admin:intake_intake_change", intake.pk)
    try:
        erased, was_told = erasing.carry_out(intake, actor=user)
    except GreenroomError as error:
        messages.error(request, error.message)
        return redirect("admin:intake_intake_change", intake.pk)
    gone = ", ".join(
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in (
            (erased.candidates, "record"),
            (erased.documents, "document"),
            (erased.rooms, "conversation"),
        )
        if count
    )
    # Not by name: the message goes through the browser's cookies.
    told = _TOLD if was_told else _NOT_TOLD
    messages.success(request, f"Everything about the candidate was erased: {gone or 'it was gone already'}. {told}")
    return redirect("admin:candidates_candidate_changelist")


@require_POST
def decline(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """Keep the data, for a reason that the candidate reads."""
    user = recruiter(request)
    intake = get_object_or_404(Intake.objects.select_related("candidate"), pk=intake_id)
    try:
        was_told = erasing.decline(intake, actor=user, reason=request.POST.get("reason", ""))
        messages.success(request, f"The wish is declined; nothing was erased. {_TOLD if was_told else _NOT_TOLD}")
    except GreenroomError as error:
        messages.error(request, error.message)
    return redirect("admin:intake_intake_change", intake.pk)
