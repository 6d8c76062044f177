"""The addresses of practice sessions and what came of them: /api/v1."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
