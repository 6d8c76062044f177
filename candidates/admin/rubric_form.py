"""A rubric as lines of a form, and back. Lines are parallel lists of fields: their order in the page is the order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from candidates import rubric as rubrics
from candidates.rubric import RubricInvalid
from candidates.schemas import Criterion

KINDS = (
    ("skill", "Skill"),
    ("years", "Years of experience"),
    ("title", "Title"),
    ("education", "Education"),
    ("certificate", "Certificate"),
    ("judged", "Judged by the model"),
)


@dataclass(frozen=True)
class Line:
    """One criterion as the editor shows it. `parameters` is JSON that the page hands back untouched."""

    key: str
    label: str
    kind: str
    description: str
    weight: float
    is_required: bool
    parameters: str
    years: str
    problems: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        kinds = (("formula", "Default formula"),) if self.kind == "formula" else KINDS
        return [(value, label, value == self.kind) for value, label in kinds]

    @classmethod
    def blank(cls) -> Line:
        """A line that was just added."""
        return cls(
            key="", label="", kind="skill", description="", weight=1.0, is_required=False, parameters="{}", years=""
        )


def lines_of(
    criteria: Sequence[Criterion], *, form: QueryDict | None = None, problems: Mapping[str, list[str]] | None = None
) -> list[Line]:
    """Criteria as lines; with `form`, what was sent, with the problems of each line beside it."""
    if form is None:
        return [_line(criterion.model_dump()) for criterion in criteria]
    lines = []
    for position, raw in enumerate(_raw(form)):
        found = [
            message
            for path, messages in (problems or {}).items()
            if path.startswith(f"criteria.{position}.")
            for message in messages
        ]
        lines.append(_line(raw, found))
    return lines


def criteria_of_form(form: QueryDict, *, known: Sequence[Criterion] = ()) -> list[Criterion]:
    """The criteria that the editor sent, validated. Raises RubricInvalid.

    `known` are those in force: a line that asks for something else than it did is matched by its own words from now on.
    """
    return rubrics.validated(_raw(form, {criterion.key: criterion for criterion in known}))


def _raw(form: QueryDict, known: Mapping[str, Criterion] | None = None) -> list[dict[str, Any]]:
    columns = {
        name: form.getlist(name)
        for name in ("key", "label", "kind", "description", "weight", "is_required", "parameters", "years")
    }
    count = len(columns["key"])
    if any(len(values) != count for values in columns.values()):
        raise RubricInvalid("The rubric arrived incomplete. Nothing was saved; send it again.", code="malformed")
    taken = {key for key in columns["key"] if key}
    lines = []
    for position in range(count):
        one = {name: values[position] for name, values in columns.items()}
        label = one["label"].replace("\x00", "").strip()
        key = one["key"].strip() or rubrics.key_for(label, taken)
        lines.append(
            {
                "key": key,
                "label": label,
                "kind": one["kind"],
                "description": one["description"].replace("\x00", "").strip(),
                "weight": _number(one["weight"]),
                "is_required": one["is_required"] == "1",
                "parameters": _parameters(one, label, (known or {}).get(key)),
            }
        )
    return lines


def _parameters(one: Mapping[str, str], label: str, before: Criterion | None) -> dict[str, Any]:
    """What the matcher needs: what was found in the description, as long as the line still asks for the same thing."""
    try:
        sent = json.loads(one["parameters"] or "{}")
    except ValueError:
        sent = {}
    parameters: dict[str, Any] = sent if isinstance(sent, dict) else {}
    if before is not None and (before.label != label or before.kind != one["kind"]):
        parameters = {}
    years = _number(one["years"]) if one["years"].strip() else None
    if years is None:
        parameters.pop("years", None)
    else:
        parameters["years"] = years
    return parameters


def _number(text: str) -> float | str:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _line(raw: Mapping[str, Any], problems: list[str] | None = None) -> Line:
    parameters = raw["parameters"]
    years = parameters.get("years")
    return Line(
        key=raw["key"],
        label=raw["label"],
        kind=raw["kind"],
        description=raw["description"],
        weight=raw["weight"] if isinstance(raw["weight"], int | float) else 1.0,
        is_required=raw["is_required"],
        parameters=json.dumps(parameters, ensure_ascii=False),
        years="" if years is None else f"{years:g}" if isinstance(years, int | float) else str(years),
        problems=problems or [],
    )
