"""Words that are typed into a voice room: each message once, and no faster than a person types."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections import deque

from livekit.agents.voice.room_io import TextInputEvent

from agents.talk import is_reserved

logger = logging.getLogger(__name__)

# Each message asks a model: more of them in so many seconds are no person's.
MOST, SECONDS = 30, 60.0


class Typed:
    """The messages that one process has taken."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._times: deque[float] = deque(maxlen=MOST)

    def takes(self, key: str) -> bool:
        """Whether the message with this key is to be taken now; then it is not again.

        One that came too fast can be sent again under its key: the page tells that it was not taken in.
        """
        now = time.monotonic()
        if key in self._keys:
            return False
        if len(self._times) == MOST and now - self._times[0] < SECONDS:
            logger.warning("words come faster than anybody types; some are left out")
            return False
        self._keys.add(key)
        self._times.append(now)
        return True


def key_of(event: TextInputEvent) -> str:
    """What makes typed words one turn: the page's own key, else what the stream that brought them is called.

    The same key as for words that are typed without a room (agents.live); never one that our own turns have.
    """
    info = event.info
    given = (info.attributes or {}).get("key", "") if info is not None else ""
    if re.fullmatch(r"[\w-]{1,80}", given) and not is_reserved(given):
        return given
    return f"typed-{info.stream_id[:60]}" if info is not None else f"typed-{uuid.uuid4().hex}"
