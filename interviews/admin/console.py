"""Interviews in the console: which address shows which page."""

from __future__ import annotations

from django.contrib import admin

from candidates.admin.recruiters import PageView, RecruiterAdmin
from interviews.admin import (
    briefing_page,
    debrief_page,
    home,
    interview_actions,
    interview_list,
    interview_page,
    link_page,
    prebrief_page,
    room_page,
    start_page,
)
from interviews.models import Interview


@admin.register(Interview)
class InterviewAdmin(RecruiterAdmin):
    """The list of interviews, the interview's pages, and what can be done there."""

    def pages(self) -> list[tuple[str, PageView, str]]:
        one = "<uuid:interview_id>"
        return [
            ("", interview_list.interview_list, "changelist"),
            ("start/", start_page.start, "start"),
            ("running/", home.running_part, "running"),
            ("candidate/<uuid:candidate_id>/", home.of_candidate, "candidate"),
            ("candidate/<uuid:candidate_id>/prebrief/", prebrief_page.of_candidate, "candidate_prebrief"),
            (f"{one}/change/", interview_page.change, "change"),
            (f"{one}/room/", room_page.room, "room"),
            (f"{one}/link/", link_page.link, "link"),
            (f"{one}/progress/", interview_page.progress, "progress"),
            (f"{one}/transcript/", interview_page.transcript_part, "transcript"),
            (f"{one}/transcript.txt", interview_page.transcript_file, "transcript_file"),
            (f"{one}/decide/", interview_actions.decide, "decide"),
            (f"{one}/analyse/", interview_actions.analyse, "analyse"),
            (f"{one}/end/", interview_actions.end, "end"),
            (f"{one}/cancel/", interview_actions.cancel, "cancel"),
            (f"{one}/prebrief/", prebrief_page.of_interview, "prebrief"),
            (f"{one}/debrief/", debrief_page.debrief, "debrief"),
            (f"{one}/briefing/", briefing_page.edit, "briefing"),
            (f"{one}/briefing/chat/", briefing_page.chat, "chat"),
        ]
