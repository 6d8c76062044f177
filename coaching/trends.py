"""How a trainee gets on: one SQL statement over the figures that each session keeps of its newest evaluation.

Postgres does all of the arithmetic, exactly, in decimals: a thousand sessions cost little more than ten, and a half is
rounded away from zero at its place and not by how a float happens to lie. docs/COACHING.md publishes the formulas.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.db import connection

from accounts.models import User
from coaching.evaluation import weights
from coaching.models import Session
from coaching.schemas import (
    Averages,
    RecurringWeakness,
    ScorePoint,
    Scores,
    Trends,
    TypeTrends,
)
from coaching.states import Dimension, PreparationType, SessionState

# A change of the last sessions by more points than this is a trend.
TREND_POINTS = 5
# A weakness recurs from so many sessions on; so many recurring ones are named.
RECURS_FROM, MOST_RECURRING = 2, 5
# How many sessions the line of progress holds.
MOST_POINTS = 60

_DIMENSIONS = tuple(Dimension)

_AVERAGES = ", ".join(
    [
        *(f"'{dimension.value}', round(avg(scores[{place}]), 1)" for place, dimension in enumerate(_DIMENSIONS, 1)),
        "'overall', round(avg(overall), 1)",
    ]
)


def _figures(position: str, from_end: str) -> str:
    """SQL of a JSON object with the figures of a group of sessions, which `position` numbers from 1 without gaps.

    The slope is that of least squares: over x = 1 … n it is (12 Σxy − 6(n + 1) Σy) ÷ (n(n² − 1)).
    """
    second_half = (
        f"CASE count(*) WHEN 1 THEN NULL WHEN 2 THEN"
        f" max(overall) FILTER (WHERE {from_end} = 1) - max(overall) FILTER (WHERE {from_end} = 2)"
        f" ELSE avg(overall) FILTER (WHERE {from_end} <= 2) - max(overall) FILTER (WHERE {from_end} = 3) END"
    )
    velocity = (
        f"(12 * sum({position} * overall) - 6 * (count(*) + 1) * sum(overall))"
        " / (count(*) * (count(*) * count(*) - 1)) / 10"
    )
    return (
        f"json_build_object('sessions', count(*), 'averages', json_build_object({_AVERAGES}),"
        f" 'improvement_velocity', CASE WHEN count(*) > 1 THEN round(greatest(-1, least(1, {velocity})), 3) END,"
        f" 'recent_change', round({second_half}, 1),"
        f" 'recent_trend', CASE WHEN count(*) < 2 THEN 'no_data' WHEN {second_half} > {TREND_POINTS} THEN 'improving'"
        f" WHEN {second_half} < -{TREND_POINTS} THEN 'declining' ELSE 'stable' END)"
    )


def _weakness(place: int) -> str:
    """SQL of how often, how lately, and when last a dimension was weak: [times, of the last three, when]."""
    weak = f"scores[{place}] < {weights.SOLID}"
    return (
        f"json_build_array(count(*) FILTER (WHERE {weak}), count(*) FILTER (WHERE {weak} AND from_end <= 3),"
        f" max(completed_at) FILTER (WHERE {weak}))"
    )


# The CTE is read in the order of the index session_trends, without a sort for the numbers over all sessions.
_STATEMENT = f"""
    WITH placed AS (
        SELECT id, completed_at, preparation_type, overall, scores,
               row_number() OVER in_order AS position, count(*) OVER () AS sessions,
               row_number() OVER of_type AS type_position, count(*) OVER (PARTITION BY preparation_type) AS of_its_type
        FROM coaching_session
        WHERE user_id = %s AND status = '{SessionState.COMPLETED.value}' AND overall IS NOT NULL
        WINDOW in_order AS (ORDER BY completed_at, id),
               of_type AS (PARTITION BY preparation_type ORDER BY completed_at, id)
    ),
    judged AS MATERIALIZED (
        SELECT *, sessions - position + 1 AS from_end, of_its_type - type_position + 1 AS type_from_end FROM placed
    )
    SELECT json_build_object(
        'all', (SELECT {_figures("position", "from_end")} FROM judged),
        'weak', (SELECT json_build_array({", ".join(_weakness(place) for place in range(1, len(_DIMENSIONS) + 1))})
                 FROM judged),
        'types', (SELECT json_agg(json_build_array(preparation_type, figures) ORDER BY sessions DESC, preparation_type)
                  FROM (SELECT preparation_type, count(*) AS sessions,
                               {_figures("type_position", "type_from_end")} AS figures
                        FROM judged GROUP BY preparation_type) of_types),
        'points', (SELECT json_agg(json_build_array(position, id, preparation_type, completed_at, overall, scores)
                                   ORDER BY position)
                   FROM judged WHERE from_end <= {MOST_POINTS})
    )::text"""  # noqa: S608


def trends(user: User) -> Trends:
    """The progress of one trainee over all sessions that are completed and evaluated, archived ones left out.

    Scores are 0–100. Averages are rounded to one decimal, the velocity to three, halves away from zero.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [user.pk])
        found = orjson.loads(cursor.fetchone()[0])
    return Trends(
        **_read(found["all"]),
        recurring_weaknesses=_recurring(found["weak"], found["all"]["averages"]),
        score_progression=[_point(*row) for row in found["points"] or ()],
        by_preparation_type=[
            TypeTrends(preparation_type=kind, label=PreparationType(kind).label, **_read(figures))
            for kind, figures in found["types"] or ()
        ],
    )


def _read(figures: dict[str, Any]) -> dict[str, Any]:
    return {**figures, "averages": Averages(**figures["averages"])}


def _point(
    position: int, session_id: str, kind: str, completed_at: str, overall: float, scores: list[int]
) -> ScorePoint:
    return ScorePoint.model_validate(
        {
            "position": position,
            "session_id": session_id,
            "preparation_type": kind,
            "completed_at": completed_at,
            "overall": overall,
            "scores": Scores(**{dimension.value: score for dimension, score in zip(_DIMENSIONS, scores, strict=True)}),
        }
    )


def _recurring(weak: list[tuple[int, int, Any]], averages: dict[str, Any]) -> list[RecurringWeakness]:
    """The most frequent first; of those alike, what was weak lately, then what is lowest on average."""
    found = [
        RecurringWeakness(
            dimension=dimension,
            label=dimension.label,
            times=times,
            recent_times=recent,
            last_at=last,
            average=averages[dimension.value],
        )
        for dimension, (times, recent, last) in zip(_DIMENSIONS, weak, strict=True)
        if times >= RECURS_FROM
    ]
    found.sort(key=lambda one: (-one.times, -one.recent_times, one.average))
    return found[:MOST_RECURRING]


# The table's name stands in the SQL above; a renamed model must fail at start and not at the first request.
if Session._meta.db_table != "coaching_session":
    raise RuntimeError("coaching.trends names a table that is not the sessions'")
