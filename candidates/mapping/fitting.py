"""Whether the values of a column are such as a field holds: what a weak header must prove before it is mapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

BLANK = frozenset({"", "-", "--", "n/a", "na", "none", "null", "nan", "#n/a", "undefined", "not provided", "unknown"})
BOOLEAN = frozenset({"t", "f", "true", "false", "yes", "no", "y", "n", "0", "1", "x"})
HONORIFIC = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "herr", "frau"})
EMAIL = re.compile(r"[^@\s]+@[^@\s,;]+\.[^@\s,;]+")
NUMBER = re.compile(r"[^\w-]{0,2}\d[\d.,]*(?:\s*(?:[kmb]|years?|yrs?|\+|%|usd|eur))*\W?", re.IGNORECASE)
PHONE = re.compile(r"['+]*[\d\s().\-/+,;]*\d{3}[\d\s().\-/+,;]*(?:\s*(?:x|ext)\.?\s*\d+)?", re.IGNORECASE)
PERSON = re.compile(r"[^\d@/:]{2,80}")


def _is_name(value: str) -> bool:
    return bool(PERSON.fullmatch(value)) and 2 <= len(value.split()) <= 6


CHECKS: dict[str, Callable[[str], object]] = {
    "email": EMAIL.search,
    "phone": lambda value: PHONE.fullmatch(value) and 7 <= sum(map(str.isdigit, value)) <= 40,
    "linkedin_url": lambda value: "linkedin.com/" in value.lower() and "linkedin.com/company" not in value.lower(),
    "name": _is_name,
    "first_name": PERSON.fullmatch,
    "last_name": PERSON.fullmatch,
    "years_experience": NUMBER.fullmatch,
    "max_acv": NUMBER.fullmatch,
    "quota_attainment": NUMBER.fullmatch,
    "is_founder": lambda value: value.lower() in BOOLEAN,
    "startup_experience": lambda value: value.lower() in BOOLEAN,
    "enterprise_experience": lambda value: value.lower() in BOOLEAN,
    "sold_to_finance": lambda value: value.lower() in BOOLEAN,
    "current_role": lambda value: len(value) <= 150 and value.lower().rstrip(".") not in HONORIFIC,
    "enrichment": lambda value: value.startswith(("{", "[")),
}
# Under a sure name, these must still hold what they say; the rest is believed.
CHECKED_WHEN_SURE = frozenset(
    {"linkedin_url", "email", "years_experience", "max_acv", "quota_attainment", "current_role"}
)


def share_that_fits(field: str, values: Sequence[str]) -> float | None:
    """The share (0–1) of the column's values, blanks aside, that fit the field; None where there are no values."""
    filled = [value.strip() for value in values if value.strip().lower() not in BLANK]
    if not filled:
        return None
    check = CHECKS.get(field)
    if check is None:
        limit = 100_000 if field in {"bio", "source_text"} else 300
        return sum(len(value) <= limit and not EMAIL.fullmatch(value) for value in filled) / len(filled)
    return sum(bool(check(value)) for value in filled) / len(filled)
