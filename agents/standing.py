"""Where one conversation stands: read from its rows, moved by what is said, and written back turn by turn.

Nothing of it has to outlive a process. Whoever comes next reads the same rows and goes on: turns are there or not, and
the progress stands in the same transaction as the turn that moved it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from livekit.agents import llm as livekit_llm

from agents import rows
from agents.deciding import Act, Clock, Decision
from interviews import interviewing, room_events, transcript
from interviews.errors import InterviewNotFound, RoomOver
from interviews.models import Interview, Turn
from interviews.schemas import Persona, Plan, PlanQuestion, Progress
from interviews.states import ENDED, AgentType, EndReason, InterviewState, Medium, Speaker
from interviews.transcript import Said
from llm.errors import LLMError

# A pause longer than this is no talking: whoever leaves a typed interview and comes back has lost no time.
LONGEST_PAUSE_SECONDS = 180.0
# So much of a question's words must have been heard (0–1), or it was not asked.
HEARD_ENOUGH = 0.75
# Turns that go to the model; more only make it slower, and what stands further back is kept in the progress.
MOST_TURNS_SENT = 40
MOST_CHARACTERS_SENT = 24_000
MOST_FLAGS = 50
# Messages of a session that come from stored turns begin with this; what else it holds was said since.
STORED = "turn-"
# And the keys of turns that were messages of a session.
SPOKEN = "voice:"
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Reply:
    """A turn of the agent that is being made: what was decided, and its words as they go out."""

    key: str
    decision: Decision | None = None
    text: str = ""
    receipt: dict[str, Any] | None = None
    # What a person should look at: (code, words that show it, number of the turn that they stand in).
    flags: list[tuple[str, str, int]] = field(default_factory=list)
    # Why nothing could be said; the human's turn stays unanswered then, and can be answered later.
    error: LLMError | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn of the agent that was said, as `Conversation.store` writes it."""

    said: Said
    progress: Progress | None
    flags: list[tuple[str, str, int]]
    stage: dict[str, Any] | None
    turn: Turn


class Conversation:
    """One interview, while somebody talks in it. Made by `load` or `open`; belongs to one event loop."""

    def __init__(self, interview: Interview, turns: list[Turn]) -> None:
        room = interview.room
        self.interview_id: UUID = interview.pk
        self.room_id: UUID = interview.room_id
        self.agent_type = AgentType(interview.agent_type)
        self.medium = Medium(room.medium)
        self.recording: bool = room.recording
        self.is_training: bool = interview.is_training
        self.candidate_name: str = " ".join((interview.candidate.name or "").split())
        self.job_title: str = interview.job.title if interview.job else ""
        self.job_description: str = interview.job.description if interview.job else ""
        self.plan = Plan.model_validate(interview.plan)
        self.persona = Persona.model_validate(interview.persona) if interview.persona else None
        self.progress = Progress.model_validate(interview.progress)
        self.status: str = interview.status
        self.turns = turns
        self.pending: Reply | None = None
        # Messages of the running session that were stored by it.
        self.heard: set[str] = set()
        # Called with each piece of the agent's words as it comes: the key that the turn will have, the words, and how
        # many characters came before.
        self.on_piece: Callable[[str, str, int], None] | None = None
        # Called after each of the agent's turns was stored, with where the interview stands now.
        self.on_moved: Callable[[Progress], None] | None = None

    @classmethod
    def load(cls, interview_id: UUID) -> Conversation:
        """Read everything from its rows, in two queries. Raises InterviewNotFound."""
        interview = (
            Interview.objects.select_related("room", "candidate", "job")
            .only(
                *("agent_type", "status", "is_training", "plan", "persona", "progress"),
                *("room__medium", "room__recording", "candidate__name", "job__title", "job__description"),
            )
            .filter(pk=interview_id)
            .first()
        )
        if interview is None:
            raise InterviewNotFound("There is no such interview.")
        return cls(interview, transcript.of(interview.room_id))

    @classmethod
    async def open(cls, interview_id: UUID) -> Conversation:
        """`load` for asynchronous code."""
        return await rows.ask(cls.load, interview_id)

    @classmethod
    def take_up(cls, interview_id: UUID, *, text: str, key: str) -> tuple[Conversation, Turn | None]:
        """`load`, and store what was typed unless it is there already; return both. One visit to the database.

        Raises InterviewNotFound, and RoomOver where something new was typed into an interview that has ended.
        """
        conversation = cls.load(interview_id)
        if not text:
            return conversation, None
        heard = next((turn for turn in conversation.turns if turn.key == key), None)
        if heard is None:
            if conversation.is_over:
                raise RoomOver("This interview has ended.")
            said = Said(key=key, speaker=conversation.human_speaker, text=text)
            heard, _ = transcript.record(room_id=conversation.room_id, said=said)
            conversation.turns.append(heard)
            conversation._begun()
        return conversation, heard

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
    def unanswered(self) -> list[Turn]:
        """The human's turns since the agent last spoke."""
        found: list[Turn] = []
        for turn in reversed(self.turns):
            if turn.by_agent:
                break
            if turn.speaker == self.human_speaker:
                found.append(turn)
        return found[::-1]

    @property
    def words(self) -> str:
        """What the human said since the agent last spoke, as one text."""
        return "\n".join(turn.text for turn in self.unanswered)

    @property
    def reply_key(self) -> str:
        """The key of the next turn of the agent in a typed conversation: the same one for whoever answers."""
        return f"reply-to-{self.turns[-1].number}" if self.turns else "opening"

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

    def recent(self) -> list[Turn]:
        """The latest turns, as many as go to a model."""
        found: list[Turn] = []
        left = MOST_CHARACTERS_SENT
        for turn in reversed(self.turns[-MOST_TURNS_SENT:]):
            left -= len(turn.text)
            if left < 0 and found:
                break
            found.append(turn)
        return found[::-1]

    def chat_context(self) -> livekit_llm.ChatContext:
        """The stored turns as a session's history."""
        context = livekit_llm.ChatContext.empty()
        for turn in self.turns:
            context.add_message(
                id=f"{STORED}{turn.number}",
                role="assistant" if turn.by_agent else "user",
                content=turn.text,
                created_at=turn.ended_at.timestamp(),
            )
        return context

    # --- what is stored
    async def hear(
        self,
        text: str,
        *,
        key: str,
        medium: Medium = Medium.TEXT,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
    ) -> tuple[Turn, bool]:
        """Store a finished turn of the human; return it, and whether it is new. Raises RoomOver."""
        said = Said(
            key=key,
            speaker=self.human_speaker,
            text=text,
            medium=medium,
            started_at=started_at,
            ended_at=ended_at,
        )
        turn, is_new = await rows.ask(transcript.record, room_id=self.room_id, said=said)
        if all(known.number != turn.number for known in self.turns):
            self.turns.append(turn)
        self._begun()
        return turn, is_new

    def spoken(
        self,
        text: str | None = None,
        *,
        key: str | None = None,
        interrupted: bool = False,
        medium: Medium = Medium.TEXT,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
    ) -> Spoken | None:
        """The agent's turn has ended: go on from there, and return what `store` has to write.

        `text` is what was heard of it where it was `interrupted`; without one it is what was generated. A question of
        which too little was heard was not asked, and comes again. Returns None where nothing was said.
        """
        reply, self.pending = self.pending, None
        words = ((reply.text if reply is not None else "") if text is None else text).strip()
        if not words:
            return None
        decision = reply.decision if reply is not None else None
        progress: Progress | None = None
        question: PlanQuestion | None = None
        if decision is not None:
            asked = decision.asks.text if decision.asks is not None else reply.text if reply is not None else ""
            was_heard = not interrupted or _was_heard(asked, words)
            progress = decision.progress if was_heard else decision.unheard
            question = decision.question if was_heard and decision.act in (Act.ASK, Act.FOLLOW_UP) else None
        said = Said(
            key=key or (reply.key if reply is not None else self.reply_key),
            speaker=self.agent_speaker,
            text=words,
            by_agent=True,
            started_at=started_at,
            ended_at=ended_at,
            medium=medium,
            interrupted=interrupted,
            stage=decision.stage.key if question is not None and decision is not None and decision.stage else "",
            question=question.key if question is not None else "",
            is_follow_up=question is not None and decision is not None and decision.act is Act.FOLLOW_UP,
            receipt=reply.receipt if reply is not None else None,
        )
        entered = progress is not None and bool(progress.stage) and progress.stage != self.progress.stage
        # Until the row is there, this stands for it: what is said meanwhile comes after it.
        turn = Turn(
            number=self.turns[-1].number + 1 if self.turns else 1,
            **{name: getattr(said, name) for name in ("key", "speaker", "text", "by_agent", "stage", "question")},
            ended_at=said.ended_at or timezone.now(),
        )
        self.turns.append(turn)
        self.progress = progress or self.progress
        return Spoken(
            said=said,
            progress=progress,
            flags=reply.flags if reply is not None else [],
            stage=self.stage_data(progress) if progress is not None and entered else None,
            turn=turn,
        )

    async def store(self, spoken: Spoken) -> Turn:
        """Write a turn of the agent with where the interview stands after it. May be tried again. Raises RoomOver."""
        turn, progress = await rows.ask(self._store, spoken)
        self.turns = [turn if known is spoken.turn else known for known in self.turns]
        self._begun()
        if progress is not None:  # another process had said this turn: what it has stored counts
            self.progress = progress
        if self.on_moved is not None:
            self.on_moved(self.progress)
        return turn

    def _begun(self) -> None:
        """The first turn that is stored begins the interview."""
        if self.status == InterviewState.SCHEDULED:
            self.status = InterviewState.ACTIVE

    def _store(self, spoken: Spoken) -> tuple[Turn, Progress | None]:
        with transaction.atomic():
            turn, is_new = transcript.record(room_id=self.room_id, said=spoken.said, progress=spoken.progress)
            if is_new and spoken.flags:
                self._raise_flags(spoken.flags)
            if is_new and spoken.stage is not None:
                room_events.append(self.room_id, "stage", spoken.stage, is_locked=True)
        if is_new:
            return turn, None
        stored = Interview.objects.values_list("progress", flat=True).get(pk=self.interview_id)
        return turn, Progress.model_validate(stored)

    async def finish(self) -> None:
        """End the interview, where its plan is over: the room closes, so in a room only after the last words."""
        if self.progress.is_over and self.status not in ENDED:
            self.status = await rows.ask(_end, self.interview_id, self.progress.end_reason or EndReason.FINISHED)

    def _raise_flags(self, flags: list[tuple[str, str, int]]) -> None:
        interview = Interview.objects.select_for_update(no_key=True).only("flags").get(pk=self.interview_id)
        raised = list(interview.flags)
        for code, quote, turn in flags:
            one = {"code": code, "turn": turn, "quote": quote}
            if one not in raised and len(raised) < MOST_FLAGS:
                raised.append(one)
        Interview.objects.filter(pk=self.interview_id).update(flags=raised)

    def stage_data(self, progress: Progress) -> dict[str, Any]:
        """The open stage as its event tells it."""
        keys = [stage.key for stage in self.plan.stages]
        label = next((stage.label for stage in self.plan.stages if stage.key == progress.stage), "")
        position = keys.index(progress.stage) + 1 if progress.stage in keys else len(keys)
        return {"stage": progress.stage, "label": label, "position": position, "of": len(keys)}


def _end(interview_id: UUID, reason: EndReason) -> str:
    interview = Interview.objects.select_related("room").get(pk=interview_id)
    return interviewing.end(interview, reason=reason).status


def _was_heard(asked: str, heard: str) -> bool:
    """Whether most of what was asked stands in what was heard."""
    wanted = Counter(_WORD.findall(asked.casefold()))
    there = wanted & Counter(_WORD.findall(heard.casefold()))
    return there.total() >= HEARD_ENOUGH * wanted.total()
