"""The addresses of streams: /live/, and messages of practice below /api/v1/. Errors have the one shape here too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from agents.live import router as turns
from candidates.live import router as imports
from coaching.live import router as sessions
from config.errors import error_body
from intake.live import router as intakes
from interviews.live import livekit, rooms
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

api = NinjaAPI(title="Greenroom live", version="0.1.0", urls_namespace="live", docs_url=None, openapi_url=None)
api.add_router("/imports", imports)
api.add_router("/rooms", rooms)
api.add_router("/rooms", turns)
api.add_router("/intakes", intakes)
api.add_router("/livekit", livekit)
practice = NinjaAPI(
    title="Greenroom practice", version="0.1.0", urls_namespace="practice", docs_url=None, openapi_url=None
)
practice.add_router("/sessions", sessions)


def _ours(request: HttpRequest, error: GreenroomError) -> HttpResponse:
    response = JsonResponse(error_body(error.code, error.message, error.fields), status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Greenroom"'
    return response


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, list[str]] = {}
    for item in error.errors:
        fields.setdefault(str(item["loc"][-1]), []).append(str(item["msg"]))
    return JsonResponse(error_body("invalid", "Some values are not valid.", fields), status=400)


def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return JsonResponse(error_body("not_found", "There is nothing here."), status=404)


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return JsonResponse(error_body("error", error.message), status=error.status_code)


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("%s on %s", type(error).__name__, request.path, exc_info=error)
    return JsonResponse(error_body("internal_error", "Something went wrong on our side."), status=500)


def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return JsonResponse(error_body("too_large", "The body is too large."), status=413)


_HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    GreenroomError: _ours,
    ValidationError: _invalid,
    Http404: _not_found,
    HttpError: _http,
    RequestDataTooBig: _too_big,
    Exception: _unforeseen,
}
for _one in (api, practice):
    for _kind, _handler in _HANDLERS.items():
        _one.add_exception_handler(_kind, _handler)
