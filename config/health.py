"""Is this process alive, and can it work? For supervisors and load balancers; open to all, so it names parts only."""

from __future__ import annotations

import logging
from collections.abc import Callable

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.errors import error_body

logger = logging.getLogger(__name__)
# A probe waits no longer than this for each part, in seconds: shorter than what usually asks gives it.
PATIENCE = 2


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Liveness: this process answers. Touches nothing else, so that a broken database does not restart all of them."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Readiness: database, Redis and migrations; 503 names what is down."""
    parts: dict[str, Callable[[], str]] = {"database": _database, "redis": _redis, "migrations": _migrations}
    found: dict[str, str] = {}
    for name, check in parts.items():
        if name == "migrations" and found["database"] != "ok":
            found[name] = "unknown"
            continue
        try:
            found[name] = check()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, it is down
            logger.warning("%s is down: %s", name, type(error).__name__)
            found[name] = "down"
    down = [name for name, state in found.items() if state not in ("ok", "unknown")]
    if not down:
        return JsonResponse({"status": "ok", "checks": found})
    body = error_body("not_ready", f"Not ready: {', '.join(f'{name} ({found[name]})' for name in down)}.")
    return JsonResponse({**body, "status": "not_ready", "checks": found}, status=503, headers={"Retry-After": "5"})


def _database() -> str:
    """A connection of its own: the pool would wait for a dead server longer than a probe does."""
    parameters = connection.get_connection_params()
    parameters.pop("pool", None)
    wanted = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    with psycopg.connect(**wanted, connect_timeout=PATIENCE, autocommit=True) as probe:
        probe.execute("SELECT 1")
    return "ok"


def _redis() -> str:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None
    ) as client:
        client.ping()
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"
