"""Bring the sample data in by the same road as a recruiter's own: upload, read, extract, score."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from candidates import importing, lifecycle, pipeline, rubric
from candidates.demo import jobs, people
from candidates.models import Candidate, Import, Job
from candidates.states import IntakeStatus, Source
from llm.errors import GreenroomError

# The sample of a week's work: what became of the best of each list, by their place in it.
INTAKES = (IntakeStatus.COMPLETED, IntakeStatus.INVITED, IntakeStatus.IN_PROGRESS)
PATIENCE_SECONDS = 300


class DemoStuck(GreenroomError):
    """The sample import did not end, e.g. because no model answers."""

    code = "demo_stuck"


@dataclass(frozen=True)
class Report:
    """How much was loaded."""

    jobs: int
    candidates: int
    imports: int


def is_loaded() -> bool:
    """Whether the sample data is there (or was: deleted sample data does not come back)."""
    return Job.objects.filter(title=jobs.ENGINEER.title, imports__filename__startswith="sample-").exists()


def recruiter(*, email: str, password: str | None) -> User | None:
    """The demo recruiter: an existing account, or a new one with all rights; None without account and password."""
    existing = User.objects.filter(email=email.lower()).first()
    if existing or not password:
        return existing
    return User.objects.create_superuser(email, password, name="Demo Recruiter")


def load(*, recruiter: User) -> Report:
    """Load jobs, people and the traces of a week's work. Raises DemoStuck where an import does not end."""
    engineer, seller = (_job(sample, recruiter) for sample in (jobs.ENGINEER, jobs.ACCOUNT_EXECUTIVE))
    sellers = people.sellers()
    made = [
        _import("sample-engineers.csv", people.engineers(), engineer, recruiter),
        first := _import("sample-sellers.csv", people.broken(sellers), seller, recruiter),
        _import(
            "sample-sellers-mended.csv",
            [sellers[position] for position, _, _ in people.BROKEN_CELLS],
            seller,
            recruiter,
            mends=first,
        ),
    ]
    for job in (engineer, seller):
        _live_a_week(job)
    return Report(jobs=2, candidates=Candidate.objects.filter(job__in=(engineer, seller)).count(), imports=len(made))


def _job(sample: jobs.SampleJob, recruiter: User) -> Job:
    draft = rubric.from_description(sample.title, sample.description)
    job = Job.objects.create(
        title=sample.title, description=sample.description, role_type=draft.role_type, made_by=recruiter
    )
    rubric.save(job, draft, actor=recruiter)
    return job


def _import(
    filename: str, rows: list[dict[str, str]], job: Job, recruiter: User, *, mends: Import | None = None
) -> Import:
    import_ = importing.receive(
        file=ContentFile(people.as_csv(rows), name=filename),
        filename=filename,
        made_by=recruiter,
        job=job,
        mends=mends,
    )
    lifecycle.start(import_)
    pipeline.read_import(import_.pk)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        pipeline.drain()
        import_.refresh_from_db()
        if import_.status in lifecycle.ENDED:
            return import_
        if time.monotonic() > give_up:
            raise DemoStuck("The sample import did not end. Does the model answer?")
        time.sleep(0.2)


def _live_a_week(job: Job) -> None:
    """Give some of the best candidates intakes, as later weeks would: written directly, nobody was asked."""
    ranked = list(Candidate.objects.live().filter(job=job).order_by("-rank", "id")[:12])
    now = timezone.now()
    for candidate, intake in zip(ranked[4:], INTAKES, strict=False):
        candidate.intake_status = intake
        if intake == IntakeStatus.COMPLETED:
            candidate.has_enrichment_data = True
            candidate.enrichment_date = now - timedelta(days=2)
            candidate.enrichment_fields = ["location", "years_experience"]
            candidate.original_data = {"location": None, "years_experience": None}
            candidate.source = Source.VOICE_ENRICHED
        candidate.save(
            update_fields=[
                "intake_status",
                "has_enrichment_data",
                "enrichment_date",
                "enrichment_fields",
                "original_data",
                "source",
            ]
        )
