"""Cutting a growing text into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sentences import Sentences


def cut(text: str, *, size: int) -> list[str]:
    sentences = Sentences()
    found = [one for start in range(0, len(text), size) for one in sentences.feed(text[start : start + size])]
    rest = sentences.rest()
    return [*found, rest] if rest else found


@pytest.mark.parametrize("size", [1, 3, 100])
def test_sentences_come_out_whole(size: int) -> None:
    text = "Thank you. You said “it worked!” before… What came of it?\nAnd 3.5 percent of what"
    assert cut(text, size=size) == [
        "Thank you.",
        "You said “it worked!”",
        "before…",
        "What came of it?",
        "And 3.5 percent of what",
    ]


@given(text=st.text(alphabet="ab .!?\n”", max_size=60), size=st.integers(1, 9))
def test_pieces_change_nothing_but_white_space(text: str, size: int) -> None:
    assert "".join("".join(cut(text, size=size)).split()) == "".join(text.split())
    assert all(one == one.strip() for one in cut(text, size=size))
