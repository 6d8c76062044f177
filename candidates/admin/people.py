"""Candidates in the console: which address shows which page."""

from __future__ import annotations

from django.contrib import admin

from candidates.admin import candidate_actions, candidate_list, candidate_merging, candidate_page, comparing_page
from candidates.admin.recruiters import PageView, RecruiterAdmin
from candidates.models import Candidate


@admin.register(Candidate)
class CandidateAdmin(RecruiterAdmin):
    """The candidate list, the candidate's page, and what can be done there."""

    # For the look-up of the navigation's search box; the list has a search of its own.
    search_fields = ("name", "email", "current_company")

    def pages(self) -> list[tuple[str, PageView, str]]:
        one = "<uuid:candidate_id>"
        return [
            ("", candidate_list.candidate_list, "changelist"),
            ("add/", candidate_page.add, "add"),
            ("bulk/", candidate_actions.bulk, "bulk"),
            ("export/", candidate_actions.export, "export"),
            ("restore/", candidate_actions.restore_deleted, "restore_deleted"),
            ("views/", candidate_actions.save_view, "save_view"),
            ("views/<int:view_id>/forget/", candidate_actions.forget_view, "forget_view"),
            ("merge/", candidate_merging.merge, "merge"),
            ("compare/", comparing_page.compare, "compare"),
            ("compare/find/", comparing_page.find, "compare_find"),
            (f"{one}/change/", candidate_page.change, "change"),
            (f"{one}/edit/", candidate_page.edit, "edit"),
            (f"{one}/undo/<int:change_id>/", candidate_page.undo, "undo"),
            (f"{one}/rescore/", candidate_page.rescore, "rescore"),
            (f"{one}/scoring/", candidate_page.scoring, "scoring"),
            (f"{one}/questions/", candidate_page.make_questions, "questions"),
            (f"{one}/delete/", candidate_page.delete, "delete"),
            (f"{one}/documents/", candidate_page.attach, "attach"),
            (f"{one}/documents/<uuid:document_id>/", candidate_page.document, "document"),
        ]
