"""From levels to numbers: every weight and threshold of an analysis. docs/INTERVIEWS.md publishes them."""

from __future__ import annotations

from collections.abc import Sequence

from interviews.analysis.shapes import Confidence, Dimension, QuestionAnswer, QuestionType, RedFlag
from interviews.levels import Level, at_most, mean, percent
from interviews.states import Recommendation

# --- one answer: the plain mean of its four levels, as 0–10.
# What matters most for a question of each type.
METRICS: dict[QuestionType, tuple[str, str]] = {
    "opening": ("self_presentation", "Presents the own path to the point"),
    "motivation": ("motivation", "Reasons that fit this job and are the speaker's own"),
    "experience": ("ownership", "Own part and results"),
    "behavioural": ("star", "Situation, task, action and result told"),
    "situational": ("reasoning", "Weighs options and says why"),
    "technical": ("technical_accuracy", "Correct and exact"),
    "cultural": ("working_together", "How they work with others, by example"),
    "closing": ("curiosity", "Questions and interest of their own"),
    "other": ("substance", "Facts instead of claims"),
}
# No more than these levels for depth and metric in an answer of fewer words: a level is no matter of taste there.
SHORT_ANSWERS: tuple[tuple[int, Level], ...] = ((12, "weak"), (30, "partial"), (55, "strong"))

# --- the three totals. Each pair of (question types, (relevance, clarity, depth, metric)) that speaks for one.
_EVERY: frozenset[QuestionType] = frozenset(METRICS)
COMMUNICATION: tuple[frozenset[QuestionType], tuple[int, int, int, int]] = (_EVERY, (1, 2, 0, 0))
TECHNICAL: tuple[frozenset[QuestionType], tuple[int, int, int, int]] = (
    frozenset({"technical", "experience", "situational"}),
    (0, 0, 1, 2),
)
CULTURAL_FIT: tuple[frozenset[QuestionType], tuple[int, int, int, int]] = (
    frozenset({"behavioural", "cultural", "motivation"}),
    (0, 0, 1, 2),
)
# Their weights in the overall score; one that nothing was asked about has none.
OVERALL: dict[str, float] = {"communication": 0.25, "technical": 0.4, "cultural_fit": 0.35}

# --- the recommendation, by the overall score: the boundaries of the tiers (candidates.scoring)
BOUNDARIES: tuple[tuple[int, Recommendation], ...] = (
    (80, Recommendation.STRONG_HIRE),
    (65, Recommendation.HIRE),
    (50, Recommendation.LEANING_HIRE),
    (35, Recommendation.LEANING_NO_HIRE),
    (0, Recommendation.NO_HIRE),
)
_LADDER = tuple(recommendation for _, recommendation in BOUNDARIES)
# Each red flag of high severity whose quote stands lowers it by a step, but no more than so many together.
MOST_STEPS = 2
# With less confidence than this nobody is called Strong Hire or No Hire.
SURE_ENOUGH = 0.5

# --- the confidence: its parts' weights, and how many judged answers are enough.
ANSWERED_WEIGHT, HELD_WEIGHT, ENOUGH_WEIGHT = 0.35, 0.35, 0.3
ENOUGH_ANSWERS = 6
# So much less for each of technical and cultural fit that nothing was asked about.
NOT_ASKED = 0.1
# … for each of them that a single answer speaks for, and where the score lies this close to a boundary.
ONCE_ASKED = 0.05
NEAR_POINTS, NEAR = 3, 0.1


def limited(level: Level, words: int) -> Level:
    """A level of depth or metric, no higher than an answer of so many words can bear."""
    for fewer, highest in SHORT_ANSWERS:
        if words < fewer:
            return at_most(level, highest)
    return level


def score_of(pair: QuestionAnswer) -> float | None:
    """The 0–10 score of one answer: the mean of what was judged of its four levels, to one decimal."""
    value = mean((one.score, 1.0) for one in (pair.relevance, pair.clarity, pair.depth, pair.metric))
    return None if value is None else round(value, 1)


def dimension(
    pairs: Sequence[QuestionAnswer], of: tuple[frozenset[QuestionType], tuple[int, int, int, int]], about: str
) -> Dimension:
    """One of the three totals: the mean over its pairs of the weighted mean of their levels, 0–100."""
    types, weights = of
    used = []
    for pair in pairs:
        if pair.state != "judged" or pair.type not in types:
            continue
        levels = (pair.relevance, pair.clarity, pair.depth, pair.metric)
        value = mean((one.score, float(weight)) for one, weight in zip(levels, weights, strict=True))
        if value is not None:
            used.append((pair.number, value))
    if not used:
        return Dimension(score=None, pairs=[], reason=f"Nothing was asked and answered about {about}.")
    score = percent(sum(value for _, value in used) / len(used) / 10)
    answers = "one answer" if len(used) == 1 else f"{len(used)} answers"
    return Dimension(score=score, pairs=[number for number, _ in used], reason=f"From {answers}.")


def overall(communication: Dimension, technical: Dimension, cultural_fit: Dimension) -> int | None:
    """The overall score, 0–100: the mean of the totals that there are, by OVERALL."""
    parts = {"communication": communication, "technical": technical, "cultural_fit": cultural_fit}
    value = mean((None if part.score is None else float(part.score), OVERALL[key]) for key, part in parts.items())
    return percent(None if value is None else value / 100)


def confidence(
    pairs: Sequence[QuestionAnswer], *, score: int, technical: Dimension, cultural_fit: Dimension
) -> Confidence:
    """How much the recommendation rests on: how many questions were answered, how many answers could be judged on words
    that were said, what was asked about at all, and how far the score (0–100) lies from where it would say another.
    """
    answered = [pair for pair in pairs if pair.state in ("judged", "unsupported")]
    judged = [pair for pair in pairs if pair.state == "judged"]
    answered_share = len(answered) / len(pairs) if pairs else 0.0
    held_share = len(judged) / len(answered) if answered else 0.0
    enough = min(1.0, len(judged) / ENOUGH_ANSWERS)
    sides = (("skill", technical), ("cultural fit", cultural_fit))
    unasked = [name for name, one in sides if not one.pairs]
    once = [name for name, one in sides if len(one.pairs) == 1]
    sure = ANSWERED_WEIGHT * answered_share + HELD_WEIGHT * held_share + ENOUGH_WEIGHT * enough
    sure -= NOT_ASKED * len(unasked) + ONCE_ASKED * len(once) + (NEAR if boundary_near(score) else 0.0)
    reason = f"{len(answered)} of {len(pairs)} questions were answered; {len(judged)} of these answers could be judged."
    if unasked:
        reason += f" Nothing was asked about {' and '.join(unasked)}."
    if once:
        reason += f" A single answer speaks for {' and for '.join(once)}."
    return Confidence(
        score=round(min(1.0, max(0.0, sure)), 2),
        answered_share=round(answered_share, 2),
        quotes_held_share=round(held_share, 2),
        judged_answers=len(judged),
        reason=reason,
    )


def boundary_near(score: int) -> int | None:
    """The boundary that a score lies within NEAR_POINTS of, or None."""
    return next((limit for limit, _ in BOUNDARIES if limit and abs(score - limit) <= NEAR_POINTS), None)


def recommended(score: int, flags: Sequence[RedFlag], sure: float) -> tuple[Recommendation, list[RedFlag], list[str]]:
    """(recommendation, flags with `moves` set, reasons) by the score, the flags and the confidence."""
    step = next(number for number, (boundary, _) in enumerate(BOUNDARIES) if score >= boundary)
    boundary, named = BOUNDARIES[step]
    if boundary:
        reasons = [f"The overall score is {score}; “{named.label}” begins at {boundary}."]
    else:
        reasons = [f"The overall score is {score}, below {BOUNDARIES[-2][0]}."]
    marked: list[RedFlag] = []
    moved = 0
    for flag in flags:
        moves = flag.severity == "high" and flag.code != "prompt_injection" and moved < MOST_STEPS
        if moves:
            moved += 1
            reasons.append(f"One step lower: {flag.text}")
        marked.append(flag.model_copy(update={"moves": moves}))
    step = min(step + moved, len(_LADDER) - 1)
    if sure < SURE_ENOUGH and step in (0, len(_LADDER) - 1):
        reasons.append(f"The confidence of {sure:.2f} is too low for “{_LADDER[step].label}”.")
        step = 1 if step == 0 else len(_LADDER) - 2
    near = boundary_near(score)
    if near:
        reasons.append(f"The score lies within {NEAR_POINTS} points of a boundary ({near}): read the answers yourself.")
    return _LADDER[step], marked, reasons
