"""Rules that play the counterpart of a practice: greet, ask on, stay in the scene, give feedback when asked."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.request import ChatRequest
from llm.simulator.text import MINIMUM_LETTERS, passages, shortened

# A question is known by the names in its data, with "words" beside them, or by those of its answer.
TURN = frozenset(
    {
        "words",
        "preparing_for",
        "setup",
        "earlier_in_this_conversation",
        "you_open_the_conversation",
    }
)
SUMMARY = frozenset({"summary_of_the_practice"})


@dataclass(frozen=True)
class _Scene:
    """One kind of preparation: who the counterpart is, how they begin, what they ask in order, how they part."""

    opening: str
    asks: tuple[str, ...]
    presses: tuple[str, ...]
    own: str
    parting: str


_SCENES: dict[str, _Scene] = {
    "Interview": _Scene(
        "Good morning, I am Dana Reyes, and I lead the team that you would join.{occasion} Why don't you begin by "
        "telling me about yourself, with this job in mind?",
        (
            "Which piece of your work are you proudest of, and what was your own part in it?",
            "Tell me about a time when it went wrong. What did you do?",
            "How do you decide when two people you depend on want opposite things?",
            "What would you do in your first month here?",
            "What would the person you last worked for say you still have to learn?",
            "Which questions do you have for me?",
        ),
        ("What was your own part in that?", "What came of it, in figures?"),
        "We are a team of eleven, and the role is new since spring.",
        "Thank you for coming in; we will let you know by Friday.",
    ),
    "Corporate meeting": _Scene(
        "Come in, I have about fifteen minutes before the next one.{occasion} What is it that you need from me?",
        (
            "What exactly are you proposing, in one sentence?",
            "What does it cost us, and out of whose budget?",
            "Who would have to do it, and what would they leave undone for it?",
            "What happens if we do nothing until next quarter?",
            "Who could be against it, and what do you say to them?",
            "So who does what by when?",
        ),
        ("By when, exactly?", "What does that rest on?"),
        "My own people are at their limit until the end of the month, so I am careful.",
        "Good, send me that in two lines and we go on from there.",
    ),
    "Pitch": _Scene(
        "Hello, I am Alex Moreau, and we have ten minutes.{occasion} What are you building, and for whom?",
        (
            "Whose problem is that, and how do you know that they have it?",
            "What do you do that the three others I saw this week don't?",
            "How large can this become, and by which reckoning?",
            "What does one customer bring you, and what does it cost to win one?",
            "Why are you the people who will make it work?",
            "What do you want from us, and what does it buy?",
        ),
        ("Can you put a number on that?", "How did you arrive at that?"),
        "We put in between half a million and two, and rarely lead.",
        "Thank you, send me the reckoning behind your figures and I will read it tonight.",
    ),
    "Sales call": _Scene(
        "Hi, you have caught me between two meetings, so go ahead.{occasion} What is this about?",
        (
            "We have something for that already. Why should I change it?",
            "That sounds expensive. What would it cost us?",
            "How long until my people can work with it?",
            "Who else like us uses it, and what did it bring them?",
            "I can't decide that alone. What do I tell my boss?",
            "And what would be the next step?",
        ),
        ("What do you mean by that, for somebody like me?", "Says who?"),
        "We do it by hand today, which takes two people most of Thursday.",
        "All right, put that into a short mail and we talk next week.",
    ),
    "Presentation": _Scene(
        "Good afternoon, everybody is here, so the floor is yours.{occasion} What are you going to tell us?",
        (
            "I follow. Why should that matter to those of us who don't work on it?",
            "Could you give us an example of that?",
            "You gave us one number. What should we compare it with?",
            "What did you leave out because it did not fit?",
            "With respect, haven't we heard this twice before?",
            "If we remember one thing tomorrow, which should it be?",
        ),
        ("What does that mean in practice?", "Could you say that once more, in plain words?"),
        "Some of us come from finance, so the reckoning interests them most.",
        "Thank you, that leaves us five minutes for a coffee.",
    ),
    "Something else": _Scene(
        "Good that you came, let us sit down.{occasion} What did you want to talk to me about?",
        (
            "What is it that you would like me to do?",
            "How did it come to this, from your side?",
            "And what if I see it differently?",
            "What would be fair to both of us?",
            "What can you do about it yourself?",
            "So how do we leave it?",
        ),
        ("What do you mean by that?", "Can you give me an example?"),
        "I have heard one side of it so far, so tell me yours.",
        "Good, then let us leave it at that for today.",
    ),
}
_FEEDBACK = re.compile(
    r"(?i)\bfeedback\b|\bhow (?:did|do|am|was) i\b|\bhow was (?:that|it)\b|\bwhat (?:could|should|can) i (?:do|have "
    r"done|say|have said|improve|change)\b|\bstep(?:ping)? out of (?:the|this|your) (?:scene|role|part)\b"
)
_ENDS = re.compile(
    r"(?i)\b(?:good ?bye|bye|that(?:['’]?s| is| was) (?:all|it) from me|let['’]?s (?:stop|end|finish)(?: here| now)?|"
    r"i(?:['’]d like| want| would like) to (?:stop|end|finish)(?: here| now| the (?:session|practice))?)\b"
)
_FIGURE = re.compile(r"\d|\b(?:half|twice|double|percent|dozen|hundred|thousand|million)\b", re.IGNORECASE)
_HEDGE = re.compile(r"(?i)\b(?:maybe|perhaps|kind of|sort of|i think|i guess|probably|somehow|a bit)\b")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_STERN = re.compile(r"(?i)\b(?:scept|skept|critical|tough|hard|strict|stern|impatient|challeng)")
_WARM = re.compile(r"(?i)\b(?:friendly|warm|kind|supportive|relaxed|encourag)")
_ASKED_SO_FAR = re.compile(r"The counterpart has spoken (\d+) times?")


def practise(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> str:
    """The counterpart's next words."""
    data: dict[str, Any] = asked.data
    scene = _SCENES.get(str(data.get("preparing_for")), _SCENES["Something else"])
    setup: dict[str, Any] = data.get("setup") or {}
    # Behind the prompt and the data.
    talk = [(str(one["role"]), str(one.get("content") or "")) for one in asked.messages[2:]]
    said = [text for role, text in talk if role == "user"]
    if data.get("you_open_the_conversation") or not said:
        return scene.opening.format(occasion=_occasion(setup))
    last = said[-1]
    if _ENDS.search(last):
        return f"{scene.parting} Out of the scene: {_feedback(said)} Complete the session for the full evaluation."
    if _FEEDBACK.search(last):
        return f"Stepping out of the scene for a moment. {_feedback(said[:-1] or said)} Shall we go on where we were?"
    before = _ASKED_SO_FAR.search(str(data.get("earlier_in_this_conversation")))
    asked_before = sum(role == "assistant" for role, _ in talk) + (int(before[1]) if before else 0)
    if not asked_before:
        # The trainee has begun: a word of greeting comes first.
        return f"Good to meet you.{_taken_up(last)} {scene.asks[0]}"
    if last.rstrip().endswith("?"):
        return f"{scene.own} But tell me: {_lower(scene.asks[asked_before % len(scene.asks)])}"
    if not _FIGURE.search(last) and asked_before % 2:
        pressing = scene.presses[(asked_before // 2) % len(scene.presses)]
        return f"{_manner(setup)}{_taken_up(last).strip()} {pressing}".strip()
    return f"{_manner(setup)}{_taken_up(last).strip()} {scene.asks[(asked_before - 1) % len(scene.asks)]}".strip()


def summarise(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """Notes of a practice: those there were, then the first sentence of whatever the trainee said since."""
    earlier = str(asked.data.get("summary_so_far") or "")
    since: list[dict[str, Any]] = asked.data.get("said_since") or []
    before = _ASKED_SO_FAR.search(earlier)
    spoken = sum(one.get("by") == "you" for one in since) + (int(before[1]) if before else 0)
    earlier = _ASKED_SO_FAR.sub("", earlier).strip(" .")
    noted = [
        f"The trainee said: {shortened(str(one.get('said')), 160)}."
        for one in since
        if one.get("by") == "trainee" and str(one.get("said")).strip()
    ]
    notes = " ".join([earlier + "." if earlier else "", *noted]).strip()
    # What is oldest goes first, as notes of 250 words demand.
    kept = notes.split()[-220:]
    return {"summary_of_the_practice": f"The counterpart has spoken {spoken} times. {' '.join(kept)}".strip()}


def _occasion(setup: dict[str, Any]) -> str:
    meeting = shortened(str(setup.get("meeting") or ""), 80)
    agenda = shortened(str(setup.get("agenda") or "").split("\n")[0], 120)
    if meeting and agenda:
        return f" This is about {meeting}: {agenda}."
    return f" This is about {meeting or agenda}." if meeting or agenda else ""


def _manner(setup: dict[str, Any]) -> str:
    tone = str(setup.get("your_tone") or "")
    if _STERN.search(tone):
        return "I am not convinced yet. "
    return "I like that you are here. " if _WARM.search(tone) else ""


def _taken_up(last: str) -> str:
    """The trainee's own words, taken up as a listener would; a leading space where there are any."""
    found = passages({"said": last})
    if not found:
        return " Could you say a little more?" if sum(map(str.isalnum, last)) < MINIMUM_LETTERS else ""
    chosen = next((one for one in found if one.has_figure), found[-1])
    return f" So “{shortened(chosen.text, 90)}”, you say."


def _feedback(said: list[str]) -> str:
    """Two or three honest sentences on what the trainee said, each with words of theirs."""
    sentences = [one.strip() for text in said for one in _SENTENCE.findall(text) if len(one.split()) >= 4]
    if not sentences:
        return "You have said too little so far for any feedback; give me a few full answers first."
    concrete = next((one for one in sentences if _FIGURE.search(one)), None)
    hedged = next((one for one in sentences if _HEDGE.search(one)), None)
    parts = []
    if concrete is not None:
        parts.append(f"What worked: “{shortened(concrete, 100)}” is concrete, and one remembers it.")
    else:
        first = shortened(sentences[0], 100)
        parts.append(f"What to change: “{first}” stays general; name one figure and one result.")
    if hedged is not None:
        word = _HEDGE.findall(hedged)[0].lower()
        parts.append(f"In “{shortened(hedged, 100)}” leave out “{word}”: it takes the weight from your words.")
    longest = max(said, key=len)
    if len(longest.split()) > 120:
        parts.append("Your longest answer ran past two minutes; say the point first, then one example.")
    else:
        parts.append("Say the point first and end on what you want from the other side.")
    return " ".join(parts)


def _lower(sentence: str) -> str:
    return sentence if sentence.startswith(("I ", "I'")) else sentence[0].lower() + sentence[1:]
