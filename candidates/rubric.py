"""Rubrics: what candidates are scored by. The default one, one drawn from a job description, and storing versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from pydantic import Field, ValidationError

from accounts.models import User
from candidates.models import Job, Rubric
from candidates.schemas import Criterion, ProfileField, Shape
from llm.errors import GreenroomError

MOST_CRITERIA = 40

# The default rubric, used where there is no job: MISSION "algo_score". Points at weight 1; red flags take points away.
FORMULA_POINTS: dict[str, int] = {
    "years": 30,
    "sold_to_finance": 25,
    "founder": 20,
    "acv": 15,
    "enterprise": 10,
    "red_flags": -30,  # 5 for each of the six flags that there are
}

DEFAULT: list[Criterion] = [
    Criterion(
        key="years",
        label="Years of experience",
        kind="formula",
        description="Ten points for each year, at most 30.",
    ),
    Criterion(
        key="sold_to_finance",
        label="Has sold to finance",
        kind="formula",
        description="25 points if the answer is yes.",
    ),
    Criterion(
        key="founder",
        label="Founder or startup experience",
        kind="formula",
        description="20 points for a founder, else 10 for startup experience.",
    ),
    Criterion(
        key="acv",
        label="Largest annual contract value",
        kind="formula",
        description="15 points from 100,000, 10 from 50,000, 5 for anything above 0.",
    ),
    Criterion(
        key="enterprise",
        label="Enterprise experience",
        kind="formula",
        description="10 points if the answer is yes.",
    ),
    Criterion(key="red_flags", label="Red flags", kind="formula", description="5 points less for each red flag."),
]
DEFAULT_WEIGHTS: dict[str, float] = {criterion.key: criterion.weight for criterion in DEFAULT}


class RubricInvalid(GreenroomError):
    """Criteria or weights that cannot be used; `fields` names each one."""

    code = "invalid_rubric"
    status = 400


class RubricDraft(Shape):
    """A rubric not yet saved: what a job description asks for, for a recruiter to edit."""

    role_type: str = ""
    criteria: list[Criterion]
    fields: list[ProfileField] = Field(default_factory=list)
    red_flag_indicators: list[str] = Field(default_factory=list)


def default_fields() -> list[ProfileField]:
    """The fields that are wanted of every candidate, whatever the job; the base of completeness."""
    return [field.model_copy() for field in _BASELINE]


def from_description(title: str, description: str) -> RubricDraft:
    """Draw a rubric from a job's title and description by matching alone; no model is asked.

    An empty or meaningless description gives a rubric of the title alone, or no criteria at all.
    """
    from candidates.matching import description as reading  # matching builds on the shapes of this module

    return reading.draft(title, description)


def current(job: Job) -> Rubric | None:
    """The newest version of a job's rubric, or None where it has none (the default formula then counts)."""
    return job.rubrics.order_by("-version").first()


def save(
    job: Job, rubric: RubricDraft | Sequence[Criterion | Mapping[str, Any]], *, actor: User | None = None
) -> Rubric:
    """Store a new version of a job's rubric and return it.

    A bare list of criteria keeps the fields and red flag indicators of the version before. Raises RubricInvalid, with
    `fields` such as {"criteria.2.weight": […]}, if a criterion does not hold.
    """
    if isinstance(rubric, RubricDraft):
        criteria = validated(rubric.criteria)
        extra: dict[str, Any] | None = {
            "fields": [field.model_dump() for field in rubric.fields],
            "red_flag_indicators": list(rubric.red_flag_indicators),
        }
    else:
        criteria, extra = validated(rubric), None
    with transaction.atomic():
        # The job's row is the lock: two recruiters saving at once get two versions, not one error.
        Job.objects.select_for_update().only("id").get(pk=job.pk)
        if extra is None:
            before = current(job)
            extra = {
                "fields": before.fields if before else [field.model_dump() for field in default_fields()],
                "red_flag_indicators": before.red_flag_indicators if before else [],
            }
        newest = job.rubrics.aggregate(version=Max("version"))["version"] or 0
        return Rubric.objects.create(
            job=job,
            version=newest + 1,
            criteria=[criterion.model_dump() for criterion in criteria],
            made_by=actor,
            **extra,
        )


def criteria_of(rubric: Rubric | None) -> list[Criterion]:
    """The criteria in force: the rubric's own, or the default formula where there is no rubric."""
    if rubric is None:
        return DEFAULT
    return [Criterion.model_validate(item) for item in rubric.criteria]


def validated(criteria: Sequence[Criterion | Mapping[str, Any]]) -> list[Criterion]:
    """Check criteria one by one and together. Raises RubricInvalid naming each that does not hold."""
    problems: dict[str, list[str]] = {}
    good: list[Criterion] = []
    seen: set[str] = set()
    if not criteria:
        problems["criteria"] = ["A rubric needs at least one criterion."]
    if len(criteria) > MOST_CRITERIA:
        problems["criteria"] = [f"At most {MOST_CRITERIA} criteria."]
        criteria = criteria[:MOST_CRITERIA]
    for position, item in enumerate(criteria):
        try:
            criterion = Criterion.model_validate(item.model_dump() if isinstance(item, Criterion) else dict(item))
        except ValidationError as error:
            for problem in error.errors():
                path = ".".join(str(part) for part in ("criteria", position, *problem["loc"]))
                problems.setdefault(path, []).append(problem["msg"])
            continue
        for field, message in _faults(criterion, seen):
            problems.setdefault(f"criteria.{position}.{field}", []).append(message)
        seen.add(criterion.key)
        good.append(criterion)
    formula = sum(criterion.kind == "formula" for criterion in good)
    if 0 < formula < len(good):
        problems.setdefault("criteria", []).append(
            "Terms of the default formula cannot stand beside criteria of another kind."
        )
    if problems:
        raise RubricInvalid("Some criteria are not valid.", fields=problems)
    return good


def validated_weights(weights: Mapping[str, Any], criteria: Sequence[Criterion]) -> dict[str, float]:
    """Weights by criterion key, each from 0 to 2, as floats. Raises RubricInvalid naming each key at fault."""
    known = {criterion.key for criterion in criteria}
    problems: dict[str, list[str]] = {}
    for key, value in weights.items():
        if key not in known:
            problems[f"weights.{key}"] = ["There is no criterion of this name."]
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
            problems[f"weights.{key}"] = ["A weight is a number from 0 to 2."]
    if problems:
        raise RubricInvalid("Some weights are not valid.", code="invalid_weights", fields=problems)
    return {key: float(value) for key, value in weights.items()}


def key_for(label: str, taken: set[str]) -> str:
    """A criterion's key: the label in lower-case words joined by _, numbered where it is taken."""
    base = re.sub(r"[^\w+#]+", "_", label.lower()).strip("_")[:60] or "criterion"
    if base in FORMULA_POINTS:
        base = f"{base}_asked"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    taken.add(key)
    return key


def _faults(criterion: Criterion, seen: set[str]) -> list[tuple[str, str]]:
    """What is wrong with one criterion, as (field, message)."""
    faults = []
    if not criterion.key.strip():
        faults.append(("key", "A criterion needs a key."))
    if not criterion.label.strip():
        faults.append(("label", "A criterion needs a label."))
    if criterion.key in seen:
        faults.append(("key", "Another criterion has this key."))
    if (criterion.key in FORMULA_POINTS) != (criterion.kind == "formula"):
        faults.append(("key", "The keys of the default formula are kept for its own terms, and it has no others."))
    years = criterion.parameters.get("years")
    if years is not None and (isinstance(years, bool) or not isinstance(years, int | float) or not 0 <= years <= 60):
        faults.append(("parameters.years", "Years are a number from 0 to 60."))
    if criterion.kind == "years" and years is None:
        faults.append(("parameters.years", "A criterion of kind years needs years."))
    names = criterion.parameters.get("any_of")
    if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        faults.append(("parameters.any_of", "Alternatives are a list of names."))
    return faults


_BASELINE = [
    ProfileField(field_name=name, field_type=kind, description=description, is_required=required)  # type: ignore[arg-type]
    for name, kind, description, required in (
        ("name", "string", "Full name", True),
        ("email", "string", "E-mail address", True),
        ("current_role", "string", "Title of the current or latest position", True),
        ("years_experience", "number", "Years of professional experience", True),
        ("skills", "string_list", "Skills", True),
        ("phone", "string", "Phone number", False),
        ("linkedin_url", "string", "Address of the LinkedIn profile", False),
        ("current_company", "string", "Current or latest employer", False),
        ("location", "string", "Where the candidate lives", False),
        ("industries", "string_list", "Industries worked in", False),
        ("education", "string", "Highest degree and its subject", False),
        ("bio", "string", "Summary of the career", False),
    )
]
_SALES = [
    ProfileField(field_name=name, field_type=kind, description=description, is_required=False)  # type: ignore[arg-type]
    for name, kind, description in (
        ("is_founder", "boolean", "Has founded a company"),
        ("startup_experience", "boolean", "Has worked at a startup"),
        ("enterprise_experience", "boolean", "Has sold to or worked with large companies"),
        ("sold_to_finance", "boolean", "Has sold to banks or other financial companies"),
        ("max_acv", "number", "Largest annual contract value closed, in US dollars"),
        ("quota_attainment", "number", "Quota attainment, percent"),
    )
]
# Without a job the default formula counts, so the facts that it needs are wanted too.
_BASELINE += _SALES
