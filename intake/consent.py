"""What a candidate agrees to before an intake. A change of the words is a new version, and is asked for anew."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from intake import answers, events, lifecycle
from intake.errors import WrongState
from intake.models import Intake
from intake.states import OPEN, IntakeState, Step

VERSION = "2026-11-21"


def statements(*, language: str) -> list[str]:
    """The words that are agreed to, in a language."""
    with translation.override(language):
        return [
            _("What I enter, upload, type or say here is added to my application and read by the hiring team."),
            _("Software reads my resume. An AI may ask me questions and note my answers. I see and correct all of it."),
            _("With my answers my application is rated again, partly by AI. A person decides, not the software."),
            _("If I talk, my voice is turned into text. The sound is not kept; the text is."),
            _("I can leave out any question, stop at any time, and deal with a person instead."),
            _("I can get a copy of what is held of me, and ask for it to be erased."),
        ]


def is_given(intake: Intake) -> bool:
    """Whether the candidate agreed to the words of now."""
    return intake.consented_at is not None and intake.consent_version == VERSION


def give(intake: Intake) -> None:
    """Keep that the candidate agreed, with the words as they were shown; twice is once, and the first time counts."""
    with transaction.atomic():
        row = answers.locked(intake.pk)
        if row.state not in OPEN:
            raise WrongState(_("This round has ended; nothing can be written to it any more."))
        if not is_given(row):
            row.consent_version = VERSION
            row.consent_text = statements(language=row.language)
            row.consented_at = timezone.now()
            row.save(update_fields=["consent_version", "consent_text", "consented_at"])
        if row.state == IntakeState.INVITED:
            lifecycle.begin(row)
        if row.step == Step.CONSENT:
            row.step = Step.RESUME
            row.revision += 1
            row.save(update_fields=["step", "revision"])
            events.announce_round(row)
    intake.refresh_from_db()
