"""Where one intake talk stands: the gaps, what has an answer, and what was heard and not confirmed yet."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from django.db.models import QuerySet

from agents import talk as talks
from agents.intake_deciding import left
from agents.intake_moves import Act, Decision, Heard, Progress, Write
from agents.intake_wording import read_back
from agents.standing import was_said
from agents.talk import Moved, Talk
from candidates import rows
from intake import answers, talking
from intake.errors import IntakeNotFound, UnknownField, WrongState, WrongValue
from intake.models import Intake
from intake.schemas import Gap
from intake.states import OPEN, AnswerState, Via
from interviews import rooms, transcript
from interviews.models import Room, Turn
from interviews.states import EndReason, Medium, Speaker

Reply = talks.Reply[Decision]
Spoken = talks.Spoken[Progress]
# An answer in one of these states settles its field; what was only heard, or was not right, is asked for.
_SETTLED = frozenset({AnswerState.ACCEPTED, AnswerState.SKIPPED})


class IntakeTalk(Talk[Progress, Decision]):
    """The talk of one round of intake, in the room that the round names."""

    def __init__(self, intake: Intake, room: Room, turns: list[Turn], answered: set[str]) -> None:
        super().__init__(room, turns)
        self.intake_id: UUID = intake.pk
        self.language = intake.language
        self.candidate_name: str = " ".join((intake.candidate.name or "").split())
        self.job_title: str = intake.job.title if intake.job else ""
        self.gaps = [Gap.model_validate(gap) for gap in intake.gaps]
        self.answered = answered
        self.is_open = intake.state in OPEN and not room.is_over
        # As the page's `status` event tells it.
        self.status = "open" if self.is_open else "ended"
        stored = Progress.model_validate(intake.progress or {})
        # Where it stood in another room: the agent has said nothing in this one, so nothing is open in it.
        self.is_back = bool(intake.progress) and not any(turn.by_agent for turn in turns)
        self.progress = stored.reopened() if self.is_back else stored

    @classmethod
    def load(cls, subject_id: UUID) -> Self:
        """Read everything from its rows. Raises IntakeNotFound, and WrongState where the round has no room."""
        intake = Intake.objects.select_related("room", "candidate", "job").filter(pk=subject_id).first()
        if intake is None:
            raise IntakeNotFound("There is no such intake.")
        if intake.room is None:
            raise WrongState("This round has no conversation.")
        return cls(intake, intake.room, transcript.of(intake.room.pk), _answered(intake))

    # --- who and where
    @property
    def agent_speaker(self) -> Speaker:
        """The part that the agent takes."""
        return Speaker.INTERVIEWER

    @property
    def human_speaker(self) -> Speaker:
        """The part that the candidate takes."""
        return Speaker.CANDIDATE

    @property
    def scope(self) -> str:
        """Whose money the model calls are."""
        return f"intake:{self.intake_id}"

    @property
    def first_name(self) -> str:
        return self.candidate_name.split(" ")[0] if self.candidate_name else ""

    @property
    def fields(self) -> dict[str, Gap]:
        return {gap.field: gap for gap in self.gaps}

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to say."""
        return self.progress.is_over or not self.is_open

    @property
    def end_reason(self) -> EndReason | None:
        """Why it is over."""
        return (self.progress.end_reason or EndReason.FINISHED) if self.progress.is_over else None

    @property
    def heard_by(self) -> Medium:
        """How what is being answered came in: by voice, as soon as one of its turns did."""
        return Medium.VOICE if any(turn.medium == Medium.VOICE for turn in self.unanswered) else Medium.TEXT

    def stage_data(self, progress: Progress) -> dict[str, Any] | None:
        """The open question among all of them, as its `stage` event tells it."""
        name = progress.heard[0].field if progress.is_confirming and progress.heard else progress.field
        gap = self.fields.get(name)
        if gap is None:
            return None
        settled = len(self.gaps) - len(left(self.gaps, self.answered, progress)) - len(progress.heard)
        position = min(len(self.gaps), settled + 1)
        return {"stage": gap.field, "label": gap.label, "position": position, "of": len(self.gaps)}

    # --- what is stored
    async def write(self, writes: tuple[Write, ...]) -> None:
        """Record what was decided, before a word of the answer is said: it is on the pages at once.

        A process that is killed after this leaves the candidate's turn unanswered. Whoever comes next decides on the
        same words, and the same answer again is the answer that is there. A field that has gone meanwhile is dropped.
        """
        if writes:
            self.answered = await rows.ask(self._write, writes)

    def _write(self, writes: tuple[Write, ...]) -> set[str]:
        intake = Intake.objects.get(pk=self.intake_id)
        via = Via.VOICE if self.heard_by == Medium.VOICE else Via.CHAT
        for one in writes:
            try:
                answers.record(
                    intake,
                    field=one.field,
                    value=one.value,
                    via=via,
                    quote=one.quote,
                    turn=one.turn or None,
                    state=one.state,
                )
            except (UnknownField, WrongValue):  # its gap was filled by a resume that was read meanwhile
                continue
        return _answered(intake)

    def _record(self, spoken: Spoken) -> tuple[Turn, bool]:
        turn, is_new = transcript.record(room_id=self.room_id, said=spoken.said)
        if is_new and spoken.progress is not None:
            stored = spoken.progress.model_dump(mode="json")
            Intake.objects.filter(pk=self.intake_id, room_id=self.room_id).update(progress=stored)
        return turn, is_new

    def _moved(self, reply: Reply | None, words: str, *, interrupted: bool) -> Moved[Progress]:
        decision = reply.decision if reply is not None else None
        if decision is None:
            return Moved()
        was_heard = not interrupted or was_said(self._question(decision), words)
        progress = decision.progress if was_heard else decision.unheard
        opens = was_heard and decision.gap is not None and decision.act in (Act.ASK, Act.CONFIRM, Act.AGAIN)
        field = decision.gap.field if opens and decision.gap is not None else ""
        return Moved(progress=progress, question=field, is_follow_up=opens and decision.act is not Act.ASK)

    def _question(self, decision: Decision) -> str:
        """The words that must have been heard for the question to count as asked."""
        if decision.gap is None:
            return ""
        heard: Heard | None = decision.heard
        return read_back(decision.gap, heard, self.language) if heard is not None else decision.gap.question

    def _rows(self) -> QuerySet[Intake]:
        return Intake.objects.filter(pk=self.intake_id)

    def _read(self, stored: Any) -> Progress:
        return Progress.model_validate(stored or {})

    def _begun(self) -> None:
        """A round began when the candidate agreed to it."""

    async def end(self, reason: EndReason) -> None:
        """Close the room; the round itself goes on, in the form and on the review page."""
        if self.is_open:
            await rows.ask(_close, self.room_id, reason)
            self.is_open, self.status = False, "ended"


def intake_in(room_id: UUID) -> UUID | None:
    """The open round whose room this is; None where there is none."""
    found = Intake.objects.filter(room_id=room_id, state__in=OPEN, room__agent_name=talking.AGENT_NAME)
    return found.values_list("pk", flat=True).first()


def _answered(intake: Intake) -> set[str]:
    return {field for field, answer in answers.current(intake).items() if answer.state in _SETTLED}


def _close(room_id: UUID, reason: EndReason) -> None:
    room = Room.objects.filter(pk=room_id).first()
    if room is not None:
        rooms.close(room, reason=reason)
