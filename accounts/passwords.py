"""Passwords: which ones are good enough, a forgotten one, a new one by a mailed link, another one for who is signed in.

A new password ends all sign-ins: whoever had the old one, or a token from it, is out at once.
"""

from __future__ import annotations

from django.contrib import auth
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import backends, letters, links, signing_in
from accounts.errors import Invalid, WrongPassword
from accounts.links import InvalidLink
from accounts.models import LetterKind, Link, User

# Argon2 takes any length, and a machine's time with it.
LONGEST = 256


def must_be_good(password: str, *, user: User, field: str = "password") -> None:
    """Raise Invalid, naming `field`, for a password that is too short, too common, or too close to the person."""
    if len(password) > LONGEST:
        raise Invalid({field: [f"This password is longer than {LONGEST} characters."]})
    try:
        validate_password(password, user=user)
    except ValidationError as error:
        raise Invalid({field: list(error.messages)}) from None


def forgot(*, email: str) -> None:
    """Mail a link to set a new password, if somebody has this address; the caller learns nothing of that.

    Raises MailNotConfigured, for everybody alike.
    """
    letters.must_be_possible()
    with transaction.atomic():
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        letters.owe(user, LetterKind.RESET)


def holder_of(token: str, *, address: str = "") -> User:
    """Whose password a mailed token sets, for a page that asks for the new one; nothing is used up.

    `address` is the caller's, whose wrong tokens are counted. Raises links.InvalidLink, links.TooManyWrongLinks.
    """
    return _holder(links.look(token, purpose=letters.RESET, subject_id=None, address=address))


def reset(*, token: str, password: str, address: str = "") -> User:
    """Set a new password by a mailed token, once; all sign-ins end. The caller is not signed in by it.

    Whoever reads the mailbox has confirmed the address with it. Raises Invalid for a weak password (the token is good
    for another try), links.InvalidLink, links.TooManyWrongLinks.
    """
    link = links.look(token, purpose=letters.RESET, subject_id=None, address=address)
    must_be_good(password, user=_holder(link))
    with transaction.atomic():
        links.use_up(link)
        user = User.objects.select_for_update(no_key=True).filter(pk=link.subject_id, is_active=True).first()
        if user is None:
            raise InvalidLink
        user.email_verified_at = user.email_verified_at or timezone.now()
        _set(user, password)
        # Guesses at the password before tell nothing about this one; its owner is not kept waiting for them.
        backends.forget_failures(user)
    return user


def change(*, request: HttpRequest, user: User, current: str, new: str, in_browser: bool = True) -> None:
    """Set a new password for somebody who is signed in and knows the old one; all sign-ins end.

    The browser's session that asks goes on, under a new key. A program (`in_browser` false) is to be given new tokens
    by `signing_in.open_tokens`.
    Raises WrongPassword, LockedOut, Invalid (naming `new_password`).
    """
    try:
        signing_in.confirm(request=request, user=user, password=current)
    except WrongPassword as error:
        raise WrongPassword(error.message, fields={"current_password": [error.message]}) from None
    must_be_good(new, user=user, field="new_password")
    if new == current:
        raise Invalid({"new_password": ["This is the password that you have now."]})
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _set(locked, new)
    user.password = locked.password
    if in_browser:
        auth.update_session_auth_hash(request, locked)


def _holder(link: Link) -> User:
    user = User.objects.filter(pk=link.subject_id, is_active=True).first()
    if user is None:
        raise InvalidLink
    return user


def _set(user: User, password: str) -> None:
    """Store the password, which ends all sign-ins (User.save), and the links that were mailed before it."""
    user.set_password(password)
    user.save(update_fields=["password", "email_verified_at"])
    for purpose in (letters.RESET, letters.CONFIRM):
        Link.objects.of(purpose=purpose, subject_id=user.pk).filter(closed_at=None).update(closed_at=timezone.now())
    letters.owe(user, LetterKind.CHANGED)
