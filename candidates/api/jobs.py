"""What goes beyond one candidate: rubrics from descriptions, two candidates side by side, other weights."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import Unprocessable
from accounts.api.parsing import read_body, read_query
from accounts.throttling import ModelThrottle, RecruiterThrottle
from candidates import comparing, job_analysis, ranking, reweighing
from candidates.api.base import RecruiterView, find_candidate, find_job, person_of
from candidates.api.documenting import ANALYZE_EXAMPLE
from candidates.api.serializers import (
    AnalyzeSerializer,
    CompareSerializer,
    RescoredSerializer,
    RescoreSerializer,
    ServiceSerializer,
)
from candidates.api.shapes import JobReport


class ServiceView(RecruiterView):
    @extend_schema(operation_id="service", summary="What answers here", responses=ServiceSerializer, tags=["Service"])
    def get(self, request: Request) -> Response:
        read_query(request, {})
        return Response(
            {
                "service": "pluto",
                "description": "Imports candidates, extracts their profiles, scores, explains and ranks them.",
                "candidates_count": ranking.count_all(),
            }
        )


class AnalyzeView(RecruiterView):
    throttle_classes = [RecruiterThrottle, ModelThrottle]

    @extend_schema(
        operation_id="analyze_job_description",
        summary="A rubric from a job description",
        description="With `save` it is kept as a job with this rubric, and the answer is a 201 with the job's id.",
        request=AnalyzeSerializer,
        responses={200: JobReport, 201: JobReport},
        examples=[ANALYZE_EXAMPLE],
        tags=["Jobs"],
    )
    def post(self, request: Request) -> Response:
        body = read_body(request, AnalyzeSerializer)
        description = body["job_description"]
        analysis = job_analysis.analyze(description, title=body.get("title", ""))
        job = job_analysis.save(analysis, description=description, actor=person_of(request)) if body["save"] else None
        report = JobReport(**analysis.model_dump(), job_id=job.pk if job else None)
        return Response(report.model_dump(mode="json"), status=status.HTTP_201_CREATED if job else status.HTTP_200_OK)


class CompareView(RecruiterView):
    throttle_classes = [RecruiterThrottle, ModelThrottle]

    @extend_schema(
        operation_id="compare",
        summary="Two candidates side by side",
        request=CompareSerializer,
        responses=comparing.Comparison,
        tags=["Candidates"],
    )
    def post(self, request: Request) -> Response:
        body = read_body(request, CompareSerializer)
        if body["candidate_a"] == body["candidate_b"]:
            raise Unprocessable("Choose two different candidates.", fields={"candidate_b": ["The same candidate."]})
        return Response(comparing.compare(find_candidate(body["candidate_a"]), find_candidate(body["candidate_b"])))


class RescoreView(RecruiterView):
    @extend_schema(
        operation_id="rescore",
        summary="Rank by other weights",
        description="Counts all scores again from the stored answers; no model is asked and nothing is paid.",
        request=RescoreSerializer,
        responses=RescoredSerializer,
        examples=[
            OpenApiExample("Enterprise counts double", {"weights": {"enterprise_experience": 2}}, request_only=True)
        ],
        tags=["Candidates"],
    )
    def post(self, request: Request) -> Response:
        body = read_body(request, RescoreSerializer)
        job = find_job(body.get("job"))
        rescored = reweighing.apply(job=job, weights=body["weights"], actor=person_of(request))
        return Response({"rescored": rescored, "job": job.pk if job else None, "weights": body["weights"]})
