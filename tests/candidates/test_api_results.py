"""The ranked list over the API: order, pages, filters, search, and the download."""

from __future__ import annotations

import csv
import io
import json
import uuid
from typing import Any

import pytest
from django.test import Client

from candidates import ranking
from candidates.models import Candidate, Job
from tests.candidates.making import running_import
from tests.candidates.recruiting import BASE, candidate, client_of, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return client_of()


def ids(client: Client, **query: Any) -> list[str]:
    response = client.get(f"{BASE}/results", query)
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_results_are_ranked_by_combined_score_and_the_unscored_come_last(client: Client) -> None:
    low, high, none, middle = (candidate(score) for score in (20, 90, None, 55))
    assert ids(client) == [str(one.pk) for one in (high, middle, low, none)]


def test_walking_all_pages_meets_every_candidate_once_in_order(client: Client) -> None:
    for number in range(23):
        candidate((number * 7) % 4 * 10)
    whole = ids(client, limit=200)
    assert len(whole) == 23
    walked: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"{BASE}/results", {"limit": 5, "cursor": cursor}).json()
        assert len(page["results"]) <= 5
        walked += [row["id"] for row in page["results"]]
        cursor = page["next"]
    assert walked == whole


def test_a_page_that_ends_with_the_list_has_no_next(client: Client) -> None:
    candidate(), candidate()
    assert client.get(f"{BASE}/results", {"limit": 2}).json()["next"] is None
    assert client.get(f"{BASE}/results", {"limit": 1}).json()["next"] is not None


def test_a_row_holds_every_field_of_the_contract_and_absent_is_null(client: Client) -> None:
    candidate(64, name=None, years_experience=None)
    row = client.get(f"{BASE}/results").json()["results"][0]
    wanted = [
        "id",
        "name",
        "email",
        "phone",
        "linkedin_url",
        "current_role",
        "current_company",
        "location",
        "years_experience",
        "industries",
        "skills",
        "education",
        "bio",
        "certifications",
        "achievements",
        "is_founder",
        "startup_experience",
        "enterprise_experience",
        "sold_to_finance",
        "max_acv",
        "quota_attainment",
        "algo_score",
        "ai_score",
        "combined_score",
        "tier",
        "missing_required",
        "missing_preferred",
        "red_flags",
        "completeness",
        "interview_status",
        "intake_status",
        "room_name",
        "interview_score",
        "recommendation",
        "has_enrichment_data",
        "enrichment_date",
        "enrichment_fields",
        "original_data",
        "source",
        "created_at",
        "updated_at",
        "score_basis",
        "score_low",
        "score_high",
        "tier_unstable",
        "ai_status",
        "job",
        "import_id",
    ]
    assert set(row) == set(wanted)
    assert row["name"] is None
    assert row["years_experience"] is None
    assert row["industries"] == []
    assert row["score_basis"] == "algorithm"


def test_deleted_candidates_are_in_no_list(client: Client) -> None:
    gone = candidate(70)
    Candidate.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
    assert ids(client) == []
    assert ids(client, q="robin") == []


def test_filters_narrow_and_all_must_hold(client: Client) -> None:
    job = Job.objects.create(title="Account Executive")
    import_ = running_import(1)
    made = Candidate.objects.get(made_by_import=import_)
    top = candidate(85, job=job, interview_status="completed")
    strong = candidate(70, job=job, intake_status="invited")
    other = candidate(82)
    assert ids(client, tier="Top Tier") == [str(top.pk), str(other.pk)]
    assert ids(client, job=job.pk) == [str(top.pk), str(strong.pk)]
    assert ids(client, job=job.pk, tier="Strong") == [str(strong.pk)]
    assert ids(client, min_score=82) == [str(top.pk), str(other.pk)]
    assert ids(client, interview_status="completed") == [str(top.pk)]
    assert ids(client, intake_status="invited", min_score=71) == []
    assert ids(client, **{"import": import_.pk}) == [str(made.pk)]


def test_search_finds_words_phrases_and_unfinished_last_words(client: Client) -> None:
    ada = candidate(60, name="Ada Okafor", bio="Sells to banks. Speaks Portuguese.")
    bob = candidate(50, name="Bob Okafor", skills=["node.js", "erlang"], bio="Banks on luck.")
    both = [str(ada.pk), str(bob.pk)]
    assert ids(client, q="okafor") == both
    assert ids(client, q="OKAF") == both
    assert ids(client, q="ada okaf") == [str(ada.pk)]
    assert ids(client, q='"sells to banks"') == [str(ada.pk)]
    assert ids(client, q="okafor -erlang") == [str(ada.pk)]
    assert ids(client, q="portuguese or erlang") == both
    assert ids(client, q="erl") == [str(bob.pk)]
    assert ids(client, q=str(bob.email)) == [str(bob.pk)]
    assert ids(client, q="nobody") == []
    assert ids(client, q="  ") == both


@pytest.mark.parametrize(
    "q",
    [
        "'",
        "''':*",
        "\\",
        "a & | !",
        '"',
        '"open phrase',
        "()",
        "-",
        "or",
        "a or",
        "<->",
        ":*",
        "%",
        "%s {0}",
        "😀",
        "עברית",
    ],
)
def test_search_takes_any_text_without_an_error(client: Client, q: str) -> None:
    candidate()
    assert client.get(f"{BASE}/results", {"q": q}).status_code == 200


@pytest.mark.parametrize("near", [1, 3, 100])
@pytest.mark.parametrize("few", [0, 2, 100])
def test_search_gives_the_same_pages_by_every_strategy(monkeypatch: pytest.MonkeyPatch, near: int, few: int) -> None:
    for number in range(40):
        candidate(number * 5 % 101, bio="oboe" if number % 3 == 0 else "flute")
    expected = [
        row.pk for row in Candidate.objects.filter(search=ranking.search_query("oboe")).order_by("-rank", "-id")
    ]
    monkeypatch.setattr(ranking, "NEAR", near)
    monkeypatch.setattr(ranking, "FEW", few)
    found: list[uuid.UUID] = []
    after = None
    while True:
        page = ranking.page(filters=ranking.Filters(q="oboe"), after=after, limit=4)
        found += [uuid.UUID(row["id"]) for row in json.loads(page.json)]
        after = page.next
        if after is None:
            break
    assert found == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tier": "Best"}, "tier"),
        ({"job": "7"}, "job"),
        ({"job": "{0f8fad5b-d9cb-469f-a165-70867728950e}"}, "job"),
        ({"min_score": "101"}, "min_score"),
        ({"min_score": "many"}, "min_score"),
        ({"min_score": "٣"}, "min_score"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "1e2"}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"interview_status": ""}, "interview_status"),
        ({"intake_status": "done"}, "intake_status"),
        ({"q": "a\0b"}, "q"),
        ({"q": "a" * 201}, "q"),
        ({"cursor": "zzz"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_parameter_is_a_400_that_names_it(client: Client, query: dict[str, Any], field: str) -> None:
    response = client.get(f"{BASE}/results", query)
    assert response.status_code == 400
    assert field in error_of(response)["fields"]


def test_a_cursor_that_was_tampered_with_is_refused() -> None:
    text = ranking.Cursor(50, uuid.uuid4()).encode()
    assert ranking.Cursor.decode(text).rank == 50
    for place in range(0, len(text), 3):
        other = "A" if text[place] != "A" else "B"
        with pytest.raises(ranking.BadCursor):
            ranking.Cursor.decode(text[:place] + other + text[place + 1 :])


def test_the_list_takes_two_queries_whatever_its_length(client: Client, django_assert_num_queries: Any) -> None:
    for _ in range(30):
        candidate()
    client.get(f"{BASE}/results")  # the key's time of last use is written once a minute
    with django_assert_num_queries(2):
        client.get(f"{BASE}/results")


def test_a_list_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "GUARD", "SET LOCAL statement_timeout = 20")
    with pytest.raises(ranking.TookTooLong):
        ranking.fetch("SELECT pg_sleep(2)", [], guard=ranking.GUARD)


# --- the download ----------------------------------------------------------------------------------------------------


def download(client: Client, **query: Any) -> list[dict[str, str]]:
    response = client.get(f"{BASE}/results/csv", query)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    raw = b"".join(response.streaming_content).decode()
    assert raw.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(raw, newline="")))


def test_the_download_holds_the_same_candidates_in_the_same_order(client: Client) -> None:
    for score in (10, 90, None, 50):
        candidate(score)
    assert [row["id"] for row in download(client)] == ids(client)
    assert [row["id"] for row in download(client, min_score=50)] == ids(client, min_score=50)
    assert [row["id"] for row in download(client, q="robin")] == ids(client, q="robin")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1 202-555-0100", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "  =1", "＝1", "＠x"]
)
def test_a_cell_that_would_be_a_formula_becomes_text(client: Client, cell: str) -> None:
    candidate(phone=cell, skills=[cell, "python"], bio=f"{cell} and more")
    (row,) = download(client)
    assert row["phone"] == f"'{cell}"
    assert row["skills"].startswith("'")
    assert row["bio"].startswith("'")


def test_cells_with_quotes_commas_and_newlines_come_back_whole(client: Client) -> None:
    bio = 'Says "hello, world"\nand,\r\nmore: ünïcödé 😀 עברית'
    candidate(bio=bio, skills=["a", "b"], years_experience=6.5, is_founder=True)
    (row,) = download(client)
    assert row["bio"] == bio
    assert row["skills"] == "a; b"
    assert row["years_experience"] == "6.5"
    assert row["is_founder"] == "t"
    assert row["phone"] == ""


def test_the_download_is_named_and_may_begin_with_a_byte_order_mark(client: Client) -> None:
    response = client.get(f"{BASE}/results/csv", {"bom": "true"})
    assert b"".join(response.streaming_content).startswith(b"\xef\xbb\xbfid,name,")
    assert response["Content-Disposition"].startswith('attachment; filename="candidates-')


def test_a_bad_filter_of_the_download_is_an_error_in_json(client: Client) -> None:
    response = client.get(f"{BASE}/results/csv", {"tier": "Best"})
    assert response.status_code == 400
    assert "tier" in error_of(response)["fields"]


def test_the_download_needs_no_more_memory_for_more_rows(client: Client) -> None:
    import tracemalloc

    Candidate.objects.bulk_create(
        Candidate(id=uuid.uuid4(), name=f"Robin Sample {number}", bio="words " * 200) for number in range(8_000)
    )
    list(client.get(f"{BASE}/results/csv", {"q": "nobody"}).streaming_content)
    tracemalloc.start()
    size = sum(len(block) for block in client.get(f"{BASE}/results/csv").streaming_content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 9_000_000
    assert peak < 2_000_000
