"""One interview by voice, as the process holds it that sits in its room.

What is said, and when it is over, is the conversation's and its agent's (agents.conversation); this is what surrounds
them:

- turns are stored as they finish: the human's as soon as it was understood, the agent's as far as it was heard;
- the human is found by what the token says, and found again after a reload; nobody else in the room is listened to;
- a silence is handed to the agent; where there are no words, or no voice, or no ears, the human is told;
- the last words are heard to their end before the interview ends and the room closes.

It keeps nothing that the next process would need: that one starts from the stored turns and the interview's progress.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext_noop
from livekit import rtc
from livekit.agents import (
    AgentSession,
    AgentStateChangedEvent,
    ConversationItemAddedEvent,
    JobContext,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
    UserTranscriptionTimeoutEvent,
)
from livekit.agents.llm import ChatMessage
from livekit.agents.voice.room_io import TextInputEvent

from agents import voice
from agents.conversation import SomeTalk, agent_for, talk_in
from agents.people import Person, moment, times_of
from agents.talk import SPOKEN, Spoken
from agents.typed import Typed, key_of
from agents.voice import Sense
from candidates import rows
from interviews import room_events, transcript
from interviews.errors import RoomOver
from interviews.models import Room
from interviews.states import EndReason, Medium
from llm import conversing
from llm.errors import GreenroomError

logger = logging.getLogger(__name__)

T = TypeVar("T")

# What a person is told when something fails. Not part of the transcript, which is about the interview.
_NOTICES = {
    Sense.HEARING: gettext_noop("I am sorry, I can't hear you at the moment. Please type what you would like to say."),
    Sense.SPEAKING: gettext_noop(
        "My voice does not work at the moment. You can read here what I say, and go on as before."
    ),
}
_NO_WORDS = gettext_noop("I am sorry, I lost my thread for a moment. Could you say that again, please?")
_NOT_UNDERSTOOD = gettext_noop("I am sorry, I did not catch that. Could you say it again, please, or type it?")
_TIME_IS_UP = gettext_noop(
    "I am sorry, the time of this room is over, so we have to stop here. Thank you, and goodbye."
)
# Less sound than this may have been a cough.
_SHORTEST_SPEECH_SECONDS = 1.0
# Nobody has this identity: so is a session's human called before one has come.
_NOBODY = "nobody-yet"
# The last words are still on their way to the human's loudspeaker when the last of them has left here.
_LAST_WORDS_SECONDS = 0.6
# Time is up so long before the room's tokens end that there is time to say so.
_BEFORE_EXPIRY_SECONDS = 20.0
# A turn of the human that the agent answers is stored by the agent, before the answer. One that is not is stored then.
_UNANSWERED_SECONDS = 1.0
_FLUSH_SECONDS = 5.0
# So long the session may be between two stages, or closing.
_HANDOFF_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 5.0


def room_of(metadata: str) -> UUID | None:
    """The room that a dispatch names in its metadata; None where it names none."""
    try:
        return UUID(str(json.loads(metadata)["room_id"]))
    except (ValueError, KeyError, TypeError):
        return None


class Sitting:
    """See the module. Made with `at`, begun once, left once."""

    def __init__(self, job: JobContext, conversation: SomeTalk, expires_at: datetime) -> None:
        self.job = job
        self.conversation = conversation
        conversation.is_aloud = True
        self.room_id: UUID = conversation.room_id
        self.expires_at = expires_at
        self.session: AgentSession[Any] = voice.new_session(
            on_change=self._sense_changed, language=conversation.language
        )
        self._unstored: asyncio.Queue[Spoken[Any]] = asyncio.Queue()
        conversation.before_hearing = self._unstored.join
        # Messages of the human that nobody has stored yet.
        self._unheard: dict[str, ChatMessage] = {}
        self._typed = Typed()
        self._typing = asyncio.Lock()
        self._failing: set[Sense] = set()
        self._asked_again = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Task[None] | None = None

    @classmethod
    async def at(cls, job: JobContext, room_id: UUID) -> Sitting | None:
        """The sitting in a room, from its rows; None where there is no talk to hold, or it is over."""
        found = await rows.ask(_find, room_id)
        if found is None:
            return None
        if found[0].is_over:  # whoever said the last words was killed before it could end the talk
            await found[0].finish()
            return None
        return cls(job, *found)

    async def begin(self) -> None:
        """Begin in the room, or go on where the stored turns end. The job is connected already."""
        agent = agent_for(self.conversation)
        self.session.on("conversation_item_added", self._on_item)
        self.session.on("agent_state_changed", self._on_agent_state)
        self.session.on("user_state_changed", self._on_user_state)
        self.session.on("user_input_transcribed", self._on_transcribed)
        self.session.on("user_transcription_timeout", self._on_not_understood)
        self.job.room.on("participant_connected", self._recognise)
        self.job.room.on("participant_disconnected", self._turn_to_another)
        self._start(self._store_turns())
        # While the greeting is said, what the first answer will need.
        self._start(conversing.make_ready(agent.purpose, scope=self.conversation.scope))
        people = self.job.room.remote_participants.values()
        human = next((one.identity for one in people if self._is_human(one)), _NOBODY)
        # What is said before the human has come waits for them, whoever else is listening already.
        self.job.room.local_participant.set_track_subscription_permissions(allow_all_participants=human != _NOBODY)
        await self.session.start(
            agent,
            room=self.job.room,
            room_options=voice.room_options(on_text=self._on_text, identity=human),
            record=False,
            # Else the session would tell everybody in the room what it does, in full.
            session_host=False,
        )
        for participant in self.job.room.remote_participants.values():
            self._recognise(participant)  # who came while the session started
        self._start(self._watch_time())

    async def leave(self, *, hand_over: bool) -> None:
        """Store what was said, and go. `hand_over`: the room goes on, and another process shall come at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FLUSH_SECONDS):
                for message in list(self._unheard.values()):
                    await self._hear(message)
                await self._unstored.join()
                if self._ending is not None:  # it closed the room, so we leave, and has yet to write that down
                    await asyncio.wait({self._ending})
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hand_over:
            await rows.ask(_hand_over, self.room_id)

    # --- turns -------------------------------------------------------------------------------------------------------
    def _on_item(self, event: ConversationItemAddedEvent) -> None:
        """Something was said to its end, or as far as it was heard."""
        message = event.item
        if not isinstance(message, ChatMessage):
            return
        if message.role == "user":
            self._unheard[message.id] = message
            self._start(self._hear_later(message))
        elif message.role == "assistant":
            began, ended = times_of(message)
            spoken = self.conversation.spoken(
                message.text_content or "",
                key=f"{SPOKEN}{message.id}",
                interrupted=message.interrupted,
                medium=Medium.VOICE,
                started_at=began or moment(message.created_at),
                ended_at=ended or timezone.now(),
            )
            if spoken is not None:
                self._unstored.put_nowait(spoken)

    async def _hear_later(self, message: ChatMessage) -> None:
        await asyncio.sleep(_UNANSWERED_SECONDS)
        await self._hear(message)

    async def _hear(self, message: ChatMessage) -> None:
        """Store a turn of the human, unless the agent did when it answered."""
        self._unheard.pop(message.id, None)
        text = (message.text_content or "").strip()
        if not text or message.id in self.conversation.heard:
            return
        # Not marked as heard before it is stored: the agent must not answer without these words. Stored twice is once.
        began, ended = times_of(message)
        with contextlib.suppress(RoomOver):
            await _persistently(
                lambda: self.conversation.hear(
                    text,
                    key=f"{SPOKEN}{message.id}",
                    medium=Medium.VOICE if ended else Medium.TEXT,
                    started_at=began,
                    ended_at=ended,
                )
            )
        self.conversation.heard.add(message.id)

    async def _store_turns(self) -> None:
        """Write the agent's turns one after the other, in the order in which they were said."""
        while True:
            spoken = await self._unstored.get()
            try:
                # Ended meanwhile: nothing is added to a finished transcript.
                with contextlib.suppress(RoomOver):
                    await _persistently(lambda: self.conversation.store(spoken))  # noqa: B023  awaited right here
                if self.conversation.is_over:
                    self._end(None)
            except Exception as error:  # this turn is lost; those that come after it must not be
                logger.exception("room %s: a turn could not be stored (%s)", self.room_id, type(error).__name__)
            finally:
                self._unstored.task_done()

    # --- the end -----------------------------------------------------------------------------------------------------
    def _end(self, reason: EndReason | None) -> None:
        """End the interview, for a reason of its own or the conversation's, once the last words were heard."""
        if self._ending is None:
            self._ending = self._start(self._close(reason))

    async def _close(self, reason: EndReason | None) -> None:
        await asyncio.sleep(_LAST_WORDS_SECONDS)
        # The room closes with it, and this process's work.
        if reason is None:
            await _persistently(self.conversation.finish)
        else:
            await _persistently(lambda: self.conversation.end(reason))

    async def _watch_time(self) -> None:
        """Nobody shall be cut off without a word when the room's hours are over."""
        left = (self.expires_at - timezone.now()).total_seconds()
        await asyncio.sleep(max(0.0, left - _BEFORE_EXPIRY_SECONDS))
        await self._say(_TIME_IS_UP)
        self._end(EndReason.EXPIRED)

    # --- the human ---------------------------------------------------------------------------------------------------
    def _is_human(self, participant: rtc.RemoteParticipant) -> bool:
        """Whether this is the one whom the conversation is with. Who somebody is stands in the token we signed."""
        return participant.attributes.get("type") == self.conversation.human_speaker.value

    def _recognise(self, participant: rtc.RemoteParticipant) -> None:
        """Listen to this participant, if it is the human, and no other one is here as that already."""
        if not self._is_human(participant):
            return
        self.job.room.local_participant.set_track_subscription_permissions(allow_all_participants=True)
        linked = self.session.room_io.linked_participant
        if linked is None or linked.identity not in self.job.room.remote_participants:
            self.session.room_io.set_participant(participant.identity)

    def _turn_to_another(self, gone: rtc.RemoteParticipant) -> None:
        """Who was listened to has left: somebody else may be here on the same side."""
        for participant in self.job.room.remote_participants.values():
            if participant.identity != gone.identity:
                self._recognise(participant)

    async def _on_text(self, session: AgentSession[Any], event: TextInputEvent) -> None:
        """Typed words are taken as spoken ones; they interrupt as those do.

        A page that saw no sign of being read sends its words again, under the same key. They are stored before they are
        answered, and a key is stored once: so they are taken once, also where the process that took them died.
        """
        text = event.text.strip()[: transcript.LONGEST_TURN]
        key = key_of(event)
        # One after the other: two that are taken at once would be answered by two voices.
        async with self._typing:
            if not text or self._ending is not None or self.conversation.has(key) or not self._typed.takes(key):
                return
            with contextlib.suppress(RuntimeError):  # what can't be interrupted is said first
                await session.interrupt()
            message = ChatMessage(id=key, role="user", content=[text])
            # It is stored here: the agent and the session need not.
            self.conversation.heard.add(message.id)
            with contextlib.suppress(RoomOver):
                _, is_new = await _persistently(lambda: self.conversation.hear(text, key=key))
                if is_new:
                    await self._answer(session, message)

    async def _answer(self, session: AgentSession[Any], message: ChatMessage) -> None:
        """Have the agent answer; between two stages the session takes nothing new for a moment."""
        until = time.monotonic() + _HANDOFF_SECONDS
        while self._ending is None:
            try:
                session.generate_reply(user_input=message)
                return
            except RuntimeError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.05)

    def _on_transcribed(self, event: UserInputTranscribedEvent) -> None:
        if event.is_final:  # somebody who speaks is here; what it means is for the agent to say
            self._asked_again = False
            self.session.reset_away_timer()

    def _on_not_understood(self, event: UserTranscriptionTimeoutEvent) -> None:
        """Somebody spoke and no words came of it. They are told once, and not of every noise."""
        if self._asked_again or self._failing or self._ending is not None or self.session.agent_state != "listening":
            return
        if event.speech_duration >= _SHORTEST_SPEECH_SECONDS:
            self._asked_again = True
            self._start(self._say(_NOT_UNDERSTOOD))

    def _on_user_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "away" and self._ending is None:
            self._start(self._break_silence())

    async def _break_silence(self) -> None:
        """Nothing was said for a while: the agent may say something, and the next silence counts from there."""
        agent = self.session.current_agent
        words = agent.break_silence() if isinstance(agent, Person) else ""
        if words:
            with contextlib.suppress(RuntimeError):  # the session is closing
                await self.session.say(words)
        self.session.reset_away_timer()

    # --- trouble -----------------------------------------------------------------------------------------------------
    def _on_agent_state(self, event: AgentStateChangedEvent) -> None:
        """The agent has stopped thinking. Where it had no words, nobody else will tell the human."""
        pending = self.conversation.pending
        if event.new_state == "listening" and pending is not None and (error := pending.error) is not None:
            self.conversation.pending = None
            if not isinstance(error, GreenroomError):
                logger.error("room %s: %s", self.room_id, type(error).__name__, exc_info=error)
            self._start(self._say(_NO_WORDS))

    def _sense_changed(self, sense: Sense, works: bool) -> None:
        (self._failing.discard if works else self._failing.add)(sense)
        self._start(self._tell_of(sense, works=works))

    async def _tell_of(self, sense: Sense, *, works: bool) -> None:
        """Say it, in words that can be read where they can't be heard, and note it for whoever looks at the room."""
        logger.warning("room %s: %s %s", self.room_id, sense.value, "works again" if works else "does not work")
        state = {"state": "text" if self._failing else "joined", "without": sorted(self._failing)}
        await rows.ask(room_events.append, self.room_id, "agent", state)
        if not works:
            await self._say(_NOTICES[sense])

    async def _say(self, text: str) -> None:
        """Say something that is not part of the conversation."""
        with translation.override(self.conversation.language):
            text = translation.gettext(text)
        with contextlib.suppress(RuntimeError):  # the session is closing
            await self.session.say(text, add_to_chat_ctx=False)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("room %s: %s", self.room_id, type(error).__name__, exc_info=error)


async def _persistently(work: Callable[[], Awaitable[T]]) -> T:
    """Call and await `work` until Postgres takes it: one that is away for a while must cost nothing that was said."""
    pause = 0.2
    while True:
        try:
            return await work()
        except (OperationalError, InterfaceError) as error:
            logger.warning("what was said waits for Postgres (%s)", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)


def _find(room_id: UUID) -> tuple[SomeTalk, datetime] | None:
    room = Room.objects.filter(pk=room_id).first()
    if room is None or room.is_over:
        return None
    conversation = talk_in(room_id)
    return (conversation, room.expires_at) if conversation is not None else None


def _hand_over(room_id: UUID) -> None:
    Room.objects.filter(pk=room_id, ended_at=None).update(agent_seen_at=None)
