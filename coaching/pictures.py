"""Pictures of scores as SVG, made on the server: they need no script, print well, and follow the page's colours.

Each has the figures in words beside it (templates/coaching), so it is hidden from screen readers where it stands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coaching.schemas import ScorePoint
from coaching.states import Dimension

_RADIUS, _CENTRE_X, _CENTRE_Y = 110.0, 210.0, 150.0
_LINE = 13.0
_WIDTH, _HEIGHT = 720.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 12.0, 12.0, 24.0


@dataclass(frozen=True, slots=True)
class Label:
    """A word in a picture, and where it is anchored."""

    x: float
    y: float
    anchor: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class Radar:
    """Six axes from the centre outwards, 0 to 100; `shape` and `before` are points of polygons."""

    rings: list[str]
    spokes: list[tuple[float, float]]
    shape: str
    before: str
    dots: list[tuple[float, float]]
    labels: list[Label]


@dataclass(frozen=True, slots=True)
class Dot:
    """One session on a line."""

    x: float
    y: float
    score: float
    point: ScorePoint


@dataclass(frozen=True, slots=True)
class Lines:
    """Scores over sessions: the overall one with dots, a dimension of choice as a second line."""

    overall: str
    second: str
    dots: list[Dot]
    levels: list[tuple[float, int]]


def radar(scores: Mapping[str, int], before: Mapping[str, int] | None = None) -> Radar:
    """The six scores of an evaluation; `before` draws those of another one behind them."""
    angles = [math.tau * place / len(Dimension) - math.pi / 2 for place in range(len(Dimension))]

    def at(place: int, share: float) -> tuple[float, float]:
        angle = angles[place]
        return (
            round(_CENTRE_X + _RADIUS * share * math.cos(angle), 1),
            round(_CENTRE_Y + _RADIUS * share * math.sin(angle), 1),
        )

    def shape(shares: Sequence[float]) -> str:
        return " ".join(f"{x},{y}" for x, y in (at(place, share) for place, share in enumerate(shares)))

    values = [scores[dimension.value] for dimension in Dimension]
    labels = []
    for place, dimension in enumerate(Dimension):
        x, y = at(place, 1.13)
        across = math.cos(angles[place])
        anchor = "middle" if abs(across) < 0.2 else "start" if across > 0 else "end"
        words = _in_lines(dimension.label)
        if anchor == "middle" and y < _CENTRE_Y:
            y -= _LINE * (len(words) - 1)  # grows upwards, away from the shape
        labels.append(Label(round(x, 1), round(y, 1), anchor, words))
    return Radar(
        rings=[shape([level] * len(angles)) for level in (0.25, 0.5, 0.75, 1.0)],
        spokes=[at(place, 1.0) for place in range(len(angles))],
        shape=shape([value / 100 for value in values]),
        before=shape([before[dimension.value] / 100 for dimension in Dimension]) if before else "",
        dots=[at(place, value / 100) for place, value in enumerate(values)],
        labels=labels,
    )


def lines(points: Sequence[ScorePoint], dimension: Dimension | None = None) -> Lines:
    """The line of progress over sessions, oldest first, and one dimension beside it."""
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(points) - 1)

    def height(score: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - score / 100), 1)

    def across(place: int) -> float:
        # A single session stands in the middle.
        return round(_LEFT + (step * place if len(points) > 1 else step / 2), 1)

    def line(scores: Sequence[float]) -> str:
        return " ".join(f"{across(place)},{height(score)}" for place, score in enumerate(scores))

    second = [float(getattr(point.scores, dimension.value)) for point in points] if dimension else []
    return Lines(
        overall=line([point.overall for point in points]),
        second=line(second),
        dots=[Dot(across(place), height(point.overall), point.overall, point) for place, point in enumerate(points)],
        levels=[(height(level), level) for level in (0, 20, 40, 60, 80, 100)],
    )


def _in_lines(label: str) -> list[str]:
    """A long label on two lines."""
    head, _, tail = label.partition(" and ")
    return [f"{head} and", tail] if tail else [label]
