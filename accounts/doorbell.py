"""Ringing for a worker. A ring carries ids at most, may be lost and may come twice: the rows in Postgres are the truth.

Rings are sent after the commit of the transaction that made the work, so that no worker comes before its rows. A broker
that is down is logged and forgiven: the periodic sweep rings again for whatever is ready.
"""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

# A request that rings while Redis is away must not hang: one quick second try, then the sweep's turn.
_PUBLISH_RETRIES = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}


def ring(task: str, *ids: str) -> None:
    """Call a worker to a task by its name."""
    transaction.on_commit(partial(_send, task, *ids), robust=True)


def _send(task: str, *ids: str) -> None:
    try:
        current_app.send_task(task, args=ids, retry_policy=_PUBLISH_RETRIES)
    except Exception as error:  # noqa: BLE001 - kombu raises what its transport raises; none of it may reach a user
        logger.warning("could not ring for %s (%s); the sweep will", task, type(error).__name__)
