"""Merging duplicates: which entry stays, and which value wins for each field."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from candidates import presenting, profiles
from candidates.admin import sources
from candidates.admin.recruiters import recruiter
from candidates.models import Candidate
from candidates.states import ChangeSource
from llm.errors import GreenroomError

MOST_AT_ONCE = 6


def merge(request: HttpRequest) -> HttpResponse:
    """GET shows the entries beside each other; POST keeps one of them with the chosen values."""
    given = request.POST if request.method == "POST" else request.GET
    people = _people(given.getlist("ids"))
    keep = next((one for one in people if str(one.pk) == given.get("keep")), people[0] if people else None)
    error = ""
    if request.method == "POST" and keep is not None and len(people) > 1:
        by_id = {str(one.pk): one for one in people}
        # Read now: a merge changes the entry that stays.
        values = {
            name: getattr(chosen, name)
            for name in sources.EDITABLE
            if (chosen := by_id.get(request.POST.get(f"value_{name}", ""))) is not None
        }
        try:
            with transaction.atomic():
                for other in people:
                    if other.pk != keep.pk:
                        profiles.merge(keep=keep, other=other, actor=recruiter(request))
                profiles.edit(candidate=keep, values=values, source=ChangeSource.MERGE, actor=recruiter(request))
            messages.success(request, f"{len(people)} entries are now one.")
            return redirect("admin:candidates_candidate_change", keep.pk)
        except GreenroomError as problem:
            error = problem.message
    context = {
        **admin.site.each_context(request),
        "title": "Merge duplicates",
        "people": people,
        "keep": keep.pk if keep else None,
        "rows": _rows(people),
        "error": error,
    }
    return TemplateResponse(request, "admin/candidates/candidate/merge.html", context, status=422 if error else 200)


def _people(values: list[str]) -> list[Candidate]:
    """The chosen candidates, best known first: the fullest entry is the likeliest to stay."""
    ids = []
    for value in values[:MOST_AT_ONCE]:
        try:
            ids.append(uuid.UUID(value))
        except ValueError:
            continue
    found = Candidate.objects.live().filter(pk__in=ids)
    return sorted(found, key=lambda one: (-_filled(one), one.created_at))


def _filled(candidate: Candidate) -> int:
    return sum(getattr(candidate, name) not in (None, "", []) for name in sources.EDITABLE)


def _rows(people: list[Candidate]) -> list[dict[str, Any]]:
    """One row for each field that anyone has; the first known value is chosen beforehand."""
    rows = []
    for name in sources.EDITABLE:
        values = [getattr(one, name) for one in people]
        known = [value for value in values if value not in (None, "", [])]
        if not known:
            continue
        differs = any(value != values[0] for value in values)
        first = next(index for index, value in enumerate(values) if value not in (None, "", []))
        rows.append(
            {
                "name": name,
                "label": presenting.field_label(name),
                "differs": differs,
                "cells": [
                    {"id": one.pk, "shown": presenting.shown(value), "chosen": index == first}
                    for index, (one, value) in enumerate(zip(people, values, strict=True))
                ],
            }
        )
    return rows
