"""Other weights, another ranking: computed from stored results, in bulk, without asking a model.

Scores are linear in the weights (see candidates.scoring), so one SQL statement can compute them for every candidate.
Both the computed and the model's assessment are taken again under the same weights, and combined, tiered and banded
by the same rules as when they were made; `_SCORED` says in SQL what scoring.score_of, combine and tier_of say in
Python, and a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from django.db import connection, transaction

from accounts.models import User
from candidates import rubric as rubrics
from candidates import scoring
from candidates.models import Job
from candidates.rubric import FORMULA_POINTS
from candidates.schemas import Criterion
from candidates.states import Tier

MOST_ROWS = 200


class Row(TypedDict):
    """One candidate of the new ranking, with the scores as they were."""

    id: UUID
    name: str | None
    rank: int  # place in the new ranking, from 1
    old_rank: int
    algo_score: int | None
    ai_score: int | None
    combined_score: int | None
    tier: str | None
    old_algo_score: int | None
    old_ai_score: int | None
    old_combined_score: int | None
    old_tier: str | None


def preview(*, job: Job | None, weights: Mapping[str, Any], limit: int = 50) -> list[Row]:
    """The first `limit` (1–200) candidates as other weights would rank them; nothing is stored.

    Without a job: the candidates that no job has, by the terms of the default formula. Weights that are not named stay
    as they are. Raises RubricInvalid (400, with `fields`) for an unknown key or a weight outside 0–2.
    """
    checked = _checked(job, weights)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH {_SCORED}
            SELECT id, name,
                   row_number() OVER (ORDER BY coalesce(new_combined, -1) DESC, id) AS rank,
                   row_number() OVER (ORDER BY coalesce(combined_score, -1) DESC, id) AS old_rank,
                   new_algo, new_ai, new_combined, {_tier("new_combined")}, algo_score, ai_score, combined_score, tier
            FROM combined ORDER BY rank LIMIT %(limit)s
            """,  # noqa: S608 - only our own fragments are put in; every value is a parameter
            {**_parameters(job, checked), "limit": max(1, min(int(limit), MOST_ROWS))},
        )
        rows = cursor.fetchall()
    names = list(Row.__annotations__)
    return [Row(**dict(zip(names, row, strict=True))) for row in rows]  # type: ignore[typeddict-item]


def spread(*, job: Job | None, weights: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """How many candidates each tier holds, best tier first, as (now, under these weights); nothing is stored."""
    checked = _checked(job, weights)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH {_SCORED}, moved AS (SELECT tier AS old, {_tier("new_combined")} AS new FROM combined)
            SELECT t.tier, (SELECT count(*) FROM moved WHERE old = t.tier),
                   (SELECT count(*) FROM moved WHERE new = t.tier)
            FROM unnest(%(tiers)s::text[]) WITH ORDINALITY AS t(tier, place) ORDER BY t.place
            """,  # noqa: S608 - only our own fragments are put in; every value is a parameter
            {**_parameters(job, checked), "tiers": [str(tier) for tier in Tier.values]},
        )
        return {tier: (now, then) for tier, now, then in cursor.fetchall()}


def apply(*, job: Job | None, weights: Mapping[str, Any], actor: User | None) -> int:
    """Put other weights in force and re-rank; returns how many candidates were scored again.

    For a job the weights become a new version of its rubric, made by `actor`, so candidates that come later are scored
    by them too. Assessments are never changed: each gets a successor with the same findings under the new weights.
    Raises RubricInvalid (400, with `fields`) for an unknown key or a weight outside 0–2.
    """
    checked = _checked(job, weights)
    with transaction.atomic():
        version = _new_version(job, checked, actor) if job is not None else None
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE reweighed ON COMMIT DROP AS WITH {_SCORED} SELECT * FROM combined",  # noqa: S608
                _parameters(job, checked),
            )
            cursor.execute(_UPDATE_CANDIDATES)
            count: int = cursor.rowcount
            cursor.execute(
                """
                CREATE TEMPORARY TABLE superseded ON COMMIT DROP AS
                SELECT a.*, r.new_algo, r.new_ai FROM candidates_assessment a JOIN reweighed r ON r.id = a.candidate_id
                WHERE a.is_current
                """
            )
            cursor.execute(
                "UPDATE candidates_assessment a SET is_current = false "
                "FROM superseded s WHERE s.id = a.id AND a.is_current"
            )
            cursor.execute(
                _SUCCESSORS,
                {**_parameters(job, checked), "rubric": version, "formula": json.dumps(FORMULA_POINTS)},
            )
            cursor.execute("DROP TABLE superseded, reweighed")
    return count


def _checked(job: Job | None, weights: Mapping[str, Any]) -> dict[str, float]:
    return rubrics.validated_weights(weights, criteria_in_force(job))


def criteria_in_force(job: Job | None) -> list[Criterion]:
    """The criteria whose weights can be changed: those of the job's newest rubric, else the default formula's terms."""
    return rubrics.criteria_of(rubrics.current(job) if job is not None else None)


def _new_version(job: Job, weights: dict[str, float], actor: User | None) -> UUID:
    criteria = [
        criterion.model_copy(update={"weight": weights.get(criterion.key, criterion.weight)})
        for criterion in criteria_in_force(job)
    ]
    return rubrics.save(job, criteria, actor=actor).id


def _parameters(job: Job | None, weights: dict[str, float]) -> dict[str, Any]:
    return {
        "job": job.pk if job is not None else None,
        "weights": json.dumps(weights),
        "formula": json.dumps(FORMULA_POINTS),
    }


def _tier(score: str) -> str:
    """scoring.tier_of in SQL."""
    tiers = " ".join(f"WHEN {score} >= {boundary} THEN '{tier}'" for boundary, tier in scoring.TIERS)
    return f"CASE WHEN {score} IS NULL THEN NULL {tiers} ELSE '{Tier.POOR}' END"


def _mean(one: str, other: str) -> str:
    """scoring.combine in SQL: the mean rounded half up, or the one that there is."""
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN coalesce({one}, {other}) ELSE ({one} + {other} + 1) / 2 END"
    )


# Each current assessment's score under the weights given, then both of a candidate beside one another. Results whose
# keys are all terms of the default formula add up in points, all others count by share: scoring.score_of.
_SCORED = f"""
    people AS MATERIALIZED (
        SELECT id, name, algo_score, ai_score, combined_score, tier, score_low, score_high
        FROM candidates_candidate
        WHERE job_id IS NOT DISTINCT FROM %(job)s::uuid AND deleted_at IS NULL
    ),
    scored AS (
        SELECT a.candidate_id, a.kind,
               CASE WHEN a.score IS NULL THEN NULL ELSE
                   greatest(0, least(100, floor(0.5 + 1e-9 + CASE
                       WHEN t.formula THEN t.points
                       WHEN t.weight > 0 THEN 100 * t.share / t.weight
                       ELSE 0 END)))::int
               END AS score,
               a.score AS old_score, coalesce(a.score_low, a.score) AS low, coalesce(a.score_high, a.score) AS high
        FROM people p
        JOIN candidates_assessment a ON a.candidate_id = p.id AND a.is_current
        CROSS JOIN LATERAL (
            SELECT sum(w.weight * c.share) AS share, sum(w.weight) AS weight,
                   sum(w.weight * c.share * coalesce((%(formula)s::jsonb ->> c.key)::float8, 0)) AS points,
                   coalesce(bool_and(%(formula)s::jsonb ? c.key), false) AS formula
            FROM jsonb_to_recordset(a.criteria) AS c(key text, share float8, weight float8)
            CROSS JOIN LATERAL (SELECT coalesce((%(weights)s::jsonb ->> c.key)::float8, c.weight) AS weight) w
        ) t
    ),
    paired AS (
        SELECT p.*, algo.score AS new_algo, ai.score AS new_ai,
               -- The band of the model's judgement keeps its width around the new score.
               greatest(0, ai.score - (ai.old_score - ai.low)) AS ai_low,
               least(100, ai.score + (ai.high - ai.old_score)) AS ai_high
        FROM people p
        JOIN scored algo ON algo.candidate_id = p.id AND algo.kind = 'algorithm'
        LEFT JOIN scored ai ON ai.candidate_id = p.id AND ai.kind = 'model' AND p.ai_score IS NOT NULL
    ),
    combined AS (
        SELECT *, {_mean("new_algo", "new_ai")} AS new_combined,
               {_mean("new_algo", "ai_low")} AS new_low, {_mean("new_algo", "ai_high")} AS new_high
        FROM paired
    )
"""  # noqa: S608 - our own fragments; every value is a parameter

_UPDATE_CANDIDATES = f"""
    UPDATE candidates_candidate c
    SET algo_score = r.new_algo, ai_score = r.new_ai, combined_score = r.new_combined, tier = {_tier("r.new_combined")},
        score_low = r.new_low, score_high = r.new_high,
        tier_unstable = {_tier("r.new_low")} IS DISTINCT FROM {_tier("r.new_high")}, updated_at = now()
    FROM reweighed r WHERE c.id = r.id
"""  # noqa: S608 - our own fragments

# The same findings with weight, points and max_points under the new weights: scoring.reweighed.
_SUCCESSORS = """
    INSERT INTO candidates_assessment (candidate_id, kind, rubric_id, criteria, weights, score, score_low, score_high,
                                       summary, pros, cons, questions, notes, receipts, is_current)
    SELECT s.candidate_id, s.kind, coalesce(%(rubric)s::uuid, s.rubric_id), coalesce(t.criteria, '[]'::jsonb),
           s.weights || %(weights)s::jsonb, n.score,
           greatest(0, n.score - (s.score - s.score_low)), least(100, n.score + (s.score_high - s.score)),
           s.summary, s.pros, s.cons, s.questions, s.notes, s.receipts, true
    FROM superseded s
    CROSS JOIN LATERAL (
        SELECT CASE s.kind WHEN 'algorithm' THEN s.new_algo ELSE coalesce(s.new_ai, s.score) END AS score
    ) n
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(
                   e.item || jsonb_build_object(
                       'weight', e.weight,
                       'points', round((e.full_points * (e.item ->> 'share')::float8)::numeric, 2),
                       'max_points', round(greatest(e.full_points, 0)::numeric, 2))
                   ORDER BY e.place) AS criteria
        FROM (
            SELECT w.item, w.place, w.weight,
                   CASE WHEN bool_and(%(formula)s::jsonb ? (w.item ->> 'key')) OVER ()
                        THEN coalesce((%(formula)s::jsonb ->> (w.item ->> 'key'))::float8, 0) * w.weight
                        WHEN sum(w.weight) OVER () > 0 THEN 100 * w.weight / sum(w.weight) OVER ()
                        ELSE 0 END AS full_points
            FROM (
                SELECT item, place,
                       coalesce(
                           (%(weights)s::jsonb ->> (item ->> 'key'))::float8, (item ->> 'weight')::float8
                       ) AS weight
                FROM jsonb_array_elements(s.criteria) WITH ORDINALITY AS i(item, place)
            ) w
        ) e
    ) t
"""
