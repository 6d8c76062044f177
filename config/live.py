"""The address space of streams: /live/. Errors have the one shape here too."""

from __future__ import annotations

import logging

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from agents.live import router as turns
from candidates.live import router as imports
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


@api.exception_handler(GreenroomError)
def _ours(request: HttpRequest, error: GreenroomError) -> HttpResponse:
    response = JsonResponse(error_body(error.code, error.message, error.fields), status=error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Greenroom"'
    return response


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, list[str]] = {}
    for item in error.errors:
        fields.setdefault(str(item["loc"][-1]), []).append(str(item["msg"]))
    return JsonResponse(error_body("invalid", "Some values are not valid.", fields), status=400)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return JsonResponse(error_body("not_found", "There is nothing here."), status=404)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return JsonResponse(error_body("error", error.message), status=error.status_code)


@api.exception_handler(Exception)
def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("%s on %s", type(error).__name__, request.path, exc_info=error)
    return JsonResponse(error_body("internal_error", "Something went wrong on our side."), status=500)
