"""Analysing a room and keeping what came of it: the rows, the room's state, the candidate's score, the event.

A room that waits for its analysis is a row with a state, a lease and a count of attempts; a worker that is killed costs
time, never the analysis.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from candidates import profiles
from candidates.profiles.editing import Gone
from interviews import doorbell, lifecycle, room_events, speech_metrics, transcript
from interviews.analysis import judging, weighing
from interviews.analysis.pairing import Pair, pairs_of
from interviews.analysis.shapes import AnalysisResult, Analytics, RedFlag
from interviews.errors import TooThin
from interviews.models import Analysis, Decision, Interview, Room, Turn
from interviews.schemas import SpeechMetrics
from interviews.spoken import blinded, name_in, orders_in
from interviews.states import ENDED, AnalysisState, Audience, Role, Speaker
from llm.errors import BrokenAnswer, LLMError, NotConfigured

logger = logging.getLogger(__name__)

# Too thin to judge: fewer answered questions, or fewer words of the candidate's in answers.
LEAST_ANSWERS = 3
LEAST_WORDS = 120
# A worker has this long before another may take the room; a refused attempt waits so long for each one made.
LEASE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)
MOST_ATTEMPTS = 3

_OF_PERSON = "A person answered."
_OF_AI = (
    "An AI played the candidate. Scores and recommendation are about its answers, for practice; they say nothing about "
    "the real person and are not kept with them."
)


def analyse(room: Room) -> Analysis:
    """Analyse a room's transcript as it stands, or return the analysis that was made of the same turns.

    Raises TooThin, or llm.errors.LLMError where no usable judgement came; the room then stays un-analysed and says why.
    Waits for a model: never call it inside a transaction.
    """
    return _analyse(room, by_worker=False)


def _analyse(room: Room, *, by_worker: bool) -> Analysis:
    turns = transcript.of(room.pk)
    kept = room.analyses.first()
    if kept is not None and kept.turns == len(turns):
        _still_counts(room, turns=len(turns), by_worker=by_worker)
        return kept
    interview = Interview.objects.filter(room=room).select_related("candidate", "job").first()
    try:
        result, receipts = judged(room, interview, turns)
    except (TooThin, LLMError) as error:
        _unanalysed(room, _state_after(error), error.message, turns=len(turns), by_worker=by_worker)
        raise
    return keep(room, interview, turns, result, receipts, by_worker=by_worker)


def _state_after(error: TooThin | LLMError) -> AnalysisState:
    if isinstance(error, TooThin):
        return AnalysisState.TOO_THIN
    return AnalysisState.NONE if isinstance(error, NotConfigured) else AnalysisState.FAILED


def judged(
    room: Room, interview: Interview | None, turns: Sequence[Turn]
) -> tuple[AnalysisResult, list[dict[str, Any]]]:
    """The analysis of these turns, with its receipts; nothing is stored. Raises as `analyse` does."""
    pairs = pairs_of(
        turns,
        plan=interview.plan if interview is not None else None,
        progress=interview.progress if interview is not None else None,
    )
    _thick_enough(pairs)
    job = interview.job if interview is not None else None
    findings = judging.judge(
        pairs,
        blinded(turns, name=name_in(room)),
        role=job.title if job is not None else str((room.briefing or {}).get("role", "")),
        stage=interview.stage if interview is not None else "",
        scope=f"interview:{interview.pk}" if interview is not None else "",
    )
    return counted(interview, turns, findings), [receipt.model_dump(mode="json") for receipt in findings.receipts]


def counted(interview: Interview | None, turns: Sequence[Turn], findings: judging.Findings) -> AnalysisResult:
    """The analysis that follows from what was found: every number in it is computed here."""
    communication = weighing.dimension(findings.pairs, weighing.COMMUNICATION, "communication")
    technical = weighing.dimension(findings.pairs, weighing.TECHNICAL, "skill and experience")
    cultural_fit = weighing.dimension(findings.pairs, weighing.CULTURAL_FIT, "ways of working together")
    score = weighing.overall(communication, technical, cultural_fit)
    if score is None:
        raise BrokenAnswer("The model judged nothing that counts.")
    confidence = weighing.confidence(findings.pairs, score=score, technical=technical, cultural_fit=cultural_fit)
    flags = [*findings.red_flags, *_orders([turn for turn in turns if turn.speaker == Speaker.CANDIDATE])]
    recommendation, flags, reasons = weighing.recommended(score, flags, confidence.score)
    for name, part in (("Technical", technical), ("Cultural fit", cultural_fit)):
        if part.score is None:
            reasons.append(f"{name}: {part.reason[0].lower()}{part.reason[1:]}")
    subject = _subject(interview, turns)
    return AnalysisResult(
        subject=subject,
        subject_note=_OF_PERSON if subject == "person" else _OF_AI,
        pairs=findings.pairs,
        overall_score=score,
        communication=communication,
        technical=technical,
        cultural_fit=cultural_fit,
        highlights=findings.highlights,
        red_flags=flags,
        areas_to_probe=findings.areas_to_probe,
        recommendation=recommendation,
        recommendation_reasons=reasons,
        confidence=confidence,
        summary=_summary(score, recommendation.label, confidence.reason, subject),
        notes=findings.notes,
    )


def shown(analysis: Analysis) -> Analytics:
    """An analysis as the API and the pages give it."""
    return Analytics(
        room_name=analysis.room.name,
        analysed_at=analysis.created_at.isoformat(),
        turns=analysis.turns,
        analysis=AnalysisResult.model_validate(analysis.result),
        speech=SpeechMetrics.model_validate(analysis.metrics),
    )


# --- in the background -----------------------------------------------------------------------------------------------
def queue(room: Room) -> None:
    """Have a room analysed in the background; asking twice is asking once."""
    with transaction.atomic():
        Room.objects.filter(pk=room.pk).exclude(analysis_state=AnalysisState.QUEUED).update(
            analysis_state=AnalysisState.QUEUED,
            analysis_reason="",
            analysis_attempts=0,
            analysis_lease_expires_at=None,
        )
        lifecycle.refresh_awaiting(room.pk)
        _announce(room.pk, AnalysisState.QUEUED, "")
        doorbell.ring_analyser(room.pk)


def waiting(limit: int = 100) -> list[UUID]:
    """Rooms that wait for their analysis and that no worker holds: what the sweep rings for."""
    return list(
        Room.objects.filter(_unclaimed())
        .order_by("analysis_lease_expires_at", "id")
        .values_list("id", flat=True)[:limit]
    )


def work(room_id: UUID) -> Analysis | None:
    """Take a queued room and analyse it; None where another worker has it, or nothing came of it.

    What can pass (a provider that is down) is tried again later, up to MOST_ATTEMPTS times.
    """
    claimed = Room.objects.filter(_unclaimed(), pk=room_id).update(
        analysis_lease_expires_at=timezone.now() + LEASE, analysis_attempts=F("analysis_attempts") + 1
    )
    if not claimed:
        return None
    room = Room.objects.select_related("candidate").get(pk=room_id)
    try:
        return _analyse(room, by_worker=True)
    except TooThin:
        return None
    except LLMError as error:
        logger.warning("room %s was not analysed (%s), attempt %s", room.pk, error.code, room.analysis_attempts)
        if not error.permanent and room.analysis_attempts < MOST_ATTEMPTS:
            _again(room)
        return None


def drain() -> int:
    """Analyse every room that waits; return how many analyses were made."""
    return sum(work(room_id) is not None for room_id in waiting())


def _unclaimed() -> Q:
    return Q(analysis_state=AnalysisState.QUEUED) & (
        Q(analysis_lease_expires_at=None) | Q(analysis_lease_expires_at__lt=timezone.now())
    )


def _again(room: Room) -> None:
    """Put a room that failed back into the queue, to be taken after a pause."""
    with transaction.atomic():
        Room.objects.filter(pk=room.pk, analysis_state=AnalysisState.FAILED).update(
            analysis_state=AnalysisState.QUEUED,
            analysis_lease_expires_at=timezone.now() + PAUSE * room.analysis_attempts,
        )
        _announce(room.pk, AnalysisState.QUEUED, "It failed and will be tried again.")


# --- the parts of one analysis ---------------------------------------------------------------------------------------
def _thick_enough(pairs: Sequence[Pair]) -> None:
    answered = [pair for pair in pairs if pair.state == "answered"]
    words = sum(pair.words for pair in answered)
    if len(answered) < LEAST_ANSWERS or words < LEAST_WORDS:
        questions = "1 question was" if len(answered) == 1 else f"{len(answered)} questions were"
        raise TooThin(
            f"Too thin to judge: {questions} answered, in {words} words. At least {LEAST_ANSWERS} answers and "
            f"{LEAST_WORDS} words are needed."
        )


def _subject(interview: Interview | None, turns: Sequence[Turn]) -> Literal["person", "ai_candidate"]:
    if interview is not None:
        return "ai_candidate" if interview.role == Role.INTERVIEWER else "person"
    by_agent = any(turn.by_agent for turn in turns if turn.speaker == Speaker.CANDIDATE)
    return "ai_candidate" if by_agent else "person"


def _orders(turns: Sequence[Turn]) -> list[RedFlag]:
    """Words to a model, found by code: they were withheld from it and move nothing, but a person should know."""
    return [
        RedFlag(
            code="prompt_injection",
            text=f"Speaks to a model instead of the interviewer. {order.why}",
            severity="medium",
            quote=order.quote,
            turn=order.turn,
            moves=False,
        )
        for order in orders_in(turns)
    ]


def _summary(score: int, recommendation: str, told: str, subject: str) -> str:
    about = "" if subject == "person" else " An AI played the candidate: this is practice."
    return f"Overall {score} of 100: {recommendation}. {told}{about}"


def keep(
    room: Room,
    interview: Interview | None,
    turns: Sequence[Turn],
    result: AnalysisResult,
    receipts: list[dict[str, Any]],
    *,
    by_worker: bool = False,
) -> Analysis:
    """Store an analysis of these turns, and hand its score to the candidate where a person answered."""
    with transaction.atomic():
        room_events.locked(room.pk)
        kept = room.analyses.first()
        if kept is not None and kept.turns >= len(turns):
            return kept  # another process was faster, or has read on: the newest one counts
        analysis = Analysis.objects.create(
            room=room,
            result=result.model_dump(mode="json"),
            metrics=speech_metrics.measure(turns).model_dump(mode="json"),
            turns=len(turns),
            receipts=receipts,
        )
        analysis.refresh_from_db(fields=["created_at"])
        _set_state(room, AnalysisState.DONE, "", turns=len(turns), by_worker=by_worker)
        _tell_candidate(room, interview, result)
    return analysis


def _tell_candidate(room: Room, interview: Interview | None, result: AnalysisResult) -> None:
    """Hand the score to the candidate who was interviewed; the recommendation too, unless a person has decided."""
    candidate = interview.candidate if interview is not None else room.candidate
    if candidate is None or result.subject != "person":
        return
    is_decided = interview is not None and Decision.objects.filter(interview=interview).exists()
    try:
        profiles.record_interview(
            candidate=candidate,
            score=result.overall_score,
            recommendation=None if is_decided else result.recommendation.value,
            actor=None,
            actor_label="Interview analysis",
        )
    except Gone:  # deleted in the meantime: the analysis stays with its room
        logger.info("the candidate of room %s is gone", room.pk)


def _unanalysed(room: Room, state: AnalysisState, reason: str, *, turns: int, by_worker: bool) -> None:
    """Say why there is no analysis. One that was made of fewer turns stays, and counts."""
    with transaction.atomic():
        room_events.locked(room.pk)
        if room.analyses.exists():
            state = AnalysisState.DONE
        _set_state(room, state, reason, turns=turns, by_worker=by_worker)


def _still_counts(room: Room, *, turns: int, by_worker: bool) -> None:
    """It was asked for again and nothing was said since: the room waits for nothing more."""
    with transaction.atomic():
        if room_events.locked(room.pk).analysis_state == AnalysisState.QUEUED:
            _set_state(room, AnalysisState.DONE, "", turns=turns, by_worker=by_worker)


def _set_state(room: Room, state: AnalysisState, reason: str, *, turns: int, by_worker: bool) -> None:
    """Set what came of an analysis of so many turns, unless the room waits for another one. The caller holds its lock.

    An interview may end, and be queued, while somebody has what was said so far analysed: what is owed then is an
    analysis of all of it, and a word about a part of it must not take that away.
    """
    now = Room.objects.only("analysis_state", "ended_at").get(pk=room.pk)
    if now.analysis_state == AnalysisState.QUEUED:
        is_behind = Turn.objects.filter(room_id=room.pk).count() > turns
        if not by_worker and (is_behind or state != AnalysisState.DONE):
            return  # a worker has it, or will
        if by_worker and is_behind and _is_over(now):
            Room.objects.filter(pk=room.pk).update(analysis_lease_expires_at=None)
            doorbell.ring_analyser(room.pk)
            return
    room.analysis_state, room.analysis_reason, room.analysis_lease_expires_at = state, reason, None
    room.save(update_fields=["analysis_state", "analysis_reason", "analysis_lease_expires_at"])
    lifecycle.refresh_awaiting(room.pk)
    _announce(room.pk, state, reason)


def _is_over(room: Room) -> bool:
    """Whether nothing more will be said: while people talk, an analysis is of what was said so far."""
    return room.ended_at is not None or Interview.objects.filter(room=room, status__in=ENDED).exists()


def _announce(room_id: UUID, state: AnalysisState, reason: str) -> None:
    # How somebody was judged is nothing for the candidate's page, nor that it was tried and failed.
    room_events.append(room_id, "analysis", {"state": state.value, "reason": reason}, audience=Audience.INTERVIEWER)
