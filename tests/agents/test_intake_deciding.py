"""What the intake agent does next, whatever is said: rules, tried on words that nobody would think of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.intake_deciding import MOST_ASIDES, MOST_TRIES, after_silence, ask_next, decide
from agents.intake_moves import Act, Because, Decision, Found, Heard, Progress, Reading
from intake import questions
from intake.schemas import Gap
from intake.states import AnswerState, GapReason
from interviews.states import EndReason

FIELDS = ("location", "years_experience", "email", "is_founder")


def gap(field: str) -> Gap:
    return questions.as_gap(field, questions.PROFILE[field], reason=GapReason.MISSING, is_required=True, known=[])


GAPS = [gap(field) for field in FIELDS]


def sure(field: str, value: Any = "x") -> Found:
    return Found(field, value, is_sure=True)


def unsure(field: str, value: Any = "x", *alternatives: Any) -> Found:
    return Found(field, value, is_sure=False, alternatives=tuple(alternatives))


class Rows:
    """What answers.record would hold."""

    def __init__(self, gaps: Sequence[Gap] = GAPS) -> None:
        self.gaps = gaps
        self.states: dict[str, AnswerState] = {}
        self.values: dict[str, Any] = {}
        self.progress = Progress()
        self.turn = 0
        self.last: Decision | None = None

    @property
    def answered(self) -> set[str]:
        return {name for name, state in self.states.items() if state in (AnswerState.ACCEPTED, AnswerState.SKIPPED)}

    def begin(self) -> Decision:
        return self._keep(ask_next(self.gaps, self.answered, self.progress))

    def hear(self, reading: Reading) -> Decision:
        self.turn += 1
        return self._keep(decide(self.gaps, self.answered, self.progress, reading, turn=self.turn))

    def silence(self) -> Decision:
        return self._keep(after_silence(self.gaps, self.answered, self.progress))

    def _keep(self, decision: Decision) -> Decision:
        for one in decision.writes:
            self.states[one.field], self.values[one.field] = one.state, one.value
        self.progress, self.last = decision.progress, decision
        return decision


def begun() -> Rows:
    rows = Rows()
    rows.begin()
    return rows


def asked(decision: Decision | None) -> str:
    return decision.gap.field if decision is not None and decision.gap is not None else ""


def test_answer_is_written_and_the_next_question_asked() -> None:
    rows = begun()
    decision = rows.hear(Reading(found=(sure("location", "Leeds"),)))
    assert (decision.act, asked(decision)) == (Act.ASK, "years_experience")
    assert rows.values["location"] == "Leeds"


def test_unsure_answer_is_accepted_on_a_yes_alone() -> None:
    rows = begun()
    first = rows.hear(Reading(found=(unsure("location", "Leeds"),)))
    assert (first.act, first.writes[0].state) == (Act.CONFIRM, AnswerState.PROPOSED)
    second = rows.hear(Reading(agrees=True))
    assert rows.states["location"] == AnswerState.ACCEPTED
    assert (second.act, asked(second)) == (Act.ASK, "years_experience")


def test_no_with_another_value_is_read_back_again() -> None:
    rows = begun()
    rows.hear(Reading(found=(unsure("years_experience", 2017),)))
    decision = rows.hear(Reading(found=(unsure("years_experience", 2018),), agrees=False))
    assert decision.act == Act.CONFIRM
    assert decision.heard is not None
    assert decision.heard.value == 2018
    rows.hear(Reading(agrees=True))
    assert rows.values["years_experience"] == 2018


def test_one_of_several_values_is_taken_when_it_is_said_again() -> None:
    rows = begun()
    rows.hear(Reading(found=(unsure("years_experience", 7, 7, 8),)))
    decision = rows.hear(Reading(found=(unsure("years_experience", 8),)))
    assert rows.values["years_experience"] == 8
    assert rows.states["years_experience"] == AnswerState.ACCEPTED
    assert decision.act == Act.ASK


def test_yes_to_several_values_is_no_choice() -> None:
    rows = begun()
    rows.hear(Reading(found=(unsure("years_experience", 7, 7, 8),)))
    decision = rows.hear(Reading(agrees=True))
    assert decision.act == Act.CONFIRM
    assert decision.heard is not None
    assert decision.heard.alternatives == []
    assert rows.states["years_experience"] == AnswerState.PROPOSED


def test_no_alone_asks_the_question_again() -> None:
    rows = begun()
    rows.hear(Reading(found=(unsure("location", "Leads"),)))
    decision = rows.hear(Reading(agrees=False))
    assert (decision.act, decision.because, asked(decision)) == (Act.ASK, Because.WRONG, "location")
    assert rows.states["location"] == AnswerState.REJECTED


def test_several_answers_in_one_breath_are_all_taken() -> None:
    rows = begun()
    found = (sure("location", "Leeds"), sure("years_experience", 8), unsure("email", "ada@example.com"))
    decision = rows.hear(Reading(found=found))
    assert {one.field for one in decision.writes} == {"location", "years_experience", "email"}
    assert (decision.act, asked(decision)) == (Act.CONFIRM, "email")


def test_answer_to_another_field_leaves_the_question_open() -> None:
    rows = begun()
    decision = rows.hear(Reading(found=(sure("email", "ada@example.com"),)))
    assert (decision.act, asked(decision)) == (Act.AGAIN, "location")


def test_correction_takes_the_place_of_what_was_written() -> None:
    rows = begun()
    rows.hear(Reading(found=(sure("location", "Leads"),)))
    decision = rows.hear(Reading(found=(sure("location", "Leeds"),)))
    assert rows.values["location"] == "Leeds"
    assert asked(decision) == "years_experience"


def test_unsure_correction_keeps_the_accepted_answer_until_the_yes() -> None:
    rows = begun()
    rows.hear(Reading(found=(sure("location", "Leads"),)))
    rows.hear(Reading(found=(unsure("location", "Leeds"),)))
    assert (rows.values["location"], rows.states["location"]) == ("Leads", AnswerState.ACCEPTED)
    rows.hear(Reading(agrees=True))
    assert rows.values["location"] == "Leeds"


def test_skip_settles_the_question() -> None:
    rows = begun()
    decision = rows.hear(Reading(skips=True))
    assert rows.states["location"] == AnswerState.SKIPPED
    assert (decision.because, asked(decision)) == (Because.SKIPPED, "years_experience")


def test_skip_of_a_read_back_drops_it() -> None:
    rows = begun()
    rows.hear(Reading(found=(unsure("location", "Leads"),)))
    rows.hear(Reading(skips=True))
    assert rows.states["location"] == AnswerState.SKIPPED
    assert rows.progress.heard == []


def test_what_is_not_understood_is_left_to_the_form() -> None:
    rows = begun()
    acts = [rows.hear(Reading(problem="?")) for _ in range(MOST_TRIES)]
    assert [one.act for one in acts] == [*[Act.AGAIN] * (MOST_TRIES - 1), Act.ASK]
    assert (acts[-1].because, asked(acts[-1])) == (Because.LEFT, "years_experience")
    assert "location" not in rows.states


def test_questions_of_the_candidate_are_answered_but_not_for_ever() -> None:
    rows = begun()
    acts = [rows.hear(Reading(asks=True)).act for _ in range(MOST_ASIDES + 1)]
    assert acts == [*[Act.ANSWER] * MOST_ASIDES, Act.ASK]


def test_wish_to_stop_ends_it_and_keeps_what_was_said() -> None:
    rows = begun()
    decision = rows.hear(Reading(found=(sure("location", "Leeds"),), wants_to_end=True))
    assert decision.act == Act.END
    assert decision.progress.end_reason == EndReason.BY_PERSON
    assert rows.states["location"] == AnswerState.ACCEPTED


def test_it_ends_when_all_is_filled() -> None:
    rows = begun()
    for field in FIELDS:
        decision = rows.hear(Reading(found=(sure(field),)))
    assert (decision.act, decision.progress.end_reason) == (Act.END, EndReason.FINISHED)


def test_distress_ends_it_and_raises_a_flag() -> None:
    decision = begun().hear(Reading(distress=True, found=(sure("location"),)))
    assert (decision.act, decision.flag, decision.writes) == (Act.END, "distress", ())


def test_silence_is_met_gently_and_ends_it_at_last() -> None:
    rows = begun()
    acts = [rows.silence().act for _ in range(4)]
    assert acts == [Act.CHECK, Act.AGAIN, Act.OFFER_END, Act.END]
    assert rows.progress.end_reason == EndReason.LEFT_EMPTY


def test_question_that_was_not_heard_is_not_asked() -> None:
    rows = begun()
    decision = rows.hear(Reading(found=(unsure("location", "Leeds"),)))
    assert decision.unheard.is_confirming is False
    again = ask_next(GAPS, rows.answered, decision.unheard)
    assert (again.act, asked(again)) == (Act.CONFIRM, "location")


def test_gap_that_has_gone_is_neither_asked_nor_confirmed() -> None:
    progress = Progress(heard=[Heard(field="skills", value=["x"])], is_confirming=True)
    decision = decide(GAPS, set(), progress, Reading(agrees=True))
    assert decision.writes == ()
    assert asked(decision) == "location"


def test_deciding_after_the_end_raises() -> None:
    with pytest.raises(ValueError, match="over"):
        decide(GAPS, set(), Progress(is_over=True), Reading())


# --- whatever is said ------------------------------------------------------------------------------------------------
_fields = st.sampled_from([*FIELDS, "algo_score", "skills", "", "is_admin"])
_values = st.sampled_from(["a", "b", 1, 2])
_found = st.builds(Found, _fields, _values, st.booleans(), st.sampled_from([(), ("a", "b"), (1, 2)]), st.just("said"))
_readings = st.builds(
    Reading,
    found=st.lists(_found, max_size=3).map(tuple),
    agrees=st.sampled_from([None, True, False]),
    skips=st.booleans(),
    asks=st.booleans(),
    thinks=st.booleans(),
)


@given(st.lists(_readings, max_size=30))
def test_nothing_but_gaps_is_ever_written_or_asked(readings: list[Reading]) -> None:
    rows = begun()
    for reading in readings:
        if rows.progress.is_over:
            break
        decision = rows.hear(reading)
        assert {one.field for one in decision.writes} <= set(FIELDS)
        assert asked(decision) in {"", *FIELDS}
        if decision.act is Act.ASK and decision.because is not Because.WRONG:
            assert asked(decision) not in rows.answered


@given(st.lists(_readings, max_size=30))
def test_nothing_unsure_is_accepted_without_a_yes(readings: list[Reading]) -> None:
    rows = begun()
    for reading in readings:
        if rows.progress.is_over:
            break
        before = rows.progress
        read_back = before.heard[0] if before.is_confirming and before.heard else None
        said = {one.field: one for one in reading.found}
        for one in rows.hear(reading).writes:
            if one.state != AnswerState.ACCEPTED or (said.get(one.field, sure("")).is_sure and one.field in said):
                continue
            assert read_back is not None
            assert one.field == read_back.field
            repeated = one.field in said and one.value in (read_back.value, *read_back.alternatives)
            assert (reading.agrees is True and one.value == read_back.value) or repeated


@given(st.lists(_readings.filter(lambda one: not any(found.is_sure for found in one.found)), min_size=60, max_size=60))
def test_talk_in_which_nothing_is_settled_comes_to_an_end(readings: list[Reading]) -> None:
    """Nobody is asked for ever: each question is talked about a few times at most."""
    rows = begun()
    asked_for: list[str] = []
    for reading in readings:
        if rows.progress.is_over:
            break
        found = tuple(one for one in reading.found if one.field == asked(rows.last))
        decision = rows.hear(Reading(found=found, agrees=reading.agrees, skips=reading.skips, asks=reading.asks))
        asked_for.append(asked(decision))
    assert rows.progress.is_over
    assert all(asked_for.count(field) <= 2 * MOST_TRIES + MOST_ASIDES + 1 for field in FIELDS)


@given(st.lists(_readings, min_size=1, max_size=12))
def test_deciding_again_after_a_kill_writes_the_same(readings: list[Reading]) -> None:
    """The writes are stored before the words are said: whoever comes next reads the same words over them."""
    rows = begun()
    for reading in readings:
        if rows.progress.is_over:
            break
        before = rows.progress
        first = rows.hear(reading)
        values = dict(rows.values)
        rows.progress = before
        rows.turn -= 1
        again = rows.hear(reading)
        assert rows.values == values
        assert (again.act, asked(again)) == (first.act, asked(first))
