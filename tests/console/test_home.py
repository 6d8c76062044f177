"""The frame, the sign-in page and the home page, in a real browser."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from accounts.models import ApiKey, User
from candidates.admin import figures
from candidates.models import Candidate, Import, Job, RowError
from candidates.states import AiStatus, ImportPhase, ImportStatus, InterviewStatus, RedFlag, Tier
from tests.console.conftest import VIEWPORT, Console

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def people() -> Job:
    """A job with twelve candidates in all states that the home page counts."""
    job = Job.objects.create(title="Account Executive")
    for number, (score, tier) in enumerate([(91, Tier.TOP), (72, Tier.STRONG), (55, Tier.GOOD), (20, Tier.POOR)] * 3):
        Candidate.objects.create(
            name=f"Robin Sample {number}",
            job=job,
            algo_score=score,
            combined_score=score,
            tier=tier,
            ai_status=AiStatus.FAILED if number == 0 else AiStatus.SCORED,
            tier_unstable=number == 1,
            red_flags=[RedFlag.PROMPT_INJECTION] if number == 2 else [],
            interview_status=InterviewStatus.COMPLETED if number == 3 else InterviewStatus.NOT_SCHEDULED,
        )
    return job


def make_import(**values: object) -> Import:
    return Import.objects.create(**{"filename": "people.csv", "size": 1000, "started_at": timezone.now(), **values})


def test_sign_in_with_wrong_password_keeps_the_address_and_says_why(
    chromium: Browser, site: str, recruiter: User
) -> None:
    context = chromium.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.goto(f"{site}/admin/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text("Simulated model.")
    page.get_by_label("E-mail").fill(recruiter.email)
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("enter the correct")
    expect(page.get_by_label("E-mail")).to_have_value(recruiter.email)
    page.get_by_label("Password").fill("a long password")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Simulated model", exact=True)).to_be_visible()
    assert page.url == f"{site}/admin/"
    context.close()


def test_home_of_a_fresh_install_shows_the_first_three_steps(console: Console) -> None:
    page = console.open("/admin/")
    expect(page.get_by_role("heading", name="Welcome, Ida. Nothing is here yet.")).to_be_visible()
    page.get_by_role("link", name="Import a file").click()
    expect(page.get_by_text("Drop a CSV file here")).to_be_visible()


def test_home_shows_funnel_tiers_cost_and_what_needs_a_person(console: Console, people: Job) -> None:
    waiting = make_import(filename="leads.csv", status=ImportStatus.IDLE)
    broken = make_import(status=ImportStatus.COMPLETE, phase=ImportPhase.DONE, rows_failed=3, failed=2)
    page = console.open("/admin/")
    funnel = page.get_by_role("region", name="Funnel")
    expect(funnel.get_by_role("listitem").first).to_contain_text("12")
    expect(funnel.get_by_role("listitem").last).to_contain_text("Interviewed")
    expect(page.get_by_role("region", name="Model cost today")).to_contain_text("$0.00")
    needs = page.get_by_role("region", name="What needs you now")
    expect(needs).to_contain_text("leads.csv")
    expect(needs).to_contain_text("3 rows could not be read")
    expect(needs).to_contain_text("2 candidates set aside")
    links = {link.get_attribute("href") for link in needs.get_by_role("link").all()}
    assert f"/admin/candidates/import/{waiting.pk}/change/" in links
    assert f"/admin/candidates/import/{broken.pk}/change/#errors" in links
    assert {"flag=prompt_injection", "ai=failed", "unstable=1"} <= {(link or "").partition("?")[2] for link in links}
    page.get_by_text("The same as a table").click()
    row = page.get_by_role("row", name="Account Executive")
    assert [cell.inner_text() for cell in row.get_by_role("cell").all()] == ["3", "3", "3", "0", "3", "12"]


def test_home_over_many_candidates_counts_after_the_page(console: Console, people: Job, site: str) -> None:
    """The table is made to look large to the planner: the page comes at once, its figures in a request of their own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 5000000 WHERE oid = 'candidates_candidate'::regclass")
    try:
        assert figures.current() is None
        page = console.open("/admin/")
        expect(page.get_by_role("region", name="Funnel").get_by_role("listitem").first).to_contain_text("12")
        expect(page.get_by_role("region", name="What needs you now")).to_contain_text("prompt injection")
        kept = figures.current()
        assert kept is not None
        assert kept.total == 12
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE candidates_candidate")


def test_figures_are_kept_longer_the_longer_counting_takes(people: Job, recruiter: User) -> None:
    counted = figures.counted()
    assert counted is not None
    assert counted.total == 12
    assert counted.kept_seconds == figures.LEAST_SECONDS
    Candidate.objects.create(name="Robin Late")
    again = figures.counted()
    assert again is not None
    assert again.total == 12, "within that time the kept figures are shown"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_home_has_no_accessibility_violation(request: pytest.FixtureRequest, scheme: str, people: Job) -> None:
    console: Console = request.getfixturevalue("console" if scheme == "light" else "dark_console")
    make_import(status=ImportStatus.SCORING, phase=ImportPhase.SCORING, candidates_total=12, scored=4)
    page = console.open("/admin/")
    expect(page.get_by_role("region", name="Running imports")).to_be_visible()
    dark = page.evaluate("document.documentElement.classList.contains('dark')")
    assert dark == (scheme == "dark")
    assert console.violations() == []


def test_search_from_anywhere_finds_people_jobs_and_files(console: Console, people: Job) -> None:
    make_import(filename="robin-export.csv")
    page = console.open("/admin/")
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type to search").press_sequentially("robin", delay=20)
    results = page.locator("#command-results")
    expect(results).to_contain_text("Robin Sample")
    expect(results).to_contain_text("robin-export.csv")


def test_api_key_is_shown_once_and_refused_once_revoked(console: Console, recruiter: User) -> None:
    page = console.open("/admin/accounts/apikey/add/")
    page.get_by_label("Name").fill("nightly export")
    page.get_by_role("button", name="Save", exact=True).click()
    secret = page.get_by_label("API key", exact=True).input_value()
    key = ApiKey.objects.get()
    assert key.digest == ApiKey.digest_of(secret)
    assert key.user == recruiter
    page = console.open(f"/admin/accounts/apikey/{key.pk}/change/")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke this key").click()
    expect(page.get_by_text("1 key was revoked")).to_be_visible()
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_row_errors_do_not_leave_the_site(console: Console) -> None:
    """A row's own words are shown as text, never as markup."""
    import_ = make_import(status=ImportStatus.COMPLETE, phase=ImportPhase.DONE, rows_failed=1, rows_read=1)
    RowError.objects.create(of_import=import_, line=2, code="x", reason="No e-mail.", cells=["<img src=x onerror=1>"])
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    expect(page.get_by_text("<img src=x onerror=1>")).to_be_visible()
    assert page.locator("td img").count() == 0
