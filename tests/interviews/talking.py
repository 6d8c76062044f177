"""Synthetic rooms and interviews with what was said in them. All names are made up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from candidates.models import Candidate
from interviews.models import Interview, Room, Turn
from interviews.states import AGENT_FOR, InterviewState, Medium, Role, Speaker

NAME = "Robin Sample"
# (who, what). A thorough screening, told well.
GOOD: tuple[tuple[str, str], ...] = (
    ("i", "Hello Robin, I'm an AI interviewer. Tell me about yourself and the road that brought you here."),
    (
        "c",
        "I sold software to banks for six years at Larkspur. I started as an account manager in 2017 and led the first "
        "sales team of five people from 2019 on, which grew our revenue by 40 percent in two years.",
    ),
    ("i", "Tell me about a time when a large deal was about to fail. What did you do?"),
    (
        "c",
        "In 2021 Example Bank wanted to stop a contract of 250,000 dollars because their security review had stalled. "
        "I called their head of risk myself, found that one form was missing, and set up a weekly meeting with our "
        "engineers. As a result the contract was signed in March, and I wrote down the steps for my whole team.",
    ),
    ("i", "How do you plan your pipeline, and how does your forecast come about?"),
    (
        "c",
        "I built a forecast from stage conversion: every Monday I measured how many deals moved on and compared that "
        "to 8 earlier quarters. In the end our forecast was within 6 percent of the result for five quarters in a row.",
    ),
    ("i", "Why do you want to work here?"),
    (
        "c",
        "I want to sell a product that I helped to shape. You asked in your posting for somebody who talks with "
        "engineers, and at Larkspur I proposed 12 features from customer calls, of which 7 were built.",
    ),
    ("i", "How do you like to work with others in a team?"),
    (
        "c",
        "I mentored two juniors and asked for feedback every month. When I planned territories with a colleague we "
        "split the accounts by industry, which cut our travel by a third and ended an old quarrel.",
    ),
    ("i", "Do you have any questions for me?"),
    ("c", "Yes: how is success measured in the first six months, and who would I work with most closely?"),
)
POOR: tuple[tuple[str, str], ...] = (
    ("i", "Tell me about yourself, please."),
    ("c", "Well, there is not that much to tell really, it is all in the papers that you have before you I think."),
    ("i", "Tell me about a time when a large deal was about to fail. What did you do?"),
    ("c", "That sort of thing happens all the time everywhere, one deals with it somehow and it goes on as usual."),
    ("i", "How do you plan your pipeline?"),
    ("c", "The system does most of that by itself so there is nothing special about it that would be worth telling."),
    ("i", "Why do you want to work here?"),
    ("c", "It is near where things are, and people say that it is fine, so why not give it a go and see what happens."),
    ("i", "How do you like to work with others?"),
    ("c", "Others are fine as long as everybody does what they should do and nobody makes a fuss about small matters."),
    ("i", "What are you proud of?"),
    ("c", "Nothing in particular comes to mind right now, things went as they went and that was that for all of it."),
)


def unsaved_turns(said: Sequence[tuple[str, str]], **values: Any) -> list[Turn]:
    """Turns of a typed conversation, not stored. "i" is the interviewer, "c" the candidate."""
    begun = values.pop("begun", None) or timezone.now()
    return [
        Turn(
            **{
                "number": number,
                "speaker": Speaker.INTERVIEWER if who == "i" else Speaker.CANDIDATE,
                "text": text,
                "key": f"turn-{number}",
                "started_at": begun + timedelta(seconds=20 * number),
                "ended_at": begun + timedelta(seconds=20 * number + 15),
                "medium": Medium.TEXT,
                **values,
            }
        )
        for number, (who, text) in enumerate(said, start=1)
    ]


def spoken(*pieces: tuple[str, float, float, str], begun: datetime | None = None, **values: Any) -> list[Turn]:
    """Voice turns from (who, second of the beginning, second of the end, words)."""
    start = begun or timezone.now()
    return [
        Turn(
            **{
                "number": number,
                "speaker": Speaker.INTERVIEWER if who == "i" else Speaker.CANDIDATE,
                "text": text,
                "key": f"turn-{number}",
                "started_at": start + timedelta(seconds=since),
                "ended_at": start + timedelta(seconds=until),
                "medium": Medium.VOICE,
                **values,
            }
        )
        for number, (who, since, until, text) in enumerate(pieces, start=1)
    ]


def room(said: Sequence[tuple[str, str]] = GOOD, *, name: str = NAME, **values: Any) -> Room:
    """A room of humans, with what was said in it."""
    made = Room.objects.create(
        **{
            "interviewer_name": "Sasha Example",
            "candidate_name": name,
            "expires_at": timezone.now() + timedelta(hours=2),
            "briefing": {"role": f"Account Executive {uuid4().hex[:12]}"},
            **values,
        }
    )
    store(made, said)
    return Room.objects.get(pk=made.pk)


def store(in_room: Room, said: Sequence[tuple[str, str]], **values: Any) -> None:
    """Store turns in a room, after those that are there."""
    before = Turn.objects.filter(room=in_room).count()
    turns = unsaved_turns(said, **values)
    for turn in turns:
        turn.room = in_room
        turn.number += before
        turn.key = f"turn-{turn.number}"
    Turn.objects.bulk_create(turns)


def interview(
    said: Sequence[tuple[str, str]] = GOOD,
    *,
    role: Role = Role.CANDIDATE,
    name: str = NAME,
    persona: dict[str, Any] | None = None,
    **values: Any,
) -> Interview:
    """A completed interview with what was said in it. `role` is the human's: candidate means that an AI interviews."""
    candidate = values.pop("candidate", None) or Candidate.objects.create(name=name)
    in_room = room((), name=name, candidate=candidate)
    agent = Speaker.INTERVIEWER if role == Role.CANDIDATE else Speaker.CANDIDATE
    store(in_room, said)
    Turn.objects.filter(room=in_room, speaker=agent).update(by_agent=True)
    return Interview.objects.create(
        **{
            "room": in_room,
            "candidate": candidate,
            "role": role,
            # An answer that was paid for once is kept, also beyond a test: each test asks about a round of its own.
            "stage": f"round-{uuid4().hex[:12]}",
            "agent_type": AGENT_FOR[role],
            "status": InterviewState.COMPLETED,
            "persona": persona or {},
            **values,
        }
    )


def at_once(what: Callable[[], Any], *, times: int) -> list[Any]:
    """What `what` returns in several threads that begin together, each with a connection of its own."""
    barrier = threading.Barrier(times)

    def run() -> Any:
        try:
            barrier.wait(timeout=120)
            return what()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return [one.result(timeout=120) for one in [pool.submit(run) for _ in range(times)]]
