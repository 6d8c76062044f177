from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from llm import pricing
from tests.simulator import Simulator


@pytest.fixture(autouse=True)
def forgotten() -> None:
    pricing._lists.clear()


def test_prices_come_from_the_provider(simulator: Simulator) -> None:
    assert pricing.of("openai/gpt-4.1").of(1_000_000, 1_000_000) == Decimal(10)
    assert pricing.known()


def test_a_model_that_nobody_prices_is_taken_to_be_dear(simulator: Simulator) -> None:
    assert pricing.of("nobody/knows") == pricing.GUESS


def test_prices_of_the_settings_go_first(simulator: Simulator, settings: Any) -> None:
    settings.LLM_PRICES = {"openai/gpt-4.1": [1, 2]}
    assert pricing.of("openai/gpt-4.1").of(1_000_000, 1_000_000) == Decimal(3)


def test_a_provider_without_a_list_stops_nothing(settings: Any) -> None:
    settings.LLM_API_KEY, settings.LLM_BASE_URL = "key", "http://127.0.0.1:1/v1"
    assert pricing.of("openai/gpt-4.1") == pricing.GUESS
