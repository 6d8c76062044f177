from __future__ import annotations

import csv
import io
import json
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from accounts.models import User
from candidates import importing, lifecycle
from candidates.csv_reader import EmptyFile, NotCsv, TooLarge
from candidates.importing import reading, writing
from candidates.importing.mending import safe
from candidates.lifecycle import WrongState
from candidates.models import Candidate, Change, Document, Import, Job, RowError, Work
from candidates.states import ChangeSource, ImportStatus
from llm.errors import GreenroomError
from tests.candidates.reading_files import SAMPLES, claimed, imported, read, received

pytestmark = pytest.mark.django_db(transaction=True)

PROFILE = (
    *("name", "email", "phone", "linkedin_url", "current_role", "current_company", "location", "years_experience"),
    *("industries", "skills", "education", "bio", "certifications", "achievements", "is_founder", "max_acv"),
    *("quota_attainment", "source_text", "other_columns", "positions"),
)


def ended(import_: Import) -> Import:
    """The import with its work done, as far as status goes."""
    Import.objects.filter(pk=import_.pk).update(status=ImportStatus.COMPLETE)
    import_.refresh_from_db()
    return import_


# --- the samples


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.csv")), ids=lambda path: path.stem)
def test_sample_maps_and_reads_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text())
    if "refused" in expected:
        with pytest.raises(GreenroomError) as refused:
            received(path.read_bytes(), filename=path.name)
        assert {"code": refused.value.code, "status": refused.value.status} == expected["refused"]
        assert not Import.objects.exists()
        return
    import_ = imported(path.read_bytes(), filename=path.name)
    headers = import_.dialect["headers"]
    fields: dict[str, list[str]] = {}
    for position, target in import_.mapping.items():
        if target:
            fields.setdefault(target, []).append(headers[int(position)])
    assert {name: found[0] if len(found) == 1 else found for name, found in fields.items()} == expected["mapping"]
    for name in ("source", "encoding", "delimiter", "header_line"):
        assert import_.dialect[name] == expected[name], name
    rows = [
        {name: value for name in PROFILE if (value := getattr(candidate, name)) not in (None, "", [], {})}
        for candidate in Candidate.objects.order_by("id")
    ]
    assert rows == expected["rows"]
    errors = [{"line": one.line, "code": one.code, "field": one.field} for one in import_.row_errors.order_by("line")]
    assert errors == expected["errors"]
    assert import_.duplicates == expected["duplicates"]
    assert import_.rows_total == import_.rows_read == len(rows) + len(errors) + import_.duplicates


def test_there_are_samples_enough() -> None:
    assert len(list(SAMPLES.glob("*.csv"))) >= 25


# --- refused as a whole


@pytest.mark.parametrize(
    ("content", "error", "status"),
    [
        (b"", EmptyFile, 422),
        (b"name,email\n", EmptyFile, 422),
        (b"PK\x03\x04xxxx", NotCsv, 415),
        (b"colour,size\nred,3\n", importing.NoUsableColumn, 422),
    ],
)
def test_a_refused_file_leaves_nothing(content: bytes, error: type[GreenroomError], status: int) -> None:
    before = set(default_storage.listdir("imports")[1]) if default_storage.exists("imports") else set()
    with pytest.raises(error) as refused:
        received(content)
    assert refused.value.status == status
    assert not Import.objects.exists()
    after = set(default_storage.listdir("imports")[1]) if default_storage.exists("imports") else set()
    assert after == before


def test_ten_gigabytes_declared_are_refused_unread() -> None:
    class Huge(ContentFile):  # type: ignore[type-arg]
        def read(self, *args: Any) -> bytes:
            raise AssertionError("read before its size was checked")

    huge = Huge(b"")
    huge.size = 10 * 1024**3
    with pytest.raises(TooLarge) as refused:
        importing.receive(file=huge, filename="huge.csv", made_by=None, job=None)
    assert refused.value.status == 413


def test_a_file_over_the_limit_is_refused_though_it_declares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "IMPORT_MAX_BYTES", 1000)
    stream = io.BytesIO(b"name,email\n" + b"Ada Love,ada@example.com\n" * 100)
    with pytest.raises(TooLarge):
        importing.receive(file=stream, filename="big.csv", made_by=None, job=None)


# --- preview and mapping


def test_preview_shows_columns_with_reasons_and_hides_the_protected() -> None:
    preview = importing.preview(received("Name,Email,Gender,Odd\nAda Love,ada@example.com,f,x\n"))
    assert [(column.field, column.confidence) for column in preview.columns] == [
        ("name", "sure"),
        ("email", "sure"),
        (None, "protected"),
        (None, "none"),
    ]
    assert preview.rows == [["Ada Love", "ada@example.com", "", "x"]]
    assert preview.columns[2].samples == []


def test_set_mapping_moves_a_field_to_another_column() -> None:
    import_ = received("Name,Email,Other\nAda Love,ada@example.com,a2@example.com\n")
    importing.set_mapping(import_, {"2": "email"})
    assert import_.mapping == {"0": "name", "1": None, "2": "email"}
    read(import_)
    assert Candidate.objects.get().email == "a2@example.com"


@pytest.mark.parametrize(
    "mapping",
    [{"0": "no_such_field"}, {"9": "email"}, {"Nowhere": "email"}, {"3": "bio"}, {"0": "email", "2": "email"}],
)
def test_set_mapping_refuses_what_can_not_be(mapping: dict[str, str]) -> None:
    import_ = received("Name,Email,Other,Gender\nAda Love,ada@example.com,x,f\n")
    with pytest.raises(importing.BadMapping) as refused:
        importing.set_mapping(import_, mapping)
    assert refused.value.status == 422
    assert refused.value.fields


def test_set_mapping_is_too_late_once_started() -> None:
    import_ = claimed(received("Name\nAda Love\n"))
    with pytest.raises(WrongState):
        importing.set_mapping(import_, {"0": "bio"})


# --- dry run


def test_dry_run_counts_what_the_import_then_does_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK_ROWS", 3)
    imported("name,email\nOld One,old@example.com\n")
    rows = [f"Person {n},p{n}@example.com" for n in range(8)]
    content = (
        "name,email\n" + "\n".join([*rows, "Old One,OLD@example.com", "Person 0,P0@example.com", "x,not-one"]) + "\n"
    )
    import_ = received(content)
    before = (Candidate.objects.count(), Work.objects.count(), Change.objects.count())
    found = importing.dry_run(import_)
    assert (Candidate.objects.count(), Work.objects.count(), Change.objects.count()) == before
    assert not import_.row_errors.exists()
    assert (found.rows, found.would_make, found.would_update, found.would_fail) == (11, 8, 2, 1)
    assert (found.known_already, found.is_complete) == (1, True)
    assert [(error.line, error.code) for error in found.errors] == [(12, "invalid_email")]
    read(import_)
    assert (import_.candidates_made, import_.duplicates, import_.rows_failed) == (8, 2, 1)


# --- duplicates


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada Love,ada@example.com,,", "Ada Love,ADA@Example.com,,"),
        ("Ada Love,,https://www.linkedin.com/in/ada/,", "A. L.,,linkedin.com/in/ADA?x=1,"),
        ("Ada Love,,,+1 202-555-0100", "Ada Love,,,(202) 555-0100"),
        ("Ada Love,ada@example.com,,+1 202-555-0100", "Ada L,ada2@example.com,,+1 202-555-0100"),
    ],
)
@pytest.mark.parametrize("same_file", [True, False])
def test_a_row_that_names_somebody_known_updates(first: str, second: str, same_file: bool) -> None:
    header = "name,email,linkedin_url,phone\n"
    if same_file:
        import_ = imported(f"{header}{first}\n{second}\n")
    else:
        imported(f"{header}{first}\n")
        import_ = imported(f"{header}{second}\n")
    assert Candidate.objects.count() == 1
    assert import_.duplicates == 1
    assert Candidate.objects.get().name == second.split(",")[0]


def test_a_shared_number_alone_does_not_make_two_people_one() -> None:
    imported("name,email,phone\nAda Love,ada@example.com,+1 202-555-0100\n")
    imported("name,email,phone\nBob Ray,bob@example.com,+1 202-555-0100\n")
    assert Candidate.objects.count() == 2


def test_an_update_fills_and_overwrites_with_what_is_there_and_keeps_the_rest() -> None:
    first = imported("name,email,company,skills,notes\nAda Love,ada@example.com,Old Co,SQL,First note\n")
    second = imported("name,email,company,skills,title,notes\nAda Love,ada@example.com,New Co,,CTO,Second note\n")
    candidate = Candidate.objects.get()
    assert (candidate.current_company, candidate.current_role, candidate.skills) == ("New Co", "CTO", ["SQL"])
    assert candidate.source_text == "First note\n\nSecond note"
    assert candidate.made_by_import_id == first.pk
    changes = {one.field: (one.old, one.new, one.source) for one in Change.objects.filter(by_import=second)}
    assert changes == {
        "current_company": ("Old Co", "New Co", "import"),
        "current_role": (None, "CTO", "import"),
        "source_text": ("First note", "First note\n\nSecond note", "import"),
    }


def test_a_deleted_candidate_is_not_brought_back_by_an_import() -> None:
    from django.utils import timezone

    imported("name,email\nAda Love,ada@example.com\n")
    Candidate.objects.update(deleted_at=timezone.now())
    imported("name,email\nAda Love,ada@example.com\n")
    assert Candidate.objects.live().count() == 1
    assert Candidate.objects.count() == 2


def test_two_imports_side_by_side_make_each_person_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK_ROWS", 20)
    rows = "".join(f"Person {n},p{n}@example.com\n" for n in range(200))
    imports = [claimed(received(f"name,email\n{rows}")) for _ in range(2)]

    def run(import_: Import) -> None:
        try:
            importing.read_rows(import_.pk, claim=import_.claim)  # type: ignore[arg-type]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(import_,)) for import_ in imports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Candidate.objects.count() == 200
    for import_ in imports:
        import_.refresh_from_db()
    assert sum(one.candidates_made for one in imports) == 200
    assert sum(one.duplicates for one in imports) == 200


# --- rows, work, checkpoints


def test_each_candidate_gets_one_piece_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK_ROWS", 2)
    content = "name,email\nAda Love,ada@example.com\nBob Ray,bob@example.com\nAda L,ada@example.com\nCy,c@example.com\n"
    import_ = imported(content)
    assert Work.objects.filter(of_import=import_, kind="extract", state="ready").count() == 3
    assert import_.candidates_total == 3


def test_a_row_that_postgres_refuses_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from candidates.importing import preparing

    monkeypatch.setitem(preparing.SINGLE, "years_experience", lambda cell: "abc" if cell == "13" else cell)
    rows = "".join(f"Person {n},p{n}@example.com,{n}\n" for n in range(30))
    import_ = imported(f"name,email,years\n{rows}")
    assert import_.candidates_made == 29
    error = import_.row_errors.get()
    assert (error.line, error.code, error.cells) == (15, "refused", ["Person 13", "p13@example.com", "13"])


def test_values_are_typed_and_what_can_not_be_read_stays_beside() -> None:
    header = "name,email,years of experience,max acv,quota attainment,founder,skills,sold to finance\n"
    first = 'Ada,a@example.com,5+ years,"$1.2M",110%,t,"[""SQL"", ""Go""]",no\n'
    imported(header + first + "Bob,b@example.com,many,lots,high,perhaps,,\n")
    ada, bob = Candidate.objects.order_by("id")
    assert (ada.years_experience, ada.max_acv, ada.quota_attainment) == (5.0, 1_200_000.0, 110.0)
    assert (ada.is_founder, ada.sold_to_finance, ada.skills) == (True, False, ["SQL", "Go"])
    assert (bob.years_experience, bob.max_acv, bob.quota_attainment, bob.is_founder) == (None, None, None, None)
    assert bob.other_columns == {
        "years of experience": "many",
        "max acv": "lots",
        "quota attainment": "high",
        "founder": "perhaps",
    }


def test_protected_columns_are_stored_nowhere() -> None:
    rows = "Ada,a@example.com,female,1990-01-02\nBob,nope,male,1991-02-03\n"
    import_ = imported("name,email,gender,Date of Birth\n" + rows)
    assert import_.rows_failed == 1
    stored = json.dumps([Candidate.objects.get().other_columns, [error.cells for error in import_.row_errors.all()]])
    assert "male" not in stored
    assert "1990" not in stored
    assert "1991" not in stored


def test_a_text_too_long_for_the_search_index_fails_its_row() -> None:
    words = " ".join(f"w{n}" for n in range(60_000))
    import_ = imported(f"name,email,bio\nAda,a@example.com,{words}\nBob,b@example.com,short\n")
    assert Candidate.objects.get().name == "Bob"
    assert (import_.row_errors.get().code, import_.row_errors.get().field) == ("too_long", "bio")


def test_two_thousand_columns_come_in() -> None:
    extra = ",".join(f"extra {n}" for n in range(1998))
    import_ = imported(f"name,email,{extra}\nAda,a@example.com,{','.join(['x'] * 1998)}\n")
    assert import_.candidates_made == 1
    assert len(Candidate.objects.get().other_columns) == 1998


def test_a_reader_goes_on_where_a_killed_one_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK_ROWS", 10)
    rows = "".join(f'"Person\n{n}",p{n}@example.com\n' if n % 7 else f"bad,{n}\n" for n in range(95))
    import_ = claimed(received(f"name,email\n{rows}"))
    write = writing.write
    calls = 0

    def dying(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            raise KeyboardInterrupt
        return write(*args)

    monkeypatch.setattr(reading, "write", dying)
    for _ in range(20):
        try:
            importing.read_rows(import_.pk, claim=import_.claim)  # type: ignore[arg-type]
            break
        except KeyboardInterrupt:
            continue
    import_.refresh_from_db()
    assert calls > 10
    assert import_.rows_total == import_.rows_read == 95
    assert (import_.candidates_made, import_.rows_failed, import_.duplicates) == (81, 14, 0)
    assert Candidate.objects.count() == Work.objects.count() == 81
    assert RowError.objects.count() == 14
    assert import_.row_errors.order_by("line").last().line == 1 + 1 + sum(2 if n % 7 else 1 for n in range(91))  # type: ignore[union-attr]


def test_a_reader_whose_claim_is_lost_or_whose_import_is_cancelled_writes_nothing() -> None:
    import_ = claimed(received("name\nAda\n"))
    importing.read_rows(import_.pk, claim=uuid4())
    assert not Candidate.objects.exists()
    Import.objects.filter(pk=import_.pk).update(status=ImportStatus.CANCELLED)
    importing.read_rows(import_.pk, claim=import_.claim)  # type: ignore[arg-type]
    assert not Candidate.objects.exists()


def test_reading_twice_is_reading_once() -> None:
    import_ = imported("name\nAda\nBob\n")
    importing.read_rows(import_.pk, claim=import_.claim)  # type: ignore[arg-type]
    assert Candidate.objects.count() == 2


def test_candidates_come_with_job_and_source() -> None:
    job = Job.objects.create(title="Account Executive")
    imported("name\nAda\n", job=job)
    candidate = Candidate.objects.get()
    assert (candidate.job_id, candidate.source) == (job.pk, "csv_upload")


# --- mended rows


def test_failed_rows_go_out_safe_and_come_back_mended() -> None:
    first = imported("name,email,notes\n=cmd(),bad,x\nBob Ray,bob@example.com,\nCy,also bad,+1\n")
    assert first.rows_failed == 2
    data = b"".join(importing.error_rows_csv(first))
    assert data.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert table[0] == ["name", "email", "notes", f"Line of import {first.pk}", "Reason it failed"]
    assert table[1] == ["'=cmd()", "bad", "x", "2", "This is not an e-mail address."]
    assert table[2][2] == "'+1"
    second = imported(data.replace(b"'=cmd(),bad", b"Ada Love,ada@example.com"), filename="mended by hand.csv")
    assert second.mends_id == first.pk
    assert (second.candidates_made, second.rows_failed) == (1, 1)
    assert Candidate.objects.get(name="Ada Love").other_columns == {}
    marks = {error.line: error.mended_by_id for error in first.row_errors.all()}
    assert marks == {2: second.pk, 4: None}
    assert len(list(csv.reader(io.StringIO(b"".join(importing.error_rows_csv(first)).decode("utf-8-sig"))))) == 2
    importing.undo(ended(second), actor=None)
    assert not first.row_errors.exclude(mended_by=None).exists()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_starts_like_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert safe("plain") == "plain"


# --- undo


def test_undo_removes_what_was_made_and_puts_back_what_was_changed() -> None:
    imported("name,email,company,skills\nAda Love,ada@example.com,Old Co,SQL\n")
    header = "name,email,company,skills,phone,years\n"
    second = imported(header + "Ada L,ADA@example.com,New Co,Go; SQL,+1 202-555-0100,5\nBob Ray,bob@example.com,,,,\n")
    user = User.objects.create_user("otto@example.com", None, is_staff=True)
    report = importing.undo(ended(second), actor=user)
    assert (report.removed, report.kept, report.reverted, report.left) == (1, 0, 5, 0)
    ada = Candidate.objects.get()
    assert (ada.name, ada.current_company, ada.skills) == ("Ada Love", "Old Co", ["SQL"])
    assert (ada.phone, ada.phone_key, ada.years_experience) == (None, None, None)
    undone = Change.objects.filter(source=ChangeSource.UNDO)
    assert undone.count() == 5
    assert {one.actor_id for one in undone} == {user.pk}
    assert all(one.undoes is not None and one.undoes.by_import_id == second.pk for one in undone)
    assert (second.undone_at is not None, second.phase) == (True, "undone")
    assert not Work.objects.filter(of_import=second, candidate__name="Bob Ray").exists()
    with pytest.raises(WrongState):
        importing.undo(second, actor=user)


def test_undo_keeps_whom_a_person_has_touched_and_says_so() -> None:
    rows = "Ada,a@example.com\nBob,b@example.com\nCy,c@example.com\nDee,d@example.com\nEve,e@example.com\n"
    import_ = imported("name,email\n" + rows)
    ada, bob, cy, dee, _ = Candidate.objects.order_by("id")
    Change.objects.create(candidate=ada, field="bio", old=None, new="x", source=ChangeSource.CONSOLE)
    Document.objects.create(candidate=bob, filename="cv.pdf", content_type="application/pdf", size=1, sha256="0")
    Candidate.objects.filter(pk=cy.pk).update(intake_status="invited")
    imported("name,email,title\nDee,d@example.com,CTO\n")
    Change.objects.create(candidate=dee, field="bio", old=None, new="x", source=ChangeSource.EXTRACTION)
    report = importing.undo(ended(import_), actor=None)
    assert (report.removed, report.kept) == (1, 4)
    assert set(Candidate.objects.values_list("name", flat=True)) == {"Ada", "Bob", "Cy", "Dee"}


def test_undo_leaves_a_value_that_was_changed_again() -> None:
    imported("name,email,company\nAda,a@example.com,Old Co\n")
    second = imported("name,email,company\nAda,a@example.com,New Co\n")
    Candidate.objects.update(current_company="Newest Co")
    report = importing.undo(ended(second), actor=None)
    assert (report.reverted, report.left) == (0, 1)
    assert Candidate.objects.get().current_company == "Newest Co"


def test_undo_of_a_running_import_is_refused() -> None:
    import_ = claimed(received("name\nAda\n"))
    with pytest.raises(WrongState) as refused:
        importing.undo(import_, actor=None)
    assert refused.value.status == 409


def test_undo_cancels_an_import_that_waits() -> None:
    import_ = imported("name\nAda\n")
    Import.objects.filter(pk=import_.pk).update(status=ImportStatus.WAITING_CONFIRMATION)
    importing.undo(import_, actor=None)
    assert import_.status == ImportStatus.CANCELLED
    assert lifecycle.status_of(import_)["status"] == "cancelled"
    assert not Candidate.objects.exists()
