"""Answers that hold what other modules compute, and an id beside it."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from candidates.job_analysis import JobAnalysis
from candidates.questions import Question
from candidates.schemas import Shape


class Questions(Shape):
    """A candidate's interview questions."""

    candidate_id: UUID
    questions: list[Question]


class JobReport(JobAnalysis):
    """What a job description asks for, and the job that it was kept as."""

    job_id: UUID | None = Field(description="Null where it was not saved")
