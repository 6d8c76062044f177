"""Rounds of interviews: the general ones, and those of a job; stages and questions to change, move, save and undo."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidates.admin.recruiters import PageView, RecruiterAdmin, recruiter
from candidates.models import Job
from interviews import plan_editing, plans
from interviews.admin.plan_form import QuestionLine, RoundForm, StageLine
from interviews.models import StagePlan
from interviews.plan_editing import Before
from llm.errors import GreenroomError

JOBS_SHOWN = 200
UNDO = "plan_undo"


@admin.register(StagePlan)
class StagePlanAdmin(RecruiterAdmin):
    """Rounds; every page comes twice, for one job and for all jobs."""

    def pages(self) -> list[tuple[str, PageView, str]]:
        pages: list[tuple[str, PageView, str]] = [("", overview, "changelist")]
        for prefix, name in (("job/<uuid:job_id>/", "job"), ("general/", "general")):
            pages += [
                (prefix, edit, name),
                (f"{prefix}restore/", restore, f"{name}_restore"),
                (f"{prefix}move/", move, f"{name}_move"),
                (f"{prefix}undo/", undo, f"{name}_undo"),
            ]
        return pages


def overview(request: HttpRequest) -> HttpResponse:
    """The general rounds, and which jobs have rounds of their own."""
    recruiter(request)
    counted = StagePlan.objects.exclude(job=None).values_list("job").annotate(rounds=Count("pk"))
    own = dict(counted.values_list("job", "rounds"))
    context = {
        **admin.site.each_context(request),
        "title": "Interview rounds",
        "general": [_summary(plan) for plan in rounds_of(None)],
        "jobs": [
            {"job": job, "own": own.get(job.pk, 0)}
            for job in Job.objects.order_by("-is_open", "title").only("id", "title", "is_open")[:JOBS_SHOWN]
        ],
    }
    return TemplateResponse(request, "admin/interviews/plan/overview.html", context)


def edit(request: HttpRequest, job_id: uuid.UUID | None = None) -> HttpResponse:
    """The editor of one round, with the others beside it. `?round=` names it; `?new=1` is an empty one."""
    job = get_object_or_404(Job, pk=job_id) if job_id else None
    if request.method == "POST":
        return _save(request, job)
    rounds = rounds_of(job)
    key = request.GET.get("round", "")
    if request.GET.get("new") == "1" or not rounds:
        return _page(request, job, _new_round())
    plan = next((plan for plan in rounds if plan.key == key), None)
    if plan is None:
        if key:
            raise Http404("There is no such round.")
        plan = rounds[0]
    return _page(request, job, RoundForm.of(plan))


@require_POST
def restore(request: HttpRequest, job_id: uuid.UUID | None = None) -> HttpResponse:
    """Take a round away, so that its default counts again: the general one, or the one that Greenroom came with."""
    job = get_object_or_404(Job, pk=job_id) if job_id else None
    key = request.POST.get("key", "")
    try:
        _remember(request, plan_editing.restore(job=job, key=key))
    except GreenroomError as error:
        messages.error(request, error.message)
        return redirect(_address(job, ""))
    is_there = StagePlan.objects.filter(job=None, key=key).exists()
    messages.success(request, "The default counts again." if is_there else "The round is taken out.")
    return redirect(_address(job, key if is_there else ""))


@require_POST
def move(request: HttpRequest, job_id: uuid.UUID | None = None) -> HttpResponse:
    """Move a round one place up or down."""
    job = get_object_or_404(Job, pk=job_id) if job_id else None
    keys = [plan.key for plan in rounds_of(job)]
    key = request.POST.get("key", "")
    if key in keys:
        at = keys.index(key)
        to = max(0, min(len(keys) - 1, at + (-1 if request.POST.get("direction") == "up" else 1)))
        keys.insert(to, keys.pop(at))
        plan_editing.move(job=job, keys=keys)
    return redirect(_address(job, key))


@require_POST
def undo(request: HttpRequest, job_id: uuid.UUID | None = None) -> HttpResponse:
    """Take back the last change that this recruiter made to a round."""
    job = get_object_or_404(Job, pk=job_id) if job_id else None
    kept = request.session.get(UNDO)
    if kept and kept["job"] == (str(job.pk) if job else None):
        del request.session[UNDO]
        plan_editing.undo(Before.from_json(kept))
        messages.success(request, "The round is back to what it was.")
        return redirect(_address(job, kept["key"] if kept["row"] else ""))
    messages.error(request, "There is nothing to undo any more.")
    return redirect(_address(job, ""))


def rounds_of(job: Job | None) -> list[StagePlan]:
    """The rounds that a job has, its own before general ones of the same key, in order; those switched off, too."""
    plans.ensure_general()
    general = {plan.key: plan for plan in StagePlan.objects.filter(job=None)}
    if job is None:
        return sorted(general.values(), key=lambda plan: (plan.position, plan.key))
    own = {plan.key: plan for plan in StagePlan.objects.filter(job=job)}
    general = {key: plan for key, plan in general.items() if plan.is_active}
    return sorted((general | own).values(), key=lambda plan: (plan.position, plan.key))


def _save(request: HttpRequest, job: Job | None) -> HttpResponse:
    recruiter(request)
    try:
        form = RoundForm.sent(request)
    except ValueError:  # more fields than any round has
        return _page(request, job, _new_round(), problem="This is more than a round can hold.")
    try:
        plan, before = plan_editing.save(
            job=job,
            key=form.key,
            name=form.name,
            minutes=form.whole_minutes(),
            stages=form.raw_stages(),
            is_active=form.is_active,
        )
    except GreenroomError as error:
        return _page(request, job, form.with_problems(error.fields or {}), problem=error.message)
    _remember(request, before)
    messages.success(request, f"“{plan.name}” is saved. Interviews that have begun keep the plan they began with.")
    return redirect(_address(job, plan.key))


def _page(request: HttpRequest, job: Job | None, form: RoundForm, *, problem: str = "") -> HttpResponse:
    rounds = rounds_of(job)
    own = next((plan for plan in rounds if plan.key == form.key and plan.job_id == (job.pk if job else None)), None)
    defaults = {plan.key for plan in rounds_of(None)} if job else set(plans.GENERAL)
    kept = request.session.get(UNDO)
    scope = "job" if job else "general"
    arguments = [job.pk] if job else []
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"Interview rounds: {job.title}" if job else "General interview rounds",
        "is_fullwidth": "1",
        "job": job,
        "form": form,
        "problem": problem,
        "rounds": [_summary(plan) | {"is_current": plan.key == form.key} for plan in rounds],
        "is_new": not form.key,
        "is_own": own is not None,
        "has_default": form.key in defaults,
        "blank_stage": StageLine(questions=[QuestionLine()]),
        "blank_question": QuestionLine(),
        "can_undo": bool(kept and kept["job"] == (str(job.pk) if job else None)),
        "here": reverse(f"admin:interviews_stageplan_{scope}", args=arguments),
        "restore_url": reverse(f"admin:interviews_stageplan_{scope}_restore", args=arguments),
        "move_url": reverse(f"admin:interviews_stageplan_{scope}_move", args=arguments),
        "undo_url": reverse(f"admin:interviews_stageplan_{scope}_undo", args=arguments),
    }
    template = "admin/interviews/plan/editor.html"
    return TemplateResponse(request, template, context, status=422 if problem else 200)


def _summary(plan: StagePlan) -> dict[str, Any]:
    return {
        "plan": plan,
        "questions": sum(len(stage.get("questions") or []) for stage in plan.stages),
        "own_questions": sum(int(stage.get("own_questions") or 0) for stage in plan.stages),
        "stages": [str(stage.get("label", "")) for stage in plan.stages],
        "is_own": plan.job_id is not None,
    }


def _new_round() -> RoundForm:
    """An empty round with the three stages that every one has, to be filled."""
    return RoundForm(
        stages=[
            StageLine(label="Opening", kind="opening", goal="Welcome, say what will happen, say that you are an AI."),
            StageLine(label="Questions", kind="own", minutes="20", questions=[QuestionLine()]),
            StageLine(label="Closing", kind="closing", goal="Ask whether there are questions, and thank."),
        ]
    )


def _remember(request: HttpRequest, before: Before) -> None:
    request.session[UNDO] = before.as_json()


def _address(job: Job | None, key: str) -> str:
    if job is None:
        base = reverse("admin:interviews_stageplan_general")
    else:
        base = reverse("admin:interviews_stageplan_job", args=[job.pk])
    return f"{base}?round={key}" if key else base
