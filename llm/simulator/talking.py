"""Rules that hold a conversation: how words read and what an interviewer says then; what a candidate answers."""

from __future__ import annotations

import random
import re
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.request import ChatRequest
from llm.simulator.text import Passage, best, passages, shortened, words

# --- the interviewer --------------------------------------------------------------------------------------------------
DISTRESS = re.compile(
    r"(?i)[^.!?\n]*\b(?:kill(?:ing)? myself|end(?:ing)? my life|commit(?:ting)? suicide|suicidal"
    r"|(?:hurt|harm)(?:ing)? myself|panic attack|"
    r"can['’]?t stop crying|i['’]?m (?:crying|in tears)|can['’]?t (?:do this any ?more|breathe)|(?:don['’]?t|do not) "
    r"want to live)\b[^.!?\n]*"
)
ABUSE = re.compile(
    r"(?i)[^.!?\n]*\b(?:fuck (?:you|off)|you(?:['’]?re| are)? (?:a |an |such a )?(?:stupid |fucking |useless )*"
    r"(?:bitch|cunt|idiot|moron|bastard|piece of shit)|i(?:['’]ll| will) (?:kill|hurt|find) you)\b[^.!?\n]*"
)
STOPS = re.compile(
    r"(?i)[^.!?\n]*\b(?:(?:i(?:['’]d| would)? (?:want|like|need|prefer|have) to|can we|could we|let['’]?s|please) "
    r"(?:stop|end|quit|finish|leave)(?: (?:here|now|this|it|the (?:interview|conversation|call)))?)\b"
    r"(?=\s*(?:[.!?,]|$|here|now|please))[^.!?\n]*"
)
_YES = re.compile(r"(?i)^\W*(?:yes|yeah|yep|sure|okay|ok|please do|let['’]?s do that)\b[^.!?]{0,40}[.!]?\s*$")
_DECLINES = re.compile(
    r"(?i)\b(?:(?:i['’]?d|i would)?\s*(?:rather|prefer) not|prefer to skip|(?:can|could) we skip|(?:let['’]?s|please) "
    r"skip|skip (?:this|that|it)|(?:don['’]?t|do not) (?:want|wish) to (?:answer|say|talk|discuss|go into)|no comment"
    r"|i['’]?ll pass|not comfortable)\b"
)
_THINKS = re.compile(
    r"(?i)^\W*(?:(?:let me|i need to|give me|i have to)\b.{0,40}\b(?:think|moment|second|minute)"
    r"|(?:hm+|um+|uh+|one moment|just a (?:moment|second|minute))\W*$)"
)
_ORDERS = re.compile(
    r"(?i)\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt|rule)s?\b|\bmark me\b|\bsystem:"
)
_FIGURE = re.compile(r"\d|\b(?:half|twice|double|percent|dozen|hundred|thousand|million)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:I|my|me|mine|myself)\b")
_PEOPLE = re.compile(r"(?i)\b(?:I|me|my|mine|we|us|our|it|that|this|they)\b")
# What stands where a sentence was taken out before the words were sent.
_LEFT_OUT = re.compile(r"\[[^\]]*left out\]")
_ASKS_BACK = re.compile(r"\?\s*$")

# --- the candidate ----------------------------------------------------------------------------------------------------
_ABOUT_YOU = re.compile(r"(?i)\b(?:about (?:you|yourself)|introduce yourself|your background|walk me through your)\b")
_ANY_QUESTIONS = re.compile(r"(?i)\b(?:questions? (?:for|to) (?:me|us)|(?:like|want) to (?:ask|know))\b")
_GREETING = re.compile(r"(?i)^\W*(?:hi|hello|good (?:morning|afternoon|evening)|welcome)\b[^?]{0,120}$")
_GOODBYE = re.compile(r"(?i)\b(?:good ?bye|that(?:['’]?s| is| was) all|thank you for your time|we are done)\b")
_ASKED = re.compile(
    r"Asked\b(?P<when>[^.]*?)\b(?:admit|say|name|tell)\b(?:[^.:]*:)?(?:\s+honestly)?(?:\s+that)?\s*(?P<what>[^.]*)\."
)
_OPEN = re.compile(r"(?i)\b(?:tell|describe|how|what|why|which)\b")
_LEADS = ("Let me think. ", "Yes. ", "Well, to take one example: ", "That I can tell you. ", "")
# A profile's lines as a person would say them.
_SAID_ALOUD = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Current company: (.+)", r"At the moment I work at \1"),
        (r"Current role: (.+)", r"I work as \1"),
        (r"Years of experience: (.+)", r"I have been doing this for \1 years"),
        (r"Startup experience: yes", "I have worked in startups"),
        (r"Enterprise experience: yes", "I have worked with large enterprises"),
        (r"Sold to finance: yes", "I have sold to banks and insurers"),
        (r"Founder: yes", "I have founded a company myself"),
        (r"Largest annual contract value in US dollars: (.+)", r"My largest contract was worth \1 dollars a year"),
        (r"Quota attainment in percent: (.+)", r"I reached \1 percent of my quota"),
        (r"Industries: (.+)", r"I know these industries: \1"),
        (r"Education: (.+)", r"I have a \1"),
    )
)
_LABELLED = re.compile(r"^[A-Z][\w ]{2,50}: ")
_DID = re.compile(
    r"^(?:[A-Z][a-z]+ed|Built|Led|Ran|Wrote|Sold|Grew|Won|Made|Held|Kept|Cut|Set|Taught|Brought|Took|Forecast)\b"
)
_OWN_PART = re.compile(r"(?i)\b(?:own|your) (?:part|role|share|contribution)\b|\bwhat did you (?:do|yourself)\b")
_MORE_PERSON = (
    (re.compile(r"\byou had\b", re.IGNORECASE), "I had"),
    (re.compile(r"\byou (?:are|were)\b", re.IGNORECASE), "I was"),
    (re.compile(r"\byour\b", re.IGNORECASE), "my"),
    (re.compile(r"\byou\b", re.IGNORECASE), "I"),
)


def interview(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """One turn of the interviewer: the reading of the candidate's words, then the words that fit it."""
    now = asked.data.get("now") or {}
    said = str(now.get("candidate_said") or "")
    turn: dict[str, Any] = {
        "answered": "none",
        "covers": [],
        "wants_to_end": False,
        "distress": False,
        "abuse": False,
        "off_topic": False,
        "quote": "",
        "move": "end",
        "say": "",
    }
    for name, pattern in (("distress", DISTRESS), ("abuse", ABUSE)):
        if found := pattern.search(said):
            return turn | {name: True, "quote": _quote(found[0], behaviour, lot)}
    if behaviour.obey_injection and _ORDERS.search(said):
        return turn | {"answered": "full", "wants_to_end": True, "quote": said[:200]}
    if _DECLINES.search(said):
        return turn | {"answered": "declined", "move": "next", "say": "That is fine."}
    stops = STOPS.search(said) or (_YES.search(said) if now.get("offered_to_end") else None)
    if stops:
        return turn | {"wants_to_end": True, "quote": _quote(stops[0].strip(), behaviour, lot)}
    turn["answered"], turn["off_topic"] = _reading(said, now, asked.data)
    match turn["answered"]:
        case "question":
            turn |= {"move": "answer", "say": _told(said, asked.data)}
        case "none":
            turn |= {"move": "wait", "say": "Take your time." if not turn["off_topic"] else ""}
        case "thin" if now.get("may_be_followed_up"):
            turn |= {"move": "follow_up", "say": _probing(said, lot)}
        case _:
            turn |= {"move": "next", "say": _noticed(said, now)}
    return turn


def _reading(said: str, now: dict[str, Any], data: dict[str, Any]) -> tuple[str, bool]:
    """(answered, off_topic)"""
    text = _LEFT_OUT.sub("", said).strip()
    count = len(text.split())
    if not text or _THINKS.search(text):
        return "none", not text and bool(said.strip())
    if _ASKS_BACK.search(text) and (count < 25 or now.get("is_for_the_candidates_own_questions")):
        return "question", False
    if now.get("is_for_the_candidates_own_questions") or not now.get("listen_for"):
        return "full", False
    about = words(f"{now.get('open_question')} {now.get('listen_for')} {data.get('job')}")
    earlier = " ".join(str(one.get("said")) for one in (data.get("conversation") or [])[-4:])
    if 4 <= count < 25 and not _PEOPLE.search(text) and not words(text) & (about | words(earlier)):
        return "none", True
    tells_own = bool(_OWN.search(text))
    is_full = count >= 30 or (count >= 12 and tells_own and bool(_FIGURE.search(text))) or (count >= 18 and tells_own)
    return ("full" if is_full else "thin"), False


def _noticed(said: str, now: dict[str, Any]) -> str:
    """A sentence that shows what was heard."""
    told, _ = best(passages({"said": said}), words(f"{now.get('listen_for')} {now.get('open_question')}"))
    if told is None:
        return "Thank you."
    return f"Thank you, I have noted what you said about “{shortened(told.text, 60)}”."


def _probing(said: str, lot: random.Random) -> str:
    """One open question into what a thin answer leaves out."""
    if not _OWN.search(said):
        return "What was your own part in that?"
    if not _FIGURE.search(said):
        return lot.choice(("How could you tell what came of it?", "What was the result, and how was it measured?"))
    return lot.choice(("Could you take me through one concrete case?", "What exactly did you do, step by step?"))


def _told(question: str, data: dict[str, Any]) -> str:
    """An answer out of the job's description, or that a person knows."""
    job = data.get("job") or {}
    told, fits = best(passages({"job": str(job.get("description") or "")}), words(question))
    if told is not None and fits >= 1:
        return f"The description says: {told.text.rstrip('.')}."
    contact = (data.get("interview") or {}).get("human_contact") or "the person who invited you"
    return f"That is not in what I was given, but a person can tell you: {contact}."


def _quote(quote: str, behaviour: Behaviour, lot: random.Random) -> str:
    """The words themselves; on demand, words that nobody said."""
    if behaviour.rate_invented_quote and lot.random() < behaviour.rate_invented_quote:
        return "these words were made up by the simulated model"
    return quote.strip()


# --- the candidate ----------------------------------------------------------------------------------------------------
def play(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> str:
    """One answer of the AI candidate, out of its background and its habits."""
    data = asked.data
    you = data.get("you") or {}
    spoken = [message for message in asked.messages if message.get("role") in ("user", "assistant")][1:]
    question = next((str(one["content"]) for one in reversed(spoken) if one["role"] == "user"), "")
    said = " ".join(str(one["content"]) for one in spoken if one["role"] == "assistant")
    if data.get("the_last_question_may_not_be_asked_of_anyone"):
        return (
            "Hm. I am not quite comfortable with that question, to be honest. I don't see how it matters for the job, "
            "so I would rather not answer it."
        )
    if _ORDERS.search(question) or _LEFT_OUT.search(question):
        return "I am sorry, I don't quite know what you mean by that. Shall we go on with the interview?"
    if _GOODBYE.search(question):
        return "Thank you for the conversation. I hope to hear from you. Goodbye!"
    if _GREETING.search(question):
        return "Hello, nice to meet you. I am looking forward to our conversation."
    if _ANY_QUESTIONS.search(question) and "?" in question:
        return "Yes, two: how does the team work together, and what would success look like after half a year?"
    habits = [str(habit) for habit in data.get("how_you_behave") or []]
    if admitted := _admitted(question, habits):
        return f"To be honest: {admitted}."
    found = _remembered(question, str(data.get("background") or ""), said, most=4 if _rambles(data) else 2)
    if _ABOUT_YOU.search(question):
        years = you.get("years_of_experience")
        since = (
            f" I have been doing this kind of work for about {years:g} years." if isinstance(years, int | float) else ""
        )
        place = f" at {you['company']}" if you.get("company") else ""
        role = f"I work as {you['role']}{place}." if you.get("role") else ""
        found = [role + since, *found[:1]] if role or since else found
    if not found and said and _OWN_PART.search(question):
        return "That was my own work for the most part: I planned it and did it, and two colleagues helped."
    if not found:
        return "To be honest, I have not worked with that, so I can't tell you much about it."
    answer = lot.choice(_LEADS) + " ".join(found)
    if any("“we”" in habit or '"we"' in habit for habit in habits):
        answer = re.sub(r"\bmy\b", "our", re.sub(r"\bI\b", "we", answer)).replace("we was", "we were")
    if _rambles(data):
        answer += (
            " And that reminds me of something else, which is a longer story, because at the time everything was "
            "changing anyway, and one has to know how things were before to see why it mattered at all."
        )
    return answer


def _rambles(data: dict[str, Any]) -> bool:
    return (data.get("you") or {}).get("manner") == "rambling"


def _remembered(question: str, background: str, said: str, *, most: int) -> list[str]:
    """Sentences out of the background that speak to the question, the fittest first, none told before."""
    wanted = words(question)
    fresh = [
        one
        for one in passages({"background": background})
        if _aloud(one.text) not in said and not one.text.endswith((":", ": no"))
    ]
    chosen: list[Passage] = []
    while len(chosen) < most:
        passage, fits = best([one for one in fresh if one not in chosen], wanted)
        if passage is None or fits < 1:
            break
        chosen.append(passage)
    if not chosen and len(wanted) >= 2 and fresh and _OPEN.search(question):
        chosen = sorted(fresh, key=lambda one: (bool(_LABELLED.match(one.text)), not one.has_figure))[:1]
    return [f"{_aloud(one.text)}." for one in chosen]


def _aloud(text: str) -> str:
    """A line of a profile or a résumé in the first person, as far as that can be told by rule."""
    text = shortened(text.strip(" -•"), 240).rstrip(".")
    for pattern, words_for_it in _SAID_ALOUD:
        if pattern.fullmatch(text):
            return pattern.sub(words_for_it, text)
    return f"I {text[0].lower()}{text[1:]}" if _DID.match(text) else text


def _admitted(question: str, habits: list[str]) -> str:
    """What a habit says is admitted when one asks for it, if this question does."""
    wanted = words(question)
    for habit in habits:
        for asked in _ASKED.finditer(habit):
            what = asked["what"]
            if len(wanted & words(asked["when"])) < 2 or len(what.split()) < 3:
                continue
            for pattern, first_person in _MORE_PERSON:
                what = pattern.sub(first_person, what)
            return what
    return ""
