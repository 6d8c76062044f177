"""From levels to numbers: every criterion, weight and boundary of an evaluation. docs/COACHING.md publishes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from coaching.schemas import Criterion, Priority, Standing, Weights
from coaching.states import Dimension
from interviews.levels import mean, percent

# --- the overall score: the mean of the six dimensions by these weights, in percent, to one decimal, half up.
WEIGHTS = Weights(
    clarity_structure=20,
    relevance_focus=20,
    confidence_delivery=20,
    language_quality=10,
    tone_alignment=15,
    engagement=15,
)

# --- how a score of 0–100 reads: weak below the first, solid below the second, strong from there on.
SOLID, STRONG = 60, 80

# --- how much an improvement area matters: points of the overall score that a full score in it would add.
HIGH_GAIN, MEDIUM_GAIN = 8.0, 4.0
MOST_AREAS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One closed question. `asks` is put to the model; what it is worth never is."""

    key: str
    dimension: Dimension
    label: str
    asks: str
    weight: int


# --- a dimension's score: the mean of its judged criteria by weight (none 0, weak 25, partial 50, strong 75, full 100).
CRITERIA: tuple[Asked, ...] = (
    Asked(
        "main_point",
        Dimension.CLARITY_STRUCTURE,
        "Says what matters first",
        "Is the main point of an answer said early, in words that could stand alone?",
        2,
    ),
    Asked(
        "order",
        Dimension.CLARITY_STRUCTURE,
        "Follows an order",
        "Do longer answers follow an order that a listener can follow: steps, point and reasons, situation to result?",
        2,
    ),
    Asked(
        "plain",
        Dimension.CLARITY_STRUCTURE,
        "Easy to follow",
        "Are sentences short enough, and terms explained that this counterpart need not know?",
        1,
    ),
    Asked(
        "answers_it",
        Dimension.RELEVANCE_FOCUS,
        "Answers what was asked",
        "Does each answer speak to the question or objection just before it?",
        3,
    ),
    Asked(
        "evidence",
        Dimension.RELEVANCE_FOCUS,
        "Backs it with facts",
        "Are claims backed with figures, names or examples of the trainee's own?",
        2,
    ),
    Asked(
        "on_goal",
        Dimension.RELEVANCE_FOCUS,
        "Serves the goal",
        "Does what is said serve the agenda, or where there is none, what such a conversation is for?",
        1,
    ),
    Asked(
        "firm",
        Dimension.CONFIDENCE_DELIVERY,
        "Says it firmly",
        "Is what the trainee knows said without hedges, needless apologies and words that make it smaller?",
        2,
    ),
    Asked(
        "ownership",
        Dimension.CONFIDENCE_DELIVERY,
        "Owns it",
        "Does the trainee name their own part and stand by what they did and decided?",
        1,
    ),
    Asked(
        "under_pressure",
        Dimension.CONFIDENCE_DELIVERY,
        "Holds under pressure",
        "Are doubts, objections and hard questions met calmly and to the point? Unknown where there were none.",
        2,
    ),
    Asked(
        "exact",
        Dimension.LANGUAGE_QUALITY,
        "Chooses exact words",
        "Do the words say exactly what is meant, instead of “things”, “a lot”, “very good”?",
        2,
    ),
    Asked(
        "economy",
        Dimension.LANGUAGE_QUALITY,
        "Wastes no words",
        "Is nothing padded, filled in or said twice without need?",
        1,
    ),
    Asked(
        "readable",
        Dimension.LANGUAGE_QUALITY,
        "Can be understood at once",
        "Is the meaning clear at first hearing? Mistakes of grammar count only where they hide the meaning.",
        1,
    ),
    Asked(
        "fits",
        Dimension.TONE_ALIGNMENT,
        "Fits the situation",
        "Does the register fit this occasion and this counterpart?",
        2,
    ),
    Asked(
        "respectful",
        Dimension.TONE_ALIGNMENT,
        "Stays respectful",
        "Is it respectful and constructive, in disagreement too?",
        1,
    ),
    Asked(
        "adapts",
        Dimension.TONE_ALIGNMENT,
        "Adapts to the other side",
        "Does the trainee take in how the counterpart is and what they care about, and adapt to it?",
        1,
    ),
    Asked(
        "asks",
        Dimension.ENGAGEMENT,
        "Asks",
        "Does the trainee ask questions that matter to the conversation?",
        2,
    ),
    Asked(
        "picks_up",
        Dimension.ENGAGEMENT,
        "Takes up what was said",
        "Does the trainee take up and build on what the counterpart said?",
        2,
    ),
    Asked(
        "moves_on",
        Dimension.ENGAGEMENT,
        "Leads somewhere",
        "Does the trainee lead towards a result: a next step, a decision, a clear close?",
        1,
    ),
)
BY_KEY: Mapping[str, Asked] = {one.key: one for one in CRITERIA}

# --- too little to judge: fewer of the trainee's messages, or of their words.
LEAST_TURNS, LEAST_WORDS = 3, 60

# --- a judgement stands if so many of the criteria that it judged rest on words that were said.
LEAST_HELD = 0.5


def weight_of(dimension: Dimension) -> int:
    """A dimension's weight in the overall score, in percent."""
    return int(getattr(WEIGHTS, dimension.value))


def dimension_score(criteria: Sequence[Criterion], dimension: Dimension) -> int | None:
    """0–100: the mean of the judged criteria of a dimension by weight, rounded half up; null where none was judged."""
    value = mean((one.score, float(one.weight)) for one in criteria if one.dimension == dimension)
    return percent(None if value is None else value / 100)


def overall(scores: Mapping[Dimension, int]) -> Decimal:
    """0–100 with one decimal, rounded half up: the mean of all six dimensions by WEIGHTS."""
    total = sum(weight_of(dimension) * scores[dimension] for dimension in Dimension)
    return (Decimal(total) / 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def standing(score: float) -> Standing:
    """How a score of 0–100 reads."""
    return "weak" if score < SOLID else "solid" if score < STRONG else "strong"


def gain(dimension: Dimension, score: float) -> float:
    """Points that the overall score would gain if this dimension were 100."""
    return weight_of(dimension) * (100 - score) / 100


def priority(dimension: Dimension, score: float) -> Priority:
    """How much it matters to work on a dimension."""
    points = gain(dimension, score)
    return "high" if points >= HIGH_GAIN else "medium" if points >= MEDIUM_GAIN else "low"


def most_to_gain(scores: Mapping[Dimension, float]) -> list[Dimension]:
    """The dimensions with something to gain, the most first; of two alike the one that stands first among the six."""
    open_ones = [dimension for dimension in Dimension if scores[dimension] < 100]
    return sorted(open_ones, key=lambda dimension: -gain(dimension, scores[dimension]))
