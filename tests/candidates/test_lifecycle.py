"""The life of an import: allowed moves only, each once, each with its event; the status is the contract's."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User
from candidates import doorbell, lifecycle
from candidates.lifecycle import WrongState
from candidates.models import Event, Import, Work
from candidates.states import IMPORT_MOVES, ImportPhase, ImportStatus, WorkState
from tests.candidates.making import running_import


@pytest.fixture
def import_(db: None) -> Import:
    return Import.objects.create(filename="people.csv", size=1000)


def test_a_move_that_is_not_allowed_changes_nothing(import_: Import) -> None:
    with pytest.raises(WrongState) as raised:
        lifecycle.transition(import_, ImportStatus.COMPLETE, phase=ImportPhase.DONE)
    assert raised.value.status == 409
    import_.refresh_from_db()
    assert import_.status == ImportStatus.IDLE
    assert not Event.objects.exists()


def test_a_move_sets_its_values_and_writes_the_status_as_an_event(import_: Import) -> None:
    lifecycle.transition(import_, ImportStatus.ERROR, phase=ImportPhase.DONE, error="It broke.", message="Sorry.")
    event = Event.objects.get()
    assert (event.kind, event.data["error"], event.data["message"]) == ("error", "It broke.", "Sorry.")
    assert event.data == lifecycle.status_of(import_)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_move_an_import_at_once_one_wins() -> None:
    import_ = Import.objects.create(filename="people.csv")
    outcomes: list[str] = []

    def move() -> None:
        mine = Import.objects.get(pk=import_.pk)
        barrier.wait()
        try:
            lifecycle.transition(mine, ImportStatus.CANCELLED, phase=ImportPhase.DONE)
            outcomes.append("moved")
        except WrongState:
            outcomes.append("refused")
        finally:
            connection.close()

    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=move) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "refused", "refused", "refused"]
    assert Event.objects.count() == 1


def test_the_ended_states_are_those_without_moves() -> None:
    assert {ImportStatus.COMPLETE, ImportStatus.ERROR, ImportStatus.CANCELLED} == lifecycle.ENDED
    assert set(IMPORT_MOVES) == set(ImportStatus)


def test_confirm_and_cancel_refuse_what_does_not_fit(import_: Import) -> None:
    with pytest.raises(WrongState):
        lifecycle.confirm(import_)
    lifecycle.cancel(import_)
    with pytest.raises(WrongState):
        lifecycle.cancel(import_)


def test_cancel_ends_the_open_work(db: None) -> None:
    import_ = running_import(5)
    lifecycle.cancel(import_)
    assert set(Work.objects.values_list("state", flat=True)) == {WorkState.CANCELLED}
    assert import_.finished_at is not None


def test_an_import_stopped_while_extracting_goes_back_to_extracting_when_confirmed(db: None) -> None:
    import_ = running_import(3)
    assert lifecycle.hold(import_.pk, message="The money cap is reached.")
    assert not lifecycle.hold(import_.pk, message="again")
    import_.refresh_from_db()
    assert (import_.status, import_.message) == ("waiting_confirmation", "The money cap is reached.")
    assert lifecycle.confirm(import_).status == ImportStatus.EXTRACTING


def test_an_import_without_candidates_completes(db: None) -> None:
    import_ = running_import(0)
    ended = lifecycle.advance(import_.pk)
    assert ended is not None
    assert ended.status == ImportStatus.COMPLETE
    assert lifecycle.status_of(ended)["progress"] == 100


def test_the_status_is_what_the_contract_says(db: None) -> None:
    import_ = running_import(10, extracted=10, scored=4, failed=1, status=ImportStatus.SCORING)
    status = lifecycle.status_of(import_)
    assert {
        *("import_id", "status", "phase", "progress", "message", "candidates_total", "candidates_extracted"),
        *("candidates_scored", "candidates_failed", "rows_failed", "duplicates", "cost_usd", "cost_estimate_usd"),
        *("eta_seconds", "error", "filename", "created_at", "finished_at"),
    } <= set(status)
    assert (status["candidates_total"], status["candidates_scored"], status["candidates_failed"]) == (10, 4, 1)
    assert 40 <= status["progress"] < 100
    assert status["error"] is None


def test_progress_never_reaches_100_before_the_end_and_never_falls(db: None) -> None:
    import_ = Import(size=1000, status=ImportStatus.EXTRACTING)
    seen = []
    for offset, total, extracted, scored in (
        (0, 0, 0, 0),
        (500, 50, 10, 0),
        (1000, 100, 60, 0),
        (1000, 100, 100, 50),
        (1000, 100, 100, 100),
    ):
        import_.checkpoint = {"offset": offset}
        import_.candidates_total, import_.extracted, import_.scored = total, extracted, scored
        import_.rows_total = total if offset == 1000 else None
        seen.append(lifecycle.progress_of(import_))
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == 99


def test_progress_events_are_thinned(import_: Import) -> None:
    for _ in range(50):
        lifecycle.record(import_.pk)
    assert Event.objects.count() == 1


def test_the_newest_import_is_ones_own_first(db: None) -> None:
    mine, other = (User.objects.create_user(f"{name}@example.com") for name in ("rhea", "sol"))
    assert lifecycle.newest(mine) is None
    of_mine = Import.objects.create(filename="a.csv", made_by=mine)
    of_other = Import.objects.create(filename="b.csv", made_by=other)
    assert lifecycle.newest(mine) == of_mine
    assert lifecycle.newest(User.objects.create_user("tau@example.com")) == of_other


def test_a_ring_that_nobody_hears_fails_nothing(
    import_: Import, settings: Settings, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    from celery import current_app

    url = current_app.conf.broker_url
    current_app.conf.broker_url = "redis://127.0.0.1:1/0"
    current_app._after_fork()  # how Celery forgets its connections; a pool that is closed stays closed for all tests
    try:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():  # type: ignore[operator]
            doorbell.ring_drain()
            Import.objects.filter(pk=import_.pk).update(message="saved")
    finally:
        current_app.conf.broker_url = url
        current_app._after_fork()
    assert Import.objects.get(pk=import_.pk).message == "saved"
