"""The coach: what to ask next, and the copilot's hints on finished answers, for the interviewer alone.

- `suggest(last_exchange=, full_transcript=, elapsed_minutes=, briefing_context="")` → `CoachSuggestion`; raises
  llm.errors.LLMError where no model is configured or none answered
- `hint_for(turn)` → the stored `models.Hint`, or None where there is nothing to say or no model to say it
"""

from __future__ import annotations

import logging
from typing import Any, Literal

from django.core.cache import cache
from django.db import transaction
from pydantic import Field
from redis.exceptions import RedisError

from candidates import blinding, material
from candidates.states import QuoteStatus
from interviews import asking, protected, room_events, transcript
from interviews.analysis.pairing import is_refusal
from interviews.analysis.shapes import QuestionType
from interviews.languages import count_words
from interviews.models import Hint, Interview, Room, Turn
from interviews.schemas import Shape
from interviews.spoken import Spoken, blinded, name_in
from interviews.states import Audience, Role, Speaker, Verdict
from llm import client
from llm.client import Receipt
from llm.errors import LLMError

logger = logging.getLogger(__name__)

HINT_PROMPT, HINT_PURPOSE = "interviews/hint", "hint"
COACH_PROMPT, COACH_PURPOSE = "interviews/coach", "coach"
# The end of a transcript is what a next question rests on; so many characters of it are sent.
MOST_CHARACTERS = 16_000
# A hint is about the last answer: what came before it is only to see contradictions.
TURNS_BEFORE = 6
# One process at a time asks about a turn, for so long at most.
CLAIM_SECONDS = 30
# An answer of fewer words proves nothing, whatever a model thinks of it.
LEAST_STRONG_WORDS = 8

AnswerQuality = Literal["strong", "adequate", "weak", "unclear"]
Issue = Literal[
    "vague",
    "no_example",
    "no_own_part",
    "no_result",
    "off_topic",
    "contradiction",
    "rambling",
    "unproven_claim",
    "none",
]


class CoachSuggestion(Shape):
    """What the coach suggests after an exchange; also what the model answers."""

    last_question_type: QuestionType
    answer_quality: AnswerQuality
    suggested_next_question: str
    reasoning: str
    should_change_topic: bool
    topic_suggestion: str | None


class HintAnswer(Shape):
    """The answer to prompts/hint.md."""

    verdict: Verdict
    issue: Issue
    suggestion: str = Field(description="one sentence to act on")
    quote: str | None = Field(description="words copied from the answer")


# Asked where a model's own question can't be: by what became of the last answer.
_SAFE: dict[AnswerQuality, str] = {
    "strong": "What would you do differently if you had to do it again, and why?",
    "adequate": "Could you walk me through one concrete example of that, from start to result?",
    "weak": "Let us take one case: what was the situation, what did you do yourself, and what came of it?",
    "unclear": "I want to be sure that I understood you: how would you sum that up in two sentences?",
}
_SAFE_HINT = "Ask for one concrete example: the situation, their own part, and what came of it."


def suggest(
    *, last_exchange: str, full_transcript: str, elapsed_minutes: float, briefing_context: str = ""
) -> CoachSuggestion:
    """What to ask next after the last exchange.

    A question about a protected topic, or one that was asked before, is replaced by one that fits the answer's quality.
    Raises llm.errors.LLMError. Waits for a model: never call it inside a transaction.
    """
    data = {
        "last_exchange": _plain(last_exchange),
        "transcript": _ending(_plain(full_transcript)),
        "elapsed_minutes": round(elapsed_minutes, 1),
        "briefing": _plain(briefing_context),
    }
    answer, _ = client.ask_now(COACH_PURPOSE, COACH_PROMPT, data, CoachSuggestion)
    return _checked(answer, last_exchange, full_transcript)


def _checked(answer: CoachSuggestion, last_exchange: str, full_transcript: str) -> CoachSuggestion:
    quality = answer.answer_quality
    if quality == "strong" and _words_of_answer(last_exchange) < LEAST_STRONG_WORDS:
        quality = "weak"
    question = " ".join(answer.suggested_next_question.split())[:500]
    reasoning = " ".join(answer.reasoning.split())[:500]
    why_not = _unusable(question, f"{full_transcript}\n{last_exchange}")
    if why_not:
        question, reasoning = _SAFE[quality], why_not
    elif _is_prohibited(reasoning):
        reasoning = "It fits what was said."
    topic = " ".join((answer.topic_suggestion or "").split())[:200] or None
    if topic is not None and _is_prohibited(topic):
        topic = None
    return CoachSuggestion(
        last_question_type=answer.last_question_type,
        answer_quality=quality,
        suggested_next_question=question,
        reasoning=reasoning,
        should_change_topic=answer.should_change_topic and topic is not None,
        topic_suggestion=topic,
    )


def _unusable(question: str, said: str) -> str:
    """Why a suggested question can't be asked, in words; empty where it can."""
    if not question:
        return "The model had no question; this one always helps."
    if _is_prohibited(question):
        return "The model's own question touched a protected topic; this one asks on about the answer."
    folded = _folded(question)
    if len(folded) > 20 and folded in _folded(said):
        return "The model's own question was asked before; this one asks on about the answer."
    return ""


def _is_prohibited(text: str) -> bool:
    return protected.topic_of(text) is not None


def _folded(text: str) -> str:
    return " ".join("".join(one if one.isalnum() else " " for one in text.casefold()).split())


def _words_of_answer(exchange: str) -> int:
    """Words of an exchange without those of its questions."""
    questions = sum(count_words(one.text) for one in asking.questions_in(exchange))
    return count_words(exchange) - questions


def _plain(text: str) -> str:
    """A text without personal marks and without words to a model."""
    return blinding.blind(text, name=blinding.Name.of(None), withheld=tuple(material.withheld(text))).text


def _ending(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    cut = text.find("\n", len(text) - MOST_CHARACTERS)
    return text[cut + 1 if 0 <= cut < len(text) - MOST_CHARACTERS // 2 else len(text) - MOST_CHARACTERS :]


# --- the copilot -----------------------------------------------------------------------------------------------------
def hint_for(turn: Turn) -> Hint | None:
    """Read one finished answer of a candidate for the human interviewer; store the hint and post it to them alone.

    None where the turn is no answer to a question, where an AI interviews, where another process is at it, or where no
    usable word came from a model; that is logged and nothing is made up. The first hint of a turn stands.
    """
    stored = Hint.objects.filter(turn=turn).first()
    if stored is not None:
        return stored
    room = Room.objects.select_related("candidate").get(pk=turn.room_id)
    interview = Interview.objects.filter(room=room).select_related("job").first()
    if turn.speaker != Speaker.CANDIDATE or (interview is not None and interview.role != Role.INTERVIEWER):
        return None
    spoken, exchange = _exchange(room, turn)
    if exchange is None:
        return None
    known = _by_rule(spoken, exchange)
    if known is not None:
        return _store(turn, Verdict.ADEQUATE, *known, "", None)
    if not _claimed(turn):
        return None
    data = _hint_data(room, interview, spoken, exchange)
    scope = f"interview:{interview.pk}" if interview is not None else ""
    try:
        answer, receipt = client.ask_now(HINT_PURPOSE, HINT_PROMPT, data, HintAnswer, scope=scope)
    except LLMError as error:
        logger.warning("no hint for turn %s (%s)", turn.pk, error.code)
        return None
    return _store(turn, *_weighed(answer, spoken, turn), receipt)


def _by_rule(spoken: Spoken, exchange: _Exchange) -> tuple[str, str] | None:
    """(issue, suggestion) where no model needs to be asked, and none may urge to ask further; else None."""
    unfair = protected.questions_about([spoken.turns[number] for number in exchange.question])
    if unfair:
        topic = unfair[0].topic
        return (
            "protected_question",
            f"You asked about a protected topic ({topic}). Take it back and go on with the job.",
        )
    if is_refusal(spoken.turns[exchange.answer].text):
        return "declined", "They would rather not answer. Respect that, and go on with another question."
    return None


def _claimed(turn: Turn) -> bool:
    """Whether this process may ask about the turn: rings come twice, and nobody shall pay twice for a hint.

    A claim runs out by itself, so a hint that failed can be asked for again. Without Redis everybody may.
    """
    try:
        return bool(cache.add(f"hint:{turn.room_id}:{turn.number}", 1, timeout=CLAIM_SECONDS))
    except RedisError:
        return True


class _Exchange(Shape):
    """Numbers of the turns that a hint is about."""

    before: list[int]
    question: list[int]
    answer: int


def _exchange(room: Room, turn: Turn) -> tuple[Spoken, _Exchange | None]:
    """The turns that a hint is about, blinded: no more than these, since a hint must come while it is of use."""
    turns = [one for one in transcript.of(room.pk) if one.number <= turn.number]
    asked: list[Turn] = []
    for one in reversed(turns[:-1]):
        if one.speaker == Speaker.INTERVIEWER:
            asked.insert(0, one)
        elif asked:
            break
    if not any(asking.asks(one.text) for one in asked):
        return Spoken({}, {}, {}), None
    earlier = [one for one in turns if one.number < asked[0].number][-TURNS_BEFORE:]
    exchange = _Exchange(
        before=[one.number for one in earlier], question=[one.number for one in asked], answer=turn.number
    )
    return blinded([*earlier, *asked, turns[-1]], name=name_in(room)), exchange


def _hint_data(room: Room, interview: Interview | None, spoken: Spoken, exchange: _Exchange) -> dict[str, Any]:
    briefing = room.briefing or {}
    job = interview.job if interview is not None else None
    return {
        "role": job.title if job is not None else str(briefing.get("role", "")),
        "focus": [blinding.blind(str(area), name=name_in(room)).text for area in briefing.get("focus_areas", [])],
        "before": [{"speaker": one["speaker"], "text": one["text"]} for one in spoken.said(exchange.before)],
        "question": "\n".join(spoken.texts[number] for number in exchange.question),
        "answer": spoken.texts[exchange.answer],
    }


def _weighed(answer: HintAnswer, spoken: Spoken, turn: Turn) -> tuple[Verdict, str, str, str]:
    """(verdict, issue, suggestion, quote) as far as the answer's words bear them out.

    A verdict at either end needs words that were said; without them it becomes the nearest one that claims less.
    """
    held = spoken.check(answer.quote, among=[turn.number])
    verdict = answer.verdict
    if held.status is QuoteStatus.UNSUPPORTED or (verdict is Verdict.STRONG and not held.stands):
        verdict = {Verdict.STRONG: Verdict.ADEQUATE, Verdict.WEAK: Verdict.NEEDS_PROBING}.get(verdict, verdict)
    if verdict is Verdict.STRONG and count_words(turn.text) < LEAST_STRONG_WORDS:
        verdict = Verdict.NEEDS_PROBING
    suggestion = " ".join(answer.suggestion.split())[:500]
    if not suggestion or _is_prohibited(suggestion):
        suggestion = _SAFE_HINT
    return verdict, "" if answer.issue == "none" else answer.issue, suggestion, held.quote or ""


def _store(turn: Turn, verdict: Verdict, issue: str, suggestion: str, quote: str, receipt: Receipt | None) -> Hint:
    with transaction.atomic():
        # The lock that events take anyway: of two workers with the same turn, the second finds the first one's hint.
        room_events.locked(turn.room_id)
        hint, is_new = Hint.objects.get_or_create(
            turn=turn,
            defaults={
                "verdict": verdict,
                "issue": issue,
                "suggestion": suggestion,
                "quote": quote,
                "receipt": receipt.model_dump(mode="json") if receipt is not None else None,
            },
        )
        if is_new:
            room_events.append(turn.room_id, "hint", as_data(hint), audience=Audience.INTERVIEWER)
    return hint


def as_data(hint: Hint) -> dict[str, Any]:
    """A hint as events and the API give it; `turn` is the turn's number."""
    return {
        "turn": hint.turn.number,
        "verdict": hint.verdict,
        "issue": hint.issue,
        "suggestion": hint.suggestion,
        "quote": hint.quote,
    }
