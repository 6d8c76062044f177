"""How often a chat may be asked: so many questions in any sixty seconds, for a session and for whoever is behind it.

Counted in Redis over all processes, in windows that slide: what was asked at the end of one minute counts in the next.
A new connection, or a new session, begins with what its address (or its recruiter) has asked already. Addresses stand
in Redis as hashes. Where Redis is down questions pass: a broken counter must not close the chat.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import uuid
from collections.abc import Awaitable
from typing import Any, cast

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from llm.loops import PerLoop

logger = logging.getLogger(__name__)
WINDOW_SECONDS = 60
# All counters or none: a question that is refused by one does not count against the others.
_SCRIPT = """
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
local window = tonumber(ARGV[1])
for place, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', at - window)
  if redis.call('ZCARD', key) >= tonumber(ARGV[place + 2]) then
    local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    return math.max(1, first[2] + window - at)
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, at, ARGV[2])
  redis.call('PEXPIRE', key, window)
end
return 0
"""


class _Counter:
    """One event loop's connection."""

    def __init__(self) -> None:
        self.redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, max_connections=32
        )
        self.script = self.redis.register_script(_SCRIPT)

    async def close(self) -> None:
        await self.redis.aclose()


_counters: PerLoop[_Counter] = PerLoop(_Counter, _Counter.close)


async def seconds_to_wait(limits: dict[str, int]) -> int:
    """Count one question under each name of `limits` (with how many it allows); 0, or seconds until it may be asked."""
    counter = await _counters.get()
    arguments: list[Any] = [WINDOW_SECONDS * 1000, uuid.uuid4().hex, *limits.values()]
    try:
        answer = await cast("Awaitable[Any]", counter.script(keys=[f"chat:{name}" for name in limits], args=arguments))
    except (RedisError, OSError):
        logger.warning("Redis does not answer; questions are not counted")
        return 0
    return math.ceil(int(float(answer)) / 1000)


def known_as(address: str) -> str:
    """What an address (as accounts.throttling counts it) stands in Redis as: not to be read back."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"chat address {address}".encode(), hashlib.sha256).hex()[:24]
