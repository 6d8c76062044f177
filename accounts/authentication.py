"""The doors of DRF: an API key, a token or a browser's session; for recruiters, or for anybody with an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import throttling, tokens
from accounts.errors import InvalidToken
from accounts.models import ApiKey, SignIn, User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports this module's users, so not at run time

CHALLENGE = 'Bearer realm="Greenroom"'


class ApiKeyAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer gr_…`. Anything wrong with the key is one and the same 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        secret = _bearer(request)
        if secret is None or not secret.startswith(ApiKey.PREFIX):
            return None
        key = ApiKey.in_force(secret)
        if key is None:
            raise refusal(request, "This API key is not known or was revoked.")
        key.mark_used()
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class TokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer <access token>`; any other bearer is refused, so it comes after the other doors."""

    def authenticate(self, request: Request) -> tuple[User, SignIn] | None:
        secret = _bearer(request)
        if secret is None:
            return None
        if secret.startswith(ApiKey.PREFIX):
            raise refusal(request, "API keys are for the recruiting API. Sign in for a token.")
        try:
            sign_in = tokens.holder_of(secret)
        except InvalidToken as error:
            raise refusal_of(request, error) from error
        return sign_in.user, sign_in

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key made by `manage.py create_api_key`."}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "accessToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        told = "An access token of `POST /api/v1/auth/login`; good for minutes, and renewed by `auth/refresh`."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": told}


class IsRecruiter(BasePermission):
    """Staff only. Trainees and candidates have doors of their own."""

    message = "This is for recruiters."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.is_staff)


class IsTrainee(BasePermission):
    """Anybody with an account, for what is their own; recruiters practise too. Programs with an API key are nobody."""

    message = "This is for people with an account."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and not isinstance(request.auth, ApiKey)


def _bearer(request: Request) -> str | None:
    scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def refusal(request: Request, message: str) -> AuthenticationFailed | Throttled:
    """A 401, or a 429 where it was one wrong key or token too many from this address."""
    wait = throttling.seconds_after_wrong_key(request._request)
    if wait is not None:
        return Throttled(wait=wait, detail="Too many wrong keys or tokens from this address.")
    return AuthenticationFailed(message)


def refusal_of(request: Request, error: InvalidToken) -> AuthenticationFailed | Throttled:
    """The same for a token; one that was good once is no guess, and is not counted."""
    return refusal(request, error.message) if error.is_forged else AuthenticationFailed(error.message)
