"""What is kept of one call: its row in the ledger while it runs, and the receipt that is stored beside what it gave."""

from __future__ import annotations

import os
import random
import uuid
from decimal import Decimal

from django.utils import timezone
from pydantic import BaseModel

from llm import ledger
from llm.prompts import Prompt

# For ids that only have to differ: each id from the system's own source costs a call into the kernel, which is a tenth
# of a millisecond in some containers.
_chance = random.Random()  # noqa: S311
# In a forked child, or two children would give the same ids.
os.register_at_fork(after_in_child=_chance.seed)


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


def new_row(*, purpose: str, scope: str, model: str, prompt: Prompt, attempt: int, cost_usd: Decimal) -> ledger.Row:
    """A row for a call that begins now; `cost_usd` is what was set aside for it."""
    return ledger.Row(
        id=uuid.UUID(int=_chance.getrandbits(128), version=4),
        created_at=timezone.now(),
        purpose=purpose,
        scope=scope,
        model=model,
        prompt_name=prompt.name,
        prompt_hash=prompt.hash,
        attempt=max(1, attempt),
        cost_usd=cost_usd,
    )


def receipt_of(row: ledger.Row, *, cached: bool = False) -> Receipt:
    """The receipt of the call that `row` stands for."""
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
