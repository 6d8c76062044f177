"""Which of a model's words are said, and what is said in their place."""

from __future__ import annotations

from typing import Any

import pytest

from agents.deciding import Act, Because, Clock, Decision, Reading, ask_next, decide
from agents.script import Script, may_be_said
from interviews.schemas import Plan, Progress
from tests.agents.interviews import plan

NEXT = "Which renewal number 2 did you lead, and what came of it?"


def decided(answered: Any, *, of: Plan | None = None) -> Decision:
    of = of or plan()
    start = ask_next(of, Progress(), clock=Clock()).progress
    return decide(of, start, Reading(answered=answered), clock=Clock(), turn=2)


def said(decision: Decision, say: str, *, move: Any, size: int = 5, known: tuple[str, ...] = ()) -> str:
    script = Script(decision, move=move, turn=1, name="Robin", is_first=False, known=known)
    pieces = [piece for end in range(size, len(say) + size, size) for piece in script.feed(say[:end])]
    return "".join([*pieces, *script.finish()])


def test_bridge_goes_before_the_plans_question() -> None:
    words = said(decided("full"), "Thank you, that was about a renewal.", move="next")
    assert words == f"Thank you, that was about a renewal. {NEXT}"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_do_not_change_the_words(size: int) -> None:
    say = "Thank you for that. You spoke of March. And of April."
    assert said(decided("full"), say, move="next", size=size) == f"Thank you for that. You spoke of March. {NEXT}"


@pytest.mark.parametrize(
    ("say", "left"),
    [
        ("Thank you. How old are you?", "Thank you."),
        ("Thank you. Your children must be proud.", "Thank you."),
        ("You are hired. Thank you.", "Thank you."),
        ("I will recommend you. Thank you.", "Thank you."),
        ("Thank you. And what did you do then?", "Thank you."),
    ],
)
def test_what_may_not_be_said_is_left_out(say: str, left: str) -> None:
    assert said(decided("full"), say, move="next") == f"{left} {NEXT}"


def test_nothing_left_of_the_models_words_is_replaced() -> None:
    words = said(decided("full"), "Are you married?", move="next")
    assert words.endswith(NEXT)
    assert "married" not in words
    assert len(words) > len(NEXT)


@pytest.mark.parametrize("move", ["follow_up", "answer", "wait", "end", None])
def test_words_for_another_move_are_not_said(move: Any) -> None:
    words = said(decided("full"), "Something else altogether.", move=move)
    assert "Something else" not in words
    assert words.endswith(NEXT)


def test_declined_question_is_let_go_in_fixed_words() -> None:
    words = said(decided("declined"), "That is a pity. Are you sure?", move="next")
    assert words == f"That is completely fine, we will leave that one. {NEXT}"


def test_follow_up_is_one_question() -> None:
    words = said(decided("thin"), "I see. What was your part? And who else was there? Tell me.", move="follow_up")
    assert words == "I see. What was your part?"


@pytest.mark.parametrize("say", ["I see.", "", "How old were you then?", NEXT, "Do you have children?"])
def test_follow_up_that_may_not_be_asked_is_the_plans(say: str) -> None:
    words = said(decided("thin"), say, move="follow_up", known=(NEXT,))
    assert words.endswith("What was your own part in renewal 1?")
    assert words.count("?") == 1


def test_answer_is_followed_by_whose_turn_it_is() -> None:
    words = said(decided("question"), "The team has six people. Do you like that?", move="answer")
    assert words == (
        "The team has six people. Please go on with my question whenever you are ready, or tell me to skip it."
    )
    assert "a person can" in said(decided("question"), "", move="answer")


def test_goodbye_is_never_the_models() -> None:
    decision = decide(
        plan(),
        ask_next(plan(), Progress(), clock=Clock()).progress,
        Reading(distress=True),
        clock=Clock(),
        turn=2,
    )
    assert (decision.act, decision.because) == (Act.END, Because.DISTRESS)
    words = said(decision, "Cheer up!", move="end")
    assert "Cheer" not in words
    assert "counts against you" in words


@pytest.mark.parametrize("sentence", ["You passed the exam in 2019.", "We rated the vendors by price."])
def test_verdicts_are_told_from_stories(sentence: str) -> None:
    assert may_be_said(sentence) is (not sentence.startswith("You passed"))
