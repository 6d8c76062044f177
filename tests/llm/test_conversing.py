"""Answers that are handed on while they are being written."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any, Literal
from uuid import uuid4

import pytest

from candidates import rows
from llm import budget, conversing, limits, provider
from llm.conversing import Conversation, Message
from llm.errors import BrokenAnswer, CapReached, LLMError, NotConfigured, RateLimited, Refused, TimedOut, Unavailable
from llm.models import Call
from llm.receipts import Receipt
from tests import processes
from tests.llm.asking import BIO, PROMPT, outcomes
from tests.llm.shapes import Fact, Shape
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = [Message("user", "Who sold software to hospitals?")]


class Reply(Shape):
    """Not in the order of the alphabet: the schema's order is what counts."""

    verdict: Literal["full", "thin"]
    move: Literal["ask", "close"]
    say: str


def talk(schema: Any = None, *, text: str = BIO, messages: Any = ASKED, **options: Any) -> Conversation[Any, Any]:
    options = {"data": {"bio": text}} | options
    return conversing.converse(options.pop("purpose", "talk"), PROMPT, messages, schema=schema, **options)


async def read(conversation: Conversation[Any, Any]) -> list[Any]:
    async with conversation:
        return [piece async for piece in conversation]


async def collect(conversation: Conversation[Any, Any], into: list[Any]) -> None:
    async for piece in conversation:
        into.append(piece)  # noqa: PERF401 - what came before an error counts


def heard(conversation: Conversation[Any, Any]) -> list[Any]:
    """All pieces of a conversation; its last row is in the ledger when this returns."""
    pieces = asyncio.run(read(conversation))
    closed(1)
    return pieces


def closed(calls: int) -> None:
    """Wait until so many calls stand in the ledger, none of them open: nobody waits for the last row."""
    processes.wait_until(
        lambda: Call.objects.count() >= calls and not Call.objects.filter(outcome=Call.Outcome.STARTED).exists(),
        what="all calls closed",
        every=0.01,
    )


# --- words


def test_words_come_in_pieces_with_a_receipt(simulator: Simulator) -> None:
    simulator.control(tokens_per_second=200)
    conversation = talk()
    pieces = heard(conversation)
    assert len(pieces) > 1
    assert "".join(pieces) == conversation.text
    assert "Sold software to hospitals for 7 years." in conversation.text
    (theirs,) = simulator.calls()
    call = Call.objects.get(pk=conversation.receipt.call_id)
    assert (call.outcome, call.purpose, call.prompt_name) == (Call.Outcome.OK, "talk", PROMPT)
    assert (call.input_tokens, call.output_tokens) == (theirs["input_tokens"], theirs["output_tokens"])
    assert float(call.cost_usd) == pytest.approx(theirs["cost_usd"], abs=1e-6)
    assert conversation.receipt.cost_usd == pytest.approx(theirs["cost_usd"], abs=1e-6)
    assert conversation.parsed is None
    assert Receipt.model_validate_json(conversation.receipt.model_dump_json()) == conversation.receipt


def test_pieces_come_while_the_model_still_writes(simulator: Simulator) -> None:
    simulator.control(first_token_seconds=0.2, tokens_per_second=40)

    async def listen() -> tuple[list[float], float | None]:
        began = time.monotonic()
        moments = []
        async with talk() as conversation:
            async for _ in conversation:
                moments.append(time.monotonic() - began)  # noqa: PERF401
        return moments, conversation.first_piece_seconds

    for _ in range(5):  # a busy machine is late at times, and never early
        moments, first = asyncio.run(listen())
        tokens = simulator.calls()[-1]["output_tokens"]
        took = moments[-1] - moments[0]
        if moments[0] < 0.5 and took < (tokens - 1) / 40 + 0.25 and len(moments) > tokens / 2:
            break
    assert first == pytest.approx(moments[0], abs=0.05)
    assert 0.2 <= moments[0] < 0.5
    assert took == pytest.approx((tokens - 1) / 40, abs=0.25)
    assert len(moments) > tokens / 2


def test_messages_follow_the_data_in_their_order(simulator: Simulator) -> None:
    said = [Message("assistant", "Which clinic was it?"), Message("user", "The clinic in Lyon, a deal of $120,000.")]
    conversation = talk(messages=[*ASKED, *said, Message("user", "Which deal did she close?")])
    heard(conversation)
    assert "$120,000" in conversation.text
    roles = [turn["role"] for turn in conversation._turns if isinstance(turn, dict)]
    assert roles == ["user", "user", "assistant", "user", "user"]


def test_a_conversation_needs_something_to_answer() -> None:
    with pytest.raises(ValueError, match="something to answer"):
        conversing.converse("talk", PROMPT, [])


# --- a schema


def test_a_schema_gives_snapshots_that_grow_in_the_order_of_its_properties(simulator: Simulator) -> None:
    simulator.control(tokens_per_second=400)
    conversation = talk(Fact)
    pieces = heard(conversation)
    assert isinstance(conversation.parsed, Fact)
    assert conversation.parsed.quote in BIO
    assert pieces[-1] == conversation.parsed.model_dump()
    assert len(pieces) > 5
    order = list(Fact.model_fields)
    for earlier, later in itertools.pairwise(pieces):
        assert list(later) == order[: len(later)]
        assert earlier != later
        for name in list(earlier)[:-1]:  # final as soon as the next property has begun
            assert later[name] == earlier[name] == pieces[-1][name]
        if isinstance(last := earlier[list(earlier)[-1]], str):
            assert later[list(earlier)[-1]].startswith(last)


def test_what_comes_first_in_the_schema_stands_before_words_are_said(simulator: Simulator) -> None:
    simulator.control(tokens_per_second=400)
    pieces = heard(talk(Reply))
    with_words = next(piece for piece in pieces if piece.get("say"))
    assert list(with_words) == ["verdict", "move", "say"]
    assert (with_words["verdict"], with_words["move"]) == (pieces[-1]["verdict"], pieces[-1]["move"])


def test_pieces_of_one_packet_are_one_piece(simulator: Simulator) -> None:
    pieces = heard(talk(Fact))
    (call,) = simulator.calls()
    assert len(pieces) <= call["output_tokens"]


# --- failures before the first piece: met here


@pytest.mark.parametrize("fault", ["500", "503", "disconnect", "error_in_body"])
def test_a_passing_failure_is_met_before_the_first_piece(simulator: Simulator, fault: str) -> None:
    simulator.control(next=[fault])
    conversation = talk()
    heard(conversation)
    closed(2)
    assert outcomes() == [Call.Outcome.UNAVAILABLE, Call.Outcome.OK]
    assert conversation.receipt.model


def test_a_429_is_waited_out(simulator: Simulator) -> None:
    simulator.control(next=["429"], retry_after=1)
    began = time.monotonic()
    heard(talk())
    assert time.monotonic() - began >= 1
    assert outcomes() == [Call.Outcome.RATE_LIMITED, Call.Outcome.OK]


def test_a_silent_model_is_asked_again(simulator: Simulator, settings: Any) -> None:
    settings.LLM_SILENCE_SECONDS = 2.0
    simulator.control(next=["hang"])
    heard(talk())
    assert outcomes() == [Call.Outcome.TIMED_OUT, Call.Outcome.OK]
    assert Call.objects.earliest("created_at").cost_usd > 0  # it may have been paid for


@pytest.mark.parametrize("behaviour", [{"next": ["hang", "hang"]}, {"rate_429": 1.0, "retry_after": 5}])
def test_nobody_waits_for_first_words_longer_than_was_set(
    simulator: Simulator, settings: Any, behaviour: dict[str, Any]
) -> None:
    settings.LLM_SILENCE_SECONDS = 0.5
    settings.LLM_FIRST_WORDS_SECONDS = 0.8
    simulator.control(**behaviour)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        asyncio.run(read(talk()))
    assert time.monotonic() - began < 4
    closed(1)


def test_another_model_answers_where_one_fails(simulator: Simulator, settings: Any) -> None:
    settings.LLM_FALLBACK_MODELS = ["simulated/large"]
    settings.LLM_MAX_ATTEMPTS = 1
    simulator.control(broken_models=[settings.LLM_MODEL])
    conversation = talk()
    heard(conversation)
    assert conversation.receipt.model == "simulated/large"


def test_what_was_refused_is_not_repeated(simulator: Simulator) -> None:
    simulator.control(next=["401"])
    with pytest.raises(Refused):
        asyncio.run(read(talk()))
    assert outcomes() == [Call.Outcome.REFUSED]


def test_it_gives_up_after_its_attempts(simulator: Simulator, settings: Any) -> None:
    settings.LLM_MAX_ATTEMPTS = 2
    simulator.control(rate_5xx=1)
    with pytest.raises(Unavailable):
        asyncio.run(read(talk()))
    assert outcomes() == [Call.Outcome.UNAVAILABLE] * 2


def test_an_answer_that_is_no_json_is_repaired_once(simulator: Simulator) -> None:
    simulator.control(next=["no_json"])
    conversation = talk(Fact)
    heard(conversation)
    closed(2)
    assert outcomes() == [Call.Outcome.BROKEN, Call.Outcome.REPAIRED]
    paid = sum(float(cost) for cost in Call.objects.values_list("cost_usd", flat=True))
    assert conversation.receipt.cost_usd == pytest.approx(paid)
    simulator.control(next=["no_json", "no_json"])
    with pytest.raises(BrokenAnswer):
        asyncio.run(read(talk(Fact)))


def test_without_a_key_it_says_so() -> None:
    with pytest.raises(NotConfigured):
        asyncio.run(read(talk()))


# --- failures after the first piece: told


@pytest.mark.parametrize("fault", ["cut_stream", "error_in_stream"])
def test_a_stream_that_breaks_off_is_an_error(simulator: Simulator, fault: str) -> None:
    simulator.control(next=[fault], tokens_per_second=200)

    async def listen() -> list[str]:
        pieces: list[str] = []
        async with talk() as conversation:
            with pytest.raises(Unavailable):
                await collect(conversation, pieces)
            assert "".join(pieces) == conversation.text
            with pytest.raises(RuntimeError):
                _ = conversation.receipt
        return pieces

    assert asyncio.run(listen())
    closed(1)
    (call,) = Call.objects.all()
    assert call.outcome == Call.Outcome.UNAVAILABLE
    assert call.cost_usd > 0  # some of it was written, and may be billed
    assert len(simulator.calls()) == 1


def test_a_stream_that_falls_silent_times_out(simulator: Simulator, settings: Any) -> None:
    settings.LLM_SILENCE_SECONDS = 0.5
    simulator.control(next=["slow_stream"])
    settings.LLM_MAX_ATTEMPTS = 1
    with pytest.raises(TimedOut):
        asyncio.run(read(talk()))
    closed(1)
    assert outcomes() == [Call.Outcome.TIMED_OUT]


def test_the_whole_answer_has_a_time_limit_that_the_listener_does_not_use_up(
    simulator: Simulator, settings: Any
) -> None:
    settings.LLM_TIMEOUT_SECONDS = 2.0

    async def listen(pause: float) -> None:
        async with talk() as conversation:
            async for _ in conversation:
                await asyncio.sleep(pause)

    simulator.control(tokens_per_second=200)
    asyncio.run(listen(0.2))
    simulator.control(tokens_per_second=2)
    with pytest.raises(TimedOut):
        asyncio.run(listen(0))
    closed(2)
    assert outcomes() == [Call.Outcome.OK, Call.Outcome.TIMED_OUT]


def test_an_answer_that_leaves_its_shape_at_the_end_is_an_error(simulator: Simulator) -> None:
    simulator.control(next=["broken_json"], tokens_per_second=400)

    async def listen() -> list[Any]:
        pieces: list[Any] = []
        async with talk(Fact) as conversation:
            with pytest.raises(BrokenAnswer):
                await collect(conversation, pieces)
        return pieces

    assert asyncio.run(listen())
    closed(1)
    assert outcomes() == [Call.Outcome.BROKEN]


# --- nobody listens any more


def test_leaving_early_stops_the_model_and_gives_everything_back(simulator: Simulator) -> None:
    simulator.control(tokens_per_second=1)

    async def leave() -> tuple[int, int]:
        async with talk() as conversation:
            async for _ in conversation:
                break
        (queue,) = (await limits._limits.get()).queues.values()
        (purse,) = (await budget._budgets.get()).purses.values()
        return queue.in_flight, purse.unsettled

    began = time.monotonic()
    assert asyncio.run(leave()) == (0, 0)
    assert time.monotonic() - began < 8  # all of it would take much longer
    closed(1)
    (call,) = Call.objects.all()
    assert call.outcome == Call.Outcome.ABANDONED
    assert call.cost_usd > 0
    processes.wait_until(lambda: simulator.calls()[0]["status"] == 499, what="the model noticed")


@pytest.mark.parametrize("first_token_seconds", [0.0, 60.0])
def test_being_cancelled_gives_everything_back(simulator: Simulator, first_token_seconds: float) -> None:
    simulator.control(first_token_seconds=first_token_seconds, tokens_per_second=1)

    async def cancel() -> tuple[int, int]:
        listening = asyncio.create_task(read(talk()))
        while not await rows.ask(simulator.calls):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        (queue,) = (await limits._limits.get()).queues.values()
        (purse,) = (await budget._budgets.get()).purses.values()
        return queue.in_flight, purse.unsettled

    assert asyncio.run(cancel()) == (0, 0)
    closed(1)
    assert outcomes() == [Call.Outcome.ABANDONED]


def test_a_connection_is_used_again_after_an_answer(simulator: Simulator) -> None:
    async def twice() -> int:
        await read(talk())
        await read(talk())
        transport: Any = (await provider._wires.get()).http._transport
        return sum(len(connections) for connections in transport.client.connector._conns.values())

    assert asyncio.run(twice()) == 1


# --- money and limits


def test_an_interview_has_a_cap_of_its_own(simulator: Simulator, settings: Any) -> None:
    scope, other = f"interview:{uuid4()}", f"interview:{uuid4()}"
    settings.LLM_INTERVIEW_CAP_USD = 0.0001
    with pytest.raises(CapReached) as refused:
        asyncio.run(read(talk(scope=scope)))
    assert refused.value.scope == scope
    assert "this interview" in refused.value.message
    assert not simulator.calls()
    budget.set_cap(scope, "0.5")
    heard(talk(scope=scope))
    spent = budget.spent_usd(scope)
    assert spent == Call.objects.get(scope=scope).cost_usd > 0
    assert budget.cap_usd(scope) == Decimal("0.5")
    assert budget.spent_usd(other) == 0
    assert budget.spent_usd(budget.day_scope()) == spent


def test_conversations_share_the_limit_on_calls_in_flight(simulator: Simulator, settings: Any) -> None:
    settings.LLM_CONCURRENCY = 3
    simulator.control(tokens_per_second=200, concurrency=3)

    async def crowd() -> list[Any]:
        return await asyncio.gather(*(read(talk(text=f"{BIO} Number {n}.")) for n in range(9)))

    assert len(asyncio.run(crowd())) == 9
    assert max(call["in_flight"] for call in simulator.calls()) <= 3
    assert {call["status"] for call in simulator.calls()} == {200}


def test_a_place_that_never_comes_is_told(simulator: Simulator, settings: Any) -> None:
    settings.LLM_CONCURRENCY = 1
    settings.LLM_MAX_ATTEMPTS = 0.3  # a 429 counts a third
    simulator.control(tokens_per_second=1)

    async def crowd() -> LLMError:
        async with talk() as first:
            await anext(first)
            settings.LLM_LIMIT_WAIT_SECONDS = 0.3
            with pytest.raises(RateLimited) as refused:
                await read(talk())
            return refused.value

    assert asyncio.run(crowd()).code == "model_rate_limited"


def test_an_event_loop_forgets_the_purses_of_old_interviews(simulator: Simulator, monkeypatch: Any) -> None:
    monkeypatch.setattr(budget, "_PURSES", 3)

    async def many() -> int:
        for _ in range(8):
            await read(talk(scope=f"interview:{uuid4()}"))
            await asyncio.sleep(0.02)
        return len((await budget._budgets.get()).purses)

    assert asyncio.run(many()) <= 4
    closed(8)
    assert {Call.Outcome.OK} == set(outcomes())


def test_a_command_that_ends_at_once_leaves_no_open_row(simulator: Simulator) -> None:
    """The last row is not waited for, and must be written nevertheless."""
    program = (
        "import django; django.setup()\n"
        "import asyncio\n"
        "from llm import conversing\n"
        "async def main():\n"
        f"    async with conversing.converse('talk', {PROMPT!r}, [conversing.Message('user', 'Hello?')]) as talk:\n"
        "        async for _ in talk: pass\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", program], env=processes.environment(), cwd=processes.ROOT, check=True)
    assert outcomes() == [Call.Outcome.OK]


def test_reading_in_another_thread_sees_the_row_of_a_running_call(simulator: Simulator) -> None:
    """Its row is written beside the waiting for a place, but before it is over."""
    simulator.control(first_token_seconds=60)

    async def look() -> list[str]:
        listening = asyncio.create_task(read(talk()))
        while not (written := await rows.ask(outcomes)):
            await asyncio.sleep(0.02)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        return written

    assert asyncio.run(look()) == [Call.Outcome.STARTED]
