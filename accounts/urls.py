"""The pages of sign-up, sign-in and one's own account: /coaching."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
