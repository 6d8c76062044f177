"""Signing in and out, by a program with tokens or in a browser with a session, and a person's list of sign-ins.

Unknown address, wrong password, address not confirmed, account out of use: all of it is one and the same
WrongCredentials, after the same work. Who guesses is locked out alike (accounts.backends).
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import auth
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts import backends, throttling, tokens
from accounts.browser_sessions import digest_of
from accounts.errors import LockedOut, SignInNotFound, WrongCredentials, WrongPassword
from accounts.models import SignIn, SignInEnd, SignInQuerySet, User
from accounts.tokens import Opened


def check(*, request: HttpRequest, email: str, password: str) -> User:
    """The user with this address and password. Signs nobody in; a wrong password counts towards the lock.

    Raises WrongCredentials for everything that is wrong, LockedOut (with `retry_after`) after too much of it.
    """
    user = auth.authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(user, User):
        _refuse_if_locked(request)
        raise WrongCredentials
    return user


def sign_in(*, request: HttpRequest, email: str, password: str) -> Opened:
    """Sign in by a program: two tokens. Raises what `check` raises."""
    return open_tokens(request=request, user=check(request=request, email=email, password=password))


def open_tokens(*, request: HttpRequest, user: User) -> Opened:
    """Tokens for a user whose password (and, where it is asked for, second factor) was checked in this request."""
    # As django.contrib.auth.login does: the time is noted, and wrong passwords from before are forgotten.
    user_logged_in.send(sender=User, request=request, user=user)
    return tokens.open_for(user, device=device_of(request))


def sign_in_browser(*, request: HttpRequest, email: str, password: str) -> User:
    """Sign in by a browser: its session is the user's from now on. Raises what `check` raises."""
    user = check(request=request, email=email, password=password)
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


def address_of(request: HttpRequest) -> str:
    """The caller's network address, as far as our own proxies can be believed."""
    return throttling.address_of(request)


def _refuse_if_locked(request: HttpRequest) -> None:
    if backends.is_locked_out(request):
        seconds = backends.seconds_locked(request)
        raise LockedOut("Too many wrong passwords. Please try again later.", retry_after=seconds)
