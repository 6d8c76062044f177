"""The simulated counterpart: it keeps its part, and steps out of it when it is asked to."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from coaching.states import PreparationType
from llm.question import fenced
from llm.simulator.answers import answer
from llm.simulator.behaviour import Behaviour
from llm.simulator.request import ChatRequest


def says(
    *talk: str, kind: PreparationType = PreparationType.PITCH, tone: str = "", agenda: str = "", earlier: str = ""
) -> str:
    """Its next words after a talk that the trainee began."""
    data = {
        "preparing_for": kind.label,
        "setup": {"meeting": "", "agenda": agenda, "your_tone": tone, "roles": ""},
        "earlier_in_this_conversation": earlier,
        "you_open_the_conversation": not talk,
    }
    roles = ["user", "assistant"]
    turns = [{"role": roles[place % 2], "content": text} for place, text in enumerate(talk)]
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "…"},
        {"role": "user", "content": fenced(data)},
        *turns,
    ]
    body = orjson.dumps({"model": "simulated/small", "messages": messages, "stream": True})
    return answer(ChatRequest.read(body), Behaviour(), random.Random(0)).content


@pytest.mark.parametrize("kind", list(PreparationType))
def test_opening_sets_the_scene_and_ends_in_a_question(kind: PreparationType) -> None:
    opening = says(kind=kind, agenda="Why we should meet")
    assert opening.endswith("?")
    assert "Why we should meet" in opening
    assert says(kind=kind, agenda="Why we should meet") == opening


def test_kinds_open_differently() -> None:
    assert len({says(kind=kind) for kind in PreparationType}) == len(PreparationType)


def test_words_are_taken_up_and_what_has_no_figure_is_pressed_on() -> None:
    vague = says("Hello, we make it all better.", "What are you building?", "It is really very good for everybody.")
    assert "“It is really very good for everybody”" in vague
    assert vague.endswith("Can you put a number on that?")
    concrete = says("Hello, we make it all better.", "What?", "It saves 300 workshops 6 hours a week.")
    assert "number on that" not in concrete
    assert concrete.endswith("?")


def test_tone_is_heard() -> None:
    talk = ("Hello, we make it all better.", "What?", "It saves 300 workshops 6 hours a week.")
    assert says(*talk, tone="very sceptical").startswith("I am not convinced yet.")
    assert says(*talk, tone="friendly").startswith("I like that you are here.")


def test_feedback_comes_only_when_asked_for_and_quotes_what_was_said() -> None:
    talk = ("I think it saves maybe 6 hours a week.", "And then?")
    assert "What worked" not in says(*talk, "It costs 80 dollars a month.")
    feedback = says(*talk, "Can you give me feedback?")
    assert "“I think it saves maybe 6 hours a week”" in feedback
    assert feedback.endswith("Shall we go on where we were?")
    parting = says(*talk, "That's all from me, goodbye.")
    assert "What worked" in parting
    assert "Complete the session" in parting


def test_summary_is_where_it_goes_on_from() -> None:
    fresh = says("It saves 300 workshops 6 hours a week.")
    assert fresh.startswith("Good to meet you.")
    later = says("It saves 300 workshops 6 hours a week.", earlier="The counterpart has spoken 4 times. They pitched.")
    assert not later.startswith("Good to meet you.")
