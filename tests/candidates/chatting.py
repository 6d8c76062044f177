"""A client of the resume chat, as any program could be one."""

from __future__ import annotations

import json
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.processes import PATIENCE


class Client:
    """One socket. `told` is everything that came so far."""

    def __init__(
        self, base_url: str, path: str = "/ws", *, headers: dict[str, str] | None = None, **options: Any
    ) -> None:
        self.told: list[dict[str, Any]] = []
        self._opened = connect(
            base_url.replace("http", "ws", 1) + path,
            additional_headers=headers,
            **{"open_timeout": PATIENCE, "compression": None, "proxy": None} | options,
        )
        self.socket: ClientConnection = self._opened.__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, message: dict[str, Any] | str | bytes) -> None:
        self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    def hear(self, *, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message."""
        message = json.loads(self.socket.recv(timeout=seconds))
        self.told.append(message)
        return message

    def hear_until(self, *types: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Messages up to the first of one of these types, which is returned."""
        while (message := self.hear(seconds=seconds))["type"] not in types:
            continue
        return message

    def ask(self, question: str, **more: Any) -> dict[str, Any]:
        """Ask, and wait for the answer or the error."""
        self.send({"type": "question", "question": question, **more})
        return self.hear_until("response", "error")

    def hear_the_end(self, *, seconds: float = PATIENCE) -> int:
        """Whatever else comes, and then the code that the server closes with (1006: it was just gone)."""
        try:
            while True:
                self.hear(seconds=seconds)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
