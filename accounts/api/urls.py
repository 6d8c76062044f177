"""The addresses of sign-up, sign-in and one's own account: /api/v1."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
