"""The bell in the header: what a recruiter has not read yet."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from candidates.admin.pages import console_page
from candidates.admin.recruiters import recruiter
from intake import notices as of_intake
from intake.models import Notice
from intake.states import NoticeKind

IN_THE_BELL = 8
ON_THE_PAGE = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as the console tells it."""

    notice: Notice
    name: str
    what: str
    icon: str
    is_urgent: bool


@require_safe
@never_cache
def part(request: HttpRequest) -> HttpResponse:
    """How many are unread, and the newest of them: asked for by every open page now and then."""
    rows = list(of_intake.unread(recruiter(request))[: IN_THE_BELL + 1])
    context = {
        "count": f"{IN_THE_BELL}+" if len(rows) > IN_THE_BELL else str(len(rows)) if rows else "",
        "lines": [line_of(row) for row in rows[:IN_THE_BELL]],
    }
    return TemplateResponse(request, "admin/intake/bell_part.html", context)


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """All notices to this recruiter, unread ones marked; the bell without JavaScript."""
    user = recruiter(request)
    rows = Notice.objects.filter(recipient=user, candidate__deleted_at=None).select_related("candidate", "intake")
    context = {
        "lines": [line_of(row) for row in rows[:ON_THE_PAGE]],
        "unread": of_intake.unread(user).count(),
    }
    return console_page(request, "intake/notices.html", title="Notices", context=context)


@require_POST
def open_one(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Note that a notice was read, and show what it is about. Another recruiter's is not found."""
    user = recruiter(request)
    notice = get_object_or_404(Notice, pk=notice_id, recipient=user)
    of_intake.read(user, notice_ids=[notice.pk])
    return redirect("admin:intake_intake_change", notice.intake_id)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Note that everything was read."""
    of_intake.read(recruiter(request))
    return redirect(reverse("admin:intake_notice_changelist"))


def line_of(notice: Notice) -> Line:
    """One notice in words."""
    name = notice.candidate.name or "Unnamed candidate"
    if notice.kind == NoticeKind.ERASURE_ASKED:
        return Line(notice, name, "asks for everything about them to be erased", "person_remove", True)
    count = len(notice.intake.outcome.get("fields", []))
    told = f"{count} field{'' if count == 1 else 's'} filled or corrected" if count else "nothing changed"
    return Line(notice, name, f"completed intake: {told}", "how_to_reg", False)
