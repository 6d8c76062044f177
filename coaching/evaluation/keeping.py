"""Evaluating a session and keeping what came of it: one evaluation at a time, the newest one counting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import queueing
from coaching.errors import NotEvaluated, SessionNotFound, TooShort, WrongState
from coaching.evaluation import hearing, judging, telling, weights
from coaching.evaluation.judging import Findings
from coaching.models import Evaluation, Session
from coaching.schemas import (
    Criterion,
    EvaluationShape,
    ImprovementArea,
    Measured,
    PracticeSuggestion,
    Quote,
    Strength,
)
from coaching.states import Dimension, SessionState
from interviews.turnstile import Busy

# How long somebody waits for an evaluation of the same session that is under way, and how often they look, in seconds.
_WAIT_SECONDS, _POLL_SECONDS = 100.0, 0.1
# So many evaluations of one trainee are made or waited for at once: each takes a thread of the web server meanwhile.
AT_ONCE = 3


def evaluate(session: Session, *, force: bool = False) -> Evaluation:
    """Evaluate a completed session, or return the evaluation that it has.

    With `force` it is judged anew: the new evaluation counts, the earlier ones stay beside it. Asked for twice at once,
    it is made once, and both get the same.

    Raises WrongState unless the session is completed, TooShort where too little was said to judge it, Busy where
    AT_ONCE of this trainee's are under way, or llm.errors.LLMError where no usable judgement came; nothing is kept
    then. Waits for a model: never call it inside a transaction.
    """
    session = _completed(session.pk)
    known = _newest(session.pk)
    if known is not None and not force:
        return known
    heard = hearing.heard(session)
    _long_enough(heard)
    with _place(session.user_id), _alone(session.pk):
        made_meanwhile = _newest(session.pk)
        if made_meanwhile is not None and (known is None or made_meanwhile.number > known.number):
            return made_meanwhile
        return _keep(session, judging.judge(heard, scope=f"session:{session.pk}"))


def judged(session: Session) -> Findings:
    """What an evaluation of this session would say; nothing is kept. Raises as `evaluate` does."""
    heard = hearing.heard(_completed(session.pk))
    _long_enough(heard)
    return judging.judge(heard, scope=f"session:{session.pk}")


def too_short(session: Session) -> str:
    """Why there is too little in a session to judge it, in words to the trainee; empty where enough was said."""
    try:
        _long_enough(hearing.heard(session))
    except TooShort as error:
        return error.message
    return ""


def newest(session: Session) -> Evaluation:
    """The evaluation of a session that counts. Raises NotEvaluated."""
    found = _newest(session.pk)
    if found is None:
        raise NotEvaluated("This session has not been evaluated yet.")
    return found


def of(session: Session) -> list[Evaluation]:
    """All evaluations of a session, the first one first."""
    return list(Evaluation.objects.filter(session=session).order_by("number"))


def shown(evaluation: Evaluation) -> EvaluationShape:
    """An evaluation as the API and the pages give it."""
    criteria = [Criterion.model_validate(one) for one in evaluation.criteria]
    receipt = evaluation.receipts[-1] if evaluation.receipts else {}
    quotes: dict[Dimension, list[Quote]] = {dimension: [] for dimension in Dimension}
    for one in criteria:
        if one.quote is not None and one.quote not in quotes[one.dimension]:
            quotes[one.dimension].append(one.quote)
    return EvaluationShape(
        evaluation_id=evaluation.pk,
        session_id=evaluation.session_id,
        number=evaluation.number,
        is_newest=evaluation.is_newest,
        created_at=evaluation.created_at,
        turns=evaluation.turns,
        overall=float(evaluation.overall),
        weights=weights.WEIGHTS,
        strengths=[Strength.model_validate(one) for one in evaluation.strengths],
        improvement_areas=[ImprovementArea.model_validate(one) for one in evaluation.improvement_areas],
        practice_suggestions=[PracticeSuggestion.model_validate(one) for one in evaluation.practice_suggestions],
        summary=evaluation.summary,
        summary_quotes=[Quote.model_validate(one) for one in evaluation.summary_quotes],
        quotes=quotes,
        criteria=criteria,
        measured=Measured.model_validate(evaluation.measured),
        notes=evaluation.notes,
        model=str(receipt.get("model", "")),
        prompt_name=str(receipt.get("prompt_name", "")),
        prompt_hash=str(receipt.get("prompt_hash", "")),
        **{dimension.value: getattr(evaluation, dimension.value) for dimension in Dimension},
    )


# --- the parts of one evaluation -------------------------------------------------------------------------------------
def _completed(session_id: UUID) -> Session:
    session = Session.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        raise SessionNotFound("There is no such session.")
    if session.status != SessionState.COMPLETED:
        raise WrongState(
            f"Only a completed session can be evaluated; this one is {session.get_status_display().lower()}."
        )
    return session


def _long_enough(heard: hearing.Heard) -> None:
    turns, words = len(heard.trainees), heard.words()
    if turns < weights.LEAST_TURNS or words < weights.LEAST_WORDS:
        said = "1 message" if turns == 1 else f"{turns} messages"
        raise TooShort(
            f"Too little was said to judge it fairly: {said} of yours with {words} words. At least "
            f"{weights.LEAST_TURNS} messages and {weights.LEAST_WORDS} words are needed."
        )


def _newest(session_id: UUID) -> Evaluation | None:
    return Evaluation.objects.filter(session_id=session_id, is_newest=True).first()


def _keep(session: Session, findings: Findings) -> Evaluation:
    overall = weights.overall(findings.scores)
    with transaction.atomic():
        # Deleted with its owner while the model thought: then there is nothing to keep it with.
        if not Session.objects.select_for_update().filter(pk=session.pk).values_list("pk", flat=True):
            raise SessionNotFound("There is no such session.")
        earlier = _newest(session.pk)
        if earlier is not None:
            Evaluation.objects.filter(pk=earlier.pk).update(is_newest=False)
        made = Evaluation.objects.create(
            session=session,
            number=earlier.number + 1 if earlier is not None else 1,
            overall=overall,
            criteria=_plain(findings.criteria),
            strengths=_plain(telling.strengths(findings)),
            improvement_areas=_plain(telling.areas(findings)),
            practice_suggestions=_plain(telling.exercises(findings)),
            summary=telling.summary(findings, overall),
            summary_quotes=_plain(findings.summary_quotes[: telling.MOST_SUMMARIES]),
            measured=findings.measured.model_dump(mode="json") if findings.measured else {},
            notes=findings.notes,
            turns=findings.turns,
            receipts=_plain(findings.receipts),
            **{dimension.value: score for dimension, score in findings.scores.items()},
        )
        Session.objects.filter(pk=session.pk).update(
            overall=overall, scores=[findings.scores[dimension] for dimension in Dimension]
        )
    made.refresh_from_db(fields=["created_at"])
    return made


def _plain(shapes: Any) -> list[dict[str, Any]]:
    return [shape.model_dump(mode="json") for shape in shapes]


@contextmanager
def _alone(session_id: UUID) -> Iterator[None]:
    """Be the only one, over all processes, who has this session judged within the block. Raises Busy.

    An advisory lock of Postgres on this thread's own connection: no row is held while the model thinks, and a process
    that dies gives it up by that.
    """
    name = f"evaluate:{session_id}"
    until = time.monotonic() + _WAIT_SECONDS
    while not queueing.take(name):
        if time.monotonic() > until:
            raise Busy("This session is still being evaluated.", retry_after=10)
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        queueing.give_back(name)


@contextmanager
def _place(user_id: UUID) -> Iterator[None]:
    """Hold one of the AT_ONCE places of a trainee within the block. Raises Busy where all are taken."""
    places = (f"evaluating:{user_id}:{place}" for place in range(AT_ONCE))
    name = next(filter(queueing.take, places), None)
    if name is None:
        raise Busy("Other evaluations of yours are being made. Try again in a moment.", retry_after=10)
    try:
        yield
    finally:
        queueing.give_back(name)
