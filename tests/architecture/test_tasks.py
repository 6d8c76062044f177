"""Every Celery task has a route, and carries ids only."""

from __future__ import annotations

import inspect

from django.conf import settings

from config.celery import app


def own_tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_is_routed() -> None:
    tasks = own_tasks()
    assert tasks
    patterns = tuple(settings.CELERY_TASK_ROUTES)
    unrouted = [name for name in tasks if not any(_matches(name, pattern) for pattern in patterns)]
    assert unrouted == []


def test_the_route_rule_can_fail() -> None:
    assert not any(_matches("elsewhere.tasks.lost", pattern) for pattern in settings.CELERY_TASK_ROUTES)


def test_tasks_take_ids_only() -> None:
    for name, task in own_tasks().items():
        for parameter in inspect.signature(task.run).parameters.values():  # type: ignore[attr-defined]
            assert parameter.name == "self" or parameter.name.endswith(("_id", "_ids")), f"{name}({parameter.name})"


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1]))
