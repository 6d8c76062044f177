from __future__ import annotations

import asyncio
import threading
import uuid
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.utils import timezone

from candidates import rows
from llm import budget
from llm.errors import CapReached
from llm.models import Call
from tests.llm.asking import BIO, about, about_each, outcomes
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scope() -> str:
    return f"import:{uuid.uuid4()}"


def make_call(**values: Any) -> Call:
    values = {"created_at": timezone.now(), "purpose": "judge", "model": "m", "outcome": Call.Outcome.OK} | values
    return Call.objects.create(**values)


def wipe_redis() -> None:
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        client.flushdb()


def test_spent_is_the_sum_of_the_ledger(simulator: Simulator, scope: str) -> None:
    asyncio.run(about_each([f"Baked bread for {number} years in Lyon." for number in range(5)], scope=scope))
    ledger = sum(call.cost_usd for call in Call.objects.all())
    assert ledger > 0
    assert budget.spent_usd(scope) == ledger
    assert budget.spent_usd(budget.day_scope()) == ledger


def test_a_cap_stops_and_a_higher_one_resumes(simulator: Simulator, scope: str) -> None:
    texts = [f"Baked bread for {number} years in Lyon." for number in range(1, 41)]
    asyncio.run(about(texts[0], scope=scope))
    one = budget.spent_usd(scope)
    budget.set_cap(scope, one * 12)

    async def in_turn() -> list[Any]:
        answers: list[Any] = []
        for text in texts:
            answers += await about_each([text], scope=scope)
        return answers

    stopped = [answer for answer in asyncio.run(in_turn()) if isinstance(answer, CapReached)]
    assert stopped
    assert stopped[0].scope == scope
    assert "this import" in stopped[0].message
    assert budget.spent_usd(scope) <= one * 12
    paid = len(simulator.calls())
    assert paid < 40
    asyncio.run(about_each(["Another text, about a clinic in Leeds."], scope=scope))
    assert len(simulator.calls()) == paid  # nothing is asked while the cap stands
    asyncio.run(about(texts[0], scope=scope))  # what was paid for is still there

    budget.set_cap(scope, one * 100)
    answers = asyncio.run(about_each(texts, scope=scope))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert len(simulator.calls()) == 40  # each was paid once


def test_a_cap_holds_for_calls_at_the_same_time(simulator: Simulator, scope: str) -> None:
    asyncio.run(about("Baked bread for 3 years in Lyon.", scope=scope))
    one = budget.spent_usd(scope)
    budget.set_cap(scope, one * 15)
    simulator.control(latency=0.3)
    answers: list[Any] = []

    def crowd(number: int) -> None:
        texts = [f"Sold cake for {number}{other} years in Lyon." for other in range(30)]
        answers.extend(asyncio.run(about_each(texts, scope=scope)))

    threads = [threading.Thread(target=crowd, args=[number]) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paid = sum(isinstance(answer, tuple) for answer in answers)
    assert 6 <= paid <= 15  # what is set aside at first is more than what a call costs in the end
    assert paid + sum(isinstance(answer, CapReached) for answer in answers) == 90
    assert budget.spent_usd(scope) <= one * 15


def test_the_day_has_a_cap_too(simulator: Simulator, settings: Any) -> None:
    settings.LLM_DAILY_CAP_USD = 0
    with pytest.raises(CapReached) as reached:
        asyncio.run(about())
    assert reached.value.scope == budget.day_scope()
    assert "today" in reached.value.message
    assert not simulator.calls()
    assert not Call.objects.exists()
    budget.set_cap(budget.day_scope(), 1)
    asyncio.run(about())


def test_the_cap_holds_after_redis_was_wiped(simulator: Simulator, scope: str) -> None:
    asyncio.run(about(scope=scope))
    spent = budget.spent_usd(scope)
    budget.set_cap(scope, spent)
    wipe_redis()
    with pytest.raises(CapReached):
        asyncio.run(about("Another text, about a clinic in Leeds.", scope=scope))
    assert budget.spent_usd(scope) == spent


def test_money_is_right_when_redis_is_wiped_during_calls(simulator: Simulator, scope: str) -> None:
    simulator.control(latency=0.3)

    async def work() -> None:
        asking = asyncio.gather(*(about(f"{BIO} {number}", scope=scope) for number in range(20)))
        await asyncio.sleep(0.2)
        wipe_redis()
        await asking
        while Call.Outcome.STARTED in await rows.ask(outcomes):
            await asyncio.sleep(0.02)

    asyncio.run(work())
    wipe_redis()
    assert budget.spent_usd(scope) == sum(call.cost_usd for call in Call.objects.all())


def test_a_killed_call_counts_with_what_was_set_aside(scope: str) -> None:
    make_call(scope=scope, cost_usd=Decimal("0.5"))
    make_call(scope=scope, cost_usd=Decimal("0.25"), outcome=Call.Outcome.STARTED)
    wipe_redis()
    assert budget.spent_usd(scope) == Decimal("0.5")
    assert budget._counter(scope).spent == Decimal("0.75")


def test_caps_have_defaults_of_their_kind(settings: Any, scope: str) -> None:
    settings.LLM_IMPORT_CAP_USD, settings.LLM_DAILY_CAP_USD = 7.5, 30.0
    assert budget.cap_usd(scope) == Decimal("7.5")
    assert budget.cap_usd("day:2026-11-21") == Decimal(30)
    budget.set_cap(scope, "9.25")
    assert budget.cap_usd(scope) == Decimal("9.25")


@pytest.mark.parametrize(("of", "usd"), [("import:x", -1), ("moon:x", 1)])
def test_caps_refuse_what_makes_no_sense(of: str, usd: int) -> None:
    with pytest.raises(ValueError, match="cap"):
        budget.set_cap(of, usd)
