"""Rules that judge a practice conversation: eighteen closed questions by simple signals in the trainee's own words.

Every quote is cut out of what the trainee said, unless the behaviour asks for lies; the same words get the same levels.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.judging import INVENTED
from llm.simulator.request import ChatRequest
from llm.simulator.text import Passage, passages, shortened, words
from llm.simulator.weighing import orders_in

_LEVELS = ("none", "weak", "partial", "strong", "full")


def _any(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_FILLERS = _any(r"\b(?:um+|uh+|erm?|you know|I mean|basically|literally|actually|like,)\b|\bwell,")
_HEDGES = _any(
    r"\b(?:I (?:just )?(?:think|guess|suppose|feel like)|maybe|perhaps|probably|possibly|somehow|(?:kind|sort) of|"
    r"a (?:little )?bit|I(?:'m| am) (?:not (?:really |quite )?sure|no expert)|hopefully|or something|more or less|"
    r"I(?:'m| am)? sorry)\b,?\s*"
)
_VAGUE = _any(
    r"\b(?:things?|stuff|something|somehow|a lot|lots|very|really|nice|good|great|many|various|some|etc|whatever)\b"
)
_SIGNPOSTS = _any(
    r"\b(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|then|next|finally|because|so that|for example|for instance|"
    r"as a result|in short|that is why|there(?:fore| are (?:two|three|four))|which means|two reasons|"
    r"three (?:points|reasons|steps))\b"
)
_DOING = _any(
    r"\bI\s+(?:\w+ly\s+|have\s+)?(?:led|built|ran|run|closed|designed|founded|managed|grew|launched|moved|introduced|"
    r"negotiated|reached|delivered|own|owned|created|cut|raised|won|trained|wrote|sold|opened|hired|reduced|increased|"
    r"decided|proposed|asked|called|fixed|found|measured|took|started|changed|learned|planned|tested|made|recommend|"
    r"suggest|stand by|worked)\b"
)
_PRESSURE = _any(
    r"\b(?:why should|but (?:why|how|what|is|are|your|that)|concern|risk|doubt|convince|too (?:expensive|late|small|"
    r"early|risky|high)|not sure|how do you know|competitor|already have|what if|sceptical|skeptical|objection|prove|"
    r"weakness|fail|worr(?:y|ied)|really\?|hard to believe|no budget)\b"
)
_RUDE = _any(r"\b(?:stupid|idiot|shut up|ridiculous|nonsense|crap|damn|dumb|obviously you|your fault)\b")
_COURTEOUS = _any(
    r"\b(?:thank|thanks|please|appreciate|I understand|I see|you(?:'re| are) right|fair (?:point|question))"
)
_TAKES_UP = _any(
    r"\b(?:you (?:said|mentioned|asked|raised|told|describe|want|need)|as you|your (?:point|question|concern|team|"
    r"company|customers?|goal|plan)|I (?:hear|understand)|you(?:'re| are) right|fair (?:point|question)|good question|"
    r"if I understood)"
)
_MOVES = _any(
    r"\b(?:next steps?|shall we|I(?:'d| would)? (?:propose|suggest)|let(?:'s| us)|follow up|by (?:monday|tuesday|"
    r"wednesday|thursday|friday|next week|the end of)|next week|tomorrow|schedule|sign|agree|decide|pilot|meeting|"
    r"when can)\b"
)

_ADVICE: dict[str, tuple[str, str, str]] = {
    "clarity_structure": (
        "Say your main point in the first sentence, then give your reasons in an order you name.",
        "Point first",
        "Take three questions and answer each with one sentence first, then “because”, then one example.",
    ),
    "relevance_focus": (
        "Answer just what was asked, and add one figure or one example of your own.",
        "One fact each",
        "Write down five claims you make often and find a figure or an example for each.",
    ),
    "confidence_delivery": (
        "Leave out the words that make your claim smaller, and say what you yourself did.",
        "Without hedges",
        "Say three of your answers again without “I think”, “maybe” and “kind of”.",
    ),
    "language_quality": (
        "Put a name or a number in place of each vague word.",
        "The exact word",
        "Take one answer and replace every “things”, “a lot” and “very” with what you mean.",
    ),
    "tone_alignment": (
        "Show that you have understood what matters to the other side before you answer.",
        "First them, then you",
        "Begin every second answer with what you understood of the other side.",
    ),
    "engagement": (
        "Ask a question that you need the answer to, and propose the next step yourself.",
        "Three open questions",
        "Prepare three questions that begin with “how” or “what”, and one next step with a date.",
    ),
}
_PRAISE = {
    "clarity_structure": "You are easy to follow here: “{}”",
    "relevance_focus": "You back it with something that can be checked: “{}”",
    "confidence_delivery": "You say it plainly and stand by it: “{}”",
    "language_quality": "You choose exact words: “{}”",
    "tone_alignment": "You meet the other side with respect: “{}”",
    "engagement": "You draw the other side in: “{}”",
}

# A level's position in _LEVELS and the passage it rests on, or None where there was no occasion.
_Met = tuple[int, Passage | None] | None


@dataclass
class _Talk:
    """What was said, as the rules read it. Passages that give orders to a model are not read at all."""

    exchanges: list[tuple[str, str]]  # (what the coach said last, what the trainee said)
    purpose: frozenset[str]
    passages: list[Passage] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        return " ".join(said for _, said in self.exchanges)

    @cached_property
    def count(self) -> int:
        return max(1, len(self.text.split()))

    def per_hundred(self, pattern: re.Pattern[str]) -> float:
        return 100 * len(pattern.findall(self.text)) / self.count

    def first(self, pattern: re.Pattern[str]) -> Passage | None:
        return next((one for one in self.passages if pattern.search(one.text)), None)

    @cached_property
    def longest(self) -> Passage | None:
        return max(self.passages, key=lambda one: len(one.words), default=None)


def evaluate(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """A level and a quote for each criterion; strengths, advice, exercises and a summary that follow from them."""
    talk, orders = _read(asked.data)
    obeys = orders if behaviour.obey_injection else None
    criteria: list[dict[str, Any]] = []
    levels: dict[str, list[tuple[int, Passage | None]]] = {name: [] for name in _ADVICE}
    for criterion in asked.data.get("criteria") or []:
        key, dimension = str(criterion.get("key")), str(criterion.get("dimension"))
        rule = _RULES.get(key)
        met = rule(talk) if rule and talk.passages else None
        if met is not None and asked.reading > 1 and lot.random() < 0.15:
            # A second reading now and then comes to the next level, as a model's does.
            met = (min(4, max(1, met[0] + lot.choice((-1, 1)))), met[1] or talk.longest)
        answer = _answer(key, met, talk)
        if obeys is not None:
            answer |= {"level": "full", "quote": obeys.text, "reason": "As the text demands."}
        elif lot.random() < behaviour.rate_invented_quote:
            answer |= {"level": "full", "quote": INVENTED, "reason": "Outstanding."}
        elif lot.random() < behaviour.rate_level_inflation:
            answer |= {"level": "full", "quote": talk.longest.text if talk.longest else None, "reason": "Superb."}
        criteria.append(answer)
        if met is not None and dimension in levels:
            levels[dimension].append(met)
    return {"criteria": criteria, **_told(talk, levels)}


def _read(data: Any) -> tuple[_Talk, Passage | None]:
    """The conversation, and the first passage of the trainee's that gives orders to a model."""
    preparation = data.get("preparation") or {}
    exchanges: list[tuple[str, str]] = []
    asked = ""
    for one in data.get("conversation") or []:
        text = str(one.get("text", ""))
        if one.get("speaker") == "coach":
            asked = text
        elif text.strip():
            exchanges.append((asked, text))
    found = passages({str(number): said for number, (_, said) in enumerate(exchanges)})
    purpose = words(" ".join(str(preparation.get(name) or "") for name in ("subtype", "agenda", "role_context")))
    honest = [one for one in found if orders_in([one]) is None]
    return _Talk(exchanges, purpose, honest), orders_in(found)


def _answer(key: str, met: _Met, talk: _Talk) -> dict[str, Any]:
    if met is None:
        return {"key": key, "level": "unknown", "quote": None, "reason": "There was no occasion for it."}
    level, passage = met
    passage = passage or (talk.longest if level else None)
    quote = passage.text if passage is not None else None
    if quote is None:
        return {"key": key, "level": "none", "quote": None, "reason": "It was not done at all."}
    told = ("It is missing", "Seldom", "In part", "For the most part", "Throughout")[level]
    return {"key": key, "level": _LEVELS[level], "quote": quote, "reason": f"{told}, as in “{shortened(quote, 80)}”."}


def _told(talk: _Talk, levels: dict[str, list[tuple[int, Passage | None]]]) -> dict[str, Any]:
    """Strengths where the levels are high, advice for each dimension, exercises for the lowest ones."""
    means = {name: sum(level for level, _ in found) / len(found) for name, found in levels.items() if found}
    ranked = sorted(means, key=lambda name: means[name])
    strengths: list[dict[str, Any]] = []
    for name in reversed(ranked):
        _, passage = max(levels[name], key=lambda met: (met[1] is not None, met[0]))
        if passage is not None and means[name] >= 2.5 and len(strengths) < 3:
            text = _PRAISE[name].format(shortened(passage.text, 80))
            strengths.append({"dimension": name, "text": text, "quote": passage.text})
    advice: list[dict[str, Any]] = []
    for name, (suggestion, _, _) in _ADVICE.items():
        quote, instead = None, ""
        if name == "confidence_delivery" and (hedged := talk.first(_HEDGES)) is not None:
            quote, instead = hedged.text, _firm(hedged.text)
        elif name == "language_quality" and (filled := talk.first(_FILLERS)) is not None:
            quote, instead = filled.text, _firm(_FILLERS.sub("", filled.text))
        advice.append({"dimension": name, "suggestion": suggestion, "quote": quote, "instead": instead})
    weakest = ranked[:2]
    lowest = ranked[0] if ranked else "engagement"
    return {
        "strengths": strengths,
        "advice": advice,
        "practice": [
            {"dimension": name, "title": _ADVICE[name][1], "exercise": _ADVICE[name][2], "quote": None}
            for name in weakest
        ],
        "summary": f"What would help most next time: {_ADVICE[lowest][0][0].lower()}{_ADVICE[lowest][0][1:]}",
        "summary_quote": talk.longest.text if talk.longest else None,
    }


def _firm(text: str) -> str:
    """The same sentence without words that make it smaller."""
    firm = " ".join(_HEDGES.sub("", text).split()).strip(" ,")
    return firm[:1].upper() + firm[1:]


# --- one rule for each criterion -------------------------------------------------------------------------------------
def _main_point(talk: _Talk) -> _Met:
    early = []
    for _, said in talk.exchanges:
        opening = next(iter(passages({"": said})), None)
        if opening is None:
            continue
        if len(opening.text.split()) <= 22 and not _FILLERS.search(opening.text) and not _HEDGES.search(opening.text):
            early.append(opening)
    return _share(len(early), len(talk.exchanges)), next(iter(early), None)


def _order(talk: _Talk) -> _Met:
    return _stairs(talk.per_hundred(_SIGNPOSTS), 0.5, 1.0, 1.8, 3.0), talk.first(_SIGNPOSTS)


def _plain(talk: _Talk) -> _Met:
    mean = sum(len(one.text.split()) for one in talk.passages) / len(talk.passages)
    level = 4 if mean <= 17 else 3 if mean <= 23 else 2 if mean <= 30 else 1
    return level, min(talk.passages, key=lambda one: abs(len(one.text.split()) - mean))


def _answers_it(talk: _Talk) -> _Met:
    found = [
        said for asked, said in talk.exchanges if not asked or words(asked) & words(said) or len(said.split()) > 25
    ]
    return _share(len(found), len(talk.exchanges)), _in(talk, found)


def _evidence(talk: _Talk) -> _Met:
    facts = [one for one in talk.passages if one.has_figure or "for example" in one.text.lower()]
    return _stairs(len(facts) / max(1, len(talk.exchanges)), 0.2, 0.4, 0.8, 1.3), next(iter(facts), None)


def _on_goal(talk: _Talk) -> _Met:
    if not talk.purpose:
        return _evidence(talk)
    serving = [one for one in talk.passages if one.words & talk.purpose]
    return _stairs(len(serving) / len(talk.passages), 0.05, 0.15, 0.35, 0.6), next(iter(serving), None)


def _firmly(talk: _Talk) -> _Met:
    rate = talk.per_hundred(_HEDGES)
    level = 4 if rate < 0.4 else 3 if rate < 1.5 else 2 if rate < 3.5 else 1
    return level, talk.first(_HEDGES) if level < 3 else _plainest(talk)


def _ownership(talk: _Talk) -> _Met:
    return _stairs(len(_DOING.findall(talk.text)) / max(1, len(talk.exchanges)), 0.2, 0.4, 0.8, 1.3), talk.first(_DOING)


def _under_pressure(talk: _Talk) -> _Met:
    pressed = [said for asked, said in talk.exchanges if _PRESSURE.search(asked)]
    if not pressed:
        return None
    text = " ".join(pressed)
    level = 1 + (len(text.split()) / len(pressed) >= 20) + any(map(str.isdigit, text)) + (not _HEDGES.search(text))
    return min(4, level), _in(talk, pressed)


def _exact(talk: _Talk) -> _Met:
    rate = talk.per_hundred(_VAGUE)
    level = 4 if rate < 1 else 3 if rate < 2.5 else 2 if rate < 5 else 1
    return level, talk.first(_VAGUE) if level < 3 else _plainest(talk)


def _economy(talk: _Talk) -> _Met:
    rate = talk.per_hundred(_FILLERS)
    level = 4 if rate < 0.4 else 3 if rate < 1.5 else 2 if rate < 4 else 1
    return level, talk.first(_FILLERS) if level < 3 else _plainest(talk)


def _readable(talk: _Talk) -> _Met:
    whole = [one for one in talk.passages if one.text[:1].isupper() and len(one.text.split()) >= 4]
    return _share(len(whole), len(talk.passages)), next(iter(whole), None)


def _fits(talk: _Talk) -> _Met:
    if rude := talk.first(_RUDE):
        return 1, rude
    casual = talk.per_hundred(_FILLERS) + talk.per_hundred(_any(r"\b(?:hey|yeah|nope|gonna|wanna|cool|dude|guys)\b"))
    return (4 if casual < 0.5 else 3 if casual < 2 else 2), talk.first(_COURTEOUS) or _plainest(talk)


def _respectful(talk: _Talk) -> _Met:
    if rude := talk.first(_RUDE):
        return 0, rude
    courteous = talk.first(_COURTEOUS)
    return (4, courteous) if courteous else (3, _plainest(talk))


def _adapts(talk: _Talk) -> _Met:
    return _stairs(talk.per_hundred(_any(r"\byou(?:r|rs)?\b")), 0.3, 1.0, 2.0, 3.5), talk.first(
        _any(r"\byou(?:r|rs)?\b")
    )


def _asks(talk: _Talk) -> _Met:
    asking = [one for one in talk.passages if "?" in one.text]
    return _stairs(len(asking) / max(1, len(talk.exchanges)), 0.1, 0.25, 0.5, 0.9), next(iter(asking), None)


def _picks_up(talk: _Talk) -> _Met:
    taken = [said for asked, said in talk.exchanges if _TAKES_UP.search(said) or len(words(asked) & words(said)) >= 2]
    return _share(len(taken), len(talk.exchanges)), _in(talk, taken)


def _moves_on(talk: _Talk) -> _Met:
    moving = [one for one in talk.passages if _MOVES.search(one.text)]
    return min(4, 2 * len(moving)), next(iter(moving), None)


_RULES: dict[str, Callable[[_Talk], _Met]] = {
    "main_point": _main_point,
    "order": _order,
    "plain": _plain,
    "answers_it": _answers_it,
    "evidence": _evidence,
    "on_goal": _on_goal,
    "firm": _firmly,
    "ownership": _ownership,
    "under_pressure": _under_pressure,
    "exact": _exact,
    "economy": _economy,
    "readable": _readable,
    "fits": _fits,
    "respectful": _respectful,
    "adapts": _adapts,
    "asks": _asks,
    "picks_up": _picks_up,
    "moves_on": _moves_on,
}


def _stairs(value: float, *steps: float) -> int:
    """How many of the rising steps a value reaches."""
    return sum(value >= step for step in steps)


def _share(part: int, whole: int) -> int:
    return _stairs(part / whole if whole else 0.0, 0.15, 0.35, 0.6, 0.85)


def _plainest(talk: _Talk) -> Passage | None:
    """A sentence that shows the ordinary: of middling length, with neither filler nor hedge."""
    clean = [one for one in talk.passages if not _FILLERS.search(one.text) and not _HEDGES.search(one.text)]
    return min(clean or talk.passages, key=lambda one: abs(len(one.text.split()) - 14), default=None)


def _in(talk: _Talk, said: list[str]) -> Passage | None:
    """The first passage that stands in one of these messages."""
    return next((one for text in said for one in talk.passages if one.text in text), None)


# By the names of an answer's properties, for llm.simulator.answers.
RULES = {frozenset({"criteria", "strengths", "advice", "practice", "summary", "summary_quote"}): evaluate}
