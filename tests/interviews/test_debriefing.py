"""Debriefs: whose words stand, what is measured, and the grade of an interviewer in training."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from interviews import debriefing, protected
from interviews.debriefing import Conduct, Debriefing, ProbedTrait, ProhibitedQuestion, conduct, grading
from interviews.errors import TooThin
from interviews.models import Interview, Room
from interviews.personas import TRAITS
from interviews.schemas import HiddenTrait, Persona
from interviews.states import Recommendation, Role
from tests.interviews import talking
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

# An interviewer who finds the title, asks about children, and never about dates.
TRAINED: tuple[tuple[str, str], ...] = (
    ("i", "Hello! What brought you to sales?"),
    ("c", "I like to talk with people who know more than I do about their trade, and to bring them something useful."),
    ("i", "How many people reported to you, and whom of them did you hire?"),
    (
        "c",
        "Well, nobody reported to me. It was a title for the larger accounts, the vice president made the decisions.",
    ),
    ("i", "Which decisions were yours alone?"),
    (
        "c",
        "The plan for each account and the order of meetings. Prices were not mine, I proposed them and others signed.",
    ),
    ("i", "Do you have children?"),
    ("c", "I'd rather not say."),
    ("i", "What did you learn from the last deal that you lost?"),
    (
        "c",
        "I had met the head of finance each week and never the people who would use it, and those said no in the end.",
    ),
)


def training(said: Any = TRAINED, *keys: str) -> Interview:
    hidden = [TRAITS[key] for key in keys or ("inflated_title", "employment_gap")]
    persona = Persona(name=talking.NAME, traits=hidden).model_dump(mode="json")
    return talking.interview(said, role=Role.INTERVIEWER, is_training=True, persona=persona)


def debriefed(interview: Interview) -> Debriefing:
    return debriefing.debrief(Room.objects.get(pk=interview.room_id))


# --- how somebody asked ----------------------------------------------------------------------------------------------
def test_conduct_is_measured_with_prohibited_questions_at_their_turns() -> None:
    found = conduct.measure(talking.unsaved_turns(TRAINED))
    assert (found.questions, found.open_questions) == (5, 4)
    assert [(one.turn, one.topic, one.quote) for one in found.prohibited] == [(7, "family", "Do you have children?")]
    assert 0 < found.talk_share < 0.5


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("How old are you?", "age"),
        ("What year did you graduate?", "age"),
        ("Are you married?", "family"),
        ("Who will look after your kids when you travel?", "family"),
        ("Do you plan to start a family?", "family"),
        ("Do you have any disability that we should know of?", "health"),
        ("How often were you sick last year?", "health"),
        ("Which church do you go to?", "religion"),
        ("Where are you really from?", "origin"),
        ("Is English your first language?", "origin"),
        ("Are you gay?", "gender or orientation"),
        ("Who did you vote for?", "politics or union"),
        ("What was your last salary?", "past pay"),
        ("Have you ever been arrested?", "criminal record or money"),
    ],
)
def test_protected_topics_are_known_by_name(question: str, topic: str) -> None:
    assert protected.topic_of(question) == topic


@pytest.mark.parametrize(
    "question",
    [
        "How would you debug a race condition?",
        "How do you diagnose the root cause of an outage?",
        "Which product families did you sell?",
        "Was the feature disabled by default?",
        "How do you make a page accessible to disabled users?",
        "How old is that code base?",
        "How do you run health checks for a cloud-native service?",
        "What do you expect to earn in this role?",
        "Have you sold to health insurers?",
        "How did you handle the political landscape at the client?",
        "How does a child process talk to its parent process?",
    ],
)
def test_questions_of_the_trade_are_allowed(question: str) -> None:
    assert protected.topic_of(question) is None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Is Robin gay?", "gender or orientation"),
        ("What is her age?", "age"),
        ("And Robin Ames's age?", "age"),
        ("How old is the candidate?", "age"),
        ("Where is he really from?", "origin"),
        ("Does this candidate smoke?", "health"),
        ("Has she any children?", "family"),
        ("How is their health?", "health"),
        ("Are you married?", "family"),
    ],
)
def test_protected_topics_are_known_in_questions_about_somebody(question: str, topic: str) -> None:
    assert protected.topic_about(question, "Robin Ames") == topic


@pytest.mark.parametrize(
    "question",
    [
        "Has Robin led a team?",
        "What does their resume say about Kafka?",
        "How old is that code base of hers?",
        "Why did she leave her last company?",
        "Is Robin Ames's work with product families described?",
        "Will they need help with health checks?",
    ],
)
def test_questions_about_somebodys_work_are_allowed(question: str) -> None:
    assert protected.topic_about(question, "Robin Ames") is None


def test_what_the_candidate_tells_is_nobodys_question() -> None:
    turns = talking.unsaved_turns([("i", "How was it?"), ("c", "Fine. Do you have children too?")])
    assert protected.questions_about(turns) == []


# --- the grade -------------------------------------------------------------------------------------------------------
def probed(outcome: Any) -> ProbedTrait:
    trait = TRAITS["rambling"].model_dump()
    return ProbedTrait(**trait, outcome=outcome, turn=1, quote="Why?", reason="")


def conducted(**values: Any) -> Conduct:
    base: dict[str, Any] = {"questions": 10, "open_questions": 8, "talk_share": 0.3, "follow_ups": 4, "prohibited": []}
    merged = base | values
    share = merged["open_questions"] / merged["questions"] if merged["questions"] else None
    return Conduct.model_validate({**merged, "open_share": share})


UNFAIR = ProhibitedQuestion(turn=3, quote="How old are you?", topic="age")


def test_perfect_interviewing_is_full_points() -> None:
    made = grading.grade([probed("found")], conducted(), main_questions=8)
    assert (made.score, made.grade) == (100, "A")
    assert sum(grading.WEIGHTS.values()) == 100


def test_protected_question_caps_the_grade() -> None:
    made = grading.grade([probed("found")], conducted(prohibited=[UNFAIR]), main_questions=8)
    assert (made.score, made.grade) == (grading.UNFAIR_CAP, "D")
    assert "caps" in made.grade_note


def test_what_could_not_be_measured_has_no_weight() -> None:
    made = grading.grade([probed("not_judged")], conducted(), main_questions=8)
    (traits, *_) = made.parts
    assert (traits.share, traits.points) == (None, 0)
    assert made.score == 100


def test_too_few_questions_measure_only_what_was_found() -> None:
    quiet = conducted(questions=1, open_questions=1, follow_ups=0)
    made = grading.grade([probed("missed")], quiet, main_questions=1)
    assert [part.key for part in made.parts if part.share is not None] == ["traits", "fair_questions"]
    assert made.score == 25


@given(
    st.lists(st.sampled_from(["found", "partly", "missed", "not_judged"]), max_size=4),
    st.integers(0, 20),
    st.floats(0, 1),
    st.integers(0, 10),
    st.booleans(),
)
def test_grades_stay_in_bounds_and_finding_more_never_hurts(
    outcomes: list[str], questions: int, talk: float, follow_ups: int, unfair: bool
) -> None:
    how = conducted(
        questions=questions,
        open_questions=questions // 2,
        talk_share=talk,
        follow_ups=follow_ups,
        prohibited=[UNFAIR] if unfair else [],
    )
    made = grading.grade([probed(one) for one in outcomes], how, main_questions=questions)
    better = grading.grade(
        [probed("found" if one == "missed" else one) for one in outcomes], how, main_questions=questions
    )
    assert 0 <= made.score <= better.score <= 100
    assert not unfair or made.score <= grading.UNFAIR_CAP
    for part in made.parts:
        assert part.share is None or 0 <= part.share <= 1
        assert part.points <= part.weight


# --- a whole debrief -------------------------------------------------------------------------------------------------
def test_debrief_of_a_candidate_quotes_what_was_said(simulator: Simulator) -> None:
    interview = talking.interview()
    found = debriefed(interview)
    assert found.made_by == "model"
    assert found.summary
    assert found.strengths
    assert all("(turn " in one for one in found.strengths)
    assert found.recommendation is not None
    assert found.training is None
    stored = Room.objects.get(pk=interview.room_id)
    assert stored.debrief == found.model_dump(mode="json")
    assert stored.analyses.get().result["recommendation"] == found.recommendation


def test_training_reveals_and_grades_the_traits(simulator: Simulator) -> None:
    found = debriefed(training())
    assert found.training is not None
    outcomes = {one.key: one for one in found.training.traits}
    title = outcomes["inflated_title"]
    assert (title.outcome, title.turn) == ("found", 3)
    assert (title.quote or "") in TRAINED[2][1]
    assert outcomes["employment_gap"].outcome in ("missed", "partly")
    assert outcomes["employment_gap"].how_to_find
    assert found.training.score <= grading.UNFAIR_CAP
    assert [one.turn for one in found.conduct.prohibited] == [7]


@pytest.mark.parametrize("lie", ["rate_invented_quote", "rate_level_inflation"])
def test_lies_about_finding_traits_do_not_count(simulator: Simulator, lie: str) -> None:
    simulator.control(**{lie: 1.0})
    said = [("i", "Hello! What brought you to sales?"), *TRAINED[1:2]] * 4
    found = debriefed(training(said, "employment_gap", "shallow_skill"))
    assert found.training is not None
    assert all(one.outcome != "found" for one in found.training.traits)
    assert any("does not count" in note or "partly" in note for note in found.notes)


def test_invented_strengths_are_dropped(simulator: Simulator) -> None:
    simulator.control(rate_invented_quote=1.0)
    found = debriefed(talking.interview())
    assert not any("Exceeded" in one for one in found.strengths)
    assert any("dropped" in note for note in found.notes)
    # The analysis failed on the same lies: no recommendation, which is not No Hire.
    assert found.recommendation is None


def test_without_a_model_what_was_measured_is_told() -> None:
    found = debriefed(training())
    assert (found.made_by, found.recommendation) == ("computed", None)
    assert found.training is not None
    assert {one.outcome for one in found.training.traits} == {"not_judged"}
    assert found.training.parts[0].share is None
    assert "questions were asked" in found.summary
    assert any("No model is configured" in note for note in found.notes)


def test_failing_model_leaves_the_measured_debrief(simulator: Simulator) -> None:
    simulator.control(rate_broken_json=1.0)
    with override_settings(LLM_MAX_ATTEMPTS=1):
        found = debriefed(talking.interview())
    assert (found.made_by, found.recommendation) == ("computed", None)


def test_thin_transcript_has_a_debrief_without_a_recommendation(simulator: Simulator) -> None:
    found = debriefed(talking.interview(talking.GOOD[:4]))
    assert found.recommendation is None
    assert any("Too thin" in note for note in found.notes)


def test_empty_room_has_no_debrief() -> None:
    with pytest.raises(TooThin):
        debriefing.debrief(talking.room(()))


def test_persona_without_traits_is_graded_on_how_it_was_asked(simulator: Simulator) -> None:
    interview = training(TRAINED)
    interview.persona = Persona(name="Robin", traits=[]).model_dump(mode="json")
    interview.save()
    found = debriefed(interview)
    assert found.training is not None
    assert found.training.parts[0].explanation == "Nothing was hidden."
    assert found.recommendation in {None, *Recommendation}


def test_question_of_the_call_holds_no_name() -> None:
    from interviews import transcript
    from interviews.debriefing import telling
    from interviews.spoken import blinded, name_in
    from interviews.states import Speaker

    room = talking.room([("i", "Hello Robin Sample, how are you?"), ("c", "Fine, Robin is fine.")])
    spoken = blinded(transcript.of(room.pk), name=name_in(room))
    trait = HiddenTrait(key="a", label="A", behaviour="B", how_to_find="C")
    asked = str(telling.question(spoken, [trait], about=Speaker.INTERVIEWER, role="Sales"))
    assert "Robin" not in asked
