"""A typed conversation over its rows: stored, taken up again, one turn at a time."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from livekit.agents import AgentSession

from agents import conversation as conversations
from agents.conversation import Conversation, agent_for
from agents.interviewer import Stage
from agents.people import DOOR
from agents.standing import LONGEST_PAUSE_SECONDS
from interviews import interviewing, transcript
from interviews.errors import RoomOver
from interviews.models import Interview, Turn
from interviews.schemas import Progress, StageResult
from interviews.states import EndReason, InterviewState, Medium, Role, Speaker
from interviews.transcript import Said
from interviews.turnstile import Busy, through
from tests.agents.interviews import FULL, THIN, converse, interview, loaded, plan, progress, say, turns
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def test_first_turn_begins_the_interview(simulator: Simulator) -> None:
    held = interview()
    events: list[tuple[str, dict[str, Any]]] = []
    say(held, "", events=events)
    held.refresh_from_db()
    assert held.status == InterviewState.ACTIVE
    assert events[-1] == ("status", {"status": "active", "end_reason": None})


def test_words_come_in_pieces_that_make_the_turn(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    events: list[tuple[str, dict[str, Any]]] = []
    answer = say(held, FULL, key="mine", events=events)
    kinds = [kind for kind, _ in events]
    assert kinds == ["turn", *(["delta"] * kinds.count("delta")), "turn", "status"]
    assert kinds.count("delta") >= 2
    pieces = [data for kind, data in events if kind == "delta"]
    assert "".join(piece["text"] for piece in pieces) == answer
    assert [piece["at"] for piece in pieces] == [len(answer[: piece["at"]]) for piece in pieces]
    assert {piece["key"] for piece in pieces} == {turns(held)[-1].key}
    assert events[0][1]["key"] == "mine"


def test_same_key_again_is_the_same_turn(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    first = say(held, FULL, key="once")
    assert say(held, FULL, key="once") == first
    assert len(turns(held)) == 3
    assert len(simulator.calls()) == 1


def test_nothing_is_said_where_nothing_is_owed(simulator: Simulator) -> None:
    held = interview()
    assert say(held, "") != ""
    assert say(held, "") == ""
    assert len(turns(held)) == 1


def test_turn_that_a_killed_process_left_is_answered_by_the_next(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    # The process stored what was said, asked the model, and died.
    transcript.record(room_id=held.room_id, said=Said(key="left", speaker=Speaker.CANDIDATE, text=FULL))
    answer = say(held, "")
    assert answer.endswith("Which renewal number 2 did you lead, and what came of it?")
    assert [turn.key for turn in turns(held)] == ["opening", "left", "reply-to-2"]


def test_kill_at_any_place_loses_no_turn_and_asks_nothing_twice(simulator: Simulator) -> None:
    """Every turn is taken by a "process" of its own, and every second one dies before it has answered."""
    held = interview(of=plan(questions=3))
    say(held, "")
    said = 0
    while not progress(held).is_over:
        said += 1
        text = (FULL, THIN)[said % 2]
        key = f"said-{said}"
        if said % 2:
            transcript.record(room_id=held.room_id, said=Said(key=key, speaker=Speaker.CANDIDATE, text=text))
        say(held, text, key=key)
        assert said < 20
    stored = turns(held)
    assert [turn.number for turn in stored] == list(range(1, len(stored) + 1))
    opened = [turn.question for turn in stored if turn.question and not turn.is_follow_up]
    assert opened == ["experience-1", "experience-2", "experience-3", "their-questions"]
    assert sum(turn.key.startswith("said-") for turn in stored) == said


def test_several_messages_since_the_last_answer_are_one_answer(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    for number, part in enumerate(FULL.split(", ", 1)):
        transcript.record(room_id=held.room_id, said=Said(key=f"{number}", speaker=Speaker.CANDIDATE, text=part))
    assert "renewal number 2" in say(held, "")
    assert progress(held).answered[0].turn == 3


def test_parallel_messages_are_answered_one_after_the_other(simulator: Simulator) -> None:
    simulator.control(latency=0.1)
    held = interview(of=plan(questions=5))
    say(held, "")

    async def at_once() -> None:
        await asyncio.gather(
            *(conversations.text_turn(held, text=FULL, key=f"parallel-{number}") for number in range(4))
        )

    asyncio.run(at_once())
    stored = turns(held)
    assert [turn.by_agent for turn in stored] == [True, *([False, True] * 4)]
    assert len({turn.question for turn in stored if turn.question}) == 5


def test_two_processes_do_not_answer_the_same_turn(simulator: Simulator) -> None:
    """Two event loops in two threads know nothing of each other, as two processes do."""
    simulator.control(latency=0.3)
    held = interview()
    say(held, "")
    transcript.record(room_id=held.room_id, said=Said(key="left", speaker=Speaker.CANDIDATE, text=FULL))
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(say(held, ""))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(answer) for answer in answers) == [False, True]
    assert len(turns(held)) == 3
    assert len(simulator.calls()) == 1


def test_turn_that_waits_too_long_is_told_to_come_back(simulator: Simulator) -> None:
    held = interview()

    async def wait() -> None:
        async with through(held.room_id), through(held.room_id, seconds=0.1):
            pass

    with pytest.raises(Busy):
        asyncio.run(wait())


def test_nothing_is_added_to_an_interview_that_has_ended(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    held.refresh_from_db()
    interviewing.end(Interview.objects.select_related("room").get(pk=held.pk), reason=EndReason.BY_PERSON)
    with pytest.raises(RoomOver):
        say(held, FULL)
    assert len(turns(held)) == 1


def test_answer_to_an_interview_that_ended_meanwhile_is_dropped(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    conversation = loaded(held)
    conversation.pending = None
    interviewing.end(Interview.objects.select_related("room").get(pk=held.pk), reason=EndReason.BY_PERSON)
    spoken = conversation.spoken("Too late.")
    assert spoken is not None
    with pytest.raises(RoomOver):
        asyncio.run(conversation.store(spoken))
    assert len(turns(held)) == 1


def test_long_pauses_cost_no_time(simulator: Simulator) -> None:
    held = interview()
    converse(held, ["", THIN])
    first, *others = turns(held)
    for turn in [first]:
        Turn.objects.filter(pk=turn.pk).update(ended_at=turn.ended_at - turn.ended_at.resolution * 36_000_000_000)
    clock = loaded(held).clock()
    assert clock.total == pytest.approx(LONGEST_PAUSE_SECONDS / 60, abs=0.5)
    assert clock.stage == clock.total
    assert len(others) == 2


# --- in a room, as the worker holds it
class Room:
    """A session without sound that tells the conversation what was said, as a worker does."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.agent = agent_for(conversation)
        self.conversation.is_aloud = True
        self.session: AgentSession[Any] = AgentSession(llm=DOOR, vad=None, turn_handling={"turn_detection": None})
        self.answers: asyncio.Queue[str] = asyncio.Queue()
        self.session.on("conversation_item_added", lambda event: self._added(event.item))

    def _added(self, item: Any) -> None:
        if getattr(item, "role", "") == "assistant":
            self.answers.put_nowait(item.text_content)

    async def answer(self) -> str:
        async with asyncio.timeout(120):
            text = await self.answers.get()
        spoken = self.conversation.spoken(text, key=f"voice-{len(self.conversation.turns)}", medium=Medium.VOICE)
        assert spoken is not None
        await self.conversation.store(spoken)
        return text

    async def hear(self, text: str) -> str:
        # Between two stages the session hands over; a worker's human takes longer than that to begin to speak.
        await asyncio.sleep(0.5)
        self.session.generate_reply(user_input=text)
        return await self.answer()


def test_room_goes_from_stage_to_stage_with_typed_results(simulator: Simulator) -> None:
    held = interview(medium=Medium.VOICE)

    async def hold() -> list[StageResult]:
        room = Room(await Conversation.open(held.pk))
        await room.session.start(room.agent, record=False)
        assert (await room.answer()).endswith("Which renewal number 1 did you lead, and what came of it?")
        assert isinstance(room.session.current_agent, Stage)
        await room.hear(FULL)
        await room.hear(FULL)
        await room.hear("No, nothing, thank you.")
        async with asyncio.timeout(120):
            while len(room.agent.results) < 2:  # type: ignore[union-attr]
                await asyncio.sleep(0.02)
        await room.conversation.finish()
        await room.session.aclose()
        return room.agent.results  # type: ignore[union-attr]

    results = asyncio.run(hold())
    assert [result.stage for result in results] == ["experience", "closing"]
    assert results == progress(held).results
    assert held.status == InterviewState.COMPLETED
    assert [turn.number for turn in turns(held)] == list(range(1, 8))


def test_room_taken_over_gently_repeats_the_open_question(simulator: Simulator) -> None:
    held = interview(medium=Medium.VOICE)
    converse(held, ["", FULL])

    async def take_over() -> str:
        room = Room(await Conversation.open(held.pk))
        await room.session.start(room.agent, record=False)
        first = await room.answer()
        await room.hear(FULL)
        await room.session.aclose()
        return first

    first = asyncio.run(take_over())
    assert first.startswith("I am sorry, we were cut off")
    assert first.endswith("Which renewal number 2 did you lead, and what came of it?")
    assert [turn.question for turn in turns(held) if turn.question] == [
        "experience-1",
        "experience-2",
        "their-questions",
    ]


def test_room_taken_over_answers_what_is_owed(simulator: Simulator) -> None:
    held = interview(medium=Medium.VOICE, role=Role.INTERVIEWER)
    say(held, "")
    transcript.record(
        room_id=held.room_id, said=Said(key="left", speaker=Speaker.INTERVIEWER, text="Which contract did you close?")
    )

    async def take_over() -> str:
        room = Room(await Conversation.open(held.pk))
        await room.session.start(room.agent, record=False)
        first = await room.answer()
        await room.session.aclose()
        return first

    assert "contract with Example Bank" in asyncio.run(take_over())


def test_question_that_was_cut_off_is_asked_again(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    conversation = loaded(held)

    async def interrupt() -> Progress:
        await conversation.hear(FULL, key="heard")
        stage = Stage(conversation)
        async for piece in stage.respond():
            assert conversation.pending is not None
            conversation.pending.text += piece
        spoken = conversation.spoken("Thank you, I have noted", interrupted=True, key="cut")
        assert spoken is not None
        await conversation.store(spoken)
        return conversation.progress

    stands = asyncio.run(interrupt())
    assert stands.question == ""
    assert [one.question for one in stands.answered] == ["experience-1"]
    assert say(held, "Sorry, go on.").endswith("Which renewal number 2 did you lead, and what came of it?")


def test_question_that_was_heard_before_the_cut_is_not_asked_again(simulator: Simulator) -> None:
    held = interview()
    say(held, "")
    conversation = loaded(held)

    async def interrupt() -> Progress:
        await conversation.hear(FULL, key="heard")
        async for piece in Stage(conversation).respond():
            assert conversation.pending is not None
            conversation.pending.text += piece
        words = conversation.pending.text[:-12] if conversation.pending else ""
        spoken = conversation.spoken(words, interrupted=True, key="cut")
        assert spoken is not None
        await conversation.store(spoken)
        return conversation.progress

    assert asyncio.run(interrupt()).question == "experience-2"
