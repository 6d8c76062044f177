"""What is measured of how people spoke."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews import asking, speech_metrics
from interviews.languages import ENGLISH, FRENCH, GERMAN, SPANISH, Language, count_words, language_of
from interviews.models import Turn
from tests.interviews import talking

BEGUN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("How did you do that?", True),
        ("What happened then?", True),
        ("And why was that?", True),
        ("Okay, so which part was yours?", True),
        ("Tell me about your last role.", True),
        ("Could you please walk me through one deal?", True),
        ("Can you give an example?", True),
        ("Do you have an example?", True),
        ("Do you have any questions?", False),
        ("Great. Describe a conflict that you had.", True),
        ("If a customer says no, what do you do?", True),
        ("Did you like it?", False),
        ("Are you able to start in May?", False),
        ("You worked at Larkspur, right?", False),
        ("Have you used Salesforce?", False),
        ("Would that be fine?", False),
    ],
)
def test_questions_are_told_open_from_closed(text: str, is_open: bool) -> None:
    (found, *rest) = asking.questions_in(text)
    assert not rest
    assert found.is_open is is_open
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    "text", ["When I was there, I built it.", "What I mean is simple.", "Thanks, that helps.", "", "…", "I see."]
)
def test_statements_are_no_questions(text: str) -> None:
    assert asking.questions_in(text) == []


def test_each_question_of_a_turn_counts_at_its_place() -> None:
    text = "Thanks. How did you start? Did it work? Tell me about the end."
    found = asking.questions_in(text)
    assert [(one.text, one.is_open) for one in found] == [
        ("How did you start?", True),
        ("Did it work?", False),
        ("Tell me about the end.", True),
    ]


@pytest.mark.parametrize(
    ("text", "language", "opens"),
    [
        ("Wie haben Sie das gemacht, und was war Ihre Rolle? War das gut?", GERMAN, 1),
        ("Comment avez-vous fait cela dans votre équipe, et pour qui ? Est-ce que le client est content ?", FRENCH, 1),
        ("¿Cómo lo hizo usted con el equipo de la empresa? ¿Le gustó?", SPANISH, 1),
        ("How did you do that with the team? Was it good?", ENGLISH, 1),
    ],
)
def test_languages_are_known_by_their_small_words(text: str, language: Language, opens: int) -> None:
    assert language_of(text) is language
    found = asking.questions_in(text, language)
    assert (len(found), sum(one.is_open for one in found)) == (2, opens)


@pytest.mark.parametrize(
    ("text", "fillers"),
    [
        ("Um, I, uh, sold it, you know, to banks.", 3),
        ("It was, like, hard. I like it like that.", 1),
        ("Do you know how it works? I mean it.", 1),
        ("What kind of bank? It was kind of a bank.", 1),
        ("A humming drum.", 0),
    ],
)
def test_fillers_count_only_where_they_say_nothing(text: str, fillers: int) -> None:
    assert speech_metrics.measure(talking.unsaved_turns([("c", text)])).candidate.fillers == fillers


def test_spoken_turns_give_seconds_and_words_a_minute() -> None:
    turns = talking.spoken(
        ("i", 0, 3, "How did you do that?"),
        ("c", 4, 34, " ".join(["word"] * 60)),
        ("c", 35, 45, " ".join(["word"] * 20)),
        ("i", 46, 50, "Thank you very much indeed."),
        begun=BEGUN,
    )
    found = speech_metrics.measure(turns)
    assert found.duration_seconds == 50
    assert (found.candidate.turns, found.candidate.words, found.candidate.seconds) == (2, 80, 40)
    assert found.candidate.words_per_minute == 120
    assert found.longest_monologue_seconds == 40
    assert found.candidate.talk_share == pytest.approx(80 / 90, abs=0.001)
    assert (found.interviewer.questions, found.interviewer.open_questions) == (1, 1)
    assert found.interruptions == 0


def test_typed_turns_have_no_speed() -> None:
    found = speech_metrics.measure(talking.unsaved_turns(talking.GOOD))
    assert found.candidate.seconds is None
    assert found.candidate.words_per_minute is None
    assert found.longest_monologue_seconds is None
    assert found.interviewer.questions == 7
    assert found.interviewer.open_questions == 6


def test_speaking_into_the_other_and_being_cut_off_are_interruptions() -> None:
    turns = talking.spoken(
        ("c", 0, 10, "I was going to say"), ("i", 8, 12, "And then?"), ("c", 11.9, 20, "Then it ended."), begun=BEGUN
    )
    assert speech_metrics.measure(turns).interruptions == 1
    turns[1].interrupted = True
    assert speech_metrics.measure(turns).interruptions == 2
    turns[0].interrupted = True
    assert speech_metrics.measure(turns).interruptions == 2


def test_nothing_said_measures_as_nothing() -> None:
    found = speech_metrics.measure([])
    assert found.duration_seconds == 0
    assert found.candidate == found.interviewer
    assert found.candidate.talk_share == 0


TURN = st.tuples(st.sampled_from("ic"), st.floats(0, 60), st.floats(0, 60), st.text(max_size=80))


def turns_of(pieces: list[tuple[str, float, float, str]]) -> list[Turn]:
    at = 0.0
    made = []
    for who, pause, length, text in pieces:
        made.append((who, at + pause, at + pause + length, text))
        at += pause + length
    return talking.spoken(*made, begun=BEGUN)


@given(st.lists(TURN, max_size=12))
def test_measures_add_up_whatever_was_said(pieces: list[tuple[str, float, float, str]]) -> None:
    turns = turns_of(pieces)
    found = speech_metrics.measure(turns)
    words = found.candidate.words + found.interviewer.words
    assert words == sum(count_words(turn.text) for turn in turns)
    shares = found.candidate.talk_share + found.interviewer.talk_share
    assert shares == pytest.approx(1 if words else 0, abs=0.001)
    for side in (found.candidate, found.interviewer):
        assert 0 <= side.open_questions <= side.questions
        assert side.fillers <= max(side.words, 1) * 2
        assert side.words_per_minute is None or side.words_per_minute >= 0
        assert (side.seconds or 0) <= found.duration_seconds + 0.2
    assert (found.longest_monologue_seconds or 0) <= found.duration_seconds + 0.2
    assert found == speech_metrics.measure(turns)


@given(st.lists(TURN, min_size=1, max_size=10), st.integers(0, 9))
def test_words_more_of_one_side_raise_its_share(pieces: list[tuple[str, float, float, str]], which: int) -> None:
    which %= len(pieces)
    who, pause, length, text = pieces[which]
    more = [*pieces]
    more[which] = (who, pause, length, f"{text} and more words")
    before, after = (speech_metrics.measure(turns_of(one)) for one in (pieces, more))
    side = "interviewer" if who == "i" else "candidate"
    assert getattr(after, side).talk_share >= getattr(before, side).talk_share


@given(st.text(max_size=300))
def test_questions_lie_in_the_text_in_order(text: str) -> None:
    end = 0
    for one in asking.questions_in(text):
        assert one.start >= end
        assert text[one.start : one.end] == one.text
        end = one.end
