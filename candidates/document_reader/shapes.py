"""What is painted on a page: where it lies, in which order, and what of it is seen at a point."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from candidates.document_reader import Unreadable
from candidates.document_reader.colours import WHITE, Colour, mixed

Box = tuple[float, float, float, float]
Point = tuple[float, float]
Polygon = tuple[Point, ...]

# More than any page for people has; each letter is compared with those of its band.
MOST_SHAPES = 30_000
_BANDS = 64
# What is thinner hides nothing and is no background: rules, borders, underlines.
THIN = 0.7


@dataclass(frozen=True, slots=True)
class Shape:
    """Something painted, in the order of painting.

    `colour` is None for pictures and patterns: something is there, and nobody knows of which colour. What is not
    opaque lets through what lies under it. `outline` is None where the box itself is the shape.
    """

    order: int
    box: Box
    colour: Colour | None
    alpha: float = 1.0
    is_opaque: bool = True
    outline: tuple[Polygon, ...] | None = None
    is_even_odd: bool = False

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies on it."""
        x0, y0, x1, y1 = self.box
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            return False
        if self.outline is None:
            return True
        winding = crossings = 0
        for polygon in self.outline:
            ax, ay = polygon[-1]
            for bx, by in polygon:
                if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                    crossings += 1
                    winding += 1 if by > ay else -1
                ax, ay = bx, by
        return crossings % 2 == 1 if self.is_even_odd else winding != 0


class Painted:
    """All shapes of a page, found by where they lie."""

    def __init__(self, page: Box) -> None:
        self._bottom = page[1]
        self._height = max(1.0, (page[3] - page[1]) / _BANDS)
        self._bands: list[list[Shape]] = [[] for _ in range(_BANDS)]
        self._orders: list[list[int]] = [[] for _ in range(_BANDS)]
        self._count = 0

    def add(self, shape: Shape) -> None:
        """Note a shape. Raises Unreadable where there are more than anybody draws."""
        x0, y0, x1, y1 = shape.box
        if x1 - x0 < THIN or y1 - y0 < THIN:
            return
        self._count += 1
        if self._count > MOST_SHAPES:
            raise Unreadable("It has more drawn on a page than can be checked.")
        first, last = self._band(y0), self._band(y1)
        for band in range(first, last + 1):
            self._bands[band].append(shape)
            self._orders[band].append(shape.order)

    def behind(self, x: float, y: float, *, before: int) -> Colour | None:
        """The colour at a point when `before` was painted, on white paper; None where nobody knows."""
        found: list[Shape] = []
        for shape in self._at(x, y, before=before):
            found.append(shape)
            if shape.colour is None or shape.alpha >= 1:
                break  # nothing under it changes what is seen, or can be told
        colour: Colour | None = WHITE
        for shape in reversed(found):
            colour = mixed(shape.colour, colour, shape.alpha)
        return colour

    def is_covered(self, x: float, y: float, *, after: int) -> bool:
        """Whether something painted after `after` leaves nothing to see at a point."""
        return any(shape.is_opaque for shape in self._at(x, y, after=after))

    def _at(self, x: float, y: float, *, before: int | None = None, after: int = 0) -> Iterator[Shape]:
        """The shapes at a point, the last one painted first."""
        band = self._band(y)
        orders = self._orders[band]
        last = len(orders) if before is None else bisect_left(orders, before)
        for at in range(last - 1, bisect_right(orders, after) - 1, -1):
            if self._bands[band][at].holds(x, y):
                yield self._bands[band][at]

    def covers(self, box: Box, *, after: int) -> bool:
        """Whether what was painted after `after` leaves nothing to read of a letter in this box.

        Nine points are looked at, so that a line through the letter does not count and tiles that lie side by side do.
        """
        x0, y0, x1, y1 = box
        width, height = x1 - x0, y1 - y0
        hidden = 0
        for down in (0.3, 0.5, 0.7):
            for along in (0.5, 0.15, 0.85):
                hidden += self.is_covered(x0 + along * width, y0 + down * height, after=after)
        return hidden >= 8

    def _band(self, y: float) -> int:
        return min(_BANDS - 1, max(0, int((y - self._bottom) / self._height)))


def box_of(points: Sequence[Point]) -> Box:
    """The smallest box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))


def common(one: Box, other: Box) -> Box:
    """Where two boxes overlap; of no size where they do not."""
    x0, y0 = max(one[0], other[0]), max(one[1], other[1])
    return (x0, y0, max(x0, min(one[2], other[2])), max(y0, min(one[3], other[3])))


def is_box(polygons: Sequence[Polygon]) -> bool:
    """Whether an outline is one upright rectangle."""
    if len(polygons) != 1:
        return False
    corners = list(dict.fromkeys((round(x, 2), round(y, 2)) for x, y in polygons[0]))
    if len(corners) != 4:
        return False
    return len({x for x, _ in corners}) == 2 and len({y for _, y in corners}) == 2


def area(box: Box) -> float:
    """The area of a box."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def curve(name: str, start: Point, given: Sequence[Point]) -> list[Point]:
    """Four points along a Bézier curve: c has both its handles, v starts without one, y ends without one."""
    if name == "c" and len(given) == 3:
        one, other, end = given
    elif len(given) == 2:
        one, other, end = (start, given[0], given[1]) if name == "v" else (given[0], given[1], given[1])
    else:
        return list(given[-1:])
    found = []
    for t in (0.25, 0.5, 0.75, 1.0):
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        found.append(
            (
                a * start[0] + b * one[0] + c * other[0] + d * end[0],
                a * start[1] + b * one[1] + c * other[1] + d * end[1],
            )
        )
    return found
