"""The only door to a model: `ask` one question, get a validated object and the receipt for it.

A question goes through the cache, the money caps, the ledger, the shared limits and the wire, in this order; retries
are made in llm.patience and nowhere else. Whoever asks many questions at once should keep somewhat more calls open than
LLM_CONCURRENCY allows in flight (a quarter more is plenty): a call that waits out a Retry-After, or whose row is being
written, takes no place, and only the others can fill it meanwhile. For an answer that is wanted while it is being
spoken, see llm.conversing.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.conf import settings
from pydantic import BaseModel, ValidationError

from llm import budget, ledger, limits, pricing, prompts, provider
from llm.errors import BrokenAnswer, NotConfigured, TimedOut
from llm.loops import PerLoop
from llm.models import Call
from llm.passage import Passage
from llm.patience import models_for, persist
from llm.question import Question, complaint_about, count_tokens
from llm.receipts import Receipt, new_row, receipt_of

__all__ = ["Receipt", "ask", "ask_now", "close", "count_tokens", "estimate_cost", "is_configured", "models_for"]

T = TypeVar("T", bound=BaseModel)


def is_configured() -> bool:
    """Whether there is a model to ask: a key is set, or the simulator stands in."""
    return bool(settings.LLM_API_KEY)


def estimate_cost(purpose: str, input_tokens: int, output_tokens: int) -> Decimal:
    """What a call of `purpose` with so many tokens would cost, in US dollars, at its first model's price."""
    return pricing.of(models_for(purpose)[0]).of(input_tokens, output_tokens)


async def ask(
    purpose: str,
    prompt: str,
    data: Mapping[str, Any],
    schema: type[T],
    *,
    scope: str = "",
    variation: int = 0,
    use_cache: bool = True,
) -> tuple[T, Receipt]:
    """Ask a model and return its answer as a `schema`, with the receipt.

    `purpose` picks the model and names the call in the ledger; `prompt` names a file ("candidates/judge"); `data` goes
    to the model as fenced JSON, as material and never as instructions. `scope` ("import:<uuid>") puts the cost under
    that scope's cap. `variation` above 0 asks the same question again, for a band. An answer that was paid for once is
    taken from the cache, also while the first call for it is still under way in this process; `use_cache=False`
    neither reads nor fills it.

    Raises the errors of llm.errors: NotConfigured, CapReached, and, after all retries and fallback models,
    RateLimited, TimedOut, Unavailable, Refused or BrokenAnswer.
    """
    if not is_configured():
        raise NotConfigured("No model is configured. Set LLM_API_KEY.")
    question = Question(purpose, prompts.load(prompt), data, schema, variation=variation)
    asked = _Asked(question, scope, models_for(purpose))
    if not use_cache:
        return await asked.pay("")
    key = question.key(asked.models[0])
    flights = (await _flights.get()).open
    while (flight := flights.get(key)) is not None:
        # The same question is on its way: wait for its answer. If whoever asks is cancelled, one of those who wait
        # asks instead; if it fails, they all fail alike.
        await asyncio.wait([flight])
        if not flight.cancelled():
            parsed, receipt = flight.result()
            return parsed.model_copy(deep=True), receipt.model_copy(update={"cached": True, "cost_usd": 0.0})
    flight = flights[key] = asyncio.get_running_loop().create_future()
    try:
        result = await asked.find(key) or await asked.pay(key)
    except BaseException as error:
        if isinstance(error, Exception):
            flight.set_exception(error)
            flight.exception()  # seen: where nobody waits, asyncio shall not complain
        else:
            flight.cancel()
        raise
    else:
        flight.set_result(result)
        return result
    finally:
        del flights[key]


def ask_now(
    purpose: str,
    prompt: str,
    data: Mapping[str, Any],
    schema: type[T],
    *,
    scope: str = "",
    variation: int = 0,
    use_cache: bool = True,
    within: float = 90.0,
) -> tuple[T, Receipt]:
    """`ask` for synchronous code: a view, a command. Blocks, so never call it inside a database transaction.

    Raises like `ask`, and TimedOut after `within` seconds. Runs on one background event loop of this process, whose
    connections stay open from call to call.
    """
    asking = asyncio.run_coroutine_threadsafe(
        ask(purpose, prompt, data, schema, scope=scope, variation=variation, use_cache=use_cache), _background_loop()
    )
    try:
        return asking.result(timeout=within)
    except TimeoutError:
        asking.cancel()
        raise TimedOut("The model did not answer in time.") from None


async def close() -> None:
    """Close what the running event loop holds open. Only for a loop that lives on: others do so when they end."""
    await provider.close()
    await limits.close()
    await budget.close()


@dataclass(slots=True)
class _Asked(Generic[T]):
    """One question on its way through models, retries and repair."""

    question: Question[T]
    scope: str
    models: list[str]
    attempts: int = 0

    async def find(self, key: str) -> tuple[T, Receipt] | None:
        """The answer from the cache, with a row in the ledger that says so."""
        kept = await ledger.find(key)
        if kept is None:
            return None
        try:
            parsed = self.question.schema.model_validate_json(kept.answer)
        except ValidationError:  # a validator of ours has become stricter since
            return None
        row = new_row(
            purpose=self.question.purpose,
            scope=self.scope,
            model=kept.model,
            prompt=self.question.prompt,
            attempt=self.attempts,
            cost_usd=Decimal(0),
        )
        row.outcome = Call.Outcome.CACHED
        row.input_tokens, row.output_tokens = kept.input_tokens, kept.output_tokens
        await ledger.open_row(row)
        return parsed, receipt_of(row, cached=True)

    async def pay(self, key: str) -> tuple[T, Receipt]:
        """Ask each model in turn, each with its retries."""
        return await persist(self.models, lambda model: self._attempt(model, key))

    async def _attempt(self, model: str, key: str) -> tuple[T, Receipt]:
        """Ask one model once, and once more where its answer does not fit the schema."""
        passage, answer = await self._call(model, self.question.body(model))
        paid, latency_ms = passage.row.cost_usd, passage.row.latency_ms
        outcome = Call.Outcome.OK
        try:
            parsed = self.question.parse(answer.content)
        except ValidationError as broken:
            await passage.end(Call.Outcome.BROKEN)
            body = self.question.body(model, broken=answer.content[:20_000], complaint=complaint_about(broken))
            passage, answer = await self._call(model, body)
            outcome = Call.Outcome.REPAIRED
            paid, latency_ms = paid + passage.row.cost_usd, latency_ms + passage.row.latency_ms
            try:
                parsed = self.question.parse(answer.content)
            except ValidationError:
                await passage.end(Call.Outcome.BROKEN)
                raise BrokenAnswer("The model's answer could not be used, also after one repair.") from None
        row = passage.row
        if key:
            row.cache_key, row.answer = key, parsed.model_dump_json(by_alias=True).replace("\\u0000", "")
        await passage.end(outcome)
        receipt = receipt_of(row)
        receipt.cost_usd, receipt.latency_ms = float(paid), latency_ms
        return parsed, receipt

    async def _call(self, model: str, body: bytes) -> tuple[Passage, provider.Answer]:
        """One request: money, ledger, place, wire. The row has its figures but is not yet closed."""
        self.attempts += 1
        question = self.question
        passage = Passage(question.purpose, self.scope, model, question.prompt, self.attempts)
        await passage.open(body)
        try:
            answer = await provider.send(body)
        except BaseException as error:
            await passage.fail(error)
            raise
        passage.arrive(answer)
        return passage, answer


class _Flights:
    """The questions that one event loop has on their way, by cache key."""

    def __init__(self) -> None:
        self.open: dict[str, asyncio.Future[Any]] = {}

    async def close(self) -> None:
        self.open.clear()


_flights: PerLoop[_Flights] = PerLoop(_Flights, _Flights.close)

_background: asyncio.AbstractEventLoop | None = None
_background_lock = threading.Lock()


def _begin_anew() -> None:
    """In a forked child: neither the parent's loop nor a lock that one of its threads held is of use here."""
    global _background, _background_lock
    _background, _background_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)


def _background_loop() -> asyncio.AbstractEventLoop:
    """This process's loop for `ask_now`, started on first use (and again in a forked child)."""
    global _background
    with _background_lock:
        if _background is None:
            _background = asyncio.new_event_loop()
            threading.Thread(target=_background.run_forever, name="llm-ask-now", daemon=True).start()
        return _background
