from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest

from candidates import rows
from llm import client
from llm.errors import BrokenAnswer, NotConfigured, RateLimited, Refused, TimedOut, Unavailable
from llm.models import CachedAnswer, Call
from tests import processes
from tests.llm.asking import BIO, PROMPT, about, about_each, outcomes
from tests.llm.shapes import Fact
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def test_ask_answers_in_the_shape_with_a_receipt(simulator: Simulator) -> None:
    fact, receipt = asyncio.run(about())
    assert fact.quote in BIO
    assert not receipt.cached
    (theirs,) = simulator.calls()
    call = Call.objects.get(pk=receipt.call_id)
    assert (call.outcome, call.purpose, call.prompt_name) == (Call.Outcome.OK, "extract", PROMPT)
    assert (call.input_tokens, call.output_tokens) == (theirs["input_tokens"], theirs["output_tokens"])
    assert float(call.cost_usd) == pytest.approx(theirs["cost_usd"], abs=1e-6)
    assert receipt.cost_usd == pytest.approx(theirs["cost_usd"], abs=1e-6)
    assert receipt.prompt_hash == call.prompt_hash
    assert len(call.prompt_hash) == 64


def test_ask_now_answers_from_synchronous_code(simulator: Simulator) -> None:
    fact, _ = client.ask_now("extract", PROMPT, {"bio": BIO}, Fact)
    assert fact.quote in BIO


def test_ask_now_gives_up_in_time(simulator: Simulator, settings: Any) -> None:
    simulator.control(next=["hang"])
    began = time.monotonic()
    with pytest.raises(TimedOut):
        client.ask_now("extract", PROMPT, {"bio": BIO}, Fact, within=0.5)
    assert time.monotonic() - began < settings.LLM_TIMEOUT_SECONDS / 4


def test_ask_without_a_key_says_so() -> None:
    with pytest.raises(NotConfigured):
        asyncio.run(about())
    assert not Call.objects.exists()


def test_ask_uses_the_model_of_its_purpose(simulator: Simulator, settings: Any) -> None:
    settings.LLM_MODELS = {"judge": "simulated/large"}
    asyncio.run(about(purpose="judge"))
    asyncio.run(about(purpose="extract"))
    assert [call["model"] for call in simulator.calls()] == ["simulated/large", settings.LLM_MODEL]


# --- failures that pass


def test_ask_waits_out_retry_after(simulator: Simulator) -> None:
    simulator.control(next=["429"], retry_after=2)
    began = time.monotonic()
    asyncio.run(about())
    assert time.monotonic() - began >= 2
    assert outcomes() == [Call.Outcome.RATE_LIMITED, Call.Outcome.OK]


@pytest.mark.parametrize("fault", ["500", "502", "503", "disconnect", "error_in_body"])
def test_ask_goes_on_after_a_passing_failure(simulator: Simulator, fault: str) -> None:
    simulator.control(next=[fault])
    asyncio.run(about())
    assert outcomes() == [Call.Outcome.UNAVAILABLE, Call.Outcome.OK]


@pytest.mark.parametrize("fault", ["hang", "slow_stream"])
def test_ask_goes_on_after_a_time_out(simulator: Simulator, settings: Any, fault: str) -> None:
    settings.LLM_TIMEOUT_SECONDS = 2.5
    simulator.control(next=[fault])
    asyncio.run(about())
    assert outcomes() == [Call.Outcome.TIMED_OUT, Call.Outcome.OK]
    assert Call.objects.earliest("created_at").cost_usd > 0  # it may have been paid for


def test_ask_gives_up_after_its_attempts(simulator: Simulator, settings: Any) -> None:
    settings.LLM_MAX_ATTEMPTS = 2
    simulator.control(rate_5xx=1)
    with pytest.raises(Unavailable):
        asyncio.run(about())
    assert outcomes() == [Call.Outcome.UNAVAILABLE] * 2


def test_ask_meets_429_more_often_before_it_gives_up(simulator: Simulator, settings: Any) -> None:
    settings.LLM_MAX_ATTEMPTS = 1
    simulator.control(rate_429=1, retry_after=0)
    with pytest.raises(RateLimited):
        asyncio.run(about())
    assert outcomes() == [Call.Outcome.RATE_LIMITED] * 3


def test_ask_tells_a_provider_that_is_not_there(simulator: Simulator, settings: Any) -> None:
    settings.LLM_BASE_URL = "http://127.0.0.1:1/v1"
    settings.LLM_MAX_ATTEMPTS = 1
    with pytest.raises(Unavailable):
        asyncio.run(about())


# --- failures that stay


@pytest.mark.parametrize("fault", ["400", "401", "404"])
def test_ask_does_not_repeat_what_was_refused(simulator: Simulator, fault: str) -> None:
    simulator.control(next=[fault])
    with pytest.raises(Refused) as refused:
        asyncio.run(about())
    assert refused.value.permanent
    assert outcomes() == [Call.Outcome.REFUSED]
    assert Call.objects.get().cost_usd == 0


def test_ask_tries_another_model_where_one_fails(simulator: Simulator, settings: Any) -> None:
    settings.LLM_FALLBACK_MODELS = ["simulated/large"]
    settings.LLM_MAX_ATTEMPTS = 2
    simulator.control(broken_models=[settings.LLM_MODEL])
    _, receipt = asyncio.run(about())
    assert receipt.model == "simulated/large"
    assert outcomes() == [Call.Outcome.UNAVAILABLE, Call.Outcome.UNAVAILABLE, Call.Outcome.OK]


def test_ask_tries_another_model_for_what_one_refuses(simulator: Simulator, settings: Any) -> None:
    settings.LLM_FALLBACK_MODELS = ["simulated/large"]
    simulator.control(next=["404"])
    assert asyncio.run(about())[1].model == "simulated/large"


def test_ask_tries_no_other_model_with_a_wrong_key(simulator: Simulator, settings: Any) -> None:
    settings.LLM_FALLBACK_MODELS = ["simulated/large"]
    simulator.control(next=["401"])
    with pytest.raises(Refused):
        asyncio.run(about())
    assert len(simulator.calls()) == 1


# --- answers that do not fit


@pytest.mark.parametrize("fault", ["broken_json", "schema_violation"])
def test_ask_repairs_a_broken_answer_once(simulator: Simulator, fault: str) -> None:
    simulator.control(next=[fault])
    fact, receipt = asyncio.run(about())
    assert fact.quote in BIO
    assert outcomes() == [Call.Outcome.BROKEN, Call.Outcome.REPAIRED]
    assert receipt.cost_usd == pytest.approx(sum(call["cost_usd"] for call in simulator.calls()), abs=1e-5)


def test_ask_gives_up_on_an_answer_broken_twice(simulator: Simulator) -> None:
    simulator.control(poison=["hospitals"], poison_fault="schema_violation")
    with pytest.raises(BrokenAnswer):
        asyncio.run(about())
    assert outcomes() == [Call.Outcome.BROKEN, Call.Outcome.BROKEN]
    assert not CachedAnswer.objects.exists()


# --- not paying twice


def test_ask_takes_a_known_answer_from_the_cache(simulator: Simulator) -> None:
    first, paid = asyncio.run(about())
    again, free = asyncio.run(about())
    assert again == first
    assert len(simulator.calls()) == 1
    assert (free.cached, free.cost_usd, free.output_tokens) == (True, 0.0, paid.output_tokens)
    assert outcomes() == [Call.Outcome.OK, Call.Outcome.CACHED]


def test_ask_pays_for_a_variation_and_keeps_it(simulator: Simulator) -> None:
    for variation in (0, 1, 2, 1):
        asyncio.run(about(variation=variation))
    assert len(simulator.calls()) == 3


def test_ask_without_cache_pays_again(simulator: Simulator) -> None:
    asyncio.run(about(use_cache=False))
    asyncio.run(about(use_cache=False))
    assert len(simulator.calls()) == 2
    assert not CachedAnswer.objects.exists()


def test_ask_pays_once_for_questions_at_the_same_time(simulator: Simulator) -> None:
    simulator.control(latency=0.2)
    answers = asyncio.run(about_each([BIO] * 20))
    assert len(simulator.calls()) == 1
    assert sum(receipt.cached for _, receipt in answers) == 19


def test_ask_fails_alike_for_all_who_wait(simulator: Simulator) -> None:
    simulator.control(next=["400"], latency=0.2)
    answers = asyncio.run(about_each([BIO] * 5))
    assert all(isinstance(answer, Refused) for answer in answers)
    assert len(simulator.calls()) == 1


def test_ask_goes_on_for_others_when_the_first_is_cancelled(simulator: Simulator) -> None:
    simulator.control(latency=0.3)

    async def cancel_the_first() -> Fact:
        first = asyncio.create_task(about())
        await asyncio.sleep(0.1)
        second = asyncio.create_task(about())
        await asyncio.sleep(0.1)
        first.cancel()
        return (await second)[0]

    assert asyncio.run(cancel_the_first()).quote in BIO


# --- what a kill or a cancel leaves behind


def test_ledger_shows_a_call_before_it_is_answered(simulator: Simulator) -> None:
    simulator.control(latency=60)

    async def look() -> Call:
        asking = asyncio.create_task(about(scope="import:one"))
        while not simulator.calls():
            await asyncio.sleep(0.02)
        call = await rows.ask(Call.objects.get)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return call

    started = asyncio.run(look())
    assert started.outcome == Call.Outcome.STARTED
    assert started.scope == "import:one"
    assert started.cost_usd > 0  # what was set aside for it


def test_ledger_shows_a_cancelled_call_as_abandoned(simulator: Simulator) -> None:
    simulator.control(latency=60)

    async def cancel() -> None:
        asking = asyncio.create_task(about())
        while not simulator.calls():
            await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        while await rows.ask(outcomes) == [Call.Outcome.STARTED]:
            await asyncio.sleep(0.02)

    asyncio.run(cancel())
    call = Call.objects.get()
    assert call.outcome == Call.Outcome.ABANDONED
    assert call.cost_usd > 0  # sent, so perhaps paid
    processes.wait_until(lambda: [theirs["status"] for theirs in simulator.calls()] == [499], what="the model let go")


def test_estimate_cost_uses_the_price_list(simulator: Simulator) -> None:
    assert client.estimate_cost("extract", 1_000_000, 0) == Decimal("0.4")
    assert client.estimate_cost("extract", 0, 1_000_000) == Decimal("1.6")
