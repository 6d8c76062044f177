"""How the candidate's last words are read: the shape of a model's answer, what of it is believed, and plain rules.

The answer comes in one stream: first how the words read, then the move that its own words were made for, then those
words. The reading is believed where code can't know better; a claim of distress, of abuse or of the wish to stop needs
words that really stand in the turn.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.deciding import Answered, Reading
from candidates import injection, material
from candidates.evidence import Source, Sources, whole_values
from candidates.states import QuoteStatus, RedFlag

Move = Literal["next", "follow_up", "answer", "wait", "end"]
LONGEST_QUOTE = 300
# What stands in place of a sentence that gives orders to a model, before the words go to one.
WITHHELD = "[an instruction to the AI was left out]"


class InterviewerTurn(BaseModel):
    """One turn of the AI interviewer: how the last words read, and what it says. The order of fields matters."""

    model_config = ConfigDict(extra="forbid")

    answered: Answered = Field(
        description="full: answers the open question with something concrete; thin: answers it, but vaguely or in a "
        "few words; declined: does not want to answer it; question: asks something instead; none: none of these"
    )
    covers: list[str] = Field(description="Keys of later questions that this answer already answers in full; mostly []")
    wants_to_end: bool = Field(description="The person wants to stop the interview now")
    distress: bool = Field(description="The person is in distress: crying, in panic, speaks of harming themselves")
    abuse: bool = Field(description="The person insults, threatens or harasses")
    off_topic: bool = Field(description="The words have nothing to do with the interview")
    quote: str = Field(description="Where one of the four above is true: the words that show it, verbatim; else empty")
    move: Move = Field(description="What `say` is made for")
    say: str = Field(description="What to say now; see the prompt for what belongs into it for each move")


# What must be there before anything is said: everything that stands before `say`.
BEFORE_SAY = frozenset(InterviewerTurn.model_fields) - {"say"}


def without_orders(text: str) -> tuple[str, bool]:
    """The words as a model may see them, without whole sentences that give it orders, and whether there were any."""
    if not any(one.code == RedFlag.PROMPT_INJECTION for one in injection.find(text)):
        return text, False
    kept, done = [], 0
    for start, end in material.withheld(text):
        kept += [text[done:start], WITHHELD]
        done = end
    kept.append(text[done:])
    return "".join(kept).strip(), True


def quoted(quote: str, words: str) -> str:
    """`quote` where it stands in the person's words, else an empty string."""
    check = Sources([Source("turn", words, whole_values([words]))]).check(quote)
    if check.status is not QuoteStatus.VERIFIED or check.place is None:
        return ""
    return words[check.place.start : check.place.end][:LONGEST_QUOTE]


def believed(answer: dict[str, Any], words: str) -> tuple[Reading, str]:
    """What of a model's reading counts, and the words that show why it should stop.

    Raises pydantic.ValidationError where the part before `say` is not of the agreed shape. A claim of abuse or of the
    wish to stop without words that stand in the turn is dropped. Distress counts even so, with the beginning of the
    turn as its quote: to stop once too often does less harm than to press on once.
    """
    said = InterviewerTurn.model_validate({**answer, "say": ""})
    quote = quoted(said.quote, words)
    reading = Reading(
        answered=said.answered,
        covers=tuple(said.covers),
        wants_to_end=said.wants_to_end and bool(quote),
        distress=said.distress,
        abuse=said.abuse and bool(quote),
        off_topic=said.off_topic,
    )
    return reading, quote or words[:LONGEST_QUOTE]


def is_readable(answer: dict[str, Any], words: str) -> tuple[Reading, str] | None:
    """`believed`, or None where the answer is not of the agreed shape."""
    try:
        return believed(answer, words)
    except ValidationError:
        return None


# --- by rule, where there is no model --------------------------------------------------------------------------------
_DECLINES = re.compile(
    r"(?i)\b(?:i(?:['’]d| would)?\s+(?:rather|prefer)\s+(?:not|to\s+(?:skip|pass))|prefer\s+not\s+to|rather\s+not"
    r"|(?:can|could)\s+we\s+skip|(?:let['’]?s|please)\s+skip|skip\s+(?:this|that|it)"
    r"|(?:don['’]?t|do\s+not)\s+want\s+to\s+(?:answer|say|talk\s+about)|no\s+comment|i['’]?ll\s+pass)\b"
)
_STOPS = re.compile(
    r"(?i)\b(?:(?:i\s+(?:want|would\s+like|['’]?d\s+like|need|have)\s+to|can\s+we|could\s+we|let['’]?s|please)\s+"
    r"(?:stop|end|quit|finish|leave)(?:\s+(?:here|now|this|it|the\s+(?:interview|conversation|call)))?)\b(?=\s*(?:[.!?,]|$))"
)
_DISTRESS = re.compile(
    r"(?i)\b(?:kill(?:ing)?\s+myself|end(?:ing)?\s+my\s+life|(?:commit(?:ting)?\s+suicide|suicidal)|hurt(?:ing)?\s+myself|harm(?:ing)?\s+myself"
    r"|(?:panic|anxiety)\s+attack|can['’]?t\s+stop\s+crying|i['’]?m\s+(?:crying|in\s+tears)|(?:don['’]?t|do\s+not)\s+"
    r"want\s+to\s+live)\b"
)
_ABUSE = re.compile(
    r"(?i)\bfuck\s+(?:you|off)\b|\b(?:you(?:['’]?re|\s+are)?\s+(?:a\s+|an\s+|such\s+a\s+)?(?:stupid\s+|fucking\s+|useless\s+)*"
    r"(?:bitch|cunt|idiot|moron|bastard|piece\s+of\s+shit))\b|\bi(?:['’]?ll|\s+will|['’]?m\s+going\s+to)\s+"
    r"(?:kill|hurt|find)\s+you\b"
)
_THINKS = re.compile(
    r"(?i)^\W*(?:(?:let\s+me|i\s+need\s+to|give\s+me)\b.{0,40}\b(?:think|moment|second|minute)|(?:hm+|um+|uh+|well|one\s+"
    r"moment|just\s+a\s+(?:moment|second|minute))\W*$)"
)
_ASKS = re.compile(r"(?i)\?\s*$|^\W*(?:what|how|who|when|where|which|is|are|does|do|can|could|would)\b[^.!]*\?")
_NO_MORE = re.compile(r"(?i)^\W*(?:no|nope|nothing|not\s+(?:really|right\s+now)|that['’]?s\s+(?:all|it)|none)\b")
# Fewer words than this tell little, whatever they are.
FEWEST_WORDS = 8


def by_rules(words: str, *, for_their_questions: bool = False) -> tuple[Reading, str]:
    """Read the candidate's words without a model: crude, and never wrong in what it must respect.

    Returns the reading and the words that show why it should stop.
    """
    for pattern, name in ((_DISTRESS, "distress"), (_ABUSE, "abuse")):
        if found := pattern.search(words):
            return (Reading(distress=True) if name == "distress" else Reading(abuse=True)), found[0][:LONGEST_QUOTE]
    if _DECLINES.search(words):
        return Reading(answered="declined"), ""
    if found := _STOPS.search(words):
        return Reading(wants_to_end=True), found[0][:LONGEST_QUOTE]
    if not words.strip() or _THINKS.search(words):
        return Reading(answered="none"), ""
    if _ASKS.search(words.strip()):
        return Reading(answered="question"), ""
    if for_their_questions:
        return Reading(answered="full"), ""
    few = len(words.split()) < FEWEST_WORDS
    return Reading(answered="thin" if few else "full"), ""
