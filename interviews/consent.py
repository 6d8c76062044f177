"""What a candidate agrees to before an AI interview. A change of the words is a new version, and is asked for anew."""

from __future__ import annotations

from interviews.models import Interview, InterviewConsent

VERSION = "2026-11-21"
STATEMENTS = (
    "I talk with an AI. It asks the questions; people read the transcript and decide.",
    "What I say or type is written down word for word and kept with my application.",
    "The transcript is analysed by software, which proposes a recommendation. A person confirms or overrides it.",
    "I can stop at any time, leave out any question, and ask for an interview with a person instead.",
)
RECORDED = "Sound is recorded as well and kept with the transcript."
NOT_RECORDED = "Sound is turned into text and not kept."


def statements_for(interview: Interview) -> list[str]:
    """The statements as the page shows them for this interview."""
    found = list(STATEMENTS)
    if interview.room.medium == "voice":
        found.insert(2, RECORDED if interview.room.recording else NOT_RECORDED)
    return found


def is_given(interview: Interview) -> bool:
    """Whether the candidate agreed to the words of now."""
    return InterviewConsent.objects.filter(interview=interview, version=VERSION).exists()


def give(interview: Interview) -> InterviewConsent:
    """Keep that the candidate agreed; twice is once, and the first time counts."""
    return InterviewConsent.objects.get_or_create(
        interview=interview, version=VERSION, defaults={"statements": statements_for(interview)}
    )[0]
