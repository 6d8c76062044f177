"""Practice to take along: one session as Markdown or PDF, everything as JSON; a conversation with its quotes marked."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from accounts import signing_in
from accounts.models import User
from coaching import evaluation
from coaching.errors import NotEvaluated
from coaching.messages import as_data, in_order
from coaching.models import Message, Session
from coaching.paper import Paper
from coaching.schemas import EvaluationShape
from coaching.states import Dimension, Side

_SETUP = {
    "meeting_subtype": "What exactly",
    "agenda": "What should come up",
    "tone": "How the other side is",
    "role_context": "Who is who",
}

# In characters of the conversation, some hours of talk: setting type takes a thread of the web server meanwhile.
MOST_ON_PAPER = 200_000
# So many sessions are read at a time where all of them are exported.
_AT_ONCE = 20
# What makes a list or underlines a heading where a line begins with it: "- ", "1. ", "===".
_AT_THE_START = re.compile(r"^(\d*)([-+=.)])")


# --- quotes in context -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a message; `about` names the dimensions that rest on these words, empty for the rest."""

    text: str
    about: list[str]


@dataclass(frozen=True, slots=True)
class Marked:
    """A message in pieces."""

    message: Message
    pieces: list[Piece]


def marked(said: Sequence[Message], found: EvaluationShape) -> list[Marked]:
    """The conversation with all words told apart on which a score, a strength or a piece of advice rests, and which."""
    quoted: dict[int, list[tuple[str, str]]] = {}
    rests = [(dimension, quote) for dimension, quotes in found.quotes.items() for quote in quotes]
    strong = [(one.dimension, one.quote) for one in found.strengths]
    weak = [(one.dimension, one.quote) for one in found.improvement_areas if one.quote is not None]
    for dimension, quote in (*rests, *strong, *weak):
        quoted.setdefault(quote.message, []).append((quote.quote, dimension.label))
    return [Marked(message, _pieces(message.text, quoted.get(message.number, []))) for message in said]


def _pieces(text: str, quoted: Sequence[tuple[str, str]]) -> list[Piece]:
    about: list[list[str]] = [[] for _ in text]
    for quote, label in quoted:
        begins = text.find(quote)
        if begins >= 0:
            for place in range(begins, begins + len(quote)):
                if label not in about[place]:
                    about[place].append(label)
    pieces: list[Piece] = []
    begins = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or about[place] != about[begins]:
            pieces.append(Piece(text[begins:place], about[begins]))
            begins = place
    return pieces


# --- one session -----------------------------------------------------------------------------------------------------
def markdown(session: Session) -> str:
    """What it was for, what was said, and the newest evaluation where there is one."""
    parts = [f"# {session.get_preparation_type_display()}", f"{session.created_at:%d %B %Y}"]
    parts += [f"**{label}:** {_plain(text)}" for label, text in _setup(session)]
    found = _newest(session)
    if found is not None:
        parts.append(f"## Evaluation: {found.overall:g} of 100")
        scores = "\n".join(f"| {one.label} | {getattr(found, one.value)} |" for one in Dimension)
        parts.append(f"| Dimension | Score |\n|---|---|\n{scores}")
        parts.append(_plain(found.summary))
        parts.append("### Done well")
        parts += [f"- {_plain(one.text)}\n  > {_plain(one.quote.quote)}" for one in found.strengths]
        parts.append("### To work on")
        for area in found.improvement_areas:
            line = f"- **{area.label}** ({area.score}): {_plain(area.suggestion)}"
            if area.quote is not None:
                line += f"\n  > {_plain(area.quote.quote)}"
            if area.instead:
                line += f"\n\n  Better: {_plain(area.instead)}"
            parts.append(line)
        parts.append("### To practise")
        parts += [f"- **{_plain(one.title)}**: {_plain(one.exercise)}" for one in found.practice_suggestions]
    parts.append("## What was said")
    parts += [f"**{_who(message)}:** {_plain(message.text)}" for message in _said(session)]
    return "\n\n".join(parts) + "\n"


def pdf(session: Session) -> bytes:
    """The same as PDF, A4; of the conversation MOST_ON_PAPER at most, which it tells."""
    paper = Paper(words=markdown(session))
    paper.title_line(str(session.get_preparation_type_display()), f"{session.created_at:%d %B %Y}")
    for label, text in _setup(session):
        paper.labelled(label, text)
    found = _newest(session)
    if found is not None:
        paper.heading(f"Evaluation: {found.overall:g} of 100")
        for dimension in Dimension:
            paper.bar(dimension.label, getattr(found, dimension.value))
        paper.ln(2)
        paper.text(found.summary)
        if found.strengths:
            paper.heading("Done well")
        for strength in found.strengths:
            paper.text(strength.text)
            paper.quote(strength.quote.quote)
        if found.improvement_areas:
            paper.heading("To work on")
        for area in found.improvement_areas:
            paper.labelled(f"{area.label} ({area.score})", area.suggestion)
            if area.quote is not None:
                paper.quote(area.quote.quote)
            if area.instead:
                paper.labelled("Better", area.instead)
        if found.practice_suggestions:
            paper.heading("To practise")
        for suggestion in found.practice_suggestions:
            paper.labelled(suggestion.title, suggestion.exercise)
    paper.heading("What was said")
    printed = 0
    for message in _said(session):
        printed += len(message.text)
        if printed > MOST_ON_PAPER:
            paper.labelled(
                "Not printed", "What was said after this; the session downloaded as Markdown holds all of it."
            )
            break
        paper.labelled(_who(message), message.text)
    return bytes(paper.output())


def everything(user: User) -> Generator[bytes]:
    """All that is held of an account: itself, where it is signed in, every session with messages and evaluations.

    One JSON object in UTF-8, a session at a time: a thousand of them are never in memory together.
    """
    yield b'{"account": %b,\n"sessions": [' % orjson.dumps(_account(user), option=orjson.OPT_INDENT_2)
    held = Session.objects.filter(user=user).order_by("pk").prefetch_related("messages", "evaluations")
    between = b"\n"
    for session in held.iterator(chunk_size=_AT_ONCE):
        yield between + orjson.dumps(_whole(session), option=orjson.OPT_INDENT_2)
        between = b",\n"
    yield b"\n]}\n"


def _whole(session: Session) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "preparation_type": session.preparation_type,
        **{name: getattr(session, name) for name in _SETUP},
        "status": session.status,
        **{name: getattr(session, name) for name in ("created_at", "started_at", "completed_at", "archived_at")},
        "summary": session.summary,
        "messages": [as_data(message) for message in session.messages.all()],
        "evaluations": [evaluation.shown(one).model_dump(mode="json") for one in session.evaluations.all()],
    }


def _account(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "name": user.name,
        "date_joined": user.date_joined,
        "email_verified_at": user.email_verified_at,
        "activated_at": user.activated_at,
        "sign_ins": [
            {"kind": one.kind, "device": one.device, "created_at": one.created_at, "last_seen_at": one.last_seen_at}
            for one in signing_in.sign_ins(user)
        ],
    }


def _newest(session: Session) -> EvaluationShape | None:
    try:
        return evaluation.shown(evaluation.newest(session))
    except NotEvaluated:
        return None


def _setup(session: Session) -> list[tuple[str, str]]:
    return [(label, getattr(session, name)) for name, label in _SETUP.items() if getattr(session, name)]


def _said(session: Session) -> list[Message]:
    return in_order(list(session.messages.all()))


def _who(message: Message) -> str:
    return "You" if message.side == Side.TRAINEE else "Coach"


def _plain(text: str) -> str:
    """Text of a person or a model in Markdown: nothing in it becomes a heading, a list or HTML; lines stay lines."""
    escaped = "".join(f"\\{sign}" if sign in r"\`*_{}[]<>#|!~" else sign for sign in text.strip())
    lines = (line.strip() for line in escaped.splitlines())
    return "  \n".join(_AT_THE_START.sub(r"\1\\\2", line) for line in lines)
