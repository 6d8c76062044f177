"""One question about one person, answered from given passages while the model writes.

    answering = Answering(AboutResume, grounds, history, question)
    async for words in answering.pieces():
        ...                         # words for people, citations numbered: "She led a team of five [1]."
    exchange = answering.exchange()  # with the quotes, checked by code: see candidates.grounding

What a model is given: the prompt, the passages that fit, and as much of the conversation as the context has room for,
the newest first.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from candidates.grounding import Citing, Grounds, Passage
from llm import conversing, prompts
from llm.client import count_tokens
from llm.conversing import Message

LONGEST_QUESTION = 2_000
# Of the context, the passages get so much at most where there is a conversation to go on with.
_SHARE_OF_PASSAGES = 0.75


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: which prompt answers them, and what the model's call is put down to."""

    prompt: str
    purpose: str
    # The cap that the costs count under beside the day's; "" for the day's alone.
    is_visitor: bool = False

    def scope(self) -> str:
        """The money scope of a call that is made now."""
        return f"visitors:{timezone.localdate()}" if self.is_visitor else ""


VISITOR = Asking("candidates/resume_chat", "resume_chat", is_visitor=True)


@dataclass(frozen=True)
class Exchange:
    """A question and what was answered. `raw` is the answer as the model wrote it, with its ids."""

    question: str
    answer: str
    raw: str
    citations: list[dict[str, Any]] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    stopped: bool = False

    @property
    def found(self) -> bool:
        """Whether anything in the source was cited."""
        return bool(self.citations)

    def as_data(self) -> dict[str, Any]:
        """As clients get it."""
        shown = {key: value for key, value in asdict(self).items() if key != "raw"}
        return shown | {"found": self.found}

    @property
    def tokens(self) -> int:
        return count_tokens(self.question) + count_tokens(self.raw) + 8


class Answering:
    """One answer while it is made. Reading `pieces` asks the model; leaving it early stops the model."""

    def __init__(self, asking: Asking, grounds: Grounds, history: Sequence[Exchange], question: str) -> None:
        self._asking = asking
        self._question = question
        self._grounds = grounds
        self._passages, self._history = _fitting(asking, grounds, history, question)
        self._citing = Citing(grounds, frozenset(passage.id for passage in self._passages))
        # From asking the model to its first words, in seconds.
        self.first_piece_seconds: float | None = None

    async def pieces(self) -> AsyncGenerator[str, None]:
        """The answer's words as they come, never empty. Raises the errors of llm.errors."""
        async with conversing.converse(
            self._asking.purpose,
            self._asking.prompt,
            [
                *(
                    message
                    for one in self._history
                    for message in (Message("user", one.question), Message("assistant", one.raw))
                ),
                Message("user", self._question),
            ],
            data={
                "about": self._grounds.about,
                "passages": [passage.as_data() for passage in self._passages],
                "is_all": len(self._passages) == len(self._grounds.passages),
            },
            scope=self._asking.scope(),
        ) as talk:
            async for words in talk:
                self.first_piece_seconds = talk.first_piece_seconds
                if shown := self._citing.take(words):
                    yield shown
        if rest := self._citing.end():
            yield rest

    def exchange(self, *, stopped: bool = False) -> Exchange:
        """What was said so far, as an exchange; its quotes are the source's own words."""
        if stopped:
            self._citing.end()
        return Exchange(
            question=self._question,
            answer=self._citing.text.rstrip(),
            raw=self._citing.raw.strip(),
            citations=self._citing.citations(),
            unsupported=self._citing.unsupported(self._question),
            stopped=stopped,
        )


def _fitting(
    asking: Asking, grounds: Grounds, history: Sequence[Exchange], question: str
) -> tuple[list[Passage], list[Exchange]]:
    """The passages and the exchanges that the context has room for."""
    room = int(settings.RESUME_CHAT_CONTEXT_TOKENS)
    room -= count_tokens(prompts.load(asking.prompt).text) + count_tokens(question) + 64
    wanted = sum(one.tokens for one in history)
    most = max(room - wanted, int(room * _SHARE_OF_PASSAGES)) if history else room
    # Of the questions before: "and where was that?" is about what was asked last.
    passages = grounds.chosen([*(one.question for one in history[-2:]), question], tokens=max(0, most))
    room -= sum(passage.tokens for passage in passages)
    kept: list[Exchange] = []
    for one in reversed(history):
        room -= one.tokens
        if room < 0:
            break
        kept.insert(0, one)
    return passages, kept
