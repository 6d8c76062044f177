"""Interview questions for one candidate: made once, and kept with the assessment that they come from."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import Q
from pydantic import Field

from candidates import explanation, judging, material
from candidates import rubric as rubrics
from candidates.answers import Questions
from candidates.models import Assessment, Candidate, Rubric
from candidates.prohibited import is_prohibited
from candidates.schemas import Criterion, CriterionResult, ProfileField, Shape
from llm import client
from llm.errors import LLMError

PROMPT = "candidates/questions"
PURPOSE = "questions"
MOST = 7
_LEVELS = {"unknown": 0, "none": 1, "weak": 2, "partial": 3, "strong": 4, "full": 5}


class Question(Shape):
    """One question for an interview."""

    question: str
    reason: str = Field(description="What the answer would settle")
    criterion: str | None = Field(description="Key of the criterion that it is about")
    made_by: Literal["model", "template"]


def of(candidate: Candidate) -> list[dict[str, Any]]:
    """The candidate's questions, each in the JSON form of `Question`.

    They come with the model's judgement; else the model is asked for them; else they are built from what is missing and
    what scored low. Once there, they are kept. Never called inside a transaction: it may wait for a model.
    """
    if kept := _kept(candidate):
        return kept
    rubric = rubrics.current(candidate.job) if candidate.job is not None else None
    levels = _levels(candidate)
    questions: list[Question] = []
    failed = False
    if client.is_configured():
        try:
            questions = _asked(candidate, rubric, levels)
        except LLMError:
            failed = True  # the template answers and is not kept, so that the next call asks the model again
    if not questions:
        questions = _built(candidate, rubric, levels)
    dumped = [question.model_dump(mode="json") for question in questions]
    if failed:
        return dumped
    newest = candidate.assessments.filter(is_current=True).order_by("-kind").first()
    if newest is not None:
        # Whoever comes second keeps what the first has stored.
        Assessment.objects.filter(pk=newest.pk, questions=[]).update(questions=dumped)
        return _kept(candidate) or dumped
    return dumped


def ready(candidate: Candidate) -> list[dict[str, Any]]:
    """The candidate's questions as `of` gives them, but at once: those that are kept, else built without a model.

    For whoever can't wait, such as an interview that is being started. Nothing is kept.
    """
    if kept := _kept(candidate):
        return kept
    rubric = rubrics.current(candidate.job) if candidate.job is not None else None
    return [question.model_dump(mode="json") for question in _built(candidate, rubric, _levels(candidate))]


def _kept(candidate: Candidate) -> list[dict[str, Any]]:
    """The questions stored first: for the candidate's job before general ones, a model's before a template's."""
    of_job = Q(rubric__job=candidate.job_id) | Q(rubric=None)
    stored = candidate.assessments.exclude(questions=[]).filter(of_job).only("id", "kind", "rubric_id", "questions")
    for assessment in sorted(stored, key=lambda one: (one.rubric_id is None, one.kind != "model", one.pk)):
        questions = [Question.model_validate({"made_by": "model"} | item) for item in assessment.questions]
        fair = [question for question in questions if not is_prohibited(question.question)]
        if fair:
            return [question.model_dump(mode="json") for question in fair]
    return []


def _levels(candidate: Candidate) -> dict[str, CriterionResult]:
    """The latest result for each criterion, the model's before the computed one."""
    current = candidate.assessments.filter(is_current=True).order_by("kind")
    return {
        result.key: result
        for assessment in current
        for result in (CriterionResult.model_validate(item) for item in assessment.criteria)
    }


def _asked(candidate: Candidate, rubric: Rubric | None, levels: dict[str, CriterionResult]) -> list[Question]:
    criteria = judging.judged_criteria(rubric)
    blinded = material.blinded(candidate, list(candidate.documents.order_by("created_at", "id")))
    data = {
        "role": candidate.job.title if candidate.job is not None else "",
        "criteria": [
            asked | {"level": levels[criterion.key].level if criterion.key in levels else "unknown"}
            for asked, criterion in zip(judging.asked(criteria), criteria, strict=True)
        ],
        "missing": [*candidate.missing_required, *candidate.missing_preferred],
        "sources": blinded.texts,
    }
    answer, _ = client.ask_now(PURPOSE, PROMPT, data, Questions)
    known = {criterion.key for criterion in criteria}
    return [
        Question(
            question=" ".join(item.question.split())[:500],
            reason=" ".join(item.reason.split())[:500],
            criterion=item.criterion if item.criterion in known else None,
            made_by="model",
        )
        for item in answer.questions
        if item.question.strip() and not is_prohibited(item.question)
    ][:MOST]


def _built(candidate: Candidate, rubric: Rubric | None, levels: dict[str, CriterionResult]) -> list[Question]:
    """Questions from a template: first what is missing, then the criteria from the lowest level up."""
    made: list[Question] = []
    fields = {field.field_name: field for field in (*rubrics.default_fields(), *_fields_of(rubric))}
    for name in candidate.missing_required:
        field = fields.get(name)
        if name in _NOT_FOR_INTERVIEWS or field is None:
            continue
        made.append(
            Question(
                question=f"Could you tell us about this: {_lowered(field.description)}?",
                reason=f"{explanation.label_of(name)} is required and not known.",
                criterion=None,
                made_by="template",
            )
        )
    criteria = [item for item in judging.judged_criteria(rubric) if item.weight > 0]
    criteria.sort(key=lambda item: (_LEVELS[_level(item, levels)], not item.is_required, -item.weight))
    made += [_about(item, _level(item, levels)) for item in criteria]
    return [question for question in made if not is_prohibited(question.question)][:MOST]


# Facts for a form, not for a conversation.
_NOT_FOR_INTERVIEWS = frozenset({"name", "email", "phone", "linkedin_url", "location", "bio"})


def _fields_of(rubric: Rubric | None) -> list[ProfileField]:
    return [ProfileField.model_validate(field) for field in rubric.fields] if rubric is not None else []


def _level(criterion: Criterion, levels: dict[str, CriterionResult]) -> str:
    return levels[criterion.key].level if criterion.key in levels else "unknown"


def _about(criterion: Criterion, level: str) -> Question:
    label = criterion.label.strip().rstrip(".")
    if level in ("unknown", "none"):
        question = f"What experience do you have with “{label}”? Please describe one concrete case."
        reason = "The profile says nothing that meets this criterion."
    elif level in ("weak", "partial"):
        question = f"Your profile touches on “{label}”. What was your own part, and what came of it?"
        reason = f"The profile meets this criterion only in part ({level})."
    else:
        question = f"You seem strong in “{label}”. Which result are you proudest of, and how was it measured?"
        reason = f"To check a strong claim ({level})."
    return Question(question=question, reason=reason, criterion=criterion.key, made_by="template")


def _lowered(text: str) -> str:
    text = text.strip().rstrip(".?")
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
