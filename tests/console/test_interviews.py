"""The list of interviews, starting one, and interviews on other pages, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from candidates.models import Candidate, Job
from interviews import plans
from interviews.models import Decision, Interview, Room, Turn
from interviews.states import AnalysisState, InterviewState, Medium, Role
from tests.console.conftest import Console, still
from tests.console.people import make_candidate, make_job
from tests.interviews.making import debrief, make_hint, make_interview, make_prebrief

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LIST = "/admin/interviews/interview/"


@pytest.fixture
def job() -> Job:
    return make_job()[0]


@pytest.fixture
def amara(job: Job) -> Candidate:
    return make_candidate("Amara Voss", job=job)


def address_of(interview: Interview, page: str = "change") -> str:
    return f"{LIST}{interview.pk}/{page}/"


def names(console: Console) -> list[str]:
    return console.page.locator(".gr-person__name").all_inner_texts()


# --- the list ---------------------------------------------------------------------------------------------------------


def test_list_without_interviews_leads_to_the_first_one(console: Console, amara: Candidate) -> None:
    page = console.open(LIST)
    expect(page.get_by_role("heading", name="No interviews yet")).to_be_visible()
    page.get_by_role("link", name="Start the first one").click()
    page.get_by_role("link", name=re.compile("Amara Voss")).click()
    expect(page.get_by_text("An AI interviews Amara Voss")).to_be_visible()


def test_list_shows_status_score_and_who_decided(console: Console, amara: Candidate, recruiter: User) -> None:
    held = make_interview(amara, began=timezone.now() - timedelta(days=2))
    make_interview(make_candidate("Bela Quint"), status=InterviewState.ACTIVE)
    decided = make_interview(make_candidate("Chidi Marlow"), began=timezone.now() - timedelta(days=3))
    Decision.objects.create(interview=decided, recommendation="No Hire", proposed="Hire", reason="Why", actor=recruiter)
    make_interview(make_candidate("Dana Ord"), role=Role.INTERVIEWER, is_training=True)
    page = console.open(LIST)
    live = page.get_by_role("row", name=re.compile("Bela Quint"))
    expect(live).to_contain_text("Live")
    expect(live.get_by_role("link", name="Join the interview of Bela Quint")).to_be_visible()
    first = page.get_by_role("row", name=re.compile("Amara Voss"))
    expect(first).to_contain_text("Screening")
    expect(first).to_contain_text("71")
    expect(first).to_contain_text("to confirm")
    expect(page.get_by_role("row", name=re.compile("Chidi Marlow"))).to_contain_text("No Hire")
    expect(page.get_by_role("img", name="Decided by a person")).to_have_count(1)
    # Of one whom an AI played there is no score and nothing to decide.
    training = page.get_by_role("row", name=re.compile("Dana Ord"))
    expect(training).to_contain_text("Debrief")
    expect(training).not_to_contain_text("71")
    first.get_by_role("link", name=re.compile("Amara Voss")).click()
    page.wait_for_url(f"**{address_of(held)}")


def test_filters_tabs_search_and_chips_narrow_the_list(console: Console, amara: Candidate, job: Job) -> None:
    make_interview(amara)
    make_interview(make_candidate("Bela Quint"), status=InterviewState.ACTIVE, medium=Medium.VOICE, stage="technical")
    page = console.open(LIST)
    page.keyboard.press("/")
    page.keyboard.type("qui")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=qui")
    assert names(console) == ["Bela Quint"]
    page.get_by_role("link", name="Remove the filter “qui”").click()
    expect(page.get_by_role("row", name=re.compile("Amara Voss"))).to_be_visible()
    page.get_by_role("link", name="To confirm").click()
    expect(page.get_by_role("row", name=re.compile("Bela Quint"))).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("Amara Voss"))).to_be_visible()
    page.get_by_role("link", name="Clear all").first.click()
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Medium").select_option("voice")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**medium=voice")
    assert names(console) == ["Bela Quint"]
    page.get_by_role("link", name="Clear all").first.click()
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Status").select_option("Failed")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**?status=failed")
    expect(page.get_by_role("heading", name="No interview fits")).to_be_visible()
    for query, expected in (
        (f"job={job.pk}", ["Amara Voss"]),
        ("job=none&stage=technical", ["Bela Quint"]),
        ("role=interviewer", []),
        (f"candidate={amara.pk}", ["Amara Voss"]),
        ("status=active", ["Bela Quint"]),
        ("show=training", []),
    ):
        console.open(f"{LIST}?{query}")
        assert names(console) == expected, query
    expect(page.get_by_role("heading", name="No interview fits")).to_be_visible()


def test_flagged_and_decided_interviews_are_told_apart(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    flagged = make_interview(amara, flags=[{"code": "distress", "turn": 2, "quote": "nine years"}])
    other = make_interview(make_candidate("Bela Quint"))
    old = make_interview(make_candidate("Chidi Marlow"), began=timezone.now() - timedelta(days=90))

    def shown(query: str) -> set[object]:
        return {row.interview.pk for row in client.get(f"{LIST}?{query}").context["rows"]}

    assert shown("show=flagged") == {flagged.pk}
    assert shown("show=confirm") == {flagged.pk, other.pk}
    assert shown("status=completed") == {flagged.pk, other.pk, old.pk}


def test_pages_go_forward_back_and_to_the_end_by_keyset(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    began = timezone.now() - timedelta(hours=5)
    made = [make_interview(amara, said=(), status=InterviewState.CANCELLED, began=began) for _ in range(120)]
    expected = [one.pk for one in sorted(made, key=lambda one: (one.created_at, one.pk), reverse=True)]
    address, seen, starts = LIST, [], []
    while address:
        context = client.get(address).context
        seen += [row.interview.pk for row in context["rows"]]
        starts.append(context["start"])
        address = LIST + context["addresses"]["next"] if "next" in context["addresses"] else ""
    assert seen == expected
    assert starts == [1, 51, 101]
    last = client.get(f"{LIST}?at=last").context
    assert [row.interview.pk for row in last["rows"]] == expected[-50:]
    before = client.get(LIST + last["addresses"]["previous"]).context
    assert [row.interview.pk for row in before["rows"]] == expected[20:70]


def test_rubbish_in_an_address_never_breaks_the_list(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    make_interview(amara)
    for text in ("'", '"', "\\", "&", "!", "a:*", "(", "%s", "\x00", "ü" * 400):
        assert client.get(LIST, {"q": text}).status_code == 200, text
    for name in ("status", "job", "stage", "role", "medium", "show", "candidate", "after", "before", "n", "at"):
        for value in ("rubbish", "9" * 40, "1.2", "\x00"):
            assert client.get(LIST, {name: value}).status_code == 200, (name, value)


def test_list_takes_no_more_queries_for_more_interviews(client: Client, recruiter: User) -> None:
    client.force_login(recruiter)
    client.get(LIST)  # the first request of a session writes down where somebody signed in
    counts = []
    for number in (2, 10):
        for index in range(number):
            make_interview(make_candidate(f"Robin Sample {number} {index}", job=make_job(f"Job {number} {index}")[0]))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 14


# --- starting one -----------------------------------------------------------------------------------------------------


def test_ai_interview_is_started_from_the_candidates_page(console: Console, amara: Candidate, recruiter: User) -> None:
    page = console.open(f"/admin/candidates/candidate/{amara.pk}/change/")
    page.get_by_role("link", name="Interview", exact=True).click()
    expect(page.get_by_label("By voice")).to_be_disabled()
    expect(page.get_by_text("Voice is off here.")).to_contain_text("LIVEKIT_URL")
    page.get_by_role("radio", name=re.compile("Technical interview")).check()
    page.locator("summary", has_text="Briefing").click()
    expect(page.get_by_label("Candidate's name")).to_have_value("Amara Voss")
    page.get_by_label("Focus areas").fill("Rye\n\nBudgets")
    page.get_by_role("button", name="Open the room").click()
    page.wait_for_url("**/room/")
    made = Interview.objects.get()
    assert (made.role, made.stage, made.room.medium, made.is_training) == ("candidate", "technical", "text", False)
    assert made.made_by == recruiter
    assert made.room.briefing is not None
    assert made.room.briefing["focus_areas"] == ["Rye", "Budgets"]


def test_ai_interview_is_sent_as_a_link(console: Console, amara: Candidate) -> None:
    page = console.open(f"{LIST}start/?candidate={amara.pk}")
    page.get_by_role("radio", name=re.compile("I interview an AI candidate")).check()
    send = page.get_by_role("button", name="Send the candidate a link")
    expect(send).to_be_hidden()
    page.get_by_role("radio", name=re.compile("An AI interviews")).check()
    send.click()
    page.wait_for_url("**/link/")
    assert Interview.objects.get().status == InterviewState.SCHEDULED


def test_training_hides_the_traits_that_were_chosen(console: Console, amara: Candidate) -> None:
    page = console.open(f"{LIST}start/?candidate={amara.pk}")
    expect(page.get_by_text("What I choose")).to_be_hidden()
    page.get_by_role("radio", name=re.compile("I interview an AI candidate")).check()
    page.get_by_label("What I choose").check()
    traits = page.get_by_role("group", name="Hidden traits").get_by_role("checkbox")
    chosen = [traits.nth(index).get_attribute("value") for index in (0, 1)]
    for index in (0, 1):
        traits.nth(index).check()
    page.get_by_role("button", name="Open the room").click()
    page.wait_for_url("**/room/")
    made = Interview.objects.get()
    assert (made.role, made.is_training) == ("interviewer", True)
    assert [trait["key"] for trait in made.persona["traits"]] == chosen


def test_rounds_follow_the_job_that_is_chosen(console: Console, amara: Candidate) -> None:
    other = make_job("Night Manager")[0]
    general = plans.available(None)[0]
    general.pk, general._state.adding, general.job, general.name = None, True, other, "Night shift trial"
    general.save()
    page = console.open(f"{LIST}start/?candidate={amara.pk}")
    expect(page.get_by_text("Night shift trial")).to_have_count(0)
    page.get_by_label("Job").select_option("Night Manager")
    expect(page.get_by_text("Night shift trial")).to_be_visible()
    expect(page.get_by_text("this job's own")).to_be_visible()


def test_round_that_is_not_there_is_refused_and_the_form_keeps_what_was_typed(
    client: Client, recruiter: User, amara: Candidate
) -> None:
    client.force_login(recruiter)
    form = {"candidate": amara.pk, "stage": "nothing", "role": "candidate", "medium": "text", "notes": "Ask slowly"}
    answer = client.post(f"{LIST}start/", form)
    assert answer.status_code == 422
    assert b"Ask slowly" in answer.content
    assert not Interview.objects.exists()
    assert not Room.objects.exists()


def test_deleted_candidate_is_not_interviewed(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    Candidate.objects.filter(pk=amara.pk).update(deleted_at=timezone.now())
    answer = client.post(f"{LIST}start/", {"candidate": amara.pk, "stage": "screening", "role": "candidate"})
    assert answer.status_code == 200
    assert b"Who is interviewed?" in answer.content
    assert not Interview.objects.exists()


# --- other pages ------------------------------------------------------------------------------------------------------


def test_candidate_page_shows_past_and_running_interviews(console: Console, amara: Candidate) -> None:
    make_interview(amara, began=timezone.now() - timedelta(days=1))
    make_interview(amara, status=InterviewState.ACTIVE, stage="technical")
    page = console.open(f"/admin/candidates/candidate/{amara.pk}/change/")
    block = page.get_by_role("region", name="Interviews")
    expect(block.get_by_role("listitem")).to_have_count(2)
    expect(block.get_by_role("listitem").first).to_contain_text("Live")
    expect(block.get_by_role("link", name="Join")).to_be_visible()
    expect(block.get_by_role("listitem").nth(1)).to_contain_text("71")
    block.get_by_role("link", name="Pre-brief").click()
    expect(page.get_by_role("button", name="Make the pre-brief")).to_be_visible()


def test_home_shows_running_interviews_and_analyses_to_confirm(console: Console, amara: Candidate) -> None:
    make_interview(amara)
    make_interview(make_candidate("Bela Quint"), flags=[{"code": "abuse", "turn": 4, "quote": "x"}])
    make_interview(make_candidate("Chidi Marlow"), status=InterviewState.ACTIVE)
    make_interview(make_candidate("Dana Ord"), analysis_state=AnalysisState.FAILED)
    page = console.open("/admin/")
    running = page.get_by_role("region", name="Interviews running now")
    expect(running).to_contain_text("Chidi Marlow")
    needs = page.get_by_role("region", name="What needs you now").get_by_role("listitem")
    expect(needs.nth(0)).to_contain_text("Bela Quint")
    expect(needs.nth(0)).to_contain_text("flagged: abuse")
    expect(needs.nth(1)).to_contain_text("The analysis waits for your word.")
    expect(needs.nth(2)).to_contain_text("Dana Ord")
    needs.nth(1).get_by_role("link", name="Decide: Amara Voss").click()
    expect(page.get_by_role("region", name="Your decision")).to_be_in_viewport()


def test_search_from_anywhere_finds_interviews(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    make_interview(amara)
    content = client.get("/admin/search/?s=amara&extended=1").content.decode()
    assert "Interview · Screening · Completed" in content


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_interviews_can_be_used_by_everybody(
    theme: str, request: pytest.FixtureRequest, amara: Candidate, job: Job, recruiter: User
) -> None:
    console: Console = request.getfixturevalue("console" if theme == "light" else "dark_console")
    held = make_interview(amara, flags=[{"code": "distress", "turn": 8, "quote": "he never does"}])
    make_hint(Turn.objects.get(room=held.room, number=6))
    Decision.objects.create(interview=held, recommendation="No Hire", proposed="Hire", reason="Why", actor=recruiter)
    training = make_interview(make_candidate("Bela Quint"), role=Role.INTERVIEWER, is_training=True)
    Room.objects.filter(pk=training.room_id).update(debrief=debrief())
    running = make_interview(make_candidate("Chidi Marlow"), status=InterviewState.ACTIVE)
    make_prebrief(amara)
    for path in (
        LIST,
        f"{LIST}?show=flagged&medium=text",
        f"{LIST}start/",
        f"{LIST}start/?candidate={amara.pk}&role=interviewer",
        address_of(held),
        address_of(running),
        address_of(training, "debrief"),
        address_of(running, "briefing"),
        f"{LIST}candidate/{amara.pk}/prebrief/",
        "/admin/interviews/stageplan/",
        f"/admin/interviews/stageplan/job/{job.pk}/",
        "/admin/",
    ):
        console.open(path)
        assert console.violations() == [], path


def test_pages_of_interviews_fit_a_phone(console: Console, amara: Candidate, job: Job) -> None:
    held = make_interview(amara)
    running = make_interview(make_candidate("Chidi Marlow"), status=InterviewState.ACTIVE)
    Room.objects.filter(pk=held.room_id).update(debrief=debrief())
    make_prebrief(amara)
    Candidate.objects.filter(pk=amara.pk).update(email=f"{'amara.' * 8}voss@example.com")  # a button names it
    to_be_sent = make_interview(amara, status=InterviewState.SCHEDULED)
    console.page.set_viewport_size({"width": 390, "height": 844})
    for path in (
        LIST,
        address_of(to_be_sent, "link"),
        f"{LIST}start/?candidate={amara.pk}",
        address_of(held),
        address_of(held, "debrief"),
        address_of(running, "briefing"),
        f"{LIST}candidate/{amara.pk}/prebrief/",
        f"/admin/interviews/stageplan/job/{job.pk}/",
        f"/admin/candidates/candidate/{amara.pk}/change/",
        "/admin/",
    ):
        page = console.open(path)
        still(page)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, path
