"""Which fields of a profile people may set, and what each takes."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from candidates.models import Candidate, Job
from llm.errors import GreenroomError

Kind = Literal["text", "email", "phone", "url", "number", "flag", "list", "job"]
LONGEST_LIST = 200


class Refused(GreenroomError):
    """A value that a field does not take, or a field that can't be set; `fields` names each."""

    code = "invalid"
    status = 400


@dataclass(frozen=True, slots=True)
class ProfileField:
    """A field that can be set, and cleared by null (a list by null or []).

    `longest` is in characters (of each item, for a list); `highest` is the largest number, the smallest is 0.
    `scores`: the field is part of what a model judges, so that a change of it asks for a new judgement.
    """

    kind: Kind
    longest: int = 500
    highest: float = 0.0
    scores: bool = True


EDITABLE: dict[str, ProfileField] = {
    "name": ProfileField("text", scores=False),
    "email": ProfileField("email", longest=254, scores=False),
    "phone": ProfileField("phone", longest=60, scores=False),
    "linkedin_url": ProfileField("url", longest=500, scores=False),
    "current_role": ProfileField("text"),
    "current_company": ProfileField("text"),
    "location": ProfileField("text", scores=False),
    "years_experience": ProfileField("number", highest=80),
    "industries": ProfileField("list"),
    "skills": ProfileField("list"),
    "education": ProfileField("text", longest=5_000),
    "bio": ProfileField("text", longest=100_000),
    "certifications": ProfileField("list"),
    "achievements": ProfileField("list", longest=2_000),
    "is_founder": ProfileField("flag"),
    "startup_experience": ProfileField("flag"),
    "enterprise_experience": ProfileField("flag"),
    "sold_to_finance": ProfileField("flag"),
    "max_acv": ProfileField("number", highest=1e12),
    "quota_attainment": ProfileField("number", highest=10_000),
    "job": ProfileField("job"),
}
_READ_ONLY = {field.name for field in Candidate._meta.get_fields()} | {"score_basis", "import_id"}


def validated(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored, by field. Raises Refused naming each field that is unknown, read-only or wrong.

    Text is stripped, and empty text is null; a list loses empty items and repetitions.
    """
    faults: dict[str, list[str]] = {}
    clean: dict[str, Any] = {}
    for name, value in values.items():
        spec = EDITABLE.get(name)
        if spec is None:
            known = name in _READ_ONLY
            faults[str(name)] = ["This field can't be set." if known else "There is no such field."]
            continue
        try:
            clean[name] = _clean(spec, value)
        except ValueError as error:
            faults[name] = [str(error)]
    if faults:
        raise Refused(f"Not changed: {', '.join(sorted(faults))}.", fields=faults)
    return clean


def _clean(spec: ProfileField, value: Any) -> Any:
    if spec.kind == "list":
        return _list(spec, value)
    if value is None:
        return None
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError("Must be true, false or null.")
        return value
    if spec.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError("Must be a number or null.")
        if not 0 <= value <= spec.highest:
            raise ValueError(f"Must be from 0 to {spec.highest:,.0f}.")
        return float(value)
    if spec.kind == "job":
        return _job(value)
    text = _text(spec, value)
    if text and spec.kind == "email":
        try:
            validate_email(text)
        except ValidationError:
            raise ValueError("Must be an e-mail address or null.") from None
    if text and spec.kind == "phone" and not 5 <= len(re.sub(r"\D", "", text)) <= 20:
        raise ValueError("Must hold 5 to 20 digits.")
    if text and spec.kind == "url":
        return _url(text)
    return text


def _text(spec: ProfileField, value: Any) -> str | None:
    if not isinstance(value, str):
        raise ValueError("Must be text or null.")
    text = value.strip()
    if len(text) > spec.longest:
        raise ValueError(f"Must not be longer than {spec.longest:,} characters.")
    if "\0" in text:
        raise ValueError("May not hold the character U+0000.")
    return text or None


def _list(spec: ProfileField, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("Must be a list of texts or null.")
    if len(value) > LONGEST_LIST:
        raise ValueError(f"Must not have more than {LONGEST_LIST} items.")
    items: dict[str, str] = {}
    for item in value:
        text = _text(spec, item)
        if text:
            items.setdefault(text.casefold(), text)
    return list(items.values())


def _url(text: str) -> str:
    """A link that a console page may show: http or https, with a host. A missing scheme is https."""
    address = text if re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE) else f"https://{text}"
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not re.search(r"\s", address)
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("Must be a web address or null.")
    return address


def _job(value: Any) -> uuid.UUID:
    try:
        job_id = value.pk if isinstance(value, Job) else uuid.UUID(value) if isinstance(value, str) else value
        if isinstance(job_id, uuid.UUID) and Job.objects.filter(pk=job_id).exists():
            return job_id
    except ValueError:
        pass
    raise ValueError("Must be the id of a job, or null.")
