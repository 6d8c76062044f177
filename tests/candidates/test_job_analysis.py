"""Job descriptions: with and without a model, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from candidates import job_analysis, rubric
from candidates.answers import JobReading, WantedCriterion, WantedField, WarningSign
from candidates.job_analysis import DescriptionTooLong, DescriptionTooShort, JobAnalysis
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

DESCRIPTION = """\
Account Executive, financial services

We are looking for an account executive who sells our software to banks.

Requirements
- At least 5 years of experience in B2B software sales
- Experience with Salesforce and MEDDIC
- Bachelor's degree in business or a related field
- Must be willing to travel up to 40 percent of the time

Nice to have
- Fluent Spanish
- You enjoy mentoring younger colleagues
"""


def reading(**values: Any) -> JobReading:
    empty: dict[str, Any] = {"role_type": "account_executive", "criteria": [], "fields": [], "red_flag_indicators": []}
    return JobReading(**(empty | values))


def refined(answer: JobReading) -> JobAnalysis:
    analysis = job_analysis.analyze(DESCRIPTION, title="Account Executive")
    job_analysis._refine(analysis, answer, DESCRIPTION)
    return analysis


def wanted(**values: Any) -> WantedCriterion:
    return WantedCriterion(
        **{
            "label": "Nights away",
            "kind": "judged",
            "description": "Travels willingly.",
            "importance": "required",
            "quote": "Must be willing to travel up to 40 percent",
            **values,
        }
    )


def test_analysis_without_a_model_stands_by_itself_and_says_so() -> None:
    found = job_analysis.analyze(DESCRIPTION, title="Account Executive")
    assert found.made_by == "matching"
    assert any("No model" in note for note in found.notes)
    assert any("Salesforce" in f"{item.label} {item.parameters}" for item in found.criteria)
    assert {field.field_name for field in found.baseline_fields} >= {"name", "email", "skills"}
    assert all(0 <= item.weight <= 2 for item in found.criteria)
    assert found.red_flag_indicators


def test_analysis_with_a_model_adds_and_keeps(simulator: Simulator) -> None:
    alone = rubric.from_description("Account Executive", DESCRIPTION)
    found = job_analysis.analyze(DESCRIPTION, title="Account Executive")
    assert found.made_by == "model"
    assert {item.key for item in alone.criteria} <= {item.key for item in found.criteria}
    assert len(found.receipts) == 1
    rubric.validated(found.criteria)


def test_analysis_of_a_failing_model_keeps_the_draft(simulator: Simulator, settings: Any) -> None:
    settings.LLM_MAX_ATTEMPTS = 1
    simulator.control(rate_5xx=1.0)
    found = job_analysis.analyze(DESCRIPTION)
    assert found.made_by == "matching"
    assert found.criteria
    assert found.notes


def test_proposal_with_a_true_quote_is_added_with_a_weight_of_ours() -> None:
    found = refined(reading(criteria=[wanted(), wanted(label="Helps juniors", importance="nice_to_have",
                                                        quote="You enjoy mentoring younger colleagues")]))  # fmt: skip
    by_label = {item.label: item for item in found.criteria}
    assert by_label["Nights away"].weight == 1.0
    assert by_label["Nights away"].is_required
    assert by_label["Helps juniors"].weight == 0.45
    rubric.validated(found.criteria)


@pytest.mark.parametrize("quote", ["Must speak fluent Klingon at work", "travel", ""])
def test_proposal_without_a_true_quote_is_dropped_and_noted(quote: str) -> None:
    found = refined(reading(criteria=[wanted(quote=quote)]))
    assert "Nights away" not in [item.label for item in found.criteria]
    assert any("do not stand" in note for note in found.notes)


@pytest.mark.parametrize(
    "label", ["Under 30 years of age, how old are you", "Native speaker of English", "Religion", "Citizenship"]
)
def test_proposal_that_nobody_may_ask_for_is_dropped_and_noted(label: str) -> None:
    found = refined(reading(criteria=[wanted(label=label)]))
    assert label not in [item.label for item in found.criteria]
    assert any("nobody may ask" in note for note in found.notes)


def test_years_take_their_number_from_the_quote_and_fall_back_to_judging() -> None:
    quote = "At least 5 years of experience in B2B software sales"
    stated = wanted(label="Software sales", kind="years", quote=quote)
    found = refined(reading(criteria=[stated, wanted(label="Long travel", kind="years")]))
    by_label = {item.label: item for item in found.criteria}
    assert by_label["Software sales"].parameters["years"] == 5
    assert by_label["Long travel"].kind == "judged"
    rubric.validated(found.criteria)


def test_fields_and_indicators_are_checked_too() -> None:
    true, invented = "Must be willing to travel up to 40 percent", "Flies planes every day"

    def field(name: str, quote: str = true) -> WantedField:
        return WantedField(field_name=name, field_type="boolean", description="x", is_required=True, quote=quote)

    names = ("willing_to_travel", "Bad Name", "marital_status")
    found = refined(
        reading(
            role_type="Not A Name!",
            fields=[*map(field, names), field("has_pilot_licence", invented)],
            red_flag_indicators=[
                WarningSign(indicator="Will not travel", quote=true),
                WarningSign(indicator="Flies badly", quote=invented),
            ],
        )
    )
    added = {field.field_name for field in found.job_fields}
    assert "willing_to_travel" in added
    assert not added & {"has_pilot_licence", "Bad Name", "marital_status"}
    assert "Will not travel" in found.red_flag_indicators
    assert "Flies badly" not in found.red_flag_indicators
    assert found.role_type != "Not A Name!"


@pytest.mark.parametrize("text", ["x", "", "   ", "1234567890 1234567890 1234567890", "\x00" * 40])
def test_description_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(DescriptionTooShort) as refused:
        job_analysis.analyze(text)
    assert refused.value.status == 422


def test_description_that_is_too_long_is_refused(settings: Any) -> None:
    settings.JOB_DESCRIPTION_MAX_CHARACTERS = 1000
    with pytest.raises(DescriptionTooLong) as refused:
        job_analysis.analyze("word " * 201)
    assert refused.value.status == 413


def test_analysis_can_be_saved_as_a_job_with_its_rubric() -> None:
    found = job_analysis.analyze(DESCRIPTION)
    job = job_analysis.save(found, description=DESCRIPTION)
    stored = rubric.current(job)
    assert stored is not None
    assert job.title == "Account Executive, financial services"
    assert [item["key"] for item in stored.criteria] == [item.key for item in found.criteria]
    assert len(stored.fields) == len(found.baseline_fields) + len(found.job_fields)
