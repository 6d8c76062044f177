"""What the operations of rooms and interviews share in their documentation, and their examples."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from accounts.api.shapes import ErrorSerializer
from candidates.api.documenting import ApiSchema
from interviews.states import InterviewState, Medium, Role


class RoomSchema(ApiSchema):
    """Adds the 410 of a room that is over."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        if self.method == "POST":
            message = {"code": "room_expired", "message": "This room is over. Make another one."}
            shape = self.resolve_serializer(ErrorSerializer, "response").ref
            responses["410"] = {
                "description": "The room has ended or expired",
                "content": {"application/json": {"schema": shape, "example": {"error": message}}},
            }
        return responses


def example(name: str, value: Any, *, request: bool = False, status: str = "") -> OpenApiExample:
    """An example of a request's body, or of the answer with this status."""
    return OpenApiExample(
        name, value, request_only=request, response_only=not request, status_codes=[status] if status else None
    )


def query_parameter(name: str, description: str, **schema: Any) -> OpenApiParameter:
    """A documented query parameter."""
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)


NO_NUL = "^[^\\u0000]*$"
PAGING = [
    query_parameter("limit", "How many on a page.", type="integer", minimum=1, maximum=200, default=50),
    query_parameter("cursor", "`next` of the page before.", type="string", maxLength=200),
]
INTERVIEW_FILTERS = [
    query_parameter("status", "Only this status.", type="string", enum=InterviewState.values),
    query_parameter("job", "Only interviews for this job.", type="string", format="uuid"),
    query_parameter("candidate", "Only interviews of this candidate.", type="string", format="uuid"),
    query_parameter("stage", "Only this round, e.g. screening.", type="string", maxLength=40, pattern=NO_NUL),
    query_parameter("role", "Only those in which the human takes this part.", type="string", enum=Role.values),
    query_parameter("medium", "Only voice, or only text.", type="string", enum=Medium.values),
    query_parameter("is_training", "Only training, or none of it.", type="boolean"),
    query_parameter(
        "q",
        "Words of the candidate's name: all must be there; the last one may be unfinished.",
        type="string",
        maxLength=200,
        pattern=NO_NUL,
    ),
]
