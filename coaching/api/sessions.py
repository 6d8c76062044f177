"""Practice sessions: set up, listed, shown, changed, completed, put away. What is said in them: coaching.live."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import read_body, read_id, read_one_of, read_query, read_whole_number
from candidates.api.base import person_of
from coaching import lifecycle, sessions
from coaching.api.base import TraineeView, example, session_of
from coaching.api.shapes import (
    ChangeSessionSerializer,
    EmptySerializer,
    MakeSessionSerializer,
    SessionPage,
    SessionShown,
    shown,
)
from coaching.states import PreparationType, SessionState
from interviews.api.documenting import query_parameter

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200
_READERS = {
    "status": read_one_of(SessionState.values),
    "preparation_type": read_one_of(PreparationType.values),
    "limit": read_whole_number(1, LARGEST_LIMIT),
    "cursor": read_id,
}
_SESSION = {
    "id": "019aa7c4-5a0e-7c53-9a55-3f0d7b1e2c11",
    "preparation_type": "Pitch",
    "meeting_subtype": "Seed round",
    "agenda": "Ten minutes, then questions",
    "tone": "sceptical",
    "role_context": "I founded a company that sorts invoices; opposite sits a partner of a fund.",
    "status": "in_progress",
    "turns": 2,
    "messages": 5,
    "overall": None,
    "created_at": "2026-11-21T14:08:00.123456+00:00",
    "started_at": "2026-11-21T14:08:31.654321+00:00",
    "completed_at": None,
    "archived_at": None,
}
_COMPLETED = _SESSION | {
    "status": "completed",
    "turns": 3,
    "messages": 7,
    "completed_at": "2026-11-21T14:20:12.000001+00:00",
}


class SessionsView(TraineeView):
    @extend_schema(
        operation_id="list_sessions",
        summary="Your sessions",
        description="Newest first; archived ones only where they are asked for. `next` goes on exactly after the last "
        "one of the page.",
        parameters=[
            query_parameter("status", "Only this status.", type="string", enum=SessionState.values),
            query_parameter("preparation_type", "Only this kind.", type="string", enum=PreparationType.values),
            query_parameter("limit", "How many on a page.", type="integer", minimum=1, maximum=200, default=50),
            query_parameter("cursor", "`next` of the page before.", type="string", format="uuid"),
        ],
        responses=SessionPage,
        examples=[example("The last page", {"results": [_SESSION], "next": None}, status="200")],
        tags=["Practice"],
    )
    def get(self, request: Request) -> Response:
        values = read_query(request, _READERS)
        page = sessions.page(
            user=person_of(request),
            filters=sessions.Filters(status=values.get("status"), preparation_type=values.get("preparation_type")),
            after=values.get("cursor"),
            limit=values.get("limit", DEFAULT_LIMIT),
        )
        return Response({"results": [shown(one) for one in page.rows], "next": str(page.next) if page.next else None})

    @extend_schema(
        operation_id="make_session",
        summary="Set up a session",
        description="Nothing is asked of a model yet: say something, or let the coach open the conversation, with "
        "`POST /api/v1/sessions/{session_id}/messages`.",
        request=MakeSessionSerializer,
        responses={201: SessionShown},
        examples=[
            example(
                "A pitch",
                {"preparation_type": "Pitch", "meeting_subtype": "Seed round", "tone": "sceptical"},
                request=True,
            ),
            example(
                "Set up",
                _SESSION | {"status": "setup", "turns": 0, "messages": 0, "started_at": None},
                status="201",
            ),
        ],
        tags=["Practice"],
    )
    def post(self, request: Request) -> Response:
        body = read_body(request, MakeSessionSerializer)
        kind = PreparationType(body.pop("preparation_type"))
        session = sessions.make(user=person_of(request), preparation_type=kind, **body)
        return Response(shown(session), status=status.HTTP_201_CREATED)


class SessionView(TraineeView):
    @extend_schema(
        operation_id="get_session",
        summary="One session",
        responses=SessionShown,
        examples=[example("In progress", _SESSION, status="200")],
        tags=["Practice"],
    )
    def get(self, request: Request, session_id: UUID) -> Response:
        read_query(request, {})
        return Response(shown(session_of(request, session_id)))

    @extend_schema(
        operation_id="change_session",
        summary="Change a session",
        description="The kind of preparation is settled once something was said, the rest once the session is over. A "
        "status obeys the same rules as the action of its name: a 409 says what is missing.",
        request=ChangeSessionSerializer,
        responses=SessionShown,
        examples=[example("Harder", {"tone": "impatient"}, request=True), example("Changed", _SESSION, status="200")],
        tags=["Practice"],
    )
    def patch(self, request: Request, session_id: UUID) -> Response:
        body = read_body(request, ChangeSessionSerializer)
        return Response(shown(sessions.change(session=session_of(request, session_id), values=body)))

    @extend_schema(
        operation_id="archive_session",
        summary="Put a session away",
        description="It can be restored by PATCH with the status that it had. Twice is fine.",
        responses={200: SessionShown},
        examples=[
            example(
                "Archived",
                _SESSION | {"status": "archived", "archived_at": "2026-11-21T15:00:00.000001+00:00"},
                status="200",
            )
        ],
        tags=["Practice"],
    )
    def delete(self, request: Request, session_id: UUID) -> Response:
        return Response(shown(lifecycle.archive(session_of(request, session_id))))


class CompleteView(TraineeView):
    @extend_schema(
        operation_id="complete_session",
        summary="Complete a session",
        description="After at least three messages of yours; it can be evaluated then. 409 `too_few_turns` says how "
        "many there are, 409 `wrong_state` that it is over already. Your first completed session activates your "
        "account.",
        request=EmptySerializer,
        responses=SessionShown,
        examples=[example("Completed", _COMPLETED, status="200")],
        tags=["Practice"],
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        read_body(request, EmptySerializer)
        return Response(shown(lifecycle.complete(session_of(request, session_id))))
