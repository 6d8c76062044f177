"""The door for models that talk: an answer is handed on while it is being written.

    async with conversing.converse("interview", "agents/interviewer", messages, data=…, schema=Reply) as talk:
        async for so_far in talk:  # a dict that grows; without a schema: the next words of the answer
            ...
    talk.parsed, talk.text, talk.receipt

The same caps, ledger, limits, retries and fallback models as llm.client, for an answer that somebody waits for: nothing
is cached, and what is only bookkeeping happens beside the answer and not before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any, Generic, Literal, TypeVar, cast, overload

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from llm import budget, limits, pricing, prompts, provider
from llm.client import is_configured
from llm.errors import BrokenAnswer, LLMError, NotConfigured, TimedOut
from llm.models import Call
from llm.passage import Passage
from llm.patience import models_for, persist
from llm.question import (
    answer_form,
    complaint_about,
    count_tokens,
    fenced,
    parsed,
    provider_routing,
    system_message,
)
from llm.receipts import Receipt, receipt_of

__all__ = ["Conversation", "Message", "converse", "make_ready"]

T = TypeVar("T", bound="BaseModel | None")
Model = TypeVar("Model", bound=BaseModel)
Piece = TypeVar("Piece")

# People who talk do not say the same words each time. What is judged is asked at 0, see llm.question.
TEMPERATURE = 0.6
# The smallest sum that can be set aside.
_MICRODOLLAR = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Message:
    """What one side said: "assistant" is the model, "user" the person it talks with."""

    role: Literal["user", "assistant"]
    content: str


@overload
def converse(
    purpose: str,
    prompt: str,
    messages: Sequence[Message],
    *,
    data: Mapping[str, Any] | None = None,
    schema: None = None,
    scope: str = "",
) -> Conversation[str, None]: ...


@overload
def converse(
    purpose: str,
    prompt: str,
    messages: Sequence[Message],
    *,
    data: Mapping[str, Any] | None = None,
    schema: type[Model],
    scope: str = "",
) -> Conversation[dict[str, Any], Model]: ...


def converse(
    purpose: str,
    prompt: str,
    messages: Sequence[Message],
    *,
    data: Mapping[str, Any] | None = None,
    schema: type[Any] | None = None,
    scope: str = "",
) -> Conversation[Any, Any]:
    """Have a model answer the last of `messages`; nothing is sent before the first piece is asked for.

    `purpose` picks the model and names the call in the ledger; `prompt` names a file ("agents/interviewer"), the system
    message byte for byte; `data` stands before the messages as fenced JSON, as material and never as instructions.
    `scope` ("interview:<uuid>") puts the cost under that scope's cap.

    Without `schema` the pieces are the next words. With one the model answers JSON, and each piece is what that JSON
    says so far, in the order of the schema's properties: a text grows from piece to piece, and its property is final as
    soon as the next one begins. Until the end a piece was not held against the schema.

    While it is read it raises the errors of llm.errors. Before the first piece all failures are met with retries and
    fallback models, as in llm.client.ask, but for LLM_FIRST_WORDS_SECONDS at most: somebody is waiting. After it each
    is raised, since what was said can't be taken back.
    """
    if not messages and data is None:
        raise ValueError("a conversation needs something to answer")
    return Conversation(purpose, prompts.load(prompt), messages, data, schema, scope)


async def make_ready(purpose: str, *, scope: str = "") -> None:
    """Do now what the first call of this loop would have to wait for: prices, client, the connections to Redis.

    Asks no model and costs nothing. Where something is away it is left to the call, which meets it with patience.
    """
    if not is_configured():
        return
    model = models_for(purpose)[0]
    with contextlib.suppress(LLMError):
        await provider.make_ready()
        await sync_to_async(pricing.of, thread_sensitive=False)(model)
        (await budget.reserve(scope, _MICRODOLLAR)).settle(Decimal(0))
        (await limits.take_place(model, 1)).release(tokens=0)


class Conversation(Generic[Piece, T]):
    """One answer of a model, read piece by piece. Use it in `async with`: leaving early stops the model.

    `text` is what it has written so far (with a schema: JSON). `first_piece_seconds`, from asking to the first piece,
    ours and the provider's time together, is None before that.
    """

    def __init__(
        self,
        purpose: str,
        prompt: prompts.Prompt,
        messages: Sequence[Message],
        data: Mapping[str, Any] | None,
        schema: type[BaseModel] | None,
        scope: str,
    ) -> None:
        self.text = ""
        self.first_piece_seconds: float | None = None
        self._purpose = purpose
        self._prompt = prompt
        self._schema = schema
        self._scope = scope
        self._turns: list[Any] = [orjson.Fragment(system_message(prompt))]
        if data is not None:
            self._turns.append({"role": "user", "content": fenced(data)})
        self._turns.extend({"role": message.role, "content": message.content} for message in messages)
        self._pieces: AsyncGenerator[Any, None] = self._answer()
        self._attempts = 0
        self._paid_before = Decimal(0)
        self._parsed: BaseModel | None = None
        self._receipt: Receipt | None = None

    @property
    def parsed(self) -> T:
        """The whole answer in its shape; None where no schema was asked for. Only after the last piece."""
        if self._receipt is None:
            raise RuntimeError("the answer is not at its end")
        return cast(T, self._parsed)

    @property
    def receipt(self) -> Receipt:
        """The receipt of the whole answer. Only after the last piece."""
        if self._receipt is None:
            raise RuntimeError("the answer is not at its end")
        return self._receipt

    async def __aenter__(self) -> Conversation[Piece, T]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pieces.aclose()

    def __aiter__(self) -> Conversation[Piece, T]:
        return self

    async def __anext__(self) -> Piece:
        return cast(Piece, await anext(self._pieces))

    async def _answer(self) -> AsyncGenerator[Any, None]:
        if not is_configured():
            raise NotConfigured("No model is configured. Set LLM_API_KEY.")
        began = time.monotonic()
        try:
            async with asyncio.timeout(settings.LLM_FIRST_WORDS_SECONDS):
                reading, piece = await persist(models_for(self._purpose), self._begin)
        except TimeoutError:
            raise TimedOut("The model did not answer in time.") from None
        self.first_piece_seconds = time.monotonic() - began
        try:
            while piece is not None:
                self.text = reading.text
                yield piece
                piece = await reading.next_piece()
            self.text = reading.text
            self._parsed = reading.whole()
        except ValidationError:
            reading.leave(Call.Outcome.BROKEN)
            raise BrokenAnswer("The model's answer could not be used.") from None
        except BaseException as error:  # also where nobody listens any more: GeneratorExit, or being cancelled
            await reading.fail(error)
            raise
        reading.leave(Call.Outcome.REPAIRED if reading.is_repair else Call.Outcome.OK)
        receipt = receipt_of(reading.passage.row)
        receipt.cost_usd = float(self._paid_before + reading.passage.row.cost_usd)
        self._receipt = receipt

    async def _begin(self, model: str) -> tuple[_Reading, Any]:
        """Send the request, and once more where the answer is none; return it with its first piece."""
        turns = self._turns
        for is_repair in (False, True):
            reading, piece = await self._send(model, turns)
            reading.is_repair = is_repair
            try:
                if piece is None:
                    reading.whole()
            except ValidationError as broken:
                reading.leave(Call.Outcome.BROKEN)
                self._paid_before += reading.passage.row.cost_usd
                said = {"role": "assistant", "content": reading.text[:20_000] or "(nothing)"}
                turns = [*self._turns, said, {"role": "user", "content": complaint_about(broken)}]
            except BrokenAnswer:
                reading.leave(Call.Outcome.BROKEN)
                raise
            else:
                return reading, piece
        raise BrokenAnswer("The model's answer could not be used, also after one repair.")

    async def _send(self, model: str, turns: list[Any]) -> tuple[_Reading, Any]:
        """One request, until there is a first piece of its answer (None where it ends without one)."""
        self._attempts += 1
        body = self._body(model, turns)
        passage = Passage(self._purpose, self._scope, model, self._prompt, self._attempts)
        await passage.open(body, hurried=True)
        reading: _Reading | None = None
        try:
            reading = _Reading(passage, await provider.stream(body), self._schema, body)
            return reading, await reading.next_piece()
        except BaseException as error:
            if reading is None:
                await passage.fail(error)
            else:
                await reading.fail(error)
            raise

    def _body(self, model: str, turns: list[Any]) -> bytes:
        request: dict[str, Any] = {
            "model": model,
            "messages": turns,
            "temperature": TEMPERATURE,
            "max_tokens": settings.LLM_MAX_OUTPUT_TOKENS,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._schema is not None:
            request["response_format"] = orjson.Fragment(answer_form(self._schema))
        if routing := provider_routing():
            request["provider"] = routing
        return orjson.dumps(request)


class _Reading:
    """One answer while it comes in: its text, the pieces to hand on, and the passage that it came by."""

    def __init__(self, passage: Passage, stream: provider.Stream, schema: type[BaseModel] | None, body: bytes) -> None:
        self.passage = passage
        self.text = ""
        self.is_repair = False
        self._stream = stream
        self._schema = schema
        self._body = body
        self._last: Any = None
        self._has_arrived = False
        self._has_left = False

    async def next_piece(self) -> Any:
        """The next piece, or None at the answer's end; then the passage has arrived."""
        while (words := await self._stream.read()) is not None:
            self.text += words
            if self._schema is None:
                if words:
                    return words
            elif (snapshot := _so_far(self.text)) and snapshot != self._last:
                self._last = snapshot
                return snapshot
        if not self._has_arrived and self._stream.answer is not None:
            self.passage.arrive(_counted(self._stream.answer, self._body))
            self._has_arrived = True
            await self._stream.close()
        return None

    def whole(self) -> BaseModel | None:
        """The answer in its shape; raises pydantic.ValidationError where it has none, BrokenAnswer for silence."""
        if self._schema is not None:
            return parsed(self.text, self._schema)
        if not self.text.strip():
            raise BrokenAnswer("The model said nothing.")
        return None

    def leave(self, outcome: str) -> None:
        """Put down how it ended, after the last piece. Nobody waits for the ledger: what was said is being heard."""
        self._has_left = True
        self.passage.row.outcome = outcome
        self.passage.leave()

    async def fail(self, error: BaseException) -> None:
        """End it early: something failed, or nobody listens any more."""
        if self._has_left:
            return
        if self._has_arrived:
            self.leave(Call.Outcome.ABANDONED)
            return
        self._has_left = True
        if isinstance(error, GeneratorExit):
            self.passage.abandon()
            await self._stream.close()
            return
        try:
            await self.passage.fail(error, begun=bool(self.text))
        finally:
            await self._stream.close()


def _so_far(text: str) -> dict[str, Any] | None:
    """What the beginning of a JSON object says, a text that is not at its end included; None where it says nothing."""
    text = text.lstrip()
    if text.startswith("```"):
        text = text.partition("\n")[2]
    try:
        value = from_json(text, allow_partial="trailing-strings")
    except ValueError:  # not (yet) JSON: the end will tell
        return None
    return value if isinstance(value, dict) else None


def _counted(answer: provider.Answer, body: bytes) -> provider.Answer:
    """`answer` with its tokens estimated where the provider told none: what was used must not count as free."""
    if answer.input_tokens or answer.output_tokens:
        return answer
    return dataclasses.replace(answer, input_tokens=count_tokens(body), output_tokens=count_tokens(answer.content))
