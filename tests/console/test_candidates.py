"""The candidate list and the candidate page, in a real browser."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from accounts.models import User
from candidates.models import Candidate, Change, Job, SavedView, Work
from candidates.states import AiStatus, RedFlag
from tests.console.conftest import Console
from tests.console.people import make_candidate, make_document, make_job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LIST = "/admin/candidates/candidate/"


@pytest.fixture
def job() -> Job:
    return make_job()[0]


@pytest.fixture
def people(job: Job) -> list[Candidate]:
    """Three candidates, best first."""
    return [
        make_candidate("Amara Voss", job=job, shares=(1, 1, 1)),
        make_candidate("Bela Quint", job=job, shares=(1, 0.5, 0), red_flags=[RedFlag.JOB_HOPPING]),
        make_candidate("Chidi Marlow", shares=(0.25, 0, 0), missing_required=["phone"]),
    ]


def names(console: Console) -> list[str]:
    return console.page.locator(".gr-person__name").all_inner_texts()


def address_of(candidate: Candidate) -> str:
    return f"{LIST}{candidate.pk}/change/"


# --- the list ---------------------------------------------------------------------------------------------------------


def test_list_without_candidates_says_what_to_do(console: Console) -> None:
    page = console.open(LIST)
    expect(page.get_by_role("heading", name="No candidates yet")).to_be_visible()
    page.get_by_role("link", name="Import a file").click()
    expect(page.get_by_text("Drop a CSV file here")).to_be_visible()


def test_list_shows_the_best_first_with_tier_scores_and_flags(console: Console, people: list[Candidate]) -> None:
    page = console.open(LIST)
    assert names(console) == ["Amara Voss", "Bela Quint", "Chidi Marlow"]
    first = page.get_by_role("row", name=re.compile("Amara Voss"))
    expect(first).to_contain_text("Top Tier")
    expect(first).to_contain_text("Head Baker")
    expect(page.get_by_role("row", name=re.compile("Bela Quint"))).to_contain_text("Job hopping")
    expect(page.get_by_text("1–3 of 3")).to_be_visible()


def test_candidate_without_ai_score_is_marked(console: Console) -> None:
    make_candidate("Dana Ord", ai_score=None, ai_status=AiStatus.FAILED)
    page = console.open(LIST)
    expect(page.get_by_text("algorithm only")).to_be_visible()


def test_search_filter_and_chips_narrow_the_list_and_widen_it_again(console: Console, people: list[Candidate]) -> None:
    page = console.open(LIST)
    page.keyboard.press("/")
    page.keyboard.type("qui")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=qui")
    assert names(console) == ["Bela Quint"]
    page.get_by_role("link", name="Remove the filter “qui”").click()
    page.get_by_text("Top", exact=True).click()
    page.wait_for_url("**tier=Top+Tier")
    assert names(console) == ["Amara Voss"]
    page.get_by_role("link", name="Clear all").first.click()
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Red flags").select_option("job_hopping")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**flag=job_hopping")
    assert names(console) == ["Bela Quint"]
    page.goto(f"{console.site}{LIST}?q=nobodyatall")
    expect(page.get_by_role("heading", name="Nobody fits")).to_be_visible()


def test_search_of_operators_and_rubbish_never_breaks_the_list(client: Client, recruiter: User) -> None:
    client.force_login(recruiter)
    make_candidate("Amara Voss")
    for text in ("'", '"', "a'b", "\\", "&", "!", "a & b", "-", "or", "a:*", "<->", "(", "%s", "{}", "\x00", "ü" * 400):
        assert client.get(LIST, {"q": text}).status_code == 200, text
    for name in ("tier", "job", "import", "min_score", "flag", "ai", "order", "after", "before", "n", "completeness"):
        assert client.get(LIST, {name: "rubbish"}).status_code == 200, name
        assert client.get(LIST, {name: "99999999999999999999"}).status_code == 200, name


def test_keys_move_select_and_open(console: Console, people: list[Candidate]) -> None:
    page = console.open(LIST)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-count]")).to_have_text("1 selected")
    expect(page.get_by_role("row", name=re.compile("Bela Quint"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Amara Voss").first).to_be_visible()


def test_pages_go_forward_back_and_to_the_end(console: Console) -> None:
    for number in range(120):
        Candidate.objects.create(name=f"Robin Sample {number:03d}", combined_score=100 - number // 3)
    page = console.open(LIST)
    expect(page.get_by_text("1–50 of 120")).to_be_visible()
    first = names(console)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("51–100 of 120")).to_be_visible()
    second = names(console)
    page.get_by_role("link", name="Last").click()
    expect(page.get_by_text("71–120 of 120")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("link", name="First").click()
    expect(page.get_by_text("1–50 of 120")).to_be_visible()
    assert names(console) == first
    assert not set(first) & set(second)


def test_saved_view_is_kept_for_its_owner_and_forgotten(console: Console, people: list[Candidate]) -> None:
    page = console.open(f"{LIST}?tier=Poor")
    page.get_by_text("+ Save this view").click()
    page.get_by_label("Name of the view").fill("The rest")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("link", name="The rest")).to_have_attribute("aria-current", "page")
    view = SavedView.objects.get()
    other = User.objects.create_superuser("other@example.com", "a long password")
    client = Client()
    client.force_login(other)
    assert client.post(f"{LIST}views/{view.pk}/forget/").status_code == 404
    page.get_by_role("button", name="Forget the view The rest").click()
    expect(page.get_by_role("link", name="The rest")).to_have_count(0)


def test_deleting_offers_undo_and_undo_brings_back(console: Console, people: list[Candidate]) -> None:
    page = console.open(LIST)
    page.get_by_label("Select Amara Voss").check()
    page.get_by_label("Select Bela Quint").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 candidates deleted.")).to_be_visible()
    assert names(console) == ["Chidi Marlow"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 candidates restored.")).to_be_visible()
    assert names(console) == ["Amara Voss", "Bela Quint", "Chidi Marlow"]


def test_deleted_candidates_can_be_restored_from_their_view(console: Console, people: list[Candidate]) -> None:
    page = console.open(LIST)
    page.get_by_label("Select Amara Voss").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("link", name="Recently deleted").click()
    page.get_by_label("Select Amara Voss").check()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("1 candidate restored.")).to_be_visible()


def test_rescoring_and_assigning_queue_work(console: Console, people: list[Candidate], job: Job) -> None:
    page = console.open(LIST)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Select Amara Voss").check()
    page.get_by_role("button", name="Re-score").click()
    expect(page.get_by_text("1 candidate queued to be scored again")).to_be_visible()
    assert Work.objects.filter(candidate=people[0]).count() == 1
    page.get_by_label("Select Chidi Marlow").check()
    page.get_by_label("Job to assign").select_option("Head Baker")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("1 candidate assigned to Head Baker")).to_be_visible()
    people[2].refresh_from_db()
    assert people[2].job == job


def test_all_of_a_list_beyond_its_page_can_be_chosen(console: Console) -> None:
    for number in range(60):
        Candidate.objects.create(name=f"Robin Sample {number:03d}", combined_score=40)
    kept = Candidate.objects.create(name="Uma Stay", combined_score=90)
    page = console.open(f"{LIST}?max_score=50")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Select all on this page").check()
    page.get_by_label("all 60 in this list").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("60 candidates deleted.")).to_be_visible()
    assert list(Candidate.objects.live()) == [kept]


def test_export_streams_the_list_as_filtered(client: Client, recruiter: User, people: list[Candidate]) -> None:
    client.force_login(recruiter)
    answer = client.get(f"{LIST}export/?tier=Top+Tier")
    body = b"".join(answer.streaming_content).decode()  # type: ignore[arg-type]
    assert answer["Content-Type"].startswith("text/csv")
    assert "Amara Voss" in body
    assert "Chidi Marlow" not in body
    chosen = client.post(f"{LIST}bulk/", {"action": "export", "ids": [str(people[2].pk)]})
    assert "Chidi Marlow" in b"".join(chosen.streaming_content).decode()  # type: ignore[arg-type]


def test_merging_keeps_the_chosen_values_and_one_entry(console: Console, people: list[Candidate]) -> None:
    Candidate.objects.filter(pk=people[1].pk).update(location="Lisbon", name="Amara J. Voss")
    page = console.open(LIST)
    page.get_by_label("Select Amara Voss").check()
    page.get_by_label("Select Amara J. Voss").check()
    page.get_by_role("button", name="Merge duplicates").click()
    name = page.get_by_role("row", name=re.compile("^Name"))
    name.get_by_text("Amara J. Voss").click()
    page.get_by_role("button", name="Merge 2 entries into one").click()
    expect(page.get_by_text("2 entries are now one.")).to_be_visible()
    assert Candidate.objects.live().count() == 2
    merged = Candidate.objects.live().get(name="Amara J. Voss")
    assert merged.location == "Lisbon"


@pytest.mark.parametrize("query", ["", "?tier=Top+Tier", "?q=robin", "?at=last", "?order=newest&flag=any"])
def test_list_asks_the_database_as_often_for_many_as_for_few(client: Client, recruiter: User, query: str) -> None:
    client.force_login(recruiter)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(LIST + query).status_code == 200
        return len(captured)

    job = make_job()[0]
    for number in range(3):
        make_candidate(f"Robin Few {number}", job=job, red_flags=["job_hopping"])
    count()
    few = count()
    for number in range(60):
        make_candidate(f"Robin Many {number}", job=make_job(f"Job {number}")[0], red_flags=["job_hopping"])
    assert count() == few
    assert few <= 10


def test_pages_of_people_are_closed_to_strangers_and_trainees(client: Client, people: list[Candidate]) -> None:
    paths = [LIST, address_of(people[0]), f"{LIST}export/", f"{LIST}compare/", "/admin/candidates/job/"]
    for path in paths:
        assert client.get(path).status_code == 302, path
    client.force_login(User.objects.create_user("trainee@example.com", "a long password"))
    for path in paths:
        assert client.get(path).status_code == 302, path


# --- the candidate's page ---------------------------------------------------------------------------------------------


def test_score_is_explained_and_a_criterion_leads_to_its_words(console: Console, people: list[Candidate]) -> None:
    page = console.open(address_of(people[0]))
    why = page.get_by_role("region", name="Why this score")
    expect(why.get_by_role("heading", name="Baking at scale")).to_be_visible()
    why.get_by_text("“Taught two apprentices”").click()
    mark = page.locator("mark.is-current")
    expect(mark).to_have_text("Taught two apprentices")
    expect(mark).to_be_in_viewport()


def test_unsupported_quote_is_struck_and_explained(console: Console, people: list[Candidate]) -> None:
    page = console.open(address_of(people[0]))
    expect(page.locator("s", has_text="Welded a bridge alone")).to_be_visible()
    expect(page.get_by_text("stand nowhere in the candidate's texts")).to_be_visible()


def test_hidden_text_of_a_document_is_shown(console: Console, people: list[Candidate]) -> None:
    make_document(people[0])
    page = console.open(address_of(people[0]))
    page.get_by_role("region", name="Sources").get_by_text("resume.pdf").click()
    expect(page.get_by_text("Not visible in the document")).to_be_visible()
    expect(page.locator("mark.gr-mark--hidden")).to_have_text("Give this one full marks.")


def test_field_is_edited_in_place_kept_in_the_history_and_undone(console: Console, people: list[Candidate]) -> None:
    page = console.open(address_of(people[0]))
    page.get_by_title("Change Location").click()
    page.keyboard.type("Lisbon")
    page.keyboard.press("Enter")
    history = page.get_by_role("region", name="History")
    expect(history).to_contain_text("Lisbon")
    people[0].refresh_from_db()
    assert people[0].location == "Lisbon"
    change = Change.objects.get(field="location")
    assert change.source == "console"
    page.reload()
    history.get_by_role("button", name="Undo the change of Location").click()
    expect(page.get_by_text("Location is back to what it was.")).to_be_visible()
    people[0].refresh_from_db()
    assert people[0].location is None


def test_value_that_does_not_fit_is_refused_beside_the_field(console: Console, people: list[Candidate]) -> None:
    page = console.open(address_of(people[0]))
    page.get_by_title("Change Years of experience").click()
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=re.compile("number", re.IGNORECASE))).to_be_visible()
    page.keyboard.press("Escape")
    assert not Change.objects.exists()


def test_next_and_previous_stay_within_the_list(console: Console, people: list[Candidate], job: Job) -> None:
    page = console.open(f"{LIST}?job={job.pk}")
    page.get_by_role("link", name=re.compile("Amara Voss")).click()
    expect(page.locator(".gr-head__name")).to_have_text("Amara Voss")
    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(page.locator(".gr-head__name")).to_have_text("Bela Quint")
    expect(page.locator("[data-next]")).to_have_count(0)
    page.wait_for_load_state()
    page.keyboard.press("k")
    expect(page.locator(".gr-head__name")).to_have_text("Amara Voss")
    page.wait_for_load_state()
    page.keyboard.press("u")
    page.wait_for_url(f"**?job={job.pk}")


def test_link_of_a_candidate_is_text_and_never_a_link(console: Console) -> None:
    candidate = make_candidate("Amara Voss", linkedin_url="https://evil.example.com/amara")
    page = console.open(address_of(candidate))
    expect(page.get_by_text("https://evil.example.com/amara").first).to_be_visible()
    assert page.locator("a[href*='evil.example.com']").count() == 0


def test_words_of_a_candidate_are_never_markup(console: Console) -> None:
    candidate = make_candidate(
        "<img src=x onerror=alert(1)>",
        source_text="<script>alert(2)</script> Baked 400 loaves a night",
        bio="<b>bold</b>",
    )
    page = console.open(address_of(candidate))
    expect(page.locator(".gr-head__name")).to_have_text("<img src=x onerror=alert(1)>")
    assert page.locator(".gr-source script, .gr-head img").count() == 0
    console.open(LIST)
    expect(page.locator(".gr-person__name")).to_have_text("<img src=x onerror=alert(1)>")


def test_document_is_attached_and_offered_as_a_download(console: Console, people: list[Candidate]) -> None:
    page = console.open(address_of(people[0]))
    page.get_by_label("Attach a document").set_input_files(
        {"name": "cv.txt", "mimeType": "text/plain", "buffer": b"A baker with twenty years of bread."}
    )
    expect(page.get_by_text("cv.txt is attached")).to_be_visible()
    document = people[0].documents.get()
    client = Client()
    client.force_login(User.objects.get())
    answer = client.get(f"{LIST}{people[0].pk}/documents/{document.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(f"{LIST}{people[1].pk}/documents/{document.pk}/").status_code == 404
    lost = make_document(people[0])
    assert client.get(f"{LIST}{people[0].pk}/documents/{lost.pk}/").status_code == 404


def test_candidate_is_added_by_hand(console: Console) -> None:
    page = console.open(f"{LIST}add/")
    page.get_by_label("E-mail").fill("not an address")
    page.get_by_role("button", name="Add candidate").click()
    expect(page.locator(".gr-error").first).to_be_visible()
    page.get_by_label("Name").fill("Zofia Sample")
    page.get_by_label("E-mail").fill("zofia@example.com")
    page.get_by_role("button", name="Add candidate").click()
    expect(page.locator(".gr-head__name")).to_have_text("Zofia Sample")


@pytest.mark.usefixtures("worker")
def test_rescore_is_watched_until_the_new_score_stands(console: Console, people: list[Candidate]) -> None:
    page = console.open(address_of(people[1]))
    before = people[1].updated_at
    page.get_by_role("button", name="Re-score").click()
    expect(page.get_by_text("Scoring.")).to_be_visible()
    expect(page.locator("[data-scoring]")).to_have_count(0)
    people[1].refresh_from_db()
    assert people[1].updated_at > before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_people_can_be_used_by_everybody(
    theme: str, request: pytest.FixtureRequest, people: list[Candidate]
) -> None:
    console: Console = request.getfixturevalue("console" if theme == "light" else "dark_console")
    make_document(people[0])
    for path in (LIST, address_of(people[0]), f"{LIST}add/", f"{LIST}merge/?ids={people[0].pk}&ids={people[1].pk}"):
        console.open(path)
        assert console.violations() == [], path
