"""What an AI interviewer does next: pure rules over the plan, where the conversation stands, and what was just heard.

A model says how an answer reads; what follows from that is decided here and nowhere else, so that no wording of an
answer, and no whim of a model, can make an interview ask twice, press, or go on for ever:

- a question is asked once, in the order of the plan, and followed up once at most;
- "I'd rather not" settles a question at once;
- silence gets one gentle check, then the next question, then an offer to end, then the end;
- questions of the candidate are answered, a few to each question of ours, then the interview goes on;
- distress and abuse end it, and so does the wish to stop;
- out of time means: on to the closing stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from interviews.schemas import AnswerKind, Plan, PlanQuestion, PlanStage, Progress, QuestionResult, StageResult
from interviews.states import EndReason

Answered = Literal["full", "thin", "declined", "none", "question"]
StageEnd = Literal["answered", "out_of_time", "declined", "stopped"]

# How often one question of ours may be talked about, or past, before the interview goes on to the next one; the
# question that asks for the candidate's own questions is there to be asked back.
MOST_ASIDES = 3
MOST_OWN_QUESTIONS = 5


class Act(StrEnum):
    """What the interviewer does in its next turn."""

    ASK = "ask"  # the next question of the plan
    FOLLOW_UP = "follow_up"  # once more into the same question
    ANSWER = "answer"  # to what the candidate asked
    WAIT = "wait"  # the question stays open: "take your time", or back to it
    CHECK = "check"  # after a silence: are you still there?
    OFFER_END = "offer_end"  # after a longer one: shall we stop here?
    END = "end"


class Because(StrEnum):
    """Why; it picks the words where the model's own can't be used."""

    BEGINNING = "beginning"
    ANSWERED = "answered"
    THIN = "thin"
    DECLINED = "declined"
    ASKED_BACK = "asked_back"
    OFF_TOPIC = "off_topic"
    THINKING = "thinking"
    ENOUGH_ASIDES = "enough_asides"
    SILENT = "silent"
    OUT_OF_TIME = "out_of_time"
    WANTS_TO_END = "wants_to_end"
    DISTRESS = "distress"
    ABUSE = "abuse"
    NOBODY_THERE = "nobody_there"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the candidate's last words read: by a model, or by rule where there is none."""

    answered: Answered = "none"
    # Keys of later questions of the same stage that the answer has answered as well.
    covers: tuple[str, ...] = ()
    wants_to_end: bool = False
    distress: bool = False
    abuse: bool = False
    off_topic: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes of talking so far: since the interview began, and since its open stage did."""

    total: float = 0.0
    stage: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """The next turn, and where the interview stands once it was said.

    `unheard` is where it stands if the turn is cut off before its question was heard: the answer counts, the question
    was not asked.
    """

    act: Act
    because: Because
    progress: Progress
    unheard: Progress
    stage: PlanStage | None = None
    question: PlanQuestion | None = None  # the one that is asked, or is being followed up
    flag: Literal["", "distress", "abuse"] = ""
    finished: tuple[StageResult, ...] = field(default=())  # stages that ended with this turn

    @property
    def asks(self) -> PlanQuestion | None:
        """The question that this turn opens."""
        return self.question if self.act is Act.ASK else None


def question_of(plan: Plan, progress: Progress) -> tuple[PlanStage | None, PlanQuestion | None]:
    """The open stage, and the question in it that waits for an answer."""
    stage = next((one for one in plan.stages if one.key == progress.stage), None)
    if stage is None or not progress.question:
        return stage, None
    return stage, next((one for one in stage.questions if one.key == progress.question), None)


def is_for_their_questions(stage: PlanStage | None, question: PlanQuestion | None) -> bool:
    """Whether this is the question that asks for the candidate's own: the last one of a closing stage."""
    return stage is not None and stage.kind == "closing" and question is not None and question is stage.questions[-1]


def can_follow_up(question: PlanQuestion) -> bool:
    """Whether an answer to this question can be thin at all: it says what to listen for."""
    return bool(question.listen_for or question.follow_up)


def ask_next(plan: Plan, progress: Progress, *, clock: Clock, because: Because = Because.BEGINNING) -> Decision:
    """Open the next question that was not asked yet; end where there is none."""
    started = progress.model_copy(update={"question": "", "followed_up": False, "asides": 0, "offered_end": False})
    return _onward(plan, started, clock, because)


def decide(plan: Plan, progress: Progress, reading: Reading, *, clock: Clock, turn: int | None = None) -> Decision:
    """What follows from the candidate's last words. `turn` is the number of the turn that holds them.

    Raises ValueError where the interview is over already.
    """
    if progress.is_over:
        raise ValueError("the interview is over")
    progress = progress.model_copy(update={"silences": 0})
    if reading.distress:
        return _ended(plan, progress, EndReason.DISTRESS, Because.DISTRESS, "stopped", flag="distress")
    if reading.abuse:
        return _ended(plan, progress, EndReason.ABUSE, Because.ABUSE, "stopped", flag="abuse")
    if reading.wants_to_end:
        return _ended(plan, progress, EndReason.DECLINED, Because.WANTS_TO_END, "stopped")
    stage, question = question_of(plan, progress)
    if stage is None or question is None:
        return ask_next(plan, progress, clock=clock)
    out_of_time = stage.kind != "closing" and clock.total >= plan.minutes
    if reading.answered == "question" or reading.answered == "none":
        return _aside(plan, progress, reading, stage, question, clock, turn, out_of_time=out_of_time)
    if reading.answered == "thin" and not progress.followed_up and can_follow_up(question) and not out_of_time:
        after = progress.model_copy(update={"followed_up": True, "asides": 0, "offered_end": False})
        return Decision(Act.FOLLOW_UP, Because.THIN, after, _plainly(progress), stage, question)
    settled = _settled(progress, question.key, reading.answered, turn)
    if reading.answered == "full":
        ahead = {one.key for one in stage.questions} - _asked(settled)
        for key in dict.fromkeys(reading.covers):
            if key in ahead:
                settled = _with_result(settled, QuestionResult(question=key, answered="full", turn=turn))
    because = Because.DECLINED if reading.answered == "declined" else Because.ANSWERED
    return _onward(plan, settled, clock, because)


def after_silence(plan: Plan, progress: Progress, *, clock: Clock) -> Decision:
    """What follows when nothing was said for a while. Raises ValueError where the interview is over already."""
    if progress.is_over:
        raise ValueError("the interview is over")
    stage, question = question_of(plan, progress)
    silences = progress.silences + 1
    progress = progress.model_copy(update={"silences": silences})
    if silences >= 4:
        return _ended(plan, progress, EndReason.LEFT_EMPTY, Because.NOBODY_THERE, "stopped")
    if silences == 3:
        after = progress.model_copy(update={"offered_end": True})
        return Decision(Act.OFFER_END, Because.SILENT, after, progress, stage, question)
    if question is None:
        return ask_next(plan, progress, clock=clock)
    if silences == 2:
        return _onward(plan, _settled(progress, question.key, "silent", None), clock, Because.SILENT)
    return Decision(Act.CHECK, Because.SILENT, progress, progress, stage, question)


def _aside(
    plan: Plan,
    progress: Progress,
    reading: Reading,
    stage: PlanStage,
    question: PlanQuestion,
    clock: Clock,
    turn: int | None,
    *,
    out_of_time: bool,
) -> Decision:
    """They asked back, spoke of something else, or are thinking: the question stays open, but not for ever."""
    theirs = is_for_their_questions(stage, question)
    asides = progress.asides + 1
    if out_of_time or asides > (MOST_OWN_QUESTIONS if theirs else MOST_ASIDES):
        # Where they were to ask, having asked is a full answer.
        kind: AnswerKind = "full" if theirs and reading.answered == "question" else "silent"
        because = Because.OUT_OF_TIME if out_of_time else Because.ENOUGH_ASIDES
        return _onward(plan, _settled(progress, question.key, kind, turn), clock, because)
    after = progress.model_copy(update={"asides": asides, "offered_end": False})
    if reading.answered == "question":
        return Decision(Act.ANSWER, Because.ASKED_BACK, after, after, stage, question)
    because = Because.OFF_TOPIC if reading.off_topic else Because.THINKING
    return Decision(Act.WAIT, because, after, after, stage, question)


def _plainly(progress: Progress) -> Progress:
    return progress.model_copy(update={"offered_end": False})


def _asked(progress: Progress) -> set[str]:
    """Keys of all questions that were asked, or answered without being asked."""
    results = [*progress.answered, *(one for stage in progress.results for one in stage.questions)]
    return {one.question for one in results} | ({progress.question} if progress.question else set())


def _with_result(progress: Progress, result: QuestionResult) -> Progress:
    return progress.model_copy(update={"answered": [*progress.answered, result]})


def _settled(progress: Progress, question: str, answered: AnswerKind, turn: int | None) -> Progress:
    """The open question is done with."""
    result = QuestionResult(question=question, answered=answered, followed_up=progress.followed_up, turn=turn)
    done = {"question": "", "followed_up": False, "asides": 0, "offered_end": False}
    return _with_result(progress, result).model_copy(update=done)


def _onward(plan: Plan, progress: Progress, clock: Clock, because: Because) -> Decision:
    """Open the next question of the plan, ending stages on the way; end the interview after the last one."""
    unheard = progress
    already = len(progress.results)
    for stage in _stages_from(plan, progress.stage):
        entered = stage.key != progress.stage
        is_open = stage.kind == "closing" or clock.total < plan.minutes
        if is_open and (entered or stage.kind == "closing" or clock.stage < stage.minutes):
            asked = _asked(progress)
            if question := next((one for one in stage.questions if one.key not in asked), None):
                if entered:
                    progress = _left(progress, stage.key)
                after = progress.model_copy(update={"question": question.key})
                finished = tuple(after.results[already:])
                return Decision(Act.ASK, because, after, unheard, stage, question, finished=finished)
            ended: StageEnd = "answered"
        else:
            ended = "out_of_time"
        if entered:
            progress = _left(progress, stage.key)
        progress = _closed(progress, ended)
    over = progress.model_copy(update={"stage": "", "question": "", "is_over": True, "end_reason": EndReason.FINISHED})
    return Decision(Act.END, because, over, over, finished=tuple(over.results[already:]))


def _stages_from(plan: Plan, key: str) -> Sequence[PlanStage]:
    """The open stage and all that follow; all stages where none is open. None that has a result already."""
    position = next((number for number, stage in enumerate(plan.stages) if stage.key == key), 0)
    return plan.stages[position:]


def _left(progress: Progress, key: str) -> Progress:
    return progress.model_copy(update={"stage": key, "answered": []})


def _closed(progress: Progress, ended: StageEnd) -> Progress:
    """The open stage's typed result, put with the others."""
    if ended == "answered" and progress.answered and all(one.answered == "declined" for one in progress.answered):
        ended = "declined"
    result = StageResult(stage=progress.stage, questions=progress.answered, ended=ended)
    return progress.model_copy(update={"results": [*progress.results, result], "answered": []})


def _ended(
    plan: Plan,
    progress: Progress,
    reason: EndReason,
    because: Because,
    ended: StageEnd,
    *,
    flag: Literal["", "distress", "abuse"] = "",
) -> Decision:
    """The interview stops here, whatever is left of its plan."""
    already = len(progress.results)
    if any(stage.key == progress.stage for stage in plan.stages):
        progress = _closed(progress, ended)
    over = progress.model_copy(
        update={"stage": "", "question": "", "offered_end": False, "is_over": True, "end_reason": reason}
    )
    return Decision(Act.END, because, over, over, flag=flag, finished=tuple(over.results[already:]))
