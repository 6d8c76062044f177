"""Sockets of this app."""

from django.urls import path

from interviews.candidate_chat import CandidateConsumer

websocket_urlpatterns = [
    path("ws/candidates/<uuid:candidate_id>", CandidateConsumer.as_asgi(), name="candidate-chat"),
]
