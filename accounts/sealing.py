"""Small secrets that must be read again, such as the key of somebody's authenticator app, as the database holds them.

Sealed by AES-256-GCM under a key that is made from SECRET_KEY, and bound to their owner: whoever has the database alone
reads none, and one that is copied into somebody else's row opens nothing there. What SECRET_KEY_FALLBACKS has sealed
stays readable; `is_newest` tells what is to be sealed anew before a fallback is taken away.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from llm.errors import GreenroomError

_NONCE_BYTES = 12


class Unreadable(GreenroomError):
    """It was sealed under a SECRET_KEY that this server does not have (any more), or for somebody else."""

    code = "second_step_unreadable"
    status = 503

    def __init__(self) -> None:
        super().__init__("The second step can't be checked on this server. An administrator can switch it off for you.")


def seal(secret: bytes, *, owner: UUID) -> str:
    """Text to store in place of a secret: a key's id, a colon, and nonce and cipher text in Base64."""
    key_id, key = next(iter(_keys().items()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return f"{key_id}:{urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, secret, owner.bytes)).decode()}"


def unseal(sealed: str, *, owner: UUID) -> bytes:
    """The secret out of what `seal` made. Raises Unreadable."""
    key_id, _, text = sealed.partition(":")
    try:
        raw = urlsafe_b64decode(text)
        return AESGCM(_keys()[key_id]).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.bytes)
    except (KeyError, ValueError, InvalidTag):
        raise Unreadable from None


def is_newest(sealed: str) -> bool:
    """Whether it was sealed under the SECRET_KEY of now."""
    return sealed.partition(":")[0] == next(iter(_keys()))


def _keys() -> dict[str, bytes]:
    """Keys by their ids, the one that seals first."""
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@functools.lru_cache(maxsize=8)
def _derived(own: tuple[str, ...]) -> dict[str, bytes]:
    keys = [hmac.digest(secret.encode(), b"greenroom sealed secrets", "sha256") for secret in own]
    return {hashlib.sha256(b"id of " + key).hexdigest()[:8]: key for key in keys}
