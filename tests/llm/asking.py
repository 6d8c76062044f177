"""Questions as the tests ask them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from llm import client
from llm.client import Receipt
from llm.models import Call
from tests.llm.shapes import Fact

BIO = "Sold software to hospitals for 7 years. Closed a deal of $120,000 with a clinic in Lyon."
PROMPT = "candidates/extract"


async def about(text: str = BIO, **options: Any) -> tuple[Fact, Receipt]:
    """Ask for a fact out of a text."""
    return await client.ask(options.pop("purpose", "extract"), PROMPT, {"bio": text}, Fact, **options)


async def about_each(texts: Iterable[str], **options: Any) -> list[Any]:
    """Ask about many texts at once; an error stands where its answer would."""
    return await asyncio.gather(*(about(text, **options) for text in texts), return_exceptions=True)


def outcomes() -> list[str]:
    """The ledger's outcomes in the order in which the calls were made."""
    return list(Call.objects.order_by("created_at", "attempt").values_list("outcome", flat=True))
