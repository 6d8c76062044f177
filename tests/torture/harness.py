"""Kill things at random moments of an import, then count: the same harness for Greenroom and for plain Celery.

A system takes rows in, tells how far it is, can be hit, and is audited by what it has stored and by the model's own
ledger. `run` hits it at the given points and returns what the audit found wrong.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Blow = Literal["worker", "child", "redis", "postgres", "duplicates"]
BLOWS: tuple[Blow, ...] = ("worker", "child", "redis", "postgres", "duplicates")


@dataclass(frozen=True)
class Point:
    """Hit with `blow` once `share` (0–1) of the work is done."""

    share: float
    blow: Blow


@dataclass
class Report:
    """What a run was, and every promise that it broke."""

    points: Sequence[Point]
    hits: int = 0
    seconds: float = 0.0
    # Model calls that were under way at the moments of the blows: each may be paid a second time.
    in_flight: int = 0
    paid_again: int = 0
    broken: list[str] = field(default_factory=list)


class System(Protocol):
    """Something that takes rows in and must end each of them once."""

    def progress(self) -> float:
        """Share of the work that has ended, 0–1."""

    def is_over(self) -> bool:
        """Whether it says that it is done, or will plainly never be."""

    def hit(self, blow: Blow, report: Report) -> None:
        """Deal one blow, and bring back what a supervisor would."""

    def audit(self, report: Report) -> None:
        """Add each broken promise to the report."""


def points_for(rng: random.Random, blows: Sequence[Blow]) -> list[Point]:
    """Seeded random moments for these blows, in the order in which they fall."""
    return sorted((Point(rng.uniform(0.02, 0.95), blow) for blow in blows), key=lambda point: point.share)


def run(system: System, points: Sequence[Point], *, patience_seconds: float) -> Report:
    """Let the system work, hit it at each point, and audit it when it is over."""
    report = Report(points=points)
    began = time.monotonic()
    waiting = list(points)
    moved, last = began, -1.0
    while not system.is_over():
        progress = system.progress()
        if progress != last:
            moved, last = time.monotonic(), progress
        if waiting and progress >= waiting[0].share:
            system.hit(waiting.pop(0).blow, report)
            report.hits += 1
            moved = time.monotonic()
        elif time.monotonic() - moved > patience_seconds:
            report.broken.append(f"nothing has moved for {patience_seconds:g} s at {progress:.0%}")
            break
        time.sleep(0.05)
    report.seconds = time.monotonic() - began
    system.audit(report)
    return report


def expect(report: Report, condition: bool, what: str | Callable[[], str]) -> None:
    """Note a broken promise."""
    if not condition:
        report.broken.append(what if isinstance(what, str) else what())
