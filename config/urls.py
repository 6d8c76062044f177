"""Every address of Greenroom."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from accounts import console_sign_in
from candidates import resume_page
from config import console, demo_mail, errors, health, openapi
from config.live import api as live
from config.live import practice
from intake.api import IntakeLinkView

urlpatterns = [
    path("", resume_page.page, name="start"),
    path("favicon.ico", console.icon, name="icon"),
    path("admin/login/", console_sign_in.sign_in, name="console-sign-in"),
    path("admin/password_change/", admin.site.admin_view(console_sign_in.change_password), name="console-password"),
    path("admin/", admin.site.urls),
    path("api/", include("candidates.api.urls")),
    path("api/", include("interviews.api.urls")),
    path("api/pluto/candidates/<uuid:candidate_id>/intake-link", IntakeLinkView.as_view(), name="intake-link"),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("coaching.api.urls")),
    path("api/v1/", practice.urls),
    path("live/", live.urls),
    path("interviews/", include("interviews.urls")),
    path("intake/", include("intake.urls")),
    path("coaching/", include("accounts.urls")),
    path("", include("coaching.urls")),
    path("demo/mail", demo_mail.mailbox, name="demo-mail"),
    path("health", health.health, name="health"),
    path("healthz", health.healthz, name="healthz"),
    path("openapi.json", openapi.document, name="openapi"),
    path("docs", openapi.docs, name="docs"),
    re_path(r"^(?:api|live)(?:/.*)?$", errors.no_such_address, name="no-such-address"),
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
