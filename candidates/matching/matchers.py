"""From a rubric's criteria to results: how far a candidate meets each one, by which words, and why."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import Any

from candidates.matching.answering import NOTHING, Answer, Context
from candidates.matching.resume import Resume
from candidates.models import Candidate, Document, Rubric
from candidates.states import QuoteStatus

Result = dict[str, Any]
LEVELS = ((0.9, "full"), (0.65, "strong"), (0.4, "partial"))
MOST_RESUMES = 32
# Below this share something near the thing was found, not the thing.
KNOWN_FROM = 0.35
MOST_RUBRICS = 64


def level_of(share: float) -> str:
    """The level of a share: full from 0.9, strong from 0.65, partial from 0.4, weak above 0."""
    for boundary, level in LEVELS:
        if share >= boundary:
            return level
    return "weak" if share > 0 else "none"


def compiled(rubric: Rubric) -> Compiled:
    """The compiled matchers of a rubric; kept, since one rubric scores many candidates."""
    key = (rubric.pk, rubric.version)
    with _lock:
        kept = _rubrics.get(key)
        if kept is not None and (kept[0] is rubric.criteria or kept[0] == rubric.criteria):
            _rubrics.move_to_end(key)
            return kept[1]
    made = Compiled(rubric.criteria)
    with _lock:
        _rubrics[key] = (rubric.criteria, made)
        while len(_rubrics) > MOST_RUBRICS:
            _rubrics.popitem(last=False)
    return made


def resume_of(candidate: Candidate, documents: Sequence[Document] = (), *, today: date | None = None) -> Resume:
    """The candidate's resume, read; kept for a moment, since scoring, flags and completeness follow one another."""
    key = (
        candidate.name,
        candidate.bio,
        candidate.source_text,
        candidate.current_role,
        candidate.years_experience,
        candidate.education,
        tuple(candidate.skills or ()),
        tuple(candidate.certifications or ()),
        tuple(candidate.achievements or ()),
        tuple(candidate.industries or ()),
        repr(candidate.positions) if candidate.positions else "",
        tuple((document.pk, document.text) for document in documents),
        today or date.today(),
    )
    with _lock:
        kept = _resumes.get(key)
        if kept is not None:
            _resumes.move_to_end(key)
            return kept
    made = Resume(candidate, documents, today=today)
    with _lock:
        _resumes[key] = made
        while len(_resumes) > MOST_RESUMES:
            _resumes.popitem(last=False)
    return made


def met(candidate: Candidate, rubric: Rubric | None, documents: Sequence[Document] = ()) -> dict[str, bool]:
    """Which criteria of the rubric something in the profile answers, by key."""
    if rubric is None or not rubric.criteria or rubric.criteria[0]["kind"] == "formula":
        return {}
    return {result["key"]: result["share"] >= KNOWN_FROM for result in compiled(rubric).match(candidate, documents)}


class Compiled:
    """All matchers of one rubric."""

    def __init__(self, criteria: Sequence[dict[str, Any]]) -> None:
        # Criteria that only a model can judge have no place in a computed score.
        self.criteria = [item for item in criteria if item["kind"] not in ("judged", "formula")]
        self.context = Context(self.criteria)

    def match(
        self, candidate: Candidate, documents: Sequence[Document] = (), *, today: date | None = None
    ) -> list[Result]:
        """One result a criterion, in the rubric's order, without points (they depend on all weights together)."""
        resume = resume_of(candidate, documents, today=today)
        answers = self.context.answers(resume)
        return [_result(item, answers.get(number, NOTHING)) for number, item in enumerate(self.criteria)]


def _result(item: dict[str, Any], answer: Answer) -> Result:
    share = round(min(1.0, max(0.0, answer.share)), 4)
    quoted = answer.source is not None
    return {
        "key": item["key"],
        "label": item["label"],
        "weight": float(item.get("weight", 1.0)),
        "level": level_of(share) if answer.known else "unknown",
        "share": share,
        "points": 0.0,
        "max_points": 0.0,
        "quote": answer.quote if quoted else None,
        "quote_status": QuoteStatus.VERIFIED.value if quoted else QuoteStatus.NOT_NEEDED.value,
        "quote_source": answer.source,
        "quote_start": answer.start if quoted else None,
        "quote_end": answer.end if quoted else None,
        "explanation": answer.explanation,
    }


_lock = threading.Lock()
_rubrics: OrderedDict[Any, tuple[list[dict[str, Any]], Compiled]] = OrderedDict()
_resumes: OrderedDict[Any, Resume] = OrderedDict()
