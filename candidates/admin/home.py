"""The console's home page: what is there, what is going on, what it costs, and what needs a person now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.dataclasses import SearchResult

from candidates import lifecycle, ranking
from candidates.admin import figures
from candidates.admin.figures import Figures
from candidates.models import Candidate, Import, Job
from candidates.presenting import tier_class
from candidates.states import RUNNING, ImportStatus, Tier
from llm import budget

JOBS_SHOWN = 8
IMPORTS_SHOWN = 6
MENDABLE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the funnel; `share` is of all candidates, 0–100; no link where no filter shows just these."""

    label: str
    count: int
    share: float
    link: str


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person. `tone` is warn or bad."""

    icon: str
    text: str
    detail: str
    link: str
    action: str
    tone: str = "warn"


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the home page shows; called by django-unfold for the admin's index."""
    known = figures.current()
    running = list(Import.objects.filter(status__in=RUNNING).select_related("job")[:IMPORTS_SHOWN])
    context |= {
        "title": "Home",
        "running": [(import_, lifecycle.status_of(import_)) for import_ in running],
        "recent": Import.objects.exclude(status__in=RUNNING).select_related("job")[:5],
        "needs": [*_imports_in_need(), *(_candidates_in_need(known) if known else [])],
        "money": _money(),
        "is_new": not running and not Import.objects.exists() and not Candidate.objects.exists(),
        "jobs_exist": Job.objects.exists(),
    }
    return context | _figures_context(known)


def figures_part(request: HttpRequest) -> HttpResponse:
    """The part of the page with counts over all candidates, counted anew if they are stale; asked for by the page."""
    known = figures.counted()
    needs = _candidates_in_need(known) if known else []
    return TemplateResponse(request, "admin/home/figures.html", _figures_context(known) | {"late_needs": needs})


def search(request: HttpRequest, term: str) -> list[SearchResult]:
    """Candidates, jobs and imports for the search box that opens everywhere with Ctrl+K."""
    term = term.replace("\x00", "").strip()[:200]
    people = Candidate.objects.live().filter(search=ranking.search_query(term))
    found = [
        SearchResult(
            title=str(person),
            description=" · ".join(filter(None, ["Candidate", person.current_role, person.current_company])),
            link=reverse("admin:candidates_candidate_change", args=[person.pk]),
            icon="person",
        )
        for person in people.only("id", "name", "current_role", "current_company")[:8]
    ]
    found += [
        SearchResult(
            title=job.title, description="Job", link=reverse("admin:candidates_job_change", args=[job.pk]), icon="work"
        )
        for job in Job.objects.filter(title__icontains=term)[:5]
    ]
    found += [
        SearchResult(
            title=import_.filename,
            description=f"Import · {import_.get_status_display()}",
            link=reverse("admin:candidates_import_change", args=[import_.pk]),
            icon="upload_file",
        )
        for import_ in Import.objects.filter(filename__icontains=term)[:5]
    ]
    return found


def _figures_context(known: Figures | None) -> dict[str, Any]:
    if known is None:
        return {"figures": None}
    jobs = list(Job.objects.filter(is_open=True).only("id", "title")[: JOBS_SHOWN * 4])
    rows: list[dict[str, Any]] = [
        {"title": job.title, "id": str(job.pk), "counts": known.tiers[str(job.pk)]}
        for job in jobs
        if known.tiers.get(str(job.pk))
    ][:JOBS_SHOWN]
    if known.tiers.get(""):
        rows.append({"title": "Without a job", "id": "none", "counts": known.tiers[""]})
    columns = [{"key": tier.value, "label": tier.label, "slug": tier_class(tier)} for tier in Tier]
    if any("" in row["counts"] for row in rows):
        columns.append({"key": "", "label": "Not scored", "slug": "none"})
    for row in rows:
        row["total"] = sum(row["counts"].values())
        row["links"] = {column["key"]: _candidates(job=row["id"], tier=column["key"] or "none") for column in columns}
        row["cells"] = [(row["counts"].get(column["key"], 0), row["links"][column["key"]]) for column in columns]
        row["link"] = _candidates(job=row["id"])
    return {
        "figures": known,
        "funnel": _funnel(known),
        "tier_rows": rows,
        "tier_columns": columns,
        "tiers_chart": {"jobs": rows, "tiers": columns},
        "chart_height": 60 + 34 * len(rows),
    }


def _funnel(known: Figures) -> list[Step]:
    stages = (
        ("Imported", known.total, _candidates()),
        ("Extracted", known.extracted, ""),
        ("Scored by a model", known.ai_scored, _candidates(ai="scored")),
        ("Briefing or later", known.briefed, ""),
        ("Interviewed", known.interviewed, _candidates(interview="completed")),
    )
    return [Step(label, count, 100 * count / known.total if known.total else 0, link) for label, count, link in stages]


def _money() -> dict[str, Any]:
    scope = budget.day_scope()
    spent, cap = budget.spent_usd(scope), budget.cap_usd(scope)
    percent = float(spent / cap * 100) if cap else 0.0
    return {
        "spent": spent,
        "cap": cap,
        "left": max(Decimal(0), cap - spent) if cap is not None else None,
        "percent": percent,
        "tone": "bad" if percent >= 100 else "warn" if percent >= 80 else "",
    }


def _imports_in_need() -> list[Need]:
    needs = []
    waiting = Import.objects.filter(status__in=[ImportStatus.IDLE, ImportStatus.WAITING_CONFIRMATION], undone_at=None)
    for import_ in waiting[:IMPORTS_SHOWN]:
        link = reverse("admin:candidates_import_change", args=[import_.pk])
        if import_.status == ImportStatus.IDLE:
            needs.append(Need("checklist", import_.filename, "Its columns wait to be checked.", link, "Check mapping"))
        else:
            detail = import_.message or "Scoring waits for your confirmation."
            needs.append(Need("play_circle", import_.filename, detail, link, "Confirm"))
    since = timezone.now() - MENDABLE_FOR
    failed = Import.objects.filter(created_at__gt=since, undone_at=None, mended_by=None)
    for import_ in failed.filter(rows_failed__gt=0).exclude(status__in=[*RUNNING, ImportStatus.IDLE])[:IMPORTS_SHOWN]:
        link = reverse("admin:candidates_import_change", args=[import_.pk]) + "#errors"
        detail = _many(import_.rows_failed, "row", "could not be read and can be mended.")
        needs.append(Need("build", import_.filename, detail, link, "Mend rows"))
    for import_ in failed.filter(failed__gt=0)[:IMPORTS_SHOWN]:
        link = reverse("admin:candidates_import_change", args=[import_.pk]) + "#aside"
        detail = _many(import_.failed, "candidate", "set aside after three attempts.")
        needs.append(Need("person_off", import_.filename, detail, link, "Look at them", "bad"))
    for import_ in failed.filter(status=ImportStatus.ERROR, rows_failed=0)[:IMPORTS_SHOWN]:
        link = reverse("admin:candidates_import_change", args=[import_.pk])
        needs.append(Need("error", import_.filename, import_.error or "Ended with an error.", link, "See why", "bad"))
    return needs


def _candidates_in_need(known: Figures) -> list[Need]:
    lists = (
        (known.prompt_injection, "gpp_bad", "flagged for a prompt injection.", {"flag": "prompt_injection"}, "bad"),
        (known.hidden_text, "visibility_off", "flagged for hidden text in a document.", {"flag": "hidden_text"}, "bad"),
        (known.ai_failed, "smart_toy", "got no usable answer from the model.", {"ai": "failed"}, "warn"),
        (known.unstable, "balance", "near a boundary, whose tier is not certain.", {"unstable": "1"}, "warn"),
    )
    return [
        Need(icon, _many(count, "candidate", ""), text.capitalize(), _candidates(**parameters), "Show them", tone)
        for count, icon, text, parameters, tone in lists
        if count
    ]


def _many(count: int, noun: str, rest: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'} {rest}".strip()


def _candidates(**parameters: str) -> str:
    """The address of the candidate list with filters in force."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return reverse("admin:candidates_candidate_changelist") + (f"?{query}" if query else "")
