"""The shapes of what is asked and answered about sessions; evaluations and trends have theirs in coaching.schemas."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rest_framework import serializers

from accounts.api.parsing import Flag, StrictSerializer, Text
from coaching.models import Session
from coaching.sessions import SETUP_TEXTS
from coaching.states import PreparationType, SessionState
from interviews.schemas import Shape


# --- answers ---------------------------------------------------------------------------------------------------------
class SessionShown(Shape):
    """One practice session."""

    id: UUID
    preparation_type: PreparationType
    meeting_subtype: str
    agenda: str
    tone: str
    role_context: str
    status: SessionState
    turns: int = Field(description="How many messages the trainee has sent; a session is complete with three")
    messages: int = Field(description="How many messages there are, of both sides")
    overall: float | None = Field(description="The overall score of the newest evaluation; null: not evaluated")
    created_at: str
    started_at: str | None
    completed_at: str | None
    archived_at: str | None


class SessionPage(Shape):
    """Sessions, newest first."""

    results: list[SessionShown]
    next: str | None


def shown(session: Session) -> dict[str, Any]:
    """A session as SessionShown has it."""
    return {
        "id": str(session.pk),
        "preparation_type": session.preparation_type,
        **{name: getattr(session, name) for name in SETUP_TEXTS},
        "status": session.status,
        "turns": session.turns,
        "messages": session.messages_count,
        "overall": float(session.overall) if session.overall is not None else None,
        "created_at": session.created_at.isoformat(),
        "started_at": session.started_at.isoformat() if session.started_at else None,
        "completed_at": session.completed_at.isoformat() if session.completed_at else None,
        "archived_at": session.archived_at.isoformat() if session.archived_at else None,
    }


# --- requests --------------------------------------------------------------------------------------------------------
class EmptySerializer(StrictSerializer):
    """Nothing: an empty body, or {}."""


def _text(name: str, help_text: str) -> Text:
    return Text(required=False, allow_blank=True, max_length=SETUP_TEXTS[name], help_text=help_text)


class MakeSessionSerializer(StrictSerializer):
    """What to practise."""

    preparation_type = serializers.ChoiceField(choices=PreparationType.choices)
    meeting_subtype = _text("meeting_subtype", "What kind of occasion, e.g. “Series A pitch”.")
    agenda = _text("agenda", "What is to be dealt with.")
    tone = _text("tone", "How the counterpart is, e.g. “sceptical”.")
    role_context = _text("role_context", "Who you are, and who is opposite.")


class ChangeSessionSerializer(MakeSessionSerializer):
    """What is to change; what is not named stays."""

    preparation_type = serializers.ChoiceField(choices=PreparationType.choices, required=False)
    status = serializers.ChoiceField(
        choices=SessionState.choices,
        required=False,
        help_text="By the same rules as the actions: completed needs three turns, out of the archive it goes back to "
        "where it was.",
    )


class EvaluateSerializer(StrictSerializer):
    """Whether to judge anew what was judged before."""

    force_reevaluate = Flag(required=False, default=False)
