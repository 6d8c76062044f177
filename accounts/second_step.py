"""A second step at sign-in for recruiters who want one: a code from an app (TOTP, RFC 6238), or a recovery code.

No session begins and no token is given before both steps are passed, so nothing behind a sign-in has to ask about it.
Devices and codes are django-otp's, with its guards: a code is good once, and wrong ones slow a device down, twice as
long each time. Nothing is stored readable: the key that app and server share is sealed (accounts.sealing), and of a
recovery code there is a digest under that key, against which nobody can try codes without it. Its owner is told by mail
when it is switched on or off, whoever did it.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from base64 import b32encode, urlsafe_b64encode
from dataclasses import dataclass

import segno
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from accounts import letters, sealing
from accounts.errors import WrongCode
from accounts.models import Authenticator, LetterKind, User

logger = logging.getLogger(__name__)
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no sign looks like another
_KEY_BYTES = 20  # as RFC 4226 has it


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs: the key to type in, a picture of it as SVG to scan, or its address to open on the phone."""

    key: str
    picture: str
    address: str


def is_on(user: User) -> bool:
    """Whether signing in asks this user for a code."""
    return bool(Authenticator.objects.filter(user=user, confirmed=True).exists())


def must_pass(user: User, code: str) -> None:
    """Let through who needs no code or gives the right one. Raises WrongCode: nothing was given, or not the right one.

    A code is good once. After wrong ones a device takes none for a while, each time twice as long. Raises
    sealing.Unreadable where SECRET_KEY was changed without leaving the one before it among SECRET_KEY_FALLBACKS.
    """
    typed = "".join(code.split()).lower()
    with transaction.atomic():
        app = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
        if app is None:
            return
        # A code of digits is an app's, one of letters a recovery code: neither slows the other down.
        if typed.isdecimal():
            is_right = app.verify_token(typed)
        else:
            recovery = StaticDevice.objects.select_for_update().filter(user=user).first()
            is_right = bool(typed) and recovery is not None and recovery.verify_token(digest_of(typed, key=app.bin_key))
    if not is_right:
        # Raised outside: what the device counted stays.
        raise WrongCode(was_given=bool(typed))


def begin(user: User) -> Enrolment:
    """Make a key that signing in does not ask for yet; done again before `confirm`, it is the same one."""
    with transaction.atomic():
        # Of two pages that are opened at once the second one finds the key of the first.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        app = Authenticator.objects.filter(user=user, confirmed=False).first()
        if app is not None and not sealing.is_newest(app.key):
            app.delete()
            app = None
        if app is None:
            key = sealing.seal(secrets.token_bytes(_KEY_BYTES), owner=user.pk)
            app = Authenticator.objects.create(user=user, confirmed=False, name="app", key=key)
    picture = segno.make(app.config_url, error="m").svg_inline(scale=4, border=2, omitsize=True, svgclass="gr-qr")
    return Enrolment(key=_as_typed(app.bin_key), picture=picture, address=app.config_url)


def confirm(user: User, code: str) -> list[str]:
    """Switch it on by a first code from the app; return the recovery codes, to be shown once. Raises WrongCode."""
    with transaction.atomic():
        app = Authenticator.objects.select_for_update().filter(user=user, confirmed=False).first()
        is_right = app is not None and app.verify_token("".join(code.split()))
        if app is not None and is_right:
            Authenticator.objects.filter(user=user, confirmed=True).delete()
            app.confirmed = True
            app.save(update_fields=["confirmed"])
            letters.owe(user, LetterKind.SECOND_ON)
            return _new_codes(app)
    raise WrongCode(was_given=True)


def renew_codes(user: User) -> list[str]:
    """Other recovery codes, where it is on; those before open nothing any more."""
    with transaction.atomic():
        app = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
        return _new_codes(app) if app is not None else []


def codes_left(user: User) -> int:
    """How many recovery codes were not used yet."""
    return int(StaticToken.objects.filter(device__user=user).count())


def switch_off(user: User) -> bool:
    """Ask for no code from now on; whether it was on. Whoever calls this has checked who asks for it."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        Authenticator.objects.filter(user=user, confirmed=False).delete()
        was_on = bool(Authenticator.objects.filter(user=user).delete()[0])
        if was_on:
            letters.owe(user, LetterKind.SECOND_OFF)
        return was_on


def reseal() -> int:
    """Seal anew what a SECRET_KEY before this one has sealed, so that it may be taken away; return how many."""
    count = 0
    for pk, key in Authenticator.objects.values_list("pk", "key"):
        if sealing.is_newest(key):
            continue
        with transaction.atomic():
            app = Authenticator.objects.select_for_update().filter(pk=pk).first()
            try:
                if app is not None:
                    app.key = sealing.seal(app.bin_key, owner=app.user_id)
                    app.save(update_fields=["key"])
                    count += 1
            except sealing.Unreadable:
                logger.error("a second step is sealed under no key of this server: is SECRET_KEY_FALLBACKS set?")
    return count


def digest_of(code: str, *, key: bytes) -> str:
    """What is stored of a recovery code: 16 characters, 96 bits, of an HMAC under its owner's key."""
    return urlsafe_b64encode(hmac.digest(key, f"recovery code {code}".encode(), "sha256")[:12]).decode()


def _new_codes(app: Authenticator) -> list[str]:
    StaticDevice.objects.filter(user=app.user_id).delete()
    device = StaticDevice.objects.create(user=app.user, name="recovery")
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    key = app.bin_key
    StaticToken.objects.bulk_create([StaticToken(device=device, token=digest_of(code, key=key)) for code in codes])
    return [f"{code[:5]} {code[5:]}" for code in codes]


def _as_typed(key: bytes) -> str:
    """The key as apps take it by hand: Base32, in groups of four."""
    text = b32encode(key).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
