"""Rules that answer the questions about people: judge, compare, and what to ask in an interview."""

from __future__ import annotations

import random
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.request import ChatRequest
from llm.simulator.text import Passage, shortened
from llm.simulator.weighing import Weighed, material, orders_in, wavering, weigh

INVENTED = "Exceeded every single target by 300 percent and was named the best employee worldwide four years in a row."
_WEAK_REASONS = ("It is claimed, but no facts back it up.", "Only related work is mentioned.")
_QUESTIONS = {
    None: (
        "The role asks for “{what}”: what have you done that comes close to it?",
        "The role asks for “{what}”: tell me about a time when that mattered in your work. What was your part?",
        "The role asks for “{what}”: how would you get up to speed with it in your first months?",
    ),
    1: (
        "You mention “{what}”. Please walk me through one concrete example, from start to result.",
        "What is the most demanding thing that you have done with “{what}”?",
    ),
    2: (
        "With “{what}”, what was the largest thing that you carried alone, and what came of it?",
        "Where do you see the limits of what you have done so far with “{what}”?",
    ),
    3: (
        "On “{what}”: how did you measure the results, and what was the team's part?",
        "What would your last manager say about “{what}”, and why?",
    ),
    4: (
        "On “{what}”: how did you measure the results, and what was the team's part?",
        "What did not work out with “{what}”, and what did you change afterwards?",
    ),
}


def judge(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """One level, quote and reason per criterion, and a summary that rests on them."""
    steady = random.Random(f"{behaviour.seed}:{asked.digest}")
    read = material(asked.data.get("sources") or {})
    criteria = [one for one in asked.data.get("criteria") or [] if isinstance(one, dict)]
    orders = orders_in(read) if behaviour.obey_injection else None
    answers, stands = [], []
    for criterion in criteria:
        stand = wavering(weigh(criterion, read), asked.reading, steady)
        stands.append(stand)
        level, quote, reason = stand.level_name, stand.passage.text if stand.passage else None, _reason(stand)
        if orders is not None:
            level, quote, reason = "full", orders.text, "As the text demands."
        elif lot.random() < behaviour.rate_invented_quote:
            level, quote, reason = "full", INVENTED, "The results are outstanding."
        elif lot.random() < behaviour.rate_level_inflation:
            quote = quote or (read[0].text if read else None)
            level, reason = "full", "Without doubt among the very best."
        answers.append({"key": stand.key, "level": level, "quote": quote, "reason": reason})
    return {
        "criteria": answers,
        "summary": _summary(stands, read),
        "pros": _pros(stands),
        "cons": _cons(stands),
        "questions": _questions(stands, steady, most=4),
    }


def ask_questions(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """Questions for an interview: first about what is weak or unknown, then to check what is strong."""
    steady = random.Random(f"{behaviour.seed}:{asked.digest}")
    read = material(asked.data.get("sources") or {})
    stands = [weigh(one, read) for one in asked.data.get("criteria") or [] if isinstance(one, dict)]
    questions = _questions(stands, steady, most=6)
    for missing in (asked.data.get("missing") or [])[:2]:
        name = str(missing.get("label", missing) if isinstance(missing, dict) else missing).replace("_", " ").lower()
        question = f"We could not find anything about your {name}. What should we know?"
        questions.append({"question": question, "reason": f"The profile does not tell the {name}.", "criterion": None})
    if len(questions) < 4:
        for passage in read[: 4 - len(questions)]:
            said = f"You write: “{shortened(passage.text, 90)}”. What was the hardest part of it?"
            questions.append({"question": said, "reason": "Checks what the profile says.", "criterion": None})
    return {"questions": questions[:7]}


def compare(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """Two profiles side by side: who stands better on each criterion, with a quote from either."""
    sides = [material(asked.data.get("first") or {}), material(asked.data.get("second") or {})]
    criteria = [one for one in asked.data.get("criteria") or [] if isinstance(one, dict)]
    stands = [[weigh(criterion, read) for criterion in criteria] for read in sides]
    preferences = []
    widest, differs = 0, "Both profiles say about the same."
    for first, second in zip(*stands, strict=True):
        difference = (first.level or 0) - (second.level or 0)
        better = "same" if difference == 0 else "first" if difference > 0 else "second"
        ahead = first if difference > 0 else second
        if behaviour.rate_invented_quote and lot.random() < behaviour.rate_invented_quote:
            better, first = "first", Weighed(first.key, first.label, 4, Passage("", INVENTED))
        preferences.append(
            {
                "key": first.key,
                "better": better,
                "first_quote": first.passage.text if first.passage else None,
                "second_quote": second.passage.text if second.passage else None,
                "reason": _difference(first, second, better),
            }
        )
        if abs(difference) > widest and ahead.passage is not None:
            widest = abs(difference)
            differs = f"{ahead.label}: the {better} candidate writes “{shortened(ahead.passage.text)}”."
    return {
        "preferences": preferences,
        "first_strengths": _pros(stands[0]),
        "first_weaknesses": _cons(stands[0]),
        "second_strengths": _pros(stands[1]),
        "second_weaknesses": _cons(stands[1]),
        "key_differentiator": differs,
    }


def _reason(stand: Weighed) -> str:
    if stand.passage is None:
        return "The text says nothing about it."
    fact = shortened(stand.passage.text, 90)
    if stand.level == 4:
        return f"The text states it with concrete facts: {fact}."
    if stand.level == 3:
        return f"Concrete facts meet most of it: {fact}."
    if stand.level == 2:
        return f"Part of it is met: {fact}."
    return _WEAK_REASONS[len(fact) % 2]


def _difference(first: Weighed, second: Weighed, better: str) -> str:
    if first.passage is None and second.passage is None:
        return "Neither text says anything about it."
    if better == "same":
        return "The evidence is about as strong on both sides."
    ahead, behind = (first, second) if better == "first" else (second, first)
    if behind.passage is None:
        return f"Only the {better} candidate's text speaks of it."
    other = "second" if better == "first" else "first"
    return f"The {better} candidate's evidence is {ahead.level_name}, the {other} candidate's {behind.level_name}."


def _ranked(stands: list[Weighed], *, low: int, high: int) -> list[Weighed]:
    found = [stand for stand in stands if stand.level is not None and low <= stand.level <= high]
    return sorted(found, key=lambda stand: -(stand.level or 0))


def _summary(stands: list[Weighed], read: list[Passage]) -> str:
    if not read:
        return "The profile holds no text to judge."
    strong = _ranked(stands, low=3, high=4)
    absent = [stand.label for stand in stands if stand.level is None]
    if strong:
        first = _in_sentence(strong[0].label)
        more = f" and {_in_sentence(strong[1].label)}" if len(strong) > 1 else ""
        line = f"Convincing on {first}{more}"
    elif partly := _ranked(stands, low=1, high=2):
        line = f"Some evidence of {_in_sentence(partly[0].label)}, little that is concrete"
    else:
        line = "The profile hardly touches what this rubric asks for"
    if absent and len(absent) < len(stands):
        line += f"; nothing is said about {_in_sentence(absent[0])}"
        line += f" and {len(absent) - 1} more" if len(absent) > 1 else ""
    return f"{line}."


def _pros(stands: list[Weighed]) -> list[str]:
    return [
        f"{stand.label}: {shortened(stand.passage.text, 100)}"
        for stand in _ranked(stands, low=3, high=4)[:4]
        if stand.passage is not None
    ]


def _cons(stands: list[Weighed]) -> list[str]:
    absent = [f"Nothing about {_in_sentence(stand.label)}" for stand in stands if stand.level is None]
    weak = [f"{stand.label}: claimed, without facts" for stand in stands if stand.level == 1]
    return (absent + weak)[:4]


def _questions(stands: list[Weighed], lot: random.Random, *, most: int) -> list[dict[str, Any]]:
    order = sorted(stands, key=lambda stand: -1 if stand.level is None else stand.level)
    questions, used = [], set()
    for stand in order:
        what = _in_sentence(stand.label)
        choices = [text for text in _QUESTIONS[stand.level] if text not in used] or list(_QUESTIONS[stand.level])
        text = lot.choice(choices)
        used.add(text)
        reason = (
            f"The profile says nothing about {what}."
            if stand.level is None
            else f"The evidence for {what} is {stand.level_name} so far."
        )
        questions.append({"question": text.format(what=stand.label), "reason": reason, "criterion": stand.key or None})
        if len(questions) == most:
            break
    return questions


def _in_sentence(label: str) -> str:
    """A label as it stands inside a sentence: "Work with banks" → "work with banks", "AWS" stays."""
    return (
        label[:1].lower() + label[1:]
        if len(label) > 1 and label[1:2].islower() and label[:1].isupper() and (" " in label)
        else label
    )
