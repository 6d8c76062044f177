"""The coach of a practice, aloud: the same conversation as on the session's page, held in a room.

What is said stands in the session's messages (coaching.messages), and beside it as turns of the room, for its page. The
coach's words come from coaching.chat: one prompt, one window, one running summary, whether somebody types or talks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from pydantic import BaseModel

from agents import talk as talks
from agents.people import Person
from agents.talk import Moved, Talk
from candidates import rows
from coaching import chat, messages, summary, talking
from coaching.errors import SessionNotFound, WrongState
from coaching.models import Message, Session
from coaching.states import TALKING, MessageState
from interviews import rooms, transcript, turnstile
from interviews.errors import RoomOver
from interviews.models import Room, Turn
from interviews.states import EndReason, Speaker
from interviews.transcript import Said
from llm.errors import LLMError


class Answering(BaseModel):
    """What a turn of the coach is: its opening, the answer to a message, what was stopped said anew, or, with none of
    these, its last words once more. Messages are named by their primary keys."""

    is_opening: bool = False
    answers: int | None = None
    anew: int | None = None


Reply = talks.Reply[Answering]
Spoken = talks.Spoken[Answering]


class PracticeTalk(Talk[Answering, Answering]):
    """The conversation of one session, in the room that the session names."""

    def __init__(self, session: Session, room: Room, turns: list[Turn]) -> None:
        super().__init__(room, turns)
        self.session_id: UUID = session.pk
        self.user_id: UUID = session.user_id
        self.progress = Answering()
        self.is_open = session.status in TALKING and not room.is_over
        # As the page's `status` event tells it.
        self.status = "active" if self.is_open else "ended"

    @classmethod
    def load(cls, subject_id: UUID) -> Self:
        """Read everything from its rows. Raises SessionNotFound, and WrongState where the session has no room."""
        session = Session.objects.select_related("room").filter(pk=subject_id).first()
        if session is None:
            raise SessionNotFound("There is no such session.")
        if session.room is None:
            raise WrongState("This session is not talked aloud.")
        return cls(session, session.room, transcript.of(session.room.pk))

    @classmethod
    def take_up(cls, subject_id: UUID, *, text: str, key: str) -> tuple[Self, Turn | None]:
        """`load`, and store what was typed unless it is there already; see Talk.take_up."""
        talk = cls.load(subject_id)
        if not text:
            return talk, None
        heard = next((turn for turn in talk.turns if turn.key == key), None)
        if heard is None:
            heard, _ = talk._hear(Said(key=key, speaker=talk.human_speaker, text=text))
            talk.turns.append(heard)
        return talk, heard

    # --- who and where
    @property
    def agent_speaker(self) -> Speaker:
        """The part that the coach takes."""
        return Speaker.INTERVIEWER

    @property
    def human_speaker(self) -> Speaker:
        """The part that the trainee takes."""
        return Speaker.CANDIDATE

    @property
    def scope(self) -> str:
        """Whose money the model calls are."""
        return messages.scope_of(self.session_id)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to say."""
        return not self.is_open

    @property
    def end_reason(self) -> EndReason | None:
        """A practice ends when the trainee ends it, never by what was said."""
        return None

    def stage_data(self, progress: Answering) -> dict[str, Any] | None:
        """A practice has no stages."""
        return None

    # --- what is stored
    def _hear(self, said: Said) -> tuple[Turn, bool]:
        """The message is kept also where the room has ended meanwhile; nothing is where the session has."""
        with transaction.atomic():
            try:
                messages.hear(
                    user_id=self.user_id,
                    session_id=self.session_id,
                    text=said.text,
                    key=said.key,
                    medium=said.medium,
                    cut=True,
                )
            except (WrongState, SessionNotFound):
                raise RoomOver("This session is over: nothing more can be said in it.") from None
            turn, is_new = self._turn(said)
        if turn is None:
            raise RoomOver("This room has ended.")
        return turn, is_new

    def _store(self, spoken: Spoken) -> tuple[Turn, Answering | None]:
        with transaction.atomic():
            self._keep(spoken)
            turn, _ = self._turn(spoken.said)
        if turn is None:
            raise RoomOver("This room has ended.")
        return turn, None

    def _record(self, spoken: Spoken) -> tuple[Turn, bool]:
        return transcript.record(room_id=self.room_id, said=spoken.said)

    def _keep(self, spoken: Spoken) -> None:
        """The coach's words as a message, once: whoever answered the same message before has answered it."""
        answering = spoken.progress or Answering()
        found = Message.objects.filter(session_id=self.session_id).in_bulk(
            [pk for pk in (answering.answers, answering.anew) if pk is not None]
        )
        if not found and not answering.is_opening:
            return
        said = spoken.said
        messages.say(
            session_id=self.session_id,
            text=said.text,
            # A receipt comes with the last of a model's words: without one they broke off.
            state=MessageState.WHOLE if said.receipt is not None and not said.interrupted else MessageState.STOPPED,
            answers=found.get(answering.answers or 0),
            instead_of=found.get(answering.anew or 0),
            receipt=said.receipt,
            medium=said.medium,
        )

    def _turn(self, said: Said) -> tuple[Turn | None, bool]:
        try:
            with transaction.atomic():
                return transcript.record(room_id=self.room_id, said=said)
        except RoomOver:
            return None, False

    def _moved(self, reply: Reply | None, words: str, *, interrupted: bool) -> Moved[Answering]:
        return Moved(progress=reply.decision if reply is not None else None)

    def _rows(self) -> QuerySet[Session]:
        return Session.objects.filter(pk=self.session_id)

    def _read(self, stored: Any) -> Answering:
        """Where a practice stands is in its messages; nothing of it is in a column of its own."""
        return Answering()

    def _begun(self) -> None:
        """A session begins with the trainee's first message (coaching.messages)."""

    async def end(self, reason: EndReason) -> None:
        """Close the room; the session goes on, on its page or in another room."""
        if self.is_open:
            await rows.ask(_close, self.room_id, reason)
            self.is_open, self.status = False, "ended"


class PracticeCoach(Person):
    """Plays the counterpart, and is the coach where it is asked for feedback."""

    conversation: PracticeTalk
    purpose = chat.PURPOSE

    def __init__(self, conversation: PracticeTalk) -> None:
        super().__init__(instructions="", chat_ctx=conversation.chat_context())
        self.conversation = conversation

    async def on_enter(self) -> None:
        """In a room it speaks first: it opens, answers what is owed, or says its last words again to whoever comes."""
        talk = self.conversation
        if talk.is_aloud and not talk.is_over and (talk.unanswered or not talk.turns):
            self.session.generate_reply()

    def respond(self) -> AsyncIterator[str]:
        return respond(self.conversation)


async def respond(talk: PracticeTalk) -> AsyncIterator[str]:
    """The coach's next turn, piece by piece; `talk.pending` tells what it answers. Raises llm.errors.

    Where nothing is owed, because the conversation was typed so far, it is the coach's last words once more: so who
    begins to talk hears where they are. That is no new message.
    """
    reply = talk.pending = Reply(key=talk.reply_key)
    # One answer at a time in this session, also beside those who type on its page.
    async with turnstile.through(talk.session_id):
        standing = await rows.ask(messages.standing, talk.session_id)
        owed, stopped = standing.owed, standing.stopped if standing.owed is None else None
        if owed is not None:
            reply.decision = Answering(answers=owed.pk)
        elif stopped is not None:
            reply.decision = Answering(anew=stopped.pk)
        else:
            reply.decision = Answering(is_opening=not standing.messages)
            if standing.messages:
                yield standing.messages[-1].text
                return
        summary.keep_up(standing.session)
        try:
            async with chat.ask(standing, instead_of=stopped) as asked:
                async for piece in asked:
                    yield piece
                reply.receipt = asked.receipt.model_dump(mode="json")
        except LLMError:
            if owed is not None:
                await rows.ask(messages.fail, session_id=talk.session_id, until=owed.number)
            raise


def practice_in(room_id: UUID) -> UUID | None:
    """The session that is talked aloud in this room; None where there is none, or it is over."""
    found = Session.objects.filter(room_id=room_id, status__in=TALKING, room__agent_name=talking.AGENT_NAME)
    return found.values_list("pk", flat=True).first()


def _close(room_id: UUID, reason: EndReason) -> None:
    room = Room.objects.filter(pk=room_id).first()
    if room is not None:
        rooms.close(room, reason=reason)
