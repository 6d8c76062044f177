"""docs/INTERVIEWS.md publishes the figures of judging: these are the ones that count."""

from __future__ import annotations

from pathlib import Path

import pytest

from interviews import coach
from interviews.analysis import judging, keeping, weighing
from interviews.debriefing import grading
from interviews.levels import SHARES, out_of_ten
from interviews.prebrief.parts import PARTS

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "INTERVIEWS.md").read_text().split())

PUBLISHED = [
    f"fewer than {keeping.LEAST_ANSWERS} answered questions, or fewer than {keeping.LEAST_WORDS} words",
    f"at most {judging.MOST_PAIRS} pairs or {judging.MOST_CHARACTERS:,} characters",
    "| 0–10 | " + " | ".join(f"{out_of_ten(level):g}" for level in SHARES) + " |",
    f"An answer of fewer than {judging.GLANCE_WORDS} words may do without a quote",
    "at most *weak* in an answer of fewer than {} words, *partial* under {}, *strong* under {}".format(
        *(words for words, _ in weighing.SHORT_ANSWERS)
    ),
    f"| communication | all | relevance 1, clarity 2 | {weighing.OVERALL['communication']:.2f} |",
    f"depth 1, metric 2 | {weighing.OVERALL['technical']:.2f} |",
    f"depth 1, metric 2 | {weighing.OVERALL['cultural_fit']:.2f} |",
    "Strong Hire from {}, Hire from {}, Leaning Hire from {}, Leaning No Hire from {}, else No Hire".format(
        *(limit for limit, _ in weighing.BOUNDARIES[:-1])
    ),
    f"With a confidence under {weighing.SURE_ENOUGH:.2f}",
    f"{weighing.ANSWERED_WEIGHT:.2f} × (questions answered ÷ asked)",
    f"{weighing.HELD_WEIGHT:.2f} × (answers whose quote was said ÷ answers)",
    f"{weighing.ENOUGH_WEIGHT:.2f} × min(1, judged answers ÷ {weighing.ENOUGH_ANSWERS})",
    f"less {weighing.NOT_ASKED:.2f} for each",
    f"{weighing.ONCE_ASKED:.2f} for each that a single answer speaks for, and {weighing.NEAR:.2f} for a score within "
    f"{weighing.NEAR_POINTS} points of a boundary",
    f"Fewer than {coach.LEAST_STRONG_WORDS} words are never STRONG",
    f"| Hidden traits | {grading.WEIGHTS['traits']} |",
    f"| Open questions | {grading.WEIGHTS['open_questions']} | {grading.OPEN_SHARE[0]:.0%} …".replace("%", " %"),
    f"| Listening | {grading.WEIGHTS['listening']} |",
    f"| Following up | {grading.WEIGHTS['follow_ups']} | 0 … {grading.FOLLOW_UPS[1]} follow-ups",
    f"| Fair questions | {grading.WEIGHTS['fair_questions']} |",
    "A from {}, B from {}, C from {}, D from {}, else E".format(*(limit for limit, _ in grading.GRADES[:-1])),
    f"caps the score at {grading.UNFAIR_CAP}",
    ", ".join(f"{part.key} {part.weight:g}" for part in PARTS),
]


@pytest.mark.parametrize("figure", PUBLISHED)
def test_published_figure_is_the_one_that_counts(figure: str) -> None:
    assert figure in PAGE


def test_metrics_of_all_types_are_published() -> None:
    for kind, (name, _) in weighing.METRICS.items():
        assert f"{kind} `{name}`" in PAGE
