"""One OpenAPI 3.1 document of every public endpoint: DRF's, Ninja's, and the two health checks."""

from __future__ import annotations

import functools
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from config.live import api as live
from config.live import practice

_METHODS = ("get", "post", "put", "patch", "delete")
_CHECKS = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "string", "examples": ["ok"]},
        "checks": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def merged() -> dict[str, Any]:
    """The whole document. Raises ValueError where two frameworks document one address or one name."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    ours = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found: dict[str, Any] = json.loads(json.dumps(ours, default=str))
    for streams, tag, doors in (
        (live, "Live", ("apiKey", "accessToken", "cookieAuth")),
        (practice, "Practice", ("accessToken", "cookieAuth")),
    ):
        told = json.loads(json.dumps(streams.get_openapi_schema(), default=str))
        for path, operations in told["paths"].items():
            for method in _METHODS:
                if method in operations:
                    operations[method].setdefault("security", [{door: []} for door in doors])
                    operations[method]["tags"] = [tag]
            _add(found["paths"], path, operations)
        for name, schema in told.get("components", {}).get("schemas", {}).items():
            _add(found["components"]["schemas"], name, schema)
    for path, operations in _health().items():
        _add(found["paths"], path, operations)
    found["paths"] = dict(sorted(found["paths"].items()))
    return found


def _add(into: dict[str, Any], name: str, value: Any) -> None:
    if name in into and into[name] != value:
        raise ValueError(f"{name} is documented twice")
    into[name] = value


def _health() -> dict[str, Any]:
    def answers(description: str, example: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}

    ready = {"status": "ok", "checks": {"database": "ok", "redis": "ok", "migrations": "ok"}}
    not_ready = {
        "error": {"code": "not_ready", "message": "Not ready: redis (down)."},
        "status": "not_ready",
        "checks": {"database": "ok", "redis": "down", "migrations": "ok"},
    }
    failing = {"allOf": [{"$ref": "#/components/schemas/Error"}, _CHECKS]}
    return {
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Alive",
                "description": "The process answers. Touches neither database nor Redis.",
                "tags": ["Service"],
                "security": [],
                "responses": {"200": answers("Alive", {"status": "ok"}, _CHECKS)},
            }
        },
        "/healthz": {
            "get": {
                "operationId": "ready",
                "summary": "Ready",
                "description": "Database, Redis and migrations.",
                "tags": ["Service"],
                "security": [],
                "responses": {
                    "200": answers("Ready", ready, _CHECKS),
                    "503": answers("Not ready; says what is down", not_ready, failing),
                },
            }
        },
    }


@functools.cache
def _as_json() -> bytes:
    return json.dumps(merged(), ensure_ascii=False, separators=(",", ":")).encode()


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """`GET /openapi.json`."""
    return HttpResponse(_as_json(), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """`GET /docs`: Swagger UI from files of our own; no script stands in the page, none comes from elsewhere."""
    response = render(request, "docs.html")
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response
