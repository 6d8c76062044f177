"""Every address of Greenroom."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from config.live import api as live

urlpatterns = [
    path("admin/", admin.site.urls),
    path("live/", live.urls),
]
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
