"""Addresses of rooms and interviews, exactly as in the contract: no trailing slash."""

from __future__ import annotations

from django.urls import path

from interviews.api.analytics import InterviewAnalyticsView, RoomAnalyticsView
from interviews.api.coaching import PracticeView, SuggestView
from interviews.api.interviews import CancelView, EndView, InterviewsView, InterviewView, StartView, TranscriptView
from interviews.api.links import InterviewLinkView
from interviews.api.preparing import (
    BriefingView,
    CandidateInterviewView,
    CandidatePrebriefView,
    ChatView,
    DebriefView,
    PrebriefView,
)
from interviews.api.rooms import EndRoomView, JoinView, OneRoomView, RemoveView, RoomsView

app_name = "interviews-api"
urlpatterns = [
    path("rooms", RoomsView.as_view(), name="rooms"),
    path("rooms/<str:room_name>", OneRoomView.as_view(), name="room"),
    path("rooms/<str:room_name>/join", JoinView.as_view(), name="join"),
    path("rooms/<str:room_name>/remove", RemoveView.as_view(), name="remove"),
    path("rooms/<str:room_name>/end", EndRoomView.as_view(), name="end-room"),
    path("rooms/<str:room_name>/briefing", BriefingView.as_view(), name="briefing"),
    path("rooms/<str:room_name>/chat", ChatView.as_view(), name="chat"),
    path("rooms/<str:room_name>/debrief", DebriefView.as_view(), name="debrief"),
    path("prebrief/<str:room_name>", PrebriefView.as_view(), name="prebrief"),
    path("coach/suggest", SuggestView.as_view(), name="suggest"),
    path("realtime/session", PracticeView.as_view(), name="practice"),
    path("analytics/<str:room_name>", RoomAnalyticsView.as_view(), name="room-analytics"),
    path("interviews", InterviewsView.as_view(), name="interviews"),
    path("interviews/start", StartView.as_view(), name="start"),
    path("interviews/<uuid:interview_id>", InterviewView.as_view(), name="interview"),
    path("interviews/<uuid:interview_id>/transcript", TranscriptView.as_view(), name="transcript"),
    path("interviews/<uuid:interview_id>/end", EndView.as_view(), name="end"),
    path("interviews/<uuid:interview_id>/cancel", CancelView.as_view(), name="cancel"),
    path("interviews/<uuid:interview_id>/link", InterviewLinkView.as_view(), name="link"),
    path("interviews/<uuid:interview_id>/analytics", InterviewAnalyticsView.as_view(), name="analytics"),
    path("pluto/candidates/<uuid:candidate_id>/interview", CandidateInterviewView.as_view(), name="prepare"),
    path("pluto/candidates/<uuid:candidate_id>/prebrief", CandidatePrebriefView.as_view(), name="candidate-prebrief"),
]
