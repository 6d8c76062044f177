"""What a file that takes over a parser could still do: nothing but compute.

From `shut` on this process opens no file but those of its own libraries, for reading, and starts nothing, connects to
nothing and unpickles nothing. Python's audit events tell of each such try before it happens; a hook can't be removed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "os.remove",
    "os.rename",
    "os.kill",
    "ctypes.",
    "pickle.",
    "shutil.",
    "urllib.",
    "ftplib.",
    "http.",
    "tempfile.",
)


class Forbidden(Exception):
    """The file made a library try something that reading it does not need."""


def shut() -> None:
    """Forbid all but computing, for the rest of this process."""
    # Modules that libraries import late lie here, and pdfminer's tables of characters.
    own = tuple(
        os.path.realpath(place) + os.sep
        for place in (sys.prefix, sys.base_prefix, Path(os.__file__).parent, Path(__file__).parent)
    )

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            is_reading = isinstance(flags, int) and not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if not (is_reading and isinstance(path, str) and os.path.realpath(path).startswith(own)):
                raise Forbidden
        elif event.startswith(_FORBIDDEN):
            raise Forbidden

    sys.addaudithook(check)
