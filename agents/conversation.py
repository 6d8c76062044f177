"""The same conversation, typed or spoken: who talks in it, and one typed turn over the stored transcript.

`agent_for` gives the agent for a room, where a worker lets it hear and speak:

    conversation = await Conversation.open(interview.pk)
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

from livekit.agents import AgentSession

from agents import rows, turnstile
from agents.candidate import Candidate
from agents.interviewer import Interviewer, Stage
from agents.people import DOOR, Person
from agents.standing import Conversation
from interviews import room_events, transcript
from interviews.models import Interview, Turn
from interviews.states import AgentType
from llm.errors import Unavailable

__all__ = ["Conversation", "agent_for", "text_turn"]


def agent_for(conversation: Conversation) -> Interviewer | Candidate:
    """The agent that belongs into this conversation's room, as it stands now."""
    if conversation.agent_type == AgentType.INTERVIEWER:
        return Interviewer(conversation)
    return Candidate(conversation)


async def text_turn(
    interview: Interview, *, text: str, key: str, on_event: Callable[[str, dict[str, Any]], None] | None = None
) -> Turn | None:
    """Store what the human typed, let the agent answer, store the answer with where the interview stands; return it.

    An empty `text` resumes: the agent says what it owes, which is the notice at the very beginning, or the answer to a
    turn that a killed process has left; else nothing happens and None is returned. The same `key` again stores nothing
    twice: the answer that was given is returned, or given now. `on_event(kind, data)` hears what happens as it does:
    `turn`, `delta` {key, text, at}, `stage`, `status`, as in interviews.room_events; deltas are whispered to the room.

    Turns of one room are taken one at a time. Raises RoomOver where the interview has ended, turnstile.Busy where the
    turn before takes too long, and llm.errors where the AI candidate has no model; then the turn stays owed.
    """
    tell = on_event or _to_nobody
    async with turnstile.through(interview.room_id):
        conversation, heard = await rows.ask(Conversation.take_up, interview.pk, text=text.strip(), key=key)
        if heard is not None:
            tell("turn", transcript.as_data(heard) | {"key": heard.key})
            if answers := [turn for turn in conversation.turns if turn.by_agent and turn.number > heard.number]:
                tell("turn", transcript.as_data(answers[0]) | {"key": answers[0].key})
                tell("status", _status(conversation))
                return answers[0]
        if conversation.is_over or (conversation.turns and not conversation.unanswered):
            tell("status", _status(conversation))
            return None
        before = conversation.progress.stage
        answer = await _answer(conversation, tell)
        tell("turn", transcript.as_data(answer) | {"key": answer.key})
        if conversation.progress.stage and conversation.progress.stage != before:
            tell("stage", conversation.stage_data(conversation.progress))
        tell("status", _status(conversation))
        return answer


async def _answer(conversation: Conversation, tell: Callable[[str, dict[str, Any]], None]) -> Turn:
    """Let the agent take its turn in a session without a room, and store it."""

    def piece(key: str, text: str, at: int) -> None:
        data = {"key": key, "text": text, "at": at}
        tell("delta", data)
        room_events.whisper(conversation.room_id, "delta", data)

    conversation.on_piece = piece
    agent: Person = Stage(conversation) if conversation.agent_type == AgentType.INTERVIEWER else Candidate(conversation)
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


def _status(conversation: Conversation) -> dict[str, Any]:
    return {"status": conversation.status, "end_reason": conversation.progress.end_reason}


def _to_nobody(kind: str, data: dict[str, Any]) -> None:
    """Nobody asked to hear it."""
