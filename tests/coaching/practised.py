"""Made-up practice sessions for tests: trainees, conversations as they are stored, evaluations with set scores.

Everybody here is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts.models import User
from coaching.models import Evaluation, Message, Session
from coaching.states import Dimension, MessageState, PreparationType, SessionState, Side

# When the first made-up session was completed; each following one a day later.
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

AGENDA = "Raise a first round for the bakery scale"

# ("c", what the coach said) and ("t", what the trainee said).
GOOD: tuple[tuple[str, str], ...] = (
    ("c", "Good morning. What do you make, and for whom?"),
    (
        "t",
        "We make a scale that tells a bakery overnight how much dough to set. First, it weighs what was left; then it "
        "reads the weather; as a result, the 14 bakeries that use it throw away 38 percent less bread.",
    ),
    ("c", "That sounds nice, but how do you know that it is your scale and not the season? I doubt it."),
    (
        "t",
        "Fair question. I measured it against 6 bakeries without the scale over the same 4 months, because seasons hit "
        "both alike: theirs stayed where it was. What would you need to see to be convinced?",
    ),
    ("c", "The numbers by shop. And why should we invest now?"),
    (
        "t",
        "You asked for numbers by shop, and you will have them by Friday. Now, because flour rose by 22 percent this "
        "year and every bakery looks for savings. I propose a call next week: shall we say Tuesday?",
    ),
    ("c", "Tuesday works. Thank you."),
)
POOR: tuple[tuple[str, str], ...] = (
    ("c", "Good morning. What do you make, and for whom?"),
    (
        "t",
        "um, well, I think it is basically kind of a thing for bakeries, you know, and stuff like that, it is really "
        "very good I guess, and maybe a lot of people like it somehow",
    ),
    ("c", "But how do you know that it works? I doubt it."),
    (
        "t",
        "I'm not sure, I mean, maybe it is probably sort of better than before, basically, things are just nice and "
        "many people said something like that or something, I think",
    ),
    ("c", "Why should we invest now?"),
    (
        "t",
        "I guess perhaps it is a good time and all that stuff, um, but I'm no expert, sorry, whatever you like really",
    ),
)


def trainee(name: str = "Robin Sample", email: str = "") -> User:
    """Without a password: hashing one takes longer than all the rest of a test."""
    return User.objects.create_user(email or f"{uuid4().hex[:12]}@example.com", name=name)


def session(
    said: Sequence[tuple[str, str]] = GOOD,
    *,
    user: User | None = None,
    status: str = SessionState.COMPLETED,
    **named: Any,
) -> Session:
    """A session in which this was said, as the chat stores it."""
    fields = {
        "preparation_type": PreparationType.PITCH,
        "meeting_subtype": "Seed pitch",
        "agenda": AGENDA,
        "tone": "Sceptical",
        "role_context": "I am the founder; the investor knows bakeries.",
        "completed_at": BEGAN if status != SessionState.IN_PROGRESS else None,
    } | named
    turns = sum(side == "t" for side, _ in said)
    made = Session.objects.create(
        user=user or trainee(), status=status, messages_count=len(said), turns=turns, started_at=BEGAN, **fields
    )
    Message.objects.bulk_create(
        Message(
            session=made,
            number=number,
            side=Side.TRAINEE if side == "t" else Side.COACH,
            text=text,
            state=MessageState.ANSWERED if side == "t" else MessageState.WHOLE,
            key=f"key-{number}",
        )
        for number, (side, text) in enumerate(said, 1)
    )
    return made


def evaluated(
    user: User, *of: Sequence[int] | int, kinds: Sequence[str] = (), first_day: int = 0, **named: Any
) -> list[Session]:
    """Completed sessions with these six scores each (one number: the same six times), a day after one another."""
    made = []
    for day, scores in enumerate(of):
        six = [scores] * 6 if isinstance(scores, int) else list(scores)
        kind = kinds[day] if kinds else PreparationType.PITCH
        held = session(
            (), user=user, preparation_type=kind, completed_at=BEGAN + timedelta(days=first_day + day), **named
        )
        judged(held, six)
        made.append(held)
    return made


def judged(held: Session, six: Sequence[int], *, number: int = 1, **named: Any) -> Evaluation:
    """An evaluation row with these scores, and the session's own copy of them, as keeping leaves them."""
    from coaching.evaluation import weights

    by_dimension = dict(zip(Dimension, six, strict=True))
    overall = weights.overall(by_dimension)
    Evaluation.objects.filter(session=held).update(is_newest=False)
    made = Evaluation.objects.create(
        session=held,
        number=number,
        overall=overall,
        summary="Set for a test.",
        turns=3,
        receipts=[],
        **{dimension.value: score for dimension, score in by_dimension.items()},
        **named,
    )
    Session.objects.filter(pk=held.pk).update(overall=overall, scores=list(six))
    held.overall, held.scores = Decimal(overall), list(six)
    return made
