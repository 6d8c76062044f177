"""How long things take, measured fairly on a machine that does much else."""

from __future__ import annotations

import time
from collections.abc import Callable


def quickest(act: Callable[[], object], *, below: float, tries: int = 5) -> float:
    """The least time in seconds that `act()` took; it is done again, up to `tries` times, until that is `below`.

    A busy machine makes things slower and never quicker: what once took less than its bound is as quick as that.
    """
    least = float("inf")
    for _ in range(tries):
        began = time.perf_counter()
        act()
        least = min(least, time.perf_counter() - began)
        if least < below:
            break
    return least
