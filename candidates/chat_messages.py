"""What a chat's client may send, and what errors are called there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from candidates.resume_chat import LONGEST_QUESTION
from llm.errors import BrokenAnswer, CapReached, LLMError, NotConfigured, RateLimited, TimedOut

# A frame may be longer than a question: every character can stand in it as "\\u1234". Beyond this it is an attack.
MOST_CHARACTERS = 64 * 1024


class Code(StrEnum):
    """What went wrong, for programs."""

    VALIDATION = "VALIDATION_ERROR"  # the message itself: no JSON, an unknown type, too long
    RATE_LIMIT = "RATE_LIMIT"  # too many questions
    API = "API_ERROR"  # the model, or what an answer needs, can't be reached or used now
    LLM = "LLM_ERROR"  # the model answered, and its answer is of no use
    INTERNAL = "INTERNAL_ERROR"


class Malformed(Exception):
    """A message that can't be taken. `is_abuse`: nobody sends that by mistake."""

    def __init__(self, message: str, *, id: str | None = None, is_abuse: bool = False) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.id = id
        self.is_abuse = is_abuse


class Question(BaseModel):
    """A client's message. Of its fields a type needs its own alone; unknown ones are left alone."""

    model_config = ConfigDict(strict=True)

    type: Literal["question", "stop", "resume", "forget", "ping"]
    question: str = ""
    # Of the client's choosing: comes back with everything that is said to this question.
    id: Annotated[str, Field(max_length=64)] | None = None
    session_id: Annotated[str, Field(max_length=64)] = ""
    secret: Annotated[str, Field(max_length=128)] = ""


def read(text: str | None, binary: bytes | None) -> Question:
    """A frame as a message. Raises Malformed with what to tell the client."""
    if text is None:
        if binary is not None and len(binary) > MOST_CHARACTERS:
            raise Malformed("That message is too large.", is_abuse=True)
        raise Malformed("Send text, not binary data.")
    if len(text) > MOST_CHARACTERS:
        raise Malformed("That message is too large.", is_abuse=True)
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        raise Malformed("That is not JSON.") from None
    if not isinstance(value, dict):
        raise Malformed('Send an object, such as {"type": "question", "question": "…"}.')
    asked_as = value.get("id") if isinstance(value.get("id"), str) and len(value["id"]) <= 64 else None
    try:
        message = Question.model_validate(value)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        if name == "type":
            raise Malformed("“type” must be question, stop, resume, forget or ping.", id=asked_as) from None
        raise Malformed(f"“{name}” is not as it should be.", id=asked_as) from None
    if message.type == "question":
        message.question = message.question.replace("\x00", "").strip()
        if not message.question:
            raise Malformed("“question” is needed, and is empty.", id=asked_as)
        if len(message.question) > LONGEST_QUESTION:
            raise Malformed(f"A question has {LONGEST_QUESTION:,} characters at most.", id=asked_as)
    return message


def code_of(error: LLMError) -> Code:
    """LLM_ERROR where the model answered something unusable, API_ERROR where there was no answer."""
    return Code.LLM if isinstance(error, BrokenAnswer) else Code.API


def said_of(error: LLMError) -> str:
    """What a person in a chat is told: what to do, not how it works here."""
    if isinstance(error, NotConfigured):
        return "No model is set up here, so nothing can be answered."
    if isinstance(error, CapReached):
        return "The chat has answered as much as it may for today. Come back tomorrow."
    if isinstance(error, RateLimited):
        return "Many people are asking just now. Try again in a moment."
    if isinstance(error, TimedOut):
        return "The answer took too long. Ask again."
    if isinstance(error, BrokenAnswer):
        return "The answer could not be used. Ask again."
    return "The model can't be reached just now. Try again in a moment."
