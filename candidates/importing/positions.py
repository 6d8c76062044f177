"""Dated jobs from columns such as "Jan 2020 - Present": what red flags and years are computed from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import orjson

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan january januar janvier", "feb february februar", "mar march mars", "apr april", "may mai"),
            *("jun june juni juin", "jul july juli juillet", "aug august", "sep sept september", "oct october okt"),
            *("nov november", "dec december dez"),
        ),
        1,
    )
    for name in names.split()
}
NOW = frozenset({"present", "now", "current", "today", "heute", "ongoing", "currently"})
DATE = re.compile(
    r"(?:(?P<month>[^\W\d_]{3,9})\.?\s+(?P<year>(?:19|20)\d\d)"
    r"|(?P<iso>(?:19|20)\d\d)(?:[-/.](?P<im>\d{1,2}))?(?:[-/.]\d{1,2})?"
    r"|(?P<m>\d{1,2})/(?P<y>(?:19|20)\d\d))"
)
RANGE = re.compile(r"\s+(?:-|–|—|to|until|bis)\s+|\s*[–—]\s*|(?<=\d{4})-(?=[A-Za-z]|\d{4})")


@lru_cache(maxsize=10_000)
def month(text: str) -> str | None:
    """ "Apr 2019", "2019-04", "04/2019" or "2019" as "2019-04" or "2019"; None for anything else."""
    found = DATE.match(text.strip())
    if not found:
        return None
    if found["month"]:
        number = MONTHS.get(found["month"].lower())
        return f"{found['year']}-{number:02d}" if number else found["year"]
    if found["y"]:
        return f"{found['y']}-{int(found['m']):02d}" if 1 <= int(found["m"]) <= 12 else found["y"]
    return f"{found['iso']}-{int(found['im']):02d}" if found["im"] and 1 <= int(found["im"]) <= 12 else found["iso"]


@lru_cache(maxsize=10_000)
def date_range(text: str) -> tuple[str, str | None, bool] | None:
    """(start, end, goes on today) of "Jan 2020 - Present · 4 yrs"; None where no start can be read."""
    parts = RANGE.split(text.split("·")[0].strip(), maxsplit=1)
    start = month(parts[0])
    if not start:
        return None
    end = parts[1].strip() if len(parts) > 1 else ""
    if end.lower().split(" ")[0].strip(".,") in NOW:
        return start, None, True
    return start, month(end), False


Cells = list[str] | None


def of(
    *, role: Sequence[str], company: Sequence[str], dates: Cells, previous: tuple[Cells, Cells, Cells]
) -> tuple[list[str], list[str] | None]:
    """(positions as JSON, the same as text to quote from) per row; (empty, None) where no such column is mapped."""
    if dates is None and all(cells is None for cells in previous):
        return [], None
    empty = [""] * len(role)
    found: list[str] = []
    texts: list[str] = []
    for now_role, now_company, now_dates, was_role, was_company, was_dates in zip(
        role, company, dates or empty, *(cells or empty for cells in previous), strict=True
    ):
        jobs: list[dict[str, object]] = []
        lines: list[str] = []
        # The current role has a column of its own; only its dates make it a dated job. A former one is news by itself.
        told = [(now_role, now_company, now_dates)] if now_dates.strip() else []
        for job in (*told, (was_role, was_company, was_dates)):
            title, employer, when = map(str.strip, job)
            if not (title or employer):
                continue
            lines.append(", ".join(filter(None, (title, employer, when))))
            span = date_range(when) if when else None
            if span:
                start, end, is_current = span
                jobs.append({"title": title, "company": employer, "start": start, "end": end, "is_current": is_current})
        found.append(orjson.dumps(jobs).decode() if jobs else "")
        texts.append("\n".join(lines))
    return found, texts
