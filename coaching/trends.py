"""How a trainee gets on: one SQL statement over the figures that each session keeps of its newest evaluation.

Postgres walks one index and hands over eight bytes a session (models.packed_figures); all arithmetic is done here, in
whole numbers and exact fractions: a thousand sessions cost little more than ten, and a half is rounded away from zero
at its place and not by how a float happens to lie. (Windows and sums in SQL took three times as long.)
docs/COACHING.md publishes the formulas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from struct import iter_unpack
from typing import Any

import orjson
from django.db import connection

from accounts.models import User
from coaching.evaluation import weights
from coaching.models import Session
from coaching.schemas import RecentTrend, Trends
from coaching.states import Dimension, PreparationType, SessionState

# A change of the last sessions by more points than this is a trend; so many sessions are the last ones.
TREND_POINTS, LAST = 5, 3
# A weakness recurs from so many sessions on; so many recurring ones are named.
RECURS_FROM, MOST_RECURRING = 2, 5
# How many sessions the line of progress holds.
MOST_POINTS = 40

_DIMENSIONS = tuple(Dimension)
_NAMES = tuple(Dimension.values)
_WEAK = bytes(range(weights.SOLID))
_SIX = len(_NAMES)
_KINDS = tuple(PreparationType)
# The lower bits of the two bytes before a session's scores (models.packed_figures).
_TENTHS_BITS = 12
_TENTHS = 2**_TENTHS_BITS - 1
# The aggregates take the rows as the index session_figures yields them, without a sort.
_JUDGED = (
    f"FROM coaching_session WHERE user_id = %s AND status = '{SessionState.COMPLETED.value}' AND figures IS NOT NULL"
)
_ORDER = "ORDER BY completed_at, id"
_STATEMENT = f"""
    SELECT string_agg(int8send(figures), ''::bytea {_ORDER}),
           (SELECT json_agg(json_build_array(id, completed_at) {_ORDER})::text FROM (
               SELECT id, completed_at {_JUDGED} ORDER BY completed_at DESC, id DESC LIMIT {MOST_POINTS}
           ) AS lately)
    {_JUDGED}"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Row:
    """Sessions in the order of completion: the overall score of each in tenths of a point, and its six scores.

    The scores are bytes in the order of states.Dimension: of all together, every sixth belongs to one dimension.
    """

    tenths: list[int]
    sixes: list[bytes]

    def columns(self) -> list[bytes]:
        """The scores of each dimension."""
        scores = b"".join(self.sixes)
        return [scores[place::_SIX] for place in range(_SIX)]

    def figures(self) -> dict[str, Any]:
        """The fields that Trends and TypeTrends share."""
        n = len(self.tenths)
        change = _change(self.tenths[-LAST:])
        means = [rounded(Fraction(sum(column), n), 1) for column in self.columns()] if n else [None] * _SIX
        return {
            "sessions": n,
            "averages": {
                **dict(zip(_NAMES, means, strict=True)),
                "overall": rounded(Fraction(sum(self.tenths), 10 * n), 1) if n else None,
            },
            "improvement_velocity": self._velocity(),
            "recent_change": None if change is None else rounded(change, 1),
            "recent_trend": _trend(change),
        }

    def _velocity(self) -> float | None:
        """The slope of least squares ÷ 10: over x = 1 … n it is (12 Σxy − 6(n + 1) Σy) ÷ (n(n² − 1))."""
        n = len(self.tenths)
        if n < 2:
            return None
        placed = sum(map(mul, range(1, n + 1), self.tenths))
        slope = Fraction(12 * placed - 6 * (n + 1) * sum(self.tenths), 10 * n * (n * n - 1))
        return rounded(max(Fraction(-1), min(Fraction(1), slope / 10)), 3)


def trends(user: User) -> Trends:
    """The progress of one trainee over all sessions that are completed and evaluated, archived ones left out.

    Scores are 0–100. Averages are rounded to one decimal, the velocity to three, halves away from zero.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [user.pk, user.pk])
        packed, told = cursor.fetchone()
    lately: list[tuple[str, str]] = orjson.loads(told or "[]")
    judged: list[tuple[int, bytes]] = list(iter_unpack(f">H{_SIX}s", packed or b""))
    every = _Row([head & _TENTHS for head, _ in judged], [six for _, six in judged])
    by_type: defaultdict[int, _Row] = defaultdict(lambda: _Row([], []))
    for head, six in judged:
        of_type = by_type[head >> _TENTHS_BITS]
        of_type.tenths.append(head & _TENTHS)
        of_type.sixes.append(six)
    figures = every.figures()
    return Trends.model_validate(
        {
            **figures,
            "recurring_weaknesses": _recurring(every.columns(), figures["averages"]),
            "score_progression": [
                {
                    "position": position + 1,
                    "session_id": session_id,
                    "preparation_type": _KINDS[judged[position][0] >> _TENTHS_BITS],
                    "completed_at": completed_at,
                    "overall": every.tenths[position] / 10,
                    "scores": dict(zip(_NAMES, every.sixes[position], strict=True)),
                }
                for position, (session_id, completed_at) in enumerate(lately, len(judged) - len(lately))
            ],
            "by_preparation_type": [
                {"preparation_type": _KINDS[kind], "label": _KINDS[kind].label, **row.figures()}
                for kind, row in sorted(by_type.items(), key=lambda one: (-len(one[1].tenths), _KINDS[one[0]]))
            ],
        }
    )


def rounded(value: Fraction, places: int) -> float:
    """An exact value to so many decimals, a half away from zero."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return float(Fraction(whole if value >= 0 else -whole, 10**places))


def _change(last: Sequence[int]) -> Fraction | None:
    """Points by which the second half of the last sessions lies above the first; of three, the second half is two."""
    if len(last) < 2:
        return None
    middle = len(last) // 2
    first, second = last[:middle], last[middle:]
    return Fraction(sum(second), 10 * len(second)) - Fraction(sum(first), 10 * len(first))


def _trend(change: Fraction | None) -> RecentTrend:
    if change is None:
        return "no_data"
    return "improving" if change > TREND_POINTS else "declining" if change < -TREND_POINTS else "stable"


def _recurring(columns: Sequence[bytes], averages: dict[str, float]) -> list[dict[str, Any]]:
    """The most frequent first; of those alike, what was weak lately, then what is lowest on average."""
    found: list[dict[str, Any]] = []
    for dimension, column in zip(_DIMENSIONS, columns, strict=True):
        times = _times_weak(column)
        if times >= RECURS_FROM:
            found.append(
                {
                    "dimension": dimension,
                    "label": dimension.label,
                    "times": times,
                    "recent_times": _times_weak(column[-LAST:]),
                    "average": averages[dimension.value],
                }
            )
    found.sort(key=lambda one: (-one["times"], -one["recent_times"], one["average"]))
    return found[:MOST_RECURRING]


def _times_weak(column: bytes) -> int:
    # Leaving out the weak ones in one sweep is fifty times as fast as comparing them one by one.
    return len(column) - len(column.translate(None, delete=_WEAK))


# The table's name stands in the SQL above; a renamed model must fail at start and not at the first request.
if Session._meta.db_table != "coaching_session":
    raise RuntimeError("coaching.trends names a table that is not the sessions'")
