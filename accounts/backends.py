"""Who may sign in with a password: the same rules at all three doors (API, /coaching, console).

Every door asks `django.contrib.auth.authenticate(request, …)`. The first backend here turns away whoever guesses: a
place that tries too often (counted in Redis, before any password is hashed, so that parallel guesses don't slip
through), and an e-mail address that got too many wrong passwords from one place (django-axes, in Postgres). Known and
unknown addresses are treated alike, and are held as a keyed digest only.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts import throttling
from accounts.models import User


class Guard(AxesStandaloneBackend):  # type: ignore[misc]  # axes has no types
    """Lets nobody in; keeps guessers out."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **rest: Any) -> None:
        if request is None:
            raise PermissionDenied("nobody signs in without a request")
        so_far, left = throttling.count(f"sign-in:{throttling.address_of(request)}")
        if so_far > settings.SIGN_INS_PER_MINUTE:
            request.axes_locked_out = True  # type: ignore[attr-defined]
            request.locked_seconds = left  # type: ignore[attr-defined]
            raise AxesBackendPermissionDenied
        try:
            super().authenticate(request, username=username, **rest)
        except AxesBackendPermissionDenied:
            request.axes_locked_out = True  # type: ignore[attr-defined]
            raise


class Accounts(ModelBackend):
    """Right password, confirmed address, not put out of use. The password is hashed whatever is missing."""

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(super().user_can_authenticate(user)) and user.email_verified_at is not None

    def get_user(self, user_id: Any) -> User | None:
        user = super().get_user(user_id)
        return user if isinstance(user, User) else None


def is_locked_out(request: HttpRequest) -> bool:
    """Whether a sign-in of this request was refused, or is the last one, for too many wrong passwords."""
    return bool(getattr(request, "axes_locked_out", False))


def seconds_locked(request: HttpRequest) -> int:
    """How long somebody who is locked out has to wait at most."""
    return int(getattr(request, "locked_seconds", cool_off(request).total_seconds()))


def forget_failures(user: User) -> None:
    """Forget the wrong passwords for this user's address, and the locks that they led to, at all places."""
    AccessAttempt.objects.filter(username=account_of(None, {"email": user.email})).delete()


# --- what django-axes asks for --------------------------------------------------------------------------------------
def cool_off(request: HttpRequest | None) -> timedelta:
    """How long a lock holds after the last wrong password that counted."""
    return timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)


def failure_limit(request: HttpRequest, credentials: Any) -> int:
    """How many wrong passwords for one address from one place lock it there."""
    return int(settings.SIGN_IN_FAILURES)


def account_of(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Whose password is guessed: a keyed digest, since people type addresses of others, and passwords, there."""
    given = credentials or {}
    email = str(given.get("email") or given.get("username") or "").strip().lower()
    return hmac.digest(settings.SECRET_KEY.encode(), f"sign-in:{email}".encode(), "sha256").hex()


def place_of(request: HttpRequest) -> str | None:
    """The caller's address as it is counted; None where it has none."""
    address = throttling.address_of(request)
    return None if address == throttling.UNKNOWN else address
