"""The intake agent: asks for each gap, reads back what it may have misheard, and writes what the candidate says.

One streamed model call reads a turn. The model calls `update_candidate_profile` for each value that the words hold,
says how they read otherwise, and then answers what the candidate asked; between the reading and the words stands
`intake_deciding`. A call that is refused goes back to the model once, with what would be taken. Without a model the
same talk is held by rules. All questions and all that is read back come in fixed words.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from agents import intake_wording as wording
from agents.intake_deciding import after_silence, ask_next, decide
from agents.intake_moves import Act, Because, Reading
from agents.intake_reading import BEFORE_SAY, Heard, IntakeTurn, believed, by_rules
from agents.intake_signals import without_orders
from agents.intake_standing import IntakeTalk, Reply
from agents.people import Person
from agents.script import may_be_said
from agents.sentences import Sentences
from intake.answers import shown
from llm import conversing
from llm.client import is_configured
from llm.errors import LLMError

logger = logging.getLogger(__name__)

PURPOSE = "intake"
PROMPT = "agents/intake"
# A person waits. A model that has not begun to answer by then, over all its attempts, is done without for this turn.
PATIENCE_SECONDS = 20.0
# How often a model may try: once, and once more where a call was refused.
MOST_ROUNDS = 2
# Sentences of an answer to what the candidate asked.
MOST_SENTENCES = 3
Read = tuple[Reading, str, list[dict[str, str]]]
# Of the talk so far, what a model needs to understand "the other one".
_TURNS_SENT = 8


class IntakeAgent(Person):
    """Holds the talk of one round in its room."""

    conversation: IntakeTalk
    purpose = PURPOSE

    def __init__(self, conversation: IntakeTalk) -> None:
        super().__init__(instructions="", chat_ctx=conversation.chat_context())
        self.conversation = conversation

    async def on_enter(self) -> None:
        """In a room it speaks first: the notice, the answer that is owed, or the open question again."""
        if self.conversation.is_aloud and not self.conversation.is_over:
            self.session.generate_reply()

    def respond(self) -> AsyncIterator[str]:
        return respond(self.conversation)

    def break_silence(self) -> str:
        return break_silence(self.conversation)


async def respond(talk: IntakeTalk) -> AsyncIterator[str]:
    """The agent's next turn, with `talk.pending` telling what was decided. What it writes is written before it."""
    words = talk.words
    if not words.strip():
        yield _unasked(talk)
        return
    reply = talk.pending = Reply(key=talk.reply_key)
    clean, had_orders = without_orders(words)
    turn = talk.unanswered[-1].number
    if had_orders:
        reply.flags.append(("prompt_injection", words.strip()[:300], turn))
    heard = Heard(clean, talk.gaps, talk.progress, talk.language, talk.heard_by)
    reading, quote, own = await _read(talk, heard, reply)
    decision = decide(talk.gaps, talk.answered, talk.progress, reading, turn=turn)
    reply.decision = decision
    if decision.flag:
        reply.flags.append((decision.flag, quote, turn))
    await talk.write(decision.writes)
    yield wording.said(decision, gaps=talk.fields, language=talk.language, own=own)


def break_silence(talk: IntakeTalk) -> str:
    """What to say when nothing was said for a while (voice); empty where there is nothing to say."""
    if talk.is_over or not talk.turns:
        return ""
    decision = after_silence(talk.gaps, talk.answered, talk.progress)
    talk.pending = Reply(key=f"silence-{len(talk.turns)}", decision=decision)
    talk.pending.text = wording.said(decision, gaps=talk.fields, language=talk.language)
    return talk.pending.text


def _unasked(talk: IntakeTalk) -> str:
    """A turn that answers nothing: the very first one, or the open question again."""
    reply = talk.pending = Reply(key=talk.reply_key)
    is_first = not any(turn.by_agent for turn in talk.turns)
    decision = ask_next(talk.gaps, talk.answered, talk.progress)
    if not is_first and decision.gap is not None:
        # Only in a room: there somebody waits who has heard the voice break off. On a page the question still stands.
        decision = replace(decision, act=Act.CHECK, because=Because.SILENT)
        reply.decision = decision
        return wording.cut_off(decision, talk.language)
    reply.decision = decision
    if not is_first:
        return wording.said(decision, gaps=talk.fields, language=talk.language)
    notice = wording.notice(
        name=talk.first_name,
        role=talk.job_title,
        medium=talk.medium,
        recording=talk.recording,
        is_back=talk.is_back,
        language=talk.language,
    )
    if decision.gap is None:
        return f"{notice} {wording.nothing_left(talk.language)}"
    return f"{notice} {wording.said(decision, gaps=talk.fields, language=talk.language)}"


async def _read(talk: IntakeTalk, heard: Heard, reply: Reply) -> tuple[Reading, str, str]:
    """How the words read, the words that show why to stop, and an answer to what was asked; by rule without a model."""
    if is_configured() and heard.words.strip():
        try:
            return await _read_by_model(talk, heard, reply)
        except (LLMError, TimeoutError, ValidationError) as error:
            # The rules go on: a talk is not lost because a model is.
            failure = error.code if isinstance(error, LLMError) else type(error).__name__
            logger.warning("%s goes on without its model (%s)", talk.scope, failure)
    reading, quote = by_rules(heard)
    return reading, quote, ""


async def _read_by_model(talk: IntakeTalk, heard: Heard, reply: Reply) -> tuple[Reading, str, str]:
    refused: list[dict[str, str]] = []
    for number in range(1, MOST_ROUNDS + 1):
        data = material(talk, heard, refused)
        async with (
            asyncio.timeout(PATIENCE_SECONDS) as patience,
            conversing.converse(PURPOSE, PROMPT, [], data=data, schema=IntakeTurn, scope=talk.scope) as asked,
        ):
            read: Read | None = None
            async for so_far in asked:
                if read is None and "say" in so_far and so_far.keys() >= BEFORE_SAY:
                    read = believed(so_far, heard)
                    patience.reschedule(None)  # from here on it talks, and has limits of its own
                    if read[2] and number < MOST_ROUNDS:
                        refused = read[2]
                        break  # what it would say rests on what is refused
            else:
                reply.receipt = asked.receipt.model_dump(mode="json")
                reading, quote, _ = read or believed(asked.parsed.model_dump(), heard)
                if reading == Reading(problem=reading.problem):  # it found nothing at all: the rules may
                    return *by_rules(heard), ""
                return reading, quote, _sayable(asked.parsed.say) if reading.asks else ""
    raise AssertionError("the last round always returns")


def _sayable(say: str) -> str:
    """Of an answer to the candidate, the sentences that this agent may say; it asks nothing of its own."""
    sentences = Sentences()
    parts = [*sentences.feed(f"{say} "), sentences.rest()]
    kept = [part for part in parts if part and "?" not in part and may_be_said(part)]
    return " ".join(kept[:MOST_SENTENCES])


def material(talk: IntakeTalk, heard: Heard, refused: list[dict[str, str]]) -> dict[str, Any]:
    """What the model gets, as data. What stays the same stands first, so that a provider can cache it."""
    progress = talk.progress
    waiting = {turn.number for turn in talk.unanswered}
    first = progress.heard[0] if progress.is_confirming and progress.heard else None
    read_back = None
    if first is not None and heard.open is not None:
        values = [shown(heard.open, value, language=talk.language) for value in first.alternatives or [first.value]]
        read_back = {"field_name": first.field, "values": values}
    return {
        "fields": [
            {"field_name": gap.field, "label": gap.label, "type": gap.type, "unit": gap.unit, "question": gap.question}
            for gap in talk.gaps
        ],
        "role": talk.job_title,
        "language": talk.language,
        "human_contact": wording.human_contact(),
        "conversation": [
            {"who": "you" if turn.by_agent else "candidate", "said": without_orders(turn.text)[0]}
            for turn in talk.recent()[-_TURNS_SENT:]
            if turn.number not in waiting
        ],
        "now": {
            "open_field": heard.open.field if heard.open is not None else None,
            "why_it_is_asked": heard.open.why if heard.open is not None else "",
            "read_back": read_back,
            "written_last": progress.last or None,
            "candidate_said": heard.words,
        },
        "refused_calls": refused,
    }
