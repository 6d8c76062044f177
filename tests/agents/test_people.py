"""What AI people have in common: asked once, told when they have no words, and done when all is said."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from livekit.agents import ModelSettings, llm

from agents import conversation as conversations
from agents.coach import Answering, PracticeTalk, Reply
from agents.conversation import SomeTalk, agent_for
from agents.sitting import Sitting
from agents.standing import Conversation
from candidates import rows
from coaching import talking
from coaching.errors import SessionNotFound
from coaching.models import Session
from coaching.states import MessageState
from intake import talking as intake_talking
from interviews.errors import RoomOver
from interviews.models import Interview, Room
from interviews.states import EndReason, InterviewState, Medium, Role
from tests.agents.interviews import FULL, converse, interview, plan, say, turns
from tests.coaching.talking import session
from tests.intake import rounds
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def _held(who: str) -> Any:
    """Something to talk in, in a room for voice that nobody can be heard in: then it is typed, over HTTP."""
    if who == "coach":
        held: Any = session()
        talking.open_room(held, medium=Medium.TEXT)
    elif who == "intake":
        held = rounds.intake()
        intake_talking.open_room(held, medium=Medium.TEXT)
    else:
        held = interview(role=Role.INTERVIEWER if who == "candidate" else Role.CANDIDATE)
    Room.objects.filter(pk=held.room.pk).update(medium=Medium.VOICE)
    return held


@pytest.mark.parametrize("who", ["coach", "intake", "candidate", "interviewer"])
def test_typed_turn_in_a_voice_room_asks_a_model_once(who: str, simulator: Simulator) -> None:
    held = _held(who)
    told: list[str] = []

    def hear(kind: str, data: dict[str, Any]) -> None:
        if kind == "delta":
            assert data["at"] == len("".join(told))
            told.append(data["text"])

    answer = asyncio.run(conversations.text_turn(held, text=FULL, key="typed", on_event=hear))
    assert answer is not None
    assert "".join(told).strip() == answer.text
    assert len(simulator.calls()) == 1


def test_whatever_fails_is_left_for_whoever_runs_the_session(simulator: Simulator) -> None:
    held = _held("coach")

    async def answer() -> tuple[list[str], Exception | None]:
        talk = await PracticeTalk.open(held.pk)
        await talk.hear(FULL, key="voice:1", medium=Medium.VOICE)
        agent = agent_for(talk)
        await rows.ask(Session.objects.filter(pk=held.pk).delete)  # with the account, say
        words = [piece async for piece in agent.llm_node(llm.ChatContext.empty(), [], ModelSettings())]
        return words, talk.pending.error if talk.pending is not None else None

    words, error = asyncio.run(answer())
    assert words == []
    assert isinstance(error, SessionNotFound)


def test_words_of_the_coach_that_broke_off_can_be_said_anew() -> None:
    held = _held("coach")

    async def break_off() -> None:
        talk = await PracticeTalk.open(held.pk)
        await talk.hear(FULL, key="voice:1", medium=Medium.VOICE)
        owed = await rows.ask(held.messages.get)
        talk.pending = Reply(key="reply-to-1", decision=Answering(answers=owed.pk), text="You sort the")
        spoken = talk.spoken("You sort the", key="voice:2", medium=Medium.VOICE)
        assert spoken is not None
        await talk.store(spoken)

    asyncio.run(break_off())
    assert held.messages.order_by("number").last().state == MessageState.STOPPED


def test_words_that_come_before_the_agents_are_written_stand_behind_them() -> None:
    held = interview()

    async def talk() -> Conversation:
        one = await Conversation.open(held.pk)
        written = asyncio.Event()
        one.before_hearing = cast(Any, written.wait)
        spoken = one.spoken("Hello Robin, and", key="voice:1", interrupted=True, medium=Medium.VOICE)
        assert spoken is not None
        hearing = asyncio.create_task(one.hear(FULL, key="voice:2", medium=Medium.VOICE))
        await asyncio.sleep(0.2)
        await one.store(spoken)
        written.set()
        await hearing
        return one

    one = asyncio.run(talk())
    assert [turn.text for turn in turns(held)] == ["Hello Robin, and", FULL]
    assert [turn.text for turn in one.unanswered] == [FULL]


def test_words_are_not_taken_for_others_with_the_number_of_what_is_not_written_yet() -> None:
    held = interview()

    async def talk() -> Conversation:
        one = await Conversation.open(held.pk)
        assert one.spoken("Hello Robin, and", key="voice:1", interrupted=True, medium=Medium.VOICE) is not None
        await one.hear(FULL, key="voice:2", medium=Medium.VOICE)
        return one

    assert [turn.text for turn in asyncio.run(talk()).unanswered] == [FULL]


def _said_and_killed(held: Interview) -> None:
    """All is said and stored, and the process dies before it has ended the interview."""

    async def die() -> None:
        talk = await Conversation.open(held.pk)
        await talk.hear("I am having a panic attack, I can't do this.", key="last")
        agent = agent_for(talk)
        async for piece in agent.respond():
            assert talk.pending is not None
            talk.pending.text += piece
        spoken = talk.spoken()
        assert spoken is not None
        await talk.store(spoken)

    asyncio.run(die())
    held.refresh_from_db()
    assert (held.status, held.progress["is_over"]) == (InterviewState.ACTIVE, True)


def _ended(held: Interview) -> bool:
    held.refresh_from_db()
    held.room.refresh_from_db()
    return (held.status, held.end_reason, held.room.ended_at is not None) == (
        InterviewState.COMPLETED,
        EndReason.DISTRESS,
        True,
    )


@pytest.mark.parametrize("how", ["resume", "typed again", "something new"])
def test_interview_whose_last_words_were_said_by_a_killed_process_is_ended_by_the_next(
    how: str, simulator: Simulator
) -> None:
    held = interview(of=plan(questions=1))
    converse(held, [""])
    _said_and_killed(held)
    if how == "resume":
        assert say(held, "") == ""
    elif how == "typed again":
        assert "Let us stop here" in say(held, "I am having a panic attack, I can't do this.", key="last")
    else:
        with pytest.raises(RoomOver):
            say(held, "Hello?", key="new")
    assert _ended(held)
    assert [turn.key for turn in turns(held)][-1] == "reply-to-2"


def test_agent_that_is_sent_into_a_room_where_all_is_said_ends_it(simulator: Simulator) -> None:
    held = interview(of=plan(questions=1))
    converse(held, [""])
    _said_and_killed(held)
    found: SomeTalk | None = conversations.talk_in(held.room_id)
    assert found is not None
    assert found.is_over
    assert asyncio.run(Sitting.at(cast(Any, None), held.room_id)) is None
    assert _ended(held)
