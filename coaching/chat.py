"""A turn of a practice: the trainee's words in, the coach's answer out while it is being made.

    taken = await chat.say(user_id=…, session_id=…, text=…, key=…)  # stored before the model is asked
    taken = await chat.retry(user_id=…, session_id=…)               # what is owed, or was stopped
    taken = await chat.open_up(user_id=…, session_id=…)             # the coach's first words, once

Each takes `tell(kind, data)`, which hears what happens as it does (`message`, `delta`, as in coaching.live), and a
`Stop`, which ends the answer on the way: what was said so far is kept and marked.

Answers in one session are made one at a time, over all processes (interviews.turnstile). Whoever comes through reads
the session from its rows, so it does not matter who asked before, or died.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from candidates import rows
from coaching import messages, stopping, summary
from coaching.errors import WrongState
from coaching.messages import Standing
from coaching.models import Message
from coaching.states import TALKING, MessageState, PreparationType, Side
from interviews import turnstile
from llm import conversing
from llm.errors import LLMError

logger = logging.getLogger(__name__)

PURPOSE = "practice"
Tell = Callable[[str, dict[str, Any]], None]


class Stop:
    """Ends an answer from outside. Belongs to the event loop in which the answer is made."""

    def __init__(self) -> None:
        self.is_pressed = False
        self._limit: asyncio.Timeout | None = None

    def press(self) -> None:
        """End it now; pressed before it began, it does not begin."""
        self.is_pressed = True
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())

    def _heed(self, limit: asyncio.Timeout | None) -> None:
        self._limit = limit
        if limit is not None and self.is_pressed:
            self.press()


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a turn. `answer` is None where it was stopped before its first word; then it stays owed."""

    session_id: UUID
    session_status: str
    turn_number: int
    message: Message | None
    answer: Message | None

    def as_data(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "session_id": str(self.session_id),
            "session_status": self.session_status,
            "turn_number": self.turn_number,
            "ai_response": self.answer.text if self.answer is not None else "",
            "stopped": self.answer is None or self.answer.state == MessageState.STOPPED,
            "message": messages.as_data(self.message) if self.message is not None else None,
            "answer": messages.as_data(self.answer) if self.answer is not None else None,
        }


def _to_nobody(kind: str, data: dict[str, Any]) -> None:
    """Nobody asked to hear it."""


async def say(
    *, user_id: UUID, session_id: UUID, text: str, key: str, tell: Tell = _to_nobody, stop: Stop | None = None
) -> Taken:
    """Store what the trainee said, let the coach answer, store the answer.

    The same `key` again stores nothing twice: the answer that was given is returned, or given now. Raises
    SessionNotFound, WrongState where the session is over, turnstile.Busy where an earlier answer takes too long, and
    llm.errors where the model fails; then the message is kept and `retry` asks for its answer again.
    """
    heard = await rows.ask(messages.hear, user_id=user_id, session_id=session_id, text=text, key=key)
    tell("message", messages.as_data(heard.message) | {"turn_number": heard.turn_number})
    if heard.message.state == MessageState.ANSWERED:
        return await _answered_before(session_id, heard.message, heard.turn_number)
    async with _turn(session_id, stop) as stop:
        standing = await rows.ask(messages.standing, session_id)
        owed = standing.owed
        if owed is None or owed.number < heard.message.number:
            # Whoever came through before has answered this message with its own.
            return await _answered_before(session_id, heard.message, heard.turn_number)
        return await _answer(standing, heard.message, heard.turn_number, tell, stop)


async def retry(*, user_id: UUID, session_id: UUID, tell: Tell = _to_nobody, stop: Stop | None = None) -> Taken:
    """Let the coach answer what is owed, or say anew what was stopped; where nothing is, return the last answer.

    Raises as `say` does, and WrongState where nothing was said yet.
    """
    await rows.ask(messages.status_of, session_id, user_id=user_id)
    async with _turn(session_id, stop) as stop:
        standing = await rows.ask(messages.standing, session_id, user_id=user_id)
        last = next((one for one in reversed(standing.messages) if one.side == Side.TRAINEE), None)
        number = standing.session.turns
        if standing.owed is None and standing.stopped is None:
            answer = standing.messages[-1] if standing.messages else None
            if answer is None:
                raise WrongState("Nothing was said yet. Let the coach open the conversation, or begin yourself.")
            return Taken(session_id, standing.session.status, number, last, answer)
        if last is not None:
            tell("message", messages.as_data(last) | {"turn_number": number})
        return await _answer(standing, last, number, tell, stop)


async def open_up(*, user_id: UUID, session_id: UUID, tell: Tell = _to_nobody, stop: Stop | None = None) -> Taken:
    """Let the coach open the conversation; the session stays set up until the trainee says something.

    Done again it returns the same opening. Raises as `say` does, and WrongState where the trainee has begun already.
    """
    await rows.ask(messages.status_of, session_id, user_id=user_id)
    async with _turn(session_id, stop) as stop:
        standing = await rows.ask(messages.standing, session_id, user_id=user_id)
        if standing.session.messages_count:
            opening = await rows.ask(messages.opening, session_id)
            if opening is None:
                raise WrongState("You have begun this conversation already.")
            return Taken(session_id, standing.session.status, 0, None, opening)
        return await _answer(standing, None, 0, tell, stop)


def ask(standing: Standing, *, instead_of: Message | None = None) -> conversing.Conversation[str, None]:
    """The model's next words in this conversation, to be read as llm.conversing says; they are not stored by this."""
    session = standing.session
    said = [
        conversing.Message("user" if one.side == Side.TRAINEE else "assistant", one.text)
        for one in standing.without(instead_of)
    ]
    return conversing.converse(
        PURPOSE,
        prompt_of(PreparationType(session.preparation_type)),
        said,
        data={
            "preparing_for": PreparationType(session.preparation_type).label,
            "setup": {
                "meeting": session.meeting_subtype,
                "agenda": session.agenda,
                "your_tone": session.tone,
                "roles": session.role_context,
            },
            "earlier_in_this_conversation": session.summary,
            "you_open_the_conversation": not said,
        },
        scope=messages.scope_of(session.pk),
    )


def prompt_of(preparation_type: PreparationType) -> str:
    """The name of the prompt by which the coach plays."""
    return f"coaching/{preparation_type.lower()}"


class _turn:  # noqa: N801 - reads as the function that it is
    """The block in which one answer is made: alone in its session, and stopped from wherever somebody rings."""

    def __init__(self, session_id: UUID, stop: Stop | None) -> None:
        self._stop = stop or Stop()
        self._ringing = stopping.may_stop(session_id, self._stop.press)
        self._alone = turnstile.through(session_id)

    async def __aenter__(self) -> Stop:
        await self._ringing.__aenter__()
        try:
            await self._alone.__aenter__()
        except BaseException:
            await self._ringing.__aexit__(None, None, None)
            raise
        return self._stop

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self._alone.__aexit__(*error)
        finally:
            await self._ringing.__aexit__(*error)


async def _answered_before(session_id: UUID, message: Message, number: int) -> Taken:
    def read() -> tuple[Message | None, str]:
        return messages.answer_to(message), messages.status_of(session_id)

    answer, status = await rows.ask(read)
    return Taken(session_id, status, number, message, answer)


async def _answer(standing: Standing, message: Message | None, number: int, tell: Tell, stop: Stop) -> Taken:
    """Let the coach say its next words, and store them. `message` and `number` are whom this is told to."""
    session = standing.session
    if session.status not in TALKING:
        raise WrongState("This session is over: nothing more can be said in it.")
    if stop.is_pressed:
        return Taken(session.pk, session.status, number, message, None)
    owed, instead_of = standing.owed, standing.stopped
    if owed is not None:
        instead_of = None
    summary.keep_up(session)
    try:
        text, receipt = await _words(standing, instead_of, tell, stop)
    except LLMError as error:
        logger.warning("no words for a practice (%s)", error.code)
        if owed is not None:
            await rows.ask(messages.fail, session_id=session.pk, until=owed.number)
        raise
    if not text:
        return Taken(session.pk, session.status, number, message, None)
    answer, status = await rows.ask(
        messages.say,
        session_id=session.pk,
        text=text,
        state=MessageState.WHOLE if receipt is not None else MessageState.STOPPED,
        answers=owed,
        instead_of=instead_of,
        receipt=receipt,
    )
    if message is not None and owed is not None:
        message.state = MessageState.ANSWERED
    return Taken(session.pk, status, number, message, answer)


async def _words(
    standing: Standing, instead_of: Message | None, tell: Tell, stop: Stop
) -> tuple[str, dict[str, Any] | None]:
    """What the coach says, and the receipt of it: None where it was stopped on the way."""
    text = ""
    try:
        async with asyncio.timeout(None) as limit:
            stop._heed(limit)
            async with ask(standing, instead_of=instead_of) as talk:
                async for piece in talk:
                    text += piece
                    tell("delta", {"text": piece})
            return text.strip(), talk.receipt.model_dump(mode="json")
    except TimeoutError:
        if not limit.expired():
            raise
        return text.strip(), None
    finally:
        stop._heed(None)
