"""Two candidates side by side."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.models import User
from candidates.models import Candidate
from llm.models import Call
from tests.console.conftest import Console
from tests.console.people import make_candidate, make_job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
COMPARE = "/admin/candidates/candidate/compare/"


@pytest.fixture
def people() -> list[Candidate]:
    job = make_job()[0]
    return [
        make_candidate("Amara Voss", job=job, shares=(1, 0.25, 0)),
        make_candidate("Bela Quint", job=job, shares=(0.5, 1, 0)),
    ]


def pair(people: list[Candidate]) -> str:
    return f"{COMPARE}?a={people[0].pk}&b={people[1].pk}"


def test_two_are_chosen_by_typing(console: Console, people: list[Candidate]) -> None:
    page = console.open(COMPARE)
    expect(page.get_by_role("heading", name="Choose two candidates")).to_be_visible()
    page.get_by_label("First candidate").fill("ama")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Second candidate")).to_be_focused()
    page.keyboard.type("quin")
    expect(page.get_by_role("option", name="Bela Quint")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**a=*&b=*")
    table = page.get_by_role("table", name="Scores side by side")
    expect(table).to_contain_text("Amara Voss")
    expect(table).to_contain_text("Teaches others")


def test_typing_what_nobody_is_called_says_so(console: Console, people: list[Candidate]) -> None:
    page = console.open(COMPARE)
    page.get_by_label("First candidate").fill("zzzz")
    expect(page.get_by_text("Nobody found")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nobody found")).to_be_hidden()


def test_model_is_asked_only_by_the_button(console: Console, people: list[Candidate]) -> None:
    page = console.open(pair(people))
    assert not Call.objects.exists()
    page.get_by_role("button", name="Compare with the model").click()
    verdict = page.get_by_role("region", name="Head to head")
    expect(verdict.get_by_text("What decides:")).to_be_visible()
    assert Call.objects.exists()
    assert "candidate A" not in verdict.inner_text()
    assert "candidate B" not in verdict.inner_text()


def test_list_leads_to_the_comparison_of_the_chosen(console: Console, people: list[Candidate]) -> None:
    page = console.open("/admin/candidates/candidate/")
    page.get_by_label("Select Amara Voss").check()
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    page.get_by_label("Select Bela Quint").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Head to head")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?a=rubbish&b=1", "?a=00000000-0000-4000-8000-000000000000&b="])
def test_compare_of_nobody_shows_how_to_choose(client: Client, recruiter: User, query: str) -> None:
    client.force_login(recruiter)
    answer = client.get(COMPARE + query)
    assert answer.status_code == 200
    assert b"Choose two candidates" in answer.content


def test_one_candidate_is_not_compared_with_itself(client: Client, recruiter: User, people: list[Candidate]) -> None:
    client.force_login(recruiter)
    answer = client.get(COMPARE, {"a": people[0].pk, "b": people[0].pk})
    assert b"Choose two different candidates." in answer.content


def test_comparison_without_a_model_says_so(client: Client, recruiter: User, people: list[Candidate]) -> None:
    client.force_login(recruiter)
    answer = client.post(COMPARE, {"a": people[0].pk, "b": people[1].pk})
    assert b"No model took part" in answer.content


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_compare_can_be_used_by_everybody(theme: str, request: pytest.FixtureRequest, people: list[Candidate]) -> None:
    console: Console = request.getfixturevalue("console" if theme == "light" else "dark_console")
    for path in (COMPARE, pair(people)):
        console.open(path)
        assert console.violations() == [], path
