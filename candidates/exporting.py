"""Candidates as CSV: written by Postgres, streamed row by row, safe to open in a spreadsheet.

One COPY reads one snapshot, so a list of any length needs no more memory than a row, and rows that are re-ranked while
it streams are neither lost nor doubled.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from candidates import ranking, streaming
from candidates.models import Candidate

_TEXT = (
    *("name", "email", "phone", "linkedin_url", "current_role", "current_company", "location"),
    *("education", "bio", "recommendation", "room_name"),
)
_LISTS = (
    *("industries", "skills", "certifications", "achievements", "missing_required", "missing_preferred", "red_flags"),
    "enrichment_fields",
)
# The columns in the order of the file. An import reads the same file back: the names are those of the fields.
COLUMNS = (
    *("id", "name", "email", "phone", "linkedin_url", "current_role", "current_company", "location"),
    *("years_experience", "industries", "skills", "education", "bio", "certifications", "achievements"),
    *("is_founder", "startup_experience", "enterprise_experience", "sold_to_finance", "max_acv", "quota_attainment"),
    *("combined_score", "tier", "algo_score", "ai_score", "score_basis", "score_low", "score_high", "tier_unstable"),
    *("red_flags", "missing_required", "missing_preferred", "completeness", "interview_status", "intake_status"),
    *("room_name", "interview_score", "recommendation", "source", "job", "created_at", "updated_at"),
)
BOM = b"\xef\xbb\xbf"
# A cell that a spreadsheet would take for a formula: these characters, also in their full-width forms, at its
# beginning or behind white space. An apostrophe before it makes it text; an import takes that off again.
FORMULA = r"^[[:space:]]*[=+@＝＋－＠-]|^[\t\r\n]"
# So many bytes are gathered before they are sent: a row at a time would cost a system call each.
_BLOCK = 64 * 1024


def rows(filters: ranking.Filters, *, bom: bool = False) -> Generator[bytes]:
    """The whole list as CSV (RFC 4180, UTF-8), best first, in blocks of bytes; `bom` for older spreadsheets."""
    where, parameters = ranking.conditions(filters)
    return _stream(f"FROM candidates_candidate c WHERE {where}", parameters, bom=bom)


def rows_of(candidates: QuerySet[Candidate], *, bom: bool = False) -> Generator[bytes]:
    """The same for any selection of candidates."""
    sql, parameters = candidates.order_by().values("pk").query.sql_with_params()
    return _stream(f"FROM candidates_candidate c WHERE c.id IN ({sql})", list(parameters), bom=bom)


def response(
    selection: QuerySet[Candidate] | ranking.Filters, *, request: HttpRequest, bom: bool = False
) -> StreamingHttpResponse:
    """A download of a list or of any selection."""
    blocks = rows(selection, bom=bom) if isinstance(selection, ranking.Filters) else rows_of(selection, bom=bom)
    return streaming.download(blocks, request=request, filename=filename(), content_type=streaming.CSV)


def filename() -> str:
    """What a download is called, e.g. candidates-2026-11-21.csv."""
    return f"candidates-{timezone.localdate():%Y-%m-%d}.csv"


def _stream(source: str, parameters: list[Any], *, bom: bool) -> Generator[bytes]:
    statement = (
        f"COPY (SELECT {_SELECTED} {source} ORDER BY c.rank DESC, c.id DESC) TO STDOUT (FORMAT csv, HEADER true)"
    )
    block = bytearray(BOM if bom else b"")
    with transaction.atomic(), connection.cursor() as cursor, cursor.cursor.copy(statement, parameters) as copy:
        for row in copy:  # Postgres sends one message a row; RFC 4180 ends it with CR LF
            block += bytes(row)[:-1]
            block += b"\r\n"
            if len(block) >= _BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)


def _column(name: str) -> str:
    """SQL for one column of the file."""
    if name == "score_basis":
        return ranking.BASIS
    if name == "job":
        return f"(SELECT {_guarded('j.title')} FROM candidates_job j WHERE j.id = c.job_id) AS job"
    if name in ("created_at", "updated_at"):
        return ranking.TIME.format(f"c.{name}", name)
    value = f'c."{name}"'
    if name in _LISTS:
        value = f"array_to_string({value}, '; ')"
    if name in _TEXT or name in _LISTS:
        return f'{_guarded(value)} AS "{name}"'
    return value


def _guarded(text: str) -> str:
    """SQL for a text that no spreadsheet takes for a formula."""
    return f"CASE WHEN {text} ~ '{FORMULA}' THEN '''' || {text} ELSE {text} END"


_SELECTED = ", ".join(_column(name) for name in COLUMNS)
