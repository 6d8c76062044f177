"""Greenroom under the harness: a real file, reader, worker, beat, Postgres and Redis, and the simulated model."""

from __future__ import annotations

import contextlib
import io
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Count, Q

from candidates import importing, lifecycle
from candidates.models import Assessment, Candidate, Import, RowError, Work
from candidates.states import AiStatus, ImportStatus, WorkKind, WorkState
from llm.models import Call
from tests import processes
from tests.simulator import Simulator
from tests.torture.harness import Blow, Report, expect

# A worker whose leases, sweeps and waits are short enough to see them at work.
SETTINGS: dict[str, object] = {
    "WORK_LEASE_SECONDS": 4,
    "WORK_SWEEP_SECONDS": 1,
    "WORK_RETRY_SECONDS": 0.3,
    "WORK_DRAINS": 1,
    "LLM_TIMEOUT_SECONDS": 8,
    "LLM_MAX_ATTEMPTS": 3,
    "LLM_CONCURRENCY": 24,
    "LLM_REQUESTS_PER_MINUTE": 100_000,
    "LLM_TOKENS_PER_MINUTE": 1_000_000_000,
    "JUDGING_REPEATS": 0,
    "DATABASE_POOL_SIZE": 10,
}
POISON = ("marker-0013", "marker-0117")
BAD_ROWS = 4
TWICE = 6
# What the simulated model does to some of its callers.
TROUBLE: dict[str, Any] = {
    "latency": 0.15,
    "latency_sigma": 0.4,
    "rate_429": 0.02,
    "retry_after": 0.2,
    "rate_5xx": 0.02,
    "rate_hang": 0.005,
    "rate_broken_json": 0.02,
    "rate_schema_violation": 0.01,
    "rate_disconnect": 0.01,
    "poison": list(POISON),
    "poison_fault": "broken_json",
}


class Greenroom:
    """One import, with the worker and the clock that serve it."""

    def __init__(self, *, rows: int, seed: int, simulator: Simulator, crew: Crew) -> None:
        self.rng = random.Random(seed)
        self.simulator = simulator
        self.crew = crew
        self.rows = rows
        self.struck: set[Any] = set()
        simulator.reset()
        simulator.control(seed=seed, **TROUBLE)
        crew.ensure()
        file = io.BytesIO(csv_file(rows, self.rng))
        self.import_: Import = importing.receive(file=file, filename=f"torture-{seed}.csv", made_by=None, job=None)
        lifecycle.start(self.import_)

    def progress(self) -> float:
        return self._patiently(self._progress)

    def _progress(self) -> float:
        self.import_.refresh_from_db()
        total = self.import_.candidates_total
        if not total:
            return 0.0
        ended = Work.objects.filter(of_import=self.import_).exclude(state__in=lifecycle.OPEN_STATES).count()
        return ended / (2 * total)

    def is_over(self) -> bool:
        def over() -> bool:
            self.import_.refresh_from_db()
            return self.import_.status in lifecycle.ENDED

        return self._patiently(over)

    def hit(self, blow: Blow, report: Report) -> None:
        if blow == "duplicates":
            for _ in range(5):
                current_app.send_task("candidates.tasks.read_import", args=[str(self.import_.pk)])
                current_app.send_task("candidates.tasks.drain")
                current_app.send_task("candidates.tasks.sweep")
            return
        # Counted before and after: a call may begin or end between the look and the blow.
        before = self._calls_under_way()
        if blow == "worker":
            self.crew.worker.kill()
        elif blow == "child":
            self.crew.kill_a_busy_child(self.rng)
        elif blow == "redis":
            processes.wipe_redis()
        elif blow == "postgres":
            processes.restart_postgres()
        under_way = before | self._calls_under_way()
        # The row of a call that was killed stays open for ever: it counts for the blow that killed it alone.
        report.in_flight += len(under_way - self.struck)
        self.struck |= under_way
        self.crew.ensure()

    def _calls_under_way(self) -> set[Any]:
        return self._patiently(
            lambda: set(Call.objects.filter(outcome=Call.Outcome.STARTED).values_list("id", flat=True))
        )

    def _patiently(self, look: Callable[[], Any]) -> Any:
        """Look into the database, which may be on its way up again."""
        for _ in range(600):
            try:
                return look()
            except (OperationalError, InterfaceError, DatabaseError):
                with contextlib.suppress(Exception):
                    connection.close()
                time.sleep(0.1)
        return look()

    def audit(self, report: Report) -> None:
        import_ = self.import_
        import_.refresh_from_db()
        expect(report, import_.status == ImportStatus.COMPLETE, f"it is {import_.status}: {import_.error}")

        # Rows in = rows ended.
        errors = RowError.objects.filter(of_import=import_)
        rows_in = self.rows + BAD_ROWS + TWICE
        expect(report, import_.rows_read == rows_in, f"{import_.rows_read} rows read of {rows_in}")
        expect(report, errors.count() == import_.rows_failed == BAD_ROWS, f"{errors.count()} row errors")
        expect(report, not errors.filter(reason="").exists(), "a row failed without a reason")
        made = Candidate.objects.filter(made_by_import=import_)
        expect(report, made.count() == import_.candidates_made == self.rows, f"{made.count()} candidates made")
        expect(report, import_.duplicates == TWICE, f"{import_.duplicates} duplicates")
        doubled = made.values("email_key").annotate(times=Count("id")).filter(times__gt=1).count()
        expect(report, doubled == 0, f"{doubled} candidates stand there twice")

        # Each piece of work ended, once, and counted once.
        work = Work.objects.filter(of_import=import_)
        tally = Counter(work.values_list("kind", "state"))
        expect(report, not work.filter(state__in=lifecycle.OPEN_STATES).exists(), f"open work: {tally}")
        aside = work.filter(state=WorkState.SET_ASIDE)
        expect(report, not aside.filter(Q(reason="") | Q(error_code="")).exists(), "set aside without a reason")
        extracts = work.filter(kind=WorkKind.EXTRACT).count()
        extracted, scored = tally[("extract", "done")], tally[("score", "done")]
        expect(report, extracts == import_.candidates_total, f"{extracts} extractions, {import_.candidates_total} told")
        expect(report, extracted == import_.extracted, f"{extracted} extracted, {import_.extracted} counted")
        expect(report, scored == import_.scored, f"{scored} scored, {import_.scored} counted")
        expect(report, aside.count() == import_.failed, f"{aside.count()} set aside, {import_.failed} counted")
        expect(report, tally.total() == extracts + extracted, f"not one scoring for each extraction: {tally}")
        for marker in POISON:
            expect(
                report, aside.filter(candidate__bio__contains=marker).exists(), f"the poison {marker} was not set aside"
            )

        # What was written stands there whole, and once.
        judged = Assessment.objects.filter(candidate__in=made, kind=Assessment.Kind.MODEL)
        expect(report, judged.count() == scored, f"{judged.count()} judgements for {scored} scored")
        with_score = made.filter(
            ai_status=AiStatus.SCORED, ai_score__isnull=False, combined_score__isnull=False
        ).count()
        expect(report, with_score == scored, f"{with_score} candidates with a score, {scored} scored")
        computed = Assessment.objects.filter(candidate__in=made, kind=Assessment.Kind.ALGORITHM, is_current=True)
        expect(report, computed.count() == self.rows, f"{computed.count()} computed assessments")
        failed = made.filter(ai_status=AiStatus.FAILED).count()
        expect(report, failed == aside.values("candidate").distinct().count(), f"{failed} candidates marked as failed")

        # The model's own ledger: the same question answered and paid for more than once.
        paid = Counter(
            call["digest"] for call in self.simulator.calls() if call["status"] in (200, 499) and not call["fault"]
        )
        report.paid_again = sum(times - 1 for times in paid.values())
        expect(
            report,
            report.paid_again <= report.in_flight,
            f"{report.paid_again} calls paid again, {report.in_flight} were in flight at the blows",
        )


class Crew:
    """The worker and beat, kept running as a supervisor would."""

    def __init__(self) -> None:
        self.worker = processes.start_worker(children=3, **SETTINGS)
        self.beat = processes.start_beat(**SETTINGS)

    def ensure(self) -> None:
        """Start again whatever does not run."""
        if self.worker.popen.poll() is not None:
            self.worker.stop()
            self.worker = processes.start_worker(children=3, **SETTINGS)
        if self.beat.popen.poll() is not None:
            self.beat.stop()
            self.beat = processes.start_beat(**SETTINGS)

    def kill_a_busy_child(self, rng: random.Random) -> None:
        """kill -9 of the child that drains; where none can be told, of any."""
        import psutil

        children = self.worker.children()
        used = {pid: sum(psutil.Process(pid).cpu_times()[:2]) for pid in children if psutil.pid_exists(pid)}
        busiest = max(used, key=lambda pid: used[pid]) if used else rng.choice(children)
        psutil.Process(busiest).kill()

    def stop(self) -> None:
        """End both."""
        self.beat.stop()
        self.worker.stop()


def csv_file(rows: int, rng: random.Random) -> bytes:
    """A file of `rows` made-up people, with a few rows that fail and a few that stand there twice, in any order."""
    lines = []
    for number in range(rows):
        years = rng.randint(0, 15)
        # Every other one has free text for the model to extract from.
        notes = (
            f"Ran the Example Fair {number}. Certificate: Example Academy. marker-{number:04d}" if number % 2 else ""
        )
        lines.append(
            f"Robin Sample {number},robin.{number}.{rng.randrange(10**9)}@example.com,Account Executive,Example Works,"
            f'{years},"Sold software for {years} years, case {number}. marker-{number:04d}",{notes}'
        )
    again = [line.replace("Example Works", "Example Works Ltd") for line in rng.sample(lines, TWICE)]
    bad = [f"Nobody {number},no address at all,Clerk,Example Works,1,," for number in range(BAD_ROWS)]
    rng.shuffle(lines)
    # After the rows that they repeat, so that a repeated row is always the one that updates.
    body = lines + again + bad
    return ("name,email,current_role,current_company,years_experience,bio,resume\n" + "\n".join(body) + "\n").encode()
