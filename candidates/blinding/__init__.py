"""Remove personal marks from a candidate's texts before a model judges them.

The same resume under another name must give the same text, byte for byte. So each mark is replaced by a token that
says only its sort, a name that is also a common word is treated by rules that do not look at whose resume it is (see
`names`), and links and addresses go whatever they contain. The edited text remembers where it lies on the original, so
that a quote from it can be shown in the original.
"""

from __future__ import annotations

from dataclasses import dataclass

from candidates.blinding.marks import find as find_marks
from candidates.blinding.names import Name
from candidates.blinding.names import find as find_names
from candidates.evidence import Segments

__all__ = ["Blinded", "Name", "blind"]


@dataclass(frozen=True)
class Blinded:
    """An edited text and how it lies on its original."""

    text: str
    segments: Segments


def blind(text: str, *, name: Name, withheld: tuple[tuple[int, int], ...] = ()) -> Blinded:
    """Replace every personal mark in `text` by a token; passages in `withheld` become "[withheld]"."""
    spans = [(start, end, "[withheld]") for start, end in withheld]
    spans += find_marks(text)
    spans += find_names(text, name)
    return _replace(text, spans)


def _replace(text: str, spans: list[tuple[int, int, str]]) -> Blinded:
    """Put tokens in place of spans. Spans that overlap become one, under the token of the one that begins first."""
    segments = Segments()
    parts: list[str] = []
    length = done = 0

    def keep(until: int) -> None:
        nonlocal length
        if until > done:
            segments.add(length, done, until, kept=True)
            parts.append(text[done:until])
            length += until - done

    for start, end, token in _merged(spans):
        keep(start)
        segments.add(length, start, end, kept=False)
        parts.append(token)
        length += len(token)
        done = end
    keep(len(text))
    return Blinded("".join(parts), segments)


def _merged(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    merged: list[tuple[int, int, str]] = []
    for start, end, token in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, end), kept)
        else:
            merged.append((start, end, token))
    return merged
