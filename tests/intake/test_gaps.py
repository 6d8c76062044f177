"""What is asked for: missing, out of date, told in two ways; and what never is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates import profiles
from candidates.models import Candidate
from candidates.schemas import ProfileField
from candidates.states import ChangeSource
from intake import gaps, questions
from intake.schemas import Gap, ProposedValue
from intake.states import GapReason
from tests.intake import rounds

pytestmark = pytest.mark.django_db


def found(who: Candidate, **more: object) -> dict[str, Gap]:
    given = {"job": None, "documents": [], **more}
    return {gap.field: gap for gap in gaps.of(who, **given)}  # type: ignore[arg-type]


def told(field: str, value: object, quote: str = "as the resume says") -> ProposedValue:
    return ProposedValue(field=field, value=value, quote=quote, source="document:1")


def aged(who: Candidate, days: int = 400) -> Candidate:
    Candidate.objects.filter(pk=who.pk).update(created_at=timezone.now() - timedelta(days=days))
    who.refresh_from_db()
    return who


def test_missing_fields_of_everybody_are_asked_for_required_ones_first() -> None:
    asked = gaps.of(rounds.candidate(email="ada@example.com"), job=None, documents=[])
    fields = [gap.field for gap in asked]
    assert fields[:3] == ["current_role", "years_experience", "skills"]
    assert [gap.is_required for gap in asked] == sorted((gap.is_required for gap in asked), reverse=True)
    assert not {"name", "email"} & set(fields)
    assert {gap.reason for gap in asked} == {GapReason.MISSING}


def test_every_field_of_the_profile_can_be_asked_for() -> None:
    assert set(questions.PROFILE) == set(profiles.EDITABLE) - {"job"}
    for field in questions.PROFILE:
        spec = questions.spec(field)
        assert spec.question.endswith("?")
        assert spec.why
        assert spec.label


def test_field_that_a_job_asks_for_beyond_the_profile_is_a_gap_with_its_type() -> None:
    asked = found(rounds.candidate(), job=rounds.job(rounds.TRAVEL, rounds.NOTICE))
    assert list(asked) == ["can_travel", "notice_period_weeks"]
    assert asked["can_travel"].type == "boolean"
    assert asked["can_travel"].is_required
    assert asked["can_travel"].question == "Is this true of you: Can travel two weeks a month?"
    assert asked["notice_period_weeks"].type == "number"


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("age", "The candidate's age"),
        ("marital_status", "Whether married"),
        ("nationality", "Citizenship of the candidate"),
        ("date_of_birth", "When the candidate was born"),
        ("current_salary", "Current salary in US dollars"),
    ],
)
def test_what_nobody_may_ask_is_never_asked(name: str, description: str) -> None:
    field = ProfileField(field_name=name, field_type="string", description=description, is_required=True)
    assert found(rounds.candidate(), job=rounds.job(field)) == {}


def test_column_of_the_import_answers_a_field_of_the_job() -> None:
    who = rounds.candidate(other_columns={"Can travel": "yes"})
    assert found(who, job=rounds.job(rounds.TRAVEL)) == {}


def test_resume_that_fills_a_missing_field_closes_its_gap() -> None:
    assert "phone" not in found(rounds.candidate(), proposals=[told("phone", "+1 202-555-0143")])


def test_resume_that_answers_the_job_beyond_the_profile_is_put_to_the_candidate() -> None:
    asked = found(rounds.candidate(), job=rounds.job(rounds.NOTICE), proposals=[told("notice_period_weeks", 6.0)])
    assert asked["notice_period_weeks"].known[0]["value"] == 6.0
    assert "6" in asked["notice_period_weeks"].question


@pytest.mark.parametrize(
    ("field", "known", "resume", "differs"),
    [
        ("years_experience", 5.0, 9.0, True),
        ("years_experience", 5.0, 6.0, False),
        ("max_acv", 100_000.0, 250_000.0, True),
        ("max_acv", 250_000.0, 251_000.0, False),
        ("current_role", "Account Executive", "Sales Engineer", True),
        ("current_role", "Account Executive", "Senior Account Executive", False),
        ("current_company", "Larkspur Software", "LARKSPUR software", False),
        ("email", "Ada@example.com", "ada@EXAMPLE.com", False),
        ("email", "ada@example.com", "ada@example.org", True),
        ("phone", "(202) 555-0143", "+1 202 555 0143", False),
        ("linkedin_url", "https://www.linkedin.com/in/ada/", "linkedin.com/in/ada", False),
        ("is_founder", False, True, True),
        ("skills", ["Python"], ["SQL"], False),
    ],
)
def test_resume_that_tells_otherwise_is_a_contradiction(
    field: str, known: object, resume: object, differs: bool
) -> None:
    asked = found(rounds.candidate(**{field: known}), proposals=[told(field, resume)])
    assert (field in asked) is differs
    if differs:
        assert asked[field].reason == GapReason.CONTRADICTORY
        assert [one["value"] for one in asked[field].known] == [known, resume]
        assert asked[field].known[1]["quote"] == "as the resume says"


def test_what_changes_by_itself_is_asked_again_after_a_year() -> None:
    who = aged(rounds.candidate(location="Leeds", current_role="Baker", education="BSc", is_founder=True))
    asked = found(who)
    assert asked["location"].reason == GapReason.STALE
    assert "Leeds" in asked["location"].question
    assert asked["location"].known[0]["as_of"] == who.created_at.date().isoformat()
    assert not {"education", "is_founder", "name"} & set(asked)


def test_what_was_known_lately_is_not_stale() -> None:
    who = aged(rounds.candidate(location="Leeds", current_role="Baker"))
    profiles.edit(candidate=who, values={"location": "York"}, source=ChangeSource.CONSOLE, actor=None)
    resume = rounds.resume(who, "Ada Example\nBaker, The Good Loaf, 2019 - present")
    asked = found(who, documents=[resume])
    assert not {"location", "current_role"} & set(asked)


def test_age_that_counts_is_a_setting(settings: pytest.FixtureRequest) -> None:
    settings.INTAKE_STALE_DAYS = 1_000  # type: ignore[attr-defined]
    assert "location" not in found(aged(rounds.candidate(location="Leeds")))


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_gaps_are_stored_and_come_back(language: str) -> None:
    for gap in gaps.of(aged(rounds.candidate(location="Leeds")), job=rounds.job(), documents=[], language=language):
        assert Gap.model_validate(gap.model_dump(mode="json")) == gap


def test_round_asks_for_no_more_than_a_conversation_holds() -> None:
    fields = [
        ProfileField(field_name=f"topic_{number}", field_type="string", description="A topic", is_required=number > 50)
        for number in range(60)
    ]
    asked = gaps.of(rounds.candidate(), job=rounds.job(*fields), documents=[])
    assert len(asked) == gaps.MOST_GAPS
    assert sum(gap.is_required for gap in asked) == 9


def test_field_that_a_rubric_names_twice_is_asked_for_once_and_as_required() -> None:
    quota = ProfileField(field_name="quota_attainment", field_type="number", description="Quota", is_required=False)
    job = rounds.job(quota, quota.model_copy(update={"is_required": True}), quota)
    asked = gaps.of(rounds.candidate(), job=job, documents=[])
    assert [(gap.field, gap.is_required) for gap in asked] == [("quota_attainment", True)]
