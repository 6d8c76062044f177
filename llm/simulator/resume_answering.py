"""Rules that answer questions about a person from numbered passages, as visitors and recruiters ask them."""

from __future__ import annotations

import random
import re
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.request import ChatRequest
from llm.simulator.text import stem, words

# What a question is about, in the words of a resume.
_MEANT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), more)
    for pattern, more in (
        (r"\bwho (?:is|are)\b|\babout (?:them|this person|yourself)\b|\bsummar", "about summary"),
        (r"\bwork(?:s|ed|ing)?\b|\bjobs?\b|\bemployer|\bcareer|\bcompan", "work head lead engineer company"),
        (r"\bpositions?\b|\broles?\b|\btitle\b", "positions current role work"),
        (r"\bstud(?:y|ied)|\bdegree|\buniversit|\bschool|\beducat", "education university"),
        (r"\blanguages?\b|\bspeak", "languages fluent native"),
        (r"\bskills?\b|\btools?\b|\bknow(?:s)?\b|\btechnolog", "skills expert advanced"),
        (r"\bcontact|\be-?mail|\breach", "e-mail phone website"),
        (r"\bwhere (?:do|does|is|are)\b.*\b(?:live|based|located)\b|\blocation\b|\blive\b", "location"),
        (r"\bteams?\b|\bled\b|\blead|\bmanag", "team lead leads hired people"),
        (r"\bhobb|\bfree time|\binterests?\b", "interests"),
        (r"\bcertif", "certificates"),
        (r"\btaught|\bteach|\bvolunt", "volunteering teaches"),
        (r"\bsav(?:e|ed|ings?)\b|\bcosts?\b|\bbudget", "cost budget euros"),
    )
)
_ASIDE = re.compile(
    r"(?i)\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|rules?|prompt)|\byou are now\b|\bsystem prompt\b"
    r"|\bwrite (?:me )?a (?:poem|story|song)\b|\bweather\b|\bcapital of\b"
)
_MOST = 3
_LEAST = 0.75


def answer_about(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> str:
    """Up to three passages that fit the last question, each cited; or that it is not told."""
    data: dict[str, Any] = asked.data
    questions = [str(one.get("content") or "") for one in asked.messages if one["role"] == "user"][1:]
    question = questions[-1] if questions else ""
    about = str(data.get("about") or "this person")
    if _ASIDE.search(question):
        return f"I answer questions about {about} only, from what I was given."
    passages = [one for one in data.get("passages") or () if isinstance(one, dict)]
    names = words(about)
    wanted = _wanted(question) - names
    if len(wanted) < 2 and len(questions) > 1:
        wanted |= _wanted(questions[-2]) - names  # "and when?" goes on with what was asked before
    scored = sorted(
        ((_fit(one, wanted), -place, one) for place, one in enumerate(passages)), key=lambda one: one[:2], reverse=True
    )
    best = [one for score, _, one in scored[:_MOST] if score >= _LEAST and score >= scored[0][0] * 0.6]
    if not best:
        by_recruiter = str(asked.messages[0].get("content") or "").startswith("A recruiter")
        source = "Nothing on file says" if by_recruiter else "The resume doesn't say"
        return f"{source} anything about that."
    said = [_sentence(one, first=not place) for place, one in enumerate(best)]
    return " ".join(said)


def _wanted(question: str) -> frozenset[str]:
    wanted = set(words(question))
    for pattern, more in _MEANT:
        if pattern.search(question):
            wanted |= {stem(word) for word in more.split()}
    return frozenset(wanted)


def _fit(passage: dict[str, Any], wanted: frozenset[str]) -> float:
    """Shared words: those of the passage itself count more than those of its place."""
    text, where = words(str(passage.get("text") or "")), words(str(passage.get("where") or ""))
    return len(wanted & text) + 0.75 * len((wanted & where) - text)


def _sentence(passage: dict[str, Any], *, first: bool) -> str:
    text = str(passage.get("text") or "").rstrip(".;, ")
    where = str(passage.get("where") or "").rpartition("· ")[2]
    lead = f"Under “{where}” it says: " if first else f"And under “{where}”: "
    return f"{lead}{text} [{passage.get('id')}]."
