"""Sockets of this app."""

from django.urls import path

from candidates.consumers import ResumeConsumer

websocket_urlpatterns = [path("ws", ResumeConsumer.as_asgi(), name="resume-chat")]
