"""Before and after a conversation: the briefing and its assistant, the pre-brief, the debrief."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import read_body, read_query
from candidates.api.base import find_candidate, person_of
from candidates.states import InterviewStatus
from interviews import briefing, debriefing, interviewing, prebrief
from interviews.api.analytics import take_transcript
from interviews.api.base import AskingView, RoomView, as_json, find_room
from interviews.api.examples import (
    BRIEFING_EXAMPLE,
    BRIEFING_SHOWN_EXAMPLE,
    CANDIDATE_ROOM_EXAMPLE,
    CHAT_EXAMPLE,
    CHAT_REPLY_EXAMPLE,
    GIVEN_EXAMPLE,
    PREBRIEF_EXAMPLE,
    PREBRIEF_REPLY_EXAMPLE,
)
from interviews.api.rooms import made, medium_of
from interviews.api.serializers import (
    ChatSerializer,
    PrebriefSerializer,
    PrepareSerializer,
    TranscriptSerializer,
    WriteBriefingSerializer,
)
from interviews.api.shapes import BriefingShown, CandidateRoom, ChatReply
from interviews.models import Room
from interviews.schemas import Briefing


class BriefingView(RoomView):
    @extend_schema(
        operation_id="get_briefing",
        summary="A room's briefing",
        description="404 where none was written.",
        responses=BriefingShown,
        examples=[BRIEFING_SHOWN_EXAMPLE],
        tags=["Rooms"],
    )
    def get(self, request: Request, room_name: str) -> Response:
        read_query(request, {})
        return Response(as_json(_shown(find_room(room_name))))

    @extend_schema(
        operation_id="write_briefing",
        summary="Write a room's briefing",
        description="Replaces what stood there. The prompt is made from it by rules; no model is asked.",
        request=WriteBriefingSerializer,
        responses=BriefingShown,
        examples=[BRIEFING_EXAMPLE, BRIEFING_SHOWN_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        room = find_room(room_name)
        body = Briefing.model_validate(read_body(request, WriteBriefingSerializer))
        return Response(as_json(_shown(briefing.write(room=room, briefing=body))))


class ChatView(AskingView):
    @extend_schema(
        operation_id="ask_briefing_assistant",
        summary="Ask the briefing assistant",
        description="It answers from the briefing and the kept pre-brief. The question is kept before the model is "
        "asked; sent again after a 503 it is not kept twice.",
        request=ChatSerializer,
        responses=ChatReply,
        examples=[CHAT_EXAMPLE, CHAT_REPLY_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        room = find_room(room_name)
        answer = briefing.ask(room=room, text=read_body(request, ChatSerializer)["message"])
        count = len(briefing.messages_of(room))
        return Response(as_json(ChatReply(response=answer.text, message_id=answer.pk, messages=count)))


class DebriefView(AskingView):
    @extend_schema(
        operation_id="debrief_room",
        summary="What came of the conversation",
        description="Made from what was said so far, and kept with the room; the same words are not paid twice. For "
        "training it reveals what the AI candidate hid, and grades what was found. Without a usable model it "
        "tells what was measured. 422 `too_thin`: nothing was said.",
        request=TranscriptSerializer,
        responses=debriefing.Debriefing,
        examples=[GIVEN_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        room = find_room(room_name)
        take_transcript(room, read_body(request, TranscriptSerializer))
        return Response(as_json(debriefing.debrief(room)))


class PrebriefView(AskingView):
    @extend_schema(
        operation_id="make_prebrief",
        summary="A pre-brief from two texts",
        description="At least fifty characters each. Kept by what it was made from: the same texts are not paid twice.",
        request=PrebriefSerializer,
        responses=prebrief.PrebriefResult,
        examples=[PREBRIEF_EXAMPLE, PREBRIEF_REPLY_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        room = find_room(room_name)
        body = read_body(request, PrebriefSerializer)
        return Response(as_json(prebrief.make(room=room, **body)))


class CandidatePrebriefView(AskingView):
    @extend_schema(
        operation_id="prebrief_of_candidate",
        summary="A pre-brief from what is stored",
        description="From the candidate's profile and documents and the job. Kept by what it was made from.",
        responses=prebrief.PrebriefResult,
        examples=[PREBRIEF_REPLY_EXAMPLE],
        tags=["Candidates"],
    )
    def get(self, request: Request, candidate_id: uuid.UUID) -> Response:
        read_query(request, {})
        return Response(as_json(prebrief.of(find_candidate(candidate_id))))


class CandidateInterviewView(RoomView):
    @extend_schema(
        operation_id="prepare_interview",
        summary="A room for this candidate",
        description="Makes a room whose briefing is filled in from what is stored; interview_status becomes briefing.",
        request=PrepareSerializer,
        responses={201: CandidateRoom},
        examples=[CANDIDATE_ROOM_EXAMPLE],
        tags=["Candidates"],
    )
    def post(self, request: Request, candidate_id: uuid.UUID) -> Response:
        candidate = find_candidate(candidate_id)
        body = read_body(request, PrepareSerializer)
        room, token = interviewing.prepare(candidate=candidate, actor=person_of(request), medium=medium_of(body))
        candidate.refresh_from_db(fields=["interview_status"])
        answer = CandidateRoom(
            **made(room, token).model_dump(),
            candidate_id=candidate.pk,
            interview_status=InterviewStatus(candidate.interview_status),
            briefing=Briefing.model_validate(room.briefing),
            briefing_prompt=room.briefing_prompt,
        )
        return Response(as_json(answer), status=status.HTTP_201_CREATED)


def _shown(room: Room) -> BriefingShown:
    if room.briefing is None:
        raise briefing.BriefingNotFound("No briefing was written for this room.")
    return BriefingShown(**room.briefing, room_name=room.name, briefing_prompt=room.briefing_prompt)
