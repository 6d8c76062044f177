"""The simulated model as tests hold it: a process of its own, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class Simulator:
    """A running `manage.py simulate_model`. `url` is its address, `base_url` what LLM_BASE_URL takes."""

    def __init__(self, *arguments: str, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "simulate_model", "--port", str(port), *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError(f"the simulated model did not start: exit code {self.process.wait()}")
        self.base_url = line.rsplit(" ", 1)[-1].strip()
        self.url = self.base_url.removesuffix("/v1")

    def control(self, **behaviour: Any) -> dict[str, Any]:
        """Change how it behaves (see llm.simulator.behaviour.Behaviour); returns all of its behaviour."""
        return self._ask("/control", behaviour)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """Its own ledger: every request since the last reset, in order of arrival."""
        return list(self._ask(f"/ledger?since={since}")["calls"])

    def reset(self) -> None:
        """Back to how it was started, with an empty ledger."""
        self._ask("/reset", {})

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return dict(json.load(response))
