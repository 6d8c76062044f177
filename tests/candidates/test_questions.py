"""Interview questions: made once, kept, and never about what nobody may ask."""

from __future__ import annotations

from uuid import uuid4

import pytest

from candidates import questions
from candidates.models import Assessment, Candidate, Job
from candidates.prohibited import is_prohibited
from candidates.questions import Question
from tests.candidates import people
from tests.candidates.test_explanation import scored
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def test_questions_come_with_the_judgement_and_are_kept(simulator: Simulator) -> None:
    who = scored(people.saved_job())
    before = len(simulator.calls())
    first = questions.of(who)
    assert first
    assert {item["made_by"] for item in first} == {"model"}
    assert questions.of(who) == first
    assert len(simulator.calls()) == before  # they came with the judgement


def test_questions_are_asked_for_once_where_there_is_no_judgement(simulator: Simulator) -> None:
    who = scored(people.saved_job())
    Assessment.objects.filter(candidate=who).update(questions=[])
    before = len(simulator.calls())
    first = questions.of(who)
    assert {item["made_by"] for item in first} == {"model"}
    assert questions.of(who) == first
    assert len(simulator.calls()) == before + 1


def test_questions_without_a_model_are_built_from_gaps_and_marked() -> None:
    who = scored(people.saved_job())
    built = questions.of(who)
    assert {item["made_by"] for item in built} == {"template"}
    assert any(item["criterion"] == "pottery" for item in built)
    assert questions.of(who) == built
    assert Assessment.objects.get(candidate=who, kind="algorithm").questions == built


def test_failed_model_gives_built_questions_that_are_not_kept(simulator: Simulator, settings: object) -> None:
    who = scored(people.saved_job())
    Assessment.objects.filter(candidate=who).update(questions=[])
    settings.LLM_MAX_ATTEMPTS = 1  # type: ignore[attr-defined]
    simulator.control(rate_5xx=1.0)
    assert {item["made_by"] for item in questions.of(who)} == {"template"}
    simulator.control(rate_5xx=0.0)
    assert {item["made_by"] for item in questions.of(who)} == {"model"}


def test_questions_for_a_candidate_never_assessed() -> None:
    who = Candidate.objects.create(id=uuid4(), name="Robin Sample", missing_required=["skills", "email"])
    built = [Question.model_validate(item) for item in questions.of(who)]
    assert built[0].question == "Could you tell us about this: skills?"
    assert not any("e-mail" in item.question for item in built)


@pytest.mark.parametrize(
    "asked",
    [
        "How old are you?",
        "Are you married?",
        "Do you plan to start a family?",
        "What is your religion?",
        "Where are you really from?",
        "Do you have a disability?",
        "What was your previous salary?",
        "Are you a native speaker of English?",
    ],
)
def test_what_nobody_may_ask_is_prohibited(asked: str) -> None:
    assert is_prohibited(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "How did you manage the sales team at Larkspur?",
        "Which language do you write services in?",
        "How do you price an enterprise contract?",
        "What happened with the largest account?",
        "Tell me about a conflict in your team.",
    ],
)
def test_fair_questions_are_not_prohibited(asked: str) -> None:
    assert not is_prohibited(asked)


def test_prohibited_question_of_a_model_is_left_out(simulator: Simulator) -> None:
    who = scored(people.saved_job())
    kept = {"question": "How did you reach 128%?", "reason": "To check.", "criterion": None, "made_by": "model"}
    Assessment.objects.filter(candidate=who, kind="model").update(
        questions=[{**kept, "question": "How old are you?"}, kept]
    )
    assert questions.of(who) == [kept]


def test_questions_of_a_job_without_a_rubric_are_kept_too(simulator: Simulator) -> None:
    who = scored(Job.objects.create(title="Account Executive"))
    Assessment.objects.filter(candidate=who).update(questions=[])
    first = questions.of(who)
    before = len(simulator.calls())
    assert questions.of(who) == first
    assert len(simulator.calls()) == before
