"""Intake in the console: which address shows which page."""

from __future__ import annotations

from django.contrib import admin

from candidates.admin.recruiters import PageView, RecruiterAdmin
from intake.admin import bell, candidate_block, erasure_page, link_page, mailing_page, round_page
from intake.models import Intake, Mailing, Notice


@admin.register(Intake)
class IntakeAdmin(RecruiterAdmin):
    """What a candidate's page shows of intake, the link's page, and a round's page with what it changed."""

    def pages(self) -> list[tuple[str, PageView, str]]:
        return [
            ("", candidate_block.in_list, "changelist"),
            ("candidate/<uuid:candidate_id>/", candidate_block.of_candidate, "candidate"),
            ("candidate/<uuid:candidate_id>/link/", link_page.link, "link"),
            ("<uuid:intake_id>/change/", round_page.change, "change"),
            ("<uuid:intake_id>/undo/", round_page.undo, "undo"),
            ("<uuid:intake_id>/erase/", erasure_page.erase, "erase"),
            ("<uuid:intake_id>/decline/", erasure_page.decline, "decline"),
        ]


@admin.register(Mailing)
class MailingAdmin(RecruiterAdmin):
    """Invitations to many: whom, and how far they are."""

    def pages(self) -> list[tuple[str, PageView, str]]:
        one = "<uuid:mailing_id>"
        return [
            ("", mailing_page.mailings_made, "changelist"),
            ("add/", mailing_page.add, "add"),
            (f"{one}/change/", mailing_page.change, "change"),
            (f"{one}/progress/", mailing_page.progress, "progress"),
            (f"{one}/again/", mailing_page.again, "again"),
        ]


@admin.register(Notice)
class NoticeAdmin(RecruiterAdmin):
    """What the bell in the header rings for."""

    def pages(self) -> list[tuple[str, PageView, str]]:
        return [
            ("", bell.notices, "changelist"),
            ("bell/", bell.part, "bell"),
            ("read/", bell.read_all, "read"),
            ("<uuid:notice_id>/open/", bell.open_one, "open"),
        ]
