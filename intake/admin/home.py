"""What intake adds to the console's home page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.formats import date_format

from candidates.admin.home import Need
from intake.admin.erasure_page import wish_of
from intake.models import Intake

NEEDS_SHOWN = 20


def needs() -> list[Need]:
    """Wishes for erasure that nobody has decided on, the oldest first: the law sets them a term."""
    waiting = Intake.objects.filter(erasure_asked_at__isnull=False, candidate__deleted_at=None)
    rows = waiting.select_related("candidate").only("erasure_asked_at", "candidate", "candidate__name")
    return [_need(one) for one in rows.order_by("erasure_asked_at", "id")[:NEEDS_SHOWN]]


def _need(intake: Intake) -> Need:
    wish = wish_of(intake)
    by_itself = f", or it happens on {date_format(wish.until, 'j F')}" if wish and wish.until else ""
    return Need(
        "person_remove",
        intake.candidate.name or "Unnamed candidate",
        f"Wants everything about them erased. Decide{by_itself}.",
        reverse("admin:intake_intake_change", args=[intake.pk]) + "#erasure",
        "Decide",
        "bad",
    )
