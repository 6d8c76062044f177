"""An analysis as the interview's page shows it: levels as bars, totals with what they rest on, quotes with places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from candidates import presenting as people
from interviews import presenting
from interviews.admin.transcript_view import Quoted
from interviews.analysis import AnalysisResult, Dimension, Judged, QuestionAnswer
from interviews.models import Analysis
from interviews.schemas import SpeakerMetrics, SpeechMetrics

LEVELS = {
    "none": "None",
    "weak": "Weak",
    "partial": "Partial",
    "strong": "Strong",
    "full": "Full",
    "unknown": "Not judged",
}
PAIR_STATES = {
    "judged": ("", ""),
    "unsupported": ("Not counted", "The words that the judgement named were never said."),
    "declined": ("Declined", "The candidate preferred not to answer. That counts for nothing."),
    "unanswered": ("Not answered", "No answer was given."),
}
SEVERITY_TONES = {"low": "plain", "medium": "warn", "high": "bad"}
DIMENSIONS = (("communication", "Communication"), ("technical", "Technical"), ("cultural_fit", "Cultural fit"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the four marks of an answer. `width` is a share in percent; `value` is 0–10 in words."""

    label: str
    level: str
    value: str
    width: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with its answer and marks; `key` leads to its quote in the transcript."""

    result: QuestionAnswer
    question: str
    type: str
    key: str
    measures: list[Measure]
    score: str
    state: str
    state_note: str


@dataclass(frozen=True, slots=True)
class Total:
    """One of the three parts of the score."""

    label: str
    bar: SafeString
    reason: str
    pairs: str


@dataclass(frozen=True, slots=True)
class SpeechLine:
    """One measured figure, for both sides."""

    label: str
    interviewer: str
    candidate: str
    note: str


@dataclass(frozen=True)
class Shown:
    """All that the page shows of an analysis."""

    analysis: Analysis
    result: AnalysisResult
    metrics: SpeechMetrics
    totals: list[Total]
    pairs: list[Pair]
    red_flags: list[dict[str, Any]]
    speech: list[SpeechLine]
    tone: str
    confidence: int
    confidence_word: str

    def quotes(self) -> Iterator[Quoted]:
        """Every quote with the key of the link that leads to it."""
        for pair in self.pairs:
            if pair.result.quote and pair.result.quote_turn is not None:
                yield Quoted(pair.key, pair.result.quote_turn, pair.result.quote)
        for number, highlight in enumerate(self.result.highlights):
            yield Quoted(f"highlight-{number}", highlight.turn, highlight.quote)
        for number, flag in enumerate(self.result.red_flags):
            yield Quoted(f"flag-{number}", flag.turn, flag.quote)


def shown(analysis: Analysis) -> Shown:
    """An analysis ready to be shown."""
    result = AnalysisResult.model_validate(analysis.result)
    metrics = SpeechMetrics.model_validate(analysis.metrics)
    share = result.confidence.score
    return Shown(
        analysis=analysis,
        result=result,
        metrics=metrics,
        totals=[_total(label, getattr(result, name)) for name, label in DIMENSIONS],
        pairs=[_pair(pair) for pair in result.pairs],
        red_flags=[
            {"flag": flag, "key": f"flag-{number}", "tone": SEVERITY_TONES[flag.severity]}
            for number, flag in enumerate(result.red_flags)
        ],
        speech=speech_lines(metrics),
        tone=presenting.RECOMMENDATION_TONES[result.recommendation],
        confidence=round(100 * share),
        confidence_word="high" if share >= 0.75 else "moderate" if share >= 0.5 else "low",
    )


def speech_lines(metrics: SpeechMetrics) -> list[SpeechLine]:
    """What was measured, a line a figure; figures that need sound are left out where all was typed."""
    sides = (metrics.interviewer, metrics.candidate)

    def line(label: str, note: str, value: Any) -> SpeechLine:
        return SpeechLine(label, value(sides[0]), value(sides[1]), note)

    def questions(side: SpeakerMetrics) -> str:
        return f"{side.questions}, {side.open_questions} open" if side.questions else "0"

    lines = [
        line("Talk share", "of all words", lambda side: f"{100 * side.talk_share:.0f} %"),
        line("Words", "", lambda side: f"{side.words:,}"),
        line("Turns", "", lambda side: str(side.turns)),
        line("Questions", "open ones can't be answered with yes or no", questions),
        line("Fillers", "of 100 words", lambda side: f"{side.filler_rate:.1f}"),
    ]
    if any(side.words_per_minute is not None for side in sides):
        lines.insert(1, line("Words a minute", "", _pace))
    return lines


def _pace(side: SpeakerMetrics) -> str:
    return "—" if side.words_per_minute is None else f"{side.words_per_minute:.0f}"


def _total(label: str, dimension: Dimension) -> Total:
    numbers = ", ".join(map(str, dimension.pairs))
    return Total(
        label=label,
        bar=people.score_bar(dimension.score, "ai", label=label),
        reason=dimension.reason,
        pairs=f"Rests on question{'' if len(dimension.pairs) == 1 else 's'} {numbers}" if numbers else "Nothing asked",
    )


def _pair(pair: QuestionAnswer) -> Pair:
    state, note = PAIR_STATES[pair.state]
    marks = (
        ("Relevance", pair.relevance),
        ("Clarity", pair.clarity),
        ("Depth", pair.depth),
        (pair.metric.label, pair.metric),
    )
    return Pair(
        result=pair,
        question=presenting.asked(pair.question),
        type=presenting.humanised(pair.type),
        key=f"pair-{pair.number}",
        measures=[_measure(label, mark) for label, mark in marks],
        score="—" if pair.score is None else f"{pair.score:.1f}",
        state=state,
        state_note=note,
    )


def _measure(label: str, mark: Judged) -> Measure:
    return Measure(
        label=label,
        level=LEVELS[mark.level],
        value="—" if mark.score is None else f"{mark.score:g}",
        width=0 if mark.score is None else 10 * mark.score,
    )
