"""The model's judgement of a session, stretch by stretch, and the check of every quote in it.

What a quote does not bear out is not counted; a judgement in which too little stands is a failed one, not a bad one.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from coaching.evaluation import hearing, weights
from coaching.evaluation.answers import CriterionAnswer, Judgement
from coaching.evaluation.hearing import Heard, Line
from coaching.evaluation.weights import Asked
from coaching.schemas import Criterion, Measured, Quote
from coaching.states import Dimension
from interviews.levels import level_of, share_of
from llm import client
from llm.client import Receipt
from llm.errors import BrokenAnswer

PROMPT = "coaching/evaluate"
PURPOSE = "evaluate"
# Calls of one evaluation under way at the same time; the shared limits of llm hold across all processes.
AT_ONCE = 4
MOST_SAID = 400  # characters of a sentence of the model's


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence of the model's about one dimension, with a quote that stands, or none."""

    dimension: Dimension
    text: str
    quote: Quote | None
    # Of advice: how the quoted words could have been said. Of an exercise: its title.
    more: str = ""


@dataclass
class Findings:
    """What came of all stretches together, checked and counted."""

    criteria: list[Criterion] = field(default_factory=list)
    scores: dict[Dimension, int] = field(default_factory=dict)
    strengths: list[Point] = field(default_factory=list)
    advice: list[Point] = field(default_factory=list)
    exercises: list[Point] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    summary_quotes: list[Quote] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    measured: Measured | None = None
    turns: int = 0


@dataclass(frozen=True, slots=True)
class _Met:
    """How a criterion is met in one stretch; `words` is what the stretch weighs."""

    criterion: Criterion
    share: float | None
    words: int


def judge(heard: Heard, *, scope: str) -> Findings:
    """Have a session judged and check what comes back. Blocks while it waits for a model.

    An answer of which too little stands is asked for once more, as another reading. Raises llm.errors.LLMError where no
    stretch or too few quotes came out usable then either. Nothing is taken from the cache: an answer that could not be
    used must not come back for ever, and whoever asks anew wants it judged anew.
    """
    stretches = list(hearing.stretches(heard))
    receipts: list[Receipt] = []
    for reading in (0, 1):

        def ask(data: dict[str, Any], variation: int = reading) -> tuple[Judgement, Receipt]:
            return client.ask_now(PURPOSE, PROMPT, data, Judgement, scope=scope, variation=variation, use_cache=False)

        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="evaluation") as pool:
            answers = list(pool.map(ask, [question(heard, stretch) for stretch in stretches]))
        receipts += [receipt for _, receipt in answers]
        try:
            findings = checked(heard, stretches, [answer for answer, _ in answers])
        except BrokenAnswer:
            if reading:
                raise
            continue
        findings.receipts = receipts
        return findings
    raise AssertionError("two readings end in an answer or an error")


def question(heard: Heard, stretch: Sequence[Line]) -> dict[str, Any]:
    """The data of one call: no name, no weight, no earlier score, nothing that hints at what a level is worth.

    The criteria stand first, so that every call begins with the same bytes and the provider can cache them.
    """
    return {
        "criteria": [{"key": one.key, "dimension": one.dimension.value, "asks": one.asks} for one in weights.CRITERIA],
        "preparation": heard.preparation,
        "conversation": heard.spoken.said([line.number for line in stretch]),
    }


def checked(heard: Heard, stretches: Sequence[Sequence[Line]], answers: Sequence[Judgement]) -> Findings:
    """What stands of the answers to these stretches. Raises BrokenAnswer where too little was really said."""
    findings = Findings(measured=hearing.measured(heard), turns=len(heard.trainees))
    met: dict[str, list[_Met]] = {one.key: [] for one in weights.CRITERIA}
    for lines, answer in zip(stretches, answers, strict=True):
        words = heard.words(lines)
        given = {one.key: one for one in reversed(answer.criteria)}  # of two answers to one criterion the first counts
        for asked in weights.CRITERIA:
            met[asked.key].append(_met(asked, given.get(asked.key), heard, lines, words, findings.notes))
        _points(heard, lines, answer, findings)
    findings.criteria = [_together(met[asked.key]) for asked in weights.CRITERIA]
    _held_or_raise(findings.criteria)
    for dimension in Dimension:
        score = weights.dimension_score(findings.criteria, dimension)
        if score is None:
            raise BrokenAnswer(f"The model judged nothing that counts about “{dimension.label}”, so it was not used.")
        findings.scores[dimension] = score
    if heard.orders:
        findings.notes.append(
            f"{heard.orders} of your messages spoke to a model instead of your counterpart; these words were left out."
        )
    return findings


def _met(
    asked: Asked, item: CriterionAnswer | None, heard: Heard, lines: Sequence[Line], words: int, notes: list[str]
) -> _Met:
    if item is None or item.level == "unknown":
        reason = "The conversation gave nothing to judge it by." if item is None else line(item.reason)
        return _Met(_criterion(asked, "not_judged", None, None, reason), None, words)
    quote, why = heard.quoted(item.quote, lines)
    # What was never done has no words; every other level needs some.
    if quote is None and (item.level != "none" or (item.quote or "").strip()):
        notes.append(f"“{asked.label}” was not counted. {why}")
        return _Met(
            _criterion(asked, "unsupported", None, None, f"{why} The model said: {line(item.reason)}"), None, words
        )
    share = share_of(item.level)
    return _Met(_criterion(asked, "judged", share, quote, line(item.reason)), share, words)


def _together(parts: Sequence[_Met]) -> Criterion:
    """One criterion over all stretches: the mean of its shares by words, with the quote that comes closest to it."""
    judged = [part for part in parts if part.share is not None]
    if not judged:
        return next((part.criterion for part in parts if part.criterion.state == "unsupported"), parts[0].criterion)
    if len(judged) == 1:
        return judged[0].criterion
    total = sum(part.words for part in judged)
    weight = [part.words if total else 1 for part in judged]
    share = sum((part.share or 0.0) * heavy for part, heavy in zip(judged, weight, strict=True)) / sum(weight)
    closest = min(judged, key=lambda part: (abs((part.share or 0.0) - share), part.criterion.quote is None))
    return closest.criterion.model_copy(update={"level": level_of(share), "score": round(100 * share, 1)})


def _points(heard: Heard, lines: Sequence[Line], answer: Judgement, findings: Findings) -> None:
    for strength in answer.strengths:
        quote, why = heard.quoted(strength.quote, lines)
        if quote is None:
            findings.notes.append(f"A strength was dropped. {why}")
        elif strength.text.strip():
            findings.strengths.append(Point(strength.dimension, line(strength.text), quote))
    for advice in answer.advice:
        quote = _quote_of(heard, advice.quote, lines, findings.notes, "some advice")
        if advice.suggestion.strip():
            instead = line(advice.instead) if quote is not None else ""
            findings.advice.append(Point(advice.dimension, line(advice.suggestion), quote, instead))
    for exercise in answer.practice:
        quote = _quote_of(heard, exercise.quote, lines, findings.notes, "an exercise")
        if exercise.exercise.strip():
            title = line(exercise.title, 80) or exercise.dimension.label
            findings.exercises.append(Point(exercise.dimension, line(exercise.exercise), quote, title))
    if answer.summary.strip():
        findings.summaries.append(line(answer.summary, 600))
    quote = _quote_of(heard, answer.summary_quote, lines, findings.notes, "the summary")
    if quote is not None:
        findings.summary_quotes.append(quote)


def _quote_of(heard: Heard, said: str | None, lines: Sequence[Line], notes: list[str], what: str) -> Quote | None:
    """A quote that may be missing; one that was given and never said is left out with a note."""
    if not (said or "").strip():
        return None
    quote, why = heard.quoted(said, lines)
    if quote is None:
        notes.append(f"The quote of {what} was left out. {why}")
    return quote


def _criterion(asked: Asked, state: Any, share: float | None, quote: Quote | None, reason: str) -> Criterion:
    return Criterion(
        key=asked.key,
        dimension=asked.dimension,
        label=asked.label,
        weight=asked.weight,
        state=state,
        level=level_of(share),
        score=None if share is None else 100 * share,
        quote=quote,
        reason=reason,
    )


def _held_or_raise(criteria: Sequence[Criterion]) -> None:
    answered = [one for one in criteria if one.state != "not_judged"]
    judged = [one for one in answered if one.state == "judged"]
    if not judged or len(judged) < weights.LEAST_HELD * len(answered):
        raise BrokenAnswer("The model's judgement rests on words that were never said, so it was not used.")


def line(text: str, limit: int = MOST_SAID) -> str:
    """A model's sentence as one line of at most `limit` characters."""
    joined = " ".join(text.replace("\0", " ").replace("[name]", "you").split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1].rstrip()}…"
