"""What a conversation was worth: answered from what is kept, or made while the caller waits."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import read_body
from interviews import analysis, transcript
from interviews.api.base import AskingView, as_json, find_interview, find_room
from interviews.api.examples import GIVEN_EXAMPLE, UNDER_WAY_EXAMPLE
from interviews.api.serializers import EmptySerializer, TranscriptSerializer
from interviews.api.shapes import AnalysisUnderWay
from interviews.errors import TooThin
from interviews.models import Analysis, Room, Turn
from interviews.states import AnalysisState, Speaker
from interviews.transcript import Said

_ANSWERS = (
    "Answers the newest analysis where nothing was said since; else makes one while you wait. 202: a worker is making "
    "it already; send the request again (with another Idempotency-Key, or none) after Retry-After seconds. "
    "422 `too_thin`: too little was said to judge. 503: it failed; nothing is concluded from that, and asking again "
    "tries again."
)
RETRY_AFTER_SECONDS = 2


class RoomAnalyticsView(AskingView):
    @extend_schema(
        operation_id="analyse_room",
        summary="Analyse a room's conversation",
        description=_ANSWERS,
        request=TranscriptSerializer,
        responses={200: analysis.Analytics, 202: AnalysisUnderWay},
        examples=[GIVEN_EXAMPLE, UNDER_WAY_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        room = find_room(room_name)
        take_transcript(room, read_body(request, TranscriptSerializer))
        return _analysed(room)


class InterviewAnalyticsView(AskingView):
    @extend_schema(
        operation_id="analyse_interview",
        summary="Analyse an interview",
        description=_ANSWERS,
        request=EmptySerializer,
        responses={200: analysis.Analytics, 202: AnalysisUnderWay},
        examples=[UNDER_WAY_EXAMPLE],
        tags=["Interviews"],
    )
    def post(self, request: Request, interview_id: uuid.UUID) -> Response:
        interview = find_interview(interview_id)
        read_body(request, EmptySerializer)
        return _analysed(interview.room)


def take_transcript(room: Room, body: dict[str, Any]) -> None:
    """Keep words that were spoken elsewhere, where the room has none of its own."""
    given = [
        Said(
            key=f"given-{number}",
            speaker=Speaker(turn["speaker"]),
            text=turn["text"],
            started_at=turn.get("started_at"),
        )
        for number, turn in enumerate(body.get("transcript") or [], start=1)
    ]
    if given:
        transcript.keep_given(room=room, given=given)


def _analysed(room: Room) -> Response:
    """The newest analysis of all that was said, or one made now; 202 where a worker is at it."""
    newest = Analysis.objects.filter(room=room).order_by("-id").first()
    if newest is not None and newest.turns == Turn.objects.filter(room=room).count():
        return Response(as_json(analysis.shown(newest)))
    if room.analysis_state != AnalysisState.QUEUED:
        return Response(as_json(analysis.shown(analysis.analyse(room))))
    # It waits for a worker: this request is as good as one, if none has taken it.
    made = analysis.work(room.pk)
    if made is not None:
        return Response(as_json(analysis.shown(made)))
    room.refresh_from_db(fields=["analysis_state", "analysis_reason"])
    if room.analysis_state == AnalysisState.TOO_THIN:
        raise TooThin(room.analysis_reason)
    if room.analysis_state == AnalysisState.QUEUED:
        waiting = AnalysisUnderWay(state="queued", message=room.analysis_reason or "A worker is at it. Ask again.")
        again = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return Response(as_json(waiting), status=status.HTTP_202_ACCEPTED, headers=again)
    # Failed, or done by somebody else in between: then this answers what is kept, else it says what went wrong.
    return Response(as_json(analysis.shown(analysis.analyse(room))))
