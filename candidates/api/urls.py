"""Addresses of the recruiting API, exactly as in the contract: no trailing slash."""

from __future__ import annotations

from django.urls import path

from candidates.api.jobs import AnalyzeView, CompareView, RescoreView, ServiceView
from candidates.api.profile import CandidateView, ExplanationView, QuestionsView
from candidates.api.results import ResultsCsvView, ResultsView
from candidates.api.uploading import ScoreView, StatusView, UploadView

app_name = "api"
urlpatterns = [
    path("pluto", ServiceView.as_view(), name="service"),
    path("pluto/analyze-jd", AnalyzeView.as_view(), name="analyze"),
    path("pluto/upload", UploadView.as_view(), name="upload"),
    path("pluto/status", StatusView.as_view(), name="status"),
    path("pluto/score", ScoreView.as_view(), name="score"),
    path("pluto/results", ResultsView.as_view(), name="results"),
    path("pluto/results/csv", ResultsCsvView.as_view(), name="results-csv"),
    path("pluto/candidates/<uuid:candidate_id>", CandidateView.as_view(), name="candidate"),
    path("pluto/candidates/<uuid:candidate_id>/explanation", ExplanationView.as_view(), name="explanation"),
    path("pluto/candidates/<uuid:candidate_id>/questions", QuestionsView.as_view(), name="questions"),
    path("pluto/compare", CompareView.as_view(), name="compare"),
    path("pluto/rescore", RescoreView.as_view(), name="rescore"),
]
