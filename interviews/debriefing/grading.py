"""The grade of an interviewer in training: every weight and threshold. docs/INTERVIEWS.md publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from interviews.debriefing.shapes import Conduct, GradePart, ProbedTrait, Training
from interviews.levels import mean, percent

# Points of 100. A part with nothing to measure has no weight, and the others share it.
WEIGHTS: dict[Literal["traits", "open_questions", "listening", "follow_ups", "fair_questions"], int] = {
    "traits": 45,
    "open_questions": 15,
    "listening": 15,
    "follow_ups": 10,
    "fair_questions": 15,
}
LABELS = {
    "traits": "Hidden traits found",
    "open_questions": "Open questions",
    "listening": "Listening",
    "follow_ups": "Following up",
    "fair_questions": "Fair questions",
}
FOUND = {"found": 1.0, "partly": 0.5, "missed": 0.0}
# (nothing of the part, all of it): in between it is in proportion.
OPEN_SHARE = (0.2, 0.7)  # open questions ÷ all questions
TALK_SHARE = (0.65, 0.35)  # the interviewer's share of all words: less is better
FOLLOW_UPS = (0.0, 0.5)  # follow-ups ÷ questions of their own
# Who asks about a protected topic gets no better grade than this, however good the rest was.
UNFAIR_CAP = 54
GRADES: tuple[tuple[int, Literal["A", "B", "C", "D", "E"]], ...] = (
    (85, "A"),
    (70, "B"),
    (55, "C"),
    (40, "D"),
    (0, "E"),
)
# Fewer questions than this are not enough to measure how somebody asks.
LEAST_QUESTIONS = 3


def grade(traits: Sequence[ProbedTrait], conduct: Conduct, *, main_questions: int) -> Training:
    """Grade an interviewer by what was found and how it was asked; `main_questions` are those without follow-ups."""
    enough = conduct.questions >= LEAST_QUESTIONS
    found = [FOUND[one.outcome] for one in traits if one.outcome in FOUND]
    unfair = len(conduct.prohibited)
    follow_ups = conduct.follow_ups / main_questions if main_questions else 0.0
    open_share = conduct.open_share or 0.0
    parts = [
        _part(
            "traits",
            sum(found) / len(found) if found else None,
            f"{sum(one == 1 for one in found)} of {len(found)} found, {sum(one == 0.5 for one in found)} partly."
            if found
            else ("No model was there to tell." if traits else "Nothing was hidden."),
        ),
        _part(
            "open_questions",
            _between(open_share, OPEN_SHARE) if enough else None,
            f"{conduct.open_questions} of {conduct.questions} questions were open."
            if enough
            else "Too few questions to tell.",
        ),
        _part(
            "listening",
            _between(conduct.talk_share, TALK_SHARE) if enough else None,
            f"The interviewer said {percent(conduct.talk_share)} % of all words."
            if enough
            else "Too few questions to tell.",
        ),
        _part(
            "follow_ups",
            _between(follow_ups, FOLLOW_UPS) if enough else None,
            f"{conduct.follow_ups} follow-ups to {main_questions} questions."
            if enough
            else "Too few questions to tell.",
        ),
        _part(
            "fair_questions",
            (0.0 if unfair else 1.0) if conduct.questions else None,
            _fairness(conduct),
        ),
    ]
    whole = mean((part.share, float(part.weight)) for part in parts)
    score = percent(whole) or 0
    note = "Points of the parts, divided by the weight of those that could be measured."
    if unfair and score > UNFAIR_CAP:
        score = UNFAIR_CAP
        note += f" A question about a protected topic caps the grade at {UNFAIR_CAP}."
    letter = next(name for boundary, name in GRADES if score >= boundary)
    return Training(traits=list(traits), parts=parts, score=score, grade=letter, grade_note=note)


def _part(
    key: Literal["traits", "open_questions", "listening", "follow_ups", "fair_questions"],
    share: float | None,
    explanation: str,
) -> GradePart:
    weight = WEIGHTS[key]
    return GradePart(
        key=key,
        label=LABELS[key],
        weight=weight,
        share=None if share is None else round(share, 4),
        points=round(weight * (share or 0.0), 1),
        explanation=explanation,
    )


def _between(value: float, bounds: tuple[float, float]) -> float:
    """0 at the first bound, 1 at the second, in proportion between them; the second may be the lower one."""
    nothing, everything = bounds
    return min(1.0, max(0.0, (value - nothing) / (everything - nothing)))


def _fairness(conduct: Conduct) -> str:
    if not conduct.questions:
        return "Nothing was asked."
    if not conduct.prohibited:
        return "No question touched a protected topic."
    topics = ", ".join(dict.fromkeys(one.topic for one in conduct.prohibited))
    turns = ", ".join(str(turn) for turn in dict.fromkeys(one.turn for one in conduct.prohibited))
    return f"Questions about protected topics ({topics}), turns {turns}."
