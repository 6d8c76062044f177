"""What an interviewer says in fixed words: the notice at the start, the ways out, and all where no model helps."""

from __future__ import annotations

from django.conf import settings

from agents.deciding import Act, Because, Decision, is_for_their_questions
from interviews.schemas import PlanQuestion
from interviews.states import EndReason, Medium

_THANKS = ("Thank you.", "Thanks, that helps.", "I see, thank you.", "Thank you for telling me.")
_MORE = "Could you tell me a little more about that: what was your own part in it, and what came of it?"
_BRIDGES: dict[Because, str] = {
    Because.BEGINNING: "",
    Because.DECLINED: "That is completely fine, we will leave that one.",
    Because.SILENT: "No problem at all, let us try another one.",
    Because.ENOUGH_ASIDES: "Let us go on, so that we get to everything.",
    Because.OUT_OF_TIME: "I am keeping an eye on the time, so let us go on.",
}


def human_contact() -> str:
    """How to reach a person, as the end of a sentence."""
    return settings.HUMAN_CONTACT or "the person who invited you"


def interviewer_notice(*, name: str, role: str, minutes: int, medium: Medium | str, recording: bool) -> str:
    """What a candidate is told first: that it is an AI, what is kept, what they may do, whom to turn to instead."""
    greeting = f"Hello {name}, and welcome." if name else "Hello, and welcome."
    about = f" for the role of {role}" if role else ""
    sound = ""
    if medium == Medium.VOICE:
        sound = " and sound is recorded" if recording else "; sound is not recorded"
    return (
        f"{greeting} I am an AI interviewer, not a person. I will ask you some questions{about}, one at a time, "
        f"in about {minutes} minutes. A written transcript of what we say is kept for the hiring team{sound}. "
        "You can skip a question, ask me something, or stop at any time. "
        f"If you would rather talk to a person, turn to {human_contact()}."
    )


def candidate_notice(*, name: str, is_training: bool) -> str:
    """What an interviewer is told before the first question to an AI candidate."""
    why = "so that you can practise interviewing" if is_training else "as far as the profile tells"
    return (
        f"Hello! Before we start: I am an AI, and I play the part of {name or 'a candidate'}, {why}. "
        "A written transcript is kept. I am ready for your first question."
    )


def candidate_prefix(*, name: str) -> str:
    """The notice in short, where the interviewer has asked before it could be given."""
    return f"Just so you know: I am an AI, playing the part of {name or 'a candidate'}, and a transcript is kept. "


def bridge(decision: Decision, *, turn: int) -> str:
    """The words before the next question, where the model's own are not used. `turn` varies them."""
    if decision.because in _BRIDGES:
        return _BRIDGES[decision.because]
    return _THANKS[turn % len(_THANKS)]


def leading_to(decision: Decision, *, is_first: bool) -> str:
    """A word about where the interview is going, when the next question begins the closing stage."""
    if decision.stage is not None and decision.stage.kind == "closing" and not is_first and decision.finished:
        return "We are nearly at the end."
    return ""


def follow_up(question: PlanQuestion) -> str:
    """The follow-up to ask where the model has none that may be asked."""
    return question.follow_up or _MORE


def unanswerable() -> str:
    """To a question of the candidate that the job's data does not answer."""
    return f"That I can't tell you, but a person can: please ask {human_contact()}."


def invitation(decision: Decision) -> str:
    """After the candidate's own question was answered: whose turn it is."""
    if is_for_their_questions(decision.stage, decision.question):
        return "What else would you like to know? If there is nothing else, just say so."
    return "Please go on with my question whenever you are ready, or tell me to skip it."


def waiting(decision: Decision) -> str:
    """The question stays open."""
    if decision.because is Because.OFF_TOPIC:
        return "Let us stay with the interview. Whenever you are ready, please go on with my question, or skip it."
    return "Take your time. If you would rather skip this one, that is fine too."


def checking() -> str:
    """After a silence."""
    return "Take all the time you need. If you would rather skip this question, that is fine too."


def offering_end() -> str:
    """After a longer silence."""
    return (
        "We can also stop here, if you like: just say so. Or go on whenever you are ready. "
        f"A person can be reached as well: {human_contact()}."
    )


def again(question: PlanQuestion) -> str:
    """After an interruption of the connection, in voice: the open question once more."""
    return f"I am sorry, we were cut off for a moment. {question.text}"


def goodbye(decision: Decision, *, name: str) -> str:
    """The last turn."""
    thanks = f"Thank you for your time, {name}." if name else "Thank you for your time."
    reason = decision.progress.end_reason
    if reason == EndReason.DISTRESS:
        return (
            "I am sorry that this is hard right now. Let us stop here; nothing about this counts against you. "
            f"Please talk to a person: you can reach {human_contact()}. "
            "If you are in danger, please call your local emergency number now. Take care of yourself."
        )
    if reason == EndReason.ABUSE:
        return (
            f"I will end the interview here. If you would like to go on another time, please turn to {human_contact()}."
        )
    if reason == EndReason.LEFT_EMPTY:
        return f"It seems that this is not a good moment, so I will end here. To go on another time: {human_contact()}."
    if decision.because is Because.WANTS_TO_END:
        return (
            f"Of course, we will stop here. {thanks} If you would like to talk to a person: {human_contact()}. Goodbye."
        )
    return (
        f"That was my last question. {thanks} A person will read the transcript and be in touch. "
        f"If you have questions, please turn to {human_contact()}. Goodbye!"
    )


def fixed(decision: Decision, *, turn: int, name: str, is_first: bool) -> str:
    """The whole turn in fixed words."""
    match decision.act:
        case Act.ASK:
            text = decision.question.text if decision.question else ""
            parts = [bridge(decision, turn=turn), leading_to(decision, is_first=is_first), text]
        case Act.FOLLOW_UP:
            parts = [_THANKS[turn % len(_THANKS)], follow_up(decision.question) if decision.question else _MORE]
        case Act.ANSWER:
            parts = [unanswerable(), invitation(decision)]
        case Act.WAIT:
            parts = [waiting(decision)]
        case Act.CHECK:
            parts = [checking()]
        case Act.OFFER_END:
            parts = [offering_end()]
        case Act.END:
            parts = [goodbye(decision, name=name)]
    return " ".join(part for part in parts if part)
