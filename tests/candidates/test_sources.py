"""The inline editor: what it is given and sends back unchanged must not change the profile."""

from __future__ import annotations

from typing import Any

import pytest

from candidates.admin.sources import as_input, value_of


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("skills", ["python", "sql"]),
        ("skills", ["Excel, Word and Outlook"]),
        ("skills", ["Excel, Word", "python"]),
        ("skills", []),
        ("achievements", ["Won the regional prize", "Built a team of five, then ten"]),
        ("achievements", ["Won the regional prize, twice"]),
        ("max_acv", 123456.78),
        ("max_acv", 2_500_000.0),
        ("years_experience", 7.5),
        ("is_founder", True),
        ("is_founder", False),
        ("is_founder", None),
        ("bio", "Bakes.\n\nReads, too."),
        ("name", None),
    ],
)
def test_a_value_that_is_saved_unchanged_stays_as_it_is(name: str, value: Any) -> None:
    sent = as_input(name, value).replace("\n", "\r\n")  # as browsers do
    assert value_of(name, sent) == value


def test_typed_lists_are_cut_at_commas_or_lines() -> None:
    assert value_of("skills", " python,sql , ") == ["python", "sql"]
    assert value_of("skills", "Excel, Word\npython") == ["Excel, Word", "python"]
