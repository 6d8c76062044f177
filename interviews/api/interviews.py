"""Interviews: started, listed, shown, read, ended and called off."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import (
    read_body,
    read_flag,
    read_id,
    read_one_of,
    read_query,
    read_text,
    read_whole_number,
)
from candidates.api.base import find_candidate, find_job, person_of
from interviews import interviewing, listing, transcript
from interviews.api.base import (
    ModeratingView,
    RoomView,
    actor_of,
    as_json,
    find_interview,
    find_shown,
    only_in,
)
from interviews.api.documenting import INTERVIEW_FILTERS, PAGING
from interviews.api.examples import (
    CANCELLED_EXAMPLE,
    DETAIL_EXAMPLE,
    INTERVIEW_EXAMPLE,
    INTERVIEWS_EXAMPLE,
    START_EXAMPLE,
    STARTED_EXAMPLE,
    TRAINING_EXAMPLE,
    TRANSCRIPT_EXAMPLE,
)
from interviews.api.rooms import medium_of
from interviews.api.serializers import EmptySerializer, StartSerializer
from interviews.api.shapes import (
    HintShown,
    InterviewDetail,
    InterviewPage,
    InterviewShown,
    InterviewStarted,
    TranscriptPage,
)
from interviews.models import Interview, Turn
from interviews.states import AgentType, EndReason, InterviewState, Medium, Role, Verdict

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200
_LIMIT = {"limit": read_whole_number(1, LARGEST_LIMIT)}
_FILTERS = {
    "status": read_one_of(InterviewState.values),
    "job": read_id,
    "candidate": read_id,
    "stage": read_text(40),
    "role": read_one_of(Role.values),
    "medium": read_one_of(Medium.values),
    "is_training": read_flag,
    "q": read_text(200),
}


class StartView(RoomView):
    @extend_schema(
        operation_id="start_interview",
        summary="Start an interview",
        description="Role interviewer: you interview, and an AI plays the candidate. Role candidate: an AI interviews. "
        "The room stands and the agent is called when this answers. 404: unknown candidate or job; 400: a bad role or "
        "stage; 503: voice was asked for and is not configured.",
        request=StartSerializer,
        responses={201: InterviewStarted},
        examples=[START_EXAMPLE, TRAINING_EXAMPLE, STARTED_EXAMPLE],
        tags=["Interviews"],
    )
    def post(self, request: Request) -> Response:
        body = read_body(request, StartSerializer)
        started = interviewing.start(
            candidate=find_candidate(body["candidate_id"]),
            job=find_job(body.get("job_id")),
            stage=body["stage"],
            role=Role(body["role"]),
            medium=medium_of(body),
            actor=person_of(request),
            traits=body.get("traits"),
            is_training=body["is_training"],
        )
        answer = InterviewStarted(
            interview_id=started.interview.pk,
            room_name=started.room.name,
            room_url=started.token.room_url,
            token=started.token.token,
            role=Role(started.interview.role),
            agent_type=AgentType(started.interview.agent_type),
            medium=Medium(started.room.medium),
            stage=started.interview.stage,
            status=InterviewState(started.interview.status),
            is_training=started.interview.is_training,
            expires_at=started.room.expires_at.isoformat(),
        )
        return Response(as_json(answer), status=status.HTTP_201_CREATED)


class InterviewsView(RoomView):
    @extend_schema(
        operation_id="list_interviews",
        summary="All interviews",
        description="Newest first. `next` goes on exactly after the last one of the page.",
        parameters=[*INTERVIEW_FILTERS, *PAGING],
        responses=InterviewPage,
        examples=[INTERVIEWS_EXAMPLE],
        tags=["Interviews"],
    )
    def get(self, request: Request) -> Response:
        values = read_query(request, _FILTERS | _LIMIT | {"cursor": listing.Cursor.decode})
        limit, after = values.pop("limit", DEFAULT_LIMIT), values.pop("cursor", None)
        page = listing.page(filters=listing.Filters(**values), after=after, limit=limit)
        shown = [interviewing.status_of(interview) for interview in page.rows]
        return Response({"results": shown, "next": page.next.encode() if page.next else None})


class InterviewView(RoomView):
    @extend_schema(
        operation_id="get_interview",
        summary="One interview",
        description="With its plan and where it stands. What an AI candidate hides is told by the debrief alone.",
        responses=InterviewDetail,
        examples=[DETAIL_EXAMPLE],
        tags=["Interviews"],
    )
    def get(self, request: Request, interview_id: uuid.UUID) -> Response:
        read_query(request, {})
        interview = find_shown(interview_id)
        row = Interview.objects.values("plan", "progress").get(pk=interview.pk)
        turns = Turn.objects.filter(room_id=interview.room_id).count()
        return Response(as_json(InterviewDetail(**interviewing.status_of(interview), **row, turns=turns)))


class TranscriptView(RoomView):
    @extend_schema(
        operation_id="get_transcript",
        summary="What was said",
        description="Turn by turn, as it was stored when each was finished; also while the interview goes on.",
        parameters=PAGING,
        responses=TranscriptPage,
        examples=[TRANSCRIPT_EXAMPLE],
        tags=["Interviews"],
    )
    def get(self, request: Request, interview_id: uuid.UUID) -> Response:
        values = read_query(request, _LIMIT | {"cursor": read_whole_number(0, 999_999_999)})
        limit, after = values.get("limit", DEFAULT_LIMIT), values.get("cursor", 0)
        interview = find_interview(interview_id)
        found = Turn.objects.filter(room_id=interview.room_id, number__gt=after).select_related("hint")
        turns = [_with_hint(turn) for turn in found.order_by("number")[: limit + 1]]
        return Response(
            {
                "interview_id": str(interview.pk),
                "room_name": interview.room.name,
                "results": turns[:limit],
                "next": str(turns[limit - 1]["number"]) if len(turns) > limit else None,
            }
        )


class EndView(ModeratingView):
    @extend_schema(
        operation_id="end_interview",
        summary="End an interview",
        description="The room is closed, the interview is completed and its analysis queued. For recruiters, and for "
        "the interviewer by the room's token. Twice is once.",
        request=EmptySerializer,
        responses=InterviewShown,
        examples=[INTERVIEW_EXAMPLE],
        tags=["Interviews"],
    )
    def post(self, request: Request, interview_id: uuid.UUID) -> Response:
        interview = find_interview(interview_id)
        only_in(interview.room, request)
        read_body(request, EmptySerializer)
        interviewing.end(interview, reason=EndReason.BY_PERSON, actor=actor_of(request))
        return Response(_shown(interview))


class CancelView(RoomView):
    @extend_schema(
        operation_id="cancel_interview",
        summary="Call an interview off",
        description="The room is closed and nothing is analysed; the candidate's interview_status goes back to what is "
        "true. 409 where it was completed or has failed. Twice is once.",
        request=EmptySerializer,
        responses=InterviewShown,
        examples=[CANCELLED_EXAMPLE],
        tags=["Interviews"],
    )
    def post(self, request: Request, interview_id: uuid.UUID) -> Response:
        interview = find_interview(interview_id)
        read_body(request, EmptySerializer)
        interviewing.cancel(interview, actor=person_of(request))
        return Response(_shown(interview))


def _with_hint(turn: Turn) -> dict[str, Any]:
    """A turn with the copilot's hint on it: this API is for recruiters, who may see both."""
    hint = turn.hint if hasattr(turn, "hint") else None
    shown = (
        HintShown(verdict=Verdict(hint.verdict), issue=hint.issue, suggestion=hint.suggestion, quote=hint.quote)
        if hint
        else None
    )
    return transcript.as_data(turn) | {"hint": as_json(shown) if shown else None}


def _shown(interview: Interview) -> dict[str, Any]:
    return interviewing.status_of(find_shown(interview.pk))
