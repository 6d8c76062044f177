"""Resume chat over WebSocket: questions in, answers out while they are made. What it speaks: docs/RESUME_CHAT.md.

A consumer is one connection (candidates.sockets) with its conversation (candidates.chats). It reads all the time, also
while it answers, so that "stop" is heard; questions wait in line. Whatever a client sends is met by an answer or by an
error, never by silence.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import Any, ClassVar
from uuid import UUID

from channels.layers import get_channel_layer
from django.conf import settings

from candidates import chat_limits, chats, resume, resume_chat, rows
from candidates.chat_messages import Code, Malformed, Question, code_of, read, said_of
from candidates.chats import Chat, NoSuchChat
from candidates.grounding import Grounds
from candidates.resume_chat import Answering, Asking, Exchange
from candidates.sockets import CLOSED_NOT_ALLOWED, CLOSED_TAKEN_OVER, CLOSED_TOO_LARGE, Closed, Socket, ended
from llm.client import is_configured
from llm.errors import GreenroomError, LLMError

logger = logging.getLogger(__name__)

# So long an answer waits to be kept before it is told: a database that is away holds nobody up for longer.
_KEEPING_SECONDS = 5.0


class ResumeConsumer(Socket):
    """A visitor's socket, about the resume that this site publishes."""

    asking: ClassVar[Asking] = resume_chat.VISITOR

    def __init__(self) -> None:
        super().__init__()
        self.chat = Chat()
        self._waiting: deque[Question] = deque()
        self._work: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[bool] | None = None
        self._news: asyncio.Task[None] | None = None
        self._is_listening = asyncio.Event()

    # --- what another consumer does in its own way

    async def admit(self) -> None:
        """Raises GreenroomError where who asks may not (any longer). Asked with pings and before a history is told."""

    async def grounds(self) -> Grounds:
        """What may be told. Raises GreenroomError where there is nothing (any more)."""
        published = resume.published()
        if published is None:
            raise resume.ResumeMissing("No resume is published here.")
        return published.grounds

    def limits(self) -> dict[str, int]:
        """What a question is counted as, and how many each allows in a minute."""
        a_minute = int(settings.RESUME_CHAT_QUESTIONS_PER_MINUTE)
        return {f"session:{self.chat.id}": a_minute, f"address:{self.address}": a_minute}

    def refusal(self, question: str) -> str:
        """What is answered instead of asking a model; "" where a model is asked."""
        return ""

    # --- the connection's beginning and end

    async def arrived(self) -> None:
        await self._welcome("welcome")

    def is_busy(self) -> bool:
        return self._work is not None

    async def left(self) -> None:
        await ended(self._work)
        await self._stop_listening()
        if self._keeping is not None:  # what was answered is kept, also where nobody waited to see it
            await asyncio.wait([self._keeping])
        if self.chat.is_kept:
            with contextlib.suppress(Exception):  # the database is away: the row has its own end
                await rows.ask(chats.leave, self.chat)

    # --- what comes in

    async def take(self, message: dict[str, Any]) -> None:
        try:
            asked = read(message.get("text"), message.get("bytes"))
        except Malformed as fault:
            await self._error(Code.VALIDATION, fault.message, id=fault.id)
            if fault.is_abuse:
                await self.close(CLOSED_TOO_LARGE)
                raise Closed from None
            await self.count_fault()
            return
        match asked.type:
            case "question":
                await self._ask(asked)
            case "stop":
                if not await self._stop():
                    await self.say({"type": "system", "event": "idle", "message": "Nothing is being answered."})
            case "resume":
                if await self._may_stay(asked):
                    await self._resume(asked)
            case "forget":
                await self._forget(asked)
            case "ping" if await self._may_stay(asked):
                await self.say({"type": "system", "event": "pong"})

    async def _may_stay(self, asked: Question) -> bool:
        """Whether who asks still may; False where it can't be told. Raises Closed where they may not."""
        try:
            await self.admit()
        except GreenroomError as error:
            await self._error(Code.API, error.message, id=asked.id)
            await self.close(CLOSED_NOT_ALLOWED)
            raise Closed from None
        except Exception as error:  # noqa: BLE001 - the database is away in any of its ways
            logger.warning("who asks in a resume chat could not be looked up (%s)", type(error).__name__)
            await self._error(Code.INTERNAL, "Something went wrong on our side. Try again.", id=asked.id)
            return False
        return True

    async def _ask(self, asked: Question) -> None:
        wait = 5 if len(self._waiting) >= settings.RESUME_CHAT_QUESTIONS_PER_MINUTE else 0
        if wait := wait or await chat_limits.seconds_to_wait(self.limits()):
            message = f"Those were too many questions for one minute. Ask again in {wait} s."
            await self._error(Code.RATE_LIMIT, message, id=asked.id, retry_after=wait)
            await self.count_fault()
            return
        self.forgive()
        self._waiting.append(asked)
        if self._work is None:
            self._work = asyncio.create_task(self._answer_all())

    async def _stop(self) -> bool:
        """Stop the model: what was said so far is the answer, and what waits gets an empty one. Whether it was busy."""
        dropped = list(self._waiting)
        self._waiting.clear()
        was_busy = bool(dropped) or self._reading is not None
        if self._reading is not None:
            self._reading.cancel()
        for asked in dropped:
            await self._respond(asked, Exchange(asked.question, "", "", stopped=True))
        return was_busy

    async def _resume(self, asked: Question) -> None:
        await self.count_fault()  # one is enough; the next question forgives it
        await self._quiet()
        before = self.chat
        try:
            chat_id = UUID(asked.session_id)
            self.chat = await rows.ask(
                chats.resume, chat_id, asked.secret, candidate_id=before.candidate_id, user_id=before.user_id
            )
        except (ValueError, NoSuchChat):
            message = "That conversation is over, or can't be gone on with from here."
            await self._error(Code.VALIDATION, message, id=asked.id)
            return
        except Exception as error:  # noqa: BLE001 - the database is away in any of its ways
            logger.warning("a resume chat could not be taken up (%s)", type(error).__name__)
            await self._error(Code.INTERNAL, "The conversation can't be read just now. Try again.", id=asked.id)
            return
        if before.is_kept:
            with contextlib.suppress(Exception):  # the database is away again: the row has its own end
                await rows.ask(chats.leave, before)
        await self._stop_listening()  # or this connection would hear of itself
        await self._tell_the_one_before()
        self._listen()
        await self._welcome("resumed", history=[one.as_data() for one in self.chat.history])

    async def _forget(self, asked: Question) -> None:
        await self._quiet()
        if self.chat.is_kept:
            try:
                await rows.ask(chats.forget, self.chat)
            except Exception as error:  # noqa: BLE001 - the database is away in any of its ways
                logger.warning("a resume chat could not be forgotten (%s)", type(error).__name__)
                await self._error(Code.INTERNAL, "That can't be forgotten just now. Try again.", id=asked.id)
                return
        await self._stop_listening()
        self.chat = Chat(candidate_id=self.chat.candidate_id, user_id=self.chat.user_id)
        await self._welcome("forgotten")

    async def _quiet(self) -> None:
        """Stop the answer under way, and wait until it has."""
        await self._stop()
        if self._work is not None:
            await asyncio.wait([self._work])

    # --- answering

    async def _answer_all(self) -> None:
        """Answer what waits, one after the other. Nothing of it may fail silently: somebody waits at the other end."""
        try:
            while self._waiting:
                await self._answer(self._waiting.popleft())
        except Closed:
            pass
        except Exception as error:
            logger.exception("a question of a resume chat failed (%s)", type(error).__name__)
        finally:
            self._work = None

    async def _answer(self, asked: Question) -> None:
        try:
            if refused := self.refusal(asked.question):
                exchange = Exchange(asked.question, refused, refused)
            else:
                exchange = await self._from_model(asked)
        except LLMError as error:
            await self._error(code_of(error), said_of(error), id=asked.id, retry_after=error.retry_after)
            return
        except GreenroomError as error:
            await self._error(Code.API, error.message, id=asked.id)
            if error.status in (401, 403, 404):
                await self.close(CLOSED_NOT_ALLOWED)
                raise Closed from None
            return
        except Closed:
            raise
        except Exception as error:
            logger.exception("a question of a resume chat failed (%s)", type(error).__name__)
            await self._error(Code.INTERNAL, "Something went wrong on our side. Ask again.", id=asked.id)
            return
        if not exchange.answer:
            await self._respond(asked, exchange)
            return
        keeping = self._remember(exchange)
        # Told when it is kept: whoever goes on with it elsewhere right then finds it there.
        await asyncio.wait([keeping], timeout=_KEEPING_SECONDS)
        await self._respond(asked, exchange)
        await self._kept(keeping)

    async def _respond(self, asked: Question, exchange: Exchange) -> None:
        await self.say({"type": "response", "id": asked.id, **exchange.as_data(), "session_id": str(self.chat.id)})

    async def _from_model(self, asked: Question) -> Exchange:
        begun: list[Answering] = []
        reading = self._reading = asyncio.create_task(self._read(asked, begun))
        try:
            await asyncio.wait([reading])
        finally:
            self._reading = None
            await ended(reading)
        if not reading.cancelled():
            reading.result()
        if not begun:
            return Exchange(asked.question, "", "", stopped=True)
        return begun[0].exchange(stopped=reading.cancelled())

    async def _read(self, asked: Question, begun: list[Answering]) -> None:
        """Hand an answer on. The model is read as fast as it speaks; what gathers while a piece is sent goes together.

        So a client that reads slowly holds up nothing but itself.
        """
        answering = Answering(self.asking, await self.grounds(), self.chat.history, asked.question)
        begun.append(answering)
        gathered: list[str] = []
        more = asyncio.Event()
        is_all = False

        async def send_on() -> None:
            while gathered or not is_all:
                if not gathered:
                    more.clear()
                    await more.wait()
                    continue
                words = "".join(gathered)
                gathered.clear()
                await self.say({"type": "delta", "id": asked.id, "delta": words})

        sending: asyncio.Task[None] | None = None
        try:
            async with contextlib.aclosing(answering.pieces()) as pieces:
                async for words in pieces:
                    if sending is None:  # the first words at once, without the way over another task
                        await self.say({"type": "delta", "id": asked.id, "delta": words})
                        sending = asyncio.create_task(send_on())
                        continue
                    if sending.done():  # nobody is there any more
                        sending.result()
                    gathered.append(words)
                    more.set()
            is_all = True
            more.set()
            if sending is not None:
                await sending
        finally:
            await ended(sending)

    def _remember(self, exchange: Exchange) -> asyncio.Task[bool]:
        """Remember an exchange, here and in the row, which is being written when this returns."""
        self.chat.history.append(exchange)
        del self.chat.history[: -chats.MOST_EXCHANGES]
        self._keeping = asyncio.create_task(rows.ask(chats.keep, self.chat))
        return self._keeping

    async def _kept(self, keeping: asyncio.Task[bool]) -> None:
        try:
            is_ours = await asyncio.shield(keeping)
        except Exception as error:  # noqa: BLE001 - the answer was given all the same
            logger.warning("a resume chat could not be kept (%s)", type(error).__name__)
            return
        if not is_ours:
            await self._taken_over()
        elif self._news is None or self._news.done():  # done: Redis was away
            self._listen()

    # --- another connection goes on with this conversation

    def _group(self) -> str:
        return f"resume-chat-{self.chat.id}"

    def _listen(self) -> None:
        """Hear of it at once when the conversation is taken over. Without Redis it is told by the next write."""
        self._is_listening.clear()
        self._news = asyncio.create_task(self._hear(self._group(), str(self.chat.holder)))

    async def _hear(self, group: str, holder: str) -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        try:
            name = await layer.new_channel()
            await layer.group_add(group, name)
            self._is_listening.set()
            try:
                while (await layer.receive(name)).get("holder") == holder:
                    continue
            finally:
                await layer.group_discard(group, name)
            # The layer lets go of a channel when waiting for it is cancelled, and by nothing else.
            waiting = asyncio.ensure_future(layer.receive(name))
            await asyncio.sleep(0)
            await ended(waiting)
            await self._taken_over()
        except Closed:
            pass
        except Exception as error:  # noqa: BLE001 - Redis away in any of its ways
            logger.warning("news of a resume chat can't be heard (%s)", type(error).__name__)
        finally:
            self._is_listening.set()

    async def _stop_listening(self) -> None:
        """Hear no more news. A subscription that is just being made is let through: all share one connection."""
        news, self._news = self._news, None
        if news is None or news is asyncio.current_task():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._is_listening.wait()
        await ended(news)

    async def _tell_the_one_before(self) -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        with contextlib.suppress(Exception):  # Redis away: the one before finds out when it writes
            async with asyncio.timeout(2):
                await layer.group_send(self._group(), {"type": "taken.over", "holder": str(self.chat.holder)})

    async def _taken_over(self) -> None:
        self.chat.is_kept = False
        message = "This conversation goes on in another window."
        await self.say({"type": "system", "event": "taken_over", "message": message})
        await self.close(CLOSED_TAKEN_OVER)
        raise Closed

    # --- what goes out

    async def _welcome(self, event: str, **more: Any) -> None:
        try:
            about, ready = (await self.grounds()).about, is_configured()
        except GreenroomError:
            about, ready = "", False
        message = f"Ask about {about}." if ready else "Nothing can be answered here just now."
        await self.say(
            {
                "type": "system",
                "event": event,
                "message": message,
                "session_id": str(self.chat.id),
                "secret": self.chat.secret,
                "about": about,
                "ready": ready,
                "simulated": bool(settings.LLM_SIMULATED),
                "limits": {
                    "questions_per_minute": int(settings.RESUME_CHAT_QUESTIONS_PER_MINUTE),
                    "characters": resume_chat.LONGEST_QUESTION,
                    "resume_within_seconds": int(settings.RESUME_CHAT_GRACE_SECONDS),
                },
                **more,
            }
        )

    async def _error(self, code: Code, message: str, *, id: str | None = None, retry_after: int | None = None) -> None:  # noqa: A002
        error: dict[str, Any] = {"type": "error", "code": code, "message": message}
        if id:
            error["id"] = id
        if retry_after is not None:
            error["retry_after"] = retry_after
        await self.say(error)
