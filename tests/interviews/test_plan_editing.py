from __future__ import annotations

from typing import Any

import pytest

from candidates.models import Job
from interviews import plan_editing, plans
from interviews.models import StagePlan
from interviews.plan_editing import Before, PlanInvalid
from interviews.schemas import PlanStage
from tests.interviews import talking

pytestmark = pytest.mark.django_db


def stage(**values: Any) -> dict[str, Any]:
    return {"label": "Talk", "kind": "own", "minutes": 5, "questions": [{"text": "Why rye?"}], **values}


def save(job: Job | None, **values: Any) -> tuple[StagePlan, Before]:
    return plan_editing.save(**{"job": job, "key": "", "name": "Trial", "minutes": 20, "stages": [stage()], **values})


@pytest.fixture
def job() -> Job:
    return Job.objects.create(title="Head Baker")


def test_new_round_gets_keys_of_its_own_and_comes_last(job: Job) -> None:
    plans.ensure_general()
    made, before = save(job, stages=[stage(), stage(questions=[{"text": "Why rye?"}, {"text": "Why wheat?"}])])
    assert before.row is None
    assert made.key == "trial"
    assert [one["key"] for one in made.stages] == ["talk", "talk_2"]
    keys = [question["key"] for one in made.stages for question in one["questions"]]
    assert keys == ["why_rye", "why_rye_2", "why_wheat"]
    assert plans.available(job)[-1] == made
    again, _ = save(job)
    assert again.key == "trial_2"


def test_question_keeps_its_key_when_its_words_change(job: Job) -> None:
    made, _ = save(job)
    changed = [dict(made.stages[0], questions=[made.stages[0]["questions"][0] | {"text": "Why spelt?"}])]
    plan_editing.save(job=job, key=made.key, name="Trial", minutes=20, stages=changed)
    made.refresh_from_db()
    assert made.stages[0]["questions"][0]["key"] == "why_rye"
    assert made.stages[0]["questions"][0]["text"] == "Why spelt?"


def test_saved_stages_are_what_a_conversation_reads(job: Job) -> None:
    made, _ = save(job, stages=[stage(own_questions=2, questions=[])])
    assert PlanStage.model_validate(made.stages[0]).own_questions == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"minutes": 4}, "minutes"),
        ({"minutes": 241}, "minutes"),
        ({"stages": []}, "stages"),
        ({"stages": [stage()] * 13}, "stages"),
        ({"stages": [stage(questions=[{"text": "Why?"}] * 41)]}, "stages"),
        ({"stages": [stage(label="")]}, "stages.0.label"),
        ({"stages": [stage(questions=[])]}, "stages.0.label"),
        ({"stages": [stage(), stage(label="x" * 81)]}, "stages.1.label"),
        ({"stages": [stage(kind="chat")]}, "stages.0.kind"),
        ({"stages": [stage(minutes="soon")]}, "stages.0.minutes"),
        ({"stages": [stage(own_questions=11)]}, "stages.0.own_questions"),
        ({"stages": [stage(questions=[{"text": " "}])]}, "stages.0.questions.0.text"),
        ({"stages": [stage(questions=[{"text": "x" * 501}])]}, "stages.0.questions.0.text"),
        ({"stages": [stage(questions=[{"text": "Why?"}, {"text": "Are you pregnant?"}])]}, "stages.0.questions.1.text"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_line(job: Job, values: dict[str, Any], field: str) -> None:
    with pytest.raises(PlanInvalid) as refused:
        save(job, **values)
    assert field in (refused.value.fields or {})
    assert not StagePlan.objects.filter(job=job).exists()


def test_undo_puts_back_a_row_that_was_changed_taken_out_or_made(job: Job) -> None:
    made, made_before = save(job)
    _, changed_before = save(job, key=made.key, name="Other")
    plan_editing.undo(Before.from_json(changed_before.as_json()))
    assert StagePlan.objects.get(job=job).name == "Trial"
    gone_before = plan_editing.restore(job=job, key=made.key)
    assert not StagePlan.objects.filter(job=job).exists()
    plan_editing.undo(Before.from_json(gone_before.as_json()))
    assert StagePlan.objects.get(job=job).stages == made.stages
    plan_editing.undo(made_before)
    assert not StagePlan.objects.filter(job=job).exists()


def test_default_of_a_general_round_is_what_greenroom_came_with() -> None:
    plans.ensure_general()
    save(None, key="screening", name="Ours")
    plan_editing.restore(job=None, key="screening")
    assert StagePlan.objects.get(job=None, key="screening").name != "Ours"
    with pytest.raises(PlanInvalid):
        plan_editing.restore(job=None, key="nothing")


def test_ordering_a_jobs_rounds_makes_them_its_own_and_leaves_the_general_ones(job: Job) -> None:
    general = [plan.key for plan in plans.available(None)]
    turned = list(reversed(general))
    plan_editing.move(job=job, keys=turned)
    assert [plan.key for plan in plans.available(job)] == turned
    assert [plan.key for plan in plans.available(None)] == general


@pytest.mark.django_db(transaction=True)
def test_two_who_give_a_job_its_first_rounds_at_once_both_get_them(job: Job) -> None:
    plans.ensure_general()
    orders = [["technical", "screening"], ["screening", "technical"]]
    answers = talking.at_once(lambda: plan_editing.move(job=job, keys=orders.pop()), times=2)
    assert answers == [None, None]
    rows = StagePlan.objects.filter(job=job).order_by("position").values_list("key", "position")
    assert {key for key, _ in rows} == {"screening", "technical"}
    assert [position for _, position in rows] == [0, 1]
    made = talking.at_once(lambda: save(job)[0].key, times=4)
    assert sorted(made) == ["trial", "trial_2", "trial_3", "trial_4"]
