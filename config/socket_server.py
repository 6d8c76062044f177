"""WebSockets of the `sockets` process: uvicorn's own protocol, held against clients that do not read.

uvicorn waits for such a client as long as it pleases: what is left to send keeps the connection open after the
application is done with it, beyond every limit on open sockets, and pongs pile up for who sends pings without reading.
Here a client has RESUME_CHAT_SENDING_SECONDS to take what it was sent. Then it is closed with 4410, which it finds
should it ever read on, and after five seconds more it is cut off.

    uvicorn --ws config.socket_server:WebSocket … config.asgi:application
"""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

CLOSED_SLOW = 4410
# From saying that a connection is over to cutting it off.
PARTING_SECONDS = 5.0


class WebSocket(WebSocketsSansIOProtocol):
    """One connection. See above."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.close_timeout = PARTING_SECONDS
        self._patience: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        if not self.close_sent:
            self._patience = self.loop.call_later(settings.RESUME_CHAT_SENDING_SECONDS, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._end_patience()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_patience()
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        """Answer, unless nobody reads the answers: then they are left out, as RFC 6455, 5.5.3 allows."""
        if self.writable.is_set() and not self.close_sent:
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._cut_off_soon()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._cut_off_soon()

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        """Say behind all that waits to be sent that the connection is over, and let the application know."""
        self._patience = None
        if not self.close_sent:
            self.stop_keepalive()
            self.queue.put_nowait({"type": "websocket.disconnect", "code": CLOSED_SLOW})
            self.conn.send_close(CLOSED_SLOW)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        if self.read_paused:  # or the client's own goodbye would never be seen
            self.read_paused = False
            self.transport.resume_reading()
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)
        self.writable.set()  # who waits to send learns that it is over

    def _cut_off_soon(self) -> None:
        """Whatever is left to send then is lost; a connection that has ended by itself is left alone."""
        self.loop.call_later(self.close_timeout, self.transport.abort)
