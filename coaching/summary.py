"""The running summary of a practice: what was said before the last messages, so that a long one keeps its thread.

It is made beside an answer and never in its way: by the process that answers, after the rows were read. Whoever comes
next finds it done, or reads some messages more; one that was lost with its process is made at the next turn.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from pydantic import Field

from candidates import rows
from coaching.messages import MOST_CHARACTERS, WINDOW, scope_of
from coaching.models import Message, Session
from coaching.states import Side
from interviews.schemas import Shape
from llm import client
from llm.errors import LLMError

logger = logging.getLogger(__name__)

PROMPT, PURPOSE = "coaching/summarise", "practice_summary"
# So many messages are taken into the summary at once, at least: to do it at each turn would be paid at each turn.
FOLD = 4
# And so many at most; what is left is taken in at the next turn.
MOST_AT_ONCE = 60
LONGEST_SUMMARY = 4_000
_under_way: dict[UUID, asyncio.Task[None]] = {}


class Summary(Shape):
    """The answer to prompts/summarise.md."""

    summary_of_the_practice: str = Field(description="at most 250 words, in the language of the conversation")


def is_due(session: Session) -> bool:
    """Whether so much was said before the last WINDOW messages that it should be taken into the summary."""
    return session.messages_count - WINDOW - session.summary_until >= FOLD


def keep_up(session: Session) -> None:
    """Begin to summarise what is due, if anything is; nobody waits for it. Within a running event loop."""
    if not is_due(session) or session.pk in _under_way:
        return
    task = asyncio.create_task(_fold(session))
    _under_way[session.pk] = task
    task.add_done_callback(lambda _: _under_way.pop(session.pk, None))


async def _fold(session: Session) -> None:
    try:
        await fold(session)
    except LLMError as error:  # the next turn tries again; until then more messages are read word for word
        logger.warning("a practice was not summarised (%s)", error.code)
    except Exception as error:
        logger.exception("a practice was not summarised (%s)", type(error).__name__)


async def fold(session: Session) -> bool:
    """Take what is due into the session's summary; return whether that was done, by this process and now.

    `session` says how far the summary reaches and how many messages there are. Raises the errors of llm.errors.
    """
    due = await rows.ask(_due, session) if is_due(session) else []
    if not due:
        return False
    data = {
        "summary_so_far": session.summary,
        "said_since": [{"by": "you" if one.side == Side.COACH else "trainee", "said": one.text} for one in due],
    }
    answer, _ = await client.ask(PURPOSE, PROMPT, data, Summary, scope=scope_of(session.pk), use_cache=False)
    text = answer.summary_of_the_practice.replace("\x00", "").strip()[:LONGEST_SUMMARY]
    # Compare-and-set: of two processes that summarise at the same time, one counts.
    found = Session.objects.filter(pk=session.pk, summary_until=session.summary_until)
    until = due[-1].number
    return bool(await rows.ask(lambda: found.update(summary=text, summary_until=until)))


def _due(session: Session) -> list[Message]:
    """The messages right behind the summary, as many as fit into one call, up to the last WINDOW."""
    found = Message.objects.filter(
        session_id=session.pk,
        number__gt=session.summary_until,
        number__lte=session.messages_count - WINDOW,
    )
    taken: list[Message] = []
    characters = 0
    for message in found.only("number", "side", "text").order_by("number")[:MOST_AT_ONCE]:
        characters += len(message.text)
        if taken and characters > MOST_CHARACTERS:
            break
        taken.append(message)
    return taken
