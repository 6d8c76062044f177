"""How many requests a recruiter may send, and how often an address may guess at keys and links. Counted in Redis.

A window is a minute by the wall clock; its counter is one key that Redis forgets by itself. Where Redis is down,
requests pass: a broken counter must not close the API.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import time
from typing import TYPE_CHECKING, ClassVar

import redis
from django.conf import settings
from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

from llm.errors import GreenroomError

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)
WINDOW_SECONDS = 60
# All who come from no address, as over a proxy's Unix socket, count as one place.
UNKNOWN = "unknown"


@functools.cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def _window(name: str) -> tuple[str, int]:
    """The counter's key in this minute, and how many seconds of it are left."""
    now = int(time.time())
    return f"throttle:{name}:{now // WINDOW_SECONDS}", WINDOW_SECONDS - now % WINDOW_SECONDS


def count(name: str) -> tuple[int, int]:
    """Count one more of `name` in this minute; return (how many so far, seconds until the next minute)."""
    key, left = _window(name)
    # Held while it is used: of two that a new process's first requests make at once one is forgotten at once, and
    # closes its connections with it.
    client = _redis()
    try:
        with client.pipeline(transaction=False) as pipeline:
            pipeline.set(key, 0, ex=WINDOW_SECONDS * 2, nx=True)
            pipeline.incr(key)
            _, so_far = pipeline.execute()
        return int(so_far), left
    except redis.RedisError:
        logger.warning("Redis does not answer; requests are not counted")
        return 0, left


class RecruiterThrottle(BaseThrottle):
    """So many requests a minute for each API key, or for each person signed in with a session."""

    scope: ClassVar[str] = "api"
    wait_seconds: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        who = getattr(request.auth, "pk", None) or getattr(request.user, "pk", None)
        if who is None:  # nobody signed in: the permission check answers 401
            return True
        so_far, left = count(f"{self.scope}:{who}")
        self.wait_seconds = left
        return so_far <= self.limit()

    def limit(self) -> int:
        """Requests a minute."""
        return int(settings.API_REQUESTS_PER_MINUTE)

    def wait(self) -> float | None:
        return self.wait_seconds


class TraineeThrottle(RecruiterThrottle):
    """So many requests a minute for each trainee, on all of their devices together."""

    scope = "trainee"

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.user.pk is None:
            return True
        so_far, left = count(f"{self.scope}:{request.user.pk}")
        self.wait_seconds = left
        return so_far <= self.limit()

    def limit(self) -> int:
        return int(settings.TRAINEE_REQUESTS_PER_MINUTE)


class ModelThrottle(RecruiterThrottle):
    """Fewer of those requests that may ask a model while the caller waits."""

    scope = "api-model"

    def limit(self) -> int:
        return int(settings.API_MODEL_REQUESTS_PER_MINUTE)


def address_of(request: HttpRequest) -> str:
    """The caller's address, as it is counted. X-Forwarded-For is believed only as far as our own proxies wrote it."""
    proxies = int(settings.TRUSTED_PROXIES)
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and forwarded:
        return counted_as(forwarded[-min(proxies, len(forwarded))])
    return counted_as(str(request.META.get("REMOTE_ADDR", "")))


def counted_as(address: str) -> str:
    """What a network address is counted as: IPv4 by itself, IPv6 by the /64 that a caller has all of (RFC 6177).

    `2001:db8:1:2::7` is "2001:db8:1:2::". A port behind it, as some proxies write, is left away: each connection has
    another one. What is no address is "unknown": nobody is counted anew by making words up.
    """
    host = address.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def slow_down(request: HttpRequest, what: str) -> None:
    """Count one more `what` ("sign-up") from this address, whatever becomes of it. Raises a 429 after too many."""
    told = "Too many requests came from this address. Please wait a minute."
    at_most(int(settings.ACCOUNT_REQUESTS_PER_MINUTE), f"{what}:{address_of(request)}", told=told)


def at_most(limit: int, name: str, *, told: str) -> None:
    """Count one more of `name` in this minute. Raises a 429 after `limit`, with `told`, where "{left}" are seconds."""
    so_far, left = count(name)
    if so_far > limit:
        raise GreenroomError(told.format(left=left), code="throttled", status=429, retry_after=left)


def seconds_after_wrong_key(request: HttpRequest) -> int | None:
    """Count one wrong key of this address; return how many seconds it must wait if that was one too many.

    Only wrong keys are counted, and only then is the count looked at: a right key costs no extra step, and an address
    that is locked out learns nothing from trying on.
    """
    return _seconds_after_wrong("key", address_of(request), settings.API_WRONG_KEYS_PER_MINUTE)


def seconds_after_wrong_link(address: str) -> int | None:
    """As `seconds_after_wrong_key`, for the links of people without an account."""
    return _seconds_after_wrong("link", address, settings.WRONG_LINKS_PER_MINUTE)


def _seconds_after_wrong(what: str, address: str, limit: int) -> int | None:
    so_far, left = count(f"wrong-{what}:{address}")
    return left if so_far >= limit else None
