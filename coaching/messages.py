"""What was said in a practice session, in rows: stored, read back in order, and what of it is owed an answer.

A message of the trainee's is stored at once, whatever else is under way; the coach answers everything that is owed when
its turn comes. So words never wait, and several that were sent together may get one answer, as in any chat. An answer
knows the last message that it answers, which need not be the one that stands before it.

Numbers are given under the lock on the session's row, so they have no gaps. All of this is synchronous: from async code
it is called through candidates.rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from coaching.errors import SessionNotFound, WrongState
from coaching.models import Message, Session
from coaching.states import TALKING, MessageState, SessionState, Side
from interviews.states import Medium

# In characters; what is longer is refused by the API, and cut where it was spoken.
LONGEST_MESSAGE = 8_000
# So many of the last messages the coach reads word for word; what came before them is in the summary.
WINDOW = 10
# The most that are read word for word while the summary lags behind.
LARGEST_WINDOW = 40
# And of these no more than so many characters, about 25,000 tokens: more than the last WINDOW messages ever hold.
MOST_CHARACTERS = 100_000
# What a caller's key looks like; ours have a space in them, so nobody's is taken for one.
KEY = r"^[!-~]{1,80}$"
OPENING_KEY = "coach opening"
_OF_SESSION = (
    *("user_id", "preparation_type", "meeting_subtype", "agenda", "tone", "role_context"),
    *("status", "turns", "messages_count", "summary", "summary_until"),
)
_UNANSWERED = (MessageState.OWED, MessageState.FAILED)


def scope_of(session_id: UUID) -> str:
    """What the cost of a session's model calls is counted under."""
    return f"session:{session_id}"


def answer_key(number: int) -> str:
    """The key of the coach's answer to a message."""
    return f"coach {number}"


@dataclass(slots=True)
class Standing:
    """A session as whoever answers next must know it: what it is for, and the conversation since the summary."""

    session: Session
    # In the order of the conversation: an answer stands behind what it answers.
    messages: list[Message]

    @property
    def owed(self) -> Message | None:
        """The last message of the trainee's, if it was not answered; then it and all before it are answered at once."""
        said = [message for message in self.messages if message.side == Side.TRAINEE]
        return said[-1] if said and said[-1].state in _UNANSWERED else None

    @property
    def stopped(self) -> Message | None:
        """The coach's last words, if they were stopped and nothing was said after them: these can be said anew."""
        last = self.messages[-1] if self.messages else None
        return last if last is not None and last.state == MessageState.STOPPED else None

    def without(self, message: Message | None) -> list[Message]:
        """The conversation without one message."""
        return [one for one in self.messages if message is None or one.pk != message.pk]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the trainee's as it stands in its row. `is_new`: it was stored just now."""

    message: Message
    turn_number: int
    status: str
    is_new: bool


def hear(
    *, user_id: UUID, session_id: UUID, text: str, key: str, medium: Medium = Medium.TEXT, cut: bool = False
) -> Heard:
    """Store what the trainee said; the first message begins the session. A key that is there stores nothing again.

    `cut`: what is longer than LONGEST_MESSAGE is cut instead of being the caller's mistake. Raises SessionNotFound, and
    WrongState where the session is over (a message that was stored before is given back all the same).
    """
    if len(text) > LONGEST_MESSAGE and not cut:
        raise ValueError("too long for a message")
    with transaction.atomic():
        session = _locked(session_id, user_id=user_id)
        known = Message.objects.filter(session_id=session_id, key=key).first()
        if known is not None:
            return Heard(known, turn_number(known), session.status, is_new=False)
        if session.status not in TALKING:
            raise WrongState("This session is over: nothing more can be said in it.")
        session.messages_count += 1
        session.turns += 1
        message = Message.objects.create(
            session_id=session_id,
            number=session.messages_count,
            side=Side.TRAINEE,
            text=text.replace("\x00", "")[:LONGEST_MESSAGE],
            state=MessageState.OWED,
            medium=medium,
            key=key,
            created_at=timezone.now(),
        )
        counts: dict[str, Any] = {"messages_count": session.messages_count, "turns": session.turns}
        if session.status == SessionState.SETUP:
            # The row is locked, so this is the compare-and-set of lifecycle.begin without a statement of its own.
            session.status = SessionState.IN_PROGRESS
            counts |= {"status": session.status, "started_at": timezone.now()}
        Session.objects.filter(pk=session_id).update(**counts)
    return Heard(message, session.turns, session.status, is_new=True)


def say(
    *,
    session_id: UUID,
    text: str,
    state: MessageState = MessageState.WHOLE,
    answers: Message | None = None,
    instead_of: Message | None = None,
    receipt: dict[str, Any] | None = None,
    medium: Medium = Medium.TEXT,
) -> tuple[Message, str]:
    """Store what the coach said; return it and the session's status.

    `answers` is the last of the trainee's messages that it answers, None for the opening; all messages up to it count
    as answered. `instead_of` is a stopped answer that these words replace. Answered before, nothing is stored and what
    stands there is returned. What was said is kept whatever became of the session meanwhile; raises SessionNotFound
    where it was deleted.
    """
    text = text.replace("\x00", "")
    with transaction.atomic():
        session = _locked(session_id)
        if instead_of is not None:
            values = {"text": text, "state": state, "receipt": receipt, "created_at": timezone.now()}
            rows = Message.objects.filter(pk=instead_of.pk, state=MessageState.STOPPED)
            rows.update(**values)
            return Message.objects.get(pk=instead_of.pk), session.status
        key = OPENING_KEY if answers is None else answer_key(answers.number)
        known = Message.objects.filter(session_id=session_id, key=key).first()
        if known is not None:
            return known, session.status
        message = Message.objects.create(
            session_id=session_id,
            number=session.messages_count + 1,
            side=Side.COACH,
            text=text,
            state=state,
            medium=medium,
            key=key,
            answers=answers,
            receipt=receipt,
            created_at=timezone.now(),
        )
        Session.objects.filter(pk=session_id).update(messages_count=message.number)
        if answers is not None:
            _unanswered(session_id, answers.number).update(state=MessageState.ANSWERED)
    return message, session.status


def fail(*, session_id: UUID, until: int) -> None:
    """The answer to the messages up to this number failed: it can be asked for again."""
    _unanswered(session_id, until).filter(state=MessageState.OWED).update(state=MessageState.FAILED)


def standing(session_id: UUID, *, user_id: UUID | None = None) -> Standing:
    """The session and its conversation since the summary, LARGEST_WINDOW messages at most.

    Raises SessionNotFound, also where it is not this user's (None: whoever's it is).
    """
    found = Session.objects.filter(pk=session_id).only(*_OF_SESSION)
    session = (found if user_id is None else found.filter(user_id=user_id)).first()
    if session is None:
        raise SessionNotFound("There is no such session.")
    newest = (
        Message.objects.filter(session_id=session_id, number__gt=session.summary_until)
        .defer("receipt")
        .order_by("-number")[:LARGEST_WINDOW]
    )
    taken: list[Message] = []
    characters = 0
    for message in newest:
        characters += len(message.text)
        if taken and characters > MOST_CHARACTERS:
            break
        taken.append(message)
    return Standing(session, in_order(taken))


def in_order(messages: list[Message]) -> list[Message]:
    """Messages in the order of the conversation: an answer right behind the last message that it answers."""
    numbers = {message.pk: message.number for message in messages}

    def place(message: Message) -> tuple[int, int]:
        if message.answers_id is None:
            return message.number, 0
        return numbers.get(message.answers_id, message.number), 1

    return sorted(messages, key=place)


def answer_to(message: Message) -> Message | None:
    """The coach's words that answer a message of the trainee's: its own, or those to a later one that hold for both."""
    return (
        Message.objects.filter(session_id=message.session_id, side=Side.COACH, answers__number__gte=message.number)
        .order_by("answers__number")
        .first()
    )


def opening(session_id: UUID) -> Message | None:
    """The words with which the coach opened the conversation; None where the trainee did."""
    return Message.objects.filter(session_id=session_id, key=OPENING_KEY).first()


def turn_number(message: Message) -> int:
    """Which of the trainee's messages this is, from 1; of the coach's words: how many came before them."""
    return Message.objects.filter(session_id=message.session_id, side=Side.TRAINEE, number__lte=message.number).count()


def status_of(session_id: UUID, *, user_id: UUID | None = None) -> str:
    """Where the session stands now. Raises SessionNotFound, also where it is not this user's (None: whoever's)."""
    found = Session.objects.filter(pk=session_id)
    status = (found if user_id is None else found.filter(user_id=user_id)).values_list("status", flat=True).first()
    if status is None:
        raise SessionNotFound("There is no such session.")
    return status


def page(*, user_id: UUID, session_id: UUID, after: int, limit: int) -> tuple[list[Message], int | None]:
    """Up to `limit` messages with a number above `after`, in order, and where the next page begins (None: the end).

    Raises SessionNotFound, also where the session is somebody else's.
    """
    if not Session.objects.filter(pk=session_id, user_id=user_id).exists():
        raise SessionNotFound("There is no such session.")
    found = Message.objects.filter(session_id=session_id, number__gt=after).defer("receipt").order_by("number")
    rows = list(found[: limit + 1])
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


def as_data(message: Message) -> dict[str, Any]:
    """A message as the API and its streams show it."""
    return {
        "number": message.number,
        "side": message.side,
        "text": message.text,
        "state": message.state,
        "medium": message.medium,
        "created_at": message.created_at.isoformat(),
    }


def _locked(session_id: UUID, *, user_id: UUID | None = None) -> Session:
    found = (
        Session.objects.select_for_update(no_key=True).filter(pk=session_id).only("status", "turns", "messages_count")
    )
    if user_id is not None:
        found = found.filter(user_id=user_id)
    session = found.first()
    if session is None:
        raise SessionNotFound("There is no such session.")
    return session


def _unanswered(session_id: UUID, until: int) -> Any:
    return Message.objects.filter(session_id=session_id, side=Side.TRAINEE, number__lte=until, state__in=_UNANSWERED)
