"""What is typed into a voice room: once each, and at a person's pace."""

from __future__ import annotations

import pytest

from agents import typed
from agents.typed import Typed


def test_message_is_taken_once() -> None:
    taken = Typed()
    assert [taken.takes(key) for key in ("a", "b", "a")] == [True, True, False]


def test_flood_is_left_out_and_can_be_sent_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(typed.time, "monotonic", lambda: now)
    taken = Typed()
    assert sum(taken.takes(f"key-{number}") for number in range(200)) == typed.MOST
    assert not taken.takes("late")
    now += typed.SECONDS
    assert taken.takes("late")
