"""Work rows: claimed once, done outside transactions, written back only under a standing claim, and always ended."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from django.conf import settings as settings_now
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from candidates import lifecycle, pipeline
from candidates.assessing import Outcome
from candidates.listening import connection_parameters
from candidates.models import Assessment, Candidate, Change, Document, Event, Import, Work
from candidates.pipeline import claiming, committing
from candidates.pipeline.attempting import failure
from candidates.pipeline.committing import Result
from candidates.pipeline.draining import _SLOT_LOCK
from candidates.pipeline.keeping import Committer
from candidates.states import AiStatus, ImportStatus, WorkKind, WorkState
from llm import budget
from llm.errors import GreenroomError, Unavailable
from tests.candidates.making import expire_leases, running_import
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.WORK_LEASE_SECONDS = 5.0
    settings.WORK_RETRY_SECONDS = 0.05
    settings.LLM_REQUESTS_PER_MINUTE = 100_000
    settings.LLM_TOKENS_PER_MINUTE = 100_000_000
    settings.LLM_CONCURRENCY = 32


def drain_until_ended(import_: Import, *, seconds: float = 180) -> Import:
    """Drain and sweep as worker and beat would, until the import has nothing left to do."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pipeline.drain(linger_seconds=0.05)
        pipeline.sweep()
        import_.refresh_from_db()
        if import_.status not in (ImportStatus.EXTRACTING, ImportStatus.SCORING):
            return import_
    raise AssertionError(f"still {import_.status}")


def states(import_: Import, kind: WorkKind) -> Counter[str]:
    return Counter(Work.objects.filter(of_import=import_, kind=kind).values_list("state", flat=True))


def test_an_import_is_extracted_and_scored_and_counted_exactly(simulator: Simulator) -> None:
    import_ = drain_until_ended(running_import(40, with_text=True))

    assert (import_.status, import_.extracted, import_.scored, import_.failed) == ("complete", 40, 40, 0)
    assert states(import_, WorkKind.EXTRACT) == states(import_, WorkKind.SCORE) == {"done": 40}
    assert Candidate.objects.filter(ai_status=AiStatus.SCORED, algo_score__isnull=False).count() == 40
    kinds = Counter(Assessment.objects.filter(is_current=True).values_list("kind", flat=True))
    assert kinds == {"algorithm": 40, "model": 40}
    assert Change.objects.exclude(by_import=import_).count() == 0
    assert [event.kind for event in Event.objects.exclude(kind="progress").order_by("id")] == ["scoring", "complete"]
    assert lifecycle.status_of(import_)["progress"] == 100
    assert lifecycle.status_of(import_)["cost_usd"] > 0


def test_without_a_model_an_import_still_completes_by_the_algorithm_alone() -> None:
    import_ = drain_until_ended(running_import(300, with_text=True))

    assert (import_.status, import_.extracted, import_.scored) == ("complete", 300, 0)
    assert Candidate.objects.filter(ai_status=AiStatus.NOT_CONFIGURED, ai_score=None).count() == 300
    assert Candidate.objects.filter(algo_score=None).count() == 0
    assert not Work.objects.filter(kind=WorkKind.SCORE).exists()


def test_an_import_without_scoring_waits_with_an_estimate_and_goes_on_when_confirmed(simulator: Simulator) -> None:
    import_ = drain_until_ended(running_import(12, score=False))
    assert import_.status == ImportStatus.WAITING_CONFIRMATION
    assert import_.cost_estimate_usd is not None
    assert import_.cost_estimate_usd > 0
    assert simulator.calls() == []
    assert pipeline.drain(linger_seconds=0.05) == 0, "work of an import that waits is not touched"

    lifecycle.confirm(import_)
    import_ = drain_until_ended(import_)
    assert (import_.status, import_.scored) == ("complete", 12)


def test_a_money_cap_sends_the_import_back_to_waiting_and_a_higher_one_resumes_it(simulator: Simulator) -> None:
    import_ = running_import(12)
    scope = f"import:{import_.pk}"
    budget.set_cap(scope, "0.000001")
    import_ = drain_until_ended(import_)
    assert import_.status == ImportStatus.WAITING_CONFIRMATION
    assert "cap" in import_.message
    assert Work.objects.filter(kind=WorkKind.SCORE, state=WorkState.READY, attempts=0).count() == 12

    budget.set_cap(scope, "5")
    lifecycle.confirm(import_)
    assert drain_until_ended(import_).scored == 12


def test_a_row_that_keeps_failing_is_set_aside_with_its_reason_and_the_rest_goes_on(
    simulator: Simulator, settings: Settings
) -> None:
    settings.LLM_MAX_ATTEMPTS = 1
    simulator.control(poison=["marker-7 ", "marker-7\\n", 'marker-7"'], poison_fault="broken_json")
    import_ = drain_until_ended(running_import(15))

    assert (import_.status, import_.scored, import_.failed) == ("complete", 14, 1)
    aside = Work.objects.get(of_import=import_, state=WorkState.SET_ASIDE)
    assert (aside.attempts, aside.error_code) == (3, "model_answer_broken")
    assert aside.reason
    assert aside.candidate.ai_status == AiStatus.FAILED
    assert aside.candidate.ai_score is None
    assert aside.candidate.algo_score is not None


def test_a_result_whose_claim_was_lost_is_not_written() -> None:
    import_ = running_import(2)
    first, second = claiming.claim(WorkKind.EXTRACT, limit=2)
    expire_leases()
    pipeline.sweep()
    assert Work.objects.get(pk=first.work_id).attempts == 1

    late = Outcome(values={"algo_score": 99})
    assert committing.commit([Result(first, WorkState.DONE, late), Result(second, WorkState.DONE, late)]) == set()
    assert not Candidate.objects.filter(algo_score=99).exists()
    assert drain_until_ended(import_).extracted == 2


def test_a_result_about_an_outdated_profile_is_done_again_instead_of_overwriting_it() -> None:
    running_import(1)
    (piece,) = claiming.claim(WorkKind.EXTRACT, limit=1)
    Candidate.objects.update(current_role="Head of Sales", updated_at=timezone.now())

    committing.commit([Result(piece, WorkState.DONE, Outcome(values={"current_role": "Clerk"}))])
    assert Candidate.objects.get().current_role == "Head of Sales"
    row = Work.objects.get()
    assert (row.state, row.attempts) == (WorkState.READY, 0)


def test_a_row_whose_worker_died_three_times_is_set_aside_and_its_import_ends() -> None:
    import_ = running_import(1)
    for _ in range(3):
        assert len(claiming.claim(WorkKind.EXTRACT, limit=5)) == 1
        expire_leases()
        pipeline.sweep()
    row = Work.objects.get(kind=WorkKind.EXTRACT)
    assert (row.state, row.error_code, row.attempts) == (WorkState.SET_ASIDE, "worker_lost", 3)
    import_.refresh_from_db()
    assert (import_.status, import_.failed) == ("complete", 1)
    assert row.candidate.algo_score is not None, "what needs no model is computed all the same"


def test_an_outcome_that_cannot_be_stored_fails_alone() -> None:
    import_ = running_import(5)
    pieces = claiming.claim(WorkKind.EXTRACT, limit=5)
    results = [Result(piece, WorkState.DONE, Outcome(values={"algo_score": 50})) for piece in pieces]
    results[2].outcome = Outcome(values={"algo_score": 70_000})
    committed: list[int] = []
    committer = Committer(on_committed=committed.extend)
    committer.start()
    for result in results:
        committer.put(result)
    committer.stop()
    assert committer.failure is None
    assert sorted(committed) == sorted(piece.work_id for piece in pieces)
    assert Candidate.objects.filter(algo_score=50).count() == 4
    bad = Work.objects.get(pk=pieces[2].work_id)
    assert (bad.state, bad.error_code, bad.attempts) == (WorkState.READY, "not_storable", 1)
    assert drain_until_ended(import_).extracted == 5


def test_imports_take_turns() -> None:
    large, small = running_import(50), running_import(5)
    pieces = claiming.claim(WorkKind.EXTRACT, limit=10)
    shares = Counter(piece.import_id for piece in pieces)
    assert shares == {large.pk: 5, small.pk: 5}


def test_claims_never_overlap() -> None:
    running_import(200)
    claimed: list[int] = []
    lock = threading.Lock()

    def claim_all() -> None:
        try:
            while pieces := claiming.claim(WorkKind.EXTRACT, limit=7):
                with lock:
                    claimed.extend(piece.work_id for piece in pieces)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 200


def test_cancel_stops_at_once_and_leaves_nothing_half_written(simulator: Simulator) -> None:
    simulator.control(latency=2)  # without a cancel it would all take twelve seconds more
    import_ = running_import(200)
    drained = threading.Thread(target=lambda: (pipeline.drain(linger_seconds=0.05), connection.close()))
    drained.start()
    deadline = time.monotonic() + 120
    while import_.scored < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
        import_.refresh_from_db()
    lifecycle.cancel(import_)
    began = time.monotonic()
    drained.join(timeout=60)
    assert time.monotonic() - began < 8
    pipeline.sweep()

    import_.refresh_from_db()
    assert import_.status == ImportStatus.CANCELLED
    assert not Work.objects.filter(state__in=lifecycle.OPEN_STATES).exists()
    scored = Candidate.objects.filter(ai_status=AiStatus.SCORED)
    assert scored.count() == import_.scored == Work.objects.filter(kind=WorkKind.SCORE, state=WorkState.DONE).count()
    assert Assessment.objects.filter(kind=Assessment.Kind.MODEL).count() == import_.scored
    calls = len(simulator.calls())
    time.sleep(0.5)
    assert len(simulator.calls()) == calls, "no call is begun after a cancel"


def test_a_drain_that_is_told_to_stop_gives_its_rows_back(simulator: Simulator) -> None:
    simulator.control(latency=0.2)
    running_import(120)
    stop = threading.Event()
    drained = threading.Thread(target=lambda: (pipeline.drain(should_stop=stop.is_set), connection.close()))
    drained.start()
    while not Work.objects.filter(kind=WorkKind.SCORE, state=WorkState.DONE).exists():
        time.sleep(0.05)
    stop.set()
    drained.join(timeout=60)
    assert not drained.is_alive()
    assert not Work.objects.filter(state=WorkState.CLAIMED).exists()
    assert not Work.objects.filter(attempts__gt=0).exists(), "to be stopped is no failure"
    assert Work.objects.filter(state=WorkState.READY).exists()


def test_only_so_many_drains_run(settings: Settings) -> None:
    settings.WORK_DRAINS = 1
    running_import(3)
    with psycopg.connect(**connection_parameters()) as other:
        other.execute("SELECT pg_advisory_lock(%s, 0)", [_SLOT_LOCK])
        assert pipeline.drain(linger_seconds=0) == 0
        # Now, not when Postgres notices that the connection is gone.
        other.execute("SELECT pg_advisory_unlock(%s, 0)", [_SLOT_LOCK])
    assert pipeline.drain(linger_seconds=0.05) == 3


def test_queued_scores_run_outside_any_import_and_only_once(simulator: Simulator) -> None:
    import_ = drain_until_ended(running_import(6))
    everyone = Candidate.objects.all()
    assert pipeline.queue_scores(candidates=everyone) == 6
    assert pipeline.queue_scores(candidates=everyone) == 0
    assert pipeline.queue_scores(candidates=everyone.filter(name__endswith=" 1"), kind=WorkKind.EXTRACT) == 1
    while claiming.work_is_ready():
        pipeline.drain(linger_seconds=0.05)
    assert not Work.objects.filter(of_import=None).exclude(state=WorkState.DONE).exists()
    import_.refresh_from_db()
    assert (import_.extracted, import_.scored) == (6, 6), "an ended import does not count on"


def test_a_failure_waits_longer_each_time_and_no_shorter_than_the_provider_asked(settings: Settings) -> None:
    settings.WORK_RETRY_SECONDS = 20.0
    running_import(1)
    (piece,) = claiming.claim(WorkKind.EXTRACT, limit=1)
    first = failure(piece, Unavailable("away"))
    piece.attempts = 1
    second = failure(piece, Unavailable("away"), wait_seconds=90)
    piece.attempts = 2
    third = failure(piece, GreenroomError("away"))
    assert (first.wait_seconds, second.wait_seconds) == (20.0, 90.0)
    assert (first.state, second.state, third.state) == (WorkState.READY, WorkState.READY, WorkState.SET_ASIDE)


def rung_for(document_id: UUID) -> int:
    """How many messages that ask for reading this document lie in the broker."""
    queues = [queue.name for queue in settings_now.CELERY_TASK_QUEUES]
    with redis.Redis.from_url(settings_now.CELERY_BROKER_URL) as client:
        messages = [json.loads(message) for queue in queues for message in client.lrange(queue, 0, -1)]
    return sum(
        message["headers"]["task"] == "candidates.tasks.read_document"
        and str(document_id) in message["headers"]["argsrepr"]
        for message in messages
    )


def test_the_sweep_rings_for_a_document_that_nobody_read() -> None:
    running_import(1)
    document = Document.objects.create(
        candidate=Candidate.objects.get(), filename="cv.txt", content_type="text/plain", size=3, sha256=uuid4().hex
    )
    assert pipeline.sweep().drain_rung
    assert rung_for(document.pk) == 0, "a document that has just come is left to the ring that came with it"
    Document.objects.filter(pk=document.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    pipeline.sweep()
    assert rung_for(document.pk) == 1
