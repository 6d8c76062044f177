"""Bring the two sample interviews in: what was said is written down here, what follows from it is computed as always.

No model is asked: the levels and quotes that one would have given stand beside the words, and go through the same
checks and the same counting as a model's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from candidates.demo import jobs
from candidates.models import Candidate, Job
from interviews import interviewing, lifecycle, personas, plans, transcript
from interviews.analysis import judging, keeping
from interviews.analysis.answers import Judgement
from interviews.analysis.pairing import pairs_of
from interviews.debriefing import telling
from interviews.debriefing.answers import Debrief
from interviews.models import Hint, Interview, Participant, Room, Turn
from interviews.schemas import Plan, PlanQuestion, Progress, QuestionResult, StageResult
from interviews.spoken import blinded, name_in
from interviews.states import AGENT_FOR, EndReason, InterviewState, Medium, ParticipantType, Role, Speaker

STAGE = "screening"
# How fast people speak, in words a second, and how long they wait before they answer, in seconds.
_WORDS_A_SECOND, _PAUSE_SECONDS = 2.5, 1.4


@dataclass(frozen=True)
class Sample:
    """One sample interview: the file of its words, and how it was held."""

    file: str
    role: Role
    medium: Medium
    job_title: str
    days_ago: float
    is_training: bool = False

    @property
    def room_name(self) -> str:
        """By this name a sample that was loaded is known again."""
        return f"room-sample-{self.file}"


SAMPLES = (
    Sample("screening", Role.CANDIDATE, Medium.VOICE, jobs.ENGINEER.title, days_ago=1.2),
    Sample("training", Role.INTERVIEWER, Medium.TEXT, jobs.ACCOUNT_EXECUTIVE.title, days_ago=0.4, is_training=True),
)


def is_loaded() -> bool:
    """Whether all samples are there."""
    return Room.objects.filter(name__in=[sample.room_name for sample in SAMPLES]).count() == len(SAMPLES)


def load(*, recruiter: User) -> int:
    """Load the samples that are not there; return how many interviews were loaded.

    Each is held with the best candidate of its job. For the second best a room is made, with the briefing filled in.
    """
    loaded = 0
    for sample in SAMPLES:
        best = _best(sample)
        if best and not Room.objects.filter(name=sample.room_name).exists():
            with transaction.atomic():
                _load(sample, best[0], recruiter)
            loaded += 1
            if len(best) > 1:
                interviewing.prepare(candidate=best[1], actor=recruiter, medium=Medium.TEXT)
    return loaded


def _best(sample: Sample) -> list[Candidate]:
    """The best two candidates of the sample's job."""
    job = Job.objects.filter(title=sample.job_title).order_by("created_at").first()
    if job is None:
        return []
    return list(Candidate.objects.live().select_related("job").filter(job=job).order_by("-rank", "id")[:2])


def _load(sample: Sample, candidate: Candidate, recruiter: User) -> None:
    written = json.loads((Path(__file__).parent / f"{sample.file}.json").read_text())
    began = timezone.now() - timedelta(days=sample.days_ago)
    plan = _plan(candidate, written["own_questions"])
    room = _room(sample, candidate, recruiter, began)
    turns = _turns(sample, room, written["turns"], began)
    ended = turns[-1].ended_at + timedelta(seconds=4)
    Room.objects.filter(pk=room.pk).update(ended_at=ended)
    room.ended_at = ended
    is_person = sample.role == Role.CANDIDATE
    interview = Interview.objects.create(
        room=room,
        candidate=candidate,
        job=candidate.job,
        stage=STAGE,
        role=sample.role,
        agent_type=AGENT_FOR[sample.role],
        status=InterviewState.COMPLETED,
        is_training=sample.is_training,
        plan=plan.model_dump(mode="json"),
        persona={}
        if is_person
        else personas.of(candidate, traits=written["traits"], seed=None).model_dump(mode="json"),
        progress=_progress(plan, turns).model_dump(mode="json"),
        end_reason=EndReason.FINISHED if is_person else EndReason.BY_PERSON,
        made_by=recruiter,
        created_at=room.created_at,
        started_at=began,
        ended_at=ended,
    )
    _participants(sample, room, candidate, recruiter, began, ended)
    _judge(room, interview, turns, written)
    lifecycle.refresh_standing(candidate.pk)


def _plan(candidate: Candidate, own: list[dict[str, str]]) -> Plan:
    """The general plan, with the sample's own questions for the role."""
    plan = plans.resolve(candidate=candidate, job=None, stage=STAGE)
    questions = [PlanQuestion.model_validate(one) for one in own]
    stages = [
        stage.model_copy(update={"questions": questions}) if stage.kind == "role_specific" else stage
        for stage in plan.stages
    ]
    return plan.model_copy(update={"stages": stages})


def _room(sample: Sample, candidate: Candidate, recruiter: User, began: datetime) -> Room:
    made = began - timedelta(minutes=2)
    human = recruiter.name or "Interviewer"
    return Room.objects.create(
        name=sample.room_name,
        medium=sample.medium,
        interviewer_name=human if sample.role == Role.INTERVIEWER else "AI interviewer",
        candidate_name=(candidate.name or "Candidate")[:200],
        candidate=candidate,
        made_by=recruiter,
        agent_name=AGENT_FOR[sample.role],
        metadata={"role": sample.role.value},
        created_at=made,
        expires_at=made + timedelta(hours=2),
        started_at=began,
    )


def _turns(sample: Sample, room: Room, written: list[dict[str, Any]], began: datetime) -> list[Turn]:
    """The turns, timed as if they had been spoken at an even pace."""
    agent = Speaker.INTERVIEWER if sample.role == Role.CANDIDATE else Speaker.CANDIDATE
    at = began
    turns = []
    for number, one in enumerate(written, start=1):
        speaker = Speaker(one["by"])
        at += timedelta(seconds=_PAUSE_SECONDS)
        started, at = at, at + timedelta(seconds=len(one["text"].split()) / _WORDS_A_SECOND)
        turns.append(
            Turn(
                room=room,
                number=number,
                speaker=speaker,
                by_agent=speaker == agent,
                text=one["text"],
                key=f"sample-{number}",
                started_at=started,
                ended_at=at,
                medium=sample.medium,
                stage=one.get("stage", ""),
                question=one.get("question", ""),
                is_follow_up=one.get("follow_up", False),
            )
        )
    Turn.objects.bulk_create(turns)
    return transcript.of(room.pk)


def _progress(plan: Plan, turns: list[Turn]) -> Progress:
    """Where a conversation stands that went through the plan: each question with the turn that answered it last."""
    answered: dict[str, QuestionResult] = {}
    asked = ""
    for turn in turns:
        if turn.speaker == Speaker.INTERVIEWER and turn.question:
            asked = turn.question
            known = answered.get(asked)
            followed_up = turn.is_follow_up or (known is not None and known.followed_up)
            answered[asked] = QuestionResult(question=asked, answered="full", followed_up=followed_up)
        elif turn.speaker == Speaker.CANDIDATE and asked in answered:
            answered[asked].turn = turn.number
    results = [
        StageResult(stage=stage.key, questions=[answered[one.key] for one in stage.questions if one.key in answered])
        for stage in plan.stages
    ]
    return Progress(results=results if answered else [], is_over=bool(answered), end_reason=EndReason.FINISHED)


def _participants(
    sample: Sample, room: Room, candidate: Candidate, recruiter: User, began: datetime, ended: datetime
) -> None:
    human = ParticipantType.CANDIDATE if sample.role == Role.CANDIDATE else ParticipantType.INTERVIEWER
    name = candidate.name if human == ParticipantType.CANDIDATE else recruiter.name
    for type_, called in ((human, name or human.label), (ParticipantType.AGENT, AGENT_FOR[sample.role].label)):
        Participant.objects.create(
            room=room,
            identity=f"{type_.value}-sample",
            name=called[:200],
            type=type_,
            joined_at=began,
            left_at=ended,
        )


def _judge(room: Room, interview: Interview, turns: list[Turn], written: dict[str, Any]) -> None:
    """Hints, analysis and debrief, from the levels and quotes that stand beside the words."""
    by_number = {turn.number: turn for turn in turns}
    for hint in written.get("hints", []):
        Hint.objects.create(**{**hint, "turn": by_number[hint["turn"]]})
    pairs = pairs_of(turns, plan=interview.plan, progress=interview.progress)
    answered = [pair for pair in pairs if pair.state == "answered"]
    judgement = Judgement.model_validate(written["judgement"])
    findings = judging.checked(pairs, blinded(turns, name=name_in(room)), [(answered, judgement)])
    result = keeping.counted(interview, turns, findings)
    keeping.keep(room, interview, turns, result, [])
    answer = Debrief.model_validate(written["debrief"])
    telling.keep(room, interview, turns, answer, analysed=result, notes=[], receipts=[])
