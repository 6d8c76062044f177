"""What an interviewer does next, whatever is said to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.deciding import (
    MOST_ASIDES,
    MOST_OWN_QUESTIONS,
    Act,
    Answered,
    Because,
    Clock,
    Decision,
    Reading,
    after_silence,
    ask_next,
    decide,
)
from interviews.schemas import Plan, PlanQuestion, PlanStage, Progress
from interviews.states import EndReason
from tests.agents.interviews import plan

EARLY = Clock(total=1, stage=1)
ANSWERS: tuple[Answered, ...] = ("full", "thin", "declined", "none", "question")

texts = st.text(alphabet="abcdefgh", min_size=1, max_size=3)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans of all forms: stages without questions, keys that come twice, questions that can't be thin."""
    kinds = draw(st.lists(st.sampled_from(["opening", "experience", "own", "closing"]), min_size=1, max_size=4))
    return Plan(
        key="any",
        name="Any",
        minutes=draw(st.integers(1, 60)),
        stages=[
            PlanStage(
                key=f"stage-{number}",
                label="Stage",
                kind=kind,
                minutes=draw(st.integers(1, 60)),
                questions=[
                    PlanQuestion(key=key, text=f"Question {key}?", listen_for=draw(st.sampled_from(["", "a figure"])))
                    for key in draw(st.lists(texts, max_size=4))
                ],
            )
            for number, kind in enumerate(kinds)
        ],
    )


readings = st.builds(
    Reading,
    answered=st.sampled_from(ANSWERS),
    covers=st.lists(texts, max_size=2).map(tuple),
    wants_to_end=st.sampled_from([False] * 30 + [True]),
    distress=st.sampled_from([False] * 60 + [True]),
    abuse=st.sampled_from([False] * 60 + [True]),
    off_topic=st.booleans(),
)
# A silence, or words with how many minutes they took, and whether the answer to them was cut off.
happenings = st.lists(st.one_of(st.none(), st.tuples(readings, st.floats(0, 4), st.booleans())), max_size=150)


def bound(of: Plan) -> int:
    """More turns than any interview of this plan can have."""
    questions = sum(len(stage.questions) for stage in of.stages)
    return 6 + questions * (4 + 2 * max(MOST_ASIDES, MOST_OWN_QUESTIONS) + 2)


@given(of=plans(), said=happenings)
def test_no_sequence_asks_twice_presses_or_goes_on_for_ever(
    of: Plan, said: list[tuple[Reading, float, bool] | None]
) -> None:
    decision = ask_next(of, Progress(), clock=Clock())
    asked: list[str] = []
    followed: list[str] = []
    minutes = 0.0
    for number, happening in enumerate(said):
        progress = decision.progress
        if decision.asks is not None:
            asked.append(decision.asks.key)
        if decision.act is Act.FOLLOW_UP and decision.question is not None:
            followed.append(decision.question.key)
        assert progress.is_over == (decision.act is Act.END)
        if progress.is_over:
            break
        assert number <= bound(of)
        if happening is None:
            decision = after_silence(of, progress, clock=Clock(minutes, minutes))
            continue
        reading, took, _ = happening
        minutes += took
        decision = decide(of, progress, reading, clock=Clock(minutes, minutes), turn=number)
        if reading.answered == "declined" and not (reading.wants_to_end or reading.distress or reading.abuse):
            assert decision.act in (Act.ASK, Act.END)
            assert decision.question is None or decision.question.key != progress.question
    assert len(asked) == len(set(asked))
    assert len(followed) == len(set(followed))


@given(of=plans(), answers=st.lists(st.sampled_from(ANSWERS), min_size=200, max_size=200))
def test_every_interview_comes_to_its_end(of: Plan, answers: list[Answered]) -> None:
    decision = ask_next(of, Progress(), clock=Clock())
    turns = 0
    for answer in answers:
        if decision.progress.is_over:
            break
        turns += 1
        decision = decide(of, decision.progress, Reading(answered=answer), clock=Clock(), turn=turns)
    assert decision.progress.is_over
    assert decision.progress.end_reason == EndReason.FINISHED
    assert turns <= bound(of)
    assert [result.stage for result in decision.progress.results] == [stage.key for stage in of.stages]


@given(of=plans(), said=happenings)
def test_progress_that_was_stored_and_read_again_decides_the_same(
    of: Plan, said: list[tuple[Reading, float, bool] | None]
) -> None:
    decision = ask_next(of, Progress(), clock=Clock())
    for happening in said[:20]:
        if decision.progress.is_over:
            break
        kept = Progress.model_validate_json(decision.progress.model_dump_json())
        assert kept == decision.progress
        if happening is None:
            decision = after_silence(of, kept, clock=EARLY)
        else:
            reading, _, is_cut_off = happening
            decision = decide(of, kept, reading, clock=EARLY, turn=1)
            if is_cut_off and not decision.progress.is_over:
                # The question was not heard, so it was not asked: it comes next, and is no second time.
                again = decide(of, decision.unheard, Reading(answered="full"), clock=EARLY, turn=2)
                if decision.act is Act.ASK:
                    assert again.asks == decision.asks


def opened(of: Plan) -> Progress:
    return ask_next(of, Progress(), clock=Clock()).progress


def heard(of: Plan, *answers: Answered) -> Decision:
    decision = ask_next(of, Progress(), clock=Clock())
    for number, answer in enumerate(answers, start=1):
        decision = decide(of, decision.progress, Reading(answered=answer), clock=EARLY, turn=2 * number)
    return decision


def test_thin_answer_gets_one_follow_up_and_then_the_next_question() -> None:
    first = heard(plan(), "thin")
    assert (first.act, first.question and first.question.key) == (Act.FOLLOW_UP, "experience-1")
    second = heard(plan(), "thin", "thin")
    assert second.asks is not None
    assert second.asks.key == "experience-2"
    assert second.progress.answered[0].model_dump() == {
        "question": "experience-1",
        "answered": "thin",
        "followed_up": True,
        "turn": 4,
    }


def test_declined_answer_is_let_go_at_once() -> None:
    decision = heard(plan(), "declined")
    assert decision.because is Because.DECLINED
    assert decision.asks is not None
    assert decision.asks.key == "experience-2"


def test_declined_follow_up_is_let_go_too() -> None:
    decision = heard(plan(), "thin", "declined")
    assert decision.asks is not None
    assert decision.progress.answered[0].answered == "declined"


def test_stage_that_was_declined_throughout_says_so() -> None:
    assert heard(plan(), "declined", "declined").finished[0].ended == "declined"


def test_question_answered_beforehand_is_not_asked() -> None:
    of = plan(questions=3)
    decision = decide(of, opened(of), Reading(answered="full", covers=("experience-2", "no-such")), clock=EARLY, turn=2)
    assert decision.asks is not None
    assert decision.asks.key == "experience-3"
    assert [one.question for one in decision.progress.answered] == ["experience-1", "experience-2"]


def test_thin_answer_covers_nothing() -> None:
    of = plan(questions=3)
    decision = heard(of, "thin")
    covering = Reading(answered="thin", covers=("experience-2",))
    after = decide(of, decision.progress, covering, clock=EARLY, turn=4)
    assert after.asks is not None
    assert after.asks.key == "experience-2"


def test_their_questions_are_answered_a_few_times() -> None:
    decision = heard(plan(questions=1), "full", *(["question"] * MOST_OWN_QUESTIONS))
    assert decision.act is Act.ANSWER
    assert heard(plan(questions=1), "full", *(["question"] * (MOST_OWN_QUESTIONS + 1))).act is Act.END


def test_talking_past_a_question_goes_on_after_a_while() -> None:
    assert heard(plan(), *(["none"] * MOST_ASIDES)).act is Act.WAIT
    after = heard(plan(), *(["none"] * (MOST_ASIDES + 1)))
    assert after.because is Because.ENOUGH_ASIDES
    assert after.progress.answered[0].answered == "silent"


def test_silence_is_checked_once_then_passed_then_offered_to_end_then_ended() -> None:
    of = plan(questions=4)
    acts = []
    decision = ask_next(of, Progress(), clock=Clock())
    while not decision.progress.is_over:
        decision = after_silence(of, decision.progress, clock=EARLY)
        acts.append(decision.act)
    assert acts == [Act.CHECK, Act.ASK, Act.OFFER_END, Act.END]
    assert decision.progress.end_reason == EndReason.LEFT_EMPTY


def test_words_after_a_silence_begin_to_count_anew() -> None:
    of = plan(questions=4)
    quiet = after_silence(of, opened(of), clock=EARLY).progress
    spoke = decide(of, quiet, Reading(answered="full"), clock=EARLY, turn=2).progress
    assert after_silence(of, spoke, clock=EARLY).act is Act.CHECK


@pytest.mark.parametrize(
    ("reading", "reason", "flag"),
    [
        (Reading(distress=True, wants_to_end=True), EndReason.DISTRESS, "distress"),
        (Reading(abuse=True), EndReason.ABUSE, "abuse"),
        (Reading(answered="full", wants_to_end=True), EndReason.DECLINED, ""),
    ],
)
def test_what_ends_an_interview_ends_it_at_once(reading: Reading, reason: EndReason, flag: str) -> None:
    decision = decide(plan(), opened(plan()), reading, clock=EARLY, turn=2)
    assert (decision.act, decision.progress.end_reason, decision.flag) == (Act.END, reason, flag)
    assert decision.finished[0].ended == "stopped"


def test_out_of_time_goes_to_the_closing_stage() -> None:
    of = plan(questions=3, minutes=10)
    for answer in ("full", "thin", "question", "none"):
        decision = decide(of, opened(of), Reading(answered=answer), clock=Clock(total=10, stage=10), turn=2)
        assert decision.stage is not None
        assert decision.stage.kind == "closing"
        assert decision.finished[0].ended == "out_of_time"


def test_stage_out_of_time_gives_way_to_the_next() -> None:
    of = plan(questions=3, minutes=60)
    decision = decide(of, opened(of), Reading(answered="full"), clock=Clock(total=31, stage=31), turn=2)
    assert decision.stage is not None
    assert decision.stage.key == "closing"


def test_finished_interview_takes_no_more_words() -> None:
    over = Progress(is_over=True)
    with pytest.raises(ValueError, match="over"):
        decide(plan(), over, Reading(), clock=EARLY)
    with pytest.raises(ValueError, match="over"):
        after_silence(plan(), over, clock=EARLY)
