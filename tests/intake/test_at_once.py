"""What happens to one candidate in the same moment: handing in, erasing, reading, undoing. None waits for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User
from candidates import documents
from candidates.models import Candidate, Change, Document, Work
from candidates.states import ChangeSource, WorkKind, WorkState
from intake import answers, holding, lifecycle, merging, talking
from intake.errors import IntakeNotFound
from intake.models import Intake
from intake.states import IntakeState, Step, Via
from interviews import rooms
from interviews.models import Room
from interviews.states import Medium
from tests.intake import rounds

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"phone": "+1 202 555 0143", "location": "Ghent, Belgium"}


def answered(**values: Any) -> Intake:
    made = rounds.intake(rounds.candidate(source="csv_upload"), step=Step.REVIEW, **values)
    for name, value in SAID.items():
        answers.record(made, field=name, value=value, via=Via.FORM)
    lifecycle.refresh_standing(made.candidate_id)
    return made


def in_a_thread(pool: ThreadPoolExecutor, call: Callable[[], Any]) -> Future[Any]:
    def alone() -> Any:
        try:
            return call()
        finally:
            connection.close()

    return pool.submit(alone)


def waits_or_is_done(call: Future[Any]) -> None:
    """Until the other one waits for a lock of Postgres, or has ended."""
    until = time.monotonic() + 60
    while not call.done() and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def meanwhile(holds: Callable[[], Any], then: Callable[[], Any], other: Callable[[], Any]) -> tuple[Any, Any]:
    """In one transaction `holds`, and `then` once `other`, which began in between, waits for it or has ended."""
    began = Event()
    with ThreadPoolExecutor(1) as pool:

        def late() -> Any:
            began.wait(120)
            return other()

        second = in_a_thread(pool, late)
        with transaction.atomic():
            holds()
            began.set()
            waits_or_is_done(second)
            first = then()
        return first, second.result(30)


def test_erasure_waits_for_the_merge_it_meets() -> None:
    intake = answered()
    candidate = intake.candidate
    done, erased = meanwhile(
        lambda: answers.locked(intake.pk),
        lambda: merging.complete(intake),
        lambda: holding.erase(Candidate.objects.get(pk=candidate.pk)),
    )
    assert done.is_first
    assert erased.candidates == 1
    assert not Intake.objects.exists()
    assert not Change.objects.exists()


def test_erasure_waits_for_the_score_it_meets() -> None:
    candidate = answered().candidate
    work = Work.objects.create(candidate=candidate, kind=WorkKind.SCORE, state=WorkState.CLAIMED)
    _, erased = meanwhile(
        lambda: Work.objects.select_for_update().get(pk=work.pk),
        # As candidates.pipeline writes back what a model said: the work's row, then the candidate's.
        lambda: Candidate.objects.select_for_update(no_key=True).get(pk=candidate.pk),
        lambda: holding.erase(Candidate.objects.get(pk=candidate.pk)),
    )
    assert erased.candidates == 1
    assert not Work.objects.exists()


def test_erasure_waits_for_the_conversation_it_meets() -> None:
    intake = answered()
    room = talking.open_room(intake, medium=Medium.TEXT)
    _, erased = meanwhile(
        lambda: Room.objects.select_for_update(no_key=True).get(pk=room.pk),
        lambda: answers.record(intake, field="phone", value="+1 202 555 0199", via=Via.CHAT),
        lambda: holding.erase(Candidate.objects.get(pk=intake.candidate_id)),
    )
    assert (erased.candidates, erased.rooms) == (1, 1)
    assert not Room.objects.exists()


def test_merge_of_who_was_erased_meanwhile_says_that_nothing_is_there() -> None:
    intake = answered()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        holding.erase(intake.candidate)
        late = in_a_thread(pool, lambda: merging.complete(Intake.objects.get(pk=intake.pk)))
        waits_or_is_done(late)
    with pytest.raises(IntakeNotFound):
        late.result(30)


def test_room_that_was_made_for_who_was_erased_meanwhile_is_gone() -> None:
    intake = answered()
    # The page has read the round, and makes the room, while a recruiter erases.
    before = Intake.objects.select_related("candidate").get(pk=intake.pk)
    made = rooms.make(
        interviewer_name="AI assistant",
        candidate_name="Ada Example",
        medium=Medium.TEXT,
        made_by=None,
        agent_name=talking.AGENT_NAME,
        metadata={"intake_id": str(intake.pk)},
    )
    holding.erase(intake.candidate)
    with pytest.raises(IntakeNotFound):
        talking.attach(before, made, before=None)
    assert not Room.objects.exists()


def test_resume_that_is_read_while_the_round_is_handed_in_is_rated(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    intake = answered()
    file = SimpleUploadedFile("resume.txt", rounds.RESUME.encode())
    document = documents.attach(candidate=intake.candidate, file=file, is_rung=False)
    Intake.objects.filter(pk=intake.pk).update(document=document)
    meanwhile(lambda: merging.complete(intake), lambda: None, lambda: documents.read(document.pk))
    document.refresh_from_db()
    assert document.state == Document.State.READ
    assert Work.objects.filter(candidate=intake.candidate, kind=WorkKind.EXTRACT).exists()


def test_undo_waits_for_the_merge_and_takes_all_of_it_back() -> None:
    intake = answered()
    noor = User.objects.create_superuser("noor@example.com", "a long password")
    _, undone = meanwhile(
        lambda: merging.complete(intake),
        lambda: None,
        lambda: merging.undo(Intake.objects.get(pk=intake.pk), actor=noor),
    )
    assert {one.field for one in undone} == set(SAID)
    known = Candidate.objects.get(pk=intake.candidate_id)
    assert (known.phone, known.location, known.has_enrichment_data) == (None, None, False)
    assert Intake.objects.get(pk=intake.pk).state == IntakeState.COMPLETED


def test_one_change_and_the_whole_merge_taken_back_at_once_is_once() -> None:
    intake = answered()
    merging.complete(intake)
    phone = Change.objects.get(field="phone")
    _, undone = meanwhile(
        lambda: merging.undo_one(intake, phone.pk, actor=None),
        lambda: None,
        lambda: merging.undo(Intake.objects.get(pk=intake.pk), actor=None),
    )
    assert [one.field for one in undone] == ["location"]
    assert Change.objects.filter(source=ChangeSource.UNDO).count() == len(SAID)
