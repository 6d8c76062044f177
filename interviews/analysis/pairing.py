"""Questions and their answers, paired by code from who spoke when; no model has a say in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from interviews.analysis.shapes import QuestionType
from interviews.asking import asks, goes_on
from interviews.languages import Language, count_words, language_of
from interviews.models import Turn
from interviews.schemas import Plan, Progress
from interviews.states import Speaker

# What the plan knows of a question's type; the model sorts the others.
_OF_KIND: dict[str, QuestionType] = {
    "opening": "opening",
    "experience": "experience",
    "behavioural": "behavioural",
    "closing": "closing",
}
_DECLINED = re.compile(
    r"(?i)\b(?:i['’]d|i\s+would)\s+(?:rather|prefer)\s+(?:not|to\s+not|to\s+skip)\b|\bprefer\s+not\s+to\b|\bno\s+comment\b"
    r"|\bi(?:['’]ll|\s+will|['’]d\s+like\s+to)?\s+(?:pass|skip)\b(?:\s+(?:on\s+)?(?:that|this|it)\b)?"
    r"|\b(?:can\s+we|let['’]s)\s+skip\b|\bdon['’]t\s+(?:want|wish)\s+to\s+(?:answer|talk|say|discuss)\b"
    r"|\bnot\s+comfortable\s+(?:answering|talking|discussing|sharing)\b|\bdazu\s+m[öo]chte\s+ich\s+nichts\b"
)
# A longer answer says something beside the refusal.
_DECLINED_WORDS = 25
# Where nobody asked and the candidate speaks at length, what was said before counts as the question.
_ANSWER_WORDS = 12


@dataclass
class Pair:
    """One question, how it was followed up, and what was answered. `kind` is the type where the plan knows it."""

    number: int
    question: Turn
    follow_ups: list[Turn] = field(default_factory=list)
    answers: list[Turn] = field(default_factory=list)
    kind: QuestionType | None = None
    listen_for: str = ""
    is_declined: bool = False
    is_silent: bool = False

    @property
    def state(self) -> Literal["answered", "declined", "unanswered"]:
        if self.is_silent or not any(turn.text.strip() for turn in self.answers):
            return "unanswered"
        return "declined" if self.is_declined else "answered"

    @property
    def answer(self) -> str:
        return "\n".join(turn.text.strip() for turn in self.answers if turn.text.strip())

    @property
    def words(self) -> int:
        return sum(count_words(turn.text) for turn in self.answers)

    @property
    def asked(self) -> list[Turn]:
        return [self.question, *self.follow_ups]


def pairs_of(
    turns: Sequence[Turn], *, plan: dict[str, Any] | None = None, progress: dict[str, Any] | None = None
) -> list[Pair]:
    """Pair questions with answers, in the order of asking. `plan` and `progress` are those of the interview.

    A turn of the interviewer's opens a pair if it asks something, unless it asks on: an agent says so itself, a human's
    turn asks on where it is short and points back, or comes before anything was answered. What the candidate then says,
    until the next pair opens, is the answer.
    """
    language = language_of(" ".join(turn.text for turn in turns))
    known = _planned(plan)
    settled = _settled(progress)
    names_questions = any(turn.by_agent and turn.question for turn in turns)
    pairs: list[Pair] = []
    waiting: Turn | None = None  # what the interviewer said last, if it was no question
    for turn in turns:
        if turn.speaker == Speaker.INTERVIEWER:
            # "Are you still there?", "Shall we stop here?": an agent that names its questions asks nothing else.
            is_aside = names_questions and turn.by_agent and not turn.question
            if is_aside or not (turn.question or asks(turn.text, language)):
                waiting = None if is_aside else turn
                continue
            waiting = None
            if pairs and _belongs(turn, pairs[-1], language):
                pairs[-1].follow_ups.append(turn)
            else:
                pairs.append(_opened(turn, len(pairs) + 1, known))
        elif pairs:
            pairs[-1].answers.append(turn)
        elif waiting is not None and count_words(turn.text) >= _ANSWER_WORDS:
            pairs.append(_opened(waiting, 1, known))
            pairs[-1].answers.append(turn)
    for pair in pairs:
        outcome = settled.get(pair.question.question) if pair.question.question else None
        # The last word counts: who declines first and answers the follow-up has answered.
        last = pair.answers[-1].text if pair.answers else ""
        pair.is_declined = pair.words < _DECLINED_WORDS and (outcome == "declined" or is_refusal(last))
        # Words after a silence ("no, let us stop") are no answer to what was asked before it.
        pair.is_silent = outcome == "silent" and pair.words < _ANSWER_WORDS
    return pairs


def is_refusal(text: str) -> bool:
    """Whether these words say that somebody would rather not answer, and little beside it."""
    return count_words(text) < _DECLINED_WORDS and _DECLINED.search(text) is not None


def _opened(turn: Turn, number: int, known: dict[str, tuple[QuestionType | None, str]]) -> Pair:
    kind, listen_for = known.get(turn.question, (None, "")) if turn.question else (None, "")
    return Pair(number, turn, kind=kind, listen_for=listen_for)


def _belongs(turn: Turn, pair: Pair, language: Language) -> bool:
    """Whether a turn that asks goes on with an open pair."""
    if turn.is_follow_up or (turn.question and turn.question == pair.question.question):
        return True
    if turn.question or turn.by_agent:
        return False
    return not pair.answers or goes_on(turn.text, language)


def _planned(plan: dict[str, Any] | None) -> dict[str, tuple[QuestionType | None, str]]:
    """{question key: (type where the stage tells it, what to listen for)}."""
    if not plan:
        return {}
    return {
        question.key: (_OF_KIND.get(stage.kind), question.listen_for)
        for stage in Plan.model_validate(plan).stages
        for question in stage.questions
    }


def _settled(progress: dict[str, Any] | None) -> dict[str, str]:
    """{question key: how the conversation itself took the answer}."""
    if not progress:
        return {}
    stands = Progress.model_validate(progress)
    results = [*(one for stage in stands.results for one in stage.questions), *stands.answered]
    return {one.question: one.answered for one in results}
