"""Reads tests/samples/matching and measures how often the better of two resumes scores higher."""

from __future__ import annotations

import itertools
import re
import uuid
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from candidates import rubric, scoring
from candidates.matching import matchers
from candidates.models import Candidate, Rubric

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "matching"
GRADES = ("strong", "medium", "weak", "unrelated")
TODAY = date(2026, 11, 21)


@dataclass
class SampleJob:
    profession: str
    title: str
    description: str = ""
    resumes: list[tuple[str, str, str]] = field(default_factory=list)  # grade, name, text


def load(pattern: str) -> list[SampleJob]:
    """The jobs of all files whose names match."""
    jobs: list[SampleJob] = []
    for path in sorted(SAMPLES.glob(pattern)):
        for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            head, *resumes = re.split(r"^--- ", part, flags=re.MULTILINE)
            first, _, description = head.partition("\n")
            profession, _, title = first.partition(" | ")
            job = SampleJob(profession.strip(), title.strip(), description.strip())
            for resume in resumes:
                line, _, text = resume.partition("\n")
                grade, _, name = line.partition(" | ")
                job.resumes.append((grade.strip(), name.strip(), text.strip()))
            jobs.append(job)
    return jobs


def rubric_of(title: str, description: str) -> Rubric:
    """An unsaved rubric drawn from a description."""
    draft = rubric.from_description(title, description)
    return Rubric(
        id=uuid.uuid4(),
        criteria=[criterion.model_dump() for criterion in draft.criteria],
        fields=[one.model_dump() for one in draft.fields],
    )


def score(job_rubric: Rubric, name: str, text: str) -> int:
    """The computed score of a resume that came as free text and nothing else."""
    candidate = Candidate(name=name, source_text=text)
    results = matchers.compiled(job_rubric).match(candidate, today=TODAY)
    return scoring._weighted([(result["share"], result["weight"]) for result in results])


def scores(jobs: list[SampleJob]) -> dict[str, list[tuple[str, str, int]]]:
    """For each job every resume of all jobs, graded: those of other professions are unrelated."""
    table = {}
    for job in jobs:
        made = rubric_of(job.title, job.description)
        rows = []
        for other in jobs:
            for grade, name, text in other.resumes:
                rows.append((grade if other is job else "unrelated", name, score(made, name, text)))
        table[f"{job.profession}: {job.title}"] = rows
    return table


def accuracy(table: dict[str, list[tuple[str, str, int]]]) -> tuple[float, list[str]]:
    """The share of pairs of different grades in the right order (a tie counts half), and the pairs that are not."""
    right = total = 0.0
    wrong = []
    for job, rows in table.items():
        for one, other in itertools.combinations(rows, 2):
            if one[0] == other[0]:
                continue
            better, worse = sorted((one, other), key=lambda row: GRADES.index(row[0]))
            total += 1
            if better[2] > worse[2]:
                right += 1
            else:
                right += 0.5 if better[2] == worse[2] else 0
                wrong.append(f"{job}: {better[0]} {better[1]} {better[2]} ≤ {worse[0]} {worse[1]} {worse[2]}")
    return right / total, wrong
