"""What the views of practice have in common: trainees only, each their own rows only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from accounts.authentication import IsTrainee, TokenAuthentication
from accounts.throttling import ModelThrottle, TraineeThrottle
from candidates.api.base import RecruiterView, person_of
from coaching import sessions
from coaching.models import Session


class TraineeView(RecruiterView):
    """A view for whoever has an account: an access token, or a browser's session. API keys open nothing here."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsTrainee]
    throttle_classes = [TraineeThrottle]


class AskingView(TraineeView):
    """A view that may ask a model while the caller waits: counted apart, too."""

    throttle_classes = [TraineeThrottle, ModelThrottle]


def session_of(request: Request, session_id: UUID) -> Session:
    """One of the caller's sessions; raises a 404, also where it is somebody else's."""
    return sessions.find(user=person_of(request), session_id=session_id)


def as_json(shape: Any) -> dict[str, Any]:
    """A pydantic shape as JSON-ready data."""
    return dict(shape.model_dump(mode="json"))


def example(name: str, value: Any, *, request: bool = False, status: str = "") -> OpenApiExample:
    """An example of a request's body, or of the answer with this status."""
    return OpenApiExample(
        name, value, request_only=request, response_only=not request, status_codes=[status] if status else None
    )
