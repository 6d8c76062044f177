"""Stage plans: the general ones, a job's own, and what one candidate is asked by them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from candidates.models import Assessment, Candidate, Job
from candidates.prohibited import is_prohibited
from interviews import interviewing, plans
from interviews.errors import UnknownStage
from interviews.models import Analysis, Interview, Room, StagePlan, Turn
from interviews.schemas import Plan, PlanStage, Progress, QuestionResult, StageResult
from interviews.states import Medium, Role
from tests.candidates.recruiting import candidate
from tests.interviews import talking

pytestmark = pytest.mark.django_db


def questions_of(plan: Plan) -> list[str]:
    return [question.text for stage in plan.stages for question in stage.questions]


def with_questions(*texts: str) -> Candidate:
    """A candidate whose own interview questions are kept."""
    one = candidate(60)
    kept = [{"question": text, "reason": "It is not known.", "criterion": None, "made_by": "model"} for text in texts]
    Assessment.objects.create(candidate=one, kind="model", criteria=[], questions=kept, score=60)
    return one


def held(one: Candidate, plan: Plan, results: list[QuestionResult], **values: Any) -> Interview:
    """An earlier interview by an AI, whose first stage came to these results."""
    room = talking.room((), name=f"room-{Room.objects.count()}", candidate=one)
    progress = Progress(results=[StageResult(stage=plan.stages[0].key, questions=results)])
    return Interview.objects.create(
        **{
            "room": room,
            "candidate": one,
            "stage": plan.key,
            "role": "candidate",
            "agent_type": "interviewer-agent",
            "plan": plan.model_dump(mode="json"),
            "progress": progress.model_dump(mode="json"),
            **values,
        }
    )


def test_general_plans_are_there_without_being_loaded() -> None:
    assert [plan.key for plan in plans.available(None)] == ["screening", "technical", "behavioural", "final"]
    assert StagePlan.objects.filter(job=None).count() == 4
    plans.ensure_general()
    assert StagePlan.objects.filter(job=None).count() == 4


@pytest.mark.parametrize("key", plans.GENERAL)
def test_general_plan_begins_ends_and_asks_only_what_may_be_asked(key: str) -> None:
    plan = plans.resolve(candidate=candidate(60), job=None, stage=key)
    kinds = [stage.kind for stage in plan.stages]
    assert kinds[0] == "opening"
    assert kinds[-1] == "closing"
    assert {"behavioural", "role_specific"} <= set(kinds)
    keys = [question.key for stage in plan.stages for question in stage.questions]
    assert len(keys) == len(set(keys))
    for question in questions_of(plan):
        assert question.count("?") <= 1
        assert not is_prohibited(question)
    assert sum(stage.minutes for stage in plan.stages) >= plan.minutes * 0.8


def test_general_plans_ask_nothing_twice_between_them() -> None:
    everything = [text for key in plans.GENERAL for text in questions_of(plan_of(key))]
    assert len(everything) == len(set(everything))


def plan_of(key: str) -> Plan:
    plans.ensure_general()
    row = StagePlan.objects.get(job=None, key=key)
    stages = [PlanStage.model_validate(stage) for stage in row.stages]
    return Plan(key=row.key, name=row.name, minutes=row.minutes, stages=stages)


def test_recruiters_change_of_a_general_plan_stays() -> None:
    plans.ensure_general()
    StagePlan.objects.filter(job=None, key="screening").update(name="First call", minutes=15)
    plan = plans.resolve(candidate=candidate(60), job=None, stage="screening")
    assert (plan.name, plan.minutes) == ("First call", 15)


def test_plan_of_a_job_stands_before_the_general_one() -> None:
    job = Job.objects.create(title="Opening")
    stages = [{"key": "only", "label": "Only", "kind": "own", "questions": [{"key": "one", "text": "Why this job?"}]}]
    StagePlan.objects.create(job=job, key="screening", name="Ours", stages=stages, position=5)
    StagePlan.objects.create(job=job, key="trial-day", name="Trial day", stages=stages, position=90)
    StagePlan.objects.create(job=job, key="final", name="None", stages=[], is_active=False)
    assert [(plan.key, plan.name) for plan in plans.available(job)] == [
        ("screening", "Ours"),
        ("technical", "Technical interview"),
        ("behavioural", "Behavioural interview (STAR)"),
        ("trial-day", "Trial day"),
    ]
    assert questions_of(plans.resolve(candidate=candidate(60), job=job, stage="screening")) == ["Why this job?"]
    assert len(plans.available(None)) == 4


@pytest.mark.parametrize("stage", ["no-such", ""])
def test_unknown_stage_says_so(stage: str) -> None:
    with pytest.raises(UnknownStage):
        plans.resolve(candidate=candidate(60), job=None, stage=stage)


def test_role_stage_is_filled_with_the_candidates_own_questions() -> None:
    one = with_questions("How did you use Terraform?", "Which teams did you lead?", "What is left of your project?")
    plan = plans.resolve(candidate=one, job=None, stage="screening")
    role = next(stage for stage in plan.stages if stage.kind == "role_specific")
    assert [question.text for question in role.questions] == ["How did you use Terraform?", "Which teams did you lead?"]
    assert role.questions[0].listen_for == "It is not known."


def test_without_kept_questions_there_are_some_from_the_template() -> None:
    plan = plans.resolve(candidate=candidate(60), job=None, stage="technical")
    role = next(stage for stage in plan.stages if stage.kind == "role_specific")
    assert role.questions
    assert not Assessment.objects.exclude(questions=[]).exists()


def test_what_may_not_be_asked_is_left_out() -> None:
    one = with_questions("How old are you?", "Are you married?", "How did you use Terraform?")
    job = Job.objects.create(title="Opening")
    stages = [
        {
            "key": "only",
            "label": "Only",
            "kind": "own",
            "own_questions": 3,
            "questions": [{"key": "one", "text": "What is your nationality?"}],
        }
    ]
    StagePlan.objects.create(job=job, key="own", name="Own", stages=stages)
    assert questions_of(plans.resolve(candidate=one, job=job, stage="own")) == ["How did you use Terraform?"]


def test_answered_and_declined_questions_are_not_asked_again() -> None:
    one = candidate(60)
    first = plans.resolve(candidate=one, job=None, stage="screening")
    opening = first.stages[0].questions[0]
    for answered, is_asked in (("full", False), ("declined", False), ("thin", False), ("silent", True)):
        Interview.objects.all().delete()
        held(one, first, [QuestionResult(question=opening.key, answered=answered)])
        again = plans.resolve(candidate=one, job=None, stage="screening")
        assert (opening.text in questions_of(again)) is is_asked, answered
        assert (opening.text in again.questions_to_avoid) is not is_asked
        assert (opening.text in again.topics_to_explore) is (answered == "thin")


def test_training_and_other_candidates_count_for_nothing() -> None:
    one = candidate(60)
    first = plans.resolve(candidate=one, job=None, stage="screening")
    results = [QuestionResult(question=first.stages[0].questions[0].key, answered="full")]
    held(one, first, results, is_training=True)
    held(candidate(50), first, results)
    assert plans.resolve(candidate=one, job=None, stage="screening") == first


def test_training_has_the_whole_plan_whatever_the_person_was_asked() -> None:
    one = candidate(60)
    first = plans.resolve(candidate=one, job=None, stage="screening")
    held(one, first, [QuestionResult(question=first.stages[0].questions[0].key, answered="full")])
    assert plans.resolve(candidate=one, job=None, stage="screening") != first
    assert plans.resolve(candidate=one, job=None, stage="screening", is_training=True) == first
    started = interviewing.start(
        candidate=one,
        job=None,
        stage="screening",
        role=Role.INTERVIEWER,
        medium=Medium.TEXT,
        actor=None,
        is_training=True,
    )
    assert Plan.model_validate(started.interview.plan) == first


def test_what_an_ai_left_open_in_the_persons_part_is_not_asked_of_the_person() -> None:
    one = candidate(60)
    played = held(one, plans.resolve(candidate=one, job=None, stage="screening"), [], role="interviewer")
    areas = [{"area": "Renewals", "question": "Which renewals did you lose, and why?", "turn": 3}]
    Analysis.objects.create(room=played.room, result={"areas_to_probe": areas}, metrics={}, turns=4)
    plan = plans.resolve(candidate=one, job=None, stage="final")
    assert "Which renewals did you lose, and why?" not in questions_of(plan)
    assert plan.topics_to_explore == []


def test_what_a_person_has_asked_in_nearly_the_same_words_is_not_asked_again() -> None:
    one = candidate(60)
    room = talking.room((), name="room-with-a-person", candidate=one)
    now = timezone.now()
    Turn.objects.create(
        room=room,
        number=1,
        speaker="interviewer",
        text="Hello! To begin with: what made you so interested in this role?",
        key="1",
        started_at=now,
        ended_at=now,
    )
    plan = plans.resolve(candidate=one, job=None, stage="screening")
    assert not any("interested in this role" in text for text in questions_of(plan))


def test_open_points_of_earlier_analyses_come_first() -> None:
    one = with_questions("How did you use Terraform?")
    room = talking.room((), name="room-analysed", candidate=one)
    areas = [
        {"area": "Renewals", "question": "Which renewals did you lose, and why?", "turn": 3},
        {"area": "Family", "question": "Are you married?", "turn": 4},
        {"area": "", "question": "What else?", "turn": None},
        "not an area",
    ]
    Analysis.objects.create(room=room, result={"areas_to_probe": areas}, metrics={}, turns=4)
    plan = plans.resolve(candidate=one, job=None, stage="final")
    role = next(stage for stage in plan.stages if stage.kind == "role_specific")
    assert [question.text for question in role.questions][:2] == [
        "Which renewals did you lose, and why?",
        "How did you use Terraform?",
    ]
    assert plan.topics_to_explore == ["Renewals"]


def test_interviews_of_an_older_form_do_no_harm() -> None:
    one = candidate(60)
    earlier = held(one, plan_of("screening"), [])
    Interview.objects.filter(pk=earlier.pk).update(plan={"stages": "of old"}, progress={"results": 3})
    assert questions_of(plans.resolve(candidate=one, job=None, stage="screening"))


def test_same_key_in_two_stages_becomes_two() -> None:
    job = Job.objects.create(title="Opening")
    stages = [
        {"key": "a", "label": "A", "kind": "own", "questions": [{"key": "one", "text": f"Question {number}?"}]}
        for number in range(3)
    ]
    StagePlan.objects.create(job=job, key="own", name="Own", stages=stages)
    plan = plans.resolve(candidate=candidate(60), job=job, stage="own")
    assert [stage.key for stage in plan.stages] == ["a", "a-2", "a-3"]
    assert [question.key for stage in plan.stages for question in stage.questions] == ["one", "one-2", "one-3"]


def test_what_the_candidate_wants_to_know_is_asked_in_every_round() -> None:
    one = candidate()
    first = plan_of("screening")
    closing = first.stages[-1].questions[-1]
    keys = [question.key for stage in first.stages for question in stage.questions]
    results = [QuestionResult(question=key, answered="full") for key in keys]
    held(one, first, results)
    again = plans.resolve(candidate=one, job=None, stage="screening")
    assert set(questions_of(again)) & set(questions_of(first)) == {closing.text}
    assert questions_of(again)[-1] == closing.text
