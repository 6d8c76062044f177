"""The page at /: a published resume, and a chat that answers about it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import frame
from candidates import resume
from candidates.resume import Resume
from llm.client import is_configured

logger = logging.getLogger(__name__)
_SAMPLE = Path(__file__).parent / "demo" / "resume.json"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The resume to read, and beside it the chat. Without a resume: what this site is, and its other doors."""
    nonce = frame.new_nonce()
    context: dict[str, Any] = {
        **frame.facts(nonce),
        "is_ready": is_configured(),
        "grace_minutes": round(settings.RESUME_CHAT_GRACE_SECONDS / 60),
    }
    try:
        published = resume.published()
    except (resume.ResumeBroken, resume.ResumeMissing) as error:
        # Whoever runs this site hears of it when it starts, and in the log; visitors can't mend it.
        logger.error("RESUME_FILE: %s", error.message)
        published = None
    if published is not None:
        context |= {
            "resume": published,
            "first_name": published.name.split()[0],
            "suggestions": suggestions(published),
            "is_sample": Path(settings.RESUME_FILE) == _SAMPLE,
        }
    response = render(request, "resume/page.html", context)
    response.headers["Content-Security-Policy"] = frame.content_policy(nonce)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def suggestions(published: Resume) -> list[str]:
    """Up to four questions to begin with, about sections that there are; the last one most resumes do not answer."""
    name = published.name.split()[0]
    titles = {section.title: section for section in published.sections}
    found = []
    if "Work" in titles:
        head = titles["Work"].entries[0].passages[0].text.split(" · ")[0]
        where = head.rpartition(", ")[2]
        found.append(f"What did {name} do at {where}?" if ", " in head else f"What is {name} working on?")
    else:
        found.append(f"What has {name} worked on?")
    found.append(f"Has {name} led a team?")
    if "Education" in titles:
        found.append(f"Where did {name} study?")
    elif "Skills" in titles:
        found.append(f"Which tools does {name} know?")
    found.append("What does the resume not say about salary?" if "Salary" in titles else "What salary is expected?")
    return found
