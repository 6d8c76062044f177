"""Closed levels that a model may answer, and what each one counts for. docs/INTERVIEWS.md publishes these figures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

# How far something is met. "unknown" is no level: it says that there is nothing to judge.
Level = Literal["none", "weak", "partial", "strong", "full", "unknown"]
STEPS: tuple[Level, ...] = ("none", "weak", "partial", "strong", "full")
SHARES: dict[Level, float] = {"none": 0.0, "weak": 0.25, "partial": 0.5, "strong": 0.75, "full": 1.0}

Severity = Literal["low", "medium", "high"]


def share_of(level: Level) -> float | None:
    """A level as a share, 0–1; null where there was nothing to judge."""
    return SHARES.get(level)


def out_of_ten(level: Level) -> float | None:
    """A level as 0–10 (none 0, weak 2.5, partial 5, strong 7.5, full 10); null where there was nothing to judge."""
    share = SHARES.get(level)
    return None if share is None else 10 * share


def at_most(level: Level, highest: Level) -> Level:
    """The lower one of two levels; an unknown one stays unknown."""
    if level == "unknown" or highest == "unknown":
        return level
    return STEPS[min(STEPS.index(level), STEPS.index(highest))]


def level_of(share: float | None) -> Level:
    """The level that a computed share comes closest to, halves upwards."""
    if share is None:
        return "unknown"
    return STEPS[min(4, max(0, math.floor(share * 4 + 0.5 + 1e-9)))]


def mean(pairs: Iterable[tuple[float | None, float]]) -> float | None:
    """The mean of (value, weight) pairs without those that have no value; null where none has one."""
    known = [(value, weight) for value, weight in pairs if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def percent(share: float | None) -> int | None:
    """A share as whole percent, rounded half up, 0–100."""
    return None if share is None else max(0, min(100, math.floor(100 * share + 0.5 + 1e-9)))
