"""What an intake agent has heard, where its talk stands, and what it decides: the shapes of agents.intake_deciding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from intake.schemas import Gap
from intake.states import AnswerState
from interviews.states import EndReason


class Heard(BaseModel):
    """A value that waits for the candidate's yes."""

    model_config = ConfigDict(extra="forbid")

    field: str
    value: Any
    alternatives: list[Any] = Field(default_factory=list)
    quote: str = ""
    turn: int = 0


class Progress(BaseModel):
    """Where the talk stands, as Intake.progress stores it."""

    model_config = ConfigDict(extra="ignore")

    field: str = Field(default="", description="The gap whose question is open")
    heard: list[Heard] = Field(default_factory=list, description="What waits to be confirmed, in this order")
    is_confirming: bool = Field(default=False, description="The first of `heard` was read back")
    tries: int = 0
    asides: int = 0
    parked: list[str] = Field(default_factory=list, description="Fields that the agent asks for no more")
    last: str = Field(default="", description="The field that was written last, which a correction is about")
    silences: int = 0
    offered_end: bool = False
    is_over: bool = False
    end_reason: EndReason | None = None

    def reopened(self) -> Progress:
        """In a new room: what was heard stays, and so does what is left to the form; the question is asked again."""
        kept = {"heard": self.heard, "parked": self.parked, "last": self.last}
        return Progress.model_validate(kept)


class Act(StrEnum):
    """What the agent does in its next turn."""

    ASK = "ask"  # the question of a gap
    CONFIRM = "confirm"  # read back what was heard, or ask which of several was meant
    AGAIN = "again"  # the open question, since it has no answer yet
    ANSWER = "answer"  # what the candidate asked
    WAIT = "wait"
    CHECK = "check"  # after a silence
    OFFER_END = "offer_end"
    END = "end"


class Because(StrEnum):
    """Why; it picks the words."""

    BEGINNING = "beginning"
    NOTED = "noted"
    SKIPPED = "skipped"
    LEFT = "left"  # to the form, after too many tries
    UNSURE = "unsure"  # whether it was heard right
    WRONG = "wrong"  # the candidate said that it was not
    NOT_UNDERSTOOD = "not_understood"
    ASKED_BACK = "asked_back"
    THINKING = "thinking"
    SILENT = "silent"
    WANTS_TO_END = "wants_to_end"
    DISTRESS = "distress"
    ABUSE = "abuse"
    NOBODY_THERE = "nobody_there"


@dataclass(frozen=True, slots=True)
class Found:
    """A value that the candidate's words hold for a gap. `is_sure`: it needs no yes."""

    field: str
    value: Any
    is_sure: bool
    alternatives: tuple[Any, ...] = ()
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the candidate's last words read: by a model, or by rule where there is none."""

    found: tuple[Found, ...] = ()
    # What they say to a value that was read back; None where they don't.
    agrees: bool | None = None
    skips: bool = False
    asks: bool = False
    thinks: bool = False
    wants_to_end: bool = False
    distress: bool = False
    abuse: bool = False
    # Why there is no value for the open question, as something to tell.
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """One call of answers.record."""

    field: str
    value: Any
    state: AnswerState
    quote: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """The next turn, what is written before it, and where the talk stands once it was said.

    `unheard` is where it stands if the turn is cut off before its question was heard: what was written is written, the
    question was not asked.
    """

    act: Act
    because: Because
    progress: Progress
    unheard: Progress
    gap: Gap | None = None
    heard: Heard | None = None
    writes: tuple[Write, ...] = ()
    problem: str = ""
    flag: Literal["", "distress", "abuse"] = ""
