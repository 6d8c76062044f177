"""The coach of a practice in a room: the same conversation as on the session's page, said once and answered once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agents import coach, conversation
from agents.coach import PracticeTalk
from coaching import chat, lifecycle, messages, talking
from coaching.models import Message, Session
from coaching.states import MessageState
from interviews import rooms, transcript
from interviews.errors import RoomOver
from interviews.states import Medium
from interviews.transcript import Said
from llm.errors import LLMError
from tests.coaching.talking import said, session
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "We sort the invoices of 300 small workshops, and each of them wins 5 hours a week."


def in_room(**texts: str) -> Session:
    made = session(**texts)
    talking.open_room(made, medium=Medium.TEXT)
    return made


def turn(of: Session, text: str = "", key: str = "page-1") -> tuple[str, list[tuple[str, Any]]]:
    """What the coach answers in the room, and what was told on the way."""
    told: list[tuple[str, Any]] = []
    answer = asyncio.run(
        conversation.text_turn(of, text=text, key=key, on_event=lambda kind, data: told.append((kind, data)))
    )
    assert answer is not None
    return answer.text, told


def texts(of: Session) -> list[str]:
    return list(Message.objects.filter(session=of).order_by("number").values_list("text", flat=True))


def test_what_is_said_in_the_room_is_the_sessions_conversation(simulator: Simulator) -> None:
    held = in_room(agenda="Raise half a million")
    opening, _ = turn(held)
    answer, told = turn(held, FIRST)
    assert said(held) == [(1, "coach", "whole"), (2, "trainee", "answered"), (3, "coach", "whole")]
    assert texts(held) == [opening, FIRST, answer]
    assert [one.text for one in transcript.of(held.room.pk)] == [opening, FIRST, answer]
    assert "".join(data["text"] for kind, data in told if kind == "delta").strip() == answer
    held.refresh_from_db()
    assert (held.status, held.turns) == ("in_progress", 1)


def test_same_words_again_are_stored_and_answered_once(simulator: Simulator) -> None:
    held = in_room()
    turn(held)
    first, _ = turn(held, FIRST)
    again, _ = turn(held, FIRST)
    assert first == again
    assert len(texts(held)) == 3


def test_who_begins_to_talk_hears_the_last_words_again_and_no_message_comes_of_it(simulator: Simulator) -> None:
    held = session()
    who: dict[str, Any] = {"user_id": held.user_id, "session_id": held.pk}
    typed = asyncio.run(chat.say(text=FIRST, key="typed", **who))
    assert typed.answer is not None
    talking.open_room(held, medium=Medium.TEXT)
    heard, _ = turn(held)
    assert heard == typed.answer.text
    assert len(texts(held)) == 2
    # And what was typed and never answered is answered there.
    other = session(held.user)
    messages.hear(user_id=other.user_id, session_id=other.pk, text=FIRST, key="typed")
    talking.open_room(other, medium=Medium.TEXT)
    turn(other)
    assert said(other) == [(1, "trainee", "answered"), (2, "coach", "whole")]


def test_opening_that_was_stopped_on_the_page_is_said_anew_in_the_room(simulator: Simulator) -> None:
    held = session()
    messages.say(session_id=held.pk, text="Hello, I", state=MessageState.STOPPED)
    talking.open_room(held, medium=Medium.TEXT)
    opening, _ = turn(held)
    assert said(held) == [(1, "coach", "whole")]
    assert texts(held) == [opening]


def test_words_broken_off_are_kept_as_far_as_they_were_heard(simulator: Simulator) -> None:
    held = in_room()

    async def talk() -> None:
        one = await PracticeTalk.open(held.pk)
        await one.hear(FIRST, key="voice:1", medium=Medium.VOICE)
        async for piece in coach.respond(one):
            assert one.pending is not None
            one.pending.text += piece
        spoken = one.spoken("Who are", key="voice:2", interrupted=True, medium=Medium.VOICE)
        assert spoken is not None
        await one.store(spoken)

    asyncio.run(talk())
    assert said(held) == [(1, "trainee", "answered"), (2, "coach", "stopped")]
    assert texts(held)[1] == "Who are"
    assert set(held.messages.values_list("medium", flat=True)) == {Medium.VOICE}


def test_model_that_fails_leaves_the_words_owed(simulator: Simulator) -> None:
    held = in_room()
    simulator.control(next=["503"] * 12)
    with pytest.raises(LLMError):
        turn(held, FIRST)
    assert Message.objects.get(session=held).state == MessageState.FAILED
    simulator.reset()
    turn(held)
    assert said(held) == [(1, "trainee", "answered"), (2, "coach", "whole")]


def test_words_on_their_way_are_kept_when_the_room_ends_and_refused_when_the_session_has() -> None:
    held = in_room()
    talk = PracticeTalk.load(held.pk)
    talking.close_room(held)
    words = Said(key="voice:1", speaker=talk.human_speaker, text=FIRST, medium=Medium.VOICE)
    with pytest.raises(RoomOver):
        talk._hear(words)
    assert texts(held) == [FIRST]
    for number in (2, 3):
        messages.hear(user_id=held.user_id, session_id=held.pk, text=FIRST, key=f"key-{number}")
    held.refresh_from_db()
    lifecycle.complete(held)
    with pytest.raises(RoomOver):
        talk._hear(Said(key="voice:2", speaker=talk.human_speaker, text="Too late."))
    assert len(texts(held)) == 3


def test_a_room_of_practice_has_the_coach_and_only_while_the_session_lasts() -> None:
    held = in_room()
    talk = conversation.talk_in(held.room.pk)
    assert isinstance(talk, PracticeTalk)
    assert isinstance(conversation.agent_for(talk), coach.PracticeCoach)
    lifecycle.archive(held)
    assert conversation.talk_in(held.room.pk) is None
    assert rooms.voice_missing() or held.room.medium == Medium.TEXT
