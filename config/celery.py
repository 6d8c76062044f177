"""The Celery application. Tasks carry ids only; see DESIGN "Work rows" for why a lost message costs nothing."""

from __future__ import annotations

import os
from typing import Any, cast

import redis
from celery import Celery
from kombu.transport import redis as broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Channel(broker.Channel):
    """A broker's channel that outlives the loss of its connection.

    kombu 5.7 acknowledges messages, and hands them back, over a connection that it has just lost; what comes of that is
    an AttributeError that Celery does not count among connection errors, and the worker ends. Here it is one, so the
    worker connects again. Nothing needs handing back: messages only ring, rows hold the work.
    """

    do_restore = False

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise redis.ConnectionError("this channel's connection was lost")
        return cast(dict[str, Any], super()._connparams(asynchronous=asynchronous))  # type: ignore[misc]  # no stub


broker.Transport.Channel = Channel

app = Celery("greenroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
