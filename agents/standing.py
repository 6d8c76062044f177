"""Where one interview stands: the plan, and how far it has come."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from agents import talk as talks
from agents.deciding import Act, Clock, Decision
from agents.talk import Moved, Talk
from candidates import rows
from interviews import interviewing, transcript
from interviews.errors import InterviewNotFound
from interviews.models import Interview, Turn
from interviews.schemas import Persona, Plan, Progress
from interviews.states import ENDED, AgentType, EndReason, InterviewState, Speaker

# A pause longer than this is no talking: whoever leaves a typed interview and comes back has lost no time.
LONGEST_PAUSE_SECONDS = 180.0
# So much of a question's words must have been heard (0–1), or it was not asked.
HEARD_ENOUGH = 0.75
_WORD = re.compile(r"\w+")

Reply = talks.Reply[Decision]
Spoken = talks.Spoken[Progress]


class Conversation(Talk[Progress, Decision]):
    """One interview, while somebody talks in it."""

    def __init__(self, interview: Interview, turns: list[Turn]) -> None:
        super().__init__(interview.room, turns)
        self.interview_id: UUID = interview.pk
        self.agent_type = AgentType(interview.agent_type)
        self.is_training: bool = interview.is_training
        self.candidate_name: str = " ".join((interview.candidate.name or "").split())
        self.job_title: str = interview.job.title if interview.job else ""
        self.job_description: str = interview.job.description if interview.job else ""
        self.plan = Plan.model_validate(interview.plan)
        self.persona = Persona.model_validate(interview.persona) if interview.persona else None
        self.progress = Progress.model_validate(interview.progress)
        self.status = interview.status

    @classmethod
    def load(cls, subject_id: UUID) -> Self:
        """Read everything from its rows, in two queries. Raises InterviewNotFound."""
        interview = (
            Interview.objects.select_related("room", "candidate", "job")
            .only(
                *("agent_type", "status", "is_training", "plan", "persona", "progress"),
                *("room__medium", "room__recording", "candidate__name", "job__title", "job__description"),
            )
            .filter(pk=subject_id)
            .first()
        )
        if interview is None:
            raise InterviewNotFound("There is no such interview.")
        return cls(interview, transcript.of(interview.room_id))

    # --- who and where
    @property
    def agent_speaker(self) -> Speaker:
        """The part that the agent takes."""
        return Speaker.CANDIDATE if self.agent_type == AgentType.CANDIDATE else Speaker.INTERVIEWER

    @property
    def human_speaker(self) -> Speaker:
        """The part that the human takes."""
        return Speaker.INTERVIEWER if self.agent_type == AgentType.CANDIDATE else Speaker.CANDIDATE

    @property
    def scope(self) -> str:
        """Whose money the model calls are."""
        return f"interview:{self.interview_id}"

    @property
    def first_name(self) -> str:
        return self.candidate_name.split(" ")[0] if self.candidate_name else ""

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to say."""
        return self.progress.is_over or self.status in ENDED

    # --- what was said

    @property
    def end_reason(self) -> EndReason | None:
        """Why it is over, where the plan tells."""
        return (self.progress.end_reason or EndReason.FINISHED) if self.progress.is_over else None

    def clock(self) -> Clock:
        """Minutes of talking so far, long pauses cut short."""
        total = stage = 0.0
        in_stage = False
        moments: list[tuple[datetime, str]] = [(turn.ended_at, turn.stage) for turn in self.turns]
        moments.append((timezone.now(), ""))
        for (before, opened), (after, _) in itertools.pairwise(moments):
            in_stage = in_stage or bool(opened and opened == self.progress.stage)
            seconds = min(LONGEST_PAUSE_SECONDS, max(0.0, (after - before).total_seconds()))
            total += seconds
            stage += seconds if in_stage else 0.0
        return Clock(total=total / 60, stage=stage / 60)

    # --- what is stored
    def _moved(self, reply: Reply | None, words: str, *, interrupted: bool) -> Moved[Progress]:
        decision = reply.decision if reply is not None else None
        if reply is None or decision is None:
            return Moved()
        asked = decision.asks.text if decision.asks is not None else reply.text
        was_heard = not interrupted or was_said(asked, words)
        question = decision.question if was_heard and decision.act in (Act.ASK, Act.FOLLOW_UP) else None
        return Moved(
            progress=decision.progress if was_heard else decision.unheard,
            stage=decision.stage.key if question is not None and decision.stage else "",
            question=question.key if question is not None else "",
            is_follow_up=question is not None and decision.act is Act.FOLLOW_UP,
        )

    def _record(self, spoken: Spoken) -> tuple[Turn, bool]:
        return transcript.record(room_id=self.room_id, said=spoken.said, progress=spoken.progress)

    def _rows(self) -> QuerySet[Interview]:
        return Interview.objects.filter(pk=self.interview_id)

    def _read(self, stored: Any) -> Progress:
        return Progress.model_validate(stored)

    def _begun(self) -> None:
        """The first turn that is stored begins the interview."""
        if self.status == InterviewState.SCHEDULED:
            self.status = InterviewState.ACTIVE

    async def end(self, reason: EndReason) -> None:
        """End the interview: the room closes with it."""
        if self.status not in ENDED:
            self.status = await rows.ask(_end, self.interview_id, reason)

    def stage_data(self, progress: Progress) -> dict[str, Any] | None:
        """The open stage as its event tells it; None where none is open."""
        if not progress.stage:
            return None
        keys = [stage.key for stage in self.plan.stages]
        label = next((stage.label for stage in self.plan.stages if stage.key == progress.stage), "")
        position = keys.index(progress.stage) + 1 if progress.stage in keys else len(keys)
        return {"stage": progress.stage, "label": label, "position": position, "of": len(keys)}


def _end(interview_id: UUID, reason: EndReason) -> str:
    interview = Interview.objects.select_related("room").get(pk=interview_id)
    return interviewing.end(interview, reason=reason).status


def was_said(asked: str, heard: str) -> bool:
    """Whether most of what was asked stands in what was heard."""
    wanted = Counter(_WORD.findall(asked.casefold()))
    there = wanted & Counter(_WORD.findall(heard.casefold()))
    return there.total() >= HEARD_ENOUGH * wanted.total()
