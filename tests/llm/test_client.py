from __future__ import annotations

import asyncio

import pytest

from llm import client
from llm.models import Call
from tests.llm.shapes import Fact
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
BIO = "Sold software to hospitals for 7 years. Closed a deal of $120,000 with a clinic in Lyon."


def test_ask_answers_in_the_shape_with_a_receipt(simulator: Simulator) -> None:
    fact, receipt = asyncio.run(client.ask("extract", "candidates/extract", {"bio": BIO}, Fact))
    assert fact.quote in BIO
    assert receipt.cost_usd > 0
    assert receipt.input_tokens > 0
    call = Call.objects.get(pk=receipt.call_id)
    assert call.outcome == Call.Outcome.OK
    assert len(simulator.calls()) == 1


def test_ask_now_answers(simulator: Simulator) -> None:
    fact, _ = client.ask_now("extract", "candidates/extract", {"bio": BIO}, Fact)
    assert fact.quote in BIO
