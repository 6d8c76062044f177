"""Enrichment JSON: its plain fields go straight into the profile, the rest becomes text to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from candidates.importing.cleaning import LONG_LIMIT, SHORT_LIMIT, without_nul
from candidates.importing.copying import array_literal
from candidates.importing.positions import month
from candidates.mapping import email_key, is_protected, linkedin_key

# Names under which one LinkedIn-style object gives what we know by another.
TEXTS: dict[str, tuple[str, ...]] = {
    "name": ("name", "full_name", "fullName"),
    "current_role": ("current_title", "current_job_title", "job_title", "title"),
    "current_company": ("current_company", "current_employer", "company", "company_name"),
    "location": ("location", "region", "location_name", "city"),
    "bio": ("summary", "about", "bio", "headline"),
}
LISTS: dict[str, tuple[str, ...]] = {
    "skills": ("skills", "skill_names", "top_skills"),
    "industries": ("industries", "industry"),
    "certifications": ("certifications", "certificates", "licenses"),
    "achievements": ("honors", "awards", "achievements"),
}
LINKS = ("linkedin_profile_url", "linkedin_url", "linkedin_flagship_url", "flagship_profile_url", "profile_url")
JOBS = (
    *("current_employers", "past_employers", "employer", "employers", "experience", "experiences", "positions"),
    "work_experience",
)
SCHOOLS = ("education_background", "education", "educations", "schools")
# Numbers, pictures and keys of the provider: no text about the person.
NOISE = ("_id", "urn", "logo", "picture", "image", "photo", "permalink", "num_of", "updated", "last_", "url", "uuid")
COMPANY = ("employer_name", "company_name", "company", "name")
TITLE = ("employee_title", "title", "position", "role")
FILLED = (*TEXTS, *LISTS, "education", "positions", "source_text", "linkedin_url", "linkedin_key", "email", "email_key")


def fill(values: dict[str, list[str]], cells: list[str], *, count: int) -> None:
    """Fill what the row's own columns left open; a column's word stands above the enrichment's.

    A cell that is no JSON is kept as text, so that it can still be read.
    """
    for column in FILLED:
        values[column] = list(values[column])
    for number in range(count):
        cell = cells[number].strip()
        if not cell or cell in ("[]", "{}", "null"):
            continue
        try:
            loaded = orjson.loads(without_nul(cell))
        except orjson.JSONDecodeError:
            _append(values, number, cell)
            continue
        profile = next((one for one in loaded if isinstance(one, dict)), None) if isinstance(loaded, list) else loaded
        if isinstance(profile, dict):
            _fill_row(values, number, profile)


def _fill_row(values: dict[str, list[str]], number: int, profile: Mapping[str, Any]) -> None:
    used: set[str] = set()

    def put(column: str, value: str, limit: int = SHORT_LIMIT) -> None:
        if value and not values[column][number] and len(value) <= limit:
            values[column][number] = value

    for column, names in TEXTS.items():
        key = next((key for key in names if isinstance(profile.get(key), str) and profile[key].strip()), None)
        if key:
            used.add(key)
            if column == "bio":
                put(column, profile[key].strip(), LONG_LIMIT)
            else:
                put(column, " ".join(profile[key].split()))
    for column, names in LISTS.items():
        found = dict.fromkeys(text for key in names for text in _texts(profile.get(key)))
        used.update(names)
        put(column, array_literal(list(found)[:200]) if found else "", 50_000)
    for key in LINKS:
        link = profile.get(key)
        if isinstance(link, str) and (folded := linkedin_key(link)) and not values["linkedin_key"][number]:
            values["linkedin_url"][number], values["linkedin_key"][number] = link.strip()[:SHORT_LIMIT], folded
    emails = _texts(profile.get("emails")) + _texts(profile.get("email"))
    address = next((one for one in emails if email_key(one)), "")
    if address and not values["email_key"][number]:
        values["email"][number], values["email_key"][number] = address, email_key(address) or ""
    jobs = _jobs(profile)
    put("positions", orjson.dumps(jobs).decode() if jobs else "", 50_000)
    current = next((job for job in jobs if job["is_current"]), None)
    if current:
        put("current_role", current["title"] or "")
        put("current_company", current["company"] or "")
    put("education", "; ".join(_schools(profile)))
    rest = {key: value for key, value in profile.items() if key not in used and key not in ("emails", "email", *LINKS)}
    _append(values, number, "\n".join(_lines(rest)))


def _append(values: dict[str, list[str]], number: int, text: str) -> None:
    if text:
        before = values["source_text"][number]
        values["source_text"][number] = f"{before}\n\nEnrichment:\n{text}" if before else text


def _texts(value: Any) -> list[str]:
    """The texts of a list of texts or of named things; a single text as a list of one."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return []
    found = [one.get("name") or one.get("title") if isinstance(one, dict) else one for one in value]
    return [" ".join(one.split()) for one in found if isinstance(one, str) and one.strip() and len(one) <= 200]


def _first(thing: Mapping[str, Any], names: Iterable[str]) -> str:
    found = (thing[key] for key in names if isinstance(thing.get(key), str) and thing[key].strip())
    return " ".join(next(found, "").split())[:300]


def _jobs(profile: Mapping[str, Any]) -> list[dict[str, Any]]:
    jobs: dict[tuple[str, ...], dict[str, Any]] = {}
    for key in JOBS:
        listed = profile.get(key)
        for raw in listed if isinstance(listed, list) else []:
            if not isinstance(raw, dict):
                continue
            start = month(_first(raw, ("start_date", "start", "starts_at", "from")))
            raw_end = _first(raw, ("end_date", "end", "ends_at", "to"))
            title, company = _first(raw, TITLE), _first(raw, COMPANY)
            if start and (title or company):
                end = month(raw_end)
                is_current = end is None and key != "past_employers"
                job = {"title": title, "company": company, "start": start, "end": end, "is_current": is_current}
                jobs.setdefault((title, company, start), job)
    return sorted(jobs.values(), key=lambda job: str(job["start"]), reverse=True)[:60]


def _schools(profile: Mapping[str, Any]) -> list[str]:
    schools: list[str] = []
    for key in SCHOOLS:
        listed = profile.get(key)
        for school in listed if isinstance(listed, list) else []:
            if isinstance(school, dict):
                parts = (
                    _first(school, ("degree_name", "degree")),
                    _first(school, ("field_of_study", "field")),
                    _first(school, ("institute_name", "school", "school_name", "name")),
                )
                line = ", ".join(filter(None, parts))
                if line and line not in schools:
                    schools.append(line)
    return schools


def _lines(value: Any, label: str = "", depth: int = 0) -> list[str]:
    """What is left, as "key: value" lines; noise and what must never be read stay out."""
    if depth > 6:
        return []
    if isinstance(value, dict):
        return [
            line
            for key, one in value.items()
            if not is_protected(str(key)) and not any(noise in str(key).lower() for noise in NOISE)
            for line in _lines(one, str(key).replace("_", " "), depth + 1)
        ]
    if isinstance(value, list):
        return [line for one in value[:100] for line in _lines(one, label, depth + 1)]
    if value in (None, "", True, False):
        return []
    return [f"{label}: {value}" if label else str(value)]
