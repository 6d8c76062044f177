"""Starting, ending and stopping interviews: everything that takes a room, an agent and a row together.

    started = interviewing.start(candidate=…, job=…, stage="screening", role=Role.CANDIDATE, medium=None, actor=user)
    interviewing.begin(interview)                                # the first turn, or somebody has come
    interviewing.end(interview, reason=EndReason.BY_PERSON)      # room closed, candidate completed, analysis queued

`end`, `cancel` and `fail` may be called twice, or by two processes at once: the first one counts.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates.models import Candidate, Job
from interviews import analysis, briefing, lifecycle, links, listing, personas, plans, rooms
from interviews.errors import WrongState
from interviews.lifecycle import begin, transition
from interviews.models import Interview, Room, Turn
from interviews.states import AGENT_FOR, ENDED, EndReason, InterviewState, Medium, ParticipantType, Role
from llm.errors import GreenroomError

__all__ = [
    "Started",
    "begin",
    "cancel",
    "end",
    "end_room",
    "fail",
    "prepare",
    "settle",
    "start",
    "status_of",
    "transition",
]

logger = logging.getLogger(__name__)

# How the AI is called in the room; that it is one is said beside it.
AI_INTERVIEWER = "AI interviewer"
UNNAMED_CANDIDATE, UNNAMED_RECRUITER = "Candidate", "Interviewer"

Traits = Sequence[str] | Literal["random"] | None


@dataclass(frozen=True, slots=True)
class Started:
    """An interview that was just made, and the token of the human it was made for."""

    interview: Interview
    room: Room
    token: rooms.Token


def start(
    *,
    candidate: Candidate,
    job: Job | None,
    stage: str,
    role: Role,
    medium: Medium | None,
    actor: User | None,
    traits: Traits = None,
    is_training: bool = False,
) -> Started:
    """Make an interview with its room, agent and the human's token; its status is scheduled until somebody speaks.

    `role` is the part of the human: an agent takes the other one. `medium` None is voice where it is configured, else
    text. Plan and persona are resolved now and stored, so that a later change of data does not change a running
    conversation. In training an AI candidate without chosen `traits` gets random ones; outside of training it hides
    nothing. Raises VoiceNotConfigured, or what plans.resolve raises for a stage that there is no plan for.
    """
    job = job if job is not None else candidate.job
    plan = plans.resolve(
        candidate=candidate, job=job, stage=stage, is_training=is_training and role == Role.INTERVIEWER
    )
    persona: dict[str, Any] = {}
    if role == Role.INTERVIEWER:
        hidden = (traits if traits is not None else "random") if is_training else None
        persona = personas.of(candidate, traits=hidden, seed=None).model_dump(mode="json")
    human = name_of(actor)
    who_is_interviewed = candidate.name or UNNAMED_CANDIDATE
    room = rooms.make(
        interviewer_name=human if role == Role.INTERVIEWER else AI_INTERVIEWER,
        candidate_name=who_is_interviewed,
        candidate=candidate,
        medium=medium,
        made_by=actor,
        agent_name=AGENT_FOR[role],
        metadata={"role": role.value, "agent_type": AGENT_FOR[role].value, "stage": stage},
    )
    try:
        with transaction.atomic():
            interview = Interview.objects.create(
                room=room,
                candidate=candidate,
                job=job,
                stage=stage,
                role=role,
                agent_type=AGENT_FOR[role],
                is_training=is_training and role == Role.INTERVIEWER,
                plan=plan.model_dump(mode="json"),
                persona=persona,
                made_by=actor,
            )
            lifecycle.refresh_standing(candidate.pk)
        interview.refresh_from_db(fields=["id", "created_at"])
        token = (
            rooms.admit(room, name=human, type=ParticipantType.INTERVIEWER)
            if role == Role.INTERVIEWER
            else rooms.admit(room, name=who_is_interviewed, type=ParticipantType.CANDIDATE)
        )
    except BaseException:
        # Nobody has the room's address yet: it must not stand there with an agent in it.
        rooms.close(room, reason=EndReason.AGENT_FAILED)
        raise
    return Started(interview, room, token)


def prepare(*, candidate: Candidate, actor: User, medium: Medium | None = None) -> tuple[Room, rooms.Token]:
    """A room for humans with the briefing filled in from what is known; interview_status becomes briefing."""
    room = rooms.make(
        interviewer_name=name_of(actor),
        candidate_name=candidate.name or UNNAMED_CANDIDATE,
        candidate=candidate,
        medium=medium,
        made_by=actor,
    )
    with transaction.atomic():
        briefing.write(room=room, briefing=briefing.of(candidate))
        lifecycle.refresh_standing(candidate.pk)
    return room, rooms.admit(room, name=name_of(actor), type=ParticipantType.INTERVIEWER)


def end(interview: Interview, *, reason: EndReason, actor: User | None = None) -> Interview:
    """Complete an interview: the room is closed, the candidate's status follows, and the analysis is queued.

    Where everybody stayed away or left (LEFT_EMPTY, EXPIRED) before a human said a word, it is cancelled instead:
    nobody was interviewed. One that has ended already is returned as it is.
    """
    if interview.status not in ENDED:
        nobody_there = reason in (EndReason.LEFT_EMPTY, EndReason.EXPIRED)
        unheard = nobody_there and not Turn.objects.filter(room_id=interview.room_id, by_agent=False).exists()
        to = InterviewState.CANCELLED if unheard else InterviewState.COMPLETED
        _stop(interview, to, reason=reason, actor=actor)
    _close(interview, reason)
    return interview


def end_room(room: Room, *, reason: EndReason, actor: User | None = None) -> None:
    """End a room, and the interview in it where there is one; a room that is over already stays as it is."""
    interview = Interview.objects.select_related("room").filter(room=room).first()
    if interview is not None:
        end(interview, reason=reason, actor=actor)
    elif room.ended_at is None:
        rooms.close(room, reason=reason)


def cancel(interview: Interview, *, actor: User | None = None) -> Interview:
    """Call an interview off: what was said stays, nothing is analysed. Raises WrongState where it was completed."""
    if interview.status != InterviewState.CANCELLED:
        _stop(interview, InterviewState.CANCELLED, reason=EndReason.BY_PERSON, actor=actor)
        if interview.status != InterviewState.CANCELLED:
            raise WrongState(f"This interview is “{interview.get_status_display()}” and can't be cancelled any more.")
    _close(interview, EndReason.BY_PERSON)
    return interview


def fail(interview: Interview, *, reason: EndReason = EndReason.AGENT_FAILED) -> Interview:
    """Stop an interview that can't go on. What was said stays, and can still be analysed by hand."""
    if interview.status not in ENDED:
        _stop(interview, InterviewState.FAILED, reason=reason, actor=None)
    _close(interview, reason)
    return interview


def settle() -> int:
    """Bring together what a killed process left apart; return how many interviews that were.

    A room that was closed ends its interview; an interview that has ended closes its room. Asks for open rows only.
    """
    settled = 0
    running = Interview.objects.filter(status__in=(InterviewState.SCHEDULED, InterviewState.ACTIVE))
    for interview in running.filter(room__ended_at__isnull=False).select_related("room")[:100]:
        room = interview.room
        is_late = room.ended_at is not None and room.expires_at <= room.ended_at
        settled += _try(interview, EndReason.EXPIRED if is_late else EndReason.LEFT_EMPTY)
    still_open = Interview.objects.filter(status__in=ENDED, room__ended_at=None)
    for interview in still_open.select_related("room")[:100]:
        settled += _try(interview, EndReason(interview.end_reason or EndReason.BY_PERSON))
    return settled


def status_of(interview: Interview) -> dict[str, Any]:
    """An interview as the API and the pages show it, JSON-ready. No query on what `listing.rows` gave, else one."""
    if not hasattr(interview, "overall_score"):
        interview = listing.rows().get(pk=interview.pk)
    found: Any = interview  # with what was annotated
    room, job = interview.room, interview.job
    return {
        "interview_id": str(interview.pk),
        "room_name": room.name,
        "candidate_id": str(interview.candidate_id),
        "candidate_name": interview.candidate.name,
        "job_id": str(job.pk) if job else None,
        "job_title": job.title if job else None,
        "stage": interview.stage,
        "plan_name": found.plan_name,
        "role": interview.role,
        "agent_type": interview.agent_type,
        "medium": room.medium,
        "status": interview.status,
        "end_reason": interview.end_reason or None,
        "is_training": interview.is_training,
        "flags": interview.flags,
        "analysis_state": room.analysis_state,
        "analysis_reason": room.analysis_reason or None,
        "overall_score": found.overall_score,
        "recommendation": found.recommendation,
        "decision": found.decision,
        "created_at": interview.created_at.isoformat(),
        "started_at": interview.started_at.isoformat() if interview.started_at else None,
        "ended_at": interview.ended_at.isoformat() if interview.ended_at else None,
        "expires_at": room.expires_at.isoformat(),
    }


def name_of(person: User | None) -> str:
    """How a recruiter is called in a room. Never the e-mail address: candidates see this."""
    return (person.name if person is not None else "") or UNNAMED_RECRUITER


def _stop(interview: Interview, to: InterviewState, *, reason: EndReason, actor: User | None) -> None:
    """Move to a terminal status, once: whoever comes second finds it done."""
    try:
        with transaction.atomic():
            transition(interview, to, reason=reason, ended_at=timezone.now())
            if to == InterviewState.COMPLETED:
                analysis.queue(interview.room)
    except WrongState:
        interview.refresh_from_db(fields=["status", "end_reason", "started_at", "ended_at"])
        if interview.status not in ENDED:
            # It began in between; a second look at the same row decides.
            _stop(interview, to, reason=reason, actor=actor)
        return
    if actor is not None:
        logger.info("interview %s: %s by %s", interview.pk, to.value, actor.pk)


def _close(interview: Interview, reason: EndReason) -> None:
    """Close the room. Where LiveKit does not answer, the interview has ended all the same, and the sweep closes."""
    links.close(interview)
    if interview.room.ended_at is not None:
        return
    try:
        rooms.close(interview.room, reason=reason)
    except GreenroomError as error:
        logger.warning("the room of interview %s could not be closed (%s)", interview.pk, error.code)


def _try(interview: Interview, reason: EndReason) -> int:
    try:
        end(interview, reason=reason)
    except GreenroomError as error:
        logger.warning("interview %s could not be settled (%s)", interview.pk, error.code)
        return 0
    return 1
