"""The way of a file into Greenroom, walked in a real browser with a real worker and the simulated model."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from candidates import importing, lifecycle
from candidates.models import Candidate, Import, Job, RowError, Work
from candidates.states import ImportPhase, ImportStatus, WorkKind, WorkState
from llm import budget
from tests.console.conftest import Console, window

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

HEADERS = ["First Name", "Last Name", "Title", "Company", "Email", "gender", "Experience in yrs", "Favourite colour"]


@pytest.fixture
def people_csv(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of synthetic people; every `bad`-th row has an address that is none."""

    def write(*, rows: int = 12, bad: int = 6, name: str = "people.csv") -> Path:
        path = tmp_path / name
        with path.open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(HEADERS)
            for number in range(rows):
                is_bad = bad and number % bad == bad - 1
                address = "no-address" if is_bad else f"robin.{number}.{path.stem}@example.com"
                role = "Account Executive" if number % 2 else "Founder"
                lines.writerow(["Robin", f"Sample {number}", role, "Example Corp", address, "x", number % 15, "teal"])
        return path

    return write


def receive(path: Path, user: User, **options: object) -> Import:
    from django.core.files import File

    with path.open("rb") as file:
        return importing.receive(file=File(file), filename=path.name, made_by=user, **{"job": None, **options})


def running(user: User, *, total: int, **values: object) -> Import:
    """An import in the middle of scoring. Its one row of work is not due for an hour, so that no worker ends it."""
    import_ = Import.objects.create(
        **{
            "filename": "people.csv",
            "size": 10,
            "status": ImportStatus.SCORING,
            "phase": ImportPhase.SCORING,
            "rows_total": total,
            "rows_read": total,
            "candidates_total": total,
            "candidates_made": total,
            "extracted": total,
            "made_by": user,
            **values,
        }
    )
    person = Candidate.objects.create(name="Robin Later", made_by_import=import_)
    later = timezone.now() + timedelta(hours=1)
    Work.objects.create(of_import=import_, candidate=person, kind=WorkKind.SCORE, not_before=later)
    return import_


def drop(page: Page, path: Path) -> None:
    """Drop a file on the page as a mouse would: through a DataTransfer of the browser's own."""
    handle = page.evaluate_handle(
        """([text, name]) => { const data = new DataTransfer();
            data.items.add(new File([text], name, {type: "text/csv"})); return data; }""",
        [path.read_text(), path.name],
    )
    page.dispatch_event(".gr-drop", "dragover", {"dataTransfer": handle})
    page.dispatch_event(".gr-drop", "drop", {"dataTransfer": handle})


def test_file_dropped_is_mapped_checked_imported_and_shown(
    console: Console, worker: None, people_csv: Callable[..., Path]
) -> None:
    job = Job.objects.create(title="Account Executive")
    page = console.open("/admin/candidates/import/add/")
    drop(page, people_csv())
    expect(page.locator("[data-upload-title]")).to_have_text("people.csv")
    page.get_by_label("Job").select_option(label="Account Executive")
    page.get_by_role("button", name="Upload and check columns").click()

    expect(page.get_by_role("heading", name="Which column fills which field")).to_be_visible()
    row = page.get_by_role("row", name="Email")
    expect(row).to_contain_text("robin.0.people@example.com")
    expect(row).to_contain_text("Sure")
    expect(row.get_by_role("combobox")).to_have_value("email")
    protected = page.get_by_role("row", name="gender")
    expect(protected).to_contain_text("Never read")
    assert protected.get_by_role("combobox").count() == 0
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_text("Rows that would fail")).to_be_visible()
    expect(page.get_by_role("row").nth(1)).to_contain_text("7")
    assert Candidate.objects.count() == 0, "a dry run writes nothing"
    page.get_by_role("button", name="Start the import").click()

    expect(page.get_by_role("link", name="Open the ranked list")).to_be_visible()
    import_ = Import.objects.get()
    assert (import_.status, import_.rows_read, import_.candidates_made, import_.rows_failed) == ("complete", 12, 10, 2)
    assert import_.job == job
    assert Candidate.objects.filter(combined_score__isnull=False, made_by_import=import_, job=job).count() == 10
    expect(page.get_by_role("region", name="Failed rows")).to_contain_text("robin".title())
    page.get_by_role("link", name="Open the ranked list").click()
    expect(page).to_have_url(f"{console.site}/admin/candidates/candidate/?import={import_.pk}")


def test_progress_comes_live_and_the_page_turns_into_the_result(console: Console, recruiter: User) -> None:
    """The stream alone moves the page: no reload, no click, no worker."""
    import_ = running(recruiter, total=100, scored=10)
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    expect(page.locator("[data-live-state]")).to_have_text("Live")
    Import.objects.filter(pk=import_.pk).update(scored=60)
    lifecycle.record(import_.pk)
    expect(page.locator("[data-value=scored]")).to_have_text("60")
    import_.refresh_from_db()
    lifecycle.transition(import_, ImportStatus.COMPLETE, phase=ImportPhase.DONE)
    expect(page.get_by_role("link", name="Import another file")).to_be_visible()
    expect(page.get_by_text("Complete").first).to_be_visible()


def test_progress_is_asked_for_where_streams_do_not_get_through(console: Console, recruiter: User) -> None:
    import_ = running(recruiter, total=9, scored=1)
    console.page.route("**/live/**", lambda route: route.abort())
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    Import.objects.filter(pk=import_.pk).update(scored=7)
    expect(page.locator("[data-value=scored]")).to_have_text("7")
    expect(page.locator("[data-live-state]")).to_have_text("Updated every 3 s")
    console.errors = [error for error in console.errors if "ERR_FAILED" not in error]


def test_several_imports_show_their_bars_on_home(console: Console, recruiter: User) -> None:
    imports = [running(recruiter, total=100, filename=f"part-{number}.csv") for number in range(2)]
    page = console.open("/admin/")
    expect(page.locator("[data-live-state]")).to_have_text("Live")
    for number, import_ in enumerate(imports):
        Import.objects.filter(pk=import_.pk).update(scored=50 + 25 * number)
        lifecycle.record(import_.pk)
    for number, import_ in enumerate(imports):
        card = page.locator(f'[data-import="{import_.pk}"]')
        expect(card.locator("[data-value=message]")).to_have_text(f"Scoring: {50 + 25 * number} of 100.")


def test_wizard_can_be_walked_by_keyboard_alone(
    console: Console, people_csv: Callable[..., Path], recruiter: User
) -> None:
    page = console.open("/admin/candidates/import/add/")

    def tab_to(name: str, *, limit: int = 60) -> None:
        for _ in range(limit):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "() => { const at = document.activeElement;"
                " const text = at.tagName === 'SELECT' ? '' : at.innerText;"
                " return [at.id, text, at.getAttribute('aria-label')].join(' '); }"
            )
            if name in focused:
                # What has the focus must show it.
                outline = page.evaluate(
                    "() => { const at = document.activeElement.closest('.gr-drop') ?? document.activeElement;"
                    " return getComputedStyle(at).outlineStyle; }"
                )
                assert outline != "none", f"no focus ring on {name}"
                return
        raise AssertionError(f"{name} can't be reached by the Tab key")

    tab_to("file")
    page.set_input_files("#file", people_csv(bad=0))
    tab_to("job")
    tab_to("Upload and check columns")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Which column fills which field")).to_be_visible()
    tab_to("column-7", limit=90)
    page.keyboard.press("ArrowDown")
    tab_to("Check the file")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Every row can be read.")).to_be_visible()
    tab_to("Start the import")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{console.site}/admin/candidates/import/{Import.objects.get().pk}/change/")
    assert Import.objects.get().status != ImportStatus.IDLE
    assert Import.objects.get().mapping["7"] == "name", "the arrow key chose the first field for the last column"


def test_wizard_works_without_javascript(
    chromium: Browser, site: str, recruiter: User, people_csv: Callable[..., Path]
) -> None:
    console = window(chromium, site, recruiter, java_script_enabled=False)
    page = console.open("/admin/candidates/import/add/")
    page.locator("#file").set_input_files(people_csv(bad=0))
    page.get_by_role("button", name="Upload and check columns").click()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Every row can be read.")).to_be_visible()
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
    assert Import.objects.get().status != ImportStatus.IDLE
    console.context.close()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("sheet.csv", b"PK\x03\x04" + b"\x00" * 200, "Excel"),
        ("colours.csv", b"colour,shape\nteal,round\n", "No column of this file can fill a profile"),
    ],
)
def test_file_that_can_not_be_used_says_why_and_keeps_the_choices(
    console: Console, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    job = Job.objects.create(title="Data Engineer")
    path = tmp_path / name
    path.write_bytes(content)
    page = console.open("/admin/candidates/import/add/")
    page.get_by_label("Job").select_option(label=job.title)
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Upload and check columns").click()
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_label("Job")).to_have_value(str(job.pk))
    assert Import.objects.count() == 0


def test_mapping_that_is_not_valid_is_shown_at_its_column_and_the_file_is_kept(
    console: Console, people_csv: Callable[..., Path], recruiter: User
) -> None:
    import_ = receive(people_csv(), recruiter)
    page = console.open(f"/admin/candidates/import/{import_.pk}/mapping/")
    page.locator("#column-7").select_option("email")
    expect(page.get_by_text("“Email” fills this field too")).to_be_visible()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert").first).to_contain_text("The mapping can't be used as it is.")
    expect(page.locator("#column-7")).to_have_value("email")
    expect(page.locator("#column-7")).to_have_attribute("aria-invalid", "true")
    page.locator("#column-7").select_option("")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Rows that would fail")).to_be_visible()


def test_cost_is_confirmed_before_scoring_with_a_cap_of_ones_own(console: Console, recruiter: User) -> None:
    import_ = Import.objects.create(
        filename="people.csv", size=10, status=ImportStatus.WAITING_CONFIRMATION, phase=ImportPhase.CONFIRMING,
        rows_total=3, rows_read=3, candidates_total=3, extracted=3, cost_estimate_usd="21.5", score=False,
        made_by=recruiter,
    )  # fmt: skip
    person = Candidate.objects.create(name="Robin Sample", made_by_import=import_)
    Work.objects.create(of_import=import_, candidate=person, kind=WorkKind.SCORE, state=WorkState.READY)
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    expect(page.get_by_role("heading", name="Score 3 candidates with the model?")).to_be_visible()
    expect(page.get_by_text("$21.50")).to_be_visible()
    expect(page.get_by_text("The estimate is above this import's cap.")).to_be_visible()
    page.get_by_label("Cap for this import").fill("30")
    page.get_by_role("button", name="Start scoring").click()
    expect(page.get_by_role("heading", name="Score 3 candidates with the model?")).to_have_count(0)
    import_.refresh_from_db()
    assert import_.status in (ImportStatus.SCORING, ImportStatus.COMPLETE)  # a worker may have done it by now
    assert budget.cap_usd(f"import:{import_.pk}") == 30


def test_running_import_is_cancelled_after_a_question(console: Console, recruiter: User) -> None:
    import_ = running(recruiter, total=5)
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    page.get_by_role("link", name="Cancel the import").click()
    expect(page.get_by_text("5 candidates that were already written stay")).to_be_visible()
    page.get_by_role("link", name="Let it go on").click()
    assert Import.objects.get().status == ImportStatus.SCORING
    page.get_by_role("link", name="Cancel the import").click()
    page.get_by_role("button", name="Cancel the import").click()
    expect(page.get_by_text("Cancelled. Candidates that were already written are kept")).to_be_visible()
    assert Import.objects.get().status == ImportStatus.CANCELLED


def test_failed_rows_are_downloaded_mended_and_sent_again(
    console: Console, worker: None, people_csv: Callable[..., Path], recruiter: User, tmp_path: Path
) -> None:
    import_ = receive(people_csv(), recruiter)
    lifecycle.start(import_)
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    expect(page.get_by_role("link", name="Download failed rows")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download failed rows").click()
    assert download.value.suggested_filename == "people-failed-rows.csv"
    mended = tmp_path / "mended.csv"
    mended.write_text(Path(download.value.path()).read_text().replace("no-address", "robin.mended@example.com", 1))
    page.get_by_label("Save the mended rows as CSV").set_input_files(mended)
    page.get_by_role("button", name="Send mended rows").click()
    expect(page.get_by_text("mends people.csv")).to_be_visible()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("link", name="Open the ranked list")).to_be_visible()
    assert Candidate.objects.filter(email="robin.mended@example.com").exists()
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    expect(page.get_by_role("region", name="Failed rows")).to_contain_text("mended by mended.csv")


def test_import_is_undone_as_a_whole_with_a_report(
    console: Console, worker: None, people_csv: Callable[..., Path], recruiter: User
) -> None:
    import_ = receive(people_csv(bad=0), recruiter)
    lifecycle.start(import_)
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    expect(page.get_by_role("link", name="Undo this import")).to_be_visible()
    page.get_by_role("link", name="Undo this import").click()
    expect(page.get_by_text("12 candidates that it made are removed.")).to_be_visible()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("The import was undone.")).to_be_visible()
    assert Candidate.objects.live().count() == 0
    page = console.open("/admin/candidates/import/")
    expect(page.get_by_role("row", name="people.csv")).to_contain_text("Undone")


def test_row_errors_page_by_line(console: Console, recruiter: User) -> None:
    import_ = Import.objects.create(
        filename="people.csv", size=10, status=ImportStatus.COMPLETE, phase=ImportPhase.DONE, rows_failed=60,
        rows_read=60, made_by=recruiter,
    )  # fmt: skip
    RowError.objects.bulk_create(
        RowError(of_import=import_, line=line, code="bad_email", reason="This is no address.", cells=["Robin"])
        for line in range(2, 62)
    )
    page = console.open(f"/admin/candidates/import/{import_.pk}/change/")
    table = page.get_by_role("region", name="Failed rows")
    expect(table.get_by_role("row")).to_have_count(51)
    table.get_by_role("link", name="Next rows").click()
    expect(table.get_by_role("row")).to_have_count(11)
    expect(table.get_by_role("row").nth(1)).to_contain_text("52")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_wizard_has_no_accessibility_violation(
    request: pytest.FixtureRequest, scheme: str, people_csv: Callable[..., Path], recruiter: User
) -> None:
    console: Console = request.getfixturevalue("console" if scheme == "light" else "dark_console")
    states = (
        (ImportStatus.SCORING, ImportPhase.SCORING),
        (ImportStatus.WAITING_CONFIRMATION, ImportPhase.CONFIRMING),
        (ImportStatus.COMPLETE, ImportPhase.DONE),
        (ImportStatus.ERROR, ImportPhase.DONE),
    )
    idle = receive(people_csv(), recruiter)
    pages = [
        "/admin/candidates/import/add/",
        "/admin/candidates/import/",
        f"/admin/candidates/import/{idle.pk}/mapping/",
        f"/admin/candidates/import/{idle.pk}/check/",
        f"/admin/candidates/import/{idle.pk}/cancel/",
    ]
    for status, phase in states:
        import_ = Import.objects.create(
            filename=f"{status}.csv", size=10, status=status, phase=phase, rows_total=9, rows_read=9, rows_failed=1,
            candidates_total=8, extracted=8, scored=3, cost_estimate_usd="1.25", error="The file ended too soon.",
        )  # fmt: skip
        Candidate.objects.create(name="Robin", made_by_import=import_, algo_score=70, combined_score=70, tier="Strong")
        RowError.objects.create(of_import=import_, line=4, code="bad_email", reason="No address.", cells=["Robin"])
        pages.append(f"/admin/candidates/import/{import_.pk}/change/")
    pages.append(f"/admin/candidates/import/{import_.pk}/undo/")
    found = {path: (console.open(path), console.violations())[1] for path in pages}
    assert {path: list_ for path, list_ in found.items() if list_} == {}


def test_recruiter_without_administrator_rights_can_import_but_not_see_users(
    chromium: Browser, site: str, transactional_db: None
) -> None:
    user = User.objects.create_user("noor@example.com", "a long password", is_staff=True)
    console = window(chromium, site, user)
    page = console.open("/admin/candidates/import/add/")
    expect(page.get_by_text("Drop a CSV file here")).to_be_visible()
    assert page.get_by_role("link", name="Users").count() == 0
    assert page.goto(f"{site}/admin/accounts/user/").status == 403  # type: ignore[union-attr]
    console.context.close()
