"""What a candidate may ask for by the same link: a copy of everything that is held, and its erasure."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from intake import consent, holding, readable
from intake.states import Step
from intake.views import holder_of, page, to_step
from interviews import guest_pages


@require_safe
@guest_pages.in_own_language
@page
def download(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """A file with everything that is held of the candidate: for machines, or with `?as=page` to read."""
    intake = holder_of(request, candidate_id)
    if not consent.is_given(intake):
        return to_step(intake)
    held = holding.held(intake.candidate)
    if request.GET.get("as") == "page":
        content, kind, ending = readable.html(held, language=intake.language), "text/html", "html"
    else:
        content, kind, ending = json.dumps(held, ensure_ascii=False, indent=2, default=str), "application/json", "json"
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="greenroom-my-data.{ending}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@guest_pages.in_own_language
@page
def erase(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """The candidate wants everything erased: people are told, and do it. Twice is once."""
    intake = holder_of(request, candidate_id)
    if request.POST.get("sure") != "yes":
        return to_step(intake, Step.DONE)
    holding.ask_erasure(intake)
    return to_step(intake)
