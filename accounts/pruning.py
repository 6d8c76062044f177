"""What accounts leave behind, and when it goes. Rules find what is due by its rows: run twice, they do no harm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.backends import cool_off
from accounts.models import Letter, SignIn, User

LETTERS_KEPT = timedelta(days=7)


def prune(*, dry_run: bool = False) -> dict[str, int]:
    """Delete what is due (or only count it); return how many of each kind, in words."""
    return {
        name: rows.count() if dry_run else rows.delete()[1].get(rows.model._meta.label, 0)
        for name, rows in _due().items()
    }


def _due() -> dict[str, QuerySet[Any]]:
    now = timezone.now()
    over = now - timedelta(days=settings.ENDED_SIGN_IN_DAYS)
    unconfirmed = now - timedelta(days=settings.UNCONFIRMED_ACCOUNT_DAYS)
    return {
        "ended sign-ins": SignIn.objects.filter(Q(ended_at__lt=over) | Q(expires_at__lt=over)),
        # Nobody ever signed in to them; whoever wants one signs up again.
        "accounts that were never confirmed": User.objects.filter(
            email_verified_at=None, last_login=None, date_joined__lt=unconfirmed, is_staff=False
        ),
        "letters": Letter.objects.filter(created_at__lt=now - LETTERS_KEPT),
        "sessions that ran out": Session.objects.filter(expire_date__lt=now),
        "wrong passwords": AccessAttempt.objects.filter(attempt_time__lt=now - cool_off(None)),
    }
