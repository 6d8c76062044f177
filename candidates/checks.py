"""Django's system checks of this app: what is told by `manage.py check`, and before every command."""

from __future__ import annotations

from typing import Any

from django.core import checks

from candidates import resume


def published_resume(**named: Any) -> list[checks.CheckMessage]:
    """RESUME_FILE names a resume that can be read, or nothing."""
    try:
        found = resume.published()
    except (resume.ResumeMissing, resume.ResumeBroken) as error:
        return [checks.Error(error.message, hint="Run `manage.py check_resume FILE`.", id="candidates.E001")]
    notes = found.notes if found is not None else ()
    return [checks.Warning(note, hint="In RESUME_FILE.", id="candidates.W001") for note in notes]
