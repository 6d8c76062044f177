"""What is held is handed out whole, and erased without a rest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import links
from accounts.models import Link, User
from candidates import documents, profiles
from candidates.models import Candidate, Change, Document, Import
from candidates.states import ChangeSource, ImportPhase, ImportStatus
from intake import answers, entering, holding, merging, notices, readable, talking
from intake.models import Intake, Notice
from intake.states import NoticeKind, Step, Via
from interviews import transcript
from interviews.models import Room, Turn
from interviews.states import Medium, Speaker
from tests.intake import coming, rounds

pytestmark = pytest.mark.django_db
MARK = "Quetzalcoatl"


@pytest.fixture
def noor() -> User:
    return User.objects.create_superuser("noor@example.com", "a long password", name="Noor Recruiter")


def said(room: Room, text: str) -> None:
    now = timezone.now()
    spoken = transcript.Said(key="one", speaker=Speaker.CANDIDATE, text=text, started_at=now, ended_at=now)
    transcript.record(room_id=room.pk, said=spoken)


def everything(noor: User) -> Intake:
    """A candidate of whom something is held in every place; each thing has the mark in it."""
    who = rounds.candidate(name=f"Ada {MARK}", email="ada@example.com", source_text=f"Notes: {MARK}")
    profiles.edit(candidate=who, values={"bio": f"{MARK} sells"}, source=ChangeSource.CONSOLE, actor=noor)
    file = ContentFile(f"{MARK} resume".encode(), name=f"{MARK}.txt")
    document = documents.attach(candidate=who, file=file)
    Document.objects.filter(pk=document.pk).update(state=Document.State.READ, text=f"{MARK} resume")
    links.issue(purpose=entering.PURPOSE, subject_id=who.pk, hours=48, made_by=noor)
    intake = rounds.intake(who, job=rounds.job(), step=Step.REVIEW, made_by=noor, document=document)
    room = talking.open_room(intake, medium=Medium.TEXT)
    said(room, f"I am called {MARK}")
    answers.record(intake, field="location", value=MARK, via=Via.CHAT, quote=f"I live in {MARK}", turn=1)
    answers.record(intake, field="can_travel", value=True, via=Via.FORM)
    merging.complete(intake)
    return intake


def test_rooms_of_a_round_are_read_from_their_index() -> None:
    """However many rooms there ever were: each round that is purged or handed out asks for its own."""
    intake = rounds.intake(rounds.candidate(), step=Step.REVIEW)
    room = talking.open_room(intake, medium=Medium.TEXT)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    theirs = talking.rooms_of(intake)
    assert "room_metadata" in theirs.explain()
    assert list(theirs) == [room]


def test_all_that_is_known_is_handed_out(noor: User) -> None:
    intake = everything(noor)
    held = json.loads(json.dumps(holding.held(Candidate.objects.get(pk=intake.candidate_id))))
    assert held["profile"]["location"] == MARK
    assert held["beyond_the_profile"] == {"can_travel": True}
    assert held["free_text"] == f"Notes: {MARK}"
    assert held["documents"][0]["text"] == f"{MARK} resume"
    assert held["before_intake"]["location"] is None
    (told,) = held["rounds"]
    assert [one["text"] for one in told["conversations"][0]["said"]] == [f"I am called {MARK}"]
    assert {one["field"] for one in told["answers"]} == {"location", "can_travel"}
    assert {(one["field"], one["by"]) for one in held["history"]} >= {("bio", "hiring team"), ("location", "you")}
    assert held["scores"]["algo_score"] is not None
    assert held["scores"]["assessments"]
    assert held["links"][0]["opens"] == "intake"
    # Whoever works there is not handed out with it, nor anything that opens a door.
    assert "Noor" not in json.dumps(held)
    assert "digest" not in json.dumps(held)


def test_it_reads_as_a_page_that_needs_nothing_else(noor: User) -> None:
    intake = everything(noor)
    who = Candidate.objects.get(pk=intake.candidate_id)
    profiles.edit(candidate=who, values={"bio": "<script>alert(1)</script>"}, source=ChangeSource.CONSOLE, actor=noor)
    page = readable.html(holding.held(who), language="en")
    assert f"I am called {MARK}" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=", page)
    assert "Everything that is held of you" in page
    assert "Location" in page


def test_every_value_that_is_held_stands_on_the_page(noor: User) -> None:
    held = holding.held(Candidate.objects.get(pk=everything(noor).candidate_id))

    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [leaf for one in value.values() for leaf in leaves(one)]
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            return [leaf for one in value for leaf in leaves(one)]
        return [value] if value not in (None, "", [], {}) else []

    def lines(part: readable.Part) -> int:
        return len(part.lines) + sum(map(lines, part.parts))

    assert lines(readable.parts_of(held)) == len(leaves(held))


def test_every_field_that_people_may_set_is_handed_out() -> None:
    held = holding.held(rounds.candidate())
    assert set(held["profile"]) == set(profiles.EDITABLE) - {"job"}


def test_of_another_candidate_nothing_is_handed_out(noor: User) -> None:
    everything(noor)
    other = rounds.candidate(name="Robin Sample")
    assert MARK not in json.dumps(holding.held(other))


def test_asking_for_erasure_tells_people_once(noor: User) -> None:
    intake = rounds.intake(made_by=noor)
    assert holding.ask_erasure(intake)
    assert not holding.ask_erasure(intake)
    assert intake.erasure_asked_at is not None
    assert Notice.objects.get().kind == NoticeKind.ERASURE_ASKED


def traces(mark: str) -> dict[str, int]:
    """How often a text stands in each table of the database."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{mark}%"])
            if count := cursor.fetchone()[0]:
                found[table] = int(count)
    return found


def test_erasure_leaves_no_trace_in_any_table_and_no_file(
    noor: User, settings: Settings, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.MEDIA_ROOT = tmp_path
    intake = everything(noor)
    who = intake.candidate_id
    notices.make(intake, NoticeKind.ERASURE_ASKED)
    assert len(traces(MARK)) >= 5
    assert len(traces(str(who))) >= 5
    assert [path for path in tmp_path.rglob("*") if path.is_file()]
    with django_capture_on_commit_callbacks(execute=True):
        erased = holding.erase(intake.candidate)
    assert (erased.candidates, erased.documents, erased.rooms) == (1, 1, 1)
    assert traces(MARK) == {}
    assert traces(str(who)) == {}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not Turn.objects.exists()
    assert not Link.objects.exists()
    assert holding.erase(intake.candidate) == holding.Erased()


def test_erasure_of_one_leaves_the_others_alone(noor: User) -> None:
    kept = everything(noor)
    gone = rounds.intake(rounds.candidate(name="Robin Sample"))
    before: dict[str, Any] = traces(MARK)
    holding.erase(gone.candidate)
    assert traces(MARK) == before
    assert Intake.objects.get() == kept


def test_records_that_were_merged_into_the_candidate_go_with_them(noor: User) -> None:
    keep, other = rounds.candidate(), rounds.candidate(name=f"Ada {MARK}")
    profiles.merge(keep=keep, other=other, actor=noor)
    assert holding.erase(keep).candidates == 2
    assert traces(MARK) == {}
    assert not Change.objects.exists()


def test_the_file_of_the_import_that_brought_them_goes_too(
    noor: User, settings: Settings, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.MEDIA_ROOT = tmp_path
    import_ = Import.objects.create(
        filename="people.csv",
        file=ContentFile(f"name\nAda {MARK}\n".encode(), name="people.csv"),
        status=ImportStatus.COMPLETE,
        phase=ImportPhase.DONE,
        finished_at=timezone.now(),
    )
    who = rounds.candidate(made_by_import=import_)
    with django_capture_on_commit_callbacks(execute=True):
        holding.erase(who)
    import_.refresh_from_db()
    assert not import_.file
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_page_comes_by_the_candidates_own_link_alone() -> None:
    who, other = coming.person(), coming.person(name="Robin Sample")
    client = coming.agreed(who)
    response = client.get(coming.at(who, "download"), {"as": "page"})
    assert response["Content-Disposition"] == 'attachment; filename="greenroom-my-data.html"'
    assert "Amara Voss" in response.content.decode()
    coming.invited(other)
    assert client.get(coming.at(other, "download"), {"as": "page"}).status_code == 410
