"""What the views of practice have in common: trainees only, each their own rows only."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample
from pydantic import BaseModel
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from accounts.api.shapes import ErrorSerializer
from accounts.authentication import IsTrainee, TokenAuthentication
from accounts.throttling import ModelThrottle, TraineeThrottle
from candidates.api.base import RecruiterView, person_of
from candidates.api.documenting import ApiSchema
from coaching import sessions
from coaching.models import Session


class PracticeSchema(ApiSchema):
    """Documents the errors as trainees meet them, and the 409 of a change that does not fit where a session stands."""

    _told = {
        "401": ("No sign-in, or one that is over", "not_authenticated", "Sign in, or send a token."),
        "403": ("A browser's session without its CSRF token", "permission_denied", "CSRF Failed: CSRF token missing."),
        "404": ("There is no such session, or it is somebody else's", "not_found", "There is no such session."),
        "409": ("It does not fit where the session stands", "wrong_state", "This session is over."),
    }

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        shape = self.resolve_serializer(ErrorSerializer, "response").ref
        for status, (meaning, code, message) in self._told.items():
            if status in responses or (status == "409" and self.method == "PATCH"):
                body = {"schema": shape, "example": {"error": {"code": code, "message": message}}}
                responses[status] = responses.get(status, {}) | {
                    "description": meaning,
                    "content": {"application/json": body},
                }
        return responses


class TraineeView(RecruiterView):
    """A view for whoever has an account: an access token, or a browser's session. API keys open nothing here."""

    schema = PracticeSchema()
    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsTrainee]
    throttle_classes = [TraineeThrottle]


class AskingView(TraineeView):
    """A view that may ask a model while the caller waits: counted apart, too."""

    throttle_classes = [TraineeThrottle, ModelThrottle]


def session_of(request: Request, session_id: UUID) -> Session:
    """One of the caller's sessions; raises a 404, also where it is somebody else's."""
    return sessions.find(user=person_of(request), session_id=session_id)


def answer(shape: BaseModel) -> HttpResponse:
    """A pydantic shape as the answer. It writes itself as JSON, faster than by way of Python's own containers."""
    return HttpResponse(shape.model_dump_json(), content_type="application/json")


def example(name: str, value: Any, *, request: bool = False, status: str = "") -> OpenApiExample:
    """An example of a request's body, or of the answer with this status."""
    return OpenApiExample(
        name, value, request_only=request, response_only=not request, status_codes=[status] if status else None
    )
