"""What earlier conversations with a candidate have asked, settled and left open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from rapidfuzz import fuzz, process

from candidates.models import Candidate
from candidates.prohibited import is_prohibited
from interviews.models import Analysis, Interview, Turn
from interviews.schemas import Plan, Progress
from interviews.states import Role, Speaker

# From so alike on (0–100, words in any order), two questions are the same one.
ALIKE = 88
MOST_TURNS = 400
_QUESTION = re.compile(r"[^.!?\n]*\?")


@dataclass(frozen=True)
class Earlier:
    """`questions` were asked and answered, or declined; `open_questions` are (topic, question) for the next round."""

    questions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    open_questions: tuple[tuple[str, str], ...] = ()
    _plain: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, candidate: Candidate) -> Earlier:
        """Everything that rooms and interviews of this candidate tell. Training is none: there an AI was asked."""
        asked: list[str] = []
        topics: list[str] = []
        interviews = Interview.objects.filter(candidate=candidate, is_training=False).order_by("created_at")
        for interview in interviews.only("plan", "progress"):
            settled, thin = _settled(interview.plan, interview.progress)
            asked += settled
            topics += thin
        asked += _asked_by_people(candidate)
        open_questions = _left_open(candidate)
        topics += [topic for topic, _ in open_questions]
        questions = tuple(dict.fromkeys(asked))
        return cls(
            questions=questions,
            topics=tuple(dict.fromkeys(topics)),
            open_questions=tuple(open_questions),
            _plain=tuple(_plainly(text) for text in questions),
        )

    def has_asked(self, text: str) -> bool:
        """Whether this question, in these or nearly these words, was asked before."""
        if not self._plain:
            return False
        return (
            process.extractOne(_plainly(text), self._plain, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
            is not None
        )


def _plainly(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _settled(plan: dict[str, Any], progress: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Questions of one interview that were answered or declined, and those of them whose answers stayed thin.

    One that nobody answered was asked into the air, and may be asked again; one that was declined may not.
    """
    try:
        stages = Plan.model_validate(plan).stages if plan else []
        stands = Progress.model_validate(progress)
    except ValidationError:  # of an older form
        return [], []
    texts = {question.key: question.text for stage in stages for question in stage.questions}
    results = [*(one for stage in stands.results for one in stage.questions), *stands.answered]
    settled = [texts[one.question] for one in results if one.answered != "silent" and one.question in texts]
    thin = [texts[one.question] for one in results if one.answered == "thin" and one.question in texts]
    return settled, thin


def _asked_by_people(candidate: Candidate) -> list[str]:
    """Questions out of what human interviewers said to this candidate: their rooms hold no plan to look at."""
    turns = (
        Turn.objects.filter(room__candidate=candidate, speaker=Speaker.INTERVIEWER, by_agent=False)
        .exclude(room__interview__isnull=False)
        .order_by("-id")
        .values_list("text", flat=True)[:MOST_TURNS]
    )
    return [question.strip() for text in turns for question in _QUESTION.findall(text) if len(question.split()) >= 4]


def _left_open(candidate: Candidate) -> list[tuple[str, str]]:
    """Areas to probe out of the newest analysis of each room with this candidate, as (area, question).

    Where an AI played them, what its answers left open says nothing about the person.
    """
    analyses = (
        Analysis.objects.filter(room__candidate=candidate)
        .exclude(room__interview__role=Role.INTERVIEWER)
        .order_by("room_id", "-id")
        .distinct("room_id")
        .values_list("result", flat=True)
    )
    found: list[tuple[str, str]] = []
    for result in analyses:
        for area in result.get("areas_to_probe", []) if isinstance(result, dict) else []:
            if not isinstance(area, dict):
                continue
            topic, question = str(area.get("area") or "").strip(), str(area.get("question") or "").strip()
            if topic and question and not is_prohibited(f"{topic} {question}"):
                found.append((topic[:500], question[:500]))
    return list(dict.fromkeys(found))
