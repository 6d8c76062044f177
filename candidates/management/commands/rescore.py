"""Score candidates again."""

from __future__ import annotations

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from candidates import pipeline, reweighing
from candidates.models import Candidate, Job
from candidates.states import AiStatus, WorkKind
from llm import client
from llm.errors import GreenroomError


class Command(BaseCommand):
    help = (
        "Score candidates again. With --weight, count the scores anew from the stored answers: done at once, and "
        "nothing is paid. Without, queue the work for the workers, which asks the model again for every candidate "
        "and costs money: --dry-run says for how many."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--job",
            type=UUID,
            metavar="ID",
            help="the candidates for this job; without it, those without a job, by the default rubric",
        )
        parser.add_argument(
            "--weight",
            type=_weight,
            action="append",
            default=[],
            metavar="CRITERION=N",
            help="another weight (0–2; 0 switches off, 1 is normal) for a criterion; may be given several times",
        )
        parser.add_argument("--failed", action="store_true", help="only candidates whose AI score failed or is missing")
        parser.add_argument(
            "--from-start",
            action="store_true",
            help="begin with reading free text and the algorithmic score, before the model judges",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(
        self,
        *,
        job: UUID | None,
        weight: list[tuple[str, float]],
        failed: bool,
        from_start: bool,
        dry_run: bool,
        **options: Any,
    ) -> None:
        wanted = _job(job)
        candidates = Candidate.objects.live().filter(job=wanted)
        if weight:
            if failed or from_start:
                raise CommandError("--weight goes with neither --failed nor --from-start: it counts all anew at once.")
            self._reweigh(wanted, dict(weight), dry_run=dry_run, how_many=candidates.count() if dry_run else 0)
            return
        if failed:
            candidates = candidates.exclude(ai_status=AiStatus.SCORED)
        if dry_run:
            self.stdout.write(f"{candidates.count():,} candidates would be queued.")
            return
        if not from_start and not client.is_configured():
            raise CommandError("No model is configured, so there is nobody to ask. Use --weight or --from-start.")
        queued = pipeline.queue_scores(candidates=candidates, kind=WorkKind.EXTRACT if from_start else WorkKind.SCORE)
        self.stdout.write(f"{queued:,} candidates queued; the workers go on from here.")

    def _reweigh(self, job: Job | None, weights: dict[str, float], *, dry_run: bool, how_many: int) -> None:
        if dry_run:
            self.stdout.write(f"{how_many:,} candidates would be ranked anew.")
            return
        try:
            ranked = reweighing.apply(job=job, weights=weights, actor=None)
        except GreenroomError as error:
            faults = "".join(f"\n  {name}: {' '.join(found)}" for name, found in (error.fields or {}).items())
            raise CommandError(f"{error.message}{faults}") from error
        self.stdout.write(f"{ranked:,} candidates ranked anew.")


def _job(job_id: UUID | None) -> Job | None:
    if job_id is None:
        return None
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise CommandError(f"There is no job {job_id}.")
    return job


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not name or not 0 <= value <= 2:
        raise argparse.ArgumentTypeError("must read CRITERION=N with N from 0 to 2, e.g. python=1.5")
    return name, value
