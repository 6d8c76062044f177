"""The addresses of practice sessions and what came of them, below /api/v1; messages: coaching.live."""

from __future__ import annotations

from django.urls import path

from coaching.api.judging import EvaluateView, EvaluationView, ImprovementsView, PracticePlanView, TrendsView
from coaching.api.sessions import CompleteView, SessionsView, SessionView

app_name = "coaching-api"
urlpatterns = [
    path("sessions", SessionsView.as_view(), name="sessions"),
    path("sessions/<uuid:session_id>", SessionView.as_view(), name="session"),
    path("sessions/<uuid:session_id>/complete", CompleteView.as_view(), name="complete"),
    path("sessions/<uuid:session_id>/evaluate", EvaluateView.as_view(), name="evaluate"),
    path("sessions/<uuid:session_id>/evaluation", EvaluationView.as_view(), name="evaluation"),
    path("analytics/trends", TrendsView.as_view(), name="trends"),
    path("analytics/improvements", ImprovementsView.as_view(), name="improvements"),
    path("analytics/practice-plan", PracticePlanView.as_view(), name="practice-plan"),
]
