"""Two values of one field side by side, with what went and what came marked."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

from candidates import presenting

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one side; `is_marked` where the other side does not have it."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """Before and after. Lists are told item by item, text word by word; an empty side has no piece."""

    before: list[Piece]
    after: list[Piece]
    is_list: bool = False


def sides(before: Any, after: Any) -> Sides:
    """What two JSON values have in common and what not."""
    if isinstance(before, list) or isinstance(after, list):
        old, new = _items(before), _items(after)
        return Sides(
            [Piece(item, _folded(item) not in map(_folded, new)) for item in old],
            [Piece(item, _folded(item) not in map(_folded, old)) for item in new],
            is_list=True,
        )
    return _words(_text(before), _text(after))


def _words(before: str, after: str) -> Sides:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        is_marked = tag != "equal"
        if i2 > i1:
            left.append(Piece("".join(old[i1:i2]), is_marked))
        if j2 > j1:
            right.append(Piece("".join(new[j1:j2]), is_marked))
    return Sides(left, right)


def _items(value: Any) -> list[str]:
    if value in (None, ""):
        return []
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _folded(text: str) -> str:
    return text.casefold().strip()


def _text(value: Any) -> str:
    return "" if value in (None, "") else str(presenting.shown(value))
