"""Making an account: everybody is answered alike, and the address is confirmed by a mailed link before it is of use.

The link asks for the password that was chosen with it. Else somebody could sign up with another person's address and
wait until that person, who gets the mail, confirms it: now whoever confirms has to be the one who signed up. Until then
the account is nobody's, and signing up with the same address again begins anew: the newest password and link count.
"""

from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import letters, links, passwords, signing_in, throttling
from accounts.links import InvalidLink
from accounts.models import LetterKind, Link, User
from accounts.profiles import clean_email, clean_name


def sign_up(*, email: str, name: str, password: str) -> None:
    """Make an account that is confirmed by mail; where the address has one, its owner is mailed that instead.

    The caller learns nothing of which it was: same answer, same work. Raises Invalid for what is wrong with the
    values themselves, MailNotConfigured.
    """
    letters.must_be_possible()
    email, name = clean_email(email), clean_name(name)
    passwords.must_be_good(password, user=User(email=email, name=name))
    fresh = User(pk=uuid4(), email=email, name=name, password=make_password(password), email_verified_at=None)
    with transaction.atomic():
        # Of parallel sign-ups with one address one makes the row; the unique index sees to it.
        User.objects.bulk_create([fresh], ignore_conflicts=True)
        unconfirmed = User.objects.filter(email=email, email_verified_at=None, last_login=None, is_active=True)
        unconfirmed.exclude(pk=fresh.pk).update(password=fresh.password, name=name)
        # Locked, so that of two at once the letters tell of what stands in the row.
        user = User.objects.select_for_update(no_key=True).get(email=email)
        is_new = user.email_verified_at is None
        # Links to confirm that were mailed before are for a password that counts no more.
        Link.objects.of(purpose=letters.CONFIRM, subject_id=user.pk).filter(revoked_at=None).update(
            revoked_at=timezone.now()
        )
        letters.owe(user, LetterKind.CONFIRM if is_new else LetterKind.KNOWN)


def send_again(*, email: str) -> None:
    """Mail the link to confirm once more, if there is an account that waits for it; the caller learns nothing of that.

    Raises MailNotConfigured, for everybody alike.
    """
    letters.must_be_possible()
    with transaction.atomic():
        user = User.objects.filter(email=email.strip().lower(), email_verified_at=None, is_active=True).first()
        letters.owe(user, LetterKind.CONFIRM)


def waiting_for(token: str, *, address: str = "") -> User:
    """Whose address a mailed token confirms, for a page that asks for the password; nothing is used up.

    `address` is the caller's, whose wrong tokens are counted. Raises links.InvalidLink, links.TooManyWrongLinks.
    """
    return _holder(links.look(token, purpose=letters.CONFIRM, subject_id=None, address=address))


def verify(*, request: HttpRequest, token: str, password: str) -> User:
    """Confirm an address by a mailed token and the password chosen with it, once. The caller may be signed in then.

    Raises links.InvalidLink, links.TooManyWrongLinks; WrongPassword and LockedOut, after which the token is good for
    another try.
    """
    link = links.look(token, purpose=letters.CONFIRM, subject_id=None, address=throttling.address_of(request))
    user = _holder(link)
    signing_in.confirm_newcomer(request=request, user=user, password=password)
    with transaction.atomic():
        links.use_up(link)
        confirmed = User.objects.filter(
            pk=user.pk, password=user.password, email_verified_at=None, is_active=True
        ).update(email_verified_at=timezone.now())
        if not confirmed:
            raise InvalidLink
    user.refresh_from_db()
    return user


def _holder(link: Link) -> User:
    user = User.objects.filter(pk=link.subject_id, email_verified_at=None, is_active=True).first()
    if user is None:
        raise InvalidLink
    return user
