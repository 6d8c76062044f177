"""Addresses of the pages for candidates who come by a link."""

from __future__ import annotations

from django.urls import path

from interviews import views

app_name = "interviews"
urlpatterns = [
    path("<uuid:interview_id>", views.welcome, name="welcome"),
    path("<uuid:interview_id>/consent", views.agree, name="agree"),
    path("<uuid:interview_id>/room", views.room, name="room"),
    path("<uuid:interview_id>/end", views.end, name="end"),
    path("<uuid:interview_id>/thanks", views.thanks, name="thanks"),
]
