"""Rooms: made, shown, joined; and, for whoever may moderate, put out of and ended."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import read_body, read_query
from candidates.api.base import person_of
from interviews import interviewing, rooms
from interviews.api.base import ModeratingView, RoomView, actor_of, as_json, find_room, only_in
from interviews.api.examples import ENDED_ROOM_EXAMPLE, JOINED_EXAMPLE, MADE_EXAMPLE, REMOVED_EXAMPLE, ROOM_EXAMPLE
from interviews.api.serializers import EmptySerializer, JoinSerializer, MakeRoomSerializer, RemoveSerializer
from interviews.api.shapes import Joined, ParticipantShown, Removed, RoomMade, RoomShown, RoomStatus
from interviews.models import Interview, Participant, Room
from interviews.states import AgentType, AnalysisState, EndReason, Medium, ParticipantType


class RoomsView(RoomView):
    @extend_schema(
        operation_id="make_room",
        summary="Make a room",
        description="For two hours, for people alone; an interview with an AI is started at /api/interviews/start.",
        request=MakeRoomSerializer,
        responses={201: RoomMade},
        examples=[MADE_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request) -> Response:
        body = read_body(request, MakeRoomSerializer)
        room = rooms.make(
            interviewer_name=body["interviewer_name"],
            candidate_name=body.get("candidate_name", ""),
            medium=medium_of(body),
            made_by=person_of(request),
        )
        token = rooms.admit(room, name=room.interviewer_name, type=ParticipantType.INTERVIEWER)
        return Response(as_json(made(room, token)), status=status.HTTP_201_CREATED)


class OneRoomView(RoomView):
    @extend_schema(
        operation_id="get_room",
        summary="One room",
        description="Open, ended or expired, with everybody who was let in.",
        responses=RoomShown,
        examples=[ROOM_EXAMPLE],
        tags=["Rooms"],
    )
    def get(self, request: Request, room_name: str) -> Response:
        read_query(request, {})
        return Response(as_json(shown(find_room(room_name))))


class JoinView(RoomView):
    @extend_schema(
        operation_id="join_room",
        summary="Let somebody in",
        description="Answers a token for one person: short-lived, for this room alone, with the least grant. Only an "
        "interviewer's token may moderate. 410: the room is over.",
        request=JoinSerializer,
        responses=Joined,
        examples=[JOINED_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        body = read_body(request, JoinSerializer)
        type_ = ParticipantType(body["participant_type"])
        token = rooms.admit(find_room(room_name), name=body["participant_name"], type=type_)
        return Response(
            as_json(
                Joined(
                    token=token.token,
                    room_url=token.room_url,
                    identity=token.identity,
                    participant_type=type_,
                    expires_at=token.expires_at.isoformat(),
                )
            )
        )


class RemoveView(ModeratingView):
    @extend_schema(
        operation_id="remove_participant",
        summary="Put somebody out",
        description="Now and for good: no token of this identity opens the room again. For recruiters, and for the "
        "room's interviewer by the room's token. Twice is once.",
        request=RemoveSerializer,
        responses=Removed,
        examples=[REMOVED_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        room = find_room(room_name)
        only_in(room, request)
        identity = read_body(request, RemoveSerializer)["identity"]
        rooms.remove(room, identity)
        removed_at = Participant.objects.values_list("removed_at", flat=True).get(room=room, identity=identity)
        shown_at = removed_at.isoformat() if removed_at else ""
        return Response(as_json(Removed(room_name=room.name, identity=identity, removed_at=shown_at)))


class EndRoomView(ModeratingView):
    @extend_schema(
        operation_id="end_room",
        summary="End a room",
        description="Everybody is put out, and an interview in it is completed. For recruiters, and for the room's "
        "interviewer by the room's token. Twice is once.",
        request=EmptySerializer,
        responses=RoomShown,
        examples=[ENDED_ROOM_EXAMPLE],
        tags=["Rooms"],
    )
    def post(self, request: Request, room_name: str) -> Response:
        room = find_room(room_name)
        only_in(room, request)
        read_body(request, EmptySerializer)
        interviewing.end_room(room, reason=EndReason.BY_PERSON, actor=actor_of(request))
        return Response(as_json(shown(find_room(room_name))))


def medium_of(body: dict[str, Any]) -> Medium | None:
    """The medium that was asked for; None where none was."""
    return Medium(body["medium"]) if body.get("medium") else None


def made(room: Room, token: rooms.Token) -> RoomMade:
    """The answer of whatever makes a room for an interviewer."""
    return RoomMade(
        room_name=room.name,
        room_url=token.room_url,
        interviewer_token=token.token,
        expires_at=room.expires_at.isoformat(),
        medium=Medium(room.medium),
    )


def shown(room: Room) -> RoomShown:
    """A room as it is now. Two queries."""
    interview_id = Interview.objects.filter(room=room).values_list("pk", flat=True).first()
    participants = Participant.objects.filter(room=room).order_by("created_at", "id")
    state: RoomStatus = "ended" if room.ended_at is not None else "expired" if room.is_over else "open"
    return RoomShown(
        room_name=room.name,
        status=state,
        medium=Medium(room.medium),
        interviewer_name=room.interviewer_name,
        candidate_name=room.candidate_name or None,
        candidate_id=room.candidate_id,
        interview_id=interview_id,
        agent_type=AgentType(room.agent_name) if room.agent_name in AgentType else None,
        recording=room.recording,
        created_at=room.created_at.isoformat(),
        started_at=room.started_at.isoformat() if room.started_at else None,
        ended_at=room.ended_at.isoformat() if room.ended_at else None,
        expires_at=room.expires_at.isoformat(),
        analysis_state=AnalysisState(room.analysis_state),
        participants=[
            ParticipantShown(
                identity=one.identity,
                name=one.name,
                type=ParticipantType(one.type),
                joined_at=one.joined_at.isoformat() if one.joined_at else None,
                left_at=one.left_at.isoformat() if one.left_at else None,
                removed_at=one.removed_at.isoformat() if one.removed_at else None,
            )
            for one in participants
        ],
    )
