"""How people spoke, measured from the stored turns: no model is asked, and the same turns give the same figures."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

from interviews.asking import questions_in
from interviews.languages import Language, count_words, language_of
from interviews.models import Turn
from interviews.schemas import SpeakerMetrics, SpeechMetrics
from interviews.states import Medium, Speaker

# Who starts to speak this long before the other has ended has interrupted; less is the ordinary overlap of a change.
OVERLAP = timedelta(seconds=0.3)
# Below so many seconds of speech a rate per minute says nothing.
LEAST_SECONDS = 1.0


def measure(turns: Sequence[Turn]) -> SpeechMetrics:
    """Measure a transcript, in the order of its turns.

    Times come from spoken turns alone: where everything was typed, seconds, words per minute and monologue are null.
    `talk_share` is a side's share of all words. Fillers and questions are counted by the words of the language that
    the transcript is in. An interruption is a turn that was cut off, or that the other side began to speak into.
    """
    language = language_of(" ".join(turn.text for turn in turns))
    total = sum(count_words(turn.text) for turn in turns)
    seconds = (max(turn.ended_at for turn in turns) - min(turn.started_at for turn in turns)) if turns else timedelta()
    return SpeechMetrics(
        duration_seconds=round(max(0.0, seconds.total_seconds()), 1),
        interviewer=_side([turn for turn in turns if turn.speaker == Speaker.INTERVIEWER], total, language),
        candidate=_side([turn for turn in turns if turn.speaker == Speaker.CANDIDATE], total, language),
        longest_monologue_seconds=_longest_monologue(turns),
        interruptions=_interruptions(turns),
    )


def _side(turns: Sequence[Turn], all_words: int, language: Language) -> SpeakerMetrics:
    words = sum(count_words(turn.text) for turn in turns)
    spoken = [turn for turn in turns if turn.medium == Medium.VOICE]
    seconds = sum(_seconds(turn) for turn in spoken) if spoken else None
    spoken_words = sum(count_words(turn.text) for turn in spoken)
    fillers = sum(len(language.filler.findall(turn.text.replace("’", "'"))) for turn in turns)
    asked = [question for turn in turns for question in questions_in(turn.text, language)]
    return SpeakerMetrics(
        turns=len(turns),
        words=words,
        seconds=None if seconds is None else round(seconds, 1),
        words_per_minute=(
            round(60 * spoken_words / seconds, 1) if seconds is not None and seconds >= LEAST_SECONDS else None
        ),
        fillers=fillers,
        filler_rate=round(100 * fillers / words, 2) if words else 0.0,
        questions=len(asked),
        open_questions=sum(question.is_open for question in asked),
        talk_share=round(words / all_words, 4) if all_words else 0.0,
    )


def _seconds(turn: Turn) -> float:
    return max(0.0, (turn.ended_at - turn.started_at).total_seconds())


def _longest_monologue(turns: Sequence[Turn]) -> float | None:
    """The longest time that one side spoke without the other saying anything in between, in seconds."""
    longest: float | None = None
    running = 0.0
    before: str | None = None
    for turn in turns:
        if turn.speaker != before:
            running = 0.0
        before = turn.speaker
        if turn.medium == Medium.VOICE:
            running += _seconds(turn)
            longest = running if longest is None else max(longest, running)
    return None if longest is None else round(longest, 1)


def _interruptions(turns: Sequence[Turn]) -> int:
    cut = {turn.number for turn in turns if turn.interrupted}
    spoken = [turn for turn in turns if turn.medium == Medium.VOICE]
    for turn, following in itertools.pairwise(spoken):
        if following.speaker != turn.speaker and turn.started_at < following.started_at < turn.ended_at - OVERLAP:
            cut.add(turn.number)
    return len(cut)
