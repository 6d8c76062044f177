"""What came of practice: evaluations, trends, improvements, and what to practise next."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.parsing import read_body, read_query
from candidates.api.base import person_of
from coaching import evaluation, improvements, practice, trends
from coaching.api.base import AskingView, TraineeView, answer, example, session_of
from coaching.api.shapes import EvaluateSerializer
from coaching.schemas import EvaluationShape, Improvements, PracticePlan, Trends


class EvaluateView(AskingView):
    @extend_schema(
        operation_id="evaluate_session",
        summary="Evaluate a session",
        description="Judged from the words alone, by closed questions with quotes; every number is computed. An "
        "evaluation that there is is answered again; `force_reevaluate` makes another one beside it. 409 until the "
        "session is completed, 422 `too_short` where too little was said, 503 where the model is down.",
        request=EvaluateSerializer,
        responses=EvaluationShape,
        examples=[example("Judge it anew", {"force_reevaluate": True}, request=True)],
        tags=["Practice"],
    )
    def post(self, request: Request, session_id: UUID) -> HttpResponse:
        force = read_body(request, EvaluateSerializer)["force_reevaluate"]
        found = evaluation.evaluate(session_of(request, session_id), force=force)
        return answer(evaluation.shown(found))


class EvaluationView(TraineeView):
    @extend_schema(
        operation_id="get_evaluation",
        summary="The newest evaluation of a session",
        description="404 where there is none yet.",
        responses=EvaluationShape,
        tags=["Practice"],
    )
    def get(self, request: Request, session_id: UUID) -> HttpResponse:
        read_query(request, {})
        return answer(evaluation.shown(evaluation.newest(session_of(request, session_id))))


class TrendsView(TraineeView):
    @extend_schema(
        operation_id="get_trends",
        summary="Progress over your sessions",
        responses=Trends,
        tags=["Practice"],
    )
    def get(self, request: Request) -> HttpResponse:
        read_query(request, {})
        return answer(trends.trends(person_of(request)))


class ImprovementsView(TraineeView):
    @extend_schema(
        operation_id="get_improvements",
        summary="What to work on",
        responses=Improvements,
        tags=["Practice"],
    )
    def get(self, request: Request) -> HttpResponse:
        read_query(request, {})
        return answer(improvements.improvements(person_of(request)))


class PracticePlanView(TraineeView):
    @extend_schema(
        operation_id="get_practice_plan",
        summary="What to practise next",
        description="Drawn from recurring weaknesses. Each step holds a session that is ready to be set up: the body "
        "of `POST /api/v1/sessions`.",
        responses=PracticePlan,
        tags=["Practice"],
    )
    def get(self, request: Request) -> HttpResponse:
        read_query(request, {})
        return answer(practice.plan(person_of(request)))
