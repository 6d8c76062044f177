"""The examples of the documentation: true to the shapes that they are examples of, and there for each operation."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from config import openapi
from interviews.api import examples, serializers, shapes
from interviews.coach import CoachSuggestion
from interviews.prebrief import PrebriefResult

ANSWERS: dict[str, type[BaseModel]] = {
    "MADE_EXAMPLE": shapes.RoomMade,
    "ROOM_EXAMPLE": shapes.RoomShown,
    "ENDED_ROOM_EXAMPLE": shapes.RoomShown,
    "JOINED_EXAMPLE": shapes.Joined,
    "REMOVED_EXAMPLE": shapes.Removed,
    "BRIEFING_SHOWN_EXAMPLE": shapes.BriefingShown,
    "CHAT_REPLY_EXAMPLE": shapes.ChatReply,
    "CANDIDATE_ROOM_EXAMPLE": shapes.CandidateRoom,
    "COACH_REPLY_EXAMPLE": CoachSuggestion,
    "PRACTICE_EXAMPLE": shapes.PracticeCredential,
    "PREBRIEF_REPLY_EXAMPLE": PrebriefResult,
    "STARTED_EXAMPLE": shapes.InterviewStarted,
    "INTERVIEW_EXAMPLE": shapes.InterviewShown,
    "CANCELLED_EXAMPLE": shapes.InterviewShown,
    "INTERVIEWS_EXAMPLE": shapes.InterviewPage,
    "DETAIL_EXAMPLE": shapes.InterviewDetail,
    "TRANSCRIPT_EXAMPLE": shapes.TranscriptPage,
    "UNDER_WAY_EXAMPLE": shapes.AnalysisUnderWay,
}
REQUESTS: dict[str, type[serializers.StrictSerializer]] = {
    "START_EXAMPLE": serializers.StartSerializer,
    "TRAINING_EXAMPLE": serializers.StartSerializer,
    "BRIEFING_EXAMPLE": serializers.WriteBriefingSerializer,
    "CHAT_EXAMPLE": serializers.ChatSerializer,
    "COACH_EXAMPLE": serializers.SuggestSerializer,
    "GIVEN_EXAMPLE": serializers.TranscriptSerializer,
    "PREBRIEF_EXAMPLE": serializers.PrebriefSerializer,
}


def test_every_example_is_held_against_its_shape() -> None:
    named = {name for name in vars(examples) if name.endswith("_EXAMPLE")}
    assert named == {*ANSWERS, *REQUESTS}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answers_example_has_the_shape_of_one(name: str) -> None:
    value = getattr(examples, name).value
    shape = ANSWERS[name].model_validate(value)
    assert set(value) == set(ANSWERS[name].model_fields), name
    assert shape.model_dump(mode="json", exclude_unset=True).keys() == value.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_requests_example_is_one_that_is_taken(name: str) -> None:
    serializer = REQUESTS[name](data=getattr(examples, name).value)
    assert serializer.is_valid(), serializer.errors


def test_an_example_of_another_shape_is_found() -> None:
    with pytest.raises(ValidationError):
        shapes.RoomMade.model_validate(examples.ROOM_EXAMPLE.value)


def test_every_operation_on_rooms_and_interviews_is_told_with_a_summary_and_its_refusals() -> None:
    paths: dict[str, Any] = openapi.merged()["paths"]
    ours = {
        path: operations
        for path, operations in paths.items()
        if path.startswith(("/api/rooms", "/api/interviews", "/api/prebrief", "/api/coach", "/api/analytics"))
    }
    assert len(ours) >= 17
    for path, operations in ours.items():
        for verb, operation in operations.items():
            assert operation["summary"], path
            if verb == "post" and "link" not in path:
                assert "410" in operation["responses"], path
