"""Addresses of the wizard's pages, for candidates who come by a link."""

from __future__ import annotations

from django.urls import path

from intake import own_data_views, talk_views, validating, views

app_name = "intake"
urlpatterns = [
    path("<uuid:candidate_id>", views.welcome, name="welcome"),
    path("<uuid:candidate_id>/validate", validating.Validate.as_view(), name="validate"),
    path("<uuid:candidate_id>/language", views.language, name="language"),
    path("<uuid:candidate_id>/consent", views.agree, name="consent"),
    path("<uuid:candidate_id>/resume", views.resume, name="resume"),
    path("<uuid:candidate_id>/profile", views.profile, name="profile"),
    path("<uuid:candidate_id>/gaps", views.gaps, name="gaps"),
    path("<uuid:candidate_id>/talk", talk_views.talk, name="talk"),
    path("<uuid:candidate_id>/review", views.review, name="review"),
    path("<uuid:candidate_id>/done", views.done, name="done"),
    path("<uuid:candidate_id>/download", own_data_views.download, name="download"),
    path("<uuid:candidate_id>/erase", own_data_views.erase, name="erase"),
]
