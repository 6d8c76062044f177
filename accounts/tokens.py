"""Tokens of those who sign in by a program: a short access token, and a refresh token that is good for one use.

Both are JWTs that name a SignIn (`sid`) and nothing of the person. The SignIn is looked up at each request, so that
every token of it is dead the moment it ends. Of the refresh token in force the SHA-256 of its id is stored; one that
comes a second time was stolen, or lost on its way: nobody can tell, so the whole sign-in ends (RFC 9700 §4.14.2).

Whatever is wrong with a token is one and the same InvalidToken.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import (
    ExpiredTokenError,
    TokenBackendError,
    TokenBackendExpiredToken,
    TokenError,
)
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.errors import InvalidToken
from accounts.models import SignIn, SignInEnd, SignInKind, User

ISSUER = "greenroom"
AUDIENCE = "greenroom:accounts"
# Devices of one person that are signed in at the same time; one more signs the oldest one out.
MOST_AT_ONCE = 100
# Longer than any token of ours: what is longer is not worth parsing.
_LONGEST = 2_000
_LEEWAY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """A sign-in and its two tokens, which are known here and now only."""

    sign_in: SignIn
    access: str = field(repr=False)
    refresh: str = field(repr=False)

    @property
    def user(self) -> User:
        return self.sign_in.user


def open_for(user: User, *, device: str = "") -> Opened:
    """Sign a user in on a device, as it names itself. Whoever calls has made sure that it is the user."""
    now = timezone.now()
    sign_in = SignIn(
        user=user,
        kind=SignInKind.API,
        device=device[:200],
        created_at=now,
        last_seen_at=now,
        expires_at=now + _refresh_lifetime(),
    )
    access, refresh, sign_in.digest = _pair(sign_in.pk)
    sign_in.save(force_insert=True)
    # A script that signs in anew for each of its calls must not leave a list that nobody can read.
    SignIn.objects.filter(user=user).end_all_but_newest(MOST_AT_ONCE)
    return Opened(sign_in, access, refresh)


def rotate(refresh: str) -> Opened:
    """Trade a refresh token for a new pair; it is worth nothing from then on. Raises InvalidToken.

    One that was traded before ends the sign-in with all its tokens. Of parallel trades of one token one gets a pair,
    and it is worth nothing either.
    """
    sign_in_id, digest = _read(_Refresh, refresh)
    now = timezone.now()
    access, fresh, new_digest = _pair(sign_in_id)
    rows = SignIn.objects.filter(pk=sign_in_id)
    # Compare-and-set on the digest: each refresh token is traded once. The user is asked for by EXISTS and not by a
    # join, which Django puts into a subquery with all conditions: that is read once, so whoever waited on the row's
    # lock would find its digest unchanged.
    is_active = Exists(User.objects.filter(pk=OuterRef("user_id"), is_active=True))
    traded = (
        rows.in_force()
        .filter(is_active, digest=digest)
        .update(digest=new_digest, last_seen_at=now, expires_at=now + _refresh_lifetime())
    )
    if not traded:
        rows.exclude(digest=digest).end(SignInEnd.REUSED)
        raise InvalidToken
    sign_in = SignIn.find_in_force(sign_in_id)
    if sign_in is None:
        raise InvalidToken
    return Opened(sign_in, access, fresh)


def holder_of(access: str) -> SignIn:
    """The sign-in (with its user) that an access token was given to. Raises InvalidToken."""
    sign_in = SignIn.find_in_force(sign_in_id_of(access))
    if sign_in is None:
        raise InvalidToken
    sign_in.mark_seen()
    return sign_in


def sign_in_id_of(access: str) -> UUID:
    """Which sign-in an access token names: signature, times and audience hold, the database was not asked.

    For statements that look the sign-in up themselves. Raises InvalidToken.
    """
    return _read(_Access, access)[0]


def is_ours(token: str) -> bool:
    """Whether a bearer token claims to be one of these; not whether it is good."""
    try:
        return len(token) <= _LONGEST and jwt.decode(token, options={"verify_signature": False})["aud"] == AUDIENCE
    except (jwt.PyJWTError, KeyError, ValueError):
        return False


class _Backend(TokenBackend):
    """Signs with one key; takes what the key before it has signed, too."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        secret = hmac.digest(keys[0].encode(), b"greenroom sign-ins", "sha256").hex()
        super().__init__("HS256", signing_key=secret, audience=AUDIENCE, issuer=ISSUER, leeway=_LEEWAY_SECONDS)
        self.before = _Backend(keys[1:]) if keys[1:] else None

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        try:
            return super().decode(token, verify)
        except TokenBackendExpiredToken:
            raise
        except TokenBackendError:
            if self.before is None:
                raise
            return self.before.decode(token, verify)


@functools.lru_cache(maxsize=8)
def _backend(keys: tuple[str, ...]) -> _Backend:
    return _Backend(keys)


class _Signed:
    """Where the keys come from: SECRET_KEY and, while that is being changed, the one before it."""

    def get_token_backend(self) -> TokenBackend:
        return _backend((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS[:1]))


class _Access(_Signed, AccessToken):
    pass


class _Refresh(_Signed, RefreshToken):  # type: ignore[misc]  # its two parents disagree about a method unused here
    pass


def _pair(sign_in_id: UUID) -> tuple[str, str, str]:
    """An access token, a refresh token, and the digest of the latter's id."""
    access, refresh = _Access(), _Refresh()
    access.set_exp(lifetime=timedelta(minutes=settings.ACCESS_TOKEN_MINUTES))
    refresh.set_exp(lifetime=_refresh_lifetime())
    access["sid"] = refresh["sid"] = str(sign_in_id)
    return str(access), str(refresh), _digest(refresh["jti"])


def _read(kind: Callable[[Any], Any], token: str) -> tuple[UUID, str]:
    """The sign-in that a token of this kind names, and the digest of the token's id."""
    if len(token) > _LONGEST:
        raise InvalidToken(is_forged=True)
    try:
        claims = kind(token)
        return UUID(claims["sid"]), _digest(claims["jti"])
    except ExpiredTokenError:
        raise InvalidToken from None
    except (TokenError, KeyError, ValueError, TypeError, AttributeError):
        raise InvalidToken(is_forged=True) from None


def _refresh_lifetime() -> timedelta:
    return timedelta(days=settings.REFRESH_TOKEN_DAYS)


def _digest(unique: str) -> str:
    """122 random bits can't be guessed, so a plain SHA-256 is enough."""
    return hashlib.sha256(unique.encode()).hexdigest()
