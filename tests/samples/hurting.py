"""What samples of hostile files share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MIB = 1024**2
PATIENCE = "within the limits|too long|too large|broken"


@dataclass(frozen=True)
class Sample:
    """A hostile file, and what has to come of it."""

    make: Callable[[], bytes]
    state: str
    says: str = ""
    name: str = "resume.pdf"
    # Whether its reader is to be stopped by its limits, after seconds: tests try few of these.
    is_slow: bool = False
