"""One error shape for DRF, Ninja and pages: {"error": {"code", "message", "fields"?}}."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.backends import seconds_locked
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

# Below these addresses programs ask, and nothing but JSON is answered; elsewhere people do.
JSON_ADDRESSES = ("/api", "/live", "/health", "/openapi.json")
TITLES = {
    400: "That can't be read",
    403: "Not for you",
    404: "There is nothing here",
    429: "Too many tries",
    500: "Something went wrong",
}


def error_body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """The body of every error answer."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return {"error": error}


def rest_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render what a DRF view raised. An unforeseen error is logged, and told without any detail."""
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
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        if challenge := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = str(challenge)
        code = error.get_codes()
        body = error_body(code if isinstance(code, str) else "error", str(error.detail))
        status = error.status_code
    elif isinstance(error, RequestDataTooBig):
        body, status = error_body("too_large", "The body is too large."), 413
    elif isinstance(error, SuspiciousOperation):
        body, status = error_body("malformed", "The request can't be read."), 400
    else:
        request = context["request"]._request
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        # Tools that watch for unhandled errors listen to this.
        got_request_exception.send(sender=None, request=request)
        body, status = error_body("internal_error", "Something went wrong on our side."), 500
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


def page_error(
    request: HttpRequest, *, status: int, code: str, message: str, ways: dict[str, str] | None = None
) -> HttpResponse:
    """An error outside of any DRF view: a page for people, JSON in the one shape for programs.

    `ways` names where a person may go on from the page, and by what address; by itself that is the start page.
    """
    wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith(JSON_ADDRESSES)
    if wants_page:
        page: dict[str, Any] = {
            "status": status,
            "title": TITLES.get(status, "Error"),
            "message": message,
            "ways": ways,
        }
        return HttpResponse(render_to_string("error.html", page), status=status)
    return JsonResponse(error_body(code, message), status=status)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: object) -> HttpResponse:
    """What django-axes answers in place of another try to sign in; a view that has said so itself is left alone."""
    if response is not None and response.status_code == 429:
        return response
    seconds = seconds_locked(request)
    minutes = max(1, round(seconds / 60))
    told = (
        "There were too many wrong passwords from here, so signing in is closed for a while. "
        f"Please try again in {minutes} minute{'' if minutes == 1 else 's'}."
    )
    ways = {"Back to sign-in": request.path, "Forgot your password?": reverse("accounts:forgot")}
    answer = page_error(request, status=429, code="throttled", message=told, ways=ways)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    too_big = isinstance(exception, RequestDataTooBig)
    return page_error(
        request,
        status=413 if too_big else 400,
        code="too_large" if too_big else "malformed",
        message="The body is too large." if too_big else "The request can't be read.",
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_error(request, status=403, code="permission_denied", message="You may not see or do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_error(request, status=404, code="not_found", message="There is nothing here.")


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """The last route below /api and /live: in debug runs too, a program gets JSON and no page about routes."""
    return page_error(request, status=404, code="not_found", message="There is nothing here.")


def server_error(request: HttpRequest) -> HttpResponse:
    return page_error(request, status=500, code="internal_error", message="Something went wrong on our side.")
