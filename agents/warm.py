"""Everything that a conversation needs, loaded before there is one: importing this module is the whole point.

The worker's job processes are forked from a server process that imports this once, and share its memory. It opens no
connection and starts no thread, for neither lives through a fork.
"""

from __future__ import annotations

import django
from django.conf import settings

# An idle conversation must not keep the connection of its last query for the ten minutes that a pool would. To be set
# before Django makes its connections.
_POOL = settings.DATABASES["default"]["OPTIONS"].get("pool")
if isinstance(_POOL, dict):
    _POOL |= {"max_size": 4, "max_idle": 3.0}

django.setup()

# Slow to import, and would block the event loop in the middle of the first turn.
import anyio._backends._asyncio  # noqa: E402, F401
from livekit.plugins import openai  # noqa: E402, F401

import agents.conversation  # noqa: E402, F401
import interviews.interviewing  # noqa: E402, F401
import llm.conversing  # noqa: E402, F401
from llm import provider  # noqa: E402

provider.tls()
