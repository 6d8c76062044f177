"""What a merged intake did to the scores: before, after, and which criteria moved them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from candidates.models import Assessment
from intake.models import Intake


@dataclass(frozen=True, slots=True)
class Moved:
    """A criterion that stands otherwise than before. `points` is what it adds to its score now minus what it added;
    a level of "" says that the criterion was not there."""

    kind: str  # "algorithm" or "model"
    key: str
    label: str
    level_before: str
    level_after: str
    points: float
    explanation: str
    quote: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """Scores (algo_score, ai_score, combined_score, tier) before the merge and now, and what moved them, most first.

    `is_judged` is False while the model's judgement of the merged profile is still to come, or where there is none.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    is_judged: bool
    moved: list[Moved]


def of(intake: Intake) -> Effect | None:
    """The effect of a completed round on its candidate's scores; None where nothing was merged.

    The computed score is compared right before and after the merge, the model's with its first judgement after it: so
    what happens to the candidate later does not change what this tells.
    """
    told = intake.outcome
    if "score_before" not in told:
        return None
    before, after = dict(told["assessments_before"]), dict(told["assessments_after"])
    model = Assessment.Kind.MODEL.value
    judged = (
        Assessment.objects.filter(candidate=intake.candidate_id, kind=model, created_at__gt=intake.completed_at)
        .order_by("id")
        .first()
    )
    scores = dict(told["score_after"])
    if judged is not None:
        after[model] = judged.pk
        candidate = intake.candidate
        if judged.is_current:
            scores |= {name: getattr(candidate, name) for name in ("ai_score", "combined_score", "tier")}
        else:
            scores["ai_score"] = judged.score
    rows = Assessment.objects.in_bulk([*before.values(), *after.values()])
    moved: list[Moved] = []
    for kind in Assessment.Kind.values:
        if before.get(kind) != after.get(kind):
            moved += _moved(kind, rows.get(before.get(kind, 0)), rows.get(after.get(kind, 0)))
    moved.sort(key=lambda one: -abs(one.points))
    return Effect(told["score_before"], scores, judged is not None, moved)


def _moved(kind: str, before: Assessment | None, after: Assessment | None) -> list[Moved]:
    was = {one["key"]: one for one in before.criteria} if before else {}
    now = {one["key"]: one for one in after.criteria} if after else {}
    found = []
    for key in dict.fromkeys([*was, *now]):
        old, new = was.get(key), now.get(key)
        points = round((new["points"] if new else 0.0) - (old["points"] if old else 0.0), 2)
        levels = (old["level"] if old else "", new["level"] if new else "")
        if points == 0 and levels[0] == levels[1]:
            continue
        shown = new or old or {}
        found.append(
            Moved(kind, key, shown["label"], *levels, points, shown.get("explanation", ""), shown.get("quote"))
        )
    return found
