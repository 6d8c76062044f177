"""One attempt at one piece of work, and what its failure means. No database here."""

from __future__ import annotations

import asyncio
import logging
import traceback

from django.conf import settings

from candidates import assessing
from candidates.assessing import Outcome
from candidates.pipeline.claiming import MAX_ATTEMPTS, Piece
from candidates.pipeline.committing import Result, retry_wait
from candidates.states import WorkKind, WorkState
from llm import client
from llm.errors import CapReached, GreenroomError, LLMError, TimedOut

logger = logging.getLogger(__name__)

# How long work outside any import waits at a money cap before it looks again, in seconds.
CAP_WAIT_SECONDS = 300.0


def needs_model(piece: Piece) -> bool:
    """Whether doing this piece may mean to wait for a model."""
    if not client.is_configured():
        return False
    if piece.kind == WorkKind.SCORE:
        return True
    return bool(piece.candidate.source_text.strip()) or any(document.text.strip() for document in piece.documents)


async def attempt(piece: Piece) -> Result:
    """Do a piece of work. Every failure becomes a Result; only a cancellation passes through."""
    try:
        async with asyncio.timeout(settings.WORK_TIMEOUT_SECONDS):
            return Result(piece=piece, state=WorkState.DONE, outcome=await _do(piece))
    except CapReached as error:
        # Not the row's fault: it goes back, and its import waits for the recruiter (see keeping). Without an import it
        # is the day's cap, and there is nobody to ask: it looks again later.
        wait = 1.0 if piece.import_id else CAP_WAIT_SECONDS
        return Result(
            piece=piece, state=WorkState.READY, error_code=error.code, reason=error.message, wait_seconds=wait
        )
    except LLMError as error:
        return failure(piece, error, final=error.permanent, wait_seconds=error.retry_after)
    except GreenroomError as error:
        return failure(piece, error)
    except TimeoutError:
        return failure(piece, TimedOut("It took longer than one attempt may take."))
    except Exception as error:  # noqa: BLE001 - a poison row must not take the others with it
        # Where, but not what: the message of an unforeseen error may quote a person's data.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("work %s: %s at %s:%s", piece.work_id, type(error).__name__, frame.filename, frame.lineno)
        return failure(
            piece,
            GreenroomError(
                f"Something in this profile could not be handled ({type(error).__name__}).", code="internal_error"
            ),
        )


async def _do(piece: Piece) -> Outcome:
    candidate, rubric, documents = piece.candidate, piece.rubric, piece.documents
    if piece.kind == WorkKind.EXTRACT:
        return await assessing.extract(candidate, rubric=rubric, documents=documents, scope=piece.scope)
    # Whoever was put on another job, or whose job has a new rubric, is computed by it before being judged by it.
    computed = None
    algorithm = piece.algorithm
    if algorithm is None or algorithm.rubric_id != (rubric.pk if rubric else None):
        computed = assessing.compute(candidate, rubric=rubric, documents=documents)
        algorithm = computed.assessments[0]
    outcome = await assessing.judge(
        candidate, rubric=rubric, documents=documents, scope=piece.scope, algorithm=algorithm
    )
    if computed is not None:
        outcome.values = computed.values | outcome.values
        outcome.assessments = computed.assessments + outcome.assessments
    return outcome


def failure(piece: Piece, error: GreenroomError, *, final: bool = False, wait_seconds: float | None = None) -> Result:
    """A failed attempt: another one after a while, or, after the third, set aside with its reason."""
    attempts = piece.attempts + 1
    if not final and attempts < MAX_ATTEMPTS:
        return Result(
            piece=piece,
            state=WorkState.READY,
            error_code=error.code,
            reason=error.message,
            failed=True,
            wait_seconds=max(retry_wait(attempts), float(wait_seconds or 0)),
        )
    return Result(
        piece=piece,
        state=WorkState.SET_ASIDE,
        outcome=give_up(piece, error),
        error_code=error.code,
        reason=error.message,
        failed=True,
    )


def give_up(piece: Piece, error: GreenroomError) -> Outcome:
    """What a candidate looks like whose work was set aside."""
    try:
        return assessing.give_up(
            piece.candidate,
            error=error,
            rubric=piece.rubric,
            documents=piece.documents,
            algorithm=piece.algorithm,
        )
    except Exception as wrong:  # noqa: BLE001 - a profile that can't even be given up still has to end
        logger.error("work %s could not be given up: %s", piece.work_id, type(wrong).__name__)
        return Outcome()
