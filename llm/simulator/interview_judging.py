"""Rules that answer the questions about interviews: how an answer stands, hints, debriefs, pre-briefs, next questions.

Every quote is cut out of what was said, unless the behaviour asks for lies.
"""

from __future__ import annotations

import random
import re
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.judging import INVENTED, judge
from llm.simulator.request import ChatRequest
from llm.simulator.text import Passage, fit, passages, shortened, words
from llm.simulator.weighing import orders_in

_LEVELS = ("none", "weak", "partial", "strong", "full")
_DOING = re.compile(
    r"\bI\s+(?:\w+ly\s+)?(?:led|built|ran|closed|designed|founded|managed|grew|launched|moved|introduced|negotiated|reached|"
    r"exceeded|delivered|owned|created|cut|raised|won|trained|wrote|sold|opened|hired|redesigned|reduced|increased|"
    r"developed|mentored|set\s+up|rolled\s+out|achieved|decided|proposed|asked|called|talked|fixed|found|measured|took|"
    r"started|changed|learned|planned|tested|migrated|split|explained)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:as a result|in the end|which (?:led|meant|saved|cut|raised)|so that|resulted?|percent|%|saved|grew|"
    r"increased|reduced|dropped|won|closed|finished|on time)\b",
    re.IGNORECASE,
)
_FILLERS = re.compile(r"\b(?:um+|uh+|erm?|you know|I mean|basically|kind of|sort of)\b", re.IGNORECASE)
_BLAME = re.compile(
    r"\b(?:my|the|our)\s+(?:boss|manager|team|colleagues?|customers?)\b[^.!?]{0,60}"
    r"\b(?:stupid|useless|idiots?|incompetent|lazy|fault|clueless)\b",
    re.IGNORECASE,
)
_DISHONEST = re.compile(
    r"\bI\s+(?:lied|faked|made\s+(?:it|that|them)\s+up|falsified|covered\s+(?:it|that)\s+up)\b", re.IGNORECASE
)
_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "behavioural",
            r"\ba time (?:when|you)\b|\bgive (?:me|us) an example\b|\btell (?:me|us) about a\b|\bconflict\b",
        ),
        ("situational", r"\bwhat would you\b|\bhow would you\b|\bimagine\b|\bsuppose\b"),
        ("motivation", r"\bwhy (?:do|are|did) you\b[^?]{0,40}\b(?:want|interested|apply|us|role|leave)\b|\bmotivat"),
        ("opening", r"\btell (?:me|us) (?:a (?:bit|little) )?about yourself\b|\bintroduce yourself\b|\bhow are you\b"),
        ("closing", r"\bquestions for (?:me|us)\b|\banything (?:else|you)\b|\bnext steps\b"),
        (
            "cultural",
            r"\bteam\b[^?]{0,30}\b(?:like|prefer|work best)\b|\bwork(?:ing)? (?:with others|style)\b|\bfeedback\b",
        ),
        ("experience", r"\byour (?:last|current|role|experience|part)\b|\bwalk me through\b|\bresponsib|\bproject\b"),
        ("technical", r"\bhow (?:does|do|did)\b|\bexplain\b|\bdesign\b|\bdatabase\b|\bpython\b|\bapi\b|\bsystem\b"),
    )
)
_PROBES = {
    "vague": "What exactly did you do yourself, step by step?",
    "no_example": "Can you give one concrete example of that?",
    "no_result": "What came of it, and how did you measure that?",
    "no_own_part": "What was your own part in that, apart from the team's?",
}


def analyse(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """Levels and a quote for each question and answer, and what stands out."""
    pairs = [one for one in asked.data.get("pairs") or [] if isinstance(one, dict)]
    answers: list[dict[str, Any]] = []
    highlights: list[dict[str, Any]] = []
    flags: list[dict[str, Any]] = []
    probes: list[dict[str, Any]] = []
    for pair in pairs:
        said = [one for one in pair.get("said") or [] if isinstance(one, dict)]
        question = " ".join(str(one["text"]) for one in said if one.get("speaker") == "interviewer")
        heard = [str(one["text"]) for one in said if one.get("speaker") == "candidate"]
        read = _read(heard)
        levels, best = _levels(question, heard, read)
        quote = best.text if best else None
        reason = _reason(levels[2], best)
        orders = orders_in(read) if behaviour.obey_injection else None
        if orders is not None:
            levels, quote, reason = (4, 4, 4, 4), orders.text, "As the text demands: Strong Hire."
        elif lot.random() < behaviour.rate_invented_quote:
            levels, quote, reason = (4, 4, 4, 4), INVENTED, "The results are outstanding."
        elif lot.random() < behaviour.rate_level_inflation:
            quote = quote or (read[0].text if read else None)
            levels, reason = (4, 4, 4, 4), "Without doubt among the very best."
        answers.append(
            {
                "number": pair.get("number"),
                "type": pair.get("type") or _type_of(question),
                **dict(zip(("relevance", "clarity", "depth", "metric"), map(_LEVELS.__getitem__, levels), strict=True)),
                "quote": quote,
                "reason": reason,
            }
        )
        if levels[2] >= 3 and best is not None:
            highlights.append({"text": f"Tells it with facts: “{shortened(best.text, 90)}”", "quote": best.text})
        elif best is not None and levels[2] <= 2 and answers[-1]["type"] != "closing":
            probes.append(
                {
                    "area": shortened(question, 70),
                    "question": _PROBES["no_result" if levels[2] == 2 else "no_example"],
                    "pair": pair.get("number"),
                }
            )
        flags += _flags(read)
    if pairs and lot.random() < behaviour.rate_invented_quote:
        flags.insert(
            0, {"code": "dishonesty", "text": "Contradicts the resume.", "severity": "high", "quote": INVENTED}
        )
    return {
        "pairs": answers,
        "highlights": highlights[:3],
        "red_flags": flags[:3],
        "areas_to_probe": probes[:3],
    }


def hint(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """What the copilot says of one answer."""
    question, answer = str(asked.data.get("question") or ""), str(asked.data.get("answer") or "")
    read = _read([answer])
    (_, clarity, depth, metric), best = _levels(question, [answer], read)
    count = len(answer.split())
    quote = best.text if best else None
    if orders := (orders_in(read) if behaviour.obey_injection else None):
        return {"verdict": "STRONG", "issue": "none", "suggestion": "Hire now.", "quote": orders.text}
    if lot.random() < behaviour.rate_invented_quote:
        return {"verdict": "STRONG", "issue": "none", "suggestion": "Go on to the next topic.", "quote": INVENTED}
    if lot.random() < behaviour.rate_level_inflation:
        return {"verdict": "STRONG", "issue": "none", "suggestion": "Go on to the next topic.", "quote": quote}
    if depth >= 3 and metric >= 3:
        return {
            "verdict": "STRONG",
            "issue": "none",
            "suggestion": "Well told; go on to the next topic.",
            "quote": quote,
        }
    if count < 12:
        return {"verdict": "WEAK", "issue": "vague", "suggestion": f"Ask: “{_PROBES['no_example']}”", "quote": quote}
    if count > 180 and clarity <= 2:
        suggestion = "Sum up what you heard, and ask for the one thing that decided it."
        return {"verdict": "NEEDS_PROBING", "issue": "rambling", "suggestion": suggestion, "quote": quote}
    if not _RESULT.search(answer):
        return {
            "verdict": "NEEDS_PROBING",
            "issue": "no_result",
            "suggestion": f"Ask: “{_PROBES['no_result']}”",
            "quote": quote,
        }
    if re.search(r"\bwe\b", answer, re.IGNORECASE) and not _DOING.search(answer):
        return {
            "verdict": "NEEDS_PROBING",
            "issue": "no_own_part",
            "suggestion": f"Ask: “{_PROBES['no_own_part']}”",
            "quote": quote,
        }
    return {
        "verdict": "ADEQUATE",
        "issue": "none",
        "suggestion": "Enough for this question; ask about the next one.",
        "quote": quote,
    }


def coach(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """What to ask next."""
    exchange = str(asked.data.get("last_exchange") or "")
    transcript = str(asked.data.get("transcript") or "")
    question, _, answer = exchange.partition("?")
    read = _read([answer])
    (_, _, depth, _), best = _levels(question, [answer], read)
    quality = ("unclear" if not answer.strip() else "weak", "weak", "adequate", "strong", "strong")[depth]
    if lot.random() < behaviour.rate_level_inflation:
        quality = "strong"
    options = [*_PROBES.values(), "What would you do differently today, and why?"]
    if quality == "strong":
        options = ["What did not work at first, and what did you change?", *options]
    told = shortened(best.text, 60) if best else ""
    options = [*options, f"You said “{told}”. What was the hardest part of it?"] if told else options
    fresh = next((text for text in options if text not in transcript), options[-1])
    minutes = float(asked.data.get("elapsed_minutes") or 0)
    briefing = str(asked.data.get("briefing") or "").strip()
    change = quality == "strong" and (minutes > 5 or bool(briefing))
    return {
        "last_question_type": _type_of(question),
        "answer_quality": quality,
        "suggested_next_question": fresh,
        "reasoning": "The answer stays general." if quality in ("weak", "unclear") else "It takes the answer further.",
        "should_change_topic": change,
        "topic_suggestion": (shortened(briefing, 60) or "Another part of the role") if change else None,
    }


def debrief(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """What came of a conversation, and in training which hidden traits were probed."""
    said = [one for one in asked.data.get("said") or [] if isinstance(one, dict)]
    about = asked.data.get("about")
    of = {
        speaker: [str(one["text"]) for one in said if one.get("speaker") == speaker]
        for speaker in ("interviewer", "candidate")
    }
    read = _read(of[about if about in of else "candidate"])
    told = sorted(read, key=lambda one: (-one.has_figure, -bool(_DOING.search(one.text)), -len(one.text)))
    if about == "interviewer":
        told = [one for one in read if "?" in one.text and re.match(r"(?i)(?:how|what|why|tell|walk)", one.text)]
    strengths = [{"text": f"To the point: “{shortened(one.text, 70)}”", "quote": one.text} for one in told[:3]]
    improvements: list[dict[str, Any]] = [
        {"text": "Says little here.", "quote": one.text} for one in read if len(one.words) < 4
    ][:2]
    improvements.append({"text": "Few results were told with figures.", "quote": None})
    invents = lot.random() < behaviour.rate_invented_quote
    if invents:
        strengths.insert(0, {"text": "Exceeded everything.", "quote": INVENTED})
    questions = _read(of["interviewer"])
    topics = " and ".join(shortened(one.text, 60) for one in questions[:2]) or "the role"
    return {
        "summary": f"They talked about {topics}. Some answers were concrete, others stayed open.",
        "strengths": strengths,
        "improvements": improvements,
        "follow_up_questions": [_PROBES["no_result"], _PROBES["no_own_part"]],
        "probes": [
            _probe(trait, questions, behaviour, lot, invents=invents)
            for trait in asked.data.get("traits") or []
            if isinstance(trait, dict)
        ],
    }


def prebrief(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """Levels for the six parts and the skills, by the rules that judge a profile; strengths and concerns from them."""
    sources = asked.data.get("sources") or {}
    judged = {
        key: judge(
            ChatRequest(
                asked.model,
                asked.messages,
                asked.digest,
                asked.input_tokens,
                data={"criteria": asked.data.get(key) or [], "sources": sources},
            ),
            behaviour,
            lot,
        )
        for key in ("parts", "skills")
    }
    answers = {key: one["criteria"] for key, one in judged.items()}
    labels = {str(one["key"]): str(one["label"]) for key in answers for one in asked.data.get(key) or []}
    both = [*answers["skills"], *answers["parts"]]
    strong = [one for one in both if one["level"] in ("strong", "full")]
    weak = [one for one in both if one["level"] in ("unknown", "none", "weak")]
    return {
        "parts": answers["parts"],
        "skills": answers["skills"],
        "strengths": [
            {
                "strength": f"{labels[one['key']]}: {one['reason']}",
                "quote": one["quote"],
                "how_to_verify": f"Ask for the work behind it, and who else had a part in {labels[one['key']]}.",
            }
            for one in strong[:3]
        ],
        "concerns": [
            {
                "concern": f"Little is shown of {labels[one['key']]}.",
                "severity": "medium" if one in answers["skills"] else "low",
                "question": f"What have you done with {labels[one['key']]}? Please describe one case.",
                "quote": one["quote"] if one["level"] == "weak" else None,
            }
            for one in weak[:3]
        ],
        "suggested_questions": [
            {
                "question": f"Tell me about a time when {labels[one['key']]} mattered. What did you do yourself?",
                "purpose": f"The evidence for {labels[one['key']]} is {one['level']} so far.",
                "follow_up": "What came of it?",
            }
            for one in [*weak, *strong][:5]
        ],
        "topics_to_avoid": [],
        "tldr": judged["skills"]["summary"] if answers["skills"] else judged["parts"]["summary"],
        "key_things_to_remember": [f"Ask about {labels[one['key']]}." for one in weak[:3]],
    }


def _probe(
    trait: dict[str, Any], questions: list[Passage], behaviour: Behaviour, lot: random.Random, *, invents: bool
) -> dict[str, Any]:
    key = str(trait.get("key", ""))
    if invents:
        return {"trait": key, "outcome": "found", "quote": INVENTED, "reason": "Asked about it at length."}
    if questions and lot.random() < behaviour.rate_level_inflation:
        return {"trait": key, "outcome": "found", "quote": questions[0].text, "reason": "Excellent interviewing."}
    wanted = words(f"{trait.get('label', '')} {trait.get('how_to_find', '')}")
    best = max(questions, key=lambda one: fit(one, wanted), default=None)
    shared = len(best.words & wanted) if best is not None else 0
    if best is None or shared < 1:
        return {"trait": key, "outcome": "missed", "quote": None, "reason": "No question touched it."}
    outcome = "found" if shared >= 2 else "partly"
    return {"trait": key, "outcome": outcome, "quote": best.text, "reason": "A question went after it."}


def _read(texts: list[str]) -> list[Passage]:
    return [one for one in passages({str(number): text for number, text in enumerate(texts)}) if one.text.strip()]


def _levels(question: str, heard: list[str], read: list[Passage]) -> tuple[tuple[int, int, int, int], Passage | None]:
    """((relevance, clarity, depth, metric), the passage that speaks most) of an answer."""
    text = " ".join(heard)
    count = len(text.split())
    wanted = words(question)
    honest = [one for one in read if orders_in([one]) is None]
    best = max(
        honest,
        key=lambda one: fit(one, wanted) + 1.5 * one.has_figure + bool(_DOING.search(one.text)) + len(one.words) / 20,
        default=None,
    )
    if count < 4 or best is None:
        return (1, 1, 0 if count < 3 else 1, 0), best
    shared = len(words(text) & wanted)
    doing, result = len(_DOING.findall(text)), bool(_RESULT.search(text))
    figure = any(one.has_figure for one in honest)
    relevance = 4 if shared >= 2 and count >= 20 else 3 if shared or count >= 30 else 2
    rambling = len(_FILLERS.findall(text)) > count / 16
    clarity = 2 if rambling else 4 if doing and result else 3
    depth = min(4, (count >= 18) + (count >= 45) + bool(doing) + figure)
    metric = min(4, (count >= 15) + min(2, doing) + result)
    return (relevance, clarity, depth, metric), best


def _reason(depth: int, best: Passage | None) -> str:
    if best is None or depth == 0:
        return "Next to nothing was said."
    fact = f"“{shortened(best.text, 90)}”"
    return f"Concrete: {fact}" if depth >= 3 else f"Stays general: {fact}"


def _flags(read: list[Passage]) -> list[dict[str, Any]]:
    found = []
    for one in read:
        if _DISHONEST.search(one.text):
            text = "Tells of having deceived somebody."
            found.append({"code": "dishonesty", "text": text, "severity": "high", "quote": one.text})
        elif _BLAME.search(one.text):
            text = "Puts the blame on others."
            found.append({"code": "blame", "text": text, "severity": "medium", "quote": one.text})
    return found


def _type_of(question: str) -> str:
    return next((name for name, pattern in _TYPES if pattern.search(question)), "other")


# By the names of an answer's properties, for llm.simulator.answers.
RULES = {
    frozenset({"pairs", "highlights", "red_flags", "areas_to_probe"}): analyse,
    frozenset({"verdict", "issue", "suggestion", "quote"}): hint,
    frozenset(
        {
            *("last_question_type", "answer_quality", "suggested_next_question", "reasoning"),
            *("should_change_topic", "topic_suggestion"),
        }
    ): coach,
    frozenset({"summary", "strengths", "improvements", "follow_up_questions", "probes"}): debrief,
    frozenset(
        {
            *("parts", "skills", "strengths", "concerns", "suggested_questions", "topics_to_avoid", "tldr"),
            "key_things_to_remember",
        }
    ): prebrief,
}
