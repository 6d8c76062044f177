"""One request's passage to the provider: money set aside, its row in the ledger, its place among the calls in flight.

    passage = Passage(…)
    await passage.open(body)
    try:
        answer = await provider.send(body)
    except BaseException as error:
        await passage.fail(error)
        raise
    passage.arrive(answer)
    await passage.end(Call.Outcome.OK)

What lies between `open` and `arrive` is the provider's time; everything else here is ours.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from decimal import Decimal

from asgiref.sync import sync_to_async

from llm import budget, ledger, limits, pricing, provider
from llm.errors import LLMError, RateLimited, Refused, TimedOut, Unavailable
from llm.models import Call
from llm.prompts import Prompt
from llm.question import count_tokens
from llm.receipts import new_row

_OUTCOMES: dict[type[LLMError], str] = {
    RateLimited: Call.Outcome.RATE_LIMITED,
    TimedOut: Call.Outcome.TIMED_OUT,
    Unavailable: Call.Outcome.UNAVAILABLE,
    Refused: Call.Outcome.REFUSED,
}


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


_habits: dict[tuple[str, str], _Habit] = {}


@dataclass(slots=True)
class Passage:
    """See above. Once open it must be left again: by `fail`, by `abandon`, or by `arrive` and then `end`."""

    purpose: str
    scope: str
    model: str
    prompt: Prompt
    attempt: int
    row: ledger.Row = field(init=False)
    _price: pricing.Price = field(init=False)
    _habit: _Habit = field(init=False)
    _estimated: int = field(init=False)
    _reservation: budget.Reservation = field(init=False)
    _place: limits.Place = field(init=False)
    _began: float = field(init=False)

    async def open(self, body: bytes, *, hurried: bool = False) -> None:
        """Wait until this request may go out. Raises CapReached, RateLimited or Unavailable where it may not.

        `hurried`: somebody is listening. Its row is written while it waits for its place and not before, which makes
        the place stand idle for some milliseconds.
        """
        if not pricing.known():
            await sync_to_async(pricing.of, thread_sensitive=False)(self.model)
        self._price = pricing.of(self.model)
        self._habit = _habits.setdefault((self.purpose, self.model), _Habit())
        self._estimated = count_tokens(body)
        input_tokens = int(self._estimated * self._habit.input_ratio) + 1
        output_tokens = int(self._habit.output_tokens * 1.5)
        self._reservation = await budget.reserve(self.scope, self._price.of(input_tokens, output_tokens))
        self.row = new_row(
            purpose=self.purpose,
            scope=self.scope,
            model=self.model,
            prompt=self.prompt,
            attempt=self.attempt,
            cost_usd=self._reservation.usd,
        )
        try:
            if hurried:
                self._place = await self._row_and_place(input_tokens + output_tokens)
            else:
                # Before it waits for a place: nothing of ours stands between a freed place and the next request.
                await ledger.open_row(self.row)
                self._place = await limits.take_place(self.model, input_tokens + output_tokens)
        except BaseException as error:
            await self._close_after(error, is_paid=False)
            raise
        self._began = time.monotonic()

    async def _row_and_place(self, tokens: int) -> limits.Place:
        writing = asyncio.ensure_future(ledger.open_row(self.row))
        try:
            place = await limits.take_place(self.model, tokens)
        except BaseException:
            # The row's end, which comes next, is written after its beginning: one thread writes both, in this order.
            writing.cancel()
            raise
        try:
            await writing
        except BaseException:
            place.release(tokens=0)
            raise
        return place

    async def fail(self, error: BaseException, *, begun: bool = False) -> None:
        """Leave after `error` on the wire: give back the place and what is known not to have been paid.

        `begun`: some of the answer had come already.
        """
        used: int | None = None
        refused_for: float | None = None
        if isinstance(error, RateLimited):
            used, refused_for = 0, 1.0 if error.retry_after is None else float(error.retry_after)
        self._place.release(tokens=used, refused_for=refused_for)
        self._stop_clock()
        await self._close_after(error, is_paid=begun or isinstance(error, (TimedOut, asyncio.CancelledError)))

    def abandon(self) -> None:
        """Leave in the middle of an answer, without waiting: nobody listens any more. It keeps what was set aside."""
        self._place.release(tokens=None)
        self._stop_clock()
        self.row.outcome = Call.Outcome.ABANDONED
        self.leave()

    def arrive(self, answer: provider.Answer) -> None:
        """The answer is here: give back the place, and put its figures into the row, which is not closed yet."""
        self._place.release(tokens=answer.input_tokens + answer.output_tokens or None)
        self._stop_clock()
        self._habit.learn(self._estimated, answer)
        row = self.row
        row.model = answer.model or self.model
        row.input_tokens, row.output_tokens = answer.input_tokens, answer.output_tokens
        row.cost_usd = (
            self._price.of(answer.input_tokens, answer.output_tokens) if answer.cost is None else round(answer.cost, 6)
        )

    async def end(self, outcome: str) -> None:
        """Close the row and settle the money, after `arrive`."""
        self.row.outcome = outcome
        try:
            await ledger.close_row(self.row)
        finally:
            self._reservation.settle(self.row.cost_usd)

    def leave(self) -> None:
        """As `end` with the row's outcome as it stands, without waiting for the ledger."""
        ledger.leave_row(self.row)
        self._reservation.settle(self.row.cost_usd)

    def _stop_clock(self) -> None:
        self.row.latency_ms = int((time.monotonic() - self._began) * 1000)

    async def _close_after(self, error: BaseException, *, is_paid: bool) -> None:
        # A call that was sent and not answered may have been paid for: it keeps what was set aside.
        if not is_paid:
            self.row.cost_usd = Decimal(0)
        self.row.outcome = Call.Outcome.ABANDONED
        if isinstance(error, LLMError):
            self.row.outcome = _OUTCOMES.get(type(error), Call.Outcome.ABANDONED)
            await ledger.close_row(self.row)
        else:
            ledger.leave_row(self.row)  # being cancelled: no waiting now
        self._reservation.settle(self.row.cost_usd)
