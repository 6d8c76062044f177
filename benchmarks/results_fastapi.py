"""The rival of benchmarks.results_list: FastAPI and asyncpg, written the way their documentation teaches."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel

COLUMNS = (
    *("id", "name", "email", "phone", "linkedin_url", "current_role", "current_company", "location"),
    *("years_experience", "industries", "skills", "education", "bio", "certifications", "achievements", "is_founder"),
    *("startup_experience", "enterprise_experience", "sold_to_finance", "max_acv", "quota_attainment", "algo_score"),
    *("ai_score", "combined_score", "tier", "score_low", "score_high", "tier_unstable", "ai_status"),
    *("missing_required", "missing_preferred", "red_flags", "completeness", "interview_status", "intake_status"),
    *("room_name", "interview_score", "recommendation", "has_enrichment_data", "enrichment_date"),
    *("enrichment_fields", "original_data", "source", "created_at", "updated_at"),
)
PAGE = (
    "SELECT "
    + ", ".join(f'"{name}"' for name in COLUMNS)
    + ", job_id AS job, made_by_import_id AS import_id, CASE WHEN combined_score IS NULL THEN NULL"
    " WHEN ai_score IS NULL THEN 'algorithm' ELSE 'combined' END AS score_basis"
    " FROM candidates_candidate WHERE deleted_at IS NULL ORDER BY rank DESC, id DESC LIMIT $1"
)
KEY = (
    "SELECT u.id, u.is_staff FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id"
    " WHERE k.digest = $1 AND k.revoked_at IS NULL AND u.is_active"
)


class Candidate(BaseModel):
    id: UUID
    name: str | None
    email: str | None
    phone: str | None
    linkedin_url: str | None
    current_role: str | None
    current_company: str | None
    location: str | None
    years_experience: float | None
    industries: list[str]
    skills: list[str]
    education: str | None
    bio: str | None
    certifications: list[str]
    achievements: list[str]
    is_founder: bool | None
    startup_experience: bool | None
    enterprise_experience: bool | None
    sold_to_finance: bool | None
    max_acv: float | None
    quota_attainment: float | None
    algo_score: int | None
    ai_score: int | None
    combined_score: int | None
    tier: str | None
    score_basis: str | None
    score_low: int | None
    score_high: int | None
    tier_unstable: bool
    ai_status: str
    missing_required: list[str]
    missing_preferred: list[str]
    red_flags: list[str]
    completeness: int | None
    interview_status: str
    intake_status: str
    room_name: str | None
    interview_score: int | None
    recommendation: str | None
    has_enrichment_data: bool
    enrichment_date: datetime | None
    enrichment_fields: list[str]
    original_data: Any
    job: UUID | None
    import_id: UUID | None
    source: str
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    results: list[Candidate]
    next: str | None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    url = urlsplit(os.environ["DATABASE_URL"])
    socket = parse_qs(url.query).get("host", [None])[0]
    async with asyncpg.create_pool(
        host=socket or (unquote(url.hostname) if url.hostname else None),
        port=url.port or 5432,
        user=url.username,
        password=url.password,
        database=url.path.lstrip("/"),
        min_size=4,
        max_size=10,
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


async def recruiter(request: Request, authorization: Annotated[str, Header()]) -> UUID:
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401)
    row = await request.app.state.pool.fetchrow(KEY, hashlib.sha256(secret.encode()).hexdigest())
    if row is None:
        raise HTTPException(401)
    if not row["is_staff"]:
        raise HTTPException(403)
    return UUID(str(row["id"]))


@app.get("/results", response_model=Page)
async def results(
    request: Request, _: Annotated[UUID, Depends(recruiter)], limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Any:
    rows = await request.app.state.pool.fetch(PAGE, limit + 1)
    return {
        "results": [dict(row) for row in rows[:limit]],
        "next": str(rows[limit]["id"]) if len(rows) > limit else None,
    }


# --- the fastest way: Postgres writes the JSON, by the statement that Greenroom sends ---------------------------------


def _statement() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from candidates import ranking

    return ranking.page_sql(filters=ranking.Filters(), after=None, limit=50)[0]


STATEMENT = _statement()


@app.get("/results-json")
async def results_json(
    request: Request, _: Annotated[UUID, Depends(recruiter)], limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    text, _size, more, _rank, row_id = await request.app.state.pool.fetchrow(STATEMENT)
    following = f'"{row_id}"' if more else "null"
    return Response(f'{{"results":[{text}],"next":{following}}}', media_type="application/json")
