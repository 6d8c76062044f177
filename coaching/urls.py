"""The pages of practice: /coaching."""

from __future__ import annotations

from django.urls import URLPattern, path

from coaching import talk_views, views

app_name = "coaching"
SESSION = "coaching/sessions/<uuid:session_id>"
urlpatterns: list[URLPattern] = [
    path("coaching", views.home, name="home"),
    path("coaching/new", views.set_up, name="new"),
    path("coaching/next/<int:position>", views.begin_step, name="next"),
    path("coaching/history", views.history, name="history"),
    path("coaching/progress", views.progress, name="progress"),
    path("coaching/export", views.export_all, name="export"),
    path(SESSION, views.session, name="session"),
    path(f"{SESSION}/say", views.say, name="say"),
    path(f"{SESSION}/talk", talk_views.talk, name="talk"),
    path(f"{SESSION}/change", views.change, name="change"),
    path(f"{SESSION}/complete", views.complete, name="complete"),
    path(f"{SESSION}/evaluate", views.evaluate, name="evaluate"),
    path(f"{SESSION}/evaluation", views.evaluation_page, name="evaluation"),
    path(f"{SESSION}/archive", views.archive, name="archive"),
    path(f"{SESSION}/restore", views.restore, name="restore"),
    path(f"{SESSION}/export.md", views.export_markdown, name="export-markdown"),
    path(f"{SESSION}/export.pdf", views.export_pdf, name="export-pdf"),
]
