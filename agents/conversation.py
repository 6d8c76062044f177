"""The same conversation, typed or spoken: who talks in it, and one typed turn over the stored transcript.

An interview, an intake and a practice are talks alike (agents.talk). `talk_in` finds the one of a room, and `agent_for`
gives its agent, where a worker lets it hear and speak:

    conversation = await rows.ask(talk_in, room.pk)
    agent = agent_for(conversation)                    # speaks first where it is its turn, also after a kill
    spoken = conversation.spoken(heard, key=…, interrupted=…, medium=…)     # as each turn of the agent ends, at once
    await conversation.store(spoken)                   # may be tried again; turns of the human it stores by itself
    if conversation.is_over: …; await conversation.finish()    # after the last words were heard
    session.say(session.current_agent.break_silence())         # after a silence, where that gives words

`text_turn` lets the same agents take one turn without a room: everything they know is read from rows, so any process
can take the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from livekit.agents import AgentSession

from agents.candidate import Candidate
from agents.coach import PracticeCoach, PracticeTalk, practice_in
from agents.intake import IntakeAgent
from agents.intake_standing import IntakeTalk, intake_in
from agents.interviewer import Interviewer, Stage
from agents.people import DOOR, Person
from agents.standing import Conversation
from agents.talk import Talk
from candidates import rows
from coaching.models import Session
from intake.models import Intake
from interviews import room_events, transcript, turnstile
from interviews.errors import RoomOver
from interviews.models import Interview, Turn
from interviews.states import ENDED, AgentType
from llm.errors import Unavailable

__all__ = ["Conversation", "Held", "SomeTalk", "agent_for", "talk_in", "text_turn"]

SomeTalk = Conversation | IntakeTalk | PracticeTalk
# What a talk is about, as a row.
Held = Interview | Intake | Session


def talk_in(room_id: UUID) -> SomeTalk | None:
    """The talk of a room, read from its rows; None where there is none, or it has ended.

    One of which all is said and that nobody has ended yet `is_over`: then it is to be finished, and nothing else.
    """
    interview_id = (
        Interview.objects.filter(room_id=room_id).exclude(status__in=ENDED).values_list("pk", flat=True).first()
    )
    talk: SomeTalk | None = None
    if interview_id is not None:
        talk = Conversation.load(interview_id)
    elif (intake_id := intake_in(room_id)) is not None:
        talk = IntakeTalk.load(intake_id)
    elif (session_id := practice_in(room_id)) is not None:
        talk = PracticeTalk.load(session_id)
    return talk if talk is not None and (not talk.is_over or talk.end_reason is not None) else None


def agent_for(conversation: SomeTalk) -> Interviewer | Candidate | IntakeAgent | PracticeCoach:
    """The agent that belongs into this conversation's room, as it stands now."""
    if isinstance(conversation, IntakeTalk):
        return IntakeAgent(conversation)
    if isinstance(conversation, PracticeTalk):
        return PracticeCoach(conversation)
    if conversation.agent_type == AgentType.INTERVIEWER:
        return Interviewer(conversation)
    return Candidate(conversation)


async def text_turn(
    held: Held, *, text: str, key: str, on_event: Callable[[str, dict[str, Any]], None] | None = None
) -> Turn | None:
    """Store what the human typed, let the agent answer, store the answer with where the interview stands; return it.

    An empty `text` resumes: the agent says what it owes, which is the notice at the very beginning, or the answer to a
    turn that a killed process has left; else nothing happens and None is returned. The same `key` again stores nothing
    twice: the answer that was given is returned, or given now. `on_event(kind, data)` hears what happens as it does:
    `turn`, `delta` {key, text, at}, `stage`, `status`, as in interviews.room_events; deltas are whispered to the room.

    Turns of one room are taken one at a time. Raises RoomOver where the talk has ended, turnstile.Busy where the
    turn before takes too long, and llm.errors where the AI candidate or the coach has no model; then the turn stays
    owed.
    """
    tell = on_event or _to_nobody
    async with turnstile.through(held.room_id or held.pk):
        conversation, heard = await rows.ask(_take_up, held, text=text.strip(), key=key)
        if conversation.is_over:  # whoever said the last words may have been killed before it could end the talk
            await conversation.finish()
            if text and heard is None:
                raise RoomOver("This conversation has ended.")
        if heard is not None:
            tell("turn", transcript.as_data(heard) | {"key": heard.key})
            if answers := [turn for turn in conversation.turns if turn.by_agent and turn.number > heard.number]:
                tell("turn", transcript.as_data(answers[0]) | {"key": answers[0].key})
                tell("status", _status(conversation))
                return answers[0]
        if conversation.is_over or (conversation.turns and not conversation.unanswered):
            tell("status", _status(conversation))
            return None
        before = _stage(conversation)
        answer = await _answer(conversation, agent_for(conversation), tell)
        tell("turn", transcript.as_data(answer) | {"key": answer.key})
        if (stage := _stage(conversation)) is not None and stage != before:
            tell("stage", stage)
        tell("status", _status(conversation))
        return answer


def _take_up(held: Held, *, text: str, key: str) -> tuple[SomeTalk, Turn | None]:
    if isinstance(held, Interview):
        return Conversation.take_up(held.pk, text=text, key=key)
    if isinstance(held, Session):
        return PracticeTalk.take_up(held.pk, text=text, key=key)
    return IntakeTalk.take_up(held.pk, text=text, key=key)


async def _answer(conversation: Talk[Any, Any], agent: Person, tell: Callable[[str, dict[str, Any]], None]) -> Turn:
    """Let the agent take its turn in a session without a room, and store it."""

    def piece(key: str, text: str, at: int) -> None:
        data = {"key": key, "text": text, "at": at}
        tell("delta", data)
        room_events.whisper(conversation.room_id, "delta", data)

    conversation.on_piece = piece
    if isinstance(agent, Interviewer):
        agent = Stage(agent.conversation)  # one turn is one stage's
    session: AgentSession[Any] = AgentSession(llm=DOOR, vad=None, turn_handling={"turn_detection": None})
    await session.start(agent, record=False)
    try:
        handle = session.generate_reply()
        await handle
        pending = conversation.pending
        if pending is not None and pending.error is not None:
            raise pending.error
        if (failure := handle.exception()) is not None:
            raise failure
    finally:
        await session.aclose()
    spoken = conversation.spoken()
    if spoken is None:
        raise Unavailable("There was no answer. Please try again.")
    turn = await conversation.store(spoken)
    await conversation.finish()
    return turn


def _status(conversation: Talk[Any, Any]) -> dict[str, Any]:
    return {"status": conversation.status, "end_reason": conversation.end_reason}


def _stage(conversation: Talk[Any, Any]) -> dict[str, Any] | None:
    return conversation.stage_data(conversation.progress)


def _to_nobody(kind: str, data: dict[str, Any]) -> None:
    """Nobody asked to hear it."""
