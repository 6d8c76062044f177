"""A text that is still growing, cut into sentences: what is checked before it is said can be checked no sooner."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A mark, what closes with it, then white space; or the end of a line.
_END = re.compile(r"[.!?…]+[\"”’'»)\]]*\s+|\n+")


class Sentences:
    """Feed it pieces, take whole sentences out; `rest` gives what had no end."""

    def __init__(self) -> None:
        self._open = ""

    def feed(self, piece: str) -> Iterator[str]:
        """The sentences that this piece completes, without the white space around them."""
        self._open += piece
        done = 0
        for end in _END.finditer(self._open):
            sentence = self._open[done : end.end()].strip()
            done = end.end()
            if sentence:
                yield sentence
        self._open = self._open[done:]

    def rest(self) -> str:
        """What is left when the text has ended."""
        rest, self._open = self._open.strip(), ""
        return rest
