"""The AI interviewer: one task for each stage of the plan, each with a typed result.

One streamed model call makes a turn. The model says first how the last words read, then what its own words are for,
then those words; between the reading and the words stands `deciding`, and what it decides is said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from livekit.agents import AgentTask, ToolError

from agents import wording
from agents.deciding import Act, Because, Decision, after_silence, ask_next, decide, is_for_their_questions, question_of
from agents.people import Person
from agents.reading import BEFORE_SAY, InterviewerTurn, Move, by_rules, is_readable, without_orders
from agents.script import Script
from agents.standing import Conversation, Reply
from interviews.schemas import Progress, StageResult
from llm import conversing
from llm.client import is_configured
from llm.errors import LLMError

logger = logging.getLogger(__name__)

PURPOSE = "interviewer"
PROMPT = "agents/interviewer"
# A person waits. A model that has not begun to answer by then, over all its attempts, is done without for this turn.
PATIENCE_SECONDS = 20.0
# Of a job's description, with every turn.
MOST_JOB_CHARACTERS = 6_000


class Interviewer(Person):
    """Holds the whole interview in a room: stage after stage, until the plan is over."""

    conversation: Conversation
    purpose = PURPOSE

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(instructions="", chat_ctx=conversation.chat_context())
        self.conversation = conversation
        self.results: list[StageResult] = []

    async def on_enter(self) -> None:
        """Stage after stage; the conversation tells where it stands, also after somebody else began it."""
        arriving = True
        while not self.conversation.is_over:
            try:
                self.results.append(await Stage(self.conversation, arriving=arriving))
            except ToolError:  # so a task tells that its session was closed: the room has ended, or is handed over
                return
            arriving = False

    def respond(self) -> AsyncIterator[str]:
        return respond(self.conversation)

    def break_silence(self) -> str:
        return break_silence(self.conversation)


class Stage(AgentTask[StageResult], Person):
    """One stage of the plan. It is done when the conversation has moved on to another one, or is over.

    `arriving`: the agent comes into the room with it, and says something first: the notice and the first question, the
    answer that is owed since somebody else was cut off, or, gently, the open question again.
    """

    conversation: Conversation
    purpose = PURPOSE

    def __init__(self, conversation: Conversation, *, arriving: bool = False) -> None:
        super().__init__(instructions="", chat_ctx=conversation.chat_context())
        self.conversation = conversation
        self._key = conversation.progress.stage
        self._arriving = arriving
        conversation.on_moved = self._moved

    async def on_enter(self) -> None:
        if self._arriving and self.conversation.is_aloud:
            self.session.generate_reply()

    def respond(self) -> AsyncIterator[str]:
        return respond(self.conversation)

    def break_silence(self) -> str:
        return break_silence(self.conversation)

    def _moved(self, progress: Progress) -> None:
        if not self._key:
            self._key = progress.stage
        if self.done() or (progress.stage == self._key and not progress.is_over):
            return
        done = (result for result in progress.results if result.stage == self._key)
        self.complete(next(done, StageResult(stage=self._key)))


async def respond(conversation: Conversation) -> AsyncIterator[str]:
    """The interviewer's next turn, piece by piece, with `conversation.pending` telling what was decided."""
    words = conversation.words
    if not words.strip():
        for piece in _unasked(conversation):
            yield piece
        return
    reply = conversation.pending = Reply(key=conversation.reply_key)
    clean, had_orders = without_orders(words)
    if had_orders:
        reply.flags.append(("prompt_injection", _first_line(words), _turn(conversation)))
    script: Script | None = None
    if is_configured():
        data = material(conversation, clean)
        try:
            async with (
                asyncio.timeout(PATIENCE_SECONDS) as patience,
                conversing.converse(
                    PURPOSE, PROMPT, [], data=data, schema=InterviewerTurn, scope=conversation.scope
                ) as talk,
            ):
                async for so_far in talk:
                    if script is None and (script := _scripted(conversation, reply, so_far, clean)):
                        patience.reschedule(None)  # from here on it talks, and has limits of its own
                    if script is not None:
                        for piece in script.feed(str(so_far["say"])):
                            yield piece
                reply.receipt = talk.receipt.model_dump(mode="json")
                if script is None and (script := _scripted(conversation, reply, talk.parsed.model_dump(), clean)):
                    for piece in script.feed(talk.parsed.say):
                        yield piece
        except (LLMError, TimeoutError) as error:
            # The plan's own words go on: an interview is not lost because a model is.
            failure = error.code if isinstance(error, LLMError) else "too slow"
            logger.warning("interview %s goes on without its model (%s)", conversation.interview_id, failure)
    if script is None:
        stage, question = question_of(conversation.plan, conversation.progress)
        reading, quote = by_rules(clean, for_their_questions=is_for_their_questions(stage, question))
        decision = decide(
            conversation.plan, conversation.progress, reading, clock=conversation.clock(), turn=_turn(conversation)
        )
        script = _script(conversation, reply, decision, move=None, quote=quote)
    for piece in script.finish():
        yield piece


def break_silence(conversation: Conversation) -> str:
    """What to say when nothing was said for a while (voice); `conversation.pending` tells what was decided.

    The caller says it and stores it as any other turn. Empty where there is nothing to say: the interview is
    over, or it has not begun.
    """
    if conversation.is_over or not conversation.turns:
        return ""
    decision = after_silence(conversation.plan, conversation.progress, clock=conversation.clock())
    conversation.pending = Reply(key=f"silence-{len(conversation.turns)}", decision=decision)
    conversation.pending.text = wording.fixed(
        decision, turn=len(conversation.turns), name=conversation.first_name, is_first=False
    )
    return conversation.pending.text


def material(conversation: Conversation, words: str) -> dict[str, Any]:
    """What the model gets, as data. What stays the same stands first, so that a provider can cache it.

    No name and no contact: how an answer reads does not depend on whose it is.
    """
    plan, progress = conversation.plan, conversation.progress
    stage, question = question_of(plan, progress)
    waiting = {turn.number for turn in conversation.unanswered}
    asked = {one.question for result in progress.results for one in result.questions}
    asked |= {one.question for one in progress.answered} | {progress.question}
    later = [one for one in stage.questions if one.key not in asked] if stage is not None else []
    return {
        "job": {
            "title": conversation.job_title,
            "description": conversation.job_description[:MOST_JOB_CHARACTERS],
        },
        "interview": {
            "name": plan.name,
            "stages": [{"label": one.label, "goal": one.goal} for one in plan.stages],
            "topics_to_explore": plan.topics_to_explore,
            "questions_to_avoid": plan.questions_to_avoid,
            "human_contact": wording.human_contact(),
        },
        "conversation": [
            {"who": "you" if turn.by_agent else "candidate", "said": without_orders(turn.text)[0]}
            for turn in conversation.recent()
            if turn.number not in waiting
        ],
        "now": {
            "stage": {"label": stage.label, "goal": stage.goal} if stage is not None else None,
            "open_question": question.text if question is not None else None,
            "listen_for": question.listen_for if question is not None else "",
            "was_followed_up": progress.followed_up,
            "may_be_followed_up": bool(question and question.listen_for) and not progress.followed_up,
            "is_for_the_candidates_own_questions": is_for_their_questions(stage, question),
            "offered_to_end": progress.offered_end,
            "later_questions": [{"key": one.key, "text": one.text} for one in later],
            "candidate_said": words,
        },
    }


def _unasked(conversation: Conversation) -> list[str]:
    """A turn that answers nothing: the very first one, the open question again, or the next where none is open."""
    reply = conversation.pending = Reply(key=conversation.reply_key)
    plan, progress = conversation.plan, conversation.progress
    stage, question = question_of(plan, progress)
    if conversation.turns and stage is not None and question is not None:
        # Only in a room: there somebody waits who has heard the voice break off. On a page the question still stands.
        reply.decision = Decision(Act.CHECK, Because.SILENT, progress, progress, stage, question)
        return [wording.again(question)]
    reply.decision = ask_next(plan, progress, clock=conversation.clock())
    is_first = not conversation.turns
    asked = wording.fixed(reply.decision, turn=0, name=conversation.first_name, is_first=is_first)
    if not is_first:
        return [asked]
    notice = wording.interviewer_notice(
        name=conversation.first_name,
        role=conversation.job_title,
        minutes=plan.minutes,
        medium=conversation.medium,
        recording=conversation.recording,
    )
    return [notice, f" {asked}"]


def _scripted(conversation: Conversation, reply: Reply, so_far: dict[str, Any], words: str) -> Script | None:
    """What to say, as soon as the model has said how the words read; None before."""
    if "say" not in so_far or not so_far.keys() >= BEFORE_SAY:
        return None
    readable = is_readable(so_far, words)
    if readable is None:
        return None
    reading, quote = readable
    decision = decide(
        conversation.plan, conversation.progress, reading, clock=conversation.clock(), turn=_turn(conversation)
    )
    return _script(conversation, reply, decision, move=so_far["move"], quote=quote)


def _script(conversation: Conversation, reply: Reply, decision: Decision, *, move: Move | None, quote: str) -> Script:
    reply.decision = decision
    if decision.flag:
        reply.flags.append((decision.flag, quote, _turn(conversation)))
    return Script(
        decision,
        move=move,
        turn=len(conversation.turns),
        name=conversation.first_name,
        is_first=False,
        known=[
            *(question.text for stage in conversation.plan.stages for question in stage.questions),
            *conversation.plan.questions_to_avoid,
        ],
    )


def _turn(conversation: Conversation) -> int:
    """The number of the turn that is being answered."""
    unanswered = conversation.unanswered
    return unanswered[-1].number if unanswered else 0


def _first_line(words: str) -> str:
    return words.strip()[:300]
