"""Synthetic imports for tests of the pipeline, made straight in the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from candidates.models import Candidate, Import, Work
from candidates.states import ImportPhase, ImportStatus, WorkKind, WorkState

TEXT = (
    "Sold software to banks for six years. Led a team of five account executives, closed a 120000 USD contract with "
    "Example Bank, and carried a quota of two million. Certificate: Example Sales Academy. marker-{number}"
)


def running_import(
    number: int,
    *,
    with_text: bool = False,
    score: bool = True,
    name: str = "Robin Sample",
    note: str = "",
    **values: Any,
) -> Import:
    """An import whose file was read, with `number` candidates whose extraction is ready."""
    import_ = Import.objects.create(
        **{
            "filename": "people.csv",
            "size": 1000,
            "score": score,
            "status": ImportStatus.EXTRACTING,
            "phase": ImportPhase.EXTRACTING,
            "started_at": timezone.now(),
            "rows_total": number,
            "rows_read": number,
            "candidates_made": number,
            "candidates_total": number,
            **values,
        }
    )
    candidates = Candidate.objects.bulk_create(
        Candidate(
            id=uuid4(),
            name=f"{name} {index}",
            email=f"robin.{index}.{import_.pk.hex[:8]}@example.com",
            current_role="Account Executive",
            years_experience=float(index % 12),
            skills=["negotiation", "python"],
            bio=f"Account executive with {index % 12} years of experience. {note} marker-{index}",
            source_text=TEXT.format(number=index) if with_text else "",
            made_by_import=import_,
        )
        for index in range(number)
    )
    Work.objects.bulk_create(
        Work(of_import=import_, candidate=candidate, kind=WorkKind.EXTRACT) for candidate in candidates
    )
    return import_


def expire_leases() -> int:
    """Make every lease run out, as time would."""
    return Work.objects.filter(state=WorkState.CLAIMED).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
