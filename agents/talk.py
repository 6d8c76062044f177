"""What is said in one room while an agent talks in it: read from its rows, and written back turn by turn.

Nothing of it has to outlive a process. Whoever comes next reads the same rows and goes on: turns are there or not, and
where the talk stands is stored in the same transaction as the turn that moved it. What kind of talk it is (an
interview, an intake) is for its subclass to know.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from livekit.agents import llm as livekit_llm
from pydantic import BaseModel

from candidates import rows
from interviews import room_events, transcript
from interviews.models import Room, Turn
from interviews.states import EndReason, Medium, Speaker
from interviews.transcript import Said

# Turns that go to the model; more only make it slower, and what stands further back is kept in the progress.
MOST_TURNS_SENT = 40
MOST_CHARACTERS_SENT = 24_000
MOST_FLAGS = 50
# Messages of a session that come from stored turns begin with this; what else it holds was said since.
STORED = "turn-"
# And the keys of turns that were messages of a session.
SPOKEN = "voice:"
# Keys that turns of an agent have; a person's words get none of them.
_OWN_KEYS = (STORED, SPOKEN, "reply-to-", "silence-", "opening")

# Where a talk stands, as it is stored; and what is decided for a turn of it.
P = TypeVar("P", bound=BaseModel)
D = TypeVar("D")


@dataclass(slots=True)
class Reply(Generic[D]):
    """A turn of the agent that is being made: what was decided, and its words as they go out."""

    key: str
    decision: D | None = None
    text: str = ""
    receipt: dict[str, Any] | None = None
    # What a person should look at: (code, words that show it, number of the turn that they stand in).
    flags: list[tuple[str, str, int]] = field(default_factory=list)
    # Why nothing could be said; the human's turn stays unanswered then, and can be answered later.
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Moved(Generic[P]):
    """Where a talk stands after a turn of the agent, and which question that turn opened."""

    progress: P | None = None
    stage: str = ""
    question: str = ""
    is_follow_up: bool = False


@dataclass(frozen=True, slots=True)
class Spoken(Generic[P]):
    """A turn of the agent that was said, as `Talk.store` writes it."""

    said: Said
    progress: P | None
    flags: list[tuple[str, str, int]]
    stage: dict[str, Any] | None
    turn: Turn


def is_reserved(key: str) -> bool:
    """Whether a key is one that turns of agents, or of a running session, have. No person's words may take it."""
    return key.startswith(_OWN_KEYS)


class Talk(ABC, Generic[P, D]):
    """One talk, while somebody talks in it. Made by `load` or `open`; belongs to one event loop."""

    # The language that fixed words are said in.
    language: str = "en"
    progress: P
    # As the page's `status` event tells it.
    status: str

    def __init__(self, room: Room, turns: list[Turn]) -> None:
        self.room_id: UUID = room.pk
        self.medium = Medium(room.medium)
        self.recording: bool = room.recording
        self.turns = turns
        self.pending: Reply[D] | None = None
        # Held in its room, where the agent speaks first; not so for a turn that is typed, whatever the room's medium.
        self.is_aloud = False
        # Messages of the running session that were stored by it.
        self.heard: set[str] = set()
        # Awaited before a turn of the human is stored: what the agent has said and is still being written comes first.
        self.before_hearing: Callable[[], Awaitable[None]] | None = None
        # Called with each piece of the agent's words as it comes: the key that the turn will have, the words, and how
        # many characters came before.
        self.on_piece: Callable[[str, str, int], None] | None = None
        # Called after each of the agent's turns was stored, with where the talk stands now.
        self.on_moved: Callable[[P], None] | None = None

    # --- what kind of talk it is
    @classmethod
    @abstractmethod
    def load(cls, subject_id: UUID) -> Self:
        """Read everything from its rows."""

    @property
    @abstractmethod
    def agent_speaker(self) -> Speaker:
        """The part that the agent takes."""

    @property
    @abstractmethod
    def human_speaker(self) -> Speaker:
        """The part that the human takes."""

    @property
    @abstractmethod
    def scope(self) -> str:
        """Whose money the model calls are, and how logs call this talk."""

    @property
    @abstractmethod
    def is_over(self) -> bool:
        """Whether there is nothing more to say."""

    @property
    @abstractmethod
    def end_reason(self) -> EndReason | None:
        """Why it is over, where its progress tells."""

    @abstractmethod
    async def end(self, reason: EndReason) -> None:
        """End it and close its room, unless it has ended."""

    @abstractmethod
    def stage_data(self, progress: P) -> dict[str, Any] | None:
        """How far it has come, as its `stage` event tells it; None where there is nothing to tell yet."""

    @abstractmethod
    def _rows(self) -> QuerySet[Any]:
        """The row, locked by nothing, that holds `progress` and `flags`."""

    @abstractmethod
    def _read(self, stored: Any) -> P:
        """Where it stands, from what the row holds."""

    @abstractmethod
    def _record(self, spoken: Spoken[P]) -> tuple[Turn, bool]:
        """Store a turn of the agent with the progress after it; return the turn, and whether it is new."""

    @abstractmethod
    def _moved(self, reply: Reply[D] | None, words: str, *, interrupted: bool) -> Moved[P]:
        """What follows from a turn of which `words` were heard."""

    @abstractmethod
    def _begun(self) -> None:
        """A turn was stored, which may be the first."""

    # --- how it is come by
    @classmethod
    async def open(cls, subject_id: UUID) -> Self:
        """`load` for asynchronous code."""
        return await rows.ask(cls.load, subject_id)

    @classmethod
    def take_up(cls, subject_id: UUID, *, text: str, key: str) -> tuple[Self, Turn | None]:
        """`load`, and store what was typed unless it is there already; return both. One visit to the database.

        There is no turn where nothing was typed, nor for something new in a talk that is over. Raises what `load`
        raises, and RoomOver.
        """
        talk = cls.load(subject_id)
        if not text:
            return talk, None
        heard = next((turn for turn in talk.turns if turn.key == key), None)
        if heard is None and not talk.is_over:
            said = Said(key=key, speaker=talk.human_speaker, text=text)
            heard, _ = transcript.record(room_id=talk.room_id, said=said)
            talk.turns.append(heard)
            talk._begun()
        return talk, heard

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

    def has(self, key: str) -> bool:
        """Whether a turn with this key was stored, as far as this process knows."""
        return any(turn.key == key for turn in self.turns)

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
        if self.before_hearing is not None:
            await self.before_hearing()
        turn, is_new = await rows.ask(self._hear, said)
        if not self.has(turn.key):
            self.turns.append(turn)
        self._begun()
        return turn, is_new

    def _hear(self, said: Said) -> tuple[Turn, bool]:
        """Where a turn of the human is kept; return it, and whether it is new. Raises RoomOver."""
        return transcript.record(room_id=self.room_id, said=said)

    def spoken(
        self,
        text: str | None = None,
        *,
        key: str | None = None,
        interrupted: bool = False,
        medium: Medium = Medium.TEXT,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
    ) -> Spoken[P] | None:
        """The agent's turn has ended: go on from there, and return what `store` has to write.

        `text` is what was heard of it where it was `interrupted`; without one it is what was generated. A question of
        which too little was heard was not asked, and comes again. Returns None where nothing was said.
        """
        reply, self.pending = self.pending, None
        words = ((reply.text if reply is not None else "") if text is None else text).strip()
        if not words:
            return None
        moved = self._moved(reply, words, interrupted=interrupted)
        said = Said(
            key=key or (reply.key if reply is not None else self.reply_key),
            speaker=self.agent_speaker,
            text=words,
            by_agent=True,
            started_at=started_at,
            ended_at=ended_at,
            medium=medium,
            interrupted=interrupted,
            stage=moved.stage,
            question=moved.question,
            is_follow_up=moved.is_follow_up,
            receipt=reply.receipt if reply is not None else None,
        )
        before = self.stage_data(self.progress)
        # Until the row is there, this stands for it: what is said meanwhile comes after it.
        turn = Turn(
            number=self.turns[-1].number + 1 if self.turns else 1,
            **{name: getattr(said, name) for name in ("key", "speaker", "text", "by_agent", "stage", "question")},
            ended_at=said.ended_at or timezone.now(),
        )
        self.turns.append(turn)
        self.progress = moved.progress or self.progress
        stage = self.stage_data(self.progress)
        return Spoken(
            said=said,
            progress=moved.progress,
            flags=reply.flags if reply is not None else [],
            stage=stage if stage != before else None,
            turn=turn,
        )

    # --- what is stored
    async def store(self, spoken: Spoken[P]) -> Turn:
        """Write a turn of the agent with where the talk stands after it. May be tried again. Raises RoomOver."""
        turn, progress = await rows.ask(self._store, spoken)
        self.turns = [turn if known is spoken.turn else known for known in self.turns]
        self._begun()
        if progress is not None:  # another process had said this turn: what it has stored counts
            self.progress = progress
        if self.on_moved is not None:
            self.on_moved(self.progress)
        return turn

    def _store(self, spoken: Spoken[P]) -> tuple[Turn, P | None]:
        with transaction.atomic():
            turn, is_new = self._record(spoken)
            if is_new and spoken.flags:
                self._raise_flags(spoken.flags)
            if is_new and spoken.stage is not None:
                room_events.append(self.room_id, "stage", spoken.stage, is_locked=True)
        if is_new:
            return turn, None
        return turn, self._read(self._rows().values_list("progress", flat=True).get())

    async def finish(self) -> None:
        """End it, where all is said: the room closes, so in a room only after the last words."""
        if (reason := self.end_reason) is not None:
            await self.end(reason)

    def _raise_flags(self, flags: list[tuple[str, str, int]]) -> None:
        raised = list(self._rows().select_for_update(no_key=True, of=("self",)).values_list("flags", flat=True).get())
        for code, quote, turn in flags:
            one = {"code": code, "turn": turn, "quote": quote}
            if one not in raised and len(raised) < MOST_FLAGS:
                raised.append(one)
        self._rows().update(flags=raised)
