"""The editor of rounds, in a real browser: stages and questions by mouse and keyboard, and undo."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.models import User
from candidates.models import Job
from interviews import plans
from interviews.models import StagePlan
from interviews.schemas import PlanStage
from tests.console.conftest import Console
from tests.console.people import make_job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ROUNDS = "/admin/interviews/stageplan/"


@pytest.fixture
def job() -> Job:
    return make_job()[0]


@pytest.fixture
def own(job: Job) -> StagePlan:
    """A small round of the job's own, in place of the general screening."""
    plans.ensure_general()
    return StagePlan.objects.create(
        job=job,
        key="screening",
        name="Trial shift",
        minutes=20,
        stages=[
            {
                "key": "warm",
                "label": "Warming up",
                "kind": "opening",
                "goal": "",
                "minutes": 5,
                "own_questions": 0,
                "questions": [
                    {"key": "why", "text": "Why rye?", "listen_for": "", "follow_up": ""},
                    {"key": "how", "text": "How do you shape?", "listen_for": "", "follow_up": ""},
                ],
            },
            {
                "key": "end",
                "label": "The end",
                "kind": "closing",
                "goal": "",
                "minutes": 5,
                "own_questions": 0,
                "questions": [],
            },
        ],
    )


def address_of(job: Job) -> str:
    return f"{ROUNDS}job/{job.pk}/"


def texts(plan: StagePlan) -> list[list[str]]:
    plan.refresh_from_db()
    return [[one["text"] for one in stage["questions"]] for stage in plan.stages]


def test_job_without_rounds_of_its_own_has_the_general_ones(console: Console, job: Job) -> None:
    page = console.open(ROUNDS)
    expect(page.get_by_role("table", name="General rounds").get_by_role("row")).to_have_count(1 + len(plans.GENERAL))
    page.get_by_role("link", name="Head Baker").click()
    expect(page.get_by_text("The general round; saving makes it this job's own")).to_be_visible()
    page.get_by_label("Name").fill("Night screening")
    expect(page.get_by_text("Changed, not saved")).to_be_visible()
    page.get_by_role("button", name="Save round").click()
    expect(page.get_by_text("“Night screening” is saved.")).to_be_visible()
    made = StagePlan.objects.get(job=job)
    general = StagePlan.objects.get(job=None, key=made.key)
    assert (made.name, made.position) == ("Night screening", general.position)
    assert [PlanStage.model_validate(one) for one in made.stages] == [
        PlanStage.model_validate(one) for one in general.stages
    ]
    assert general.name != "Night screening"


def test_questions_are_added_moved_and_taken_out(console: Console, job: Job, own: StagePlan) -> None:
    page = console.open(address_of(job))
    page.get_by_role("button", name="Add a question").first.click()
    page.keyboard.type("What is a good crust?")
    # By keyboard: the new one up by one, the first one's button moves it down.
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_label("Question", exact=True).nth(1)).to_be_focused()
    page.get_by_role("button", name="Move the question down").first.click()
    page.get_by_role("button", name="Take the question out").nth(2).click()
    page.get_by_role("button", name="Save round").click()
    expect(page.get_by_text("“Trial shift” is saved.")).to_be_visible()
    assert texts(own) == [["What is a good crust?", "Why rye?"], []]
    keys = [one["key"] for one in own.stages[0]["questions"]]
    assert keys == ["what_is_a_good_crust", "why"]


def test_stages_are_added_and_moved_by_keyboard(console: Console, job: Job, own: StagePlan) -> None:
    page = console.open(address_of(job))
    page.get_by_role("button", name="Add a stage").click()
    page.keyboard.type("In the bakery")
    page.keyboard.press("Alt+ArrowUp")
    stage = page.get_by_role("listitem").filter(has=page.get_by_label("Stage", exact=True)).nth(1)
    stage.get_by_label("Question", exact=True).fill("Show me how you score.")
    page.get_by_role("button", name="Save round").click()
    expect(page.get_by_text("“Trial shift” is saved.")).to_be_visible()
    own.refresh_from_db()
    assert [stage["label"] for stage in own.stages] == ["Warming up", "In the bakery", "The end"]
    assert texts(own)[1] == ["Show me how you score."]


def test_what_may_not_be_asked_is_refused_at_its_line_and_nothing_is_lost(
    console: Console, job: Job, own: StagePlan
) -> None:
    page = console.open(address_of(job))
    page.get_by_label("Question", exact=True).nth(1).fill("How old are you?")
    page.get_by_label("Minutes", exact=True).first.fill("lots")
    page.get_by_role("button", name="Save round").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved.")
    expect(page.get_by_role("alert")).to_contain_text("Between 5 and 240 minutes.")
    line = page.get_by_role("listitem").filter(has_text="must not decide about a person").last
    expect(line.get_by_label("Question", exact=True)).to_have_value("How old are you?")
    assert texts(own) == [["Why rye?", "How do you shape?"], []]


def test_last_change_is_undone(console: Console, job: Job, own: StagePlan) -> None:
    page = console.open(address_of(job))
    page.get_by_label("Question", exact=True).first.fill("Why wheat?")
    page.get_by_role("button", name="Save round").click()
    assert texts(own)[0][0] == "Why wheat?"
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_text("The round is back to what it was.")).to_be_visible()
    assert texts(own)[0][0] == "Why rye?"
    expect(page.get_by_role("button", name="Undo the last change")).to_have_count(0)


def test_default_is_restored_and_that_is_undone_too(console: Console, job: Job, own: StagePlan) -> None:
    page = console.open(address_of(job))
    page.get_by_role("button", name="Restore the default").click()
    expect(page.get_by_text("The default counts again.")).to_be_visible()
    assert not StagePlan.objects.filter(job=job).exists()
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_label("Name")).to_have_value("Trial shift")
    assert texts(StagePlan.objects.get(job=job)) == [["Why rye?", "How do you shape?"], []]


def test_rounds_of_a_job_are_brought_into_order(console: Console, job: Job) -> None:
    page = console.open(address_of(job))
    names = [plan.name for plan in plans.available(job)]
    page.get_by_role("button", name=f"Move {names[1]} up").click()
    expect(page.locator(".gr-round-list__name strong")).to_have_text([names[1], names[0], *names[2:]])
    assert [plan.name for plan in plans.available(job)] == [names[1], names[0], *names[2:]]
    assert [plan.name for plan in plans.available(None)] == names


def test_new_round_is_added_and_can_be_switched_off(console: Console, job: Job) -> None:
    page = console.open(address_of(job))
    page.get_by_role("link", name="Add a round").click()
    page.get_by_label("Name").fill("Trial night")
    page.get_by_label("Question", exact=True).first.fill("What do you bake first?")
    page.get_by_role("button", name="Save round").click()
    expect(page.get_by_text("“Trial night” is saved.")).to_be_visible()
    assert "Trial night" in [plan.name for plan in plans.available(job)]
    page.get_by_label("In use").uncheck()
    page.get_by_role("button", name="Save round").click()
    expect(page.get_by_role("link", name=re.compile("Trial night"))).to_contain_text("off")
    assert "Trial night" not in [plan.name for plan in plans.available(job)]
    page.get_by_role("button", name="Take this round out").click()
    expect(page.get_by_text("The round is taken out.")).to_be_visible()
    assert not StagePlan.objects.filter(name="Trial night").exists()


def test_changed_general_round_goes_back_to_what_greenroom_came_with(client: Client, recruiter: User, job: Job) -> None:
    client.force_login(recruiter)
    plans.ensure_general()
    StagePlan.objects.filter(job=None, key="screening").update(name="Ours")
    client.post(f"{ROUNDS}general/restore/", {"key": "screening"})
    assert StagePlan.objects.get(job=None, key="screening").name == "Screening"
    client.post(f"{ROUNDS}general/undo/")
    assert StagePlan.objects.get(job=None, key="screening").name == "Ours"


def test_rubbish_sent_to_the_editor_saves_nothing(client: Client, recruiter: User, job: Job, own: StagePlan) -> None:
    client.force_login(recruiter)
    address = address_of(job)
    before = own.stages
    form = "application/x-www-form-urlencoded"
    for body in (
        "",
        "name=x",
        "question_text=lost&stage_label=lost",
        "key=screening&name=x&minutes=20&stage=&stage_label=A&stage_kind=nonsense&question=&question_text=Why",
        "key=screening&name=x&minutes=20&stage=&stage_label=A&stage_minutes=999&question=&question_text=Why",
        "key=screening&name=x&minutes=20&" + "&".join(["stage=", "stage_label=A"] * 20),
        "key=screening&name=x&minutes=20&stage=&stage_label=A" + "&question=" * 300,
    ):
        assert client.post(address, body, content_type=form).status_code == 422, body
    assert client.post(f"{address}undo/").status_code == 302
    assert client.post(f"{address}restore/", {"key": "nothing"}).status_code == 302
    assert client.post(f"{address}move/", {"key": "nothing", "direction": "up"}).status_code == 302
    assert client.get(f"{address}?round=nothing").status_code == 404
    own.refresh_from_db()
    assert own.stages == before
