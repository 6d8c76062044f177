"""A reader of a room's server-sent events, on a thread of its own, over a real socket."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

from tests import processes


@dataclass(frozen=True)
class Heard:
    """One event as it came over the wire."""

    id: int | None
    kind: str
    data: Any


class Stream:
    """Reads until it is closed, or until the server ends it (`over`)."""

    def __init__(self, url: str, *, bearer: str, last_event_id: int | None = None) -> None:
        headers = {"Authorization": f"Bearer {bearer}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self.response: HTTPResponse = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)
        self.heard: list[Heard] = []
        self.comments = 0
        self.over = threading.Event()
        self._go_on = threading.Event()
        self._go_on.set()
        threading.Thread(target=self._read, daemon=True).start()

    def pause(self) -> None:
        """Read nothing more for a while, as a phone in a tunnel does."""
        self._go_on.clear()

    def resume(self) -> None:
        self._go_on.set()

    def _read(self) -> None:
        number, kind = None, ""
        try:
            for raw in self.response:
                self._go_on.wait()
                line = raw.decode().rstrip("\n")
                if line.startswith("id: "):
                    number = int(line[4:])
                elif line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    self.heard.append(Heard(number, kind, json.loads(line[6:])))
                    number, kind = None, ""
                elif line.startswith(":"):
                    self.comments += 1
        except (OSError, ValueError, AttributeError):
            return
        finally:
            self.over.set()

    def of(self, kind: str) -> list[Any]:
        """The data of all events of a kind so far."""
        return [event.data for event in self.heard if event.kind == kind]

    def wait_for(self, kind: str, number: int = 1, *, seconds: float = processes.PATIENCE) -> list[Any]:
        """Wait until there are so many of a kind; return their data."""
        processes.wait_until(lambda: len(self.of(kind)) >= number, seconds=seconds, what=f"{number} of {kind}")
        return self.of(kind)

    def close(self) -> None:
        sock = self.response.fp.raw._sock  # type: ignore[attr-defined]
        sock.shutdown(2)
        sock.close()


def refusal(url: str, bearer: str | None = None) -> tuple[int, dict[str, Any]]:
    """(status, error) of a stream that does not open."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["error"]
    raise AssertionError("it answered 2xx")
