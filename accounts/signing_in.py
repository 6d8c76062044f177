"""Signing in and out, by a program with tokens or in a browser with a session, and a person's list of sign-ins.

Unknown address, wrong password, address not confirmed, account out of use: all of it is one and the same
WrongCredentials, after the same work. Who guesses is locked out alike (accounts.backends).
"""

from __future__ import annotations

import hmac
import time
from uuid import UUID

from django.contrib import auth
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts import backends, second_step, tokens
from accounts.browser_sessions import digest_of
from accounts.errors import LockedOut, SignInNotFound, WrongCredentials, WrongPassword
from accounts.models import SignIn, SignInEnd, SignInQuerySet, User
from accounts.tokens import Opened

# In a session: whose password was given, by which password, and until when a code may follow.
_AWAITS = "awaits_code"
CODE_SECONDS = 600


def check(*, request: HttpRequest, email: str, password: str) -> User:
    """The user with this address and password. Signs nobody in; a wrong password counts towards the lock.

    Raises WrongCredentials for everything that is wrong, LockedOut (with `retry_after`) after too much of it.
    """
    user = auth.authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(user, User):
        _refuse_if_locked(request)
        raise WrongCredentials
    return user


def sign_in(*, request: HttpRequest, email: str, password: str, code: str = "") -> Opened:
    """Sign in by a program: two tokens. Raises what `check` raises, and WrongCode where a second step is asked for."""
    user = check(request=request, email=email, password=password)
    second_step.must_pass(user, code)
    return open_tokens(request=request, user=user)


def open_tokens(*, request: HttpRequest, user: User) -> Opened:
    """Tokens for a user whose password (and, where it is asked for, second factor) was checked in this request."""
    # As django.contrib.auth.login does: the time is noted, and wrong passwords from before are forgotten.
    user_logged_in.send(sender=User, request=request, user=user)
    return tokens.open_for(user, device=device_of(request))


def sign_in_browser(*, request: HttpRequest, email: str, password: str) -> bool:
    """Sign in by a browser: its session is the user's from now on. Raises what `check` raises.

    False where a code is asked for before that: see `await_code`.
    """
    user = check(request=request, email=email, password=password)
    if second_step.is_on(user):
        await_code(request=request, user=user)
        return False
    open_browser(request=request, user=user)
    return True


def await_code(*, request: HttpRequest, user: User) -> None:
    """Remember, in a session that is nobody's yet, that somebody gave this user's password; `pass_code` comes next."""
    request.session.cycle_key()
    request.session[_AWAITS] = [str(user.pk), user.get_session_auth_hash(), int(time.time()) + CODE_SECONDS]


def awaits_code(request: HttpRequest) -> User | None:
    """Whose password was given in this browser a short while ago, so that only the code is missing."""
    user_id, hash_then, until = request.session.get(_AWAITS) or ("", "", 0)
    if until < time.time():
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return user if user is not None and hmac.compare_digest(user.get_session_auth_hash(), hash_then) else None


def pass_code(*, request: HttpRequest, code: str) -> User | None:
    """Sign in by the code, after the password; None where that was too long ago. Raises WrongCode."""
    user = awaits_code(request)
    if user is not None:
        second_step.must_pass(user, code)
        del request.session[_AWAITS]
        open_browser(request=request, user=user)
    return user


def open_browser(*, request: HttpRequest, user: User) -> None:
    """As `open_tokens`, for a browser: its session is the user's from now on."""
    auth.login(request, user, backend="accounts.backends.Accounts")


def sign_out(*, request: HttpRequest, sign_in: SignIn | None) -> None:
    """End the sign-in of a request: its tokens, or (for None) its browser's session. Twice is fine."""
    if sign_in is None:
        auth.logout(request)
    else:
        SignIn.objects.filter(pk=sign_in.pk).end(SignInEnd.SIGNED_OUT)


def sign_ins(user: User) -> SignInQuerySet:
    """Where somebody is signed in now, newest first."""
    return SignIn.objects.filter(user=user).in_force()


def end(*, user: User, sign_in_id: UUID) -> SignIn:
    """End one of somebody's own sign-ins; twice is fine. Raises SignInNotFound, also for somebody else's."""
    found = SignIn.objects.filter(user=user, pk=sign_in_id)
    found.end(SignInEnd.BY_PERSON)
    ended = found.first()
    if ended is None:
        raise SignInNotFound("There is no such sign-in.")
    return ended


def end_others(*, user: User, but: SignIn | None) -> int:
    """End all of somebody's sign-ins but this one; return how many."""
    return (sign_ins(user).exclude(pk=but.pk) if but else sign_ins(user)).end(SignInEnd.BY_PERSON)


def confirm(*, request: HttpRequest, user: User, password: str) -> None:
    """Make sure that whoever is signed in knows the password too, before something that can't be undone.

    A stolen session must not become a way to guess: this counts towards the lock as signing in does. Raises
    WrongPassword, LockedOut.
    """
    try:
        check(request=request, email=user.email, password=password)
    except WrongCredentials:
        told = "This is not your password."
        raise WrongPassword(told, fields={"password": [told]}) from None


def confirm_newcomer(*, request: HttpRequest, user: User, password: str) -> None:
    """As `confirm`, for an account whose address is not confirmed yet: `check` lets nobody in by it."""
    try:
        backends.Guard().authenticate(request, username=user.email)
    except PermissionDenied:
        _refuse_if_locked(request)
    if not user.check_password(password):
        user_login_failed.send(sender=__name__, credentials={"username": user.email}, request=request)
        _refuse_if_locked(request)
        told = "This is not the password that was chosen with this link."
        raise WrongPassword(told, fields={"password": [told]})


def browser_sign_in(request: HttpRequest) -> SignIn | None:
    """The sign-in of this browser, for the list of devices; None in the very request that signs in."""
    key = request.session.session_key
    return SignIn.objects.in_force().filter(digest=digest_of(key)).first() if key else None


def device_of(request: HttpRequest) -> str:
    """The browser or program, as it names itself."""
    told = request.headers.get("User-Agent", "")
    return "".join(sign for sign in told if sign.isprintable())[:200]


def _refuse_if_locked(request: HttpRequest) -> None:
    if backends.is_locked_out(request):
        seconds = backends.seconds_locked(request)
        raise LockedOut("Too many wrong passwords. Please try again later.", retry_after=seconds)
