"""What the operations of rooms and interviews share in their documentation, and their examples."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from candidates.api.documenting import ApiSchema
from candidates.api.serializers import ErrorSerializer
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

ROOM_NAME = "room-0f3c9a7be1d24c55a0d3b8e6f1c2a9"
_INTERVIEW_ID = "019aa7c4-5a0e-7c53-9a55-3f0d7b1e2c11"
_CANDIDATE_ID = "019aa7c4-1f00-7a11-8c22-9d0e1f2a3b4c"
_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ…"  # noqa: S105  an example in the documentation
_EXPIRES = "2026-11-21T16:08:00.123456+00:00"
_LINK = f"http://127.0.0.1:8000/admin/interviews/interview/{_INTERVIEW_ID}/room/"

MADE_EXAMPLE = example(
    "A room",
    {
        "room_name": ROOM_NAME,
        "room_url": "wss://live.example.com",
        "interviewer_token": _TOKEN,
        "expires_at": _EXPIRES,
        "medium": "voice",
    },
    status="201",
)
STARTED_EXAMPLE = example(
    "An AI interviewer is on its way",
    {
        "interview_id": _INTERVIEW_ID,
        "room_name": ROOM_NAME,
        "room_url": _LINK,
        "token": _TOKEN,
        "role": "candidate",
        "agent_type": "interviewer-agent",
        "medium": "text",
        "stage": "screening",
        "status": "scheduled",
        "is_training": False,
        "expires_at": _EXPIRES,
    },
    status="201",
)
START_EXAMPLE = example(
    "Let an AI interview the candidate", {"candidate_id": _CANDIDATE_ID, "role": "candidate"}, request=True
)
TRAINING_EXAMPLE = example(
    "Practise on an AI candidate with something to hide",
    {"candidate_id": _CANDIDATE_ID, "role": "interviewer", "is_training": True},
    request=True,
)
BRIEFING_EXAMPLE = example(
    "A briefing",
    {
        "candidate_name": "Ada Okafor",
        "role": "Account Executive",
        "resume_summary": "Sold software to banks for six years.",
        "notes": "Was recommended by Sales.",
        "focus_areas": ["Forecasting", "Reason for leaving"],
    },
    request=True,
)
CHAT_EXAMPLE = example("A question", {"message": "What should I ask about forecasting?"}, request=True)
COACH_EXAMPLE = example(
    "After an answer",
    {
        "last_exchange": "Interviewer: How did you forecast?\nCandidate: We looked at the pipeline every week.",
        "full_transcript": "Interviewer: Welcome.\nCandidate: Hello.\nInterviewer: How did you forecast?\n"
        "Candidate: We looked at the pipeline every week.",
        "elapsed_minutes": 6,
    },
    request=True,
)
GIVEN_EXAMPLE = example(
    "Words that were spoken elsewhere",
    {
        "transcript": [
            {"speaker": "interviewer", "text": "Tell me about a deal that you lost."},
            {"speaker": "candidate", "text": "I lost the largest one of 2024, because I met procurement too late."},
        ]
    },
    request=True,
)
PREBRIEF_EXAMPLE = example(
    "Both texts",
    {
        "job_description": "Account Executive. At least four years of selling software to banks; forecasting.",
        "resume": "Ada Okafor. Six years of selling software to banks at Northwind. Closed forty deals.",
    },
    request=True,
)
