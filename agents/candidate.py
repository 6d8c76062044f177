"""The AI candidate: a person to practise on, who stays in the part of one profile and hides what it is told to hide."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from rapidfuzz import fuzz

from agents import wording
from agents.people import Person
from agents.reading import without_orders
from agents.sentences import Sentences
from agents.standing import Conversation, Reply
from interviews import protected
from interviews.schemas import Persona
from llm import conversing
from llm.conversing import Message
from llm.errors import TimedOut

PURPOSE = "ai_candidate"
PROMPT = "agents/candidate"
# How long the interviewer waits for the first word, over all attempts, until the question is left open.
PATIENCE_SECONDS = 30.0
# So alike (0–100) a sentence may be to the description of a hidden trait, and no more.
_TOLD = 82
# Words that only somebody who steps out of the part would say.
_OUT_OF_PART = re.compile(
    r"(?i)\b(?:hidden\s+traits?|my\s+(?:instructions|prompt|persona)|system\s+prompt|language\s+model|as\s+an\s+ai\b"
    r"|i\s+(?:was|am)\s+(?:told|instructed|programmed)\s+to)"
)
_SECOND_PERSON = re.compile(r"\b(?:you|your)\b")
_DEFLECTION = "I am not sure what you mean; could you ask me that about my work?"


class Candidate(Person):
    """Answers as the person of the profile would."""

    conversation: Conversation
    purpose = PURPOSE

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(instructions="", chat_ctx=conversation.chat_context())
        self.conversation = conversation

    async def on_enter(self) -> None:
        """In a room it greets, or answers what was asked when somebody else was cut off; else it waits."""
        arriving = not self.conversation.turns or bool(self.conversation.unanswered)
        if arriving and self.conversation.is_aloud:
            self.session.generate_reply()

    def respond(self) -> AsyncIterator[str]:
        return respond(self.conversation)


async def respond(conversation: Conversation) -> AsyncIterator[str]:
    """The candidate's next turn, piece by piece. Raises llm.errors where no model answers: nobody else can play it."""
    reply = conversation.pending = Reply(key=conversation.reply_key)
    persona = conversation.persona or Persona(name=conversation.candidate_name)
    if not conversation.unanswered:
        if not conversation.turns:
            yield wording.candidate_notice(name=persona.name, is_training=conversation.is_training)
        return
    begun = False
    if not any(turn.by_agent for turn in conversation.turns):
        yield wording.candidate_prefix(name=persona.name)
    sentences = Sentences()
    talk = conversing.converse(
        PURPOSE, PROMPT, messages(conversation), data=material(conversation, persona), scope=conversation.scope
    )
    async with talk:
        words = await _begin(talk)
        while words is not None:
            for sentence in sentences.feed(words):
                if stays_in_part(sentence, persona):
                    yield f" {sentence}" if begun else sentence
                    begun = True
            words = await anext(talk, None)
        rest = sentences.rest()
        if rest and stays_in_part(rest, persona):
            yield f" {rest}" if begun else rest
            begun = True
        reply.receipt = talk.receipt.model_dump(mode="json")
    if not begun:
        yield _DEFLECTION


async def _begin(talk: conversing.Conversation[str, None]) -> str | None:
    """The first of a model's words. Raises TimedOut where somebody has waited long enough for them."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await anext(talk, None)
    except TimeoutError:
        raise TimedOut("The model did not answer in time.") from None


def material(conversation: Conversation, persona: Persona) -> dict[str, Any]:
    """Who the model plays, as data."""
    return {
        "you": {
            "name": persona.name,
            "role": persona.role,
            "company": persona.company,
            "years_of_experience": persona.years_experience,
            "manner": persona.chattiness,
        },
        "background": persona.background,
        "how_you_behave": [trait.behaviour for trait in persona.traits],
        "job": {"title": conversation.job_title},
        "the_last_question_may_not_be_asked_of_anyone": protected.topic_of(conversation.words) is not None,
    }


def messages(conversation: Conversation) -> list[Message]:
    """The conversation so far: the human asks, the model answers."""
    return [
        Message("assistant", turn.text) if turn.by_agent else Message("user", without_orders(turn.text)[0])
        for turn in conversation.recent()
    ]


def stays_in_part(sentence: str, persona: Persona) -> bool:
    """Whether a sentence may be said: it does not step out of the part, and does not recite what is to be found out."""
    if _OUT_OF_PART.search(sentence):
        return False
    plain = sentence.casefold()
    told = [line for trait in persona.traits for line in (trait.label, trait.how_to_find)]
    if _SECOND_PERSON.search(plain):  # what is admitted is told as one's own
        for trait in persona.traits:
            told += [*re.split(r"(?<=\.)\s+", trait.behaviour), *re.split(r"(?<=[.:])\s+", trait.behaviour)]
    return not any(fuzz.ratio(plain, line.casefold()) >= _TOLD for line in told)
