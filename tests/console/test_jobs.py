"""Jobs: from a pasted description to a rubric, and weights that re-rank while they are moved."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from candidates import rubric
from candidates.models import Assessment, Candidate, Job, Rubric, Work
from llm.models import Call
from tests.console.conftest import Console
from tests.console.people import make_candidate, make_job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
JOBS = "/admin/candidates/job/"
DESCRIPTION = """Senior Backend Engineer

Requirements
- At least 4 years of Python
- PostgreSQL and Docker
- Bachelor's degree in computer science

Nice to have
- Kubernetes
"""


@pytest.fixture
def job() -> Job:
    """A job with two candidates, one strong where the other is weak."""
    job = make_job()[0]
    make_candidate("Amara Voss", job=job, shares=(1, 0.25, 0))
    make_candidate("Bela Quint", job=job, shares=(0.5, 1, 0))
    return job


def address_of(job: Job) -> str:
    return f"{JOBS}{job.pk}/change/"


def weight(page: Page, label: str) -> Locator:
    return page.get_by_label(f"Weight of {label}")


def slide(page: Page, label: str, value: str) -> None:
    weight(page, label).fill(value)


def ranking(page: Page) -> list[str]:
    return page.get_by_role("region", name="Ranking").locator("tbody th").all_inner_texts()


def test_jobs_without_any_say_what_to_do(console: Console) -> None:
    page = console.open(JOBS)
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    page.get_by_role("link", name="New job").first.click()
    expect(page.get_by_label("Description")).to_be_focused()


@pytest.mark.parametrize("button", ["Analyse with the model", "Analyse by matching only"])
def test_new_job_starts_from_a_pasted_description(console: Console, button: str) -> None:
    page = console.open(f"{JOBS}add/")
    page.get_by_label("Description").fill(DESCRIPTION)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("The job is saved with a rubric drawn from it.")).to_be_visible()
    job = Job.objects.get()
    assert job.title == "Senior Backend Engineer"
    current = rubric.current(job)
    assert current is not None
    labels = " ".join(criterion["label"] for criterion in current.criteria).lower()
    assert "python" in labels
    expect(page.locator("[data-line]")).to_have_count(len(current.criteria))


def test_description_that_is_too_short_is_refused_and_kept(client: Client, recruiter: User) -> None:
    client.force_login(recruiter)
    answer = client.post(f"{JOBS}add/", {"description": "Baker.", "by": "matching"})
    assert answer.status_code == 422
    assert b"Baker." in answer.content
    assert not Job.objects.exists()


def test_moving_a_weight_reranks_live_and_stores_nothing(console: Console, job: Job) -> None:
    page = console.open(address_of(job))
    assert ranking(page) == ["Bela Quint", "Amara Voss"]
    slide(page, "Teaches others", "0")
    expect(page.get_by_text("With these weights, not saved")).to_be_visible()
    expect(page.locator(".gr-moved--up")).to_have_text("▲ 1")
    assert ranking(page) == ["Amara Voss", "Bela Quint"]
    assert Rubric.objects.count() == 1
    assert Candidate.objects.get(name="Bela Quint").combined_score == 60


def test_saved_weights_rank_again_without_paying(console: Console, job: Job) -> None:
    page = console.open(address_of(job))
    expect(page.get_by_text("no model is asked and nothing is paid")).to_be_visible()
    slide(page, "Teaches others", "0")
    expect(page.get_by_text("Weights changed: saving re-ranks for free")).to_be_visible()
    page.get_by_role("button", name="Save rubric").click()
    expect(page.get_by_text("2 candidates ranked again by the new weights; no model was asked.")).to_be_visible()
    assert ranking(page) == ["Amara Voss", "Bela Quint"]
    assert not Call.objects.exists()
    assert not Work.objects.exists()
    assert rubric.criteria_of(rubric.current(job))[1].weight == 0
    expect(page.get_by_text("older rubric")).to_have_count(0)


def test_criteria_are_added_moved_and_removed(console: Console, job: Job) -> None:
    page = console.open(address_of(job))
    page.get_by_role("button", name="Add criterion").click()
    page.keyboard.type("Sourdough")
    page.get_by_label("Remove Welding").click()
    page.get_by_role("button", name="Move down").first.click()
    expect(page.get_by_text("Criteria changed: saving makes a new version")).to_be_visible()
    page.get_by_role("button", name="Save rubric").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    current = rubric.current(job)
    assert current is not None
    assert [one["label"] for one in current.criteria] == ["Teaches others", "Baking at scale", "Sourdough"]
    expect(page.get_by_text("2 candidates carry scores of an older rubric.")).to_be_visible()
    page.get_by_role("button", name="Score again").click()
    expect(page.get_by_text("2 candidates queued to be scored")).to_be_visible()
    assert Work.objects.count() == 2


def test_criterion_that_asks_for_something_else_is_matched_by_its_new_words(client: Client, recruiter: User) -> None:
    client.force_login(recruiter)
    job = make_job()[0]
    first = rubric.criteria_of(rubric.current(job))[0].model_copy(update={"parameters": {"skill": "baking"}})
    rubric.save(job, [first])
    form = {"key": first.key, "label": "Sourdough", "kind": "skill", "description": "", "weight": "1"}
    client.post(
        f"{JOBS}{job.pk}/rubric/", form | {"is_required": "1", "parameters": '{"skill": "baking"}', "years": "2"}
    )
    saved = rubric.criteria_of(rubric.current(job))[0]
    assert (saved.label, saved.parameters) == ("Sourdough", {"years": 2})


def test_rubric_that_does_not_hold_is_refused_beside_its_line(client: Client, recruiter: User) -> None:
    client.force_login(recruiter)
    job = make_job()[0]
    line = {"key": "x", "label": "X", "kind": "skill", "description": "", "weight": "3", "is_required": "0"}
    answer = client.post(f"{JOBS}{job.pk}/rubric/", line | {"parameters": "{}", "years": ""})
    assert answer.status_code == 422
    assert b"Nothing was saved." in answer.content
    assert client.post(f"{JOBS}{job.pk}/rubric/", {"key": ["a", "b"], "label": "only one"}).status_code == 422
    assert Rubric.objects.count() == 1


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"weights": 3}', '{"weights": {"nothing": 1}}', '{"weights": {"baking": 9}}']
)
def test_preview_of_rubbish_is_a_client_error(client: Client, recruiter: User, job: Job, body: str) -> None:
    client.force_login(recruiter)
    answer = client.post(f"{JOBS}{job.pk}/preview/", body, content_type="application/json")
    assert answer.status_code == 400


def test_older_version_is_restored_as_a_new_one(console: Console, job: Job) -> None:
    criteria = rubric.criteria_of(rubric.current(job))
    rubric.save(job, criteria[:1])
    page = console.open(address_of(job))
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Version 1 is in force again, as version 3.")).to_be_visible()
    assert rubric.criteria_of(rubric.current(job)) == criteria


def test_analysing_again_makes_a_draft_that_only_saving_stores(console: Console, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(description=DESCRIPTION)
    page = console.open(address_of(job))
    page.get_by_role("button", name="Analyse by matching only").click()
    expect(page.get_by_text("This rubric is a draft.")).to_be_visible()
    assert Rubric.objects.count() == 1
    page.get_by_role("button", name="Save rubric").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()


def test_job_list_shows_how_candidates_are_spread(console: Console, job: Job) -> None:
    page = console.open(JOBS)
    row = page.get_by_role("row", name=re.compile("Head Baker"))
    expect(row.get_by_role("img")).to_have_attribute("aria-label", re.compile("Good 2"))
    row.get_by_role("link", name="2").click()
    page.wait_for_url(f"**?job={job.pk}")


def test_job_is_closed_and_opened(console: Console, job: Job) -> None:
    page = console.open(address_of(job))
    page.get_by_role("button", name="Close job").click()
    expect(page.get_by_text("The job is closed.")).to_be_visible()
    page.get_by_role("button", name="Open job").click()
    expect(page.get_by_text("The job is open.")).to_be_visible()
    assert Assessment.objects.count() == 4


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_jobs_can_be_used_by_everybody(theme: str, request: pytest.FixtureRequest, job: Job) -> None:
    console: Console = request.getfixturevalue("console" if theme == "light" else "dark_console")
    for path in (JOBS, f"{JOBS}add/", address_of(job)):
        console.open(path)
        assert console.violations() == [], path
    slide(console.page, "Teaches others", "0")
    expect(console.page.locator(".gr-moved--up")).to_be_visible()
    assert console.violations() == []
