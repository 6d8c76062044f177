"""The recruiter's door: an API key or a staff session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import throttling
from accounts.models import ApiKey, User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports this module's users, so not at run time


class ApiKeyAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer gr_…`. Anything wrong with the key is one and the same 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = ApiKey.in_force(secret)
        if key is None:
            wait = throttling.seconds_after_wrong_key(request._request)
            if wait is not None:
                raise Throttled(wait=wait, detail="Too many wrong keys from this address.")
            raise AuthenticationFailed("This API key is not known or was revoked.")
        key.mark_used()
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Greenroom"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key made by `manage.py create_api_key`."}


class IsRecruiter(BasePermission):
    """Staff only. Trainees and candidates have doors of their own."""

    message = "This is for recruiters."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.is_staff)
