"""Resume chat over WebSocket: questions in, answers out while they are made. What it speaks: docs/RESUME_CHAT.md.

A consumer is one connection. Idle it holds nothing but itself: no task, no database connection, no subscription. It
reads all the time, also while it answers, so that "stop" is heard; questions wait in line, a few of them. Whatever a
client sends, or does not read, is met by an error, or by a close with a reason; never by waiting for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from uuid import UUID

import orjson
from channels.consumer import AsyncConsumer
from channels.layers import get_channel_layer
from django.conf import settings

from candidates import chat_limits, chats, resume, resume_chat
from candidates.chat_messages import Code, Malformed, Question, code_of, read, said_of
from candidates.chats import Chat, NoSuchChat, in_thread
from candidates.connecting import address_of
from candidates.grounding import Grounds
from candidates.resume_chat import Answering, Asking, Exchange
from llm.client import is_configured
from llm.errors import GreenroomError, LLMError

logger = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Messages in a row that were refused, as broken or as too many: nobody who means it sends so many.
MOST_FAULTS = 100
# A client that does not take what it is sent for so long is given up.
SENDING_SECONDS = 20.0
# How a socket is closed by us, as close codes of our own (RFC 6455, 7.4.2).
CLOSED_IDLE, CLOSED_FLOOD, CLOSED_TAKEN_OVER, CLOSED_SLOW, CLOSED_NOT_ALLOWED = 4408, 4429, 4409, 4410, 4403
# How long a client may take to agree to being closed.
_PARTING_SECONDS = 5.0
# Sockets of this process, by the address that they come from.
_open: Counter[str] = Counter()


class Closed(Exception):
    """The connection is over; nothing more is to be sent."""


class ResumeConsumer(AsyncConsumer):
    """A visitor's socket, about the resume that this site publishes."""

    asking: ClassVar[Asking] = resume_chat.VISITOR
    scope: dict[str, Any]

    def __init__(self) -> None:
        self.chat = Chat()
        self.address = ""
        self._send: Send | None = None
        self._waiting: deque[Question] = deque()
        self._work: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._news: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._connection: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._faults = 0

    # --- what another consumer does in its own way

    async def enter(self) -> str:
        """Let the connection in; return why not, or "". Called before it is accepted."""
        return ""

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

    # --- one connection, from its beginning to its end

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope, self._send, self._connection = scope, send, asyncio.current_task()
        self.address = chat_limits.known_as(address_of(scope))
        await receive()  # websocket.connect
        if _open[self.address] >= settings.RESUME_CHAT_SOCKETS_PER_ADDRESS or await self.enter():
            await send({"type": "websocket.close", "code": CLOSED_NOT_ALLOWED})
            return
        _open[self.address] += 1
        try:
            await send({"type": "websocket.accept"})
            self._stay_awake()
            await self._welcome("welcome")
            while (message := await receive())["type"] == "websocket.receive":
                self._stay_awake()
                await self._take(message)
        except Closed:
            pass
        except asyncio.CancelledError:
            if not self._is_over:
                raise
        except Exception as error:
            logger.exception("a resume chat failed (%s)", type(error).__name__)
            with contextlib.suppress(Exception):
                await send({"type": "websocket.close", "code": 1011})
        finally:
            _open[self.address] -= 1
            if not _open[self.address]:
                del _open[self.address]
            await self._leave()

    async def _leave(self) -> None:
        self._send, self._is_over = None, True
        if self._timer is not None:
            self._timer.cancel()
        await _ended(self._work)
        await _ended(self._news)
        if self.chat.is_kept:
            with contextlib.suppress(Exception):  # the database is away: the row has its own end
                await in_thread(chats.leave, self.chat)

    def _stay_awake(self) -> None:
        """A socket that says nothing for long is closed: half of those have lost their other end."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._is_over:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(settings.RESUME_CHAT_IDLE_SECONDS, self._fall_asleep)

    def _fall_asleep(self) -> None:
        if self._work is not None:
            self._stay_awake()
        else:
            self._closing = asyncio.get_running_loop().create_task(self._close(CLOSED_IDLE))

    # --- what comes in

    async def _take(self, message: dict[str, Any]) -> None:
        try:
            asked = read(message.get("text"), message.get("bytes"))
        except Malformed as fault:
            await self._error(Code.VALIDATION, fault.message, id=fault.id)
            if fault.is_abuse:
                await self._close(1009)
                raise Closed from None
            await self._count_fault()
            return
        match asked.type:
            case "question":
                await self._ask(asked)
            case "stop":
                if not self._stop():
                    await self._say({"type": "system", "event": "idle", "message": "Nothing is being answered."})
            case "resume":
                await self._resume(asked)
            case "forget":
                await self._forget()
            case "ping":
                await self._say({"type": "system", "event": "pong"})

    async def _ask(self, asked: Question) -> None:
        wait = 5 if len(self._waiting) >= settings.RESUME_CHAT_QUESTIONS_PER_MINUTE else 0
        if wait := wait or await chat_limits.seconds_to_wait(self.limits()):
            message = f"Those were too many questions for one minute. Ask again in {wait} s."
            await self._error(Code.RATE_LIMIT, message, id=asked.id, retry_after=wait)
            await self._count_fault()
            return
        self._faults = 0
        self._waiting.append(asked)
        if self._work is None:
            self._work = asyncio.create_task(self._answer_all())

    async def _count_fault(self) -> None:
        """A flood is no conversation. Raises Closed where this was one too many."""
        self._faults += 1
        if self._faults > MOST_FAULTS:
            await self._close(CLOSED_FLOOD)
            raise Closed

    def _stop(self) -> bool:
        """Stop the model, and forget what waits; what was said so far is answered. Whether there was anything."""
        was_busy = bool(self._waiting) or self._reading is not None
        self._waiting.clear()
        if self._reading is not None:
            self._reading.cancel()
        return was_busy

    async def _resume(self, asked: Question) -> None:
        await self._quiet()
        before = self.chat
        try:
            chat_id = UUID(asked.session_id)
            self.chat = await in_thread(
                chats.resume, chat_id, asked.secret, candidate_id=before.candidate_id, user_id=before.user_id
            )
        except (ValueError, NoSuchChat):
            message = "That conversation is over, or can't be gone on with from here."
            await self._error(Code.VALIDATION, message, id=asked.id)
            await self._count_fault()
            return
        except Exception as error:  # noqa: BLE001 - the database is away in any of its ways
            logger.warning("a resume chat could not be taken up (%s)", type(error).__name__)
            await self._error(Code.INTERNAL, "The conversation can't be read just now. Try again.")
            return
        if before.is_kept:
            await in_thread(chats.leave, before)
        await self._tell_the_one_before()
        self._listen()
        await self._welcome("resumed", history=[one.as_data() for one in self.chat.history])

    async def _forget(self) -> None:
        await self._quiet()
        if self.chat.is_kept:
            await in_thread(chats.forget, self.chat)
        await _ended(self._news)
        self._news = None
        self.chat = Chat(candidate_id=self.chat.candidate_id, user_id=self.chat.user_id)
        await self._welcome("forgotten")

    async def _quiet(self) -> None:
        """Stop the answer under way, and wait until it has."""
        self._stop()
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
                await self._close(CLOSED_NOT_ALLOWED)
                raise Closed from None
            return
        except Closed:
            raise
        except Exception as error:
            logger.exception("a question of a resume chat failed (%s)", type(error).__name__)
            await self._error(Code.INTERNAL, "Something went wrong on our side. Ask again.", id=asked.id)
            return
        await self._say({"type": "response", "id": asked.id, **exchange.as_data(), "session_id": str(self.chat.id)})
        await self._keep(exchange)

    async def _from_model(self, asked: Question) -> Exchange:
        answering = Answering(self.asking, await self.grounds(), self.chat.history, asked.question)
        reading = self._reading = asyncio.create_task(self._read(answering, asked.id))
        try:
            await asyncio.wait([reading])
        finally:
            self._reading = None
            await _ended(reading)
        if not reading.cancelled():
            reading.result()
        return answering.exchange(stopped=reading.cancelled())

    async def _read(self, answering: Answering, asked_id: str | None) -> None:
        """Hand an answer on. The model is read as fast as it speaks; what gathers while a piece is sent goes together.

        So a client that reads slowly holds up nothing but itself.
        """
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
                await self._say({"type": "delta", "id": asked_id, "delta": words})

        sending: asyncio.Task[None] | None = None
        try:
            async with contextlib.aclosing(answering.pieces()) as pieces:
                async for words in pieces:
                    if sending is None:  # the first words at once, without the way over another task
                        await self._say({"type": "delta", "id": asked_id, "delta": words})
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
            await _ended(sending)

    async def _keep(self, exchange: Exchange) -> None:
        """Remember an exchange, here and beside: nobody waits for the row."""
        if not exchange.answer:
            return
        self.chat.history.append(exchange)
        del self.chat.history[: -chats.MOST_EXCHANGES]
        try:
            is_ours = await in_thread(chats.keep, self.chat)
        except Exception as error:  # noqa: BLE001 - the answer was given all the same
            logger.warning("a resume chat could not be kept (%s)", type(error).__name__)
            return
        if not is_ours:
            await self._taken_over()
        elif self._news is None:
            self._listen()

    # --- another connection goes on with this conversation

    def _group(self) -> str:
        return f"resume-chat-{self.chat.id}"

    def _listen(self) -> None:
        """Hear of it at once when the conversation is taken over. Without Redis it is told by the next write."""
        if self._news is not None:
            self._news.cancel()
        self._news = asyncio.create_task(self._hear(self._group(), str(self.chat.holder)))

    async def _hear(self, group: str, holder: str) -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        try:
            name = await layer.new_channel()
            await layer.group_add(group, name)
            try:
                while (await layer.receive(name)).get("holder") == holder:
                    continue
                await self._taken_over()
            finally:
                await layer.group_discard(group, name)
        except Closed:
            pass
        except Exception as error:  # noqa: BLE001 - Redis away in any of its ways
            logger.warning("news of a resume chat can't be heard (%s)", type(error).__name__)

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
        await self._say({"type": "system", "event": "taken_over", "message": message})
        await self._close(CLOSED_TAKEN_OVER)
        raise Closed

    # --- what goes out

    async def _welcome(self, event: str, **more: Any) -> None:
        try:
            about, ready = (await self.grounds()).about, is_configured()
        except GreenroomError:
            about, ready = "", False
        message = f"Ask about {about}." if ready else "Nothing can be answered here just now."
        await self._say(
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
        await self._say(error)

    async def _say(self, message: dict[str, Any]) -> None:
        """Send; a client that does not read is given up. Raises Closed where nobody is there any more."""
        if self._send is None:
            raise Closed
        try:
            async with asyncio.timeout(SENDING_SECONDS):
                await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})
        except TimeoutError:
            await self._close(CLOSED_SLOW)
            raise Closed from None
        except (OSError, RuntimeError):
            self._send = None
            raise Closed from None

    async def _close(self, code: int) -> None:
        send, self._send = self._send, None
        if self._timer is not None:
            self._timer.cancel()
        if send is not None:
            self._is_over = True
            if self._connection is not None:
                # Who never agrees is left: their half of the connection may be long gone.
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(_PARTING_SECONDS, self._connection.cancel)
            with contextlib.suppress(OSError, RuntimeError, TimeoutError):
                async with asyncio.timeout(2):
                    await send({"type": "websocket.close", "code": code})


async def _ended(task: asyncio.Task[None] | None) -> None:
    """End a task of ours, unless it is the one that asks."""
    if task is None or task is asyncio.current_task() or task.done():
        return
    task.cancel()
    await asyncio.wait([task])


async def refuse(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """A socket to an address where there is none: closed before it is open, which is HTTP 403."""
    await receive()
    await send({"type": "websocket.close", "code": CLOSED_NOT_ALLOWED})
