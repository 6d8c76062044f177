"""The briefing of an interviewer: what is written down beforehand, the prompt made of it, and an assistant to ask.

The assistant answers from the briefing, the pre-brief that is kept and what was said to it before, and from nothing
else. Personal marks are replaced before anything goes out; the candidate's name is put back into the answer.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from pydantic import Field

from candidates import blinding, injection, presenting
from candidates.material import profile_text, shortened_to, withheld
from candidates.models import Assessment, Candidate
from candidates.prohibited import is_prohibited
from candidates.schemas import CriterionResult
from candidates.states import RedFlag
from interviews import room_events
from interviews.models import BriefingMessage, Interview, Prebrief, Room
from interviews.schemas import Briefing, Shape
from llm import client
from llm.errors import GreenroomError

PROMPT = "interviews/briefing_chat"
PURPOSE = "briefing"
# How much of the conversation the assistant is shown again, and how long its own questions and answers may be.
LONGEST_HISTORY = 20
LONGEST_REPLY, LONGEST_QUESTION, MOST_QUESTIONS = 4_000, 500, 5
MOST_FOCUS_AREAS = 8
_OPEN_LEVELS = ("none", "unknown", "weak")
# Facts that are looked up, not talked about.
_NOT_FOR_INTERVIEWS = frozenset({"name", "email", "phone", "linkedin_url", "location", "bio"})


class BriefingNotFound(GreenroomError):
    """Nothing was written down for this room."""

    code = "briefing_not_found"
    status = 404


class AssistantAnswer(Shape):
    """What the model is asked to answer."""

    reply: str = Field(description="The answer, in plain words")
    questions_to_ask: list[str] = Field(description="Questions that the interviewer could ask; empty where none fit")
    is_known: bool = Field(description="Whether the material tells what was asked")


# --- written down ----------------------------------------------------------------------------------------------------
def of(candidate: Candidate) -> Briefing:
    """A briefing from what is stored about a candidate: no model is asked, nothing is made up."""
    results = _results(candidate)
    weak = [result for result in results if result.level in _OPEN_LEVELS and result.weight > 0]
    flags = [flag.label for flag in presenting.red_flags(candidate.red_flags) if flag.value in _TALKED_ABOUT]
    missing = [name.replace("_", " ") for name in candidate.missing_required if name not in _NOT_FOR_INTERVIEWS]
    areas = [
        *flags,
        *(result.label for result in sorted(weak, key=lambda one: -one.weight)),
        *(name.capitalize() for name in missing),
    ]
    role = candidate.job.title if candidate.job is not None else candidate.current_role
    return Briefing(
        candidate_name=(candidate.name or "")[:200],
        role=(role or "")[:200],
        resume_summary=_summary(candidate)[:20_000],
        notes="",
        focus_areas=[area for area in dict.fromkeys(areas) if not is_prohibited(area)][:MOST_FOCUS_AREAS],
    )


def write(*, room: Room, briefing: Briefing) -> Room:
    """Keep a room's briefing, with the prompt made of it; one that was there before is replaced."""
    with transaction.atomic():
        room_events.locked(room.pk)
        room.briefing = briefing.model_dump(mode="json")
        room.briefing_prompt = prompt_of(briefing)
        if briefing.candidate_name and not room.candidate_name:
            room.candidate_name = briefing.candidate_name
        room.save(update_fields=["briefing", "briefing_prompt", "candidate_name"])
    return room


def prompt_of(briefing: Briefing) -> str:
    """What an assistant, a coach or a stand-in for the candidate should know, as one text. The same for the same facts.

    Used as data wherever a model gets it, never as an instruction: parts of it were written by strangers.
    """
    parts = [
        f"Interview with {briefing.candidate_name or 'the candidate'}"
        + (f" for the role {briefing.role}." if briefing.role else ".")
    ]
    for heading, text in (("What the resume says", briefing.resume_summary), ("Notes", briefing.notes)):
        if text.strip():
            parts.append(f"{heading}:\n{text.strip()}")
    if briefing.focus_areas:
        parts.append("Look into:\n" + "\n".join(f"- {area}" for area in briefing.focus_areas))
    parts.append(
        "Ask open questions about what the candidate did, one at a time. Leave out age, family, health, religion, "
        "origin, politics and past pay."
    )
    return "\n\n".join(parts)


# --- the assistant ---------------------------------------------------------------------------------------------------
def ask(*, room: Room, text: str) -> BriefingMessage:
    """Ask the assistant; return its answer. Question and answer are both kept.

    The question is stored before the model is asked, so that it is there to try again where the model fails; the same
    question sent again then goes on from it. Raises BriefingNotFound where the room has no briefing, and the errors of
    llm.errors. Never called inside a transaction: it waits for a model.
    """
    if room.briefing is None:
        raise BriefingNotFound("Write the briefing first: the assistant answers from it.")
    with transaction.atomic():
        room_events.locked(room.pk)
        earlier = list(BriefingMessage.objects.filter(room=room).order_by("-id")[: LONGEST_HISTORY + 1])[::-1]
        if earlier and not earlier[-1].by_assistant and earlier[-1].text == text:
            earlier.pop()
        else:
            BriefingMessage.objects.create(room=room, by_assistant=False, text=text)
    name = str(room.briefing.get("candidate_name") or room.candidate_name)
    answer, receipt = client.ask_now(
        PURPOSE,
        PROMPT,
        _data(room, name=name, earlier=earlier[-LONGEST_HISTORY:], text=text),
        AssistantAnswer,
        scope=_scope_of(room),
    )
    return BriefingMessage.objects.create(
        room=room, by_assistant=True, text=_worded(answer, name), receipt=receipt.model_dump(mode="json")
    )


def messages_of(room: Room) -> list[BriefingMessage]:
    """The conversation with the assistant so far, oldest first."""
    return list(BriefingMessage.objects.filter(room=room).order_by("id"))


def _data(room: Room, *, name: str, earlier: list[BriefingMessage], text: str) -> dict[str, Any]:
    """What the assistant is shown: the briefing, the pre-brief's main lines, the talk so far, and the question."""
    known = blinding.Name.of(name)

    def clean(written: str) -> str:
        return blinding.blind(written, name=known, withheld=tuple(withheld(written))).text

    briefing = Briefing.model_validate(room.briefing)
    kept = Prebrief.objects.filter(room=room).order_by("-created_at").first()
    if kept is None and room.candidate_id is not None:
        kept = Prebrief.objects.filter(candidate_id=room.candidate_id).order_by("-created_at").first()
    prebrief = kept.result if kept is not None else {}
    return {
        "briefing": {
            "role": briefing.role,
            "resume_summary": clean(shortened_to(briefing.resume_summary)),
            "notes": clean(shortened_to(briefing.notes)),
            "focus_areas": [clean(area) for area in briefing.focus_areas],
        },
        "prebrief": {
            "tldr": clean(str(prebrief.get("tldr", ""))),
            "strengths": [clean(one["strength"]) for one in prebrief.get("strengths", [])],
            "concerns": [clean(one["concern"]) for one in prebrief.get("concerns", [])],
            "suggested_questions": [clean(one["question"]) for one in prebrief.get("suggested_questions", [])],
        },
        "earlier": [
            {"by": "assistant" if one.by_assistant else "interviewer", "text": clean(one.text)} for one in earlier
        ],
        "question": clean(text),
    }


def _worded(answer: AssistantAnswer, name: str) -> str:
    """The answer as the interviewer reads it: its questions below it, those that nobody may ask left out."""
    lines = [line for line in answer.reply.strip()[:LONGEST_REPLY].splitlines() if not _asks_what_is_prohibited(line)]
    asked = [" ".join(question.split())[:LONGEST_QUESTION] for question in answer.questions_to_ask]
    fair = [question for question in asked if question and not is_prohibited(question)][:MOST_QUESTIONS]
    left_out = len(fair) < min(len(asked), MOST_QUESTIONS) or len(lines) < len(answer.reply.strip().splitlines())
    text = "\n".join(lines).strip() or "The briefing does not tell."
    if fair:
        text += "\n\n" + "\n".join(f"- {question}" for question in fair)
    if left_out:
        text += "\n\nA question was left out, because nobody may ask it of a candidate."
    return text.replace("[name]", name or "the candidate")


def _asks_what_is_prohibited(line: str) -> bool:
    return "?" in line and is_prohibited(line)


def _scope_of(room: Room) -> str:
    """Under whose money cap a room's questions stand: its interview's, where there is one."""
    interview_id = Interview.objects.filter(room=room).values_list("pk", flat=True).first()
    return f"interview:{interview_id}" if interview_id else ""


# --- what is known of a candidate ------------------------------------------------------------------------------------
# Of the red flags, those that an interview can clear up; a manipulated document is for the recruiter alone.
_TALKED_ABOUT = frozenset({RedFlag.JOB_HOPPING, RedFlag.GAPS, RedFlag.TITLE_INFLATION, RedFlag.OVERQUALIFIED})


def _results(candidate: Candidate) -> list[CriterionResult]:
    """How the candidate stands on each criterion; the model's word before the computed one."""
    current = Assessment.objects.filter(candidate=candidate, is_current=True).order_by("kind")
    found = {
        result.key: result
        for assessment in current
        for result in (CriterionResult.model_validate(item) for item in assessment.criteria)
    }
    return list(found.values())


def _summary(candidate: Candidate) -> str:
    """The profile in a few lines, word for word as it is stored, without passages that speak to a model."""
    head = " at ".join(part for part in (candidate.current_role, candidate.current_company) if part)
    listed = [
        ("Skills", candidate.skills),
        ("Industries", candidate.industries),
        ("Certifications", candidate.certifications),
    ]
    lines = [
        head,
        profile_text(candidate),
        *(f"{label}: {', '.join(values)}" for label, values in listed if values),
        f"Education: {candidate.education}" if candidate.education else "",
        _without_orders(candidate.bio or ""),
        *(f"- {_without_orders(achievement)}" for achievement in candidate.achievements),
    ]
    return "\n".join(line for line in lines if line.strip())


def _without_orders(text: str) -> str:
    """A text without sentences that try to give a model instructions."""
    if not any(one.code == RedFlag.PROMPT_INJECTION for one in injection.find(text)):
        return text
    kept, done = [], 0
    for start, end in withheld(text):
        kept.append(text[done:start])
        done = end
    return "".join([*kept, text[done:]]).strip()
