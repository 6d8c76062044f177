"""A plain Celery configuration under the same harness: one task per row, acknowledged when taken, results as the truth.

This is how such pipelines are usually built first. It is here to show that the harness can fail.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import urllib.request

import redis
from celery import Celery

from tests import processes
from tests.simulator import Simulator
from tests.torture.harness import Blow, Report, expect

REDIS_URL = os.environ.get("PLAIN_CELERY_REDIS_URL", "")
# Not the current app: in the test process that one is Greenroom's, whose rings go through it.
app = Celery("plain", broker=REDIS_URL, backend=REDIS_URL, set_as_current=False)
app.conf.task_default_queue = "plain"


@app.task(name="plain.judge", shared=False)
def judge(row: int) -> int:
    """Ask the model about one row; the answer in the result backend is all that is known of it."""
    body = {
        "model": "openai/gpt-4.1-mini",
        "messages": [{"role": "user", "content": f"Say yes. marker-{row:04d}"}],
    }
    request = urllib.request.Request(
        os.environ["PLAIN_CELERY_MODEL_URL"] + "/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Bearer simulated"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        json.load(response)
    return row


class PlainCelery:
    """So many rows, each a task; a worker that is started again after each blow."""

    def __init__(self, *, rows: int, simulator: Simulator, redis_url: str) -> None:
        self.rows = rows
        self.environment = os.environ | {
            "PLAIN_CELERY_REDIS_URL": redis_url,
            "PLAIN_CELERY_MODEL_URL": simulator.base_url,
        }
        self.app = Celery("plain-client", broker=redis_url, backend=redis_url, set_as_current=False)
        self.client = redis.Redis.from_url(redis_url)
        self.client.delete("plain")
        simulator.control(latency=0.1)
        self.worker = self._start()
        self.results = [self.app.send_task("plain.judge", args=[row], queue="plain") for row in range(rows)]
        self.moved_at, self.last = time.monotonic(), -1

    def _start(self) -> processes.Process:
        return processes.Process(
            sys.executable,
            *("-m", "celery", "-A", "tests.torture.plain_celery:app", "worker", "--concurrency", "4", "-Q", "plain"),
            *("--without-gossip", "--without-mingle", "--hostname", f"plain-{time.monotonic_ns()}@%h"),
            name="plain-celery",
            env=self.environment,
        )

    def ended(self) -> int:
        """How many rows have a result."""
        keys = [self.app.backend.get_key_for_task(result.id) for result in self.results]
        with contextlib.suppress(redis.RedisError):
            return sum(value is not None for value in self.client.mget(keys))  # type: ignore[union-attr]
        return max(0, self.last)

    def progress(self) -> float:
        return self.ended() / self.rows

    def is_over(self) -> bool:
        ended = self.ended()
        if ended != self.last:
            self.moved_at, self.last = time.monotonic(), ended
        # Nothing in the queue and no result for a while: whatever is still missing has nobody left to do it.
        with contextlib.suppress(redis.RedisError):
            return ended == self.rows or (self.client.llen("plain") == 0 and time.monotonic() - self.moved_at > 12)
        return False

    def hit(self, blow: Blow, report: Report) -> None:
        self.moved_at = time.monotonic()
        if blow == "worker":
            self.worker.kill()
            self.worker = self._start()
        elif blow == "child":
            self.worker.kill_child(-1)

    def audit(self, report: Report) -> None:
        ended = self.ended()
        expect(report, ended == self.rows, f"{self.rows - ended} of {self.rows} rows were lost")

    def stop(self) -> None:
        """End the worker and leave nothing in Redis."""
        self.worker.stop()
        self.client.delete("plain", *[self.app.backend.get_key_for_task(result.id) for result in self.results])
        self.client.close()
