"""A round as a form and back. Stages and questions are marked in the order of the page: what follows a mark is its."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest

from interviews.models import StagePlan

KINDS = (
    ("opening", "Opening"),
    ("experience", "Experience"),
    ("behavioural", "Behavioural"),
    ("role_specific", "Role-specific"),
    ("closing", "Closing"),
    ("own", "Own"),
)
MOST_FIELDS = 2_000
_STAGE = {
    "stage_label": "label",
    "stage_kind": "kind",
    "stage_goal": "goal",
    "stage_minutes": "minutes",
    "own_questions": "own_questions",
}
_QUESTION = {"question_text": "text", "listen_for": "listen_for", "follow_up": "follow_up"}


@dataclass
class QuestionLine:
    """One question as the editor shows it."""

    key: str = ""
    text: str = ""
    listen_for: str = ""
    follow_up: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass
class StageLine:
    """One stage as the editor shows it."""

    key: str = ""
    label: str = ""
    kind: str = "own"
    goal: str = ""
    minutes: str = "5"
    own_questions: str = "0"
    questions: list[QuestionLine] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        return [(value, label, value == self.kind) for value, label in KINDS]


@dataclass
class RoundForm:
    """What the editor sent, or what is stored."""

    key: str = ""
    name: str = ""
    minutes: str = "30"
    is_active: bool = True
    stages: list[StageLine] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: StagePlan) -> RoundForm:
        """A stored round, for the editor."""
        return cls(
            key=plan.key,
            name=plan.name,
            minutes=str(plan.minutes),
            is_active=plan.is_active,
            stages=[_stage_line(raw) for raw in plan.stages],
        )

    @classmethod
    def sent(cls, request: HttpRequest) -> RoundForm:
        """What a request brings. The order of fields in its body is the order of lines in the page."""
        form = cls(is_active=False)
        body = request.body.decode(errors="replace").replace("%00", "")
        for name, value in parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS):
            if name == "stage":
                form.stages.append(StageLine(key=value))
            elif name == "question" and form.stages:
                form.stages[-1].questions.append(QuestionLine(key=value))
            elif name in _STAGE and form.stages:
                setattr(form.stages[-1], _STAGE[name], value)
            elif name in _QUESTION and form.stages and form.stages[-1].questions:
                setattr(form.stages[-1].questions[-1], _QUESTION[name], value)
            elif name in ("key", "name", "minutes"):
                setattr(form, name, value)
            elif name == "is_active":
                form.is_active = value == "1"
        return form

    def raw_stages(self) -> list[dict[str, Any]]:
        """The stages as plan_editing takes them; a number that is none stays a text and is refused there."""
        return [
            {
                "key": stage.key,
                "label": stage.label.strip(),
                "kind": stage.kind,
                "goal": stage.goal.strip(),
                "minutes": _number(stage.minutes),
                "own_questions": _number(stage.own_questions or "0"),
                "questions": [
                    {
                        "key": one.key,
                        "text": one.text.strip(),
                        "listen_for": one.listen_for.strip(),
                        "follow_up": one.follow_up.strip(),
                    }
                    for one in stage.questions
                ],
            }
            for stage in self.stages
        ]

    def whole_minutes(self) -> int:
        """The round's minutes; 0, which is refused, where no number was sent."""
        number = _number(self.minutes)
        return number if isinstance(number, int) else 0

    def with_problems(self, problems: Mapping[str, Sequence[str]]) -> RoundForm:
        """The same form with each problem at its line; those of the round as a whole by their own name."""
        for path, messages in problems.items():
            parts = path.split(".")
            if parts[0] != "stages" or len(parts) == 1:
                self.problems.setdefault(parts[0], []).extend(messages)
                continue
            stage = self.stages[int(parts[1])]
            holder = stage.questions[int(parts[3])] if len(parts) > 3 and parts[2] == "questions" else stage
            holder.problems.extend(messages)
        return self


def _stage_line(raw: Mapping[str, Any]) -> StageLine:
    return StageLine(
        key=str(raw.get("key", "")),
        label=str(raw.get("label", "")),
        kind=str(raw.get("kind", "own")),
        goal=str(raw.get("goal", "")),
        minutes=str(raw.get("minutes", 5)),
        own_questions=str(raw.get("own_questions", 0)),
        questions=[
            QuestionLine(
                key=str(one.get("key", "")),
                text=str(one.get("text", "")),
                listen_for=str(one.get("listen_for", "")),
                follow_up=str(one.get("follow_up", "")),
            )
            for one in raw.get("questions") or []
        ],
    )


def _number(text: str) -> int | str:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else text
