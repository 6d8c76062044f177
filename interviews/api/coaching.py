"""Help for an interviewer: what to ask next, and a candidate to practise on by voice."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsing import read_body
from candidates.api.base import find_candidate
from interviews import coach, practice
from interviews.api.base import AskingView, as_json
from interviews.api.examples import COACH_EXAMPLE, COACH_REPLY_EXAMPLE, PRACTICE_EXAMPLE
from interviews.api.serializers import PracticeSerializer, SuggestSerializer
from interviews.api.shapes import PracticeCredential


class SuggestView(AskingView):
    @extend_schema(
        operation_id="suggest_question",
        summary="What to ask next",
        request=SuggestSerializer,
        responses=coach.CoachSuggestion,
        examples=[COACH_EXAMPLE, COACH_REPLY_EXAMPLE],
        tags=["Coach"],
    )
    def post(self, request: Request) -> Response:
        return Response(as_json(coach.suggest(**read_body(request, SuggestSerializer))))


class PracticeView(AskingView):
    @extend_schema(
        operation_id="make_practice_session",
        summary="A practice candidate, speech to speech",
        description="Answers a short-lived credential with which a browser talks to the service itself. 503 where no "
        "speech-to-speech service is configured; it says what to set.",
        request=PracticeSerializer,
        responses={201: PracticeCredential},
        examples=[PRACTICE_EXAMPLE],
        tags=["Coach"],
    )
    def post(self, request: Request) -> Response:
        candidate_id = read_body(request, PracticeSerializer).get("candidate_id")
        candidate = find_candidate(candidate_id) if candidate_id is not None else None
        credential = practice.credential(candidate=candidate)
        answer = PracticeCredential(
            client_secret=credential.client_secret,
            expires_at=credential.expires_at.isoformat(),
            model=credential.model,
            url=credential.url,
        )
        return Response(as_json(answer), status=status.HTTP_201_CREATED)
