"""`manage.py simulate_model`: the bundled simulated model as a server."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from typing import Any

from django.core.management.base import BaseCommand

from llm.simulator.behaviour import Behaviour
from llm.simulator.server import serve


class Command(BaseCommand):
    help = (
        "Serve a simulated model with an OpenAI-compatible API, for demos, tests and benchmarks. "
        "Set LLM_BASE_URL=http://HOST:PORT/v1, LLM_API_KEY to any text and LLM_SIMULATED=true to use it. "
        "Its answers are made by rules from the text they are about; it knows nothing else."
    )
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8110, help="port; 0 picks a free one (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=0, help="seed of faults and variations (default: %(default)s)")
        parser.add_argument("--requests-per-minute", type=int, help="turn away what is more than this in any 60 s")
        parser.add_argument("--tokens-per-minute", type=int, help="turn away what is more than this in any 60 s")
        parser.add_argument("--concurrency", type=int, help="turn away what is more than this at one time")
        parser.add_argument("--latency", type=float, default=0.0, help="seconds per answer (default: %(default)s)")
        parser.add_argument(
            "--latency-sigma",
            type=float,
            default=0.0,
            help="spread of a lognormal latency whose mean is --latency (default: %(default)s, no spread)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = (*("seed", "requests_per_minute", "tokens_per_minute", "concurrency"), "latency", "latency_sigma")
        behaviour = Behaviour(**{name: options[name] for name in names})

        def started(port: int) -> None:
            self.stdout.write(f"The simulated model answers at http://{options['host']}:{port}/v1")
            self.stdout.flush()

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a running coroutine has a task
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await serve(host=options["host"], port=options["port"], behaviour=behaviour, started=started)

        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(run())
