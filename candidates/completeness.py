"""How much of what is wanted to know of a candidate is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from candidates import rubric as rubrics
from candidates.matching import matchers
from candidates.models import Candidate, Document, Rubric
from candidates.schemas import ProfileField

REQUIRED_WEIGHT = 2
PREFERRED_WEIGHT = 1


class Completeness(NamedTuple):
    """`percent` is 0–100; the lists hold field names in the order of the rubric."""

    percent: int
    missing_required: list[str]
    missing_preferred: list[str]


def measure(candidate: Candidate, rubric: Rubric | None, *, documents: Sequence[Document] = ()) -> Completeness:
    """Weigh the fields that are known against all that are wanted: required weigh 2, preferred 1, rounded half up.

    The fields are the rubric's, or the default ones. A field that the job asks for beyond the profile's own is known
    if the criterion of its name is met at all, a column of its name came with the import, or its words stand in the
    text. With no field wanted, a profile is complete.
    """
    fields = (
        [ProfileField.model_validate(field) for field in rubric.fields]
        if rubric is not None and rubric.fields
        else rubrics.default_fields()
    )
    missing: dict[bool, list[str]] = {True: [], False: []}
    total = known = 0
    met: dict[str, bool] | None = None
    for field in fields:
        weight = REQUIRED_WEIGHT if field.is_required else PREFERRED_WEIGHT
        total += weight
        if field.field_name in _PROFILE:
            is_known = _present(getattr(candidate, field.field_name))
        else:
            if met is None:
                met = matchers.met(candidate, rubric, documents)
            is_known = met.get(field.field_name) or _elsewhere(candidate, field.field_name)
        if is_known:
            known += weight
        else:
            missing[field.is_required].append(field.field_name)
    percent = (200 * known + total) // (2 * total) if total else 100
    return Completeness(percent, missing[True], missing[False])


_PROFILE = frozenset(
    {
        *("name", "email", "phone", "linkedin_url", "current_role", "current_company", "location", "years_experience"),
        *("industries", "skills", "education", "bio", "certifications", "achievements", "is_founder"),
        *("startup_experience", "enterprise_experience", "sold_to_finance", "max_acv", "quota_attainment"),
    }
)


def _present(value: object) -> bool:
    """Whether a value says something: False and 0 are known; null, blank text and empty lists are not."""
    if value is None:
        return False
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, list):
        return any(_present(item) for item in value)
    return True


def _elsewhere(candidate: Candidate, name: str) -> bool:
    folded = _fold(name)
    if any(_fold(header) == folded and _present(value) for header, value in (candidate.other_columns or {}).items()):
        return True
    return bool(folded) and folded in _fold(candidate.bio or "") + " " + _fold(candidate.source_text or "")


def _fold(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.lower()).strip()
