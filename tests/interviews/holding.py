"""Interviews to hold in tests: started as a recruiter starts them, and spoken turn by turn. Nobody in them exists."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from candidates.models import Candidate
from interviews import interviewing, transcript
from interviews.interviewing import Started
from interviews.models import Interview, Room, Turn
from interviews.states import AgentType, Medium, Role, Speaker
from interviews.transcript import Said
from tests.candidates.recruiting import candidate as a_candidate
from tests.candidates.recruiting import recruiter

# Six questions with answers that are long enough to be judged.
EXCHANGES = (
    (
        "What made you interested in this role?",
        "I have sold software to banks for six years, and treasury is where their decisions are slow but final. I like "
        "that you talk to risk officers early, because that is how I lost my largest deal and how I won the next one.",
    ),
    (
        "Please tell me about your current position: what are you responsible for?",
        "I carry a quota of two million a year for banks in the north. I do prospecting, demonstrations and the "
        "negotiation myself, and I hand the customer over to a colleague three months after the signature.",
    ),
    (
        "Which result of the last two years are you proudest of, and how was it measured?",
        "I closed a contract of 120,000 dollars a year with Example Bank after nine months. I found that auditors "
        "had asked for a second approval, built the demonstration around it, and reached 128 percent of my quota.",
    ),
    (
        "Tell me about a time when something at work did not go as planned. What did you do?",
        "We lost an insurer at the last moment, because I had never met the people in operations. I called them after "
        "the loss, wrote down what they feared, and since then I ask on the first day who can stop a deal.",
    ),
    (
        "How do you forecast your pipeline?",
        "Every Friday I go through each deal by its next step and its date, and I write down what would have to happen "
        "for it to close. In the last four quarters my forecast was within five percent of the result.",
    ),
    (
        "How do you work with solution engineers?",
        "I bring them in before the first demonstration and tell them what the customer fears. When one told me "
        "that a feature would not be ready, I moved the meeting instead of promising it, and we kept the customer.",
    ),
)


def start(
    role: Role = Role.INTERVIEWER,
    *,
    who: Candidate | None = None,
    actor: User | None = None,
    medium: Medium | None = Medium.TEXT,
    **options: Any,
) -> Started:
    """An interview that was just started."""
    return interviewing.start(
        candidate=who or a_candidate(60),
        job=options.pop("job", None),
        stage=options.pop("stage", "screening"),
        role=role,
        medium=medium,
        actor=actor or User.objects.filter(is_staff=True).first() or recruiter(name="Rae Recruiter"),
        **options,
    )


def say(room: Room, speaker: Speaker, text: str, *, by_agent: bool = False, **more: Any) -> Turn:
    """One more turn."""
    number = Turn.objects.filter(room=room).count() + 1
    said = Said(key=f"test-{number}", speaker=speaker, text=text, by_agent=by_agent, **more)
    return transcript.record(room_id=room.pk, said=said)[0]


def hold(interview: Interview, *, exchanges: int = len(EXCHANGES)) -> list[Turn]:
    """So many questions and answers."""
    asks = interview.agent_type == AgentType.INTERVIEWER
    turns = []
    for question, answer in EXCHANGES[:exchanges]:
        turns.append(say(interview.room, Speaker.INTERVIEWER, question, by_agent=asks))
        turns.append(say(interview.room, Speaker.CANDIDATE, answer, by_agent=not asks))
    return turns
