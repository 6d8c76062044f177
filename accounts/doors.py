"""The doors of everything that is not DRF (streams, pages' scripts): the same people, by the same keys and tokens."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.utils import check_csrf

from accounts import throttling, tokens
from accounts.errors import InvalidToken, NotSignedIn
from accounts.models import ApiKey, User
from llm.errors import GreenroomError

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def admit(request: HttpRequest) -> User:
    """Whoever asks with an access token or a browser's session (with its CSRF token, where the request writes).

    For anybody with an account, and what is their own. Raises NotSignedIn, a 429 after too many wrong tokens, and a 403
    without the CSRF token. Asks the database: not for the event loop's own thread.
    """
    secret = bearer(request)
    if secret is None:
        if not isinstance(request.user, User):
            raise NotSignedIn("Sign in, or send an access token.")
        must_be_meant(request)
        return request.user
    if secret.startswith(ApiKey.PREFIX):
        raise refusal(request, "API keys are for the recruiting API. Sign in for a token.")
    return holder(request, secret)


def holder(request: HttpRequest, token: str) -> User:
    """Whose access token this is. Raises NotSignedIn, or a 429 after too many wrong ones."""
    try:
        return tokens.holder_of(token).user
    except InvalidToken as error:
        raise (refusal(request, error.message) if error.is_forged else NotSignedIn(error.message)) from None


def bearer(request: HttpRequest) -> str | None:
    """The key or token of the Authorization header; None without one."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def must_be_meant(request: HttpRequest) -> None:
    """Raise a 403 where a request that writes comes with a session and without that session's CSRF token."""
    if request.method not in _SAFE and check_csrf(request) is not None:
        raise GreenroomError("The CSRF token is missing or wrong.", code="permission_denied", status=403)


def refusal(request: HttpRequest, message: str) -> GreenroomError:
    """The error for a wrong key or token; a 429 where it was one too many from this address."""
    if (wait := throttling.seconds_after_wrong_key(request)) is not None:
        told = "Too many wrong keys or tokens from this address."
        return GreenroomError(told, code="throttled", status=429, retry_after=wait)
    return NotSignedIn(message)
