"""What a model costs: the provider's own price list, asked for once a day, else the settings, else a cautious guess."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import openai
from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)

_MILLION = Decimal(1_000_000)
_PLACES = Decimal("0.000001")
_DAY_SECONDS = 24 * 60 * 60
# Where the list can't be had it is asked for again after this many seconds.
_RETRY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per input and per output token."""

    input: Decimal
    output: Decimal

    def of(self, input_tokens: int, output_tokens: int) -> Decimal:
        """What so many tokens cost, in US dollars to six places."""
        return (self.input * input_tokens + self.output * output_tokens).quantize(_PLACES)


# For a model that nobody prices: dear enough that a money cap errs on the side of stopping early.
GUESS = Price(Decimal(3) / _MILLION, Decimal(15) / _MILLION)

_lists: dict[str, tuple[float, dict[str, Price]]] = {}
_asking = threading.Lock()


def of(model: str) -> Price:
    """The price of `model`. May ask the provider once (up to 5 s) and remembers the list for a day; never raises."""
    own = settings.LLM_PRICES.get(model)
    if own:
        return Price(Decimal(str(own[0])) / _MILLION, Decimal(str(own[1])) / _MILLION)
    return _list().get(model, GUESS)


def known() -> bool:
    """Whether `of` can answer at once, without asking the provider."""
    held = _lists.get(settings.LLM_BASE_URL)
    return held is not None and held[0] > time.monotonic()


def _list() -> dict[str, Price]:
    with _asking:  # many calls begin at once: one of them asks, the others wait for it
        return _known_list()


def _known_list() -> dict[str, Price]:
    held = _lists.get(settings.LLM_BASE_URL)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    key = f"llm:prices:{settings.LLM_BASE_URL}"
    try:
        stored = cache.get(key)
    except Exception:  # noqa: BLE001 - a Redis that is away must not stop a call
        stored = None
    if stored is None and settings.LLM_API_KEY:
        stored = _ask_provider()
        if stored:
            with contextlib.suppress(Exception):  # as above
                cache.set(key, stored, timeout=_DAY_SECONDS)
    prices = {model: Price(Decimal(pair[0]), Decimal(pair[1])) for model, pair in (stored or {}).items()}
    _lists[settings.LLM_BASE_URL] = (time.monotonic() + (_DAY_SECONDS if prices else _RETRY_SECONDS), prices)
    return prices


def _ask_provider() -> dict[str, tuple[str, str]]:
    prices: dict[str, tuple[str, str]] = {}
    try:
        with openai.OpenAI(
            base_url=settings.LLM_BASE_URL, api_key=settings.LLM_API_KEY, max_retries=0, timeout=5
        ) as client:
            for model in client.models.list():
                pricing: Any = (model.model_extra or {}).get("pricing")
                if isinstance(pricing, dict):
                    pair = (str(pricing.get("prompt", "")), str(pricing.get("completion", "")))
                    # A negative price is OpenRouter's way to say that it depends on the route taken.
                    if all(Decimal(price) >= 0 for price in pair):
                        prices[model.id] = pair
    except (openai.OpenAIError, InvalidOperation) as error:
        logger.warning("The provider's price list could not be read: %s", type(error).__name__)
    return prices


def _begin_anew() -> None:
    """In a forked child: a lock that another thread held at the fork would never be given back."""
    global _asking
    _asking = threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
