"""How interviews are put into words on pages."""

from __future__ import annotations

import pytest

from interviews import presenting


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (
            "Thank you, I have noted that. Tell me about a time when a plan failed. What did you do?",
            "Tell me about a time when a plan failed. What did you do?",
        ),
        ("That is fine. Please tell me about your position.", "Please tell me about your position."),
        ("I see. Wie kam es dazu?", "Wie kam es dazu?"),
        ("Go on.", "Go on."),
    ],
)
def test_question_is_shown_whole_and_without_what_was_said_before(said: str, asked: str) -> None:
    assert presenting.asked(said) == asked
