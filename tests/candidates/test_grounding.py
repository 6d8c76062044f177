"""What an answer rests on: citations while words come, figures without a source, what goes along with a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from candidates import resume_chat
from candidates.grounding import Citing, Grounds, Passage, figures
from candidates.resume_chat import VISITOR, Answering, Exchange

PASSAGES = (
    Passage("p1", "Robin Sample, Head of Data", "About", "basics.name", is_head=True),
    Passage("p2", "Led a team of 14 people.", "Work · Example", "work[0].summary"),
    Passage("p3", "Saved 1,200,000 euros in 2022.", "Work · Example", "work[0].highlights[0]"),
    Passage("p4", "Speaks Dutch.", "Languages", "languages[0]"),
)
GROUNDS = Grounds("Robin Sample", PASSAGES)


def citing(*allowed: str) -> Citing:
    return Citing(GROUNDS, frozenset(allowed or ("p1", "p2", "p3", "p4")))


def said(*words: str, allowed: tuple[str, ...] = ()) -> Citing:
    made = citing(*allowed)
    shown = "".join([*(made.take(one) for one in words), made.end()])
    assert shown == made.text.rstrip() or shown.rstrip() == made.text.rstrip()
    return made


def test_ids_become_numbers_in_the_order_they_appear() -> None:
    made = said("They led 14 people [p2], speak Dutch [p4, p2] and saved money [p3][p9].")
    assert made.text == "They led 14 people [1], speak Dutch [2][1] and saved money [3]."
    assert [(one["number"], one["quote"], one["path"]) for one in made.citations()] == [
        (1, "Led a team of 14 people.", "work[0].summary"),
        (2, "Speaks Dutch.", "languages[0]"),
        (3, "Saved 1,200,000 euros in 2022.", "work[0].highlights[0]"),
    ]


def test_ranges_and_capitals_are_ids_too() -> None:
    made = said("They led and saved [p2-p4]. They speak Dutch [P4]. All of it [p1 – p3].")
    assert made.text == "They led and saved [1][2][3]. They speak Dutch [3]. All of it [4][1][2]."
    assert said("A book [p2–p99999].").text == "A book [1]."


def test_an_id_that_was_not_given_stands_for_nothing() -> None:
    made = said("They led 14 people [p2].", allowed=("p1",))
    assert made.text == "They led 14 people."
    assert made.citations() == []


def test_other_brackets_are_words() -> None:
    assert said("They wrote [sic] a [2019] book [p].").text == "They wrote [sic] a [2019] book [p]."


@given(st.data())
def test_the_answer_is_the_same_however_it_is_cut(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab [p1]p2,;–-P.\n ", max_size=60)) + " [p2] and [p3,p4]."
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole, cut = said(text), said(*pieces)
    assert cut.text == whole.text
    assert cut.citations() == whole.citations()
    assert "[p2]" not in cut.text


def test_nothing_of_a_citation_is_shown_before_it_is_known() -> None:
    made = citing()
    words = ("They led", " 14 people [", "p", "2", "]", ".")
    assert [made.take(one) for one in words] == ["They led", " 14 people", "", "", " [1]", "."]


@pytest.mark.parametrize(
    ("answer", "unsupported"),
    [
        ("They led 14 people [p2].", []),
        ("They led 15 people [p2].", ["They led 15 people."]),
        ("They led people [p2]. They saved 1.2 million [p3]. Fine.", ["They saved 1.2 million."]),
        ("They saved 1200000 euros in 2022 [p3].", []),
        ("They saved 1.200.000 euros [p3].", []),
        ("They led 14 people.", ["They led 14 people."]),
        ("The resume doesn't say whether it was 40.", []),
        ("They led 14 people. [p2] They speak Dutch [p4].", []),
    ],
)
def test_figures_without_a_source_are_named(answer: str, unsupported: list[str]) -> None:
    assert said(answer).unsupported("Was it 40?") == unsupported


def test_figures_of_where_the_quoted_words_stand_have_a_source() -> None:
    said_then = Passage(
        "p1", "I led four people.", "Answer to “Who did you lead?”", "turn[2]", source="Talk of 20 Nov 2026"
    )
    made = Citing(Grounds("Robin Sample", (said_then,)), frozenset({"p1"}))
    made.take("On 20 November 2026 they said that they led four people [p1]. It was 21 degrees [p1].")
    assert made.unsupported("Whom did they lead?") == ["It was 21 degrees."]


def test_figures_are_compared_in_one_form() -> None:
    assert figures("1,200 and 1.200 and 1 200, 007; 3.5% 3,5") == {"1200", "7", "3.5"}


def test_all_passages_go_along_where_they_fit() -> None:
    assert GROUNDS.chosen(["anything"], tokens=10_000) == list(PASSAGES)


def test_of_a_long_text_the_heads_and_what_fits_the_question_go_along() -> None:
    filler = tuple(
        Passage(f"p{number}", f"Filler about gardening number {number}", "Other", f"other[{number}]")
        for number in range(10, 400)
    )
    grounds = Grounds("Robin Sample", (PASSAGES[0], *filler, PASSAGES[3]))
    chosen = grounds.chosen(["Which languages do they speak, Dutch?"], tokens=200)
    assert chosen[0] is PASSAGES[0]
    assert PASSAGES[3] in chosen
    assert chosen == sorted(chosen, key=grounds.passages.index)
    assert sum(one.tokens for one in chosen) <= 200


def test_the_conversation_is_pruned_to_the_context_the_newest_first(settings: Settings) -> None:
    history = [Exchange(f"Question {number}?", "words " * 60, "words " * 60) for number in range(40)]
    settings.RESUME_CHAT_CONTEXT_TOKENS = 3_000
    passages, kept = resume_chat._fitting(VISITOR, GROUNDS, history, "And now?")
    assert passages == list(PASSAGES)
    assert 0 < len(kept) < 40
    assert kept == history[-len(kept) :]
    total = sum(one.tokens for one in kept) + GROUNDS.tokens
    assert total < 3_000
    settings.RESUME_CHAT_CONTEXT_TOKENS = 10
    assert resume_chat._fitting(VISITOR, GROUNDS, history, "And now?") == ([], [])


def test_a_stopped_answer_keeps_what_was_said() -> None:
    answering = Answering(VISITOR, GROUNDS, [], "Did they lead?")
    answering._citing.take("They led 14 people [p2], and al")
    exchange = answering.exchange(stopped=True)
    assert exchange.stopped
    assert exchange.answer == "They led 14 people [1], and al"
    assert exchange.found
    assert "raw" not in exchange.as_data()
