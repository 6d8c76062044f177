"""A second step at sign-in for recruiters who want one: a code from an app (TOTP, RFC 6238), or a recovery code.

Devices and codes are django-otp's. No session begins and no token is given before both steps are passed, so nothing
behind a sign-in has to ask about it again. Wrong codes slow a device down, twice as long each time (django-otp).
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from dataclasses import dataclass

import segno
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.errors import WrongCode
from accounts.models import User

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no sign looks like another


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs: the key to type in, and a picture of it as SVG to scan."""

    key: str
    picture: str


def is_on(user: User) -> bool:
    """Whether signing in asks this user for a code."""
    return bool(TOTPDevice.objects.devices_for_user(user, confirmed=True).exists())


def must_pass(user: User, code: str) -> None:
    """Let through who needs no code or gives the right one. Raises WrongCode: nothing was given, or not the right one.

    A code is good once. After wrong ones a device takes none for a while, each time twice as long.
    """
    with transaction.atomic():
        devices = [
            *TOTPDevice.objects.devices_for_user(user, confirmed=True).select_for_update(),
            *StaticDevice.objects.devices_for_user(user, confirmed=True).select_for_update(),
        ]
        if not any(isinstance(device, TOTPDevice) for device in devices):
            return
        typed = "".join(code.split()).lower()
        # A code of digits is an app's, one of letters a recovery code: neither slows the other down.
        wanted = TOTPDevice if typed.isdecimal() else StaticDevice
        is_right = bool(typed) and any(device.verify_token(typed) for device in devices if isinstance(device, wanted))
    if not is_right:
        # Raised outside: what the device counted stays.
        raise WrongCode(was_given=bool(typed))


def begin(user: User) -> Enrolment:
    """Make a key that signing in does not ask for yet; done again before `confirm`, it is the same one."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "app"})
    picture = segno.make(device.config_url, error="m").svg_inline(scale=4, border=2, omitsize=True, svgclass="gr-qr")
    return Enrolment(key=_as_typed(device), picture=picture)


def confirm(user: User, code: str) -> list[str]:
    """Switch it on by a first code from the app; return the recovery codes, to be shown once. Raises WrongCode."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
        is_right = device is not None and device.verify_token("".join(code.split()))
        if device is not None and is_right:
            TOTPDevice.objects.filter(user=user, confirmed=True).delete()
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            return _new_codes(user)
    raise WrongCode(was_given=True)


def renew_codes(user: User) -> list[str]:
    """Other recovery codes; those before open nothing any more."""
    with transaction.atomic():
        return _new_codes(user)


def codes_left(user: User) -> int:
    """How many recovery codes were not used yet."""
    return int(StaticToken.objects.filter(device__user=user).count())


def switch_off(user: User) -> bool:
    """Ask for no code from now on; whether it was on. Whoever calls this has checked who asks for it."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        return bool(TOTPDevice.objects.filter(user=user).delete()[0])


def _new_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return [f"{code[:5]} {code[5:]}" for code in codes]


def _as_typed(device: TOTPDevice) -> str:
    """The key as apps take it by hand: Base32, in groups of four."""
    key = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
