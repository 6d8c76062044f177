"""What the operations of accounts share in their documentation: error answers and examples."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample

from accounts.api.shapes import ErrorSerializer

# Status → (what it means, an example's code, its message).
ERRORS: dict[int, tuple[str, str, str]] = {
    400: ("The request can't be read, or a value in it is not valid", "invalid", "Some values are not valid."),
    401: ("Not signed in, or with what is not valid (any more)", "not_authenticated", "Sign in, or send a token."),
    403: ("Signed in, but not for this, or without the CSRF token", "permission_denied", "CSRF token missing."),
    404: ("There is no such thing, or it is somebody else's", "not_found", "There is nothing here."),
    409: ("It does not fit the present state", "last_administrator", "You are the only administrator."),
    410: ("The link's token opens nothing (any more)", "invalid_link", "This link does not work."),
    413: ("Too large", "too_large", "The body is larger than 2048 KiB."),
    415: ("The wrong type of content", "unsupported_media_type", "Unsupported media type."),
    422: ("Well formed, but not what it has to be", "wrong_password", "This is not your password."),
    429: ("Too many requests, or too many wrong passwords", "throttled", "Too many wrong passwords."),
    500: ("Something went wrong on our side", "internal_error", "Something went wrong on our side."),
    503: ("A part that is needed is not configured", "mail_not_configured", "Mails can't be sent yet."),
}
_MAY_WAIT = (429,)


class AccountSchema(AutoSchema):
    """Documents the errors of an operation, which its view's `errors` names by method beside those of all."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        statuses = {400, 429, 500, *getattr(self.view, "errors", {}).get(self.method, ())}
        if any(self.get_auth()):
            statuses |= {401, 403}
        if self.method in ("POST", "PUT", "PATCH", "DELETE"):
            statuses |= {413, 415}
        shape = self.resolve_serializer(ErrorSerializer, "response").ref
        for status in sorted(statuses):
            meaning, code, message = ERRORS[status]
            responses[str(status)] = {
                "description": meaning,
                "content": {
                    "application/json": {"schema": shape, "example": {"error": {"code": code, "message": message}}}
                },
            }
            if status in _MAY_WAIT:
                responses[str(status)]["headers"] = {
                    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds after which to try again."}
                }
        return responses


def example(name: str, value: Any, *, request: bool = False, status: str = "") -> OpenApiExample:
    """An example of a request's body, or of the answer with this status."""
    return OpenApiExample(
        name, value, request_only=request, response_only=not request, status_codes=[status] if status else None
    )


_USER = {
    "user_id": "5f0c1d9e-6f0a-4a6e-9e0f-0d6f1f0b7a11",
    "email": "ada.okafor@example.com",
    "name": "Ada Okafor",
}
SIGN_UP = example(
    "Sign up",
    {"email": "ada.okafor@example.com", "name": "Ada Okafor", "password": "a long walk by the river"},
    request=True,
)
SIGN_IN = example("Sign in", {"email": "ada.okafor@example.com", "password": "a long walk by the river"}, request=True)
TOKENS = example("Signed in", {**_USER, "token": "eyJ…", "refresh": "eyJ…"}, status="200")
ME = example(
    "A trainee",
    {
        **_USER,
        "is_recruiter": False,
        "created_at": "2026-11-21T14:08:00.123456Z",
        "activated_at": None,
    },
    status="200",
)
