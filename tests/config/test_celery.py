"""The worker outlives the loss of its broker."""

from __future__ import annotations

import pytest
import redis

from config.celery import app


def test_acknowledging_over_a_lost_connection_is_a_connection_error() -> None:
    """Celery takes connection errors for what they are and connects again; anything else ends the worker."""
    connection = app.connection_for_write()
    channel = connection.default_channel
    assert channel.pool is not None
    connection.close()
    assert redis.ConnectionError in connection.connection_errors
    with pytest.raises(redis.ConnectionError):
        channel.qos.reject("1", requeue=True)
