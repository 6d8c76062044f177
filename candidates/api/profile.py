"""One candidate: the profile, why its score, and questions to ask."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import NotFound
from accounts.api.parsing import read_query
from accounts.throttling import ModelThrottle, RecruiterThrottle
from candidates import explanation, profiles, questions, ranking
from candidates.api.base import RecruiterView, find_candidate, json_text, label_of, person_of
from candidates.api.documenting import CANDIDATE_EXAMPLE, EDIT_EXAMPLE, EDIT_SCHEMA
from candidates.api.serializers import CandidateSerializer, DeletedSerializer
from candidates.api.shapes import Questions
from candidates.states import ChangeSource


class CandidateView(RecruiterView):
    @extend_schema(
        operation_id="get_candidate",
        summary="One candidate",
        responses=CandidateSerializer,
        examples=[CANDIDATE_EXAMPLE],
        tags=["Candidates"],
    )
    def get(self, request: Request, candidate_id: uuid.UUID) -> HttpResponse:
        read_query(request, {})
        return _shown(candidate_id)

    @extend_schema(
        operation_id="edit_candidate",
        summary="Set or clear fields",
        description="Fields that are named are set; null clears (a list becomes empty). Unknown and read-only fields "
        "are refused by name, and then nothing is changed. Each change is kept with who, when and from where. "
        "Scores follow at once; a model's judgement is asked for anew in the background where its subject changed.",
        request=EDIT_SCHEMA,
        responses=CandidateSerializer,
        examples=[EDIT_EXAMPLE, CANDIDATE_EXAMPLE],
        tags=["Candidates"],
    )
    def patch(self, request: Request, candidate_id: uuid.UUID) -> HttpResponse:
        candidate = find_candidate(candidate_id)
        profiles.edit(
            candidate=candidate,
            values=dict(request.data),
            source=ChangeSource.API,
            actor=person_of(request),
            actor_label=label_of(request),
        )
        return _shown(candidate_id)

    @extend_schema(
        operation_id="delete_candidate",
        summary="Delete a candidate",
        description="The candidate leaves all lists; a recruiter can restore it in the console.",
        responses={200: DeletedSerializer},
        tags=["Candidates"],
    )
    def delete(self, request: Request, candidate_id: uuid.UUID) -> Response:
        candidate = find_candidate(candidate_id)
        profiles.delete(
            candidate=candidate,
            source=ChangeSource.API,
            actor=person_of(request),
            actor_label=label_of(request),
        )
        return Response({"id": candidate.pk, "deleted_at": candidate.deleted_at})


class ExplanationView(RecruiterView):
    @extend_schema(
        operation_id="explain_candidate",
        summary="Why this score",
        description="Every criterion with its weight, level, points and quote, and where the quote stands.",
        responses=explanation.Explanation,
        tags=["Candidates"],
    )
    def get(self, request: Request, candidate_id: uuid.UUID) -> Response:
        read_query(request, {})
        return Response(explanation.of(find_candidate(candidate_id)))


class QuestionsView(RecruiterView):
    throttle_classes = [RecruiterThrottle, ModelThrottle]

    @extend_schema(
        operation_id="questions_for_candidate",
        summary="Interview questions",
        description="Made once for this candidate, and kept.",
        responses=Questions,
        tags=["Candidates"],
    )
    def get(self, request: Request, candidate_id: uuid.UUID) -> Response:
        read_query(request, {})
        candidate = find_candidate(candidate_id)
        return Response({"candidate_id": str(candidate.pk), "questions": questions.of(candidate)})


def _shown(candidate_id: uuid.UUID) -> HttpResponse:
    text = ranking.one(candidate_id)
    if text is None:
        raise NotFound("There is no such candidate.", code="candidate_not_found")
    return json_text(text)
