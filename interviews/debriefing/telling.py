"""Making a debrief: the model's words where their quotes stand, what was measured, and in training the grade."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from candidates.prohibited import is_prohibited
from interviews import analysis, protected, transcript
from interviews.analysis.judging import line
from interviews.analysis.pairing import pairs_of
from interviews.analysis.shapes import AnalysisResult
from interviews.asking import asks
from interviews.debriefing import conduct, grading
from interviews.debriefing.answers import Debrief, Probe, ToldPoint
from interviews.debriefing.shapes import Conduct, Debriefing, ProbedTrait, Training
from interviews.errors import TooThin
from interviews.models import Interview, Room, Turn
from interviews.schemas import HiddenTrait, Persona
from interviews.spoken import Spoken, blinded, name_in
from interviews.states import Role, Speaker
from llm import client
from llm.client import Receipt
from llm.errors import LLMError

PROMPT = "interviews/debrief"
PURPOSE = "debrief"
MOST_POINTS = 4
MOST_QUESTIONS = 5
# About 30,000 tokens: two hours of talk. Of a longer transcript the beginning and the end are read.
MOST_CHARACTERS = 120_000


def debrief(room: Room) -> Debriefing:
    """Make the debrief of a room, keep it on the room, and return it.

    Without a usable model it tells what was measured and says so. The recommendation is the analysis's own, computed
    there, and null where that is too thin or failed. Raises TooThin where nothing was said. Waits for a model: never
    call it inside a transaction.
    """
    turns = transcript.of(room.pk)
    if not any(turn.speaker == Speaker.CANDIDATE and turn.text.strip() for turn in turns):
        raise TooThin("Nothing was said yet that a debrief could be about.")
    interview = Interview.objects.filter(room=room).select_related("job").first()
    analysed, notes = _analysed(room)
    spoken = blinded(turns, name=name_in(room))
    answer, receipts = None, []
    if client.is_configured():
        try:
            answer, receipt = client.ask_now(
                PURPOSE,
                PROMPT,
                question(spoken, _traits(interview), about=_about(interview), role=_role(room, interview)),
                Debrief,
                scope=f"interview:{interview.pk}" if interview is not None else "",
            )
            receipts.append(receipt)
        except LLMError as error:
            notes.append(f"{error.message} What could be measured is told instead.")
    else:
        notes.append("No model is configured. What could be measured is told instead.")
    return keep(room, interview, turns, answer, analysed=analysed, notes=notes, receipts=receipts)


def keep(
    room: Room,
    interview: Interview | None,
    turns: Sequence[Turn],
    answer: Debrief | None,
    *,
    analysed: AnalysisResult | None,
    notes: list[str],
    receipts: list[Receipt],
) -> Debriefing:
    """The debrief that follows from a model's answer (None: from what was measured), checked, graded and kept."""
    about, traits, measured = _about(interview), _traits(interview), conduct.measure(turns)
    spoken = blinded(turns, name=name_in(room))
    made = (
        _told(answer, spoken, about, notes, receipts, analysed, measured)
        if answer is not None
        else _computed(measured, notes, analysed, about)
    )
    if interview is not None and interview.is_training:
        made.training = _training(traits, answer, spoken, turns, measured, made.notes)
    room.debrief = made.model_dump(mode="json")
    Room.objects.filter(pk=room.pk).update(debrief=room.debrief)
    return made


def _about(interview: Interview | None) -> Speaker:
    """Whom a debrief is about: in training the interviewer, else the candidate."""
    return Speaker.INTERVIEWER if interview is not None and interview.is_training else Speaker.CANDIDATE


def question(spoken: Spoken, traits: Sequence[HiddenTrait], *, about: Speaker, role: str) -> dict[str, Any]:
    """The data of the call."""
    said = spoken.said(list(spoken.turns))
    while len(said) > 4 and sum(len(one["text"]) for one in said) > MOST_CHARACTERS:
        del said[len(said) // 2]
    return {
        "about": about.value,
        "role": role,
        "said": said,
        "traits": [trait.model_dump(mode="json") for trait in traits],
    }


def _analysed(room: Room) -> tuple[AnalysisResult | None, list[str]]:
    """The analysis that the recommendation comes from; made now where there is none."""
    try:
        return AnalysisResult.model_validate(analysis.analyse(room).result), []
    except TooThin as thin:
        return None, [f"No recommendation. {thin.message}"]
    except LLMError as error:
        return None, [f"No recommendation: the interview is not analysed. {error.message}"]


def _role(room: Room, interview: Interview | None) -> str:
    if interview is not None and interview.job is not None:
        return interview.job.title
    return str((room.briefing or {}).get("role", ""))


def _traits(interview: Interview | None) -> list[HiddenTrait]:
    if interview is None or interview.role != Role.INTERVIEWER or not interview.persona:
        return []
    return Persona.model_validate(interview.persona).traits


def _told(
    answer: Debrief,
    spoken: Spoken,
    about: Speaker,
    notes: list[str],
    receipts: list[Receipt],
    analysed: AnalysisResult | None,
    measured: Conduct,
) -> Debriefing:
    numbers = [number for number, turn in spoken.turns.items() if turn.speaker == about]
    asked = [" ".join(text.split())[:500] for text in answer.follow_up_questions]
    fair = [text for text in asked if text and protected.topic_of(text) is None]
    if len(fair) < len([text for text in asked if text]):
        notes.append("A follow-up question touched a protected topic and was dropped.")
    summary = line(answer.summary, 1200)
    return Debriefing(
        summary=_summary(measured, analysed, about) if is_prohibited(summary) or not summary else summary,
        strengths=_points(answer.strengths, spoken, numbers, notes),
        improvements=_points(answer.improvements, spoken, numbers, notes, may_lack=True),
        follow_up_questions=fair[:MOST_QUESTIONS],
        recommendation=analysed.recommendation if analysed is not None else None,
        conduct=measured,
        made_by="model",
        notes=notes,
        receipts=receipts,
    )


def _points(
    points: Sequence[ToldPoint], spoken: Spoken, numbers: Sequence[int], notes: list[str], *, may_lack: bool = False
) -> list[str]:
    """The points whose words were said, with these words and their turn; what is missing needs none."""
    kept = []
    for point in points:
        text = line(point.text)
        if not text or is_prohibited(text):
            continue
        held = spoken.check(point.quote, among=numbers)
        if held.stands and held.quote is not None:
            kept.append(f"{text} (turn {held.turn}: “{line(held.quote, 200)}”)")
        elif may_lack and not (point.quote or "").strip():
            kept.append(text)
        else:
            notes.append(f"A point was dropped. {held.reason}")
    return list(dict.fromkeys(kept))[:MOST_POINTS]


def _computed(measured: Conduct, notes: list[str], analysed: AnalysisResult | None, about: Speaker) -> Debriefing:
    strengths: list[str] = []
    improvements: list[str] = []
    if about == Speaker.INTERVIEWER:
        strengths, improvements = _of_conduct(measured)
    elif analysed is not None:
        strengths = [f"{one.text} (turn {one.turn}: “{one.quote}”)" for one in analysed.highlights]
        improvements = [f"{one.text} (turn {one.turn}: “{one.quote}”)" for one in analysed.red_flags]
    return Debriefing(
        summary=_summary(measured, analysed, about),
        strengths=strengths[:MOST_POINTS],
        improvements=improvements[:MOST_POINTS],
        follow_up_questions=[one.question for one in analysed.areas_to_probe] if analysed is not None else [],
        recommendation=analysed.recommendation if analysed is not None else None,
        conduct=measured,
        made_by="computed",
        notes=notes,
        receipts=[],
    )


def _summary(measured: Conduct, analysed: AnalysisResult | None, about: Speaker) -> str:
    told = (
        f"{measured.questions} questions were asked, {measured.open_questions} of them open, with "
        f"{measured.follow_ups} follow-ups; the interviewer said {round(100 * measured.talk_share)} % of all words."
    )
    return f"{analysed.summary} {told}" if analysed is not None and about == Speaker.CANDIDATE else told


def _of_conduct(measured: Conduct) -> tuple[list[str], list[str]]:
    """What the figures alone say of an interviewer."""
    strengths: list[str] = []
    improvements: list[str] = []
    share = measured.open_share
    if share is not None:
        words = f"{measured.open_questions} of {measured.questions} questions were open."
        (strengths if share >= grading.OPEN_SHARE[1] else improvements).append(words)
    words = f"The interviewer said {round(100 * measured.talk_share)} % of all words."
    (strengths if measured.talk_share <= grading.TALK_SHARE[1] else improvements).append(words)
    improvements += [f"Turn {one.turn} asks about a protected topic: {one.topic}." for one in measured.prohibited]
    return strengths, improvements


def _training(
    traits: Sequence[HiddenTrait],
    answer: Debrief | None,
    spoken: Spoken,
    turns: Sequence[Turn],
    measured: Conduct,
    notes: list[str],
) -> Training:
    given = {probe.trait: probe for probe in reversed(answer.probes)} if answer is not None else None
    probed = [
        _probed(trait, None if given is None else given.get(trait.key), spoken, answer, notes) for trait in traits
    ]
    return grading.grade(probed, measured, main_questions=len(pairs_of(turns)))


def _probed(
    trait: HiddenTrait, probe: Probe | None, spoken: Spoken, answer: Debrief | None, notes: list[str]
) -> ProbedTrait:
    """What became of one trait. Found needs a question of the interviewer's that was asked and speaks of the trait."""
    told = {
        "key": trait.key,
        "label": trait.label,
        "behaviour": trait.behaviour,
        "how_to_find": trait.how_to_find,
    }
    if answer is None:
        return ProbedTrait(**told, outcome="not_judged", turn=None, quote=None, reason="No model was there to tell.")
    if probe is None or probe.outcome == "missed":
        reason = line(probe.reason) if probe is not None else "The model found no question about it."
        return ProbedTrait(**told, outcome="missed", turn=None, quote=None, reason=reason)
    questions = [
        number
        for number, turn in spoken.turns.items()
        if turn.speaker == Speaker.INTERVIEWER and (asks(turn.text) or turn.question)
    ]
    held = spoken.check(probe.quote, among=questions)
    if held.turn is None:
        notes.append(f"{trait.label}: the model said {probe.outcome}, which does not count. {held.reason}")
        return ProbedTrait(**told, outcome="missed", turn=None, quote=None, reason=held.reason)
    outcome = probe.outcome
    speaks = _beginnings(f"{trait.label} {trait.behaviour} {trait.how_to_find}")
    if outcome == "found" and not speaks & _beginnings(held.quote or ""):
        outcome = "partly"
        notes.append(f"{trait.label}: the question does not speak of it, so it counts as partly found.")
    return ProbedTrait(**told, outcome=outcome, turn=held.turn, quote=held.quote, reason=line(probe.reason))


def _beginnings(text: str) -> set[str]:
    """The beginnings of a text's words that carry meaning: enough to see whether two texts share a subject."""
    return {word[:5] for word in re.findall(r"[^\W\d_]{4,}", text.casefold()) if word not in _EVERYWHERE}


# Words of any question, whatever it is about.
_EVERYWHERE = frozenset(
    (
        *(
            "about",
            "again",
            "also",
            "answer",
            "asked",
            "asking",
            "been",
            "being",
            "could",
            "didn",
            "does",
            "down",
            "each",
        ),
        *("even", "ever", "every", "from", "have", "having", "hello", "here", "into", "just", "know", "like", "made"),
        *("make", "more", "most", "much", "only", "other", "over", "please", "really", "right", "said", "same", "some"),
        *(
            "such",
            "tell",
            "thank",
            "thanks",
            "that",
            "their",
            "theirs",
            "them",
            "then",
            "there",
            "these",
            "they",
            "thing",
        ),
        *("things", "think", "this", "those", "time", "told", "very", "want", "well", "were", "what", "when", "where"),
        *(
            "which",
            "while",
            "whom",
            "will",
            "with",
            "would",
            "your",
            "yours",
            "speak",
            "without",
            "brought",
            "question",
        ),
    )
)
