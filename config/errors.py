"""One error shape for DRF, Ninja and pages: {"error": {"code", "message", "fields"?}}."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from llm.errors import GreenroomError


def error_body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """The body of every error answer."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return {"error": error}


def rest_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render what a DRF view raised; None lets an unforeseen error go on to the 500 handler."""
    headers: dict[str, str] = {}
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing here.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, GreenroomError):
        if error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after)
        body, status = error_body(error.code, error.message, error.fields), error.status
    elif isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        body, status = error_body("invalid", "Some values are not valid.", _flat(fields)), error.status_code
    elif isinstance(error, exceptions.APIException):
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait) + 1)  # type: ignore[attr-defined]
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        code = error.get_codes()
        body = error_body(code if isinstance(code, str) else "error", str(error.detail))
        status = error.status_code
    else:
        return None
    set_rollback()
    return Response(body, status=status, headers=headers)


def _flat(fields: dict[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """Nested serializer errors as one level: {"criteria.2.weight": ["…"]}."""
    flat: dict[str, list[str]] = {}
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            flat |= _flat(value, f"{path}.")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for position, item in enumerate(value):
                flat |= _flat(item, f"{path}.{position}.")
        else:
            flat[path] = [str(item) for item in (value if isinstance(value, list) else [value])]
    return flat


def page_error(request: HttpRequest, *, status: int, code: str, message: str) -> JsonResponse:
    """An error outside of any DRF view: JSON in the one shape."""
    return JsonResponse(error_body(code, message), status=status)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return page_error(request, status=404, code="not_found", message="There is nothing here.")


def server_error(request: HttpRequest) -> JsonResponse:
    return page_error(request, status=500, code="internal_error", message="Something went wrong on our side.")
