"""The ranked list: one SQL statement that filters, searches, pages and renders a page as JSON.

Serialising fifty candidates of fifty fields in Python costs several times what Postgres needs for the whole answer, and
this is the busiest list of all. The order is the rank (the combined score, unscored last), newest first among equals;
`(rank, id)` is an index in that order, so every page starts where the one before it stopped, however deep it lies.

Searching is where a planner errs: it can walk the ranked index and test each row (right for common words, hopeless for
rare ones) or ask the text index for all matches and sort them (the other way round), and it knows too little of single
words to choose. So both are done, in one statement that stops as soon as the page is full: first the next NEAR rows in
order are tested, which fills the page for any word that is not rare there. If it does not, the text index is asked. Up
to FEW matches are simply sorted; of more (a common word that high scores lack) it is asked band by band of the score,
each band only if those above did not fill the page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery
from django.db import OperationalError, connection

from candidates import scoring
from candidates.models import Candidate
from candidates.states import Tier
from llm.errors import GreenroomError

# How many rows are tested in order before the text index is asked: fills a page of 50 for a word that one row in
# twenty holds. Of 1,000 and 3,000 the smaller was the faster for every rarer word that was tried.
NEAR = 1_000
FEW = 3_000
BANDS = ((80, 100), (65, 79), (50, 64), (35, 49), (20, 34), (-1, 19))
# The ranks of each tier, both ends included.
TIER_RANGES = {
    tier.value: (low, high - 1)
    for (low, tier), high in zip(
        [*scoring.TIERS, (0, Tier.POOR)], [101, *(boundary for boundary, _ in scoring.TIERS)], strict=True
    )
}
# A list that takes longer than this is cut off: the caller is told to narrow the search.
TIMEOUT_SECONDS = 5
# Above this size the number of all candidates is counted at most once in COUNT_SECONDS.
COUNT_EXACTLY_BELOW = 200_000
COUNT_SECONDS = 15
# When this process last counted all candidates (monotonic), and how many there were.
_counted: tuple[float, int] = (0.0, 0)

_TEXT = (
    *("name", "email", "phone", "linkedin_url", "current_role", "current_company", "location", "years_experience"),
    *("industries", "skills", "education", "bio", "certifications", "achievements"),
    *("is_founder", "startup_experience", "enterprise_experience", "sold_to_finance", "max_acv", "quota_attainment"),
    *("algo_score", "ai_score", "combined_score", "tier"),
)
_AFTER_SCORES = (
    *("score_low", "score_high", "tier_unstable", "ai_status"),
    *("missing_required", "missing_preferred", "red_flags", "completeness", "interview_status", "intake_status"),
    *("room_name", "interview_score", "recommendation", "has_enrichment_data"),
)
# A time as the API writes it, from (expression, name).
TIME = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS {1}"""
# What the combined score rests on: "algorithm" marks a candidate that no model judged.
BASIS = (
    "CASE WHEN combined_score IS NULL THEN NULL WHEN ai_score IS NULL THEN 'algorithm' ELSE 'combined' END"
    " AS score_basis"
)
# The columns of a candidate as the API shows them, in order; the names are those of the contract.
COLUMNS = ", ".join(
    [
        "id",
        *(f'"{name}"' for name in _TEXT),
        BASIS,
        *(f'"{name}"' for name in _AFTER_SCORES),
        TIME.format("enrichment_date", "enrichment_date"),
        "enrichment_fields",
        "original_data",
        "job_id AS job",
        "made_by_import_id AS import_id",
        "source",
        TIME.format("created_at", "created_at"),
        TIME.format("updated_at", "updated_at"),
    ]
)


class BadCursor(GreenroomError):
    """The cursor was not made by this server, or was changed on its way."""

    code = "bad_cursor"
    status = 400


class TookTooLong(GreenroomError):
    """The database was stopped at the time limit of a list."""

    code = "took_too_long"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which candidates a list holds; what is None does not narrow it. Deleted candidates are in no list."""

    tier: str | None = None
    job: uuid.UUID | None = None
    of_import: uuid.UUID | None = None
    min_score: int | None = None
    interview_status: str | None = None
    intake_status: str | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts: after the row with this rank and id."""

    rank: int
    id: uuid.UUID

    def encode(self) -> str:
        """The cursor as an opaque, signed text that fits into a URL."""
        packed = struct.pack(">h16s", self.rank, self.id.bytes)
        return base64.urlsafe_b64encode(packed + _signature(packed)).decode()

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """The cursor that `encode` gave; raises BadCursor for anything else."""
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        packed, signature = raw[:18], raw[18:]
        if len(packed) != 18 or not hmac.compare_digest(signature, _signature(packed)):
            raise BadCursor("This cursor is not valid. Start again without one.", fields={"cursor": ["Not valid."]})
        rank, row_id = struct.unpack(">h16s", packed)
        return cls(rank, uuid.UUID(bytes=row_id))


def _signature(packed: bytes) -> bytes:
    return hashlib.blake2b(packed, key=settings.SECRET_KEY.encode()[:64], person=b"cursor", digest_size=6).digest()


@dataclass(frozen=True, slots=True)
class Page:
    """A page as the text of a JSON array, how many candidates it holds, and where the next page starts, if any."""

    json: str
    size: int
    next: Cursor | None


def page(*, filters: Filters, after: Cursor | None = None, limit: int = 50) -> Page:
    """One page of the ranked list, rendered by the database.

    `limit` is a number of candidates (1–200). Raises TookTooLong where the database is stopped at the time limit.
    """
    statement, parameters = page_sql(filters=filters, after=after, limit=limit)
    text, size, more, rank, row_id = fetch(statement, parameters, guard=GUARD if filters.q is not None else "")[0]
    return Page(json=f"[{text or ''}]", size=size, next=Cursor(rank, row_id) if more else None)


def page_sql(*, filters: Filters, after: Cursor | None, limit: int) -> tuple[str, list[Any]]:
    """The statement behind `page`: (JSON rows, how many, whether there are more, rank and id of the last)."""
    ids, parameters = _page_ids(filters, after, limit + 1)
    return (
        f"""
        WITH page AS MATERIALIZED ({ids}),
        shown AS MATERIALIZED (SELECT id, rank FROM page ORDER BY rank DESC, id DESC LIMIT {limit:d})
        SELECT (SELECT string_agg(written.text, ',' ORDER BY shown.rank DESC, shown.id DESC)
                FROM shown CROSS JOIN LATERAL (
                    SELECT row_to_json(filled)::text AS text
                    FROM (SELECT {COLUMNS} FROM candidates_candidate c WHERE c.id = shown.id) filled
                ) written),
               (SELECT count(*) FROM shown),
               (SELECT count(*) FROM page) > {limit:d},
               (SELECT rank FROM shown ORDER BY rank, id LIMIT 1),
               (SELECT id FROM shown ORDER BY rank, id LIMIT 1)""",
        parameters,
    )


def one(candidate_id: uuid.UUID) -> str | None:
    """One candidate as JSON text in the shape of the list's rows; None for an unknown or deleted one."""
    rows = fetch(
        f"SELECT row_to_json(found)::text FROM (SELECT {COLUMNS} FROM candidates_candidate"
        " WHERE id = %s AND deleted_at IS NULL) found",
        [candidate_id],
    )
    return rows[0][0] if rows else None


def count_all() -> int:
    """How many candidates there are; exact, and in a large table at most COUNT_SECONDS old."""
    global _counted
    at, known = _counted
    if known >= COUNT_EXACTLY_BELOW and time.monotonic() - at < COUNT_SECONDS:
        return known
    known = int(fetch("SELECT count(*) FROM candidates_candidate WHERE deleted_at IS NULL", [])[0][0])
    _counted = time.monotonic(), known
    return known


def conditions(filters: Filters) -> tuple[str, list[Any]]:
    """The WHERE of a list over `candidates_candidate c`, and its parameters."""
    where, parameters = _unsearched(filters)
    if filters.q is not None:
        query, words = search_sql(filters.q)
        where += f" AND c.search @@ {query}"
        parameters += words
    return where, parameters


# --- full text ------------------------------------------------------------------------------------------------------


def search_sql(q: str) -> tuple[str, list[str]]:
    """The tsquery for what a person typed, as SQL and its parameters.

    All of `websearch_to_tsquery` ("quoted phrases", or, -not); the last word also matches as the beginning of a word,
    since a person may still be typing it.
    """
    head, last = _split_last_word(q)
    if not last:
        return "websearch_to_tsquery('simple', %s)", [head]
    if not head:
        return "to_tsquery('simple', %s)", [_prefix(last)]
    return "(websearch_to_tsquery('simple', %s) && to_tsquery('simple', %s))", [head, _prefix(last)]


def search_query(q: str) -> SearchQuery | CombinedSearchQuery:
    """The same tsquery for the ORM: `Candidate.objects.filter(search=ranking.search_query("ada pyth"))`."""
    head, last = _split_last_word(q)
    if not last:
        return SearchQuery(head, config="simple", search_type="websearch")
    unfinished = SearchQuery(_prefix(last), config="simple", search_type="raw")
    return SearchQuery(head, config="simple", search_type="websearch") & unfinished if head else unfinished


def _prefix(word: str) -> str:
    """A word as to_tsquery reads it: quoted, so that nothing in it is an operator, and open at its end."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "':*"


def _split_last_word(q: str) -> tuple[str, str]:
    """(all but the last word, the last word) where the last word may be unfinished; else (q, "")."""
    if q.count('"') % 2 or not q or q[-1].isspace() or q[-1] == '"':
        return q, ""
    head, _, last = q.rpartition(" ") if " " in q else ("", "", q)
    # A word put out of the search, or one side of "or", can't be joined by "and".
    if last.startswith("-") or last.lower() == "or" or '"' in last or re.search(r"\bor\s*$", head, re.IGNORECASE):
        return q, ""
    return head.strip(), last


# --- how the statements are put together ------------------------------------------------------------------------------


def _unsearched(filters: Filters) -> tuple[str, list[Any]]:
    where = ["c.deleted_at IS NULL"]
    parameters: list[Any] = []
    for sql, value in (
        ("c.tier = %s", filters.tier),
        ("c.job_id = %s", filters.job),
        ("c.made_by_import_id = %s", filters.of_import),
        ("c.rank >= %s", filters.min_score),
        ("c.interview_status = %s", filters.interview_status),
        ("c.intake_status = %s", filters.intake_status),
    ):
        if value is not None:
            where.append(sql)
            parameters.append(value)
    if filters.tier is not None:
        # A tier is a range of the score. Said twice, so that an index of the rank (of a job, say) starts at the tier.
        low, high = TIER_RANGES[filters.tier]
        where.append(f"c.rank BETWEEN {low:d} AND {high:d}")
    return " AND ".join(where), parameters


def _page_ids(filters: Filters, after: Cursor | None, limit: int) -> tuple[str, list[Any]]:
    """SQL that gives (id, rank) of one page in order, and its parameters."""
    where, parameters = _unsearched(filters)
    if after is not None:
        where += " AND (c.rank, c.id) < (%s, %s)"
        parameters += [after.rank, after.id]
    order = "ORDER BY rank DESC, id DESC"
    if filters.q is None:
        return f"SELECT c.id, c.rank FROM candidates_candidate c WHERE {where} {order} LIMIT {limit:d}", parameters
    query, words = search_sql(filters.q)
    table = "FROM candidates_candidate c"
    beyond = f"((SELECT rank FROM edge), (SELECT id FROM edge)) AND (SELECT count(*) FROM near) = {NEAR:d}"
    # The order of a part reads `rank + 0`, so that it can't lead the planner back to the walk that `near` has done;
    # in `matches` no index of the rank shall be drawn in at all.
    parts = [
        f"(SELECT id, rank FROM near WHERE hit {order})",
        f"(SELECT id, rank FROM matches WHERE (SELECT count(*) FROM matches) <= {FEW:d} {order} LIMIT {limit:d})",
    ]
    bands: list[Any] = []
    highest = after.rank if after else 100
    lowest = filters.min_score if filters.min_score is not None else -1
    for low, high in BANDS:
        if low > highest or high < lowest:
            continue
        parts.append(
            f"(SELECT c.id, c.rank {table} WHERE {where} AND c.rank BETWEEN {low:d} AND {high:d}"
            f" AND (c.rank, c.id) < {beyond} AND (SELECT count(*) FROM matches) > {FEW:d}"
            f" AND c.search @@ {query} ORDER BY c.rank + 0 DESC, c.id DESC LIMIT {limit:d})"
        )
        bands += [*parameters, *words]
    # Append runs its parts in the order written, and only as far as LIMIT asks.
    return (
        f"WITH near AS MATERIALIZED (SELECT c.id, c.rank, c.search @@ {query} AS hit {table}"
        f" WHERE {where} {order} LIMIT {NEAR:d}),"
        " edge AS MATERIALIZED (SELECT rank, id FROM near ORDER BY rank, id LIMIT 1),"
        f" matches AS MATERIALIZED (SELECT c.id, c.rank {table} WHERE {where}"
        f" AND (c.rank + 0, c.id) < {beyond} AND c.search @@ {query} LIMIT {FEW + 1:d})"
        f" SELECT id, rank FROM ({' UNION ALL '.join(parts)}) found LIMIT {limit:d}",
        [*words, *parameters, *parameters, *words, *bands],
    )


def fetch(statement: str, parameters: Sequence[Any], *, guard: str = "") -> list[Any]:
    """All rows of a statement; `guard` is sent along in the same round trip. Raises TookTooLong at its time limit."""
    with connection.cursor() as cursor:
        try:
            if guard:
                cursor.execute(f"{guard}; {statement}", parameters)
                while cursor.description is None and cursor.nextset():
                    pass
            else:
                cursor.execute(statement, parameters)
            found: list[Any] = cursor.fetchall()
            return found
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) == "57014":  # query_canceled
                raise TookTooLong("This list took too long. Add a word or a filter to narrow it.") from error
            raise


# A message of several statements is one transaction of its own, so these hold for the one that follows, and no longer.
# Parallel workers would run the parts of a search side by side instead of one after the other.
GUARD = (
    f"SET LOCAL statement_timeout = {TIMEOUT_SECONDS * 1000:d};"
    " SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off"
)


# The table's name stands in the SQL above; a renamed model must fail at start and not at the first request.
if Candidate._meta.db_table != "candidates_candidate":
    raise RuntimeError("candidates.ranking names a table that is not the candidates'")
