"""The model's judgement of an interview, stretch by stretch, and the check of every quote in it.

What a quote does not bear out is not counted; a judgement in which too little stands is a failed one, not a bad one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from candidates.prohibited import is_prohibited
from candidates.states import QuoteStatus
from interviews.analysis import weighing
from interviews.analysis.answers import Judgement, PairAnswer
from interviews.analysis.pairing import Pair
from interviews.analysis.shapes import (
    AreaToProbe,
    Highlight,
    Judged,
    PairState,
    QuestionAnswer,
    QuestionType,
    RedFlag,
    TypeMetric,
)
from interviews.levels import Level, out_of_ten
from interviews.spoken import Held, Spoken
from llm import client
from llm.client import Receipt
from llm.errors import BrokenAnswer

PROMPT = "interviews/analyse"
PURPOSE = "analyse"
# One call judges so many pairs or characters at most: more at once, and models skim. A longer answer goes alone.
MOST_PAIRS = 6
MOST_CHARACTERS = 14_000
# Calls of one analysis under way at the same time; the shared limits of llm hold across all processes.
AT_ONCE = 4
MOST_POINTS = 6
# A judgement stands if so many of the answers that it judged rest on words that were said.
LEAST_HELD = 0.5
# An answer of fewer words may be judged without a quote: all of it can be seen at a glance.
GLANCE_WORDS = 12


@dataclass
class Findings:
    """What came of all stretches together, checked."""

    pairs: list[QuestionAnswer] = field(default_factory=list)
    highlights: list[Highlight] = field(default_factory=list)
    red_flags: list[RedFlag] = field(default_factory=list)
    areas_to_probe: list[AreaToProbe] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


def judge(pairs: Sequence[Pair], spoken: Spoken, *, role: str, stage: str, scope: str) -> Findings:
    """Have all answered pairs judged and check what comes back. Blocks while it waits for a model.

    Raises llm.errors.LLMError where a stretch got no usable answer, or where too few quotes were really said.
    """
    stretches = list(stretches_of([pair for pair in pairs if pair.state == "answered"]))
    asked = [question(stretch, spoken, role=role, stage=stage) for stretch in stretches]

    def ask(data: dict[str, Any]) -> tuple[Judgement, Receipt]:
        return client.ask_now(PURPOSE, PROMPT, data, Judgement, scope=scope)

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="analysis") as pool:
        answers = list(pool.map(ask, asked))
    findings = checked(pairs, spoken, zip(stretches, (answer for answer, _ in answers), strict=True))
    findings.receipts = [receipt for _, receipt in answers]
    return findings


def checked(pairs: Sequence[Pair], spoken: Spoken, answers: Iterable[tuple[Sequence[Pair], Judgement]]) -> Findings:
    """What stands of the answers to stretches of these pairs. Raises BrokenAnswer where too little was really said."""
    findings = Findings()
    judged: dict[int, QuestionAnswer] = {}
    for stretch, answer in answers:
        _check(stretch, answer, spoken, findings, judged)
    findings.pairs = [judged[pair.number] if pair.number in judged else _unjudged(pair) for pair in pairs]
    _held_or_raise(findings.pairs)
    del findings.highlights[MOST_POINTS:], findings.red_flags[MOST_POINTS:], findings.areas_to_probe[MOST_POINTS:]
    return findings


def stretches_of(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Cut an interview between questions, so that each stretch fits one call."""
    stretch: list[Pair] = []
    size = 0
    for pair in pairs:
        characters = sum(len(turn.text) for turn in (*pair.asked, *pair.answers))
        if stretch and (len(stretch) == MOST_PAIRS or size + characters > MOST_CHARACTERS):
            yield stretch
            stretch, size = [], 0
        stretch.append(pair)
        size += characters
    if stretch:
        yield stretch


def question(stretch: Sequence[Pair], spoken: Spoken, *, role: str, stage: str) -> dict[str, Any]:
    """The data of one call: no name, no weight, nothing that hints at what a level is worth."""
    return {
        "role": role,
        "round": stage,
        "metrics": {kind: label for kind, (_, label) in weighing.METRICS.items()},
        "pairs": [
            {
                "number": pair.number,
                "type": pair.kind,
                "listen_for": pair.listen_for,
                "said": spoken.said([turn.number for turn in (*pair.asked, *pair.answers)]),
            }
            for pair in stretch
        ],
    }


def _check(
    stretch: Sequence[Pair],
    answer: Judgement,
    spoken: Spoken,
    findings: Findings,
    judged: dict[int, QuestionAnswer],
) -> None:
    """Take from an answer what stands, into `findings` and `judged`."""
    given = {item.number: item for item in reversed(answer.pairs)}  # of two answers to one pair the first counts
    for pair in stretch:
        judged[pair.number] = _pair(pair, given.get(pair.number), spoken, findings.notes)
    numbers = [turn.number for pair in stretch for turn in pair.answers]
    for point in answer.highlights:
        held = _point(point.quote, point.text, numbers, spoken, findings.notes, "highlight")
        if held is not None:
            findings.highlights.append(Highlight(text=line(point.text), quote=held[0], turn=held[1]))
    for flag in answer.red_flags:
        held = _point(flag.quote, flag.text, numbers, spoken, findings.notes, "red flag")
        if held is not None:
            findings.red_flags.append(
                RedFlag(
                    code=flag.code,
                    text=line(flag.text),
                    severity=flag.severity,
                    quote=held[0],
                    turn=held[1],
                    moves=False,
                )
            )
    known = {pair.number: pair for pair in stretch}
    for probe in answer.areas_to_probe:
        if is_prohibited(probe.question) or is_prohibited(probe.area) or not probe.question.strip():
            findings.notes.append("An area to probe touched a protected topic and was dropped.")
            continue
        of = known.get(probe.pair) if probe.pair is not None else None
        turn = of.answers[-1].number if of is not None and of.answers else None
        findings.areas_to_probe.append(AreaToProbe(area=line(probe.area), question=line(probe.question), turn=turn))


def _pair(pair: Pair, item: PairAnswer | None, spoken: Spoken, notes: list[str]) -> QuestionAnswer:
    numbers = [turn.number for turn in pair.answers]
    if item is None:
        notes.append(f"Question {pair.number}: the model did not answer.")
        return _unjudged(pair, "unsupported", QuoteStatus.NOT_GIVEN, "The model did not judge this answer.")
    held = spoken.check(item.quote, among=numbers, question=[turn.text for turn in pair.asked])
    if held.status is QuoteStatus.NOT_GIVEN and pair.words < GLANCE_WORDS:
        held = Held(QuoteStatus.VERIFIED, pair.answers[0].text, numbers[0])
    if not held.stands:
        notes.append(f"Question {pair.number}: not counted. {held.reason}")
        return _unjudged(pair, "unsupported", held.status, f"{held.reason} The model said: {line(item.reason)}")
    kind = pair.kind or item.type
    depth, metric = weighing.limited(item.depth, pair.words), weighing.limited(item.metric, pair.words)
    reason = line(item.reason)
    if (depth, metric) != (item.depth, item.metric):
        notes.append(f"Question {pair.number}: {pair.words} words bear no higher level of depth.")
    name, label = weighing.METRICS[kind]
    made = _filled(
        pair,
        state="judged",
        kind=kind,
        levels=(item.relevance, item.clarity, depth),
        metric=TypeMetric(name=name, label=label, level=metric, score=out_of_ten(metric)),
        held=held,
        reason=reason,
    )
    return made.model_copy(update={"score": weighing.score_of(made)})


def _point(
    quote: str, text: str, numbers: Sequence[int], spoken: Spoken, notes: list[str], what: str
) -> tuple[str, int] | None:
    """The words and turn of a point that stands, else None with a note."""
    held = spoken.check(quote, among=numbers)
    if held.quote is None or held.turn is None:
        notes.append(f"A {what} was dropped. {held.reason}")
        return None
    if is_prohibited(text):
        notes.append(f"A {what} touched a protected topic and was dropped.")
        return None
    return held.quote, held.turn


def _unjudged(
    pair: Pair,
    state: PairState | None = None,
    status: QuoteStatus = QuoteStatus.NOT_NEEDED,
    reason: str = "",
) -> QuestionAnswer:
    """A pair that counts for nothing: declined, unanswered, or judged on words that were never said."""
    kind: QuestionType = pair.kind or "other"
    name, label = weighing.METRICS[kind]
    if state is None:
        state = "declined" if pair.state == "declined" else "unanswered"
        reason = (
            "The candidate would rather not answer, which is respected and counts for nothing."
            if state == "declined"
            else "Nothing was answered; it counts for nothing."
        )
    return _filled(
        pair,
        state=state,
        kind=kind,
        levels=("unknown", "unknown", "unknown"),
        metric=TypeMetric(name=name, label=label, level="unknown", score=None),
        held=Held(status),
        reason=reason,
    )


def _filled(
    pair: Pair,
    *,
    state: PairState,
    kind: QuestionType,
    levels: tuple[Level, Level, Level],
    metric: TypeMetric,
    held: Held,
    reason: str,
) -> QuestionAnswer:
    relevance, clarity, depth = (Judged(level=level, score=out_of_ten(level)) for level in levels)
    return QuestionAnswer(
        number=pair.number,
        state=state,
        type=kind,
        question=pair.question.text,
        question_turn=pair.question.number,
        follow_up_turns=[turn.number for turn in pair.follow_ups],
        answer_turns=[turn.number for turn in pair.answers],
        answer=pair.answer,
        words=pair.words,
        relevance=relevance,
        clarity=clarity,
        depth=depth,
        metric=metric,
        score=None,
        quote=held.quote,
        quote_turn=held.turn,
        quote_status=held.status,
        reason=reason,
    )


def _held_or_raise(pairs: Sequence[QuestionAnswer]) -> None:
    answered = [pair for pair in pairs if pair.state in ("judged", "unsupported")]
    judged = [pair for pair in answered if pair.state == "judged"]
    if not answered or len(judged) < LEAST_HELD * len(answered) or not any(pair.score is not None for pair in judged):
        raise BrokenAnswer("The model's judgement rests on words that were never said, so it was not used.")


def line(text: str, limit: int = 400) -> str:
    """A model's sentence as one line of at most `limit` characters."""
    # What stands for the name in the question may come back in the answer.
    joined = " ".join(text.replace("[name]", "the candidate").split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1].rstrip()}…"
