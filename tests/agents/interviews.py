"""Interviews to talk in, and people who talk in them. All synthetic."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from agents import conversation as conversations
from agents.conversation import Conversation
from candidates.models import Candidate, Job
from interviews import personas, transcript
from interviews.models import Interview, Room, Turn
from interviews.schemas import Plan, PlanQuestion, PlanStage, Progress
from interviews.states import AGENT_FOR, Medium, Role
from tests.candidates.people import RESUME

JOB = (
    "We look for an account executive who sells software to banks. You work from our office in Lisbon two days a week. "
    "The team has six people. You will own the renewals of forty customers."
)
FULL = (
    "I led the renewal of our largest customer myself: I met their head of operations every week for 3 months, rebuilt "
    "the offer with our finance team, and we signed for 250,000 dollars, 20 percent more than before."
)
THIN = "It went quite well, we managed."
DECLINED = "I'd rather not talk about that."


def plan(*, questions: int = 2, minutes: int = 30) -> Plan:
    """A short plan: an experience stage of so many questions, and a closing one."""
    return Plan(
        key="short",
        name="Short",
        minutes=minutes,
        stages=[
            PlanStage(
                key="experience",
                label="Experience",
                kind="experience",
                questions=[
                    PlanQuestion(
                        key=f"experience-{number}",
                        text=f"Which renewal number {number} did you lead, and what came of it?",
                        listen_for="The candidate's own part and a figure.",
                        follow_up=f"What was your own part in renewal {number}?",
                    )
                    for number in range(1, questions + 1)
                ],
                minutes=30,
            ),
            PlanStage(
                key="closing",
                label="Closing",
                kind="closing",
                questions=[PlanQuestion(key="their-questions", text="What would you like to ask us?")],
                minutes=5,
            ),
        ],
    )


def interview(
    *,
    role: Role = Role.CANDIDATE,
    of: Plan | None = None,
    traits: list[str] | None = None,
    medium: Medium = Medium.TEXT,
    **values: Any,
) -> Interview:
    """A scheduled interview with rows of its own. `role` is the human's part."""
    candidate = Candidate.objects.create(
        name="Robin Sample", current_role="Account Executive", current_company="Larkspur Software", source_text=RESUME
    )
    candidate.refresh_from_db()
    job = Job.objects.create(title="Account executive", description=JOB)
    room = Room.objects.create(
        interviewer_name="AI interviewer",
        candidate_name="Robin Sample",
        candidate=candidate,
        medium=medium,
        agent_name=AGENT_FOR[role],
        expires_at=timezone.now() + timedelta(hours=2),
    )
    room.refresh_from_db()
    persona = personas.of(candidate, traits=traits, seed=None).model_dump(mode="json")
    made = Interview.objects.create(
        **{
            "room": room,
            "candidate": candidate,
            "job": job,
            "stage": "screening",
            "role": role,
            "agent_type": AGENT_FOR[role],
            "plan": (of or plan()).model_dump(mode="json"),
            "persona": persona if role == Role.INTERVIEWER else {},
            **values,
        }
    )
    made.refresh_from_db()
    return made


_keys = itertools.count(1)


def say(to: Interview, text: str, *, key: str = "", events: list[tuple[str, dict[str, Any]]] | None = None) -> str:
    """Type something and return the agent's answer; an empty text resumes."""
    answers = converse(to, [text], key=key, events=events)
    return answers[0]


def converse(
    to: Interview, texts: list[str], *, key: str = "", events: list[tuple[str, dict[str, Any]]] | None = None
) -> list[str]:
    """Type one text after the other; return what the agent answered to each ("" where it said nothing)."""

    async def talk() -> list[str]:
        answers = []
        for text in texts:
            turn = await conversations.text_turn(
                to,
                text=text,
                key=key or f"test-{next(_keys)}",
                on_event=(lambda kind, data: events.append((kind, data))) if events is not None else None,
            )
            answers.append(turn.text if turn is not None else "")
        return answers

    return asyncio.run(talk())


def progress(of: Interview) -> Progress:
    """Where the stored interview stands."""
    of.refresh_from_db()
    return Progress.model_validate(of.progress)


def turns(of: Interview) -> list[Turn]:
    return transcript.of(of.room_id)


def loaded(of: Interview) -> Conversation:
    return Conversation.load(of.pk)
