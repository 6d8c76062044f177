"""What of a model's words is said, and what is said in its place: decided sentence by sentence, before each is out.

The plan's questions are always asked in the plan's own words, so that all candidates of a round are asked the same. A
model gives the words between them: a short bridge, the one follow-up, the answer to what the candidate asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

from agents import wording
from agents.deciding import Act, Because, Decision
from agents.reading import Move
from agents.sentences import Sentences
from candidates.prohibited import is_prohibited
from interviews import protected
from interviews.plans.earlier import ALIKE

# The move that a model must have had in mind for its words to fit what was decided.
_MOVES: dict[Act, Move] = {
    Act.ASK: "next",
    Act.FOLLOW_UP: "follow_up",
    Act.ANSWER: "answer",
    Act.WAIT: "wait",
}
# Where anything but fixed words could hurt or press: what is declined is let go, in the same words for everyone.
_OWN_WORDS = frozenset({Because.ANSWERED, Because.THIN, Because.ASKED_BACK, Because.OFF_TOPIC, Because.THINKING})
# How many sentences of a model's are said, without the question.
_MOST_SENTENCES: dict[Act, int] = {Act.ASK: 2, Act.FOLLOW_UP: 1, Act.ANSWER: 4, Act.WAIT: 1}
# No interviewer tells the outcome, least of all one that can't know it.
_VERDICT = re.compile(
    r"(?i)\byou(?:['’]?re|\s+are|['’]?ve|\s+have|\s+will\s+be|\s+would\s+be|['’]?ll\s+be)?\s+(?:been\s+|certainly\s+)?"
    r"(?:hired|rejected|selected|accepted|shortlisted|passed|failed|got(?:ten)?\s+the\s+job|a\s+(?:strong|perfect|weak)\s+"
    r"candidate)\b|\b(?:i|we)(?:['’]?ll|\s+will|\s+have)?\s+(?:mark(?:ed)?|rate[d]?|score[d]?|recommend(?:ed)?)\s+you\b"
)


def may_be_said(sentence: str) -> bool:
    """Whether an interviewer may say this at all: nothing about protected marks, no verdict."""
    if is_prohibited(sentence) or _VERDICT.search(sentence):
        return False
    return "?" not in sentence or protected.topic_of(sentence) is None


class Script:
    """The words of one turn of the interviewer, made while the model still writes.

    `move` is what the model says its words are for; None where there are none. `known` are questions that must not be
    asked in other words either. Pieces come with the white space that belongs between them.
    """

    def __init__(
        self, decision: Decision, *, move: Move | None, turn: int, name: str, is_first: bool, known: Sequence[str] = ()
    ) -> None:
        self._decision = decision
        self._turn = turn
        self._name = name
        self._is_first = is_first
        self._known = [text.casefold() for text in known]
        self._sentences = Sentences()
        self._seen = 0
        self._said = 0
        self._asked = False
        self._begun = False
        self._own = move is not None and _MOVES.get(decision.act) == move and decision.because in _OWN_WORDS

    def feed(self, say: str) -> Iterator[str]:
        """What can be said now that the model has written this much."""
        if not self._own:
            yield from self._fixed()
            return
        new, self._seen = say[self._seen :], len(say)
        for sentence in self._sentences.feed(new):
            yield from self._take(sentence)

    def finish(self) -> Iterator[str]:
        """The rest of the turn, after the last of the model's words."""
        if not self._own:
            yield from self._fixed()
            return
        yield from self._take(self._sentences.rest())
        decision = self._decision
        match decision.act:
            case Act.ASK:
                if not self._said:
                    yield from self._say(wording.bridge(decision, turn=self._turn))
                yield from self._say(wording.leading_to(decision, is_first=self._is_first))
                yield from self._say(decision.question.text if decision.question else "")
            case Act.FOLLOW_UP:
                if not self._asked and decision.question:
                    yield from self._say(wording.follow_up(decision.question))
            case Act.ANSWER:
                if not self._said:
                    yield from self._say(wording.unanswerable())
                yield from self._say(wording.invitation(decision))
            case _:
                if not self._said:
                    yield from self._say(wording.waiting(decision))

    def _fixed(self) -> Iterator[str]:
        """The whole turn in fixed words, once."""
        if not self._begun:
            yield from self._say(
                wording.fixed(self._decision, turn=self._turn, name=self._name, is_first=self._is_first)
            )

    def _take(self, sentence: str) -> Iterator[str]:
        """One sentence of the model's, if it may be said here: one question at a time, and only where one belongs."""
        if not sentence or self._asked or not may_be_said(sentence):
            return
        if "?" in sentence:
            if self._decision.act is Act.FOLLOW_UP and not self._is_known(sentence):
                self._asked = True
                yield from self._say(sentence)
        elif self._said < _MOST_SENTENCES[self._decision.act]:
            self._said += 1
            yield from self._say(sentence)

    def _is_known(self, question: str) -> bool:
        plain = question.casefold()
        return process.extractOne(plain, self._known, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE) is not None

    def _say(self, text: str) -> Iterator[str]:
        if text:
            yield f" {text}" if self._begun else text
            self._begun = True
