"""Two candidates side by side; the model's view of them is asked for by a button, since it costs."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from candidates import comparing, keyset, presenting, ranking
from candidates.admin.candidate_list import loaded
from candidates.admin.sources import Side, criterion_rows
from candidates.models import Assessment, Candidate
from llm.errors import GreenroomError

FOUND_SHOWN = 8


def compare(request: HttpRequest) -> HttpResponse:
    """GET shows both as stored; POST asks the model and shows its verdict above."""
    given = request.POST if request.method == "POST" else request.GET
    a, b = _candidate(given.get("a", "")), _candidate(given.get("b", ""))
    verdict, error = None, ""
    if a is not None and b is not None and a.pk == b.pk:
        b, error = None, "Choose two different candidates."
    ready = a is not None and b is not None
    if request.method == "POST" and a is not None and b is not None:
        try:
            verdict = _verdict(comparing.compare(a, b), a, b)
        except GreenroomError as problem:
            error = problem.message
    rows, different = _rows(a, b) if a is not None and b is not None else ([], False)
    context = {
        **admin.site.each_context(request),
        "title": "Compare",
        "sides": [_side("a", a), _side("b", b)],
        "ready": ready,
        "rows": rows,
        "different_rubrics": different,
        "verdict": verdict,
        "error": error,
    }
    return TemplateResponse(request, "admin/candidates/candidate/compare.html", context)


def find(request: HttpRequest) -> HttpResponse:
    """Candidates whose words begin as typed, best first, as options of the picker."""
    search = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    side = "b" if request.GET.get("side") == "b" else "a"
    found: list[Candidate] = []
    if search:
        try:
            page = keyset.page(
                Candidate.objects.live(),
                order=keyset.Order.BEST,
                place=keyset.Place(),
                size=FOUND_SHOWN,
                search=search,
            )
            found = loaded(page.ids)
        except ranking.TookTooLong:
            found = []
    return TemplateResponse(request, "admin/candidates/candidate/found.html", {"found": found, "side": side})


def _candidate(value: str) -> Candidate | None:
    try:
        return Candidate.objects.live().select_related("job").filter(pk=uuid.UUID(value)).first() if value else None
    except ValueError:
        return None


def _side(letter: str, candidate: Candidate | None) -> dict[str, Any]:
    if candidate is None:
        return {"letter": letter, "candidate": None}
    return {
        "letter": letter,
        "candidate": candidate,
        "initials": presenting.initials(candidate.name),
        "tier": presenting.tier_badge(candidate.tier, unstable=candidate.tier_unstable),
        "combined": presenting.score_bar(
            candidate.combined_score, "combined", low=candidate.score_low, high=candidate.score_high
        ),
        "algo": presenting.score_bar(candidate.algo_score, "algo"),
        "ai": presenting.score_bar(candidate.ai_score, "ai"),
        "flags": presenting.red_flags(candidate.red_flags),
    }


def _rows(a: Candidate, b: Candidate) -> tuple[list[dict[str, Any]], bool]:
    """Every criterion with what is known of both, the model's view before the algorithm's; True: rubrics differ."""
    current: dict[tuple[uuid.UUID, str], Assessment] = {
        (one.candidate_id, one.kind): one for one in Assessment.objects.filter(candidate__in=[a, b], is_current=True)
    }
    kinds = Assessment.Kind
    merged: dict[str, dict[str, Any]] = {}
    for position, candidate in enumerate((a, b)):
        algorithm, model = (current.get((candidate.pk, kind)) for kind in (kinds.ALGORITHM, kinds.MODEL))
        for row in criterion_rows(algorithm.criteria if algorithm else None, model.criteria if model else None):
            line = merged.setdefault(
                row.key, {"label": row.label, "weight": row.weight, "cells": [None, None], "differs": False}
            )
            line["cells"][position] = row.model or row.algorithm
    for line in merged.values():
        left, right = line["cells"]
        line["differs"] = isinstance(left, Side) and isinstance(right, Side) and left.level != right.level
    rubrics = {one.rubric_id for one in current.values() if one.kind == kinds.ALGORITHM}
    return list(merged.values()), len(rubrics) > 1


def _verdict(answer: dict[str, Any], a: Candidate, b: Candidate) -> dict[str, Any]:
    """The contract's answer in words, with names in the place of letters."""
    names = {"A": a.name or "The first candidate", "B": b.name or "The second candidate"}

    def named(text: str) -> str:
        """The model and the rules speak of "candidate A"; a recruiter of people."""
        return re.sub(r"\b[Cc]andidate ([AB])\b", lambda found: names[found[1]], text)

    return {
        "name": names.get(str(answer.get("winner")), ""),
        "confidence": f"{round(100 * float(answer.get('confidence') or 0))} % sure",
        "is_model": answer.get("made_by") == "model",
        "note": answer.get("note", ""),
        "criteria": [
            line
            | {
                "reason": named(line["reason"]),
                "winner": names.get(line["better"], ""),
                "quotes": [line["quote_a"], line["quote_b"]],
            }
            for line in answer.get("criteria", [])
        ],
        "key_differentiator": named(answer.get("key_differentiator", "")),
        "recommendation": named(answer.get("recommendation", "")),
        "sides": [
            {
                "name": names[letter],
                "strengths": [
                    named(text) for text in answer.get(f"candidate_{letter.lower()}", {}).get("strengths", [])
                ],
                "weaknesses": [
                    named(text) for text in answer.get(f"candidate_{letter.lower()}", {}).get("weaknesses", [])
                ],
            }
            for letter in "AB"
        ],
    }
