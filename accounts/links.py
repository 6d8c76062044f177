"""Signed links for people without an account: issued, traded for a cookie, revoked, closed.

A link's token is a JWT that names one purpose (its audience) and one thing that it opens (its subject). Of the token
only the SHA-256 of its unique id is stored, so that a link can be taken back, and so that whoever reads the database
can open nothing. Looking at a link uses nothing up, because mail scanners do: the page's own POST trades the token for
a cookie, as often as the person comes back until the link expires, is revoked, or what it was for is completed.

Whatever is wrong with a token or a cookie is one and the same InvalidLink: it tells nothing about why.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.utils import timezone

from accounts import throttling
from accounts.models import Link, User
from accounts.queueing import one_at_a_time
from llm.errors import GreenroomError

ISSUER = "greenroom"
_ALGORITHM = "HS256"
_CLAIMS = ["sub", "iss", "aud", "exp", "iat", "nbf", "jti"]
# Longer than any token of ours: what is longer is not worth parsing.
_LONGEST_TOKEN = 2_000
_LEEWAY_SECONDS = 10
MAX_HOURS = 24 * 90
NO_GRACE = dt.timedelta(0)


class InvalidLink(GreenroomError):
    """This link opens nothing (any more), for whatever reason."""

    code = "invalid_link"
    status = 410

    def __init__(self) -> None:
        super().__init__("This link does not work. It may have expired or been replaced: please ask for a new one.")


class TooManyWrongLinks(GreenroomError):
    """This address tried too many links that do not work."""

    code = "throttled"
    status = 429


@dataclass(frozen=True, slots=True)
class Issued:
    """A new link. `token` is known here and now only: it is not stored and can't be shown again."""

    token: str = field(repr=False)
    link: Link


def issue(*, purpose: str, subject_id: UUID, hours: float, made_by: User | None) -> Issued:
    """Make a link that opens `subject_id` for `purpose` ("interview") during the next `hours`.

    Raises ValueError for hours that are not above 0 and at most MAX_HOURS.
    """
    if not 0 < hours <= MAX_HOURS:
        raise ValueError(f"a link is good for more than 0 and at most {MAX_HOURS} hours")
    now = timezone.now()
    unique = secrets.token_urlsafe(24)
    link = Link.objects.create(
        purpose=purpose,
        subject_id=subject_id,
        digest=_digest(unique),
        made_by=made_by,
        created_at=now,
        expires_at=now + dt.timedelta(hours=hours),
    )
    return Issued(_signed(link, audience=purpose, unique=unique, since=now), link)


def exchange(token: str, *, purpose: str, subject_id: UUID, address: str = "") -> Link:
    """The link that `token` is for, if it opens exactly this; note that it was opened. For a POST, never for a GET.

    `address` is the caller's (throttling.address_of): one that tries too many wrong links is told to wait. Raises
    InvalidLink for every fault, TooManyWrongLinks in its place after WRONG_LINKS_PER_MINUTE of them.
    """
    link = look(token, purpose=purpose, subject_id=subject_id, address=address)
    if link.opened_at is None:
        link.opened_at = timezone.now()
        Link.objects.filter(pk=link.pk, opened_at=None).update(opened_at=link.opened_at)
    return link


def look(token: str, *, purpose: str, subject_id: UUID | None, address: str = "") -> Link:
    """As `exchange`, but leaves no trace: for a page that greets before the person goes on.

    With a `subject_id` of None the token itself says what it opens.
    """
    try:
        claims = _claims(token, audience=purpose)
        link = Link.objects.filter(digest=_digest(claims["jti"])).first()
        if link is None or not _opens(link, claims, purpose=purpose, subject_id=subject_id or link.subject_id):
            raise InvalidLink
        return link
    except InvalidLink:
        if address and (wait := throttling.seconds_after_wrong_link(address)) is not None:
            message = "Too many links that do not work came from this address. Please wait a minute."
            raise TooManyWrongLinks(message, retry_after=wait) from None
        raise


def revoke(link: Link) -> bool:
    """Take a link back, with every cookie it was traded for; False where it was taken back before."""
    return bool(Link.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()))


def reissue(link: Link, *, hours: float, made_by: User | None) -> Issued:
    """As `renew`, for what this link is for."""
    return renew(purpose=link.purpose, subject_id=link.subject_id, hours=hours, made_by=made_by)


def renew(*, purpose: str, subject_id: UUID, hours: float, made_by: User | None) -> Issued:
    """Take back all links to one thing and make a new one. Of parallel calls exactly one link stays in force."""
    with transaction.atomic():
        # Whoever comes second waits here, and then finds and revokes what the first one made. Locking the rows instead
        # would let two who see different sets of them wait for each other.
        one_at_a_time(f"links:{purpose}:{subject_id}")
        Link.objects.of(purpose=purpose, subject_id=subject_id).filter(revoked_at=None).update(
            revoked_at=timezone.now()
        )
        return issue(purpose=purpose, subject_id=subject_id, hours=hours, made_by=made_by)


def use_up(link: Link) -> None:
    """Close a link that is good for one use, and all others to the same thing. Raises InvalidLink for the second use.

    Belongs into the transaction of what it was used for: of parallel uses one goes through.
    """
    if not Link.objects.in_force().filter(pk=link.pk).update(closed_at=timezone.now()):
        raise InvalidLink
    close(link)


def close(link: Link) -> None:
    """What the link was for is completed: this one and all others to the same thing open nothing from now on."""
    links = Link.objects.of(purpose=link.purpose, subject_id=link.subject_id)
    links.filter(closed_at=None).update(closed_at=timezone.now())


def cookie_for(link: Link, *, grace: dt.timedelta = NO_GRACE) -> str:
    """What a token is traded for: signed, for this thing alone, dead as soon as the link is, or `grace` after its end.

    A link that is revoked takes its cookies with it at once, whatever the grace.
    """
    return _signed(
        link, audience=_cookie_audience(link.purpose), unique=str(link.pk), since=timezone.now(), grace=grace
    )


def from_cookie(
    value: str, *, purpose: str, subject_id: UUID, or_closed: bool = False, grace: dt.timedelta = NO_GRACE
) -> Link:
    """The link that a cookie was made for. Raises InvalidLink for every fault.

    `or_closed`: also after completion, for a page that says thank you and shows nothing else. `grace`: also for so long
    after the link's end, for somebody who came in time and is in the middle of something.
    """
    claims = _claims(value, audience=_cookie_audience(purpose))
    try:
        link = Link.objects.filter(pk=UUID(claims["jti"])).first()
    except ValueError:
        raise InvalidLink from None
    if link is None or not _opens(
        link, claims, purpose=purpose, subject_id=subject_id, or_closed=or_closed, grace=grace
    ):
        raise InvalidLink
    return link


def cookie_name(purpose: str) -> str:
    return f"greenroom_{purpose}"


def set_cookie(response: HttpResponseBase, link: Link, *, path: str, grace: dt.timedelta = NO_GRACE) -> None:
    """Give the cookie to a browser: for requests below `path` alone, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(link.purpose),
        cookie_for(link, grace=grace),
        expires=link.expires_at + grace,
        path=path,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def _opens(
    link: Link,
    claims: dict[str, Any],
    *,
    purpose: str,
    subject_id: UUID,
    or_closed: bool = False,
    grace: dt.timedelta = NO_GRACE,
) -> bool:
    """Whether link, claims and question speak of the same thing, and the link is in force."""
    if (link.purpose, link.subject_id) != (purpose, subject_id) or claims["sub"] != str(subject_id):
        return False
    if link.revoked_at is not None or (link.closed_at is not None and not or_closed):
        return False
    return link.expires_at + grace > timezone.now()


def _signed(link: Link, *, audience: str, unique: str, since: dt.datetime, grace: dt.timedelta = NO_GRACE) -> str:
    key_id, key = next(iter(_keys().items()))
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": str(link.subject_id),
        "iat": int(since.timestamp()),
        "nbf": int(since.timestamp()),
        "exp": int((link.expires_at + grace).timestamp()),
        "jti": unique,
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": key_id})


def _claims(token: str, *, audience: str) -> dict[str, Any]:
    """What a token says, if a key of ours signed it, for this audience, and it is its time."""
    try:
        if len(token) > _LONGEST_TOKEN:
            raise InvalidLink
        key = _keys()[jwt.get_unverified_header(token)["kid"]]
        # The algorithm is ours to choose and never the token's: "none", or a public key as an HMAC's, finds no ear.
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=ISSUER,
            # Clocks of several machines differ; the end is held to the row's own moment besides.
            leeway=_LEEWAY_SECONDS,
            options={"require": _CLAIMS, "strict_aud": True},
        )
    except (jwt.PyJWTError, KeyError, ValueError):
        raise InvalidLink from None
    return claims


def _cookie_audience(purpose: str) -> str:
    """No purpose has a colon in it: a cookie is never taken for a link's token, nor a token for a cookie."""
    return f"{purpose}:cookie"


def _digest(unique: str) -> str:
    """24 random bytes can't be guessed, so a plain SHA-256 is enough."""
    return hashlib.sha256(unique.encode()).hexdigest()


def _keys() -> dict[str, bytes]:
    """Keys by their ids: the one that signs, and while keys are being changed the one before it."""
    own = settings.LINK_SIGNING_KEYS or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return _derived(tuple(own[:2]))


@functools.lru_cache(maxsize=8)
def _derived(own: tuple[str, ...]) -> dict[str, bytes]:
    keys = [hmac.digest(secret.encode(), b"greenroom links", "sha256") for secret in own]
    return {hashlib.sha256(b"id of " + key).hexdigest()[:16]: key for key in keys}
