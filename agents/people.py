"""What all AI people in a conversation have in common as agents of livekit.

Their words come from `respond` and nowhere else: by `llm_node`, whether somebody types or speaks. What they know stands
in the conversation, which is read from its rows.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from livekit.agents import Agent, ModelSettings, llm

from agents.talk import SPOKEN, STORED, Reply, Talk
from interviews.states import Medium
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)


class Door(llm.LLM[Any]):
    """Stands where a session wants a model. It is never asked: Greenroom's models stand behind `llm.conversing`."""

    @property
    def model(self) -> str:
        return "greenroom"

    @property
    def provider(self) -> str:
        return "greenroom"

    def chat(self, **_: Any) -> llm.LLMStream:
        raise RuntimeError("people answer by their llm_node")


DOOR = Door()


class Person(Agent, ABC):
    """An AI in a conversation. `respond` says its next turn piece by piece."""

    conversation: Talk[Any, Any]
    # What its model calls are for, as the ledger names them.
    purpose: str

    @abstractmethod
    def respond(self) -> AsyncIterator[str]:
        """The pieces of the next turn; sets `conversation.pending`. What it raises is left there (`llm_node`)."""

    def break_silence(self) -> str:
        """What to say when the human has said nothing for a while (voice); empty where waiting is all there is to do.

        The caller says it, and stores it as any other turn.
        """
        return ""

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterator[str]:
        """The next turn, from what is stored and not from `chat_ctx`: that one is the session's own memory of it."""
        try:
            await self._hear(chat_ctx)
            async for piece in self.respond():
                pending = self.conversation.pending
                if pending is not None:
                    at = len(pending.text)
                    pending.text += piece
                    if self.conversation.on_piece is not None:
                        self.conversation.on_piece(pending.key, piece, at)
                yield piece
        except Exception as error:  # noqa: BLE001  told to whoever runs the session
            # Raised further it would only be logged by the session, in full. Whoever runs the session looks here: in a
            # room somebody waits for words, whatever it was that failed.
            failure = error.code if isinstance(error, GreenroomError) else type(error).__name__
            logger.warning("no words for %s (%s)", self.conversation.scope, failure)
            if self.conversation.pending is None:
                self.conversation.pending = Reply(key=self.conversation.reply_key)
            self.conversation.pending.error = error

    async def _hear(self, chat_ctx: llm.ChatContext) -> None:
        """Store what the human has said since the agent spoke, before it is answered.

        In a room the session knows it first, spoken or typed; on a page it is stored already. The key is the message's,
        so whoever else stores it as well, stores it once.
        """
        new: list[llm.ChatMessage] = []
        for message in reversed(chat_ctx.items):
            if not isinstance(message, llm.ChatMessage) or message.role not in ("user", "assistant"):
                continue
            if message.role == "assistant" or message.id.startswith(STORED):
                break
            if message.id not in self.conversation.heard:
                new.append(message)
        for message in reversed(new):
            if text := (message.text_content or "").strip():
                began, ended = times_of(message)
                await self.conversation.hear(
                    text,
                    key=f"{SPOKEN}{message.id}",
                    medium=Medium.VOICE if ended else Medium.TEXT,
                    started_at=began,
                    ended_at=ended,
                )
            self.conversation.heard.add(message.id)


def times_of(message: llm.ChatMessage) -> tuple[datetime | None, datetime | None]:
    """When the first and the last word was said; None for words that were typed."""
    return moment(message.metrics.get("started_speaking_at")), moment(message.metrics.get("stopped_speaking_at"))


def moment(seconds: object) -> datetime | None:
    """A session's time, in seconds of the epoch, as ours."""
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
