"""The only door to a model: `ask` one question, get a validated object and the receipt for it.

A question goes through the cache, the money caps, the ledger, the shared limits and the wire, in this order; retries
are made here and nowhere else. Whoever asks many questions at once should keep somewhat more calls open than
LLM_CONCURRENCY allows in flight (a quarter more is plenty): a call that waits out a Retry-After, or whose row is being
written, takes no place, and only the others can fill it meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone
from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from llm import budget, ledger, limits, pricing, prompts, provider
from llm.errors import BrokenAnswer, LLMError, NotConfigured, RateLimited, Refused, TimedOut, Unavailable
from llm.loops import PerLoop
from llm.models import Call
from llm.question import Question, complaint_about, count_tokens

__all__ = ["Receipt", "ask", "ask_now", "close", "count_tokens", "estimate_cost", "is_configured", "models_for"]

T = TypeVar("T", bound=BaseModel)

_BACKOFF = wait_random_exponential(multiplier=0.5, max=30)
# A 429 is no failure of the call: it may be met this many times more often than other errors before it counts as one.
_PATIENCE_WITH_429 = 3
_OUTCOMES: dict[type[LLMError], str] = {
    RateLimited: Call.Outcome.RATE_LIMITED,
    TimedOut: Call.Outcome.TIMED_OUT,
    Unavailable: Call.Outcome.UNAVAILABLE,
    Refused: Call.Outcome.REFUSED,
}


class Receipt(BaseModel):
    """What an answer was and cost; stored beside what rests on it. `call_id` is its row in the ledger.

    `cost_usd` is in US dollars, a broken first answer and its repair together; 0 for an answer from the cache, whose
    tokens are those of the call that paid for it. `latency_ms` is the provider's part, without any waiting of ours.
    """

    call_id: str
    purpose: str
    model: str
    prompt_name: str
    prompt_hash: str
    input_tokens: int
    output_tokens: int
    cost_usd: float
    latency_ms: int
    cached: bool = False


def is_configured() -> bool:
    """Whether there is a model to ask: a key is set, or the simulator stands in."""
    return bool(settings.LLM_API_KEY)


def models_for(purpose: str) -> list[str]:
    """The models to ask for `purpose`, in order: its own or the general one, then the fallbacks."""
    first = settings.LLM_MODELS.get(purpose) or settings.LLM_MODEL
    return list(dict.fromkeys([first, *settings.LLM_FALLBACK_MODELS]))


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
        row = self._row(kept.model, Decimal(0))
        row.outcome = Call.Outcome.CACHED
        row.input_tokens, row.output_tokens = kept.input_tokens, kept.output_tokens
        await ledger.open_row(row)
        return parsed, self._receipt(row, cached=True)

    async def pay(self, key: str) -> tuple[T, Receipt]:
        """Ask each model in turn, each with its retries."""
        first: LLMError | None = None
        for model in self.models:
            try:
                async for attempt in _retrying():
                    with attempt:
                        return await self._attempt(model, key)
            except (RateLimited, TimedOut, Unavailable, BrokenAnswer) as error:
                first = first or error
            except Refused as error:
                if not error.other_model_may_help:
                    raise
                # A passing failure says more than a refusal: the same question may be answered later.
                first = error if first is None else first
        raise first or Unavailable("No model was there to ask.")

    async def _attempt(self, model: str, key: str) -> tuple[T, Receipt]:
        """Ask one model once, and once more where its answer does not fit the schema."""
        body = self.question.body(model)
        row, reservation, answer = await self._call(model, body)
        paid, latency_ms = row.cost_usd, row.latency_ms
        outcome = Call.Outcome.OK
        try:
            parsed = self.question.parse(answer.content)
        except ValidationError as broken:
            await self._end(row, reservation, Call.Outcome.BROKEN)
            body = self.question.body(model, broken=answer.content[:20_000], complaint=complaint_about(broken))
            row, reservation, answer = await self._call(model, body)
            outcome = Call.Outcome.REPAIRED
            paid, latency_ms = paid + row.cost_usd, latency_ms + row.latency_ms
            try:
                parsed = self.question.parse(answer.content)
            except ValidationError:
                await self._end(row, reservation, Call.Outcome.BROKEN)
                raise BrokenAnswer("The model's answer could not be used, also after one repair.") from None
        if key:
            row.cache_key, row.answer = key, parsed.model_dump_json(by_alias=True).replace("\\u0000", "")
        await self._end(row, reservation, outcome)
        receipt = self._receipt(row, cached=False)
        receipt.cost_usd, receipt.latency_ms = float(paid), latency_ms
        return parsed, receipt

    async def _call(self, model: str, body: bytes) -> tuple[ledger.Row, budget.Reservation, provider.Answer]:
        """One request: money, ledger, place, wire. The row comes back with its figures but not yet closed."""
        self.attempts += 1
        if not pricing.known():
            await sync_to_async(pricing.of, thread_sensitive=False)(model)
        price = pricing.of(model)
        habit = _habits.setdefault((self.question.purpose, model), _Habit())
        input_tokens = int(count_tokens(body) * habit.input_ratio) + 1
        output_tokens = int(habit.output_tokens * 1.5)
        reservation = await budget.reserve(self.scope, price.of(input_tokens, output_tokens))
        row = self._row(model, reservation.usd)
        sent = False
        try:
            # Before it waits for a place: nothing of ours stands between a freed place and the next request.
            await ledger.open_row(row)
            place = await limits.take_place(model, input_tokens + output_tokens)
            began = time.monotonic()
            sent = True
            used: int | None = None
            refused_for: float | None = None
            try:
                answer = await provider.send(body)
                used = answer.input_tokens + answer.output_tokens or None
            except RateLimited as error:
                used, refused_for = 0, 1.0 if error.retry_after is None else float(error.retry_after)
                raise
            finally:
                place.release(tokens=used, refused_for=refused_for)
                row.latency_ms = int((time.monotonic() - began) * 1000)
        except BaseException as error:
            # A call that was sent and not answered may have been paid for: it keeps what was set aside.
            if not (sent and isinstance(error, (TimedOut, asyncio.CancelledError))):
                row.cost_usd = Decimal(0)
            row.outcome = Call.Outcome.ABANDONED
            if isinstance(error, LLMError):
                row.outcome = _OUTCOMES.get(type(error), Call.Outcome.ABANDONED)
                await ledger.close_row(row)
            else:
                ledger.leave_row(row)  # being cancelled: no waiting now
            reservation.settle(row.cost_usd)
            raise
        habit.learn(count_tokens(body), answer)
        row.model = answer.model or model
        row.input_tokens, row.output_tokens = answer.input_tokens, answer.output_tokens
        row.cost_usd = (
            price.of(answer.input_tokens, answer.output_tokens) if answer.cost is None else round(answer.cost, 6)
        )
        return row, reservation, answer

    async def _end(self, row: ledger.Row, reservation: budget.Reservation, outcome: str) -> None:
        row.outcome = outcome
        try:
            await ledger.close_row(row)
        finally:
            reservation.settle(row.cost_usd)

    def _row(self, model: str, cost_usd: Decimal) -> ledger.Row:
        return ledger.Row(
            id=uuid.UUID(int=_chance.getrandbits(128), version=4),
            created_at=timezone.now(),
            purpose=self.question.purpose,
            scope=self.scope,
            model=model,
            prompt_name=self.question.prompt.name,
            prompt_hash=self.question.prompt.hash,
            attempt=max(1, self.attempts),
            cost_usd=cost_usd,
        )

    def _receipt(self, row: ledger.Row, *, cached: bool) -> Receipt:
        return Receipt(
            call_id=str(row.id),
            purpose=row.purpose,
            model=row.model,
            prompt_name=row.prompt_name,
            prompt_hash=row.prompt_hash,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cost_usd=float(row.cost_usd),
            latency_ms=row.latency_ms,
            cached=cached,
        )


@dataclass(slots=True)
class _Habit:
    """What calls of one purpose to one model have been like lately: what the next one is expected to be."""

    input_ratio: float = 1.0  # the provider's count of input tokens ÷ our estimate
    output_tokens: float = 400.0

    def learn(self, estimated: int, answer: provider.Answer) -> None:
        if answer.input_tokens and estimated:
            self.input_ratio += 0.1 * (min(4.0, answer.input_tokens / estimated) - self.input_ratio)
        if answer.output_tokens:
            self.output_tokens += 0.1 * (answer.output_tokens - self.output_tokens)


# For ids that only have to differ: each id from the system's own source costs a call into the kernel, which is a tenth
# of a millisecond in some containers.
_chance = random.Random()  # noqa: S311


_habits: dict[tuple[str, str], _Habit] = {}


def _retrying() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type((RateLimited, TimedOut, Unavailable)), stop=_Stop(), wait=_wait, reraise=True
    )


class _Stop:
    """After LLM_MAX_ATTEMPTS failures of one model, of which a 429 counts a third."""

    def __init__(self) -> None:
        self.failures = 0.0

    def __call__(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        self.failures += 1 / _PATIENCE_WITH_429 if isinstance(error, RateLimited) else 1
        return bool(self.failures > settings.LLM_MAX_ATTEMPTS - 0.01)


def _wait(state: RetryCallState) -> float:
    """Retry-After where it was told, with a little jitter on top so that not all come back at once; else backoff."""
    error = state.outcome.exception() if state.outcome else None
    backoff = _BACKOFF(state)
    if isinstance(error, LLMError) and error.retry_after is not None:
        return error.retry_after + min(backoff, 0.25)
    return backoff


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
    _chance.seed()  # or two children would give the same ids


os.register_at_fork(after_in_child=_begin_anew)


def _background_loop() -> asyncio.AbstractEventLoop:
    """This process's loop for `ask_now`, started on first use (and again in a forked child)."""
    global _background
    with _background_lock:
        if _background is None:
            _background = asyncio.new_event_loop()
            threading.Thread(target=_background.run_forever, name="llm-ask-now", daemon=True).start()
        return _background
