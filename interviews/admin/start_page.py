"""Starting an interview: who, which round, which part the AI takes, by voice or in text, and what to keep in mind."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from candidates import presenting as people
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate, Job
from interviews import briefing, interviewing, personas, plans, rooms
from interviews.admin.briefing_page import briefing_of_form
from interviews.interviewing import Traits
from interviews.schemas import Briefing
from interviews.states import Medium, Role
from llm.errors import GreenroomError

JOBS_SHOWN = 200
RECENT_SHOWN = 8


def start(request: HttpRequest) -> HttpResponse:
    """`?candidate=` names whom; a POST makes the interview and opens its room."""
    form = request.POST if request.method == "POST" else request.GET
    candidate = _candidate(form.get("candidate", ""))
    if candidate is None:
        return _choose(request)
    job = _job(form.get("job", ""), candidate)
    problem = ""
    if request.method == "POST":
        try:
            started = _start(request, candidate, job)
            goes_by_link = form.get("then") == "link" and started.interview.role == Role.CANDIDATE
            return redirect(
                "admin:interviews_interview_link" if goes_by_link else "admin:interviews_interview_room",
                started.interview.pk,
            )
        except GreenroomError as error:
            problem = error.message
    return _form(request, candidate, job, form, problem)


def _start(request: HttpRequest, candidate: Candidate, job: Job | None) -> interviewing.Started:
    form = request.POST
    role = Role(form["role"]) if form.get("role") in Role.values else Role.CANDIDATE
    medium = Medium(form["medium"]) if form.get("medium") in Medium.values else None
    is_training = role == Role.INTERVIEWER and form.get("training") == "1"
    started = interviewing.start(
        candidate=candidate,
        job=job,
        stage=form.get("stage", "")[:40],
        role=role,
        medium=medium,
        actor=recruiter(request),
        traits=_traits(form) if is_training else None,
        is_training=is_training,
    )
    given = briefing_of_form(form)
    if given != Briefing():
        briefing.write(room=started.room, briefing=given)
    return started


def _traits(form: QueryDict) -> Traits:
    """Which hidden traits the AI candidate gets: random ones unless some were chosen."""
    chosen = [key for key in form.getlist("traits") if key in personas.TRAITS]
    return chosen if form.get("hidden") == "chosen" and chosen else "random"


def _form(request: HttpRequest, candidate: Candidate, job: Job | None, form: QueryDict, problem: str) -> HttpResponse:
    available = list(plans.available(job))
    missing = rooms.voice_missing()
    stage = form.get("stage", "")
    if stage not in {plan.key for plan in available}:
        stage = next((plan.key for plan in available), "")
    was_sent = request.method == "POST"
    role = form.get("role") if form.get("role") in Role.values else Role.CANDIDATE
    medium = form.get("medium") if form.get("medium") in Medium.values else ""
    chosen = set(form.getlist("traits"))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Start an interview",
        "candidate": candidate,
        "initials": people.initials(candidate.name),
        "job": job,
        "jobs": [(pk, title, job is not None and pk == job.pk) for pk, title in open_jobs(job)],
        "rounds": [
            {
                "plan": plan,
                "chosen": plan.key == stage,
                "stages": [one.get("label", "") for one in plan.stages],
                "questions": sum(len(one.get("questions") or []) for one in plan.stages),
                "is_own": plan.job_id is not None,
            }
            for plan in available
        ],
        "role": role,
        "medium": "text" if missing else medium or "voice",
        "voice_missing": missing,
        "is_training": form.get("training") == "1" if was_sent else True,
        "hidden": form.get("hidden", "random"),
        "traits": [(trait, trait.key in chosen) for trait in personas.TRAITS.values()],
        "briefing": briefing_of_form(form) if was_sent else briefing.of(candidate),
        "problem": problem,
    }
    template = "admin/interviews/interview/start.html"
    return TemplateResponse(request, template, context, status=422 if problem else 200)


def _choose(request: HttpRequest) -> HttpResponse:
    """The page before: whom to interview."""
    recent = Candidate.objects.live().select_related("job").order_by("-rank", "-id")[:RECENT_SHOWN]
    context = {
        **admin.site.each_context(request),
        "title": "Start an interview",
        "people": [(one, people.initials(one.name), people.tier_badge(one.tier)) for one in recent],
    }
    return TemplateResponse(request, "admin/interviews/interview/choose.html", context)


def open_jobs(job: Job | None) -> list[tuple[uuid.UUID, str]]:
    """Jobs to choose from, by title, this one among them even where it is closed."""
    found = list(Job.objects.filter(is_open=True).order_by("title").values_list("id", "title")[:JOBS_SHOWN])
    if job is not None and job.pk not in {pk for pk, _ in found}:
        found.append((job.pk, job.title))
    return found


def _candidate(value: str) -> Candidate | None:
    """The candidate that an address names; a deleted one can't be interviewed."""
    try:
        return Candidate.objects.live().select_related("job").get(pk=uuid.UUID(value))
    except (ValueError, Candidate.DoesNotExist):
        return None


def _job(value: str, candidate: Candidate) -> Job | None:
    """The job that the form names, else the candidate's own."""
    try:
        return Job.objects.filter(pk=uuid.UUID(value)).first() or candidate.job
    except ValueError:
        return candidate.job
