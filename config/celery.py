"""The Celery application. Tasks carry ids only; see DESIGN "Work rows" for why a lost message costs nothing."""

from __future__ import annotations

import os

from celery import Celery
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# When Redis goes away, kombu 5.7 tries to hand unacknowledged messages back to it over the connection that it just
# lost, and the worker ends by an AttributeError. Nothing needs handing back: messages only ring, rows hold the work.
Channel.do_restore = False

app = Celery("greenroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
