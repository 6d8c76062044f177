"""Completeness: required weigh 2, preferred 1, rounded."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from candidates import completeness, rubric
from candidates.models import Candidate, Rubric


def fields(*wanted: tuple[str, bool]) -> Rubric:
    return Rubric(
        id=uuid.uuid4(),
        criteria=[],
        fields=[
            {"field_name": name, "field_type": "string", "description": name, "is_required": required}
            for name, required in wanted
        ],
    )


def test_required_weigh_two_and_preferred_one() -> None:
    wanted = fields(("name", True), ("email", True), ("phone", False), ("location", False))
    measured = completeness.measure(Candidate(name="Ada Quill", phone="+1 202-555-0101"), wanted)
    assert measured.percent == 50
    assert measured.missing_required == ["email"]
    assert measured.missing_preferred == ["location"]


def test_percent_is_rounded_half_up() -> None:
    wanted = fields(("name", True), ("phone", False), *((f"x{n}", False) for n in range(5)))
    assert completeness.measure(Candidate(phone="1"), wanted).percent == 13  # 1 of 8 is 12.5


def test_false_and_zero_are_known_but_blank_is_not() -> None:
    wanted = fields(("is_founder", True), ("max_acv", True), ("bio", True), ("skills", True))
    measured = completeness.measure(Candidate(is_founder=False, max_acv=0.0, bio="  ", skills=[""]), wanted)
    assert measured.missing_required == ["bio", "skills"]


def test_default_fields_count_without_a_rubric() -> None:
    empty = completeness.measure(Candidate(), None)
    assert empty.percent == 0
    names = {field.field_name for field in rubric.default_fields()}
    assert set(empty.missing_required) | set(empty.missing_preferred) == names


def test_fields_beyond_the_profile_are_known_from_criteria_columns_or_text() -> None:
    wanted = fields(("python", True), ("notice_period", True), ("welding_licence", True))
    wanted.criteria = [
        {"key": "python", "label": "Python", "kind": "skill", "weight": 1.0, "parameters": {"skill": "Python"}}
    ]
    known = Candidate(skills=["Django"], other_columns={"Notice Period": "2 weeks"}, bio="Holds a welding licence.")
    assert completeness.measure(known, wanted).percent == 100
    assert completeness.measure(Candidate(skills=["Excel"]), wanted).missing_required == [
        "python",
        "notice_period",
        "welding_licence",
    ]


@given(st.lists(st.booleans(), max_size=10), st.booleans())
def test_percent_stays_within_bounds(required: list[bool], known: bool) -> None:
    wanted = fields(*((f"field {n}", one) for n, one in enumerate(required)))
    percent = completeness.measure(Candidate(bio="x"), wanted).percent
    assert 0 <= percent <= 100
