"""Fill a database with any number of varied, synthetic candidates in seconds, for benchmarks of lists.

    python -m benchmarks.million 1000000

Everything is made inside Postgres by one INSERT … SELECT over generate_series per chunk, seeded, so that two runs
give the same people. Words have realistic frequencies: skills follow a long tail, so there are words that half of
all candidates hold, words that one in a hundred holds, and words that a dozen hold.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

FIRST = (
    "Ada Bela Chidi Dana Emeka Farah Goran Hana Ines Jonas Kaito Lena Milan Noor Oskar Priya Quinn Rosa Sami Tariq Uma"
    " Vera Wanda Xenia Yusuf Zoe Aiko Bruno Carla Dmitri Elif Femi Greta Hugo Imani Jalal Kofi Lucia Mateo Nadia"
).split()
LAST = (
    "Abara Brandt Castell Dvorak Eriksen Fontaine Gruber Haddad Ivanova Jensen Kowalski Lindqvist Moreau Nakamura"
    " Okafor Petrov Quist Rossi Santos Tanaka Ueda Varga Weber Xu Yilmaz Zeman Almeida Bianchi Cohen Duarte Engel"
).split()
ROLES = (
    "Account Executive|Sales Director|Backend Engineer|Data Analyst|Product Manager|Customer Success Manager|Founder"
    "|Machine Learning Engineer|Solutions Architect|Recruiter|VP Sales|Site Reliability Engineer|Designer|Controller"
    "|Sales Development Representative|Head of Growth"
).split("|")
COMPANIES = "Northwind Contoso Fabrikam Initech Globex Umbra Acmeville Hooli Vandelay Wayfarer Bluestone".split()
CITIES = "Berlin Lagos Lisbon Nairobi Oslo Prague Seoul Toronto Austin Boston Madrid Milan Osaka Paris Quito".split()
# In falling frequency: the k-th skill is held by about 1 in (1 + k²/6) candidates.
SKILLS = (
    "excel salesforce python sql negotiation hubspot forecasting java aws kubernetes docker tableau golang react"
    " snowflake terraform rust scala erlang cobol fortran haskell verilog prolog"
).split()
TEXT = (
    "built led closed grew managed shipped enterprise pipeline revenue quota teams platform cloud migration customers"
    " finance banking retail health logistics startup series renewal onboarding strategy analytics infrastructure"
    " security payments marketplace mobile partner regional global award budget process hiring mentoring roadmap"
).split()

CHUNK = """
INSERT INTO candidates_candidate (
    name, email, phone, linkedin_url, "current_role", current_company, location, years_experience, industries, skills,
    education, bio, certifications, achievements, is_founder, startup_experience, enterprise_experience,
    sold_to_finance, max_acv, quota_attainment, algo_score, ai_score, combined_score, tier, score_low, score_high,
    tier_unstable, ai_status, missing_required, missing_preferred, red_flags, completeness, interview_status,
    intake_status, has_enrichment_data, enrichment_fields, source, source_text, other_columns, positions, email_key,
    job_id, created_at, updated_at)
SELECT first || ' ' || last,
       lower(first || '.' || last || n) || '@example.com',
       '+1 202-555-01' || lpad((n %% 100)::text, 2, '0'),
       'https://www.linkedin.com/in/' || lower(first || '-' || last || '-' || n),
       (%(roles)s::text[])[1 + h2 %% cardinality((%(roles)s::text[]))],
       (%(companies)s::text[])[1 + h3 %% cardinality((%(companies)s::text[]))] || ' ' || (h4 %% 900),
       (%(cities)s::text[])[1 + h4 %% cardinality((%(cities)s::text[]))],
       (h2 / 7 %% 300) / 10.0,
       ARRAY[(%(text)s::text[])[1 + h1 %% 40], (%(text)s::text[])[1 + h3 %% 40]],
       skills,
       CASE h1 %% 4 WHEN 0 THEN 'BSc Computer Science' WHEN 1 THEN 'MBA' WHEN 2 THEN NULL ELSE 'BA Economics' END,
       bio,
       CASE WHEN h2 %% 9 = 0 THEN ARRAY['AWS Solutions Architect'] ELSE '{}' END,
       CASE WHEN h3 %% 3 = 0 THEN ARRAY['Closed ' || (h4 %% 90 + 10) || ' deals'] ELSE '{}' END,
       h1 %% 10 = 0, h2 %% 3 = 0, h3 %% 2 = 0, h4 %% 5 = 0,
       CASE WHEN h1 %% 4 = 0 THEN NULL ELSE (h2 %% 400) * 1000 END,
       CASE WHEN h2 %% 4 = 0 THEN NULL ELSE h3 %% 160 END,
       score, CASE WHEN h1 %% 20 = 0 THEN NULL ELSE score END, score,
       CASE WHEN score >= 80 THEN 'Top Tier' WHEN score >= 65 THEN 'Strong' WHEN score >= 50 THEN 'Good'
            WHEN score >= 35 THEN 'Evaluate' ELSE 'Poor' END,
       score, score, h3 %% 400 = 0, CASE WHEN h1 %% 20 = 0 THEN 'none' ELSE 'scored' END,
       CASE WHEN h2 %% 5 = 0 THEN ARRAY['max_acv'] ELSE '{}' END, '{}',
       CASE WHEN h4 %% 50 = 0 THEN ARRAY['job_hopping'] ELSE '{}' END, 60 + h1 %% 41,
       CASE WHEN h4 %% 2000 = 0 THEN 'completed' WHEN h4 %% 500 = 1 THEN 'briefing' ELSE 'not_scheduled' END,
       CASE WHEN h3 %% 1000 = 0 THEN 'invited' ELSE 'none' END,
       false, '{}', 'csv_upload', bio, '{}', '[]', lower(first || '.' || last || n) || '@example.com',
       (%(jobs)s::uuid[])[1 + h2 %% 10],
       timestamptz '2026-01-01 00:00:00.000001Z' + n * interval '7.000001 s',
       timestamptz '2026-01-01 00:00:00.000001Z' + n * interval '7.000001 s'
FROM (
    SELECT n, h1, h2, h3, h4,
           (%(first)s::text[])[1 + h1 %% cardinality((%(first)s::text[]))] AS first,
           (%(last)s::text[])[1 + h2 %% cardinality((%(last)s::text[]))] AS last,
           -- The mean of three: most candidates in the middle, few at either end.
           ((h1 %% 101 + h2 / 101 %% 101 + h3 / 7 %% 101) / 3)::int AS score,
           ARRAY(SELECT (%(skills)s::text[])[k + 1] FROM generate_series(0, cardinality((%(skills)s::text[])) - 1) k
                 WHERE (hashint8extended(n, 100 + k) & 1048575) * (1 + k * k * k / 6.0) < 524288) AS skills,
           (SELECT string_agg((%(text)s::text[])[1 + (hashint8extended(n, 200 + w) & 1048575) %% 40], ' ')
            FROM generate_series(1, 30) w)
           || CASE WHEN n %% 100000 = 7 THEN ' zeppelin' ELSE '' END
           || CASE WHEN n %% 2000 = 11 THEN ' bassoon' ELSE '' END
           || CASE WHEN n %% 100 = 13 THEN ' harpsichord' ELSE '' END
           || CASE WHEN (h1 %% 101 + h2 / 101 %% 101 + h3 / 7 %% 101) / 3 < 30 THEN ' apprentice' ELSE '' END
           || '.' AS bio
    FROM (SELECT n, (hashint8extended(n, 1) & 1073741823)::int AS h1, (hashint8extended(n, 2) & 1073741823)::int AS h2,
                 (hashint8extended(n, 3) & 1073741823)::int AS h3, (hashint8extended(n, 4) & 1073741823)::int AS h4
          FROM generate_series(%(start)s::bigint, %(stop)s::bigint) n) hashed
) person
"""


def fill(rows: int, *, chunk: int = 100_000) -> None:
    """Bring the table of candidates to `rows` generated rows; indexes are built after the rows, then it is analysed.

    Does nothing where the table already holds exactly that many. Anything else in it is removed first.
    """
    from django.db import connection, transaction

    from candidates.models import Candidate

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM candidates_candidate")
        if cursor.fetchone()[0] == rows:
            return
        # All or nothing: a run that is broken off must not leave a table without its indexes.
        with transaction.atomic():
            _refill(cursor, rows, chunk)
        cursor.execute("VACUUM ANALYZE candidates_candidate")
    print(f"\r{Candidate.objects.count():,} candidates", file=sys.stderr)


def _refill(cursor: Any, rows: int, chunk: int) -> None:
    from candidates.models import Job

    cursor.execute("TRUNCATE candidates_candidate, candidates_job CASCADE")
    jobs = [Job.objects.create(title=f"Opening {number}").pk for number in range(5)]
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE tablename = 'candidates_candidate' AND schemaname = 'public' AND indexname NOT LIKE '%_pkey'"
    )
    indexes = dict(cursor.fetchall())
    for name in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    lists = {
        "first": FIRST,
        "last": LAST,
        "roles": ROLES,
        "companies": COMPANIES,
        "cities": CITIES,
        "skills": SKILLS,
        "text": TEXT,
        "jobs": [*jobs, *([None] * 5)],
    }
    for start in range(1, rows + 1, chunk):
        stop = min(start + chunk - 1, rows)
        cursor.execute(CHUNK, lists | {"start": start, "stop": stop})
        print(f"\r{stop:,} candidates", end="", file=sys.stderr, flush=True)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to do takes no index
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for sql in indexes.values():
        cursor.execute(sql)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, help="how many candidates the table shall hold")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    started = time.monotonic()
    fill(options.rows)
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
