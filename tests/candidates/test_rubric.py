"""Rubrics: versions, validation, and what a job description gives."""

from __future__ import annotations

import uuid

import pytest

from candidates import rubric
from candidates.demo.jobs import ACCOUNT_EXECUTIVE, ENGINEER
from candidates.models import Job
from candidates.rubric import RubricInvalid
from candidates.schemas import Criterion


def skill(key: str = "python", **values: object) -> dict[str, object]:
    return {"key": key, "label": key, "kind": "skill", "parameters": {"skill": key}, **values}


@pytest.mark.django_db
def test_saving_makes_a_new_version_and_the_newest_counts() -> None:
    job = Job.objects.create(title="Engineer")
    assert rubric.current(job) is None
    first = rubric.save(job, rubric.from_description(ENGINEER.title, ENGINEER.description), actor=None)
    second = rubric.save(job, [skill(weight=2)], actor=None)
    assert (first.version, second.version) == (1, 2)
    assert rubric.current(job) == second
    assert second.fields == first.fields, "a bare list of criteria keeps the fields"
    assert rubric.criteria_of(second)[0].weight == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ([], "criteria"),
        ([skill(weight=3)], "criteria.0.weight"),
        ([skill(), skill()], "criteria.1.key"),
        ([skill(), skill("x", kind="nonsense")], "criteria.1.kind"),
        ([skill(surprise=1)], "criteria.0.surprise"),
        ([skill("years")], "criteria.0.key"),
        ([skill(parameters={"skill": "x", "years": -1})], "criteria.0.parameters.years"),
        ([{"key": "y", "label": "y", "kind": "years"}], "criteria.0.parameters.years"),
        ([skill(parameters={"any_of": "Python"})], "criteria.0.parameters.any_of"),
        ([rubric.DEFAULT[0].model_dump(), skill()], "criteria"),
        ([skill(f"k{n}") for n in range(41)], "criteria"),
    ],
)
def test_saving_what_does_not_hold_names_it_and_stores_nothing(criteria: list[dict[str, object]], field: str) -> None:
    job = Job.objects.create(title="Engineer")
    with pytest.raises(RubricInvalid) as raised:
        rubric.save(job, criteria, actor=None)
    assert raised.value.status == 400
    assert raised.value.fields is not None
    assert field in raised.value.fields
    assert rubric.current(job) is None


@pytest.mark.parametrize("weights", [{"python": -0.1}, {"python": 2.1}, {"python": "1"}, {"python": True}, {"java": 1}])
def test_weights_outside_their_range_or_of_unknown_keys_are_refused(weights: dict[str, object]) -> None:
    with pytest.raises(RubricInvalid) as raised:
        rubric.validated_weights(weights, [Criterion.model_validate(skill())])
    assert raised.value.status == 400
    assert list(raised.value.fields or {}) == [f"weights.{next(iter(weights))}"]


def labels(title: str, description: str) -> dict[str, Criterion]:
    return {one.label: one for one in rubric.from_description(title, description).criteria}


def test_description_gives_required_and_preferred_criteria() -> None:
    found = labels(ENGINEER.title, ENGINEER.description)
    assert found["PostgreSQL"].is_required
    assert found["AWS, Google Cloud or Azure"].parameters["any_of"] == ["AWS", "Google Cloud", "Azure"]
    assert not found["Kubernetes"].is_required
    assert found["Kubernetes"].weight < found["PostgreSQL"].weight
    assert found["5 years of experience"].parameters["years"] == 5
    assert found["Python, 4 years"].parameters["years"] == 4
    assert not any("leave" in label.lower() or "dog" in label.lower() for label in found)


@pytest.mark.parametrize("job", [ENGINEER, ACCOUNT_EXECUTIVE])
def test_description_gives_a_sensible_number_of_valid_criteria(job: object) -> None:
    draft = rubric.from_description(job.title, job.description)  # type: ignore[attr-defined]
    assert 6 <= len(draft.criteria) <= 20
    assert rubric.validated(draft.criteria)
    assert {field.field_name for field in draft.fields} >= {"name", "email", "skills"}
    assert draft.role_type in ("software", "sales")


def test_benefits_and_equal_opportunity_words_become_no_criteria() -> None:
    description = """Requirements
- Payroll experience
Benefits
- Python training, Excel courses, gym
We are an equal opportunity employer and value diversity. Salary $50,000 - $60,000, 401(k), dental."""
    found = labels("Payroll Clerk", description)
    assert "Payroll" in found
    assert not {"Python", "Excel", "Microsoft Excel", "Diversity and inclusion"} & set(found)


def test_what_is_not_required_is_no_criterion() -> None:
    found = labels(
        "Tester", "Requirements:\n- Selenium\n- No experience with Linux required\n- A degree is not required"
    )
    assert "Selenium" in found
    assert not any("Linux" in label for label in found)


def test_prose_without_headings_is_read_too() -> None:
    found = labels(
        "",
        "We are hiring a Registered Nurse to join our emergency department. The ideal candidate has at least 2 years "
        "of ER experience, an active RN license, BLS and ACLS. Experience with Epic is a plus. We offer paid time off.",
    )
    assert found["Has worked as Registered Nurse"].kind == "title"
    assert found["RN license"].is_required
    assert not found["Electronic health records"].is_required


@pytest.mark.parametrize("description", ["", "x", "?", "word " * 50_000, "-\n" * 5000, "5 years " * 3000])
def test_meaningless_descriptions_neither_fail_nor_hang(description: str) -> None:
    draft = rubric.from_description("", description)
    assert len(draft.criteria) <= 20


def test_keys_are_unique_and_never_those_of_the_formula() -> None:
    taken: set[str] = set()
    keys = [rubric.key_for(label, taken) for label in ("C++", "C++", "Years", "C#", "日本語", "")]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set(rubric.FORMULA_POINTS)


@pytest.mark.django_db
def test_saving_for_a_job_that_is_gone_fails_loudly() -> None:
    with pytest.raises(Job.DoesNotExist):
        rubric.save(Job(id=uuid.uuid4(), title="Gone"), [skill()], actor=None)
